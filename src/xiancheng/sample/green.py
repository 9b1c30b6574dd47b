"""Parks, squares, ponds, the river's banks and the woods along the railway."""

from __future__ import annotations

import numpy as np

from xiancheng.sample.fabric import Fabric
from xiancheng.sample.frame import AFTER, BEFORE, BOTH, Floats
from xiancheng.sample.plan import RESERVE, Parcel, Plan
from xiancheng.sample.streets import RIVER, railway_line

PARK_NAMES = (
    "人民公园", "敕勒川公园", "文化公园", "健康公园", "兴隆公园", "团结公园", "新华公园", "青年公园", "和平公园",
    "迎春公园", "丰州公园", "金水公园", "东胜公园", "友谊公园", "百合公园", "榆林公园", "云川公园", "北园", "南园",
)  # fmt: skip


def parks(plan: Plan, fabric: Fabric, rng: np.random.Generator) -> None:
    """Add a park on each park parcel, the square, and the park along the river."""
    named = iter([*PARK_NAMES, *(f"第{i}游园" for i in range(1, 200))])
    for parcel in sorted(plan.of("park"), key=lambda p: -p.area):
        _park(fabric, rng, plan, parcel, next(named))
    for parcel in plan.of("square"):
        _square(fabric, plan, parcel)
    for parcel in plan.of("vacant"):
        if parcel.when == AFTER:
            fabric.box(parcel.x0 + 4, parcel.y0 + 4, parcel.x1 - 4, parcel.y1 - 4, AFTER, landuse="brownfield")
    _river(plan, fabric)
    _woods(plan, fabric)


def blob(rng: np.random.Generator, x: float, y: float, rx: float, ry: float, points: int = 26) -> Floats:
    """Return the ring of a pond: an ellipse with soft bays."""
    angle = np.linspace(0, 2 * np.pi, points, endpoint=False)
    phase = rng.uniform(0, 6, 2)
    radius = 1 + 0.16 * np.sin(2 * angle + phase[0]) + 0.09 * np.sin(3 * angle + phase[1])
    return np.round(np.column_stack([x + rx * radius * np.cos(angle), y + ry * radius * np.sin(angle)]), 2)


def _park(fabric: Fabric, rng: np.random.Generator, plan: Plan, parcel: Parcel, name: str) -> None:
    when = parcel.when
    x0, y0, x1, y1 = parcel.x0 + 3, parcel.y0 + 3, parcel.x1 - 3, parcel.y1 - 3
    ring = [(x0, y0), (x1, y0), (x1, y1), (x0, y1)]
    x, y = parcel.middle
    pond = None
    if parcel.area > 9_000:
        pond = blob(rng, x + (x1 - x0) * 0.08, y + (y1 - y0) * 0.05, (x1 - x0) * 0.17, (y1 - y0) * 0.15)
        fabric.area(pond, when, natural="water", water="pond", name=f"{name}湖")
    # The great park is mapped with its lake cut out, as surveyors do.
    holes = [pond] if parcel.quarter == "whole" and pond is not None else []
    fabric.area(ring, when, holes, leisure="park", name=name, fee="no", access="yes")
    inset = 14.0
    loop = [(x0 + inset, y0 + inset), (x1 - inset, y0 + inset), (x1 - inset, y1 - inset), (x0 + inset, y1 - inset)]
    fabric.line([*loop, loop[0]], when, highway="footway", surface="paving_stones")
    for a, b in _entrances(plan, parcel, inset + 3):
        fabric.line([a, b], when, highway="footway")
        fabric.site("park_entrance", *_gateway(parcel, b), when, name)
    for a in rng.uniform(0.2, 0.8, 2 if parcel.area > 30_000 else 1):
        at = round(x0 + inset + float(a) * (x1 - x0 - 2 * inset), 2)
        fabric.line([(at, y0 + inset), (at, y0 + inset + (y1 - y0) * 0.16)], when, highway="footway")
        fabric.box(at - 9, y0 + inset + (y1 - y0) * 0.16, at + 9, y0 + inset + (y1 - y0) * 0.16 + 12, when,
                   leisure="playground")  # fmt: skip


def _entrances(plan: Plan, parcel: Parcel, inset: float) -> list[tuple[tuple[float, float], tuple[float, float]]]:
    """Return the paths from a parcel's inner loop to the streets around it."""
    x, y = parcel.middle
    west, east, south, north = reaches(plan, parcel)
    return [
        ((round(parcel.x0 + inset, 2), y), (round(parcel.x0 - west, 2), y)),
        ((round(parcel.x1 - inset, 2), y), (round(parcel.x1 + east, 2), y)),
        ((x, round(parcel.y0 + inset, 2)), (x, round(parcel.y0 - south, 2))),
        ((x, round(parcel.y1 - inset, 2)), (x, round(parcel.y1 + north, 2))),
    ]


