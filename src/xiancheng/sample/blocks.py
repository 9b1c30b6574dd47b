"""What stands on each parcel of the town."""

from __future__ import annotations

import numpy as np

from xiancheng.sample.compounds import compound, quiet_side, street_shops
from xiancheng.sample.courtyards import OLD_TOWN, TOWN, courtyard_rows
from xiancheng.sample.fabric import Fabric
from xiancheng.sample.frame import AFTER, BEFORE, BOTH
from xiancheng.sample.green import pocket_park, reaches
from xiancheng.sample.names import compound_names
from xiancheng.sample.plan import Parcel, Plan


def build_parcels(plan: Plan, fabric: Fabric, rng: np.random.Generator, *, housed: float) -> None:
    """Build every parcel; courtyards last, from the middle outwards, until `housed` m² of dwellings stand.

    Where no more dwellings are wanted the edge of the town stays open: fields and greenhouses.
    """
    names = compound_names(rng)
    compounds = 0
    for parcel in plan.parcels:
        if parcel.kind.startswith("compound"):
            compounds += 1
            compound(
                fabric,
                rng,
                parcel,
                next(names),
                reaches(plan, parcel)[:2],
                when=parcel.when,
                kindergarten=compounds % 3 == 0,
            )
        elif parcel.kind == "old_town":
            _old_town(plan, fabric, rng, parcel)
        else:
            _BUILDERS.get(parcel.kind, _nothing)(plan, fabric, rng, parcel)
    _courtyards(plan, fabric, rng, housed)


def _nothing(_plan: Plan, _fabric: Fabric, _rng: np.random.Generator, _parcel: Parcel) -> None:
    """Parks and squares are built with the green."""


def _courtyards(plan: Plan, fabric: Fabric, rng: np.random.Generator, housed: float) -> None:
    standing = fabric.buildings()
    after = (standing.when & AFTER) > 0
    short = housed - float(standing.floor_area[standing.residential & after].sum())
    parcels = plan.of("courtyards")
    order = sorted(parcels, key=lambda p: np.hypot(*p.middle))
    pocket = 0
    for i, parcel in enumerate(order):
        if short <= 0:
            fabric.box(parcel.x0 - 4, parcel.y0 - 4, parcel.x1 + 4, parcel.y1 + 4, landuse="farmland")
            continue
        before = fabric.buildings_count
        with_pocket = i % 9 == 4 and parcel.area > 9_000
        if with_pocket:
            pocket += 1
        _courtyard_parcel(plan, fabric, rng, parcel, pocket if with_pocket else 0)
        added = fabric.buildings(before)
        short -= float(added.floor_area[added.residential].sum())
    for parcel in plan.of("vacant"):
        if parcel.other == "courtyards":
            _courtyard_parcel(plan, fabric, rng, parcel, 0, when=BEFORE)


def _courtyard_parcel(
    plan: Plan, fabric: Fabric, rng: np.random.Generator, parcel: Parcel, pocket: int, when: int = BOTH
) -> None:
    west, east, south, north = reaches(plan, parcel)
    number = fabric.place(f"平房{parcel.number}区")
    fabric.box(parcel.x0, parcel.y0, parcel.x1, parcel.y1, when, landuse="residential", residential="courtyards")
    box = street_shops(fabric, rng, parcel, (parcel.x0, parcel.y0, parcel.x1, parcel.y1), when, number, 1995)
    if pocket:
        # Some pocket parks are new: in the year before there was a yard of rubble.
        beginning = AFTER if pocket % 3 == 0 else BOTH
        depth = 30.0
        x = round((box[0] + box[2]) / 2, 2)
        if parcel.quarter.startswith("s"):
            garden = (box[0] + 3, box[3] - depth, box[2] - 3, box[3] - 1)
            street = (x, round(parcel.y1 + north, 2))
            box = (box[0], box[1], box[2], box[3] - depth - 2)
        else:
            garden = (box[0] + 3, box[1] + 1, box[2] - 3, box[1] + depth)
            street = (x, round(parcel.y0 - south, 2))
            box = (box[0], box[1] + depth + 2, box[2], box[3])
        pocket_park(fabric, garden, beginning, pocket, street)
    shift = (west + box[0] - parcel.x0, east + parcel.x1 - box[2])
    courtyard_rows(fabric, rng, box, TOWN, reach=shift, when=when, place=number)
    if parcel.number % 6 == 1:
        x, y = parcel.middle
        fabric.site("kindergarten", x, y, when, "")


