"""One map of the places that fall short, as inline SVG over the shared base."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt
from markupsafe import Markup, escape

from xiancheng.programme.measurement import Short
from xiancheng.programme.report.basemap import KINDS, Base, Box
from xiancheng.programme.report.figures import number_text

Floats = npt.NDArray[np.float64]

LISTED = 50
"""Places listed beside a map; the same ones are marked on it."""

POINTS = 700
"""From more places than this on, a map shows hexagons instead of points."""

_ASPECT = 4 / 3
_FAR = 2.2
"""A map this many times wider than the focus leaves out buildings and local roads."""


@dataclass(frozen=True)
class Legend:
    """A class of the map's legend: which symbol, and from how much to how much."""

    css: str
    label: str


@dataclass(frozen=True)
class PlaceMap:
    """A drawn map.

    Attributes
    ----------
    svg
        The map.
    binned
        Whether places are summed in hexagons.
    legend
        Classes, least first.
    outside, nowhere
        Places beyond the map's edge, and places without coordinates.
    """

    svg: Markup
    binned: bool
    legend: tuple[Legend, ...]
    outside: int
    nowhere: int
    hexagon_metres: float


def draw_places(base: Base, short: Short, label_id: str) -> PlaceMap | None:
    """Draw the places of `short`; None if none of them has coordinates."""
    xy = base.place(short.lon, short.lat)
    known = np.isfinite(xy).all(axis=1)
    if not known.any():
        return None
    view = _view(base, xy[known])
    inside = known & (xy[:, 0] >= view[0]) & (xy[:, 0] <= view[2]) & (xy[:, 1] >= view[1]) & (xy[:, 1] <= view[3])
    amount = np.where(np.isfinite(short.amount), short.amount, 0.0)
    if not short.unit or not amount[inside].any():
        amount = np.ones(len(short))
    width = view[2] - view[0]
    binned = int(inside.sum()) > POINTS
    radius = width / 84
    if binned:
        body, legend = _hexagons(xy[inside], amount[inside], radius)
    else:
        body, legend = _points(xy, amount, inside)
    size = width / 150
    marks = "".join(
        f'<circle data-i="{i + 1}" cx="{xy[i, 0]:.0f}" cy="{xy[i, 1]:.0f}" r="{size:.0f}"/>'
        for i in np.flatnonzero(inside[:LISTED])
    )
    near = max(base.focus[2] - base.focus[0], (base.focus[3] - base.focus[1]) * _ASPECT)
    css = "map far" if width > _FAR * near else "map"
    css += " binned" if binned else ""
    box = f"{view[0]:.0f} {view[1]:.0f} {width:.0f} {view[3] - view[1]:.0f}"
    svg = (
        f'<svg class="{css}" role="img" aria-labelledby="{label_id}" viewBox="{box}">'
        + "".join(f'<use href="#b-{kind}" class="b-{kind}"/>' for kind in KINDS if base.paths.get(kind))
        + body
        + f'<g class="marks">{marks}</g>'
        + _names(base, view)
        + _scale(base, view)
        + "</svg>"
    )
    metres = 2 * radius * base.unit
    return PlaceMap(Markup(svg), binned, legend, int((known & ~inside).sum()), int((~known).sum()), metres)  # noqa: S704


def _view(base: Base, xy: Floats) -> Box:
    """Return the part shown, 4:3: the focus, widened to where the places are (all of a few, nearly all of many)."""
    low, high = (xy.min(axis=0), xy.max(axis=0)) if len(xy) < 200 else np.percentile(xy, [1, 99], axis=0)
    pad = 0.03 * max(high[0] - low[0], high[1] - low[1], 200)
    west, north = min(base.focus[0], low[0] - pad), min(base.focus[1], low[1] - pad)
    east, south = max(base.focus[2], high[0] + pad), max(base.focus[3], high[1] + pad)
    width, height = max(east - west, (south - north) * _ASPECT), max(south - north, (east - west) / _ASPECT)
    x, y = (west + east - width) / 2, (north + south - height) / 2
    return (float(x), float(y), float(x + width), float(y + height))


def _breaks(values: Floats, shares: tuple[float, ...]) -> list[float]:
    """Return rounded, strictly rising class limits at the given shares of the values, within their range."""
    limits: list[float] = []
    for quantile in np.quantile(values, shares):
        digits = 1 - int(np.floor(np.log10(max(float(quantile), 1e-9))))
        limit = round(float(quantile), digits)
        if values.min() < limit <= values.max() and (not limits or limit > limits[-1]):
            limits.append(limit)
    return limits


