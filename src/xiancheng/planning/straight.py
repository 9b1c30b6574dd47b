"""Straight-line distances from places to facilities that are points, lines or areas (0 inside an area)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import shapely
from scipy.spatial import cKDTree

from xiancheng.planning.exact import Floats, Ints
from xiancheng.planning.nearest import Nearest
from xiancheng.planning.pairs import Pairs, sorted_pairs
from xiancheng.planning.pieces import nearest_in_squares, spatial_order
from xiancheng.planning.prepared import prepared

Geometries = npt.NDArray[np.object_]

_FAR = 2_000.0
"""Metres to the nearest vertex beyond which a place is looked up one by one."""

_CHUNK = 50_000
"""Places measured together."""


def nearest_straight(
    xy: npt.ArrayLike, geometries: npt.ArrayLike, *, limit: float = np.inf, group: npt.ArrayLike | None = None
) -> Nearest:
    """Find the nearest facility of every place in a straight line, to the boundary of areas, 0 inside them.

    Parameters
    ----------
    xy
        ``(k, 2)`` places, metres in a projected CRS; those with NaN are near nothing.
    geometries
        ``(f,)`` shapely geometries in the same CRS; missing, empty and not finite ones are nowhere.
    limit
        Metres beyond which a facility does not count.
    group
        ``(f,)`` whole numbers, equal for the parts of one facility.

    Returns
    -------
    Nearest
        Equally near facilities are decided by the lowest group, then the lowest row.
    """
    points = np.asarray(xy, dtype=np.float64).reshape(-1, 2)
    places = _placed(geometries)
    label = np.arange(len(places)) if group is None else np.asarray(group, dtype=np.int64).reshape(-1)
    distance, row = np.full(len(points), np.inf), np.full(len(points), -1, dtype=np.int64)
    # Facilities in the order that settles ties: the lowest position wins.
    order = np.argsort(label, kind="stable")
    ordered = places[order]
    who = spatial_order(points)
    holder = _areas_holding(ordered, points[who])
    outside = np.flatnonzero(holder < 0)
    distance[who[holder >= 0]] = 0.0
    row[who[holder >= 0]] = order[holder[holder >= 0]]
    boundary = _Boundary.of(ordered)
    if len(boundary.owner) and len(outside):
        metres, position = boundary.nearest(points[who[outside]], limit)
        near = metres <= limit
        distance[who[outside[near]]] = metres[near]
        row[who[outside[near]]] = order[position[near]]
    index = np.where(row >= 0, label[row] if len(label) else -1, -1)
    return Nearest(distance, index, row)


def pairs_straight(xy: npt.ArrayLike, geometries: npt.ArrayLike, metres: float) -> Pairs:
    """Find every place and facility at most `metres` apart in a straight line (0 inside an area).

    Parameters
    ----------
    xy
        ``(k, 2)`` places, metres.
    geometries
        ``(f,)`` shapely geometries.
    metres
        The radius; a pair exactly that far apart counts.

    Returns
    -------
    Pairs
    """
    points = np.asarray(xy, dtype=np.float64).reshape(-1, 2)
    places = _placed(geometries)
    who = spatial_order(points)
    drawn = shapely.points(points[who])
    facility, at = shapely.STRtree(drawn).query(prepared(places), predicate="dwithin", distance=metres)
    distance = shapely.distance(drawn[at], places[facility])
    return sorted_pairs(who[at], facility, distance, len(points), len(places))


def _placed(geometries: npt.ArrayLike) -> Geometries:
    """Return a copy of the geometries without those whose coordinates are not finite."""
    given = np.array(geometries, dtype=object).reshape(-1)
    given[~np.isfinite(shapely.bounds(given)).all(axis=1)] = None
    return given


def _areas_holding(places: Geometries, points: Floats) -> Ints:
    """Return the first area each point lies in or on the edge of; -1 if none."""
    area = np.flatnonzero(shapely.get_dimensions(places) == 2)
    holder = np.full(len(points), len(places), dtype=np.int64)
    point, of = shapely.STRtree(places[area]).query(shapely.points(points), predicate="intersects")
    np.minimum.at(holder, point, area[of])
    return np.where(holder < len(places), holder, -1)


@dataclass(frozen=True, eq=False)
class _Boundary:
    """Facilities as the straight pieces of their outlines; a point is a piece of no length.

    Attributes
    ----------
    owner
        ``(s,)`` facility of each piece, ascending.
    begin, end
        ``(s, 2)`` metres.
    """

    owner: Ints
    begin: Floats
    end: Floats

    @classmethod
    def of(cls, places: Geometries) -> _Boundary:
        """Take facilities apart."""
        parts, owner = shapely.get_parts(places, return_index=True)
        while (shapely.get_type_id(parts) > 3).any():
            parts, inner = shapely.get_parts(parts, return_index=True)
            owner = owner[inner]
        area = shapely.get_dimensions(parts) == 2
        rings, of = shapely.get_rings(parts[area], return_index=True)
        parts = np.concatenate([parts[~area], rings])
        owner = np.concatenate([owner[~area], owner[area][of]])
        order = np.argsort(owner, kind="stable")
        xy, part = shapely.get_coordinates(parts[order], return_index=True)
        owner = owner[order]
        step = np.flatnonzero(part[1:] == part[:-1])
        single = np.flatnonzero(shapely.get_num_coordinates(parts[order]) == 1)
        point = np.searchsorted(part, single)
        whose = np.concatenate([owner[part[step]], owner[single]])
        by_owner = np.argsort(whose, kind="stable")
        return cls(
            whose[by_owner],
            np.concatenate([xy[step], xy[point]])[by_owner],
            np.concatenate([xy[step + 1], xy[point]])[by_owner],
        )

    def nearest(self, points: Floats, limit: float) -> tuple[Floats, Ints]:
        """Return each point's distance to the nearest outline and the facility it belongs to, lowest if tied.

        The nearest vertex bounds the distance; only pieces whose box comes that near are measured. Places far from
        everything, for which that box would hold a whole town, are looked up one by one in the tree. Nothing is looked
        for where every vertex is farther than `limit` by more than the longest piece.
        """
        longest = float(np.hypot(*(self.end - self.begin).T).max())
        reach = (limit + longest) * (1 + 1e-9) + 1e-6
        bound, _ = cKDTree(self.begin).query(points, distance_upper_bound=reach)
        tree = shapely.STRtree(shapely.linestrings(np.stack([self.begin, self.end], axis=1)))
        distance, owner = np.full(len(points), np.inf), np.full(len(points), -1, dtype=np.int64)
        near, far = np.flatnonzero(bound <= _FAR), np.flatnonzero((bound > _FAR) & np.isfinite(bound))
        for first in range(0, len(near), _CHUNK):
            some = near[first : first + _CHUNK]
            radius = bound[some] * (1 + 1e-9) + 1e-6
            piece, distance[some], _ = nearest_in_squares(tree, self.begin, self.end, points[some], radius)
            owner[some] = self.owner[piece]
        (who, of), metres = tree.query_nearest(shapely.points(points[far]), return_distance=True)
        distance[far[who]] = metres
        owner[far] = len(self.owner)
        np.minimum.at(owner, far[who], self.owner[of])
        return distance, owner
