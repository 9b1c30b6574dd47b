"""Geometries of GeoJSON, built many at a time; a broken one says why and does not stop the others."""

from __future__ import annotations

import json
from collections.abc import Sequence
from itertools import chain
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from xiancheng.city.layer import Geometries
from xiancheng.city.readers._geometry import BROKEN, NOT_FINITE, TOO_FEW, UNCLOSED, reason_of
from xiancheng.foundation.text import Text

GEOMETRY_TYPES = frozenset(
    ["Point", "MultiPoint", "LineString", "MultiLineString", "Polygon", "MultiPolygon", "GeometryCollection"]
)


def build(objects: Sequence[Any]) -> tuple[Geometries, dict[int, Text]]:
    """Build geometries from GeoJSON geometry objects.

    Points, lines and polygons of two dimensions, which nearly all are, are built in one go; everything else, and
    whatever is wrong, one by one.

    Parameters
    ----------
    objects
        `n` decoded geometry objects or None.

    Returns
    -------
    geometry
        ``(n,)`` geometries, None where there is none or it is broken.
    reasons
        Index → why it is broken.
    """
    out: Geometries = np.full(len(objects), None, dtype=object)
    by_type: dict[str, list[int]] = {"Point": [], "LineString": [], "Polygon": []}
    slow: list[int] = []
    for index, item in enumerate(objects):
        if item is None:
            continue
        kind = item.get("type") if isinstance(item, dict) else None
        by_type.get(kind, slow).append(index) if isinstance(kind, str) else slow.append(index)
    for kind, builder in (("Point", _points), ("LineString", _lines), ("Polygon", _polygons)):
        indices = by_type[kind]
        if not indices:
            continue
        try:
            out[indices] = builder([objects[i]["coordinates"] for i in indices])
        except (ValueError, TypeError, KeyError, shapely.GEOSException):
            slow += indices
    reasons: dict[int, Text] = {}
    for index in slow:
        out[index], reason = _one(objects[index])
        if reason is not None:
            reasons[index] = reason
    return out, reasons


def _array(points: Any) -> npt.NDArray[np.float64]:  # noqa: ANN401 - decoded JSON
    array = np.array(points)
    if array.ndim != 2 or array.shape[1] != 2 or array.dtype.kind not in "if":
        raise ValueError
    return array.astype(np.float64)


def _points(coordinates: list[Any]) -> Geometries:
    return shapely.points(_array(coordinates))


def _lines(coordinates: list[Any]) -> Geometries:
    lengths = [len(line) for line in coordinates]
    if min(lengths) < 2:
        raise ValueError
    return shapely.linestrings(_array(list(chain.from_iterable(coordinates))), indices=_owners(lengths))


def _polygons(coordinates: list[Any]) -> Geometries:
    rings = list(chain.from_iterable(coordinates))
    counts = [len(polygon) for polygon in coordinates]
    if min(counts) < 1 or any(len(ring) < 4 or ring[0] != ring[-1] for ring in rings):
        raise ValueError
    points = _array(list(chain.from_iterable(rings)))
    return shapely.polygons(
        shapely.linearrings(points, indices=_owners([len(ring) for ring in rings])), indices=_owners(counts)
    )


def _owners(counts: list[int]) -> npt.NDArray[np.intp]:
    return np.repeat(np.arange(len(counts)), counts)


def _one(item: Any) -> tuple[shapely.Geometry | None, Text | None]:  # noqa: ANN401
    """Build one geometry, or say why it cannot be."""
    if not isinstance(item, dict) or item.get("type") not in GEOMETRY_TYPES:
        kind = item.get("type") if isinstance(item, dict) else type(item).__name__
        return None, Text(f"没有几何类型“{kind}”", f"there is no geometry type {kind!r}")
    try:
        text = json.dumps(item, allow_nan=False)
    except ValueError:
        return None, NOT_FINITE
    except RecursionError:
        return None, BROKEN
    try:
        geometry = shapely.from_geojson(text)
    except shapely.GEOSException as error:
        return None, _reason(item, str(error))
    # The library takes a ring of three points, there and back, which encloses nothing.
    polygons = [part for part in shapely.get_parts(geometry) if part.geom_type == "Polygon" and not part.is_empty]
    if any(len(ring.coords) < 4 for part in polygons for ring in (part.exterior, *part.interiors)):
        return None, TOO_FEW
    return geometry, None


def _reason(item: dict[str, Any], message: str) -> Text:
    """Return why a geometry is broken, in the words of the source rather than of the library."""
    flat = list(_numbers(item.get("coordinates")))
    if any(isinstance(v, bool) or not isinstance(v, (int, float)) for v in flat):
        return Text("坐标不是数字", "a coordinate is not a number")
    known = reason_of(message.partition(":")[2])
    return known if known in {UNCLOSED, TOO_FEW} else BROKEN


def _numbers(value: Any) -> Any:  # noqa: ANN401
    if isinstance(value, list):
        for part in value:
            yield from _numbers(part)
    else:
        yield value