def _gateway(parcel: Parcel, street: tuple[float, float]) -> tuple[float, float]:
    """Return where the path to a street leaves the park."""
    return (
        min(max(street[0], parcel.x0 + 3), parcel.x1 - 3),
        min(max(street[1], parcel.y0 + 3), parcel.y1 - 3),
    )


def reaches(plan: Plan, parcel: Parcel) -> tuple[float, float, float, float]:
    """Return how far the middles of the streets west, east, south and north of a parcel lie from its sides."""
    column, row = parcel.block
    lesser = RESERVE["tertiary"]
    return (
        lesser if "e" in parcel.quarter and parcel.quarter != "whole" else parcel.x0 - float(plan.xs[column]),
        lesser if "w" in parcel.quarter and parcel.quarter != "whole" else float(plan.xs[column + 1]) - parcel.x1,
        lesser if parcel.quarter.startswith("n") else parcel.y0 - float(plan.ys[row]),
        lesser if parcel.quarter.startswith("s") else float(plan.ys[row + 1]) - parcel.y1,
    )


def _square(fabric: Fabric, plan: Plan, parcel: Parcel) -> None:
    fabric.box(parcel.x0 + 4, parcel.y0 + 4, parcel.x1 - 4, parcel.y1 - 4, leisure="park", name="人民广场",
               surface="paving_stones", fee="no")  # fmt: skip
    x, y = parcel.middle
    ends = _entrances(plan, parcel, 0.0)
    fabric.line([ends[0][1], (x, y), ends[1][1]], highway="pedestrian")
    fabric.line([ends[2][1], (x, y), ends[3][1]], highway="pedestrian")


def pocket_park(
    fabric: Fabric, box: tuple[float, float, float, float], when: int, number: int, street: tuple[float, float]
) -> None:
    """Add a pocket park with a path to the street at `street`."""
    fabric.box(*box, when, leisure="garden", name=f"口袋公园{number}号", access="yes")
    middle = (round((box[0] + box[2]) / 2, 2), round((box[1] + box[3]) / 2, 2))
    fabric.line([middle, street], when, highway="footway")


def _river(plan: Plan, fabric: Fabric) -> None:
    half = plan.river_width / 2
    inside = np.abs(plan.river[:, 0]) < max(-plan.bounds[0], plan.bounds[2]) + 2500
    line = plan.river[inside]
    shift = np.array([0.0, half])
    bank = np.concatenate([line + shift, (line - shift)[::-1]])
    fabric.area(np.round(bank, 2), natural="water", water="river", name=RIVER)
    west, south, east, _ = plan.bounds
    gap = 24.0 + 8
    for x0, x1, when, name in (
        (west + 0.22 * (east - west), west + 0.40 * (east - west), BOTH, "沙河湿地公园"),
        (west + 0.43 * (east - west), west + 0.56 * (east - west), BOTH, "滨河公园"),
        (west + 0.60 * (east - west), west + 0.74 * (east - west), AFTER, "滨河东园"),
    ):
        xs = np.linspace(x0, x1, 16)
        edge = np.interp(xs, plan.river[:, 0], plan.river[:, 1]) + half + 6
        ring = np.concatenate([np.column_stack([xs, edge]), [(x1, south - gap), (x0, south - gap)]])
        fabric.area(np.round(ring, 2), when, leisure="park", name=name, fee="no", access="yes")
        path = np.round(np.column_stack([xs, edge + 12])[1:-1], 2)
        fabric.line(path, when, highway="footway", surface="asphalt", name="滨河步道")
        for i in (0, len(path) // 2, -1):
            fabric.line([path[i], (path[i, 0], south)], when, highway="footway")
        if when == AFTER:
            fabric.area(np.round(ring, 2), BEFORE, landuse="farmland")
    pond = west + 0.31 * (east - west)
    level = float(np.interp(pond, plan.river[:, 0], plan.river[:, 1])) + half
    room = south - gap - level
    if room > 90:
        ring = blob(np.random.Generator(np.random.PCG64(7)), pond, level + room * 0.55, 90.0, room * 0.22)
        fabric.area(ring, natural="wetland", name="沙河湿地")


def _woods(plan: Plan, fabric: Fabric) -> None:
    track = railway_line(plan)
    west, _, east, north = plan.bounds
    x = float(plan.xs[plan.centre[0]])
    for a, b in ((west - 500, x - 560), (x + 560, east + 700)):
        xs = np.linspace(a, b, 40)
        line = np.interp(xs, track[:, 0], track[:, 1])
        ring = np.concatenate([np.column_stack([xs, line - 48]), np.column_stack([xs, line - 20])[::-1]])
        fabric.area(np.round(ring, 2), landuse="forest", name="铁路防护林")
    fabric.box(west - 700, north + 900, east + 400, north + 1500, natural="wood", name="北山林场")
    fabric.box(x + 300, north + 1550, x + 1200, north + 2050, leisure="park", name="北山郊野公园", fee="no")
