"""Buildings: overlaps, and what they do not say about themselves."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import shapely

from xiancheng.city.quality.registry import Found, Indices, Inspection, check
from xiancheng.city.snapshot import FeatureTable
from xiancheng.foundation.text import Text

OVERLAP = 0.5
STOREY_M = (2.2, 6.0)
"""Lowest and highest mean height of a storey that is believed."""

_HALLS = ("industrial", "religious", "culture", "agricultural", "transport", "auxiliary", "commercial", "public")
"""Uses whose storeys may be halls of any height."""


def overlaps(table: FeatureTable, share: float) -> tuple[Indices, Indices, npt.NDArray[np.float64]]:
    """Return pairs of polygons that share more than `share` of the smaller one: smaller, larger, part of the smaller.

    The pairs are sorted by their part, largest first.
    """
    rows = np.flatnonzero(table.area > 0)
    shapes = table.projected[rows]
    broken = ~shapely.is_valid(shapes)
    shapes[broken] = shapely.make_valid(shapes[broken])
    area = shapely.area(shapes)
    a, b = shapely.STRtree(shapes).query(shapes)
    keep = (a < b) & (area[a] > 0) & (area[b] > 0)
    a, b = a[keep], b[keep]
    # The boxes must already share that much: most neighbours go here, and no exact intersection is computed for them.
    boxes = shapely.bounds(shapes)
    low, high = np.maximum(boxes[a, :2], boxes[b, :2]), np.minimum(boxes[a, 2:], boxes[b, 2:])
    smaller = np.minimum(area[a], area[b])
    common = np.prod(np.maximum(high - low, 0), axis=1)
    a, b, smaller = a[common > share * smaller], b[common > share * smaller], smaller[common > share * smaller]
    part = shapely.area(shapely.intersection(shapes[a], shapes[b])) / smaller
    chosen = np.flatnonzero(part > share)
    chosen = chosen[np.argsort(-part[chosen], kind="stable")]
    a, b, part = a[chosen], b[chosen], part[chosen]
    swap = area[a] > area[b]
    return rows[np.where(swap, b, a)], rows[np.where(swap, a, b)], part


@check("building.overlap", "warning", Text("建筑重叠", "overlapping buildings"), of=("building",))
def overlap(table: FeatureTable, inspection: Inspection) -> Iterator[Found]:
    """Find buildings most of which another one covers: residents and floor area would count twice."""
    del inspection
    smaller, larger, part = overlaps(table, OVERLAP)
    rows, first = np.unique(smaller, return_index=True)
    order = np.argsort(-part[first], kind="stable")
    rows, first = rows[order], first[order]

    def detail(i: int) -> Text:
        other, covered = table.ids[larger[first[i]]], part[first[i]]
        return Text(f"{covered:.0%} 在 {other} 之内", f"{covered:.0%} of it lies in {other}")

    yield Found(
        rows,
        Text(
            f"{{count}} 栋建筑有超过 {OVERLAP:.0%} 与另一栋重叠，可能重复",
            f"{{count}} buildings are covered by another one for more than {OVERLAP:.0%}: probably duplicates",
        ),
        detail,
    )


@check("building.without_floors", "warning", Text("缺层数", "without floors"), of=("building",))
def without_floors(table: FeatureTable, inspection: Inspection) -> Iterator[Found]:
    """Find buildings without floors and floor area: their residents are estimated from assumed floors."""
    del inspection
    rows = np.flatnonzero(~(table.column("floors") > 0) & ~(table.column("floor_area") > 0))
    homes = int(np.count_nonzero(table.column("use")[rows] == "residential"))
    yield Found(
        rows,
        Text(
            f"{{count}} 栋建筑没有层数和建筑面积（其中居住 {homes:,} 栋），人口分配时按推算层数",
            f"{{count}} buildings have neither floors nor floor area ({homes:,} of them residential); "
            "residents are distributed with assumed floors",
        ),
    )


@check("building.without_height", "info", Text("缺高度", "without height"), of=("building",))
def without_height(table: FeatureTable, inspection: Inspection) -> Iterator[Found]:
    """Find buildings without height: three-dimensional models show them with an assumed one."""
    del inspection
    yield Found(
        np.flatnonzero(~(table.column("height") > 0)),
        Text("{count} 栋建筑没有高度", "{count} buildings have no height"),
    )


@check("building.use_unknown", "info", Text("用途未知", "use unknown"), of=("building",))
def use_unknown(table: FeatureTable, inspection: Inspection) -> Iterator[Found]:
    """Find buildings of unknown use: nobody lives there as far as measures know."""
    del inspection
    use = table.column("use")
    yield Found(
        np.flatnonzero(np.array([u is None or u == "unknown" for u in use], dtype=bool)),
        Text(
            "{count} 栋建筑（共 {total} 栋）用途未知，同一地区有居住建筑时不分配人口",
            "{count} of {total} buildings are of unknown use; no residents are placed there where their area has homes",
        ),
    )


@check("building.storey_height", "warning", Text("层数与高度不符", "floors against height"), of=("building",))
def storey_height(table: FeatureTable, inspection: Inspection) -> Iterator[Found]:
    """Find buildings whose height divided by floors is no storey's."""
    del inspection
    floors, height = table.column("floors"), table.column("height")
    storey = np.full(len(table), np.nan)
    np.divide(height, floors, out=storey, where=(floors > 0) & (height > 0))
    hall = np.isin(table.column("use").astype(str), _HALLS)
    off = (storey < STOREY_M[0]) | ((storey > STOREY_M[1]) & ~hall)
    rows = np.flatnonzero(off)
    rows = rows[np.argsort(-np.abs(np.log(storey[rows] / 3.0)), kind="stable")]

    def detail(i: int) -> Text:
        row = rows[i]
        return Text(
            f"{floors[row]:g} 层，高 {height[row]:g} 米，每层 {storey[row]:.1f} 米",
            f"{floors[row]:g} floors, {height[row]:g} m high: {storey[row]:.1f} m a floor",
        )

    yield Found(
        rows,
        Text(
            f"{{count}} 栋建筑平均层高不在 {STOREY_M[0]:g} 至 {STOREY_M[1]:g} 米之间",
            f"{{count}} buildings have storeys that are not {STOREY_M[0]:g} to {STOREY_M[1]:g} m high",
        ),
        detail,
    )
