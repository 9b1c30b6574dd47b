"""What of a filter the database can judge itself: comparisons of columns, and the box of a geometry.

The parts of a conjunction that a database evaluates exactly as :mod:`evaluating` does are taken out of the tree; what
is left is evaluated over what the database finds. A box only narrows the search, so its geometry stays in the tree.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal as Words

import shapely

from xiancheng.city.querying import Compare, Condition, Joined, Known, Negation
from xiancheng.city.store import Box as Bounds
from xiancheng.site.ogc.cql2.checking import Kind
from xiancheng.site.ogc.cql2.nodes import COMPARISONS, Array, Call, Instant, Literal, Node, Property, Shape

KindOf = Callable[[str], Kind | None]
"""Kind of a property that is a plain column of the database; None for any other."""

_NARROWING = frozenset(
    {"s_intersects", "s_equals", "s_touches", "s_within", "s_overlaps", "s_crosses", "s_contains"}
)  # fmt: skip
_MIRRORED = {"=": "=", "<>": "<>", "<": ">", ">": "<", "<=": ">=", ">=": "<="}
_MARGIN = 1e-9


@dataclass(frozen=True, slots=True)
class Pushed:
    """A filter in two parts.

    Attributes
    ----------
    conditions
        What the database judges.
    box
        Bounds of where a match must lie; None for anywhere.
    rest
        What is left to evaluate; None if nothing.
    """

    conditions: tuple[Condition, ...] = ()
    box: Bounds | None = None
    rest: Node | None = None


def push(node: Node, kind_of: KindOf) -> Pushed:
    """Divide a checked filter whose geometries are in degrees of longitude and latitude."""
    parts = list(node.args) if isinstance(node, Call) and node.op == "and" else [node]
    conditions: list[Condition] = []
    rest: list[Node] = []
    box: Bounds | None = None
    for part in parts:
        condition = _condition(part, kind_of)
        if condition is not None:
            conditions.append(condition)
            continue
        rest.append(part)
        box = _both(box, _box(part))
    left = None if not rest else rest[0] if len(rest) == 1 else Call("and", tuple(rest))
    return Pushed(tuple(conditions), box, left)


def _condition(node: Node, kind_of: KindOf) -> Condition | None:
    """Return a condition for the database; None if it cannot judge it exactly so."""
    if not isinstance(node, Call):
        return None
    if node.op == "not":
        inner = _condition(node.args[0], kind_of)
        return None if inner is None else Negation(inner)
    if node.op in {"and", "or"}:
        return _joined("AND" if node.op == "and" else "OR", node.args, kind_of)
    if node.op == "isNull" and isinstance(node.args[0], Property) and kind_of(node.args[0].name) is not None:
        return Negation(Known(node.args[0].name))
    return _comparison(node, kind_of)


def _comparison(node: Call, kind_of: KindOf) -> Condition | None:
    if node.op in COMPARISONS:
        left, right = node.args
        if isinstance(right, Property):
            return _compare(right, _MIRRORED[node.op], left, kind_of)
        return _compare(left, node.op, right, kind_of)
    if node.op == "between":
        value, low, high = node.args
        tests = (_compare(value, ">=", low, kind_of), _compare(value, "<=", high, kind_of))
        return None if None in tests else Joined("AND", tuple(t for t in tests if t is not None))
    if node.op == "in" and isinstance(items := node.args[1], Array):
        return _joined("OR", tuple(Call("=", (node.args[0], i)) for i in items.items), kind_of)
    return None


def _joined(word: Words["AND", "OR"], parts: tuple[Node, ...], kind_of: KindOf) -> Condition | None:
    found = [_condition(part, kind_of) for part in parts]
    if None in found:
        return None
    return Joined(word, tuple(c for c in found if c is not None))


def _compare(left: Node, op: str, right: Node, kind_of: KindOf) -> Condition | None:
    if not isinstance(left, Property):
        return None
    kind = kind_of(left.name)
    if kind in {Kind.TEXT, Kind.NUMBER} and isinstance(right, Literal):
        number = right.value if kind is Kind.TEXT else float(right.value)
        return Compare(left.name, op, number)  # type: ignore[arg-type]
    if kind is Kind.INSTANT and isinstance(right, Instant) and right.is_day:
        return Compare(left.name, op, right.text)  # type: ignore[arg-type]
    return None


def _box(node: Node) -> Bounds | None:
    """Return the bounds that a part of a conjunction demands of the feature's geometry."""
    if not isinstance(node, Call) or node.op not in _NARROWING:
        return None
    shapes = [a.geometry for a in node.args if isinstance(a, Shape)]
    if len(shapes) != 1 or not any(isinstance(a, Property) for a in node.args):
        return None
    west, south, east, north = shapely.bounds(shapes[0]).tolist()
    return west - _MARGIN, south - _MARGIN, east + _MARGIN, north + _MARGIN


def _both(one: Bounds | None, other: Bounds | None) -> Bounds | None:
    if one is None or other is None:
        return one or other
    return max(one[0], other[0]), max(one[1], other[1]), min(one[2], other[2]), min(one[3], other[3])