def _old_town(plan: Plan, fabric: Fabric, rng: np.random.Generator, parcel: Parcel) -> None:
    west, east, _, _ = reaches(plan, parcel)
    number = fabric.place("老城")
    fabric.box(parcel.x0, parcel.y0, parcel.x1, parcel.y1, landuse="residential", residential="old_town")
    box = street_shops(fabric, rng, parcel, (parcel.x0, parcel.y0, parcel.x1, parcel.y1), BOTH, number, 1975)
    middle = round((box[1] + box[3]) / 2, 2)
    shift = (west + box[0] - parcel.x0, east + parcel.x1 - box[2])
    for low, high in ((box[1], middle), (middle, box[3])):
        courtyard_rows(fabric, rng, (box[0], low, box[2], high), OLD_TOWN, reach=shift, place=number)


def north_of_ring(plan: Plan, fabric: Fabric, rng: np.random.Generator) -> None:
    """Fill the strip between the ring and the railway: warehouses west of the station, courtyards east of it."""
    west, _, east, north = plan.bounds
    side = north + 0.55 * (plan.railway - north)
    low, high = north + 34, side - 16
    middle = float(plan.xs[plan.centre[0]])
    if high - low > 50:
        for x in np.arange(west + 90, middle - 150, 120.0):
            fabric.build("warehouse", x, (low + high) / 2, rng.uniform(60, 90), rng.uniform(22, min(48, high - low)),
                         1, year=int(rng.integers(1972, 2010)))  # fmt: skip
        number = fabric.place("站东平房区")
        box = (middle + 130, low, min(east - 30, middle + 130 + 0.55 * (east - middle)), high)
        fabric.box(*box, landuse="residential", residential="courtyards")
        courtyard_rows(fabric, rng, box, TOWN, place=number)
        lane = float(middle + 130 + 20)
        fabric.line([(lane, north), (lane, side)], highway="residential")


