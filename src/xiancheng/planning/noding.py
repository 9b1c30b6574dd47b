"""Where lines meet: vertices that coincide, and crossings of one level drawn without a vertex."""

from __future__ import annotations

from typing import cast

import numpy as np
import numpy.typing as npt
import shapely
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

from xiancheng.planning.exact import Bools, Floats, Ints


def flatten(lines: npt.NDArray[np.object_], tolerance: float) -> tuple[Floats, Ints, Ints]:
    """Break lines into the vertices of their parts.

    Empty and missing lines, and lines with a coordinate that is not finite, contribute nothing. Vertices of a part
    closer than `tolerance` to the one before are left out, so that densely drawn curves do not collapse.

    Parameters
    ----------
    lines
        ``(n,)`` LineString, LinearRing or MultiLineString, metres.
    tolerance
        Metres.

    Returns
    -------
    xy
        ``(p, 2)`` coordinates.
    part
        ``(p,)`` part each vertex belongs to, ascending.
    line
        ``(parts,)`` line each part belongs to.

    Raises
    ------
    ValueError
        If a geometry is not a line.
    """
    kind = shapely.get_type_id(lines)
    wrong = ~np.isin(kind, (-1, 1, 2, 5)) & ~shapely.is_empty(lines)
    if wrong.any():
        first = int(np.flatnonzero(wrong)[0])
        raise ValueError(f"geometry {first} is a {lines[first].geom_type}, not a line")
    parts, line = shapely.get_parts(lines, return_index=True)
    box = shapely.bounds(parts)
    sound = np.isfinite(box).all(axis=1)
    parts, line = parts[sound], line[sound]
    if tolerance > 0:
        parts = shapely.remove_repeated_points(parts, tolerance)
    xy, part = shapely.get_coordinates(parts, return_index=True)
    return xy, part.astype(np.int64), line.astype(np.int64)


def cluster(xy: Floats, tolerance: float) -> tuple[Ints, Floats]:
    """Number places: points equal, or closer than `tolerance`, are one place.

    Nearness is chained (a near b, b near c: one place) and does not depend on a grid's cell limits. Places are numbered
    by their lowest coordinates, so the numbering does not depend on the order of the points.

    Parameters
    ----------
    xy
        ``(p, 2)`` metres.
    tolerance
        Metres; 0 joins equal points only.

    Returns
    -------
    place
        ``(p,)`` place of each point.
    places
        ``(places, 2)`` coordinates: those of the lowest point of each place.
    """
    if len(xy) == 0:
        return np.empty(0, dtype=np.int64), np.empty((0, 2))
    order = np.lexsort((xy[:, 1], xy[:, 0]))
    ordered = xy[order]
    new = np.ones(len(xy), dtype=bool)
    new[1:] = (ordered[1:] != ordered[:-1]).any(axis=1)
    place = np.empty(len(xy), dtype=np.int64)
    place[order] = np.cumsum(new) - 1
    places = ordered[new]
    if tolerance <= 0:
        return place, places
    tree = cKDTree(places, balanced_tree=False, compact_nodes=False)
    near = tree.query_pairs(tolerance, output_type="ndarray")
    if len(near) == 0:
        return place, places
    count = len(places)
    links = coo_array((np.ones(len(near), dtype=np.int8), (near[:, 0], near[:, 1])), shape=(count, count))
    _, label = connected_components(links, directed=False)
    _, lowest, label = np.unique(label, return_index=True, return_inverse=True)
    rank = np.empty(len(lowest), dtype=np.int64)
    by_lowest = np.argsort(lowest)
    rank[by_lowest] = np.arange(len(lowest))
    return rank[label][place], places[lowest[by_lowest]]


def insert_crossings(xy: Floats, part: Ints, level: Ints, tolerance: float) -> tuple[Floats, Ints]:
    """Add a vertex where segments of one level cross, touch or overlap without sharing one.

    Parameters
    ----------
    xy, part
        ``(p, 2)`` vertices and ``(p,)`` their parts, as from :func:`flatten`.
    level
        ``(parts,)`` level of each part; segments of different levels are left alone.
    tolerance
        Metres within which an end touches a segment.

    Returns
    -------
    xy, part
        The vertices with the new ones at their places along each part.
    """
    place, places = cluster(xy, tolerance)
    segment = np.flatnonzero((part[1:] == part[:-1]) & (place[1:] != place[:-1]))
    if len(segment) == 0:
        return xy, part
    a, b = places[place[segment]], places[place[segment + 1]]
    from_place, to_place = place[segment], place[segment + 1]
    drawn = shapely.linestrings(np.stack([a, b], axis=1))
    left, right = shapely.STRtree(drawn).query(drawn, predicate="dwithin", distance=tolerance)
    keep = (left < right) & (level[part[segment[left]]] == level[part[segment[right]]])
    left, right = left[keep], right[keep]

    on: list[Ints] = []
    at: list[Floats] = []
    point: list[Floats] = []
    touched = np.zeros(len(left), dtype=bool)
    for one, other in ((left, right), (right, left)):
        for end in (a, b):
            share, inside = _foot(end[one], a[other], b[other], tolerance)
            touched |= inside
            on.append(other[inside])
            at.append(share[inside])
            point.append(end[one[inside]])
    shared = (
        (from_place[left] == from_place[right])
        | (from_place[left] == to_place[right])
        | (to_place[left] == from_place[right])
        | (to_place[left] == to_place[right])
    )
    free = ~touched & ~shared
    left, right = left[free], right[free]
    share, other_share, crosses = _crossing(a[left], b[left], a[right], b[right])
    left, right, share, other_share = left[crosses], right[crosses], share[crosses], other_share[crosses]
    crossing = a[left] + share[:, None] * (b[left] - a[left])
    on += [left, right]
    at += [share, other_share]
    point += [crossing, crossing]

    new_segment = segment[np.concatenate(on)]
    all_xy = np.concatenate([xy, *point])
    all_part = np.concatenate([part, part[new_segment]])
    after = np.concatenate([np.arange(len(xy)), new_segment])
    share_along = np.concatenate([np.zeros(len(xy)), *at])
    order = np.lexsort((share_along, after))
    return all_xy[order], all_part[order]


def _foot(point: Floats, a: Floats, b: Floats, tolerance: float) -> tuple[Floats, Bools]:
    """Where points lie along segments a-b (0..1), and whether they lie on them and away from their ends."""
    along = b - a
    square = np.einsum("ij,ij->i", along, along)
    share = np.einsum("ij,ij->i", point - a, along) / square
    off = point - (a + share[:, None] * along)
    length = np.sqrt(square)
    on = np.hypot(off[:, 0], off[:, 1]) <= tolerance
    return share, on & (share * length > tolerance) & ((1 - share) * length > tolerance)


def _crossing(a: Floats, b: Floats, c: Floats, d: Floats) -> tuple[Floats, Floats, Bools]:
    """Where segments a-b and c-d cross, as shares along both, and whether they do."""
    r, s, w = b - a, d - c, c - a
    denominator = r[:, 0] * s[:, 1] - r[:, 1] * s[:, 0]
    parallel = denominator == 0
    safe = np.where(parallel, 1.0, denominator)
    share = (w[:, 0] * s[:, 1] - w[:, 1] * s[:, 0]) / safe
    other = (w[:, 0] * r[:, 1] - w[:, 1] * r[:, 0]) / safe
    crosses = ~parallel & (share > 0) & (share < 1) & (other > 0) & (other < 1)
    return share, other, cast("Bools", crosses)
