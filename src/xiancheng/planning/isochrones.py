"""Where one gets to a facility within given metres, as polygons: along the network, or in a straight line."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import shapely
from scipy.spatial import cKDTree

from xiancheng.planning.exact import Bools, Floats, Ints
from xiancheng.planning.nearest import nearest
from xiancheng.planning.network import Network
from xiancheng.planning.snap import LIMIT, Snapped, snap

Geometries = npt.NDArray[np.object_]

SAMPLES = 40_000
"""Places at which the distance is computed; the grid is as fine as that allows."""
FINEST, COARSEST = 5.0, 150.0
"""Metres between these places, at least and at most."""

_SHARE = 24.0
"""The grid is not finer than this part of the least distance: more would not be seen."""


def network_isochrones(
    network: Network,
    facilities: Snapped,
    xy: npt.ArrayLike,
    metres: Sequence[float],
    *,
    among: Bools | None = None,
    step: float | None = None,
) -> Geometries:
    """Return the land from which the nearest facility is at most so far along the network.

    The distance of a place is that of a building there: to the nearest road in a straight line, then along the roads.
    It is computed on a square grid and the polygons follow its contours, so a boundary lies within about one step of
    the true one. Where two roads are equally near the distance may jump, and the boundary runs between them.

    Parameters
    ----------
    network
        The network.
    facilities, xy
        ``f`` facilities (or their entrances) on it, and where they are, ``(f, 2)`` metres.
    metres
        Distances, in any order.
    among
        ``(m,)`` the edges that places may be snapped to; all by default.
    step
        Metres of the grid; by default as fine as :data:`SAMPLES` places allow.

    Returns
    -------
    numpy.ndarray
        A valid polygon or multipolygon for each of `metres`, in their order; empty where nothing is reached.
    """
    wanted = np.asarray(metres, dtype=np.float64)
    points = np.asarray(xy, dtype=np.float64).reshape(-1, 2)[facilities.on_network]
    empty = np.full(len(wanted), shapely.MultiPolygon(), dtype=object)
    if len(points) == 0 or len(wanted) == 0 or wanted.max() <= 0:
        return empty
    farthest = float(wanted.max())
    size = grid_step(points, wanted) if step is None else step
    column, row = _grid(points, farthest, size)
    places = np.column_stack([column, row]) * size
    limit = min(LIMIT, farthest)
    snapped = snap(network, places, limit=limit, among=among)
    distance = nearest(network, snapped, facilities, limit=farthest + 4 * size).distance
    return np.array([contour(column, row, distance, d, size) for d in wanted], dtype=object)


def straight_isochrones(facilities: npt.ArrayLike, metres: Sequence[float]) -> Geometries:
    """Return the land at most so far from a facility in a straight line (from the boundary of areas).

    Parameters
    ----------
    facilities
        ``(f,)`` geometries, metres.
    metres
        Distances.

    Returns
    -------
    numpy.ndarray
        A polygon or multipolygon for each of `metres`.
    """
    given = np.asarray(facilities, dtype=object).reshape(-1)
    return np.array([shapely.union_all(shapely.buffer(given, d, quad_segs=16)) for d in metres], dtype=object)


def grid_step(points: npt.ArrayLike, metres: npt.ArrayLike) -> float:
    """Return how fine a grid may be for about :data:`SAMPLES` places within the largest of `metres` of `points`."""
    distances = np.asarray(metres, dtype=np.float64)
    reach = float(distances.max())
    coarse = max(reach / 4, 1.0)
    cells = len(_grid(np.asarray(points, dtype=np.float64), reach, coarse)[0])
    fitting = np.sqrt(cells * coarse**2 / SAMPLES)
    return float(np.clip(max(fitting, distances[distances > 0].min() / _SHARE), FINEST, COARSEST))


def _grid(points: Floats, reach: float, step: float) -> tuple[Ints, Ints]:
    """Return columns and rows of the grid's places at most `reach` from one of the points."""
    low = np.floor((points - reach) / step).astype(np.int64)
    high = np.ceil((points + reach) / step).astype(np.int64)
    # Doors of one facility are close together: few squares of twice the reach hold them all.
    square = np.unique(np.floor(points / (2 * reach)).astype(np.int64), axis=0, return_inverse=True)[1].reshape(-1)
    keys = []
    for number in range(int(square.max()) + 1):
        mine = square == number
        columns = np.arange(low[mine, 0].min(), high[mine, 0].max() + 1)
        rows = np.arange(low[mine, 1].min(), high[mine, 1].max() + 1)
        keys.append(_key(*(a.ravel() for a in np.meshgrid(columns, rows))))
    column, row = _of_key(np.unique(np.concatenate(keys)))
    away, _ = cKDTree(points).query(np.column_stack([column, row]) * step, distance_upper_bound=reach + step)
    near = np.isfinite(away)
    return column[near], row[near]


