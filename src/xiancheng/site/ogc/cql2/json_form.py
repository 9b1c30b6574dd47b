"""CQL2 as JSON, both ways."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import orjson
from shapely.geometry import mapping

from xiancheng.foundation.text import Text
from xiancheng.site.ogc.cql2.errors import FilterError
from xiancheng.site.ogc.cql2.nodes import (
    ARGUMENTS,
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
from xiancheng.site.ogc.cql2.parsing import DEEPEST, LONGEST, instant
from xiancheng.site.ogc.cql2.wkt import made


def from_json(source: str | bytes) -> Node:
    """Return the tree of a filter in CQL2 JSON.

    Raises
    ------
    FilterError
        Saying at which path of the document, and what was expected there.
    """
    if len(source) > LONGEST:
        raise FilterError("", Text("过滤条件太长", "the filter is too long"))
    try:
        document = orjson.loads(source)
    except orjson.JSONDecodeError as error:
        raise FilterError(error.pos, Text("不是 JSON", "not JSON")) from error
    return _node(document, "", 0)


def to_json(node: Node) -> Any:  # noqa: ANN401 - any JSON value
    """Return the filter as what JSON holds."""
    if isinstance(node, Property):
        return {"property": node.name}
    if isinstance(node, Literal):
        return node.value
    if isinstance(node, Instant):
        return {"date" if node.is_day else "timestamp": node.text}
    if isinstance(node, Interval):
        return {"interval": [_end_to_json(node.start), _end_to_json(node.end)]}
    if isinstance(node, Shape):
        return _lists(mapping(node.geometry))
    if isinstance(node, Box):
        return {"bbox": list(node.numbers)}
    if isinstance(node, Array):
        return [to_json(item) for item in node.items]
    return {"op": node.op, "args": [to_json(arg) for arg in node.args]}


def _end_to_json(node: Node | None) -> Any:  # noqa: ANN401
    if node is None:
        return ".."
    return node.text if isinstance(node, Instant) else to_json(node)


def _lists(value: Any) -> Any:  # noqa: ANN401
    """Return a GeoJSON object with lists for tuples."""
    if isinstance(value, dict):
        return {key: _lists(inner) for key, inner in value.items()}
    return [_lists(inner) for inner in value] if isinstance(value, tuple | list) else value


def _node(value: Any, where: str, depth: int) -> Node:  # noqa: ANN401
    if depth > DEEPEST:
        raise FilterError(where, Text("嵌套太深", "nested too deeply"))
    if isinstance(value, str | bool):
        return Literal(value, where)
    if isinstance(value, int | float) and math.isfinite(value):
        return Literal(value, where)
    if isinstance(value, list):
        return Array(tuple(_node(item, f"{where}[{i}]", depth + 1) for i, item in enumerate(value)), where)
    if isinstance(value, dict):
        for key, read in _FORMS.items():
            if key in value:
                return read(value, where, depth)
    raise FilterError(
        where,
        Text("不是 CQL2 的表达式", "no expression of CQL2"),
        Text(
            "带 op、property、date、timestamp、interval、bbox 或 type 的对象，或文本、数字、布尔值、数组",
            "an object with op, property, date, timestamp, interval, bbox or type, or a text, number, boolean or array",
        ),
    )


def _call(value: dict[str, Any], where: str, depth: int) -> Node:
    op, args, at = value["op"], value.get("args"), f"{where}.args".lstrip(".")
    if not isinstance(op, str) or not op:
        raise FilterError(f"{where}.op".lstrip("."), Text("op 不是文本", "op is no text"))
    if not isinstance(args, list):
        raise FilterError(at, Text("缺少 args", "args is missing"), Text("数组", "an array"))
    wanted = ARGUMENTS.get(op)
    if (wanted is not None and len(args) != wanted) or (op in {"and", "or"} and len(args) < 2):
        n = str(wanted or "≥ 2")
        raise FilterError(
            at, Text(f"{op} 有 {len(args)} 个参数", f"{op} has {len(args)} arguments"), Text(f"{n} 个", n)
        )
    nodes = tuple(_node(arg, f"{at}[{i}]", depth + 1) for i, arg in enumerate(args))
    if op == "in" and not (isinstance(nodes[1], Array) and nodes[1].items):
        raise FilterError(f"{at}[1]", Text("IN 没有列表", "IN has no list"), Text("非空数组", "an array with items"))
    return Call(op, nodes, where)


def _property(value: dict[str, Any], where: str, _: int) -> Node:
    if not isinstance(value["property"], str):
        raise FilterError(where, Text("property 不是文本", "property is no text"))
    return Property(value["property"], where)


def _instant(value: dict[str, Any], where: str, _: int) -> Node:
    key = "date" if "date" in value else "timestamp"
    return instant(str(value[key]), where, day=key == "date")


def _interval(value: dict[str, Any], where: str, depth: int) -> Node:
    ends = value["interval"]
    if not isinstance(ends, list) or len(ends) != 2:
        raise FilterError(where, Text("interval 不是两个时刻", "interval is not two instants"))

    def end(part: Any, at: str) -> Node | None:  # noqa: ANN401
        if part == "..":
            return None
        return instant(part, at) if isinstance(part, str) else _node(part, at, depth + 1)

    return Interval(end(ends[0], f"{where}.interval[0]"), end(ends[1], f"{where}.interval[1]"), where)


def _box(value: dict[str, Any], where: str, _: int) -> Node:
    numbers = value["bbox"]
    numeric = isinstance(numbers, list) and all(type(n) in {int, float} and math.isfinite(n) for n in numbers)
    if not numeric or len(numbers) not in {4, 6}:
        raise FilterError(where, Text("bbox 不是 4 或 6 个数", "bbox is not 4 or 6 numbers"))
    return Box(tuple(float(n) for n in numbers), where)


def _shape(value: dict[str, Any], where: str, _: int) -> Node:
    return Shape(made(value, where), where)


_FORMS: dict[str, Callable[[dict[str, Any], str, int], Node]] = {
    "op": _call,
    "property": _property,
    "date": _instant,
    "timestamp": _instant,
    "interval": _interval,
    # A GeoJSON geometry may have a bbox of its own.
    "type": _shape,
    "bbox": _box,
}
