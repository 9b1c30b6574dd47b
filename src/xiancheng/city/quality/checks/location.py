"""Objects outside their county, and layers that look as if their datum were another one."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import shapely

from xiancheng.city.datum import (
    bd09_to_wgs84,
    gcj02_to_wgs84,
    inside_china_box,
    wgs84_to_bd09,
    wgs84_to_gcj02,
)
from xiancheng.city.quality.checks.geometry import has_place
from xiancheng.city.quality.registry import Found, Indices, Inspection, check
from xiancheng.city.snapshot import FeatureTable, Floats, Objects, project
from xiancheng.foundation.text import Text

Shift = Callable[[Floats, Floats], tuple[Floats, Floats]]

_SHIFTS: tuple[tuple[Text, Shift], ...] = (
    (Text("实为 GCJ-02 坐标", "really GCJ-02 coordinates"), gcj02_to_wgs84),
    (Text("实为 BD-09 坐标", "really BD-09 coordinates"), bd09_to_wgs84),
    (Text("本非 GCJ-02 却按 GCJ-02 转换过", "never GCJ-02, yet converted as such"), wgs84_to_gcj02),
    (Text("本非 BD-09 却按 BD-09 转换过", "never BD-09, yet converted as such"), wgs84_to_bd09),
)
"""What may have gone wrong with a datum, and the function that would put it right."""

_SAMPLE = 4000
_LEAST = 10
_LEAST_REFERENCE = 100
_CLEARLY = 0.15
"""A shift must put this share of a layer right, and leave less than half of what was wrong."""

_INDOORS = frozenset(
    [
        "hospital", "clinic", "school", "kindergarten", "childcare", "elderly_care", "library", "cultural_centre",
        "museum", "community_service_point", "relief_station", "welfare_facility", "historic_building", "meter",
    ]
)  # fmt: skip
"""Classes whose points stand on buildings."""


def county_boundary(inspection: Inspection) -> shapely.Geometry | None:
    """Return the county's boundary in its CRS: the area of the county's own code, else the only one of level county."""
    areas = inspection.tables.get("admin_area")
    if areas is None:
        return None
    is_county = areas.column("level") == "county"
    own = is_county & np.array([str(c) == inspection.county.code for c in areas.column("code")], dtype=bool)
    chosen = np.flatnonzero(own if own.any() else is_county)
    shapes = areas.projected[chosen]
    shapes = shapes[np.isin(shapely.get_type_id(shapes), (3, 6))]
    if len(shapes) == 0 or (not own.any() and len(shapes) > 1):
        return None
    boundary = shapely.make_valid(shapely.union_all(shapely.make_valid(shapes)))
    shapely.prepare(boundary)
    return boundary


def _outside(table: FeatureTable, boundary: shapely.Geometry) -> Indices:
    """Return the rows of objects no part of which lies in the county."""
    placed = np.flatnonzero(np.isfinite(table.xy[:, 0]))
    away = placed[~shapely.intersects_xy(boundary, table.xy[placed, 0], table.xy[placed, 1])]
    extended = shapely.get_type_id(table.geometry[away]) != 0
    if not extended.any():
        return away
    shapes = project(table.geometry[away[extended]], table.crs)
    touches = np.zeros(len(away), dtype=bool)
    touches[extended] = shapely.intersects(shapes, boundary)
    return away[~touches]


@check("location.outside_county", "warning", Text("位于县外", "outside the county"), of=has_place)
def outside_county(table: FeatureTable, inspection: Inspection) -> Iterator[Found]:
    """Find objects no part of which lies in the county, with their distance from it."""
    if table.feature_class.name == "admin_area":
        return
    boundary = county_boundary(inspection)
    if boundary is None:
        inspection.note(
            Text(
                "没有县界（admin_area，level = county），未检查对象是否在县内",
                "there is no county boundary (admin_area of level county): whether objects lie in it was not checked",
            )
        )
        return
    rows = _outside(table, boundary)
    if len(rows) == 0:
        return
    metres = shapely.distance(shapely.points(table.xy[rows]), boundary)
    order = np.argsort(-metres, kind="stable")
    rows, metres = rows[order], metres[order]
    yield Found(
        rows,
        Text(
            f"{{count}} 个对象（共 {{total}} 个）在县界之外，最远 {metres[0] / 1000:,.1f} 公里",
            f"{{count}} of {{total}} objects lie outside the county, up to {metres[0] / 1000:,.1f} km away",
        ),
        lambda i: Text(f"距县界 {metres[i]:,.0f} 米", f"{metres[i]:,.0f} m from the boundary"),
        severity="error" if metres[0] > 50_000 else None,
    )


@check("location.datum_suspect", "error", Text("坐标基准可疑", "datum in doubt"), of=has_place)
def datum_suspect(table: FeatureTable, inspection: Inspection) -> Iterator[Found]:
    """Find layers that fit the county better after a GCJ-02 or BD-09 shift.

    Three signs are tried: objects outside the county that a shift brings inside, points of indoor facilities that a
    shift brings onto buildings, and buildings that a shift takes off the roads. A layer is suspect if the shift puts at
    least 15 % of it right and leaves less than half of what was wrong.
    """
    placed = np.flatnonzero(np.isfinite(table.xy[:, 0]))
    if table.feature_class.name in {"admin_area", "road"} or len(placed) < _LEAST:
        return
    middle = shapely.get_coordinates(shapely.centroid(table.geometry[placed[: _SAMPLE * 10]]))
    if not inside_china_box(middle[:, 0], middle[:, 1]).any():
        return
    sample = placed[:: max(1, len(placed) // _SAMPLE)]
    for wrong, right, sign in _signs(table, sample, inspection):
        best = min(range(len(_SHIFTS)), key=lambda i: right[i])
        if wrong - right[best] >= _CLEARLY and right[best] < wrong / 2:
            story = _SHIFTS[best][0]
            yield Found(
                placed,
                Text(
                    f"该图层可能{story.zh}：{sign.zh}由 {wrong:.0%} 降为 {right[best]:.0%}；"
                    "请核对来源并用 --datum 重新导入",
                    f"this layer is probably {story.en}: {sign.en} falls from {wrong:.0%} to {right[best]:.0%}; "
                    "check its source and import it again with --datum",
                ),
            )
            return


def _signs(
    table: FeatureTable,
    sample: Indices,
    inspection: Inspection,
) -> Iterator[tuple[float, list[float], Text]]:
    """Yield the share of the sample that is wrong as it is and after each shift, and what is wrong with it."""
    boundary = county_boundary(inspection)
    offsets: list[Floats] = []

    def shifted() -> list[Floats]:
        if not offsets:
            lonlat = shapely.get_coordinates(shapely.centroid(table.geometry[sample]))
            before = shapely.get_coordinates(project(shapely.points(lonlat), table.crs))
            for _, shift in _SHIFTS:
                moved = np.column_stack(shift(lonlat[:, 0], lonlat[:, 1]))
                offsets.append(shapely.get_coordinates(project(shapely.points(moved), table.crs)) - before)
        return offsets

    xy = table.xy[sample]
    if boundary is not None:
        wrong = float(np.mean(~shapely.intersects_xy(boundary, xy[:, 0], xy[:, 1])))
        if wrong >= _CLEARLY:
            right = [float(np.mean(~shapely.intersects_xy(boundary, *(xy + offset).T))) for offset in shifted()]
            yield wrong, right, Text("位于县外的比例", "the share outside the county")

    points = shapely.get_type_id(table.geometry[sample]) == 0
    buildings, roads = inspection.tables.get("building"), inspection.tables.get("road")
    if table.feature_class.name in _INDOORS and points.sum() >= _LEAST and _many(buildings):
        tree = shapely.STRtree(buildings.projected)  # type: ignore[union-attr]
        inside = [_hit(tree, shapely.points(xy[points] + o[points])) for o in (np.zeros(xy.shape), *shifted())]
        yield (
            1 - inside[0],
            [1 - share for share in inside[1:]],
            Text("不在任何建筑上的比例", "the share off any building"),
        )

    if table.feature_class.name == "building" and _many(roads):
        tree = shapely.STRtree(roads.projected)  # type: ignore[union-attr]
        shapes = table.projected[sample]
        wrong = _hit(tree, shapes)
        if wrong >= _CLEARLY:
            right = [_hit(tree, _moved(shapes, offset)) for offset in shifted()]
            yield wrong, right, Text("压在道路上的比例", "the share on a road")


def _many(table: FeatureTable | None) -> bool:
    return table is not None and len(table) >= _LEAST_REFERENCE


def _hit(tree: shapely.STRtree, shapes: Objects) -> float:
    """Return the share of shapes that meet something in the tree."""
    which, _ = tree.query(shapes, predicate="intersects")
    return len(np.unique(which)) / max(len(shapes), 1)


def _moved(shapes: Objects, offset: Floats) -> Objects:
    coordinates, index = shapely.get_coordinates(shapes, return_index=True)
    return np.asarray(shapely.set_coordinates(shapes.copy(), coordinates + offset[index]), dtype=object)
