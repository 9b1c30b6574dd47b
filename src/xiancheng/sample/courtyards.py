"""Courtyard houses in rows along lanes: the old town, the bungalow quarters at the edge, and villages."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from xiancheng.sample.fabric import Fabric
from xiancheng.sample.frame import BOTH, Floats

LANE = 6.0
"""Width of a lane, metres."""
DWELLING = 74.0
"""Floor area of a dwelling in a courtyard, m²."""
Mask = Callable[[Floats, Floats], npt.NDArray[np.bool_]]


@dataclass(frozen=True, slots=True)
class Quarter:
    """How a quarter of courtyards is built.

    Attributes
    ----------
    plot
        Least and greatest width of a plot, metres.
    plot_depth
        Metres.
    sheds
        Share of courtyards with a shed at the street side.
    year
        Middle of the years of completion.
    irregular
        The lanes of an old town are shifted and end at each other.
    """

    plot: tuple[float, float]
    plot_depth: float
    sheds: float
    year: int
    irregular: bool = False


TOWN = Quarter((14.5, 18.5), 17.5, 0.2, 1985)
OLD_TOWN = Quarter((10.5, 15.0), 17.5, 0.45, 1962, irregular=True)
VILLAGE = Quarter((20.0, 26.0), 22.0, 0.08, 1990)


def courtyard_rows(
    fabric: Fabric,
    rng: np.random.Generator,
    box: tuple[float, float, float, float],
    quarter: Quarter,
    *,
    when: int = BOTH,
    place: int = -1,
    keep: Mask | None = None,
    reach: tuple[float, float] = (0.0, 0.0),
) -> list[Floats]:
    """Fill `box` (west, south, east, north) with rows of courtyards facing south, two rows to a lane.

    Every courtyard has its house on the north side of the plot. `keep` takes away what lies outside a village. The
    lanes run on beyond the west and the east side by `reach` metres, to the streets there. Returns the lanes, west to
    east, from the south.
    """
    west, south, east, north = box
    strip = 2 * quarter.plot_depth + LANE
    count = max(1, int((north - south) // strip))
    pitch = (north - south) / count
    cross = _cross_lanes(rng, west, east - west, count, irregular=quarter.irregular)
    middles = south + pitch * (np.arange(count) + 0.5)
    if quarter.irregular:
        middles = middles + rng.uniform(-3, 3, count)
    middles = np.round(middles, 2)
    lanes = [_cut(keep, np.array([[west - reach[0], y], [east + reach[1], y]])) for y in middles]
    none = np.empty(0)
    for i, lane in enumerate(lanes):
        if lane is not None:
            fabric.line(lane, when, highway="residential")
        below = lanes[i - 1] if i else None
        if lane is not None and below is not None:
            for x in cross[i - 1]:
                if max(lane[0, 0], below[0, 0]) <= x <= min(lane[1, 0], below[1, 0]):
                    fabric.line([(x, middles[i - 1]), (x, middles[i])], when, highway="living_street")
        for side, gaps in ((-1, cross[i - 1] if i else none), (1, cross[i] if i + 1 < count else none)):
            y = float(middles[i]) + side * (LANE + quarter.plot_depth) / 2
            x, plot = _plots(rng, (west + 2, east - 2), quarter, gaps)
            if keep is not None:
                x = x[keep(x, np.full(len(x), y))]
            _houses(fabric, rng, x, y, plot, quarter, when, place)
    return [line for line in lanes if line is not None]


def _cross_lanes(rng: np.random.Generator, west: float, wide: float, count: int, *, irregular: bool) -> list[Floats]:
    """Return where lanes run south-north between each row and the next: an odd number, one of them in the middle."""
    number = max(1, 2 * round((wide / 130 - 1) / 2) + 1)
    even = np.round(west + wide * (np.arange(number) + 0.5) / number, 2)
    if not irregular:
        return [even] * count
    return [np.round(even + rng.uniform(-0.3, 0.3, number) * wide / number, 2) for _ in range(count)]


def _cut(keep: Mask | None, points: Floats) -> Floats | None:
    """Cut a lane to what `keep` keeps; None if next to nothing is left."""
    if keep is None:
        return np.asarray(np.round(points, 2), dtype=np.float64)
    steps = np.linspace(points[0], points[1], max(2, int(np.linalg.norm(points[1] - points[0]) // 6)))
    inside = np.flatnonzero(keep(steps[:, 0], steps[:, 1]))
    return None if len(inside) < 4 else np.asarray(np.round(steps[[inside[0], inside[-1]]], 2), dtype=np.float64)


def _plots(rng: np.random.Generator, span: tuple[float, float], quarter: Quarter, gaps: Floats) -> tuple[Floats, float]:
    """Return the middles of the built plots of a row, and their width."""
    plot = float(rng.uniform(*quarter.plot))
    count = max(0, int((span[1] - span[0]) // plot))
    x = span[0] + plot * (np.arange(count, dtype=np.float64) + 0.5)
    free = rng.uniform(size=count) < 0.95
    if len(gaps):
        free &= np.min(np.abs(x[:, None] - gaps[None]), axis=1) > plot / 2 + 2.5
    return x[free], plot


def _houses(
    fabric: Fabric,
    rng: np.random.Generator,
    x: Floats,
    y: float,
    plot: float,
    quarter: Quarter,
    when: int,
    place: int,
) -> None:
    n = len(x)
    width = plot - rng.uniform(1.2, 3.0, n)
    depth = rng.uniform(7.0, 9.5, n)
    floors = np.where(rng.uniform(size=n) < 0.08, 2, 1)
    year = quarter.year + rng.integers(-12, 25, n)
    dwellings = np.maximum(1, np.round(width * depth * floors / DWELLING + rng.uniform(-0.3, 0.3, n)))
    north = y + quarter.plot_depth / 2 - 1.2
    fabric.build(
        "house", x, north - depth / 2, width, depth, floors, dwellings=dwellings, when=when, place=place, year=year
    )
    side = rng.uniform(size=n) < quarter.sheds
    fabric.build(
        "garages",
        (x - width / 2 + 2.2)[side],
        y + 3.0 - quarter.plot_depth / 2,
        4.2,
        5.6,
        1,
        when=when,
        place=place,
        year=year[side],
    )
