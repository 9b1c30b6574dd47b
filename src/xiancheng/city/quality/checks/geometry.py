"""Geometries that are missing, invalid, degenerate or of the wrong kind."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import shapely

from xiancheng.city.classes import FeatureClass
from xiancheng.city.quality.registry import Found, Indices, Inspection, check
from xiancheng.city.snapshot import FeatureTable
from xiancheng.foundation.text import Text

TINY_M2 = 1.0
SHORT_M = 0.01
SPIKE_DEGREES = 1.0
SPIKE_M = 0.5
"""A vertex is a spike if its two sides, both longer than this, leave less than SPIKE_DEGREES between them."""

_KINDS = {"point": (0, 4), "line": (1, 2, 5), "polygon": (3, 6)}
_REASONS = {
    "Self-intersection": Text("自相交", "self-intersection"),
    "Ring Self-intersection": Text("环自相交", "ring self-intersection"),
    "Hole lies outside shell": Text("内环在外环之外", "a hole lies outside its shell"),
    "Holes are nested": Text("内环嵌套", "nested holes"),
    "Nested shells": Text("外环嵌套", "nested shells"),
    "Duplicate Rings": Text("重复的环", "duplicate rings"),
    "Interior is disconnected": Text("内部不连通", "the interior is disconnected"),
    "Too few points in geometry component": Text("点数不足", "too few points"),
    "Invalid Coordinate": Text("坐标无效", "an invalid coordinate"),
}


def has_place(feature_class: FeatureClass) -> bool:
    """Whether features of a class have a place."""
    return feature_class.has_geometry


def has_lines(feature_class: FeatureClass) -> bool:
    """Whether features of a class may be lines."""
    return feature_class.geometry in {"line", "any"}


def has_polygons(feature_class: FeatureClass) -> bool:
    """Whether features of a class may be polygons."""
    return feature_class.geometry in {"polygon", "any"}


@check("geometry.missing", "warning", Text("没有位置", "no place"), of=has_place)
def missing(table: FeatureTable, inspection: Inspection) -> Iterator[Found]:
    """Find objects without a geometry: they are on no map and in no measure."""
    del inspection
    rows = np.flatnonzero(shapely.is_missing(table.geometry) | shapely.is_empty(table.geometry))
    yield Found(
        rows,
        Text(
            "{count} 个对象没有位置，不在地图上，也不参加计算",
            "{count} objects have no place: no map and no measure knows them",
        ),
    )


@check("geometry.invalid", "error", Text("几何无效", "invalid geometry"), of=has_place)
def invalid(table: FeatureTable, inspection: Inspection) -> Iterator[Found]:
    """Find geometries that break the rules of simple features."""
    del inspection
    geometry = table.geometry
    rows = np.flatnonzero(~shapely.is_valid(geometry) & ~shapely.is_missing(geometry))

    def detail(i: int) -> Text:
        reason = str(shapely.is_valid_reason(geometry[rows[i]])).split("[")[0].strip()
        return _REASONS.get(reason, Text(reason, reason))

    yield Found(rows, Text("{count} 个几何图形无效", "{count} geometries are invalid"), detail)


@check("geometry.kind", "warning", Text("几何类型不符", "wrong kind of geometry"), of=lambda c: c.geometry in _KINDS)
def kind(table: FeatureTable, inspection: Inspection) -> Iterator[Found]:
    """Find points in a class of polygons and the like."""
    del inspection
    types = shapely.get_type_id(table.geometry)
    rows = np.flatnonzero(~np.isin(types, _KINDS[table.feature_class.geometry]) & (types >= 0))
    yield Found(
        rows,
        Text("{count} 个对象的几何类型与要素类不符", "{count} objects are of another geometry type than their class"),
        lambda i: Text(table.geometry[rows[i]].geom_type, table.geometry[rows[i]].geom_type),
    )


@check("geometry.tiny", "warning", Text("面积或长度过小", "tiny geometry"), of=has_place)
def tiny(table: FeatureTable, inspection: Inspection) -> Iterator[Found]:
    """Find polygons below 1 m² and lines without length."""
    del inspection
    types = shapely.get_type_id(table.geometry)
    small = np.isin(types, (3, 6)) & (table.area < TINY_M2)
    short = np.isin(types, (1, 2, 5)) & (table.length < SHORT_M)
    rows = np.flatnonzero((small | short) & ~shapely.is_empty(table.geometry))

    def detail(i: int) -> Text:
        if small[rows[i]]:
            return Text(f"{table.area[rows[i]]:.2f} 平方米", f"{table.area[rows[i]]:.2f} m²")
        return Text(f"{table.length[rows[i]]:.3f} 米", f"{table.length[rows[i]]:.3f} m")

    yield Found(
        rows,
        Text(
            f"{{count}} 个面小于 {TINY_M2:g} 平方米或线没有长度",
            f"{{count}} polygons are below {TINY_M2:g} m² or lines have no length",
        ),
        detail,
    )


@check("geometry.spike", "warning", Text("尖刺", "spike"), of=has_polygons)
def spike(table: FeatureTable, inspection: Inspection) -> Iterator[Found]:
    """Find polygons with a vertex that goes out and comes back on itself."""
    del inspection
    rows, corners = spikes(table)
    yield Found(
        rows,
        Text(
            f"{{count}} 个面有尖刺（夹角小于 {SPIKE_DEGREES:g} 度）",
            f"{{count}} polygons have a spike (a corner below {SPIKE_DEGREES:g} degree)",
        ),
        lambda i: Text(f"尖刺长约 {corners[i]:.1f} 米", f"the spike is about {corners[i]:.1f} m long"),
    )


def spikes(table: FeatureTable) -> tuple[Indices, npt.NDArray[np.float64]]:
    """Return the rows of polygons with spikes, longest first, and the length in metres of each one's longest spike."""
    polygons = np.flatnonzero(np.isin(shapely.get_type_id(table.geometry), (3, 6)))
    parts, part_of = shapely.get_parts(table.projected[polygons], return_index=True)
    rings, ring_of = shapely.get_rings(parts, return_index=True)
    xy, ring = shapely.get_coordinates(rings, return_index=True)
    if len(xy) == 0:
        return np.empty(0, dtype=np.intp), np.empty(0)
    # Each ring repeats its first vertex at its end; the corner there lies between the last side and the first.
    first = np.flatnonzero(np.r_[True, ring[1:] != ring[:-1]])
    last = np.r_[first[1:], len(xy)] - 1
    side = np.diff(xy, axis=0, append=xy[-1:])
    before = np.arange(len(xy)) - 1
    before[first] = np.maximum(last - 1, first)
    into, out = side[before], side
    # The closing vertex has no side of its own: its corner is counted at the ring's first vertex.
    length_in, length_out = np.hypot(*into.T), np.hypot(*out.T)
    cosine = np.einsum("ij,ij->i", into, out)
    product = length_in * length_out
    sharp = (product > 0) & (cosine < -np.cos(np.radians(SPIKE_DEGREES)) * product)
    sharp[last] = False
    length = np.minimum(length_in, length_out)
    sharp &= length > SPIKE_M
    at = polygons[part_of[ring_of[ring[sharp]]]]
    longest = np.zeros(len(table))
    np.maximum.at(longest, at, length[sharp])
    rows = np.flatnonzero(longest)
    order = np.argsort(-longest[rows], kind="stable")
    return rows[order], longest[rows[order]]
