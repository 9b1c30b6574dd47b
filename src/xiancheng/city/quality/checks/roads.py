"""Roads that do not connect: separate pieces, ends just short of a road, crossings without a junction."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import shapely
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from xiancheng.city.quality.registry import Found, Indices, Inspection, check
from xiancheng.city.snapshot import FeatureTable
from xiancheng.foundation.text import Text

SAME_M = 0.01
"""Vertices that round to one grid point of this size are one junction."""
NEAR_M = 2.0

_NOT_FOR_WALKING = ("motorway",)
_NOT_FOR_DRIVING = ("footway", "path", "steps", "cycleway", "pedestrian")


@dataclass(frozen=True)
class _Vertices:
    """Every vertex of every road: ``(v,)`` its road and its junction number, ``(v, 2)`` metres."""

    road: Indices
    junction: Indices
    xy: npt.NDArray[np.float64]
    junctions: int


def _vertices(shapes: npt.NDArray[np.object_]) -> _Vertices:
    xy, road = shapely.get_coordinates(shapes, return_index=True)
    cell = np.round(xy / SAME_M).astype(np.int64)
    order = np.lexsort((cell[:, 1], cell[:, 0]))
    new = np.r_[False, np.any(np.diff(cell[order], axis=0) != 0, axis=1)] if len(xy) else np.empty(0, bool)
    junction = np.empty(len(xy), dtype=np.intp)
    junction[order] = np.cumsum(new)
    return _Vertices(road, junction, xy, int(junction.max()) + 1 if len(xy) else 0)


def pieces(shapes: npt.NDArray[np.object_]) -> Indices:
    """Return ``(n,)`` the connected piece that each line belongs to, lines being joined where they share a vertex."""
    v = _vertices(shapes)
    n = len(shapes)
    graph = coo_matrix((np.ones(len(v.road), dtype=np.int8), (v.road, n + v.junction)), shape=(n + v.junctions,) * 2)
    _, label = connected_components(graph, directed=False)
    return np.asarray(label[:n], dtype=np.intp)


def _separate(table: FeatureTable, usable: npt.NDArray[np.bool_], mode: Text) -> Iterator[Found]:
    rows = np.flatnonzero(usable & ~shapely.is_empty(table.geometry) & ~shapely.is_missing(table.geometry))
    if len(rows) == 0:
        return
    shapes = table.projected[rows]
    piece = pieces(shapes)
    metres, count = np.bincount(piece, table.length[rows]), np.bincount(piece)
    largest = int(np.argmax(metres))
    off = np.flatnonzero(piece != largest)
    off = off[np.lexsort((piece[off], -metres[piece[off]]))]
    number = len(np.unique(piece[off]))
    main = shapes[piece == largest]
    tree = shapely.STRtree(main)

    def detail(i: int) -> Text:
        own = piece[off[i]]
        gap = shapely.distance(shapes[off[i]], main[tree.nearest(shapes[off[i]])])
        return Text(
            f"所在片段 {count[own]} 条、{metres[own]:.0f} 米，距主路网 {gap:.1f} 米",
            f"in a piece of {count[own]} roads, {metres[own]:.0f} m; {gap:.1f} m from the main network",
        )

    share = metres[largest] / max(float(metres.sum()), 1e-9)
    yield Found(
        rows[off],
        Text(
            f"{{count}} 条道路（{number} 个片段）与主{mode.zh}路网不连通，主路网占总长 {share:.1%}",
            f"{{count}} roads in {number} pieces are not connected to the main {mode.en} network, "
            f"which has {share:.1%} of the length",
        ),
        detail,
    )


def _open(table: FeatureTable, forbidden: tuple[str, ...]) -> npt.NDArray[np.bool_]:
    return ~np.isin(table.column("road_class").astype(str), forbidden)


@check("road.separate_walk", "warning", Text("步行路网不连通", "walking network in pieces"), of=("road",))
def separate_walk(table: FeatureTable, inspection: Inspection) -> Iterator[Found]:
    """Find roads that cannot be reached on foot from the rest of the network."""
    del inspection
    yield from _separate(table, _open(table, _NOT_FOR_WALKING) & (table.column("foot") != 0), Text("步行", "walking"))


@check("road.separate_drive", "warning", Text("车行路网不连通", "driving network in pieces"), of=("road",))
def separate_drive(table: FeatureTable, inspection: Inspection) -> Iterator[Found]:
    """Find roads that cannot be reached by car from the rest of the network."""
    del inspection
    yield from _separate(table, _open(table, _NOT_FOR_DRIVING), Text("车行", "driving"))


@check("road.undershoot", "warning", Text("断头未接", "end just short of a road"), of=("road",))
def undershoot(table: FeatureTable, inspection: Inspection) -> Iterator[Found]:
    """Find dead ends within 2 m of another road on the same level."""
    del inspection
    shapes = table.projected
    v = _vertices(shapes)
    if len(v.road) == 0:
        return
    alone = np.bincount(v.junction, minlength=v.junctions)[v.junction] == 1
    parts, part_of = shapely.get_parts(shapes, return_index=True)
    _, in_part = shapely.get_coordinates(parts, return_index=True)
    edge = np.r_[True, np.diff(in_part) != 0] | np.r_[np.diff(in_part) != 0, True]
    ends = np.flatnonzero(alone & edge)
    tree = shapely.STRtree(parts)
    points = shapely.points(v.xy[ends])
    which, near = tree.query(points, predicate="dwithin", distance=NEAR_M)
    own, other = v.road[ends[which]], part_of[near]
    level = np.nan_to_num(table.column("level"), nan=0.0)
    keep = (own != other) & (level[own] == level[other])
    which, near, own, other = which[keep], near[keep], own[keep], other[keep]
    gap = shapely.distance(points[which], parts[near])
    order = np.argsort(gap, kind="stable")
    ends_found, first = np.unique(which[order], return_index=True)
    del ends_found
    chosen = order[first]
    chosen = chosen[np.argsort(own[chosen], kind="stable")]
    rows, at = np.unique(own[chosen], return_index=True)
    chosen = chosen[at]
    lonlat = shapely.get_coordinates(table.geometry)[ends[which[chosen]]]

    def detail(i: int) -> Text:
        label, metres = table.ids[other[chosen[i]]], gap[chosen[i]]
        return Text(f"端点距 {label} {metres:.2f} 米而未相接", f"its end is {metres:.2f} m from {label} and not joined")

    yield Found(
        rows,
        Text(
            f"{{count}} 条道路的端点距另一条道路不到 {NEAR_M:g} 米而未相接",
            f"{{count}} roads end within {NEAR_M:g} m of another road without being joined to it",
        ),
        detail,
        points=lonlat,
    )


@check("road.crossing", "warning", Text("相交未打断", "crossing without a junction"), of=("road",))
def crossing(table: FeatureTable, inspection: Inspection) -> Iterator[Found]:
    """Find roads that cross on the same level without a common vertex: no route turns there."""
    del inspection
    shapes = table.projected
    a, b = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    level = np.nan_to_num(table.column("level"), nan=0.0)
    apart = (table.column("bridge") > 0) | (table.column("tunnel") > 0)
    keep = (a < b) & (level[a] == level[b]) & ~apart[a] & ~apart[b]
    a, b = a[keep], b[keep]
    v = _vertices(shapes)
    incidence = coo_matrix((np.ones(len(v.road)), (v.road, v.junction)), shape=(len(table), v.junctions)).tocsr()
    joined = np.asarray(incidence[a].multiply(incidence[b]).sum(axis=1)).ravel() > 0
    a, b = a[~joined], b[~joined]
    points = shapely.get_coordinates(
        shapely.point_on_surface(shapely.intersection(table.geometry[a], table.geometry[b]))
    )
    yield Found(
        a,
        Text(
            "道路有 {count} 处平面相交而没有公共节点，路线不能在此转弯",
            "at {count} places roads cross on the same level without a common vertex: no route can turn there",
        ),
        lambda i: Text(f"与 {table.ids[b[i]]} 相交", f"crosses {table.ids[b[i]]}"),
        points=points if len(points) == len(a) else None,
    )
