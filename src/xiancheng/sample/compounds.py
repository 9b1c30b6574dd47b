"""Walled compounds of slab blocks in rows facing south, with gates, lanes between the rows, greens and shops."""

from __future__ import annotations

import numpy as np

from xiancheng.sample.fabric import STOREY, Fabric
from xiancheng.sample.frame import BOTH
from xiancheng.sample.plan import Parcel

_SUN = {6: 1.36, 11: 1.25, 18: 1.05}
"""Distance between rows over height that the winter sun asks for, by the tallest block of the compound."""
_DEPTH = {6: 12.0, 11: 13.0, 18: 14.5}
_UNIT = 15.0
DWELLING = 82.0
"""Floor area of a dwelling in a block, m²."""


def compound(
    fabric: Fabric,
    rng: np.random.Generator,
    parcel: Parcel,
    name: str,
    reach: tuple[float, float],
    *,
    when: int = BOTH,
    kindergarten: bool = False,
) -> None:
    """Build a compound: blocks of 5-6, 9-11 or 15-18 floors by the parcel's kind.

    `reach` is how far the streets west and east of the parcel are. With `kindergarten`, half of the southernmost row
    is left to one.
    """
    tallest = int(parcel.kind.rsplit("_", 1)[1]) if parcel.when & when and "_" in parcel.kind else 6
    place = fabric.place(name)
    built = int(rng.integers(*{6: (1994, 2010), 11: (2008, 2019), 18: (2014, 2023)}[tallest]))
    year = built if when == BOTH else 2024
    x0, y0, x1, y1 = parcel.x0, parcel.y0, parcel.x1, parcel.y1
    fabric.box(x0, y0, x1, y1, when, landuse="residential", residential="apartments", name=name)
    west, south, east, north = x0 + 8, y0 + 10, x1 - 8, y1 - 8
    west, south, east, north = street_shops(fabric, rng, parcel, (west, south, east, north), when, place, year)
    depth = _DEPTH[tallest]
    pitch = depth + tallest * STOREY * _SUN[tallest]
    rows = max(1, int((north - south - depth) // pitch) + 1)
    slack = (north - south - depth - (rows - 1) * pitch) / max(rows, 1)
    spine = (west + east) / 2 + float(rng.uniform(-6, 6))
    lanes = []
    for i in range(rows):
        y = south + depth / 2 + slack / 2 + i * (pitch + slack * 0.6)
        floors = tallest - int(rng.integers(0, {6: 2, 11: 3, 18: 4}[tallest]))
        for a, b in ((west, spine - 5), (spine + 5, east)):
            if kindergarten and i == 0 and a == west:
                fabric.build("kindergarten", (a + b) / 2, y, min(b - a - 6, 38.0), 14.0, 3, when=when, year=year)
                fabric.site("kindergarten", (a + b) / 2, y, when, name)
                continue
            _blocks(fabric, rng, (a, b), y, (floors, tallest), when=when, place=place, year=year)
        lanes.append(y - depth / 2 - 4)
        if i + 1 < rows:
            fabric.box(
                west + 6, y + depth / 2 + 3, spine - 6, y + pitch + slack * 0.6 - depth / 2 - 8, when,
                landuse="grass", access="private",
            )  # fmt: skip
    _lanes(fabric, parcel, lanes, spine, (west, east), reach, when, name)


def street_shops(
    fabric: Fabric,
    rng: np.random.Generator,
    parcel: Parcel,
    box: tuple[float, float, float, float],
    when: int,
    place: int,
    year: int,
) -> tuple[float, float, float, float]:
    """Build two storeys of shops along the shopping streets; return what room is left."""
    west, south, east, north = box
    for side in parcel.shops:
        if side in "ns":
            y = parcel.y1 - 6 if side == "n" else parcel.y0 + 6
            middle = (west + east) / 2
            for a, b in ((parcel.x0 + 2, middle - 9), (middle + 9, parcel.x1 - 2)):
                parts = np.linspace(a, b, max(2, int((b - a) // 34) + 1))
                fabric.build("retail", (parts[1:] + parts[:-1]) / 2, y, np.diff(parts) - 0.5, 11.0,
                             rng.integers(2, 4, len(parts) - 1), when=when, place=place, year=year)  # fmt: skip
            north, south = (north - 16, south) if side == "n" else (north, south + 16)
        else:
            x = parcel.x0 + 6 if side == "w" else parcel.x1 - 6
            a, b = south + 18, north - 18
            parts = np.linspace(a, b, max(2, int((b - a) // 30) + 1))
            fabric.build("retail", x, (parts[1:] + parts[:-1]) / 2, 11.0, np.diff(parts) - 0.5,
                         rng.integers(1, 4, len(parts) - 1), when=when, place=place, year=year)  # fmt: skip
            west, east = (west + 15, east) if side == "w" else (west, east - 15)
    return west, south, east, north


def _blocks(
    fabric: Fabric,
    rng: np.random.Generator,
    span: tuple[float, float],
    y: float,
    floors: tuple[int, int],
    *,
    when: int,
    place: int,
    year: int,
) -> None:
    """Place the slabs of half a row: as long as whole units allow, a fire lane between two.

    `floors` are those of this row and of the tallest block of the compound.
    """
    (west, east), (height, tallest) = span, floors
    depth = _DEPTH[tallest]
    room = east - west
    longest = {6: 5, 11: 4, 18: 2}[tallest]
    gap = {6: 11.0, 11: 14.0, 18: 22.0}[tallest]
    number = max(1, int(np.ceil((room + gap) / (longest * _UNIT + gap))))
    units = max(1, int((room - (number - 1) * gap) / number / _UNIT))
    length = units * _UNIT
    if length > room:
        return
    spare = (room - number * length - (number - 1) * gap) / number
    x = west + spare / 2 + length / 2 + np.arange(number) * (length + gap + spare)
    fabric.build(
        "apartments", x, y + rng.uniform(-1, 1, number), length, depth, height,
        dwellings=round(length * depth * height / DWELLING), when=when, place=place, year=year,
    )  # fmt: skip


def _lanes(
    fabric: Fabric,
    parcel: Parcel,
    lanes: list[float],
    spine: float,
    span: tuple[float, float],
    reach: tuple[float, float],
    when: int,
    name: str,
) -> None:
    """Add the lanes inside, the wall and its two gates: west and east, in the middle, each to the street there."""
    if len(lanes) > 1:
        fabric.line([(spine, lanes[0]), (spine, lanes[-1])], when, highway="service", service="driveway", name=name)
    gate = lanes[len(lanes) // 2]
    for lane in lanes:
        ends = span if lane != gate else (round(parcel.x0 - reach[0], 2), round(parcel.x1 + reach[1], 2))
        fabric.line([(ends[0], lane), (ends[1], lane)], when, highway="service")
    for low, high in ((parcel.y0, gate - 4), (gate + 4, parcel.y1)):
        edge = low if low == parcel.y0 else high
        inner = high if low == parcel.y0 else low
        wall = [(parcel.x0, inner), (parcel.x0, edge), (parcel.x1, edge), (parcel.x1, inner)]
        fabric.line(wall, when, barrier="wall")


def quiet_side(parcel: Parcel) -> str:
    """Return the side of the lesser street that runs south-north between the parcels of a block."""
    return "e" if parcel.quarter in {"sw", "nw", "w"} else "w"