def contour(column: Ints, row: Ints, value: Floats, level: float, step: float) -> shapely.Geometry:
    """Return the area where a field given at places of a square grid is at most `level` (marching squares).

    Parameters
    ----------
    column, row
        ``(k,)`` whole numbers of the places, each once; a place lies at ``(column, row) * step``.
    value
        ``(k,)`` the field; infinite where it is not defined. Places that are not given are outside.
    """
    key = _key(column, row)
    order = np.argsort(key)
    # Far above the level the field says only "outside": so a boundary at a jump lies half-way.
    key, field = key[order], np.minimum(value[order], level + step)
    inside = key[field <= level]
    if len(inside) == 0:
        return shapely.MultiPolygon()
    column, row = _of_key(inside)
    corner = np.unique(np.concatenate([_key(column - dx, row - dy) for dx in (0, 1) for dy in (0, 1)]))
    column, row = _of_key(corner)
    corners = [(0, 0), (1, 0), (1, 1), (0, 1)]
    values = np.stack([_looked_up(key, field, _key(column + dx, row + dy), level + step) for dx, dy in corners])
    case = ((values <= level) * np.array([[1], [2], [4], [8]])).sum(axis=0)
    crossing = [_crossing(column, row, values, side, level) for side in range(4)]
    pieces = []
    for number, sides in _CASES.items():
        mine = case == number
        pieces += [np.stack([crossing[a][mine], crossing[b][mine]], axis=1) for a, b in sides]
    ends = np.concatenate(pieces)
    ends = ends[(ends[:, 0] != ends[:, 1]).any(axis=1)]
    area = shapely.build_area(shapely.multilinestrings(shapely.linestrings(ends * step)))
    area = shapely.simplify(area, step / 4)
    return area if shapely.is_valid(area) else shapely.make_valid(area)


_CASES: dict[int, list[tuple[int, int]]] = {
    1: [(3, 0)], 2: [(0, 1)], 3: [(3, 1)], 4: [(1, 2)], 5: [(3, 0), (1, 2)], 6: [(0, 2)], 7: [(3, 2)],
    8: [(2, 3)], 9: [(2, 0)], 10: [(0, 1), (2, 3)], 11: [(2, 1)], 12: [(1, 3)], 13: [(1, 0)], 14: [(0, 3)],
}  # fmt: skip
"""Which corners of a square are inside (south-west 1, south-east 2, north-east 4, north-west 8), and between which of
its sides (south 0, east 1, north 2, west 3) the boundary then runs. Opposite corners are kept apart."""

_SIDES = [((0, 0), 0, 1, 0), ((1, 0), 1, 2, 1), ((0, 1), 3, 2, 0), ((0, 0), 0, 3, 1)]
"""Of each side: its lower end relative to the square, the corners at its two ends, and its axis."""


def _crossing(column: Ints, row: Ints, values: Floats, side: int, level: float) -> Floats:
    """Return where the boundary crosses a side, in steps; both squares beside it get the same to the last bit."""
    (dx, dy), first, second, axis = _SIDES[side]
    low, high = values[first], values[second]
    rise = high - low
    share = np.divide(level - low, rise, out=np.full(len(low), 0.5), where=rise != 0)
    place = np.column_stack([column + dx, row + dy]).astype(np.float64)
    place[:, axis] += np.clip(share, 0.0, 1.0)
    return place


def _looked_up(key: Ints, value: Floats, wanted: Ints, missing: float) -> Floats:
    at = np.minimum(np.searchsorted(key, wanted), len(key) - 1)
    return np.where(key[at] == wanted, value[at], missing)


_WIDTH = 1 << 31


def _key(column: Ints, row: Ints) -> Ints:
    return (row + _WIDTH // 2) * _WIDTH + column + _WIDTH // 2


def _of_key(key: Ints) -> tuple[Ints, Ints]:
    return key % _WIDTH - _WIDTH // 2, key // _WIDTH - _WIDTH // 2