def _school(plan: Plan, fabric: Fabric, rng: np.random.Generator, parcel: Parcel) -> None:
    x, y = parcel.middle
    wide, deep = parcel.x1 - parcel.x0, parcel.y1 - parcel.y0
    fabric.site("school", x, y, parcel.when, str(parcel.number))
    fabric.box(parcel.x0, parcel.y0, parcel.x1, parcel.y1, parcel.when, amenity="school", name=f"学校{parcel.number}号")
    length = min(wide * 0.5, 64.0)
    rows = max(1, int(deep * 0.62 // 34))
    for i in range(rows):
        fabric.build("school", parcel.x0 + 10 + length / 2, parcel.y1 - 16 - 32.0 * i, length, 13.0,
                     int(rng.integers(3, 6)), year=int(rng.integers(1995, 2018)))  # fmt: skip
    fabric.build("sports_hall", parcel.x1 - 10 - wide * 0.14, parcel.y1 - 22, wide * 0.26, 26.0, 1, year=2012)
    if wide > 130 and deep > 100:
        fabric.box(x + 6, parcel.y0 + 10, parcel.x1 - 8, parcel.y0 + 10 + deep * 0.45, leisure="track", sport="running")
    _gate(plan, fabric, parcel)


def _hospital(plan: Plan, fabric: Fabric, _rng: np.random.Generator, parcel: Parcel) -> None:
    x, y = parcel.middle
    fabric.site("hospital", x, y, parcel.when, str(parcel.number))
    wide = parcel.x1 - parcel.x0
    fabric.box(parcel.x0, parcel.y0, parcel.x1, parcel.y1, amenity="hospital", name=f"医院{parcel.number}号")
    fabric.build("hospital", x, parcel.y1 - 22, wide * 0.6, 24.0, 11, year=2015)
    fabric.build("hospital", x, parcel.y0 + 24, wide * 0.5, 22.0, 5, year=2003)
    fabric.build("hospital", parcel.x0 + 22, y, 20.0, 34.0, 3, year=1998)
    _gate(plan, fabric, parcel)


def _office(plan: Plan, fabric: Fabric, rng: np.random.Generator, parcel: Parcel) -> None:
    x, y = parcel.middle
    fabric.site("office", x, y, parcel.when, str(parcel.number))
    wide = parcel.x1 - parcel.x0
    fabric.build("office", x, parcel.y1 - 30, min(wide * 0.55, 86.0), 18.0, int(rng.integers(6, 13)), year=2010)
    for side in (-1, 1):
        fabric.build("public", x + side * wide * 0.36, y - 10, 16.0, min(44.0, (parcel.y1 - parcel.y0) * 0.4), 4,
                     year=2008)  # fmt: skip
    fabric.box(x - 26, parcel.y0 + 14, x + 26, y - 14, landuse="grass", access="yes", name="街头绿地")
    _gate(plan, fabric, parcel)


def _commerce(plan: Plan, fabric: Fabric, rng: np.random.Generator, parcel: Parcel) -> None:
    x, y = parcel.middle
    fabric.site("commerce", x, y, parcel.when, str(parcel.number))
    wide, deep = parcel.x1 - parcel.x0, parcel.y1 - parcel.y0
    fabric.box(parcel.x0, parcel.y0, parcel.x1, parcel.y1, landuse="retail", name=f"商业区{parcel.number}号")
    fabric.build("retail", x, y + deep * 0.12, wide * 0.62, deep * 0.42, int(rng.integers(3, 6)), year=2014)
    number = max(2, int(wide // 26))
    xs = parcel.x0 + (np.arange(number) + 0.5) * wide / number
    fabric.build("retail", xs, parcel.y0 + 9, wide / number - 1.0, 14.0, rng.integers(2, 4, number), year=2006)
    _gate(plan, fabric, parcel)


def _industry(plan: Plan, fabric: Fabric, rng: np.random.Generator, parcel: Parcel) -> None:
    fabric.box(parcel.x0, parcel.y0, parcel.x1, parcel.y1, landuse="industrial", name=f"工业园{parcel.number}号")
    wide, deep = parcel.x1 - parcel.x0, parcel.y1 - parcel.y0
    for i in range(2):
        for j in range(2):
            fabric.build("warehouse" if (i + j) % 2 else "industrial", parcel.x0 + wide * (0.27 + 0.46 * i),
                         parcel.y0 + deep * (0.27 + 0.44 * j), wide * rng.uniform(0.28, 0.4),
                         deep * rng.uniform(0.24, 0.34), 1, year=int(rng.integers(1975, 2016)))  # fmt: skip
    _gate(plan, fabric, parcel)


def _culture(plan: Plan, fabric: Fabric, _rng: np.random.Generator, parcel: Parcel) -> None:
    x, y = parcel.middle
    fabric.site("culture", x, y, parcel.when, str(parcel.number))
    wide = parcel.x1 - parcel.x0
    x0, x1 = parcel.x0 + wide * 0.08, parcel.x0 + wide * 0.46
    y0, y1 = parcel.y1 - 49, parcel.y1 - 15
    yard = np.array([(x0 + 11, y0 + 11), (x1 - 11, y0 + 11), (x1 - 11, y1 - 11), (x0 + 11, y1 - 11)])
    ring = [(x0, y0), (x1, y0), (x1, y1), (x0, y1)]
    name = "土默特博物馆（合成）"
    fabric.area(ring, BOTH, [np.round(yard, 2)], building="museum", building__levels="3", start_date="2016", name=name)
    fabric.build("public", parcel.x0 + wide * 0.73, parcel.y1 - 32, wide * 0.38, 34.0, 4, year=2013)
    fabric.build("public", x, parcel.y0 + 24, wide * 0.42, 22.0, 3, year=2011)
    _gate(plan, fabric, parcel)


def _sports(plan: Plan, fabric: Fabric, _rng: np.random.Generator, parcel: Parcel) -> None:
    x, y = parcel.middle
    fabric.site("sports", x, y, parcel.when, str(parcel.number))
    wide, deep = parcel.x1 - parcel.x0, parcel.y1 - parcel.y0
    fabric.build("sports_hall", parcel.x0 + wide * 0.26, y, wide * 0.38, deep * 0.5, 2, year=2018)
    fabric.box(x + 4, parcel.y0 + 10, parcel.x1 - 8, parcel.y1 - 10, leisure="pitch", sport="soccer")
    _gate(plan, fabric, parcel)


def _care(plan: Plan, fabric: Fabric, _rng: np.random.Generator, parcel: Parcel) -> None:
    x, y = parcel.middle
    fabric.site("care", x, y, parcel.when, str(parcel.number))
    wide = parcel.x1 - parcel.x0
    for i in range(2):
        fabric.build("public", x, parcel.y0 + 26 + 40 * i, wide * 0.6, 15.0, 4, year=2012)
    fabric.box(parcel.x0 + 8, parcel.y1 - 34, parcel.x1 - 8, parcel.y1 - 8, landuse="grass", access="private")
    _gate(plan, fabric, parcel)


def _gate(plan: Plan, fabric: Fabric, parcel: Parcel) -> None:
    """Add the drive from the lesser street."""
    _, y = parcel.middle
    west, east, _, _ = reaches(plan, parcel)
    inside = (0.34 if parcel.kind == "school" else 0.14) * (parcel.x1 - parcel.x0)
    ends = (parcel.x1 - inside, parcel.x1 + east) if quiet_side(parcel) == "e" else (
        parcel.x0 + inside, parcel.x0 - west
    )  # fmt: skip
    fabric.line([(round(ends[0], 2), y), (round(ends[1], 2), y)], parcel.when, highway="service", service="driveway")


_BUILDERS = {
    "school": _school,
    "hospital": _hospital,
    "office": _office,
    "commerce": _commerce,
    "industry": _industry,
    "culture": _culture,
    "sports": _sports,
    "care": _care,
}
