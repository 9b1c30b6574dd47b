"""Courtyard houses in rows along lanes: the old town, the bungalow quarters at the edge, and villages."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from xiancheng.sample.fabric import Fabric
from xiancheng.sample.frame import BOTH, Floats

PLOT_DEPTH = 22.0
LANE = 6.0
Mask = Callable[[Floats, Floats], npt.NDArray[np.bool_]]


def courtyard_rows(
    fabric: Fabric,
    rng: np.random.Generator,
    box: tuple[float, float, float, float],
    *,
    irregular: bool = False,
    when: int = BOTH,
    place: int = -1,
    year: int = 1985,
    keep: Mask | None = None,
    occupied: float = 0.95,
    reach: tuple[float, float] = (0.0, 0.0),
    plot: tuple[float, float] = (14.5, 18.5),
    sheds: float = 0.2,
) -> list[Floats]:
    """Fill `box` (west, south, east, north) with rows of courtyards facing south, two rows to a lane.

    Every courtyard has its house on the north side of the plot and often a lesser one on the west side. `keep` takes
    away what lies outside a village. `irregular` lets the lanes of an old town shift and end at each other. The lanes
    run on beyond the west and the east side by `reach` metres, to the streets there. Returns the lanes, west to east,
    from the south.
    """
    west, south, east, north = box
    strip = 2 * PLOT_DEPTH + LANE
    count = max(1, int((north - south) // strip))
    pitch = (north - south) / count
    wide = east - west
    cross = _cross_lanes(rng, west, wide, count, irregular=irregular)
    middles = south + pitch * (np.arange(count) + 0.5)
    if irregular:
        middles = middles + rng.uniform(-3, 3, count)
    middles = np.round(middles, 2)
    lanes = []
    for i, lane in enumerate(middles):
        lanes.append(_cut(keep, np.array([[west - reach[0], lane], [east + reach[1], lane]])))
        if lanes[-1] is not None:
            fabric.line(lanes[-1], when, highway="residential")
        if i and lanes[i - 1] is not None and lanes[i] is not None:
            for x in cross[i - 1]:
                if all(line[0, 0] <= x <= line[1, 0] for line in lanes[i - 1 :]):
                    fabric.line([(x, middles[i - 1]), (x, lane)], when, highway="living_street")
        for side in (-1, 1):
            _row(
                fabric, rng, west + 2, east - 2, lane + side * (LANE / 2 + PLOT_DEPTH / 2), cross[i] if side > 0 else
                cross[i - 1] if i else np.empty(0), keep, when, place, year, occupied, plot, sheds,
            )  # fmt: skip
    return [line for line in lanes if line is not None]


def _cross_lanes(
    rng: np.random.Generator, west: float, wide: float, count: int, *, irregular: bool
) -> list[Floats]:
    number = max(1, 2 * round((wide / 130 - 1) / 2) + 1)
    even = west + wide * (np.arange(number) + 0.5) / number
    if not irregular:
        return [even] * count
    return [even + rng.uniform(-0.3, 0.3, number) * wide / number for _ in range(count)]


def _cut(keep: Mask | None, points: Floats) -> Floats | None:
    """Cut a lane to what `keep` keeps; None if next to nothing is left."""
    if keep is None:
        return np.round(points, 2)
    steps = np.linspace(points[0], points[1], max(2, int(np.linalg.norm(points[1] - points[0]) // 6)))
    inside = np.flatnonzero(keep(steps[:, 0], steps[:, 1]))
    return None if len(inside) < 4 else np.round(steps[[inside[0], inside[-1]]], 2)


def _row(
    fabric: Fabric,
    rng: np.random.Generator,
    west: float,
    east: float,
    y: float,
    cross: Floats,
    keep: Mask | None,
    when: int,
    place: int,
    year: int,
    occupied: float,
    plots: tuple[float, float],
    sheds: float,
) -> None:
    plot = rng.uniform(*plots)
    count = int((east - west) // plot)
    if count < 1:
        return
    x = west + plot * (np.arange(count) + 0.5)
    free = rng.uniform(size=count) < occupied
    if len(cross):
        free &= np.min(np.abs(x[:, None] - cross[None]), axis=1) > plot / 2 + 2.5
    if keep is not None:
        free &= keep(x, np.full(count, y))
    x = x[free]
    if not len(x):
        return
    n = len(x)
    width = plot - rng.uniform(1.2, 3.0, n)
    depth = rng.uniform(7.0, 9.5, n)
    floors = np.where(rng.uniform(size=n) < 0.08, 2, 1)
    years = year + rng.integers(-12, 25, n)
    fabric.build(
        "house", x, y + PLOT_DEPTH / 2 - depth / 2 - 1.2, width, depth, floors,
        dwellings=np.maximum(1, np.round(width * depth * floors / 88 + rng.uniform(-0.3, 0.3, n))), when=when, place=place, year=years,
    )  # fmt: skip
    side = rng.uniform(size=n) < sheds
    fabric.build(
        "garages", x[side] - width[side] / 2 + 2.2, y - 3.5 - rng.uniform(0, 2, int(side.sum())), 4.2, 7.0, 1,
        when=when, place=place, year=years[side],
    )  # fmt: skip
