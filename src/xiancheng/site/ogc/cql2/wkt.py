"""Geometries in CQL2 text (WKT), both ways."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import shapely
from shapely.geometry import shape
from shapely.geometry.base import BaseGeometry

from xiancheng.foundation.text import Text
from xiancheng.site.ogc.cql2.errors import FilterError, Where

if TYPE_CHECKING:
    from xiancheng.site.ogc.cql2.parsing import Parser

TYPES = {
    "POINT": ("Point", 0),
    "LINESTRING": ("LineString", 1),
    "POLYGON": ("Polygon", 2),
    "MULTIPOINT": ("MultiPoint", 1),
    "MULTILINESTRING": ("MultiLineString", 2),
    "MULTIPOLYGON": ("MultiPolygon", 3),
    "GEOMETRYCOLLECTION": ("GeometryCollection", 0),
}
"""Name in WKT → name in GeoJSON, and how deep its coordinates are nested."""


def read_shape(parser: Parser) -> BaseGeometry:
    """Read a geometry where the parser stands at its name.

    Raises
    ------
    FilterError
        At the word that does not fit.
    """
    where = parser.now.where
    return made(_document(parser), where)


def made(document: Any, where: Where) -> BaseGeometry:  # noqa: ANN401 - JSON of any form
    """Return the geometry of a GeoJSON object.

    Raises
    ------
    FilterError
        If it is none, or one that crosses itself.
    """
    try:
        geometry: BaseGeometry = shape(document)
        coordinates = shapely.get_coordinates(geometry)
    except (ValueError, TypeError, KeyError, AttributeError, IndexError, shapely.errors.ShapelyError) as error:
        raise FilterError(where, Text("不是有效的几何", "not a valid geometry")) from error
    if not len(coordinates) or not (abs(coordinates) < float("inf")).all():
        raise FilterError(where, Text("几何是空的或坐标无穷大", "the geometry is empty or has infinite coordinates"))
    return geometry


def _document(parser: Parser) -> dict[str, Any]:
    token = parser.step()
    kind, depth = TYPES[token.text.upper()]
    if parser.now.says("Z"):
        parser.step()
    if kind == "GeometryCollection":
        return {"type": kind, "geometries": _listed(parser, _member)}
    if kind == "Point":
        parser.take("(")
        point = _point(parser)
        parser.take(")")
        return {"type": kind, "coordinates": point}
    if kind == "MultiPoint":
        return {"type": kind, "coordinates": _listed(parser, _bare_or_wrapped_point)}
    return {"type": kind, "coordinates": _nested(parser, depth)}


def _member(parser: Parser) -> dict[str, Any]:
    if not parser.now.says(*TYPES) or parser.now.says("GEOMETRYCOLLECTION"):
        raise parser.unexpected(Text("几何的类型，如 POINT", "a type of geometry such as POINT"))
    return _document(parser)


def _nested(parser: Parser, depth: int) -> list[Any]:
    return _listed(parser, _point if depth == 1 else lambda inner: _nested(inner, depth - 1))


def _listed(parser: Parser, read: Callable[[Parser], Any]) -> list[Any]:
    parser.take("(")
    out = [read(parser)]
    while parser.take(",", ")").text == ",":
        out.append(read(parser))
    return out


def _bare_or_wrapped_point(parser: Parser) -> list[float]:
    if not parser.now.signs("("):
        return _point(parser)
    parser.step()
    point = _point(parser)
    parser.take(")")
    return point


def _point(parser: Parser) -> list[float]:
    point = [parser.signed(), parser.signed()]
    if parser.now.sort == "number" or parser.now.signs("-", "+"):
        point.append(parser.signed())
    return point


def as_wkt(geometry: BaseGeometry) -> str:
    """Return a geometry as CQL2 text writes it, every digit of its coordinates kept."""
    flag = " Z" if geometry.has_z else ""
    if geometry.geom_type == "GeometryCollection":
        return f"GEOMETRYCOLLECTION{flag} ({', '.join(as_wkt(part) for part in geometry.geoms)})"
    return f"{geometry.geom_type.upper()}{flag} {_coordinates(geometry)}"


def _coordinates(geometry: BaseGeometry) -> str:
    if geometry.geom_type == "Polygon":
        rings = (geometry.exterior, *geometry.interiors)
        return "(" + ", ".join(_coordinates(ring) for ring in rings) + ")"
    if geometry.geom_type.startswith("Multi"):
        return "(" + ", ".join(_coordinates(part) for part in geometry.geoms) + ")"
    return "(" + ", ".join(" ".join(map(repr, point)) for point in geometry.coords) + ")"
