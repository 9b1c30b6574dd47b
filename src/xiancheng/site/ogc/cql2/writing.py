"""A tree as CQL2 text."""

from __future__ import annotations

from xiancheng.site.ogc.cql2.nodes import (
    ARITHMETIC,
    COMPARISONS,
    FUNCTIONS,
    LOGIC,
    PREDICATES,
    Array,
    Box,
    Call,
    Instant,
    Interval,
    Literal,
    Node,
    Property,
    Shape,
)
from xiancheng.site.ogc.cql2.wkt import as_wkt

_INFIX = LOGIC | COMPARISONS | PREDICATES | ARITHMETIC


def to_text(node: Node) -> str:
    """Return the filter as CQL2 text; parsed again it gives the same tree."""
    if isinstance(node, Property):
        return f'"{node.name}"'
    if isinstance(node, Literal):
        return _literal(node.value)
    if isinstance(node, Instant):
        return f"{'DATE' if node.is_day else 'TIMESTAMP'}('{node.text}')"
    if isinstance(node, Interval):
        return f"INTERVAL({_end(node.start)}, {_end(node.end)})"
    if isinstance(node, Shape):
        return as_wkt(node.geometry)
    if isinstance(node, Box):
        return f"BBOX({', '.join(map(repr, node.numbers))})"
    if isinstance(node, Array):
        return f"({', '.join(map(to_text, node.items))})"
    return _call(node)


def _call(node: Call) -> str:
    if node.op in {"and", "or"}:
        return f" {node.op.upper()} ".join(map(_operand, node.args))
    if node.op == "not":
        return f"NOT {_operand(node.args[0])}"
    if node.op == "isNull":
        return f"{_operand(node.args[0])} IS NULL"
    if node.op == "between":
        value, low, high = map(_operand, node.args)
        return f"{value} BETWEEN {low} AND {high}"
    if node.op == "in":
        return f"{_operand(node.args[0])} IN {to_text(node.args[1])}"
    if node.op == "like":
        return f"{_operand(node.args[0])} LIKE {_operand(node.args[1])}"
    if node.op in COMPARISONS or node.op in ARITHMETIC:
        left, right = map(_operand, node.args)
        return f"{left} {node.op} {right}"
    name = node.op.upper() if node.op.lower() in FUNCTIONS else node.op
    return f"{name}({', '.join(map(to_text, node.args))})"


def _operand(node: Node) -> str:
    """Return a part of an expression, in parentheses if it is one of words or signs itself."""
    text = to_text(node)
    return f"({text})" if isinstance(node, Call) and node.op in _INFIX else text


def _end(node: Node | None) -> str:
    if node is None:
        return "'..'"
    return f"'{node.text}'" if isinstance(node, Instant) else to_text(node)


def _literal(value: str | float | bool) -> str:
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, str):
        return "'" + value.replace("'", "''") + "'"
    return repr(value)
