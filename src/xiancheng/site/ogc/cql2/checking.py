"""Whether a filter fits the properties of a class: every name known, every operand of the kind its operator takes."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from enum import StrEnum

import shapely

from xiancheng.foundation.text import Text
from xiancheng.site.ogc.cql2.errors import FilterError
from xiancheng.site.ogc.cql2.nodes import (
    ARITHMETIC,
    ARRAY,
    COMPARISONS,
    FOLDING,
    LOGIC,
    SPATIAL,
    TEMPORAL,
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
from xiancheng.site.ogc.cql2.parsing import instant

WITH_INSTANTS = frozenset({"t_after", "t_before", "t_disjoint", "t_equals", "t_intersects"})
"""Functions of time that take instants; the others take intervals only."""


class Kind(StrEnum):
    """What an expression yields."""

    TEXT = "text"
    NUMBER = "number"
    BOOLEAN = "boolean"
    INSTANT = "instant"
    INTERVAL = "interval"
    GEOMETRY = "geometry"
    ARRAY = "array"


_TITLES = {
    Kind.TEXT: Text("文本", "a text"),
    Kind.NUMBER: Text("数字", "a number"),
    Kind.BOOLEAN: Text("条件或布尔值", "a condition or truth value"),
    Kind.INSTANT: Text("日期或时间", "a date or time"),
    Kind.INTERVAL: Text("时段", "an interval"),
    Kind.GEOMETRY: Text("几何", "a geometry"),
    Kind.ARRAY: Text("数组", "an array"),
}
_ORDERED = (Kind.TEXT, Kind.NUMBER, Kind.INSTANT)
_COMPARABLE = (*_ORDERED, Kind.BOOLEAN)
_OPERANDS: tuple[tuple[frozenset[str], tuple[Kind, ...]], ...] = (
    (LOGIC, (Kind.BOOLEAN,)),
    (ARITHMETIC, (Kind.NUMBER,)),
    (FOLDING, (Kind.TEXT,)),
    (SPATIAL, (Kind.GEOMETRY,)),
    (ARRAY, (Kind.ARRAY,)),
    (frozenset({"isNull"}), tuple(Kind)),
)


def checked(node: Node, kinds: Mapping[str, Kind]) -> Node:
    """Return a filter that can be evaluated: texts that are compared with dates have become dates.

    Parameters
    ----------
    kinds
        Property → kind.

    Raises
    ------
    FilterError
        Where something does not fit, saying what would.
    """
    return _Checker(kinds).want(node, Kind.BOOLEAN)


class _Checker:
    def __init__(self, kinds: Mapping[str, Kind]) -> None:
        self.kinds = kinds

    def want(self, node: Node, *wanted: Kind) -> Node:
        """Return `node`, checked, if it yields one of the kinds `wanted`."""
        kind = self.kind(node)
        if kind not in wanted:
            said = _TITLES[kind]
            raise FilterError(
                node.where,
                Text(f"这里不能是{said.zh}", f"this cannot be {said.en}"),
                Text("或".join(_TITLES[w].zh for w in wanted), " or ".join(_TITLES[w].en for w in wanted)),
            )
        return self.inside(node)

    def kind(self, node: Node) -> Kind:
        """Return what a node yields."""
        if isinstance(node, Property):
            return self._property(node)
        if isinstance(node, Literal):
            if isinstance(node.value, str) and "\0" in node.value:
                raise FilterError(node.where, Text("文本含有空字符", "the text contains a NUL character"))
            if isinstance(node.value, bool):
                return Kind.BOOLEAN
            return Kind.TEXT if isinstance(node.value, str) else Kind.NUMBER
        if isinstance(node, Call):
            return self._result(node)
        return {
            Instant: Kind.INSTANT, Interval: Kind.INTERVAL, Shape: Kind.GEOMETRY, Box: Kind.GEOMETRY,
            Array: Kind.ARRAY,
        }[type(node)]  # fmt: skip

    def _property(self, node: Property) -> Kind:
        if node.name in self.kinds:
            return self.kinds[node.name]
        near = get_close_matches(node.name, list(self.kinds), n=3, cutoff=0.5) or list(self.kinds)
        raise FilterError(
            node.where,
            Text(f"没有属性“{node.name}”", f"there is no property {node.name!r}"),
            Text("、".join(near), ", ".join(near)),
        )

    @staticmethod
    def _result(node: Call) -> Kind:
        if node.op in ARITHMETIC:
            return Kind.NUMBER
        if node.op in FOLDING:
            return Kind.TEXT
        known = LOGIC | COMPARISONS | SPATIAL | TEMPORAL | ARRAY | {"like", "between", "in", "isNull"}
        if node.op in known:
            return Kind.BOOLEAN
        raise FilterError(
            node.where,
            Text(f"没有函数“{node.op}”", f"there is no function {node.op!r}"),
            Text(
                "CQL2 的标准函数，如 S_INTERSECTS、CASEI", "a standard function of CQL2 such as S_INTERSECTS or CASEI"
            ),
        )

    def inside(self, node: Node) -> Node:
        """Return a node whose parts have been checked."""
        if isinstance(node, Call):
            return Call(node.op, self._arguments(node), node.where)
        if isinstance(node, Interval):
            return self._interval(node)
        if isinstance(node, Array):
            return Array(tuple(self.want(i, Kind.TEXT, Kind.NUMBER, Kind.BOOLEAN) for i in node.items), node.where)
        if isinstance(node, Box):
            first_x, first_y, last_x, last_y = node.flat
            if first_y > last_y or first_x == last_x or first_y == last_y:
                raise FilterError(
                    node.where,
                    Text("BBOX 是空的", "the BBOX is empty"),
                    Text("下界在前，上界在后", "the lower bounds first, then the upper ones"),
                )
        if isinstance(node, Shape) and not node.geometry.is_valid:
            reason = str(shapely.is_valid_reason(node.geometry))
            raise FilterError(node.where, Text(f"几何无效（{reason}）", f"the geometry is not valid ({reason})"))
        return node

    def _arguments(self, node: Call) -> tuple[Node, ...]:
        op, args = node.op, node.args
        if op in COMPARISONS:
            return self._alike(args, _COMPARABLE if op in {"=", "<>"} else _ORDERED)
        if op == "between":
            return self._alike(args, (Kind.NUMBER, Kind.INSTANT))
        if op == "in":
            value, items = args
            if not isinstance(items, Array):
                raise AssertionError(items)
            all_alike = self._alike((value, *items.items), _COMPARABLE)
            return all_alike[0], Array(all_alike[1:], items.where)
        if op == "like":
            return self.want(args[0], Kind.TEXT), self._pattern(args[1])
        if op in TEMPORAL:
            wanted: tuple[Kind, ...] = (Kind.INSTANT, Kind.INTERVAL) if op in WITH_INSTANTS else (Kind.INTERVAL,)
        else:
            wanted = next(kinds for ops, kinds in _OPERANDS if op in ops)
        return tuple(self.want(a, *wanted) for a in args)

    def _alike(self, nodes: tuple[Node, ...], wanted: tuple[Kind, ...]) -> tuple[Node, ...]:
        """Return nodes that yield the same kind; a text beside a date becomes one."""
        kinds = [self.kind(n) for n in nodes]
        if Kind.INSTANT in kinds:
            nodes = tuple(
                instant(n.value, n.where) if isinstance(n, Literal) and isinstance(n.value, str) else n for n in nodes
            )
        first = self.want(nodes[0], *wanted)
        return first, *(self.want(n, self.kind(first)) for n in nodes[1:])

    def _pattern(self, node: Node) -> Node:
        """Return the pattern of LIKE: a text, perhaps without regard to case or accents."""
        inner = node
        while isinstance(inner, Call) and inner.op in FOLDING:
            inner = inner.args[0]
        if not (isinstance(inner, Literal) and isinstance(inner.value, str)):
            raise FilterError(
                node.where,
                Text("LIKE 的模式不是文本", "the pattern of LIKE is no text"),
                Text(
                    "引号中的文本，% 代表任意字，_ 代表一个字",
                    "a text in quotes; % stands for any, _ for one character",
                ),
            )
        return node

    def _interval(self, node: Interval) -> Interval:
        start, end = (None if n is None else self.want(n, Kind.INSTANT) for n in (node.start, node.end))
        if isinstance(start, Instant) and isinstance(end, Instant) and start.text > end.text:
            raise FilterError(node.where, Text("时段的开始晚于结束", "the interval begins after its end"))
        return Interval(start, end, node.where)
