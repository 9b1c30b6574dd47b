"""The filter of a request: ``filter`` in CQL2, or properties with the value that they must have."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import shapely

from xiancheng.city.classes import FeatureClass
from xiancheng.foundation.text import Text
from xiancheng.site.ogc.cql2 import Kind, Node, checked, from_json, from_text
from xiancheng.site.ogc.cql2.nodes import Array, Box, Call, Literal, Property, Shape
from xiancheng.site.ogc.crs import Reference, box_to_stored, to_stored
from xiancheng.site.ogc.errors import BadParameterError
from xiancheng.site.ogc.properties import kinds

TEXT, JSON = "cql2-text", "cql2-json"


def filter_of(
    feature_class: FeatureClass, source: str | None, language: str | None, system: Reference, equal: Mapping[str, str]
) -> Node | None:
    """Return the filter that a request gives, ready to be evaluated; None if it gives none.

    Parameters
    ----------
    source, language
        The parameters ``filter`` and ``filter-lang``.
    system
        What the geometries in `source` are in.
    equal
        Property → text of the value that it must have.

    Raises
    ------
    BadParameterError, FilterError
        If something in it cannot be.
    """
    if language not in {None, TEXT, JSON}:
        raise BadParameterError(
            "filter-lang", Text(f"没有过滤语言“{language}”", f"no filter language {language!r}"),
            Text(f"{TEXT} 或 {JSON}", f"{TEXT} or {JSON}"),
        )  # fmt: skip
    known = kinds(feature_class)
    parts = [_equal(name, text, known[name]) for name, text in equal.items()]
    if source is not None:
        as_json = language == JSON or (language is None and source.lstrip().startswith("{"))
        parts.append(placed(checked(from_json(source) if as_json else from_text(source), known), system))
    if not parts:
        return None
    return parts[0] if len(parts) == 1 else Call("and", _flat(parts))


def placed(node: Node, system: Reference) -> Node:
    """Return a filter whose geometries and boxes, given in `system`, are geometries in degrees as stored."""
    if isinstance(node, Shape):
        moved = to_stored(np.array([shapely.force_2d(node.geometry)], dtype=object), system)[0]
        return Shape(moved, node.where)
    if isinstance(node, Box):
        return Shape(box_to_stored(node.flat, system), node.where)
    if isinstance(node, Call):
        return replace(node, args=tuple(placed(a, system) for a in node.args))
    return node


def filterable(feature_class: FeatureClass) -> list[str]:
    """Return the properties that may be given as parameters of their own."""
    simple = {Kind.TEXT, Kind.NUMBER, Kind.BOOLEAN, Kind.INSTANT, Kind.ARRAY}
    return [name for name, kind in kinds(feature_class).items() if kind in simple]


def _flat(parts: list[Node]) -> tuple[Node, ...]:
    out: list[Node] = []
    for part in parts:
        out += part.args if isinstance(part, Call) and part.op == "and" else [part]
    return tuple(out)


def _equal(name: str, text: str, kind: Kind) -> Node:
    """Return the condition that a property has the value that a text says."""
    node: Node
    if kind is Kind.NUMBER:
        try:
            node = Literal(float(text))
        except ValueError:
            raise BadParameterError(name, Text(f"“{text}”不是数字", f"{text!r} is no number")) from None
    elif kind is Kind.BOOLEAN:
        if text.lower() not in {"true", "false"}:
            raise BadParameterError(
                name, Text(f"“{text}”不是布尔值", f"{text!r} is no truth value"), Text("true 或 false", "true or false")
            )
        node = Literal(text.lower() == "true")
    elif kind is Kind.ARRAY:
        return checked(Call("a_contains", (Property(name), Array((Literal(text),)))), {name: kind})
    else:
        node = Literal(text, f"{name}=")
    return checked(Call("=", (Property(name, name), node)), {name: kind})
