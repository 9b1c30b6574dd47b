"""Meters, base stations, and the areas that 5G, gigabit fibre and high-definition television cover."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import shapely

from xiancheng.sample.fabric import USES
from xiancheng.sample.frame import AFTER, Floats, Ints, bend, stream
from xiancheng.sample.plan import Parcel
from xiancheng.sample.town import Town

GIGABIT = (0.92, 0.996)
FIVE_G = (0.955, 0.9995)
HDTV = (0.90, 0.985)
"""Share of the residential floor area covered at the two dates, in the seat; villages come behind."""
SMART = ((0.985, 0.62), (0.999, 0.91))
"""Share of smart electricity and water meters at the two dates."""


@dataclass(frozen=True)
class Meters:
    """``(n,)`` meters: the building (index) each belongs to, its kind, and since which year it is smart."""

    building: Ints
    kind: npt.NDArray[np.object_]
    smart: tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_]]
    xy: Floats
    when: Ints
    installed: Ints


def meters(town: Town) -> Meters:
    """Give every dwelling of the seat an electricity meter and, where there is piped water, a water meter."""
    rng = stream(town.seed, "meters")
    b = town.buildings
    west, south, east, _ = town.plan.bounds
    in_seat = (b.x > west) & (b.x < east) & (b.y > south) & (b.y < town.plan.railway)
    homes = np.flatnonzero(b.residential & in_seat)
    electricity = np.repeat(homes, b.dwellings[homes])
    piped = (b.use[electricity] == USES.index("apartments")) | (rng.uniform(size=len(electricity)) < 0.45)
    water = electricity[piped]
    building = np.concatenate([electricity, water])
    kind = np.concatenate(
        [np.full(len(electricity), "electricity", dtype=object), np.full(len(water), "water", dtype=object)]
    )
    draw = rng.uniform(size=len(building))
    share = np.where(kind == "electricity", 0, 1)
    smart = tuple(draw < np.array(SMART[d])[share] for d in (0, 1))
    xy = np.column_stack([b.x[building], b.y[building]]) + rng.uniform(-1, 1, (len(building), 2)) * np.column_stack(
        [b.width[building] * 0.4, b.depth[building] * 0.4]
    )
    installed = np.maximum(b.year[building], 2012 + rng.integers(0, 10, len(building)))
    return Meters(building, kind, (smart[0], smart[1]), np.round(xy, 1), b.when[building], installed)


@dataclass(frozen=True, slots=True)
class Station:
    """A base station on the straight plan."""

    id: str
    name: str
    x: float
    y: float
    technology: tuple[str, ...]
    operator: str
    height: float
    when: int


def base_stations(town: Town) -> list[Station]:
    """Return base stations: a net over the town, one at each larger village; 21 to 25 per 10,000 residents."""
    rng = stream(town.seed, "stations")
    west, south, east, north = town.plan.bounds
    spacing = 330.0
    xs, ys = np.meshgrid(np.arange(west + 150, east, spacing), np.arange(south + 130, north + 200, spacing))
    places = np.column_stack([xs.ravel(), ys.ravel()]) + rng.uniform(-70, 70, (xs.size, 2))
    villages = np.array([(v.x, v.y) for v in town.villages])
    places = np.concatenate([places, villages])
    operators = ("中国移动", "中国联通", "中国电信")
    result = []
    for i, (x, y) in enumerate(places.tolist()):
        rural = i >= xs.size
        five = rng.uniform() < (0.8 if rural else 0.97)
        late = rng.uniform() < 0.22
        result.append(
            Station(
                f"JZ{i + 1:05d}", f"{'村镇' if rural else '萨拉齐'}基站{i + 1:04d}", round(x, 1), round(y, 1),
                ("4g", "5g") if five else ("4g",), operators[int(rng.integers(0, 3))],
                round(float(rng.uniform(18, 45)), 1), AFTER if late and five else 3,
            )
        )  # fmt: skip
    return result


@dataclass(frozen=True, slots=True)
class Coverage:
    """An area that a service covers at one date, metres on the ground."""

    id: str
    kind: str
    operator: str
    area: shapely.Geometry


def coverage(town: Town, which: int) -> list[Coverage]:
    """Return the areas covered at date number `which`.

    The last parcels and villages to be served are left out, until the share that is meant remains.
    """
    rng = stream(town.seed, "coverage")
    b = town.buildings
    bit = (1, 2)[which]
    lived = b.residential & ((b.when & bit) > 0)
    area = np.where(lived, b.floor_area, 0.0)
    west, _, east, _ = town.plan.bounds
    tree = shapely.STRtree(shapely.points(np.column_stack([b.x, b.y])))
    parcels = list(town.plan.parcels)
    boxes = [_served_box(p) for p in parcels]
    strip = shapely.box(west - 60, float(town.plan.ys[-1]), east + 60, town.plan.railway)
    order_town = rng.permutation(len(boxes))
    reach = [shapely.Point(v.x, v.y).buffer(1.25 * v.rx + 30) for v in town.villages]
    order_rural = rng.permutation(len(reach))
    out: list[Coverage] = []
    for kind, shares, operator in (
        ("5g", FIVE_G, "中国移动"), ("gigabit", GIGABIT, "中国联通"), ("hdtv", HDTV, "内蒙古广电网络"),
    ):  # fmt: skip
        parts: list[shapely.Geometry] = []
        for boxes_, order in ((boxes, order_town), (reach, order_rural)):
            parts += [boxes_[i] for i in _served(tree, area, boxes_, order, shares[which])]
        # Each is grown a little so that buildings at the edge of a served piece lie inside whole.
        town_area = shapely.union_all([*(shapely.buffer(p, 2.0) for p in parts), strip])
        pieces = shapely.get_parts(town_area)
        pieces = pieces[np.argsort(-shapely.area(pieces), kind="stable")]
        for i, piece in enumerate(pieces):
            ground = shapely.transform(shapely.segmentize(piece, 150.0), bend)
            out.append(Coverage(f"{kind}-{i + 1:04d}", kind, operator, ground))
    return out


def _served_box(parcel: Parcel) -> shapely.Polygon:
    """Return a parcel with half of the streets around it, so that served neighbours leave no gap."""
    return shapely.box(parcel.x0 - 26, parcel.y0 - 26, parcel.x1 + 26, parcel.y1 + 26)


def _served(tree: shapely.STRtree, area: Floats, boxes: list[shapely.Geometry], order: Ints, share: float) -> list[int]:
    """Return the pieces to serve, in an order that is the same at both dates, until `share` of the area is."""
    piece, building = tree.query(np.array(boxes), predicate="contains")
    inside = np.zeros(len(boxes))
    first = np.unique(building, return_index=True)[1]
    np.add.at(inside, piece[first], area[building[first]])
    total = inside.sum()
    part = inside[order] / max(total, 1.0)
    covered = np.concatenate([[0.0], np.cumsum(part)])
    enough = int(np.argmin(np.abs(covered - share)))
    unserved = order[enough:]
    if not part[enough:].any() and share < 0.999:
        # Too fine for whole pieces from the end of the order: of the last ones, the piece of the right size.
        last = np.flatnonzero(part > 0)[-12:]
        unserved = order[last[[int(np.argmin(np.abs(part[last] - (1 - share))))]]]
    lived = set(unserved[inside[unserved] > 0].tolist())
    return [i for i in range(len(boxes)) if i not in lived]