def _ranges(values: Floats, limits: list[float]) -> list[str]:
    edges = [float(values.min()), *limits, float(values.max())]
    whole = bool((values == np.round(values)).all())
    out = []
    for low, high in pairwise(edges):
        top = high if high == edges[-1] or not whole else high - 1
        out.append(number_text(low) if top <= low else f"{number_text(low)}–{number_text(top)}")
    return out


def _points(xy: Floats, amount: Floats, inside: npt.NDArray[np.bool_]) -> tuple[str, tuple[Legend, ...]]:
    values = amount[inside]
    limits = _breaks(values, (0.5, 0.9)) if len(values) else []
    size = np.searchsorted(limits, amount, side="right")
    paths, legend = [], []
    for k, label in enumerate(_ranges(values, limits) if len(values) else []):
        chosen = np.flatnonzero(inside & (size == k))
        css = f"p{k + 1 + (2 - len(limits))}"
        legend.append(Legend(css, label))
        if len(chosen):
            data = "".join(f"M{x} {y}h0" for x, y in np.round(xy[chosen]).astype(int).tolist())
            paths.append(f'<path class="{css}" vector-effect="non-scaling-stroke" d="{data}"/>')
    return f'<g class="points">{"".join(paths)}</g>', tuple(legend)


def _hexagons(xy: Floats, amount: Floats, radius: float) -> tuple[str, tuple[Legend, ...]]:
    """Sum amounts in hexagons of `radius` units: the nearer of two interleaved lattices of centres."""
    step = np.array([radius * np.sqrt(3), radius * 3])
    first = np.round(xy / step) * step
    second = (np.floor(xy / step) + 0.5) * step
    nearer = ((xy - first) ** 2).sum(axis=1) <= ((xy - second) ** 2).sum(axis=1)
    centre = np.where(nearer[:, None], first, second)
    column, line = np.round(centre / (step / 2)).astype(np.int64).T
    _, first_of, index = np.unique(line * 2**32 + column, return_index=True, return_inverse=True)
    unique = centre[first_of]
    total: Floats = np.bincount(index, weights=amount).astype(np.float64)
    some = total > 0
    unique, total = unique[some], total[some]
    limits = _breaks(total, (0.35, 0.65, 0.85, 0.96))
    level = np.searchsorted(limits, total, side="right")
    corner = radius * 0.97 * np.array([[np.sin(a), -np.cos(a)] for a in np.arange(6) * np.pi / 3])
    steps = " ".join(f"{dx:.0f} {dy:.0f}" for dx, dy in np.diff(corner, axis=0)).replace(" -", "-")
    paths, legend = [], []
    for k, label in enumerate(_ranges(total, limits)):
        css = f"h{k + 1 + (4 - len(limits))}"
        legend.append(Legend(css, label))
        chosen = unique[level == k] + corner[0]
        data = "".join(f"M{x:.0f} {y:.0f}l{steps}z" for x, y in chosen)
        paths.append(f'<path class="{css}" d="{data}"/>')
    return f'<g class="hexes">{"".join(paths)}</g>', tuple(legend)


def _names(base: Base, view: Box) -> str:
    size = (view[2] - view[0]) / 42
    margin = size * 2
    return "".join(
        f'<text class="name" lang="zh-CN" x="{x:.0f}" y="{y:.0f}" font-size="{size:.0f}">{escape(name)}</text>'
        for x, y, name in base.labels
        if view[0] + margin < x < view[2] - margin and view[1] + margin < y < view[3] - margin
    )


def _scale(base: Base, view: Box) -> str:
    """A scale bar of a round length, about a fifth of the map wide."""
    width = view[2] - view[0]
    metres = width * base.unit / 5
    power = 10 ** np.floor(np.log10(metres))
    nice = float(max(s * power for s in (1, 2, 5) if s * power <= metres))
    length, size = nice / base.unit, width / 46
    x, y = view[0] + width * 0.03, view[3] - width * 0.03
    label = f"{nice / 1000:g} km" if nice >= 1000 else f"{nice:g} m"
    bar = f"M{x:.0f} {y - size / 2:.0f}v{size / 2:.0f}h{length:.0f}v{-size / 2:.0f}"
    return (
        f'<g class="scale"><path vector-effect="non-scaling-stroke" d="{bar}"/>'
        f'<text x="{x + length / 2:.0f}" y="{y - size * 0.45:.0f}" font-size="{size:.0f}">{label}</text></g>'
    )
