"""The plan of the town: a grid of wide streets between river and railway, and what each parcel is for."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

from xiancheng.sample.frame import AFTER, BOTH, Floats, stream

STREETS_WEST_EAST = ("南环路", "建设街", "文化街", "土默特大街", "人民大街", "振兴大街", "北环路")
STREETS_SOUTH_NORTH = (
    "西环路", "工业路", "健康路", "育才路", "敕勒川路", "站前路", "大青山路", "迎宾路", "新华路", "青年路", "东环路",
)  # fmt: skip
RESERVE = {"primary": 24.0, "secondary": 17.0, "tertiary": 10.0}
"""Half of the width kept free for a street of each class, metres."""
AREA_PER_PERSON = 99.0
"""Built-up land per resident, m²: the order of the county-town norm (GB 50137: 85 to 115)."""


@dataclass(frozen=True, slots=True)
class Parcel:
    """A piece of a block: a rectangle of the straight plan, metres, and its purpose.

    Attributes
    ----------
    kind
        ``compound_6``, ``compound_11``, ``compound_18`` (slab blocks of so many floors at most), ``courtyards``,
        ``old_town``, ``school``, ``hospital``, ``office``, ``commerce``, ``culture``, ``square``, ``park``,
        ``industry``, ``sports``, ``care`` or ``vacant``.
    when
        At which dates the purpose holds (bits of `frame.BEFORE` and `frame.AFTER`); what else there was or will be
        is `other`.
    quarter
        Which quarter of its block it is (``sw``, ``se``, ``nw``, ``ne``) or half (``w``, ``e``), or ``whole``.
    shops
        Sides along a shopping street: letters of ``news``.
    """

    number: int
    block: tuple[int, int]
    x0: float
    y0: float
    x1: float
    y1: float
    quarter: str = "whole"
    kind: str = ""
    when: int = BOTH
    other: str | None = None
    shops: str = ""

    @property
    def middle(self) -> tuple[float, float]:
        """Its middle."""
        return (self.x0 + self.x1) / 2, (self.y0 + self.y1) / 2

    @property
    def area(self) -> float:
        """Its land, m²."""
        return (self.x1 - self.x0) * (self.y1 - self.y0)


@dataclass(frozen=True)
class Plan:
    """The town's plan.

    Attributes
    ----------
    xs, ys
        Where the south-north and the west-east streets of the grid lie, metres.
    x_class, y_class
        The road class of each.
    centre
        Column and row of the grid's middle street lines.
    river
        ``(n, 2)`` middle of the river, west to east.
    river_width
        Metres.
    railway, highway
        Where the railway and the highway pass north of the town, metres.
    """

    people: int
    xs: Floats
    ys: Floats
    x_class: tuple[str, ...]
    y_class: tuple[str, ...]
    centre: tuple[int, int]
    river: Floats
    river_width: float
    railway: float
    highway: float
    parcels: tuple[Parcel, ...] = field(default=())

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """West, south, east and north end of the grid."""
        return float(self.xs[0]), float(self.ys[0]), float(self.xs[-1]), float(self.ys[-1])

    def of(self, *kinds: str) -> list[Parcel]:
        """Return the parcels of some purposes."""
        return [p for p in self.parcels if p.kind in kinds]


def lay_out(people: int, seed: int) -> Plan:
    """Lay out the grid for `people` residents and give every parcel its purpose."""
    rng = stream(seed, "plan")
    scale = float(np.clip((people / 50_000) ** 0.25, 0.55, 1.0))
    width, depth = 395.0 * scale, 335.0 * scale
    blocks = people * AREA_PER_PERSON / (width * depth)
    rows = max(4, round(np.sqrt(blocks / 1.45)))
    columns = max(5, round(blocks / rows))
    xs = _lines(rng, columns, width)
    ys = _lines(rng, rows, depth)
    centre = (columns // 2, rows // 2)
    reach = np.linspace(xs[0] - 9000, xs[-1] + 9000, 260)
    south = ys[0] - 260 * scale - 60
    meander = 55 * np.sin(reach / 640 + rng.uniform(0, 6)) + 28 * np.sin(reach / 231 + rng.uniform(0, 6))
    plan = Plan(
        people=people,
        xs=xs,
        ys=ys,
        x_class=_classes(columns, centre[0]),
        y_class=_classes(rows, centre[1]),
        centre=centre,
        river=np.column_stack([reach, south + meander * scale]),
        river_width=46.0 * scale,
        railway=float(ys[-1] + 350 * scale),
        highway=float(ys[-1] + 350 * scale + 330),
    )
    parcels = _purposes(plan, _divide(plan, rng), people, rng)
    return replace(plan, parcels=tuple(parcels))


def _lines(rng: np.random.Generator, count: int, spacing: float) -> Floats:
    ends = np.concatenate([[0.0], np.cumsum(spacing * rng.uniform(0.86, 1.14, count))])
    return np.round(ends - ends[-1] / 2, 1)


def _classes(count: int, centre: int) -> tuple[str, ...]:
    main = {0, count, centre, *range(centre % 3, count, 3)} - {1, count - 1} | {centre}
    return tuple("primary" if i in main else "secondary" for i in range(count + 1))


def _divide(plan: Plan, rng: np.random.Generator) -> list[Parcel]:
    """Cut every block into two or four parcels by lesser streets; the old town and the great park stay whole."""
    parcels: list[Parcel] = []
    whole = {*old_blocks(plan), park_block(plan)}
    for row in range(len(plan.ys) - 1):
        for column in range(len(plan.xs) - 1):
            west = plan.xs[column] + RESERVE[plan.x_class[column]]
            east = plan.xs[column + 1] - RESERVE[plan.x_class[column + 1]]
            south = plan.ys[row] + RESERVE[plan.y_class[row]]
            north = plan.ys[row + 1] - RESERVE[plan.y_class[row + 1]]
            share = rng.uniform(0.43, 0.57, 2)
            x, y = west + share[0] * (east - west), south + share[1] * (north - south)
            half = RESERVE["tertiary"]
            halved = rng.uniform() < 0.3 and (column, row) != (plan.centre[0], plan.centre[1] - 1)
            if (column, row) in whole:
                boxes = {"whole": (west, south, east, north)}
            elif halved:
                boxes = {"w": (west, south, x - half, north), "e": (x + half, south, east, north)}
            else:
                boxes = {
                    "sw": (west, south, x - half, y - half),
                    "se": (x + half, south, east, y - half),
                    "nw": (west, y + half, x - half, north),
                    "ne": (x + half, y + half, east, north),
                }
            for quarter, box in boxes.items():
                x0, y0, x1, y1 = (round(float(v), 1) for v in box)
                parcels.append(Parcel(len(parcels), (column, row), x0, y0, x1, y1, quarter))
    return parcels


def old_blocks(plan: Plan) -> list[tuple[int, int]]:
    """Return the blocks of the old town: either side of the street to the station, north of the middle."""
    column, row = plan.centre
    rows = (row, row + 1) if len(plan.ys) > 6 else (row,)
    return [(c, r) for c in (column - 1, column) for r in rows]


def park_block(plan: Plan) -> tuple[int, int]:
    """Return the block that is the people's park."""
    return max(plan.centre[0] - 2, 0), plan.centre[1] - 1


def _purposes(plan: Plan, parcels: list[Parcel], people: int, rng: np.random.Generator) -> list[Parcel]:
    kinds: dict[int, str] = {}
    middles = np.array([p.middle for p in parcels])
    blocks = [p.block for p in parcels]
    column, row = plan.centre
    size = people / 100_000

    def put(kind: str, where: list[int]) -> None:
        kinds.update({i: kind for i in where if i not in kinds})

    def in_block(c: int, r: int) -> list[int]:
        return [i for i, block in enumerate(blocks) if block == (c, r)]

    put("old_town", [i for i, block in enumerate(blocks) if block in old_blocks(plan)])
    put("park", in_block(*park_block(plan)))
    heart = in_block(column, row - 1)
    for kind, place in zip(("square", "culture", "office", "office"), heart, strict=False):
        put(kind, [place])
    put("commerce", in_block(column - 1, row - 1)[-2:])
    industry = [i for i in range(len(parcels)) if blocks[i][0] == 0 and blocks[i][1] >= row]
    put("industry", industry[: max(2, round(9 * size) * 2)])

    largest = 1.4 * float(np.median([p.area for p in parcels]))

    def spread(kind: str, count: int, allowed: np.ndarray | None = None) -> list[int]:
        """Choose parcels one after another, each as far as can be from those of the same kind."""
        chosen = [i for i, k in kinds.items() if k == kind]
        new: list[int] = []
        free = np.array([i not in kinds and p.area < largest for i, p in enumerate(parcels)])
        if allowed is not None:
            free &= allowed
        for _ in range(count):
            if not free.any():
                break
            anchors = middles[chosen] if chosen else np.zeros((1, 2))
            gap = np.min(np.linalg.norm(middles[:, None] - anchors[None], axis=2), axis=1)
            gap = np.minimum(gap, 1100 if chosen else np.inf) if chosen else -gap
            score = gap + rng.uniform(0, 60, len(parcels)) - 0.06 * np.linalg.norm(middles, axis=1)
            best = int(np.argmax(np.where(free, score, -np.inf)))
            kinds[best] = kind
            free[best] = False
            chosen.append(best)
            new.append(best)
        return new

    # The east is the new town: its parks are what the programme finds lacking.
    east = middles[:, 0] > np.quantile(middles[:, 0], 0.62)
    spread("school", max(4, round(17 * size)))
    spread("hospital", max(1, round(3 * size)))
    spread("park", max(2, round(7 * size)), ~east)
    new_parks = spread("park", max(1, round(2 * size)), east & (middles[:, 1] > np.quantile(middles[:, 1], 0.3)))
    spread("commerce", max(1, round(5 * size)))
    spread("sports", max(1, round(2 * size)))
    spread("care", max(1, round(3 * size)))
    spread("office", max(1, round(5 * size)))
    _housing(parcels, kinds, middles, east, people, rng)
    put("courtyards", list(range(len(parcels))))

    # Between the two dates: a park where there were courtyards, courtyards cleared and a compound built.
    when = dict.fromkeys(range(len(parcels)), BOTH)
    other: dict[int, str] = {}
    for i in new_parks:
        when[i], other[i] = AFTER, "vacant"
    ring = np.linalg.norm(middles, axis=1)
    courtyards = [i for i in range(len(parcels)) if kinds[i] == "courtyards"]
    cleared = min(courtyards, key=lambda i: ring[i]) if courtyards else None
    if cleared is not None:
        kinds[cleared], when[cleared], other[cleared] = "vacant", AFTER, "courtyards"
    high = [i for i in range(len(parcels)) if kinds[i] == "compound_18"]
    if len(high) > 1:
        last = max(high, key=lambda i: middles[i, 0])
        when[last], other[last] = AFTER, "vacant"
    return [
        replace(p, kind=kinds[i], when=when[i], other=other.get(i), shops=_shop_sides(plan, p, kinds[i]))
        for i, p in enumerate(parcels)
    ]


def _housing(
    parcels: list[Parcel],
    kinds: dict[int, str],
    middles: Floats,
    east: np.ndarray,
    people: int,
    rng: np.random.Generator,
) -> None:
    """Choose the compounds until eight in ten residents live in them: rather central, and higher in the new east."""
    distance = np.linalg.norm(middles, axis=1)
    score = distance / distance.max() - 0.35 * east + rng.uniform(0, 0.55, len(parcels))
    floor_area = 0.0
    for i in np.argsort(score, kind="stable"):
        if int(i) in kinds or floor_area > 0.80 * people * FLOOR_AREA_PER_PERSON:
            continue
        draw = rng.uniform()
        if east[i]:
            kind = "compound_18" if draw < 0.42 else "compound_11" if draw < 0.75 else "compound_6"
        else:
            kind = "compound_6" if draw < 0.74 else "compound_11" if draw < 0.94 else "compound_18"
        kinds[int(i)] = kind
        floor_area += parcels[int(i)].area * FLOOR_AREA_RATIO[kind]


FLOOR_AREA_PER_PERSON = 31.0
"""Residential floor area per resident, m²; the 2020 census has 28.1 m² per person of a family household."""
FLOOR_AREA_RATIO = {"compound_6": 0.97, "compound_11": 0.93, "compound_18": 1.07}
"""Floor area of a compound over its land, as `blocks` builds it."""


def _shop_sides(plan: Plan, parcel: Parcel, kind: str) -> str:
    if not kind.startswith(("compound", "courtyards", "old_town")):
        return ""
    column, row = parcel.block
    sides = {
        "w": (parcel.x0 - plan.xs[column] < 30, plan.x_class[column]),
        "e": (plan.xs[column + 1] - parcel.x1 < 30, plan.x_class[column + 1]),
        "s": (parcel.y0 - plan.ys[row] < 30, plan.y_class[row]),
        "n": (plan.ys[row + 1] - parcel.y1 < 30, plan.y_class[row + 1]),
    }
    wanted = {"primary"} if kind == "courtyards" else {"primary", "secondary"}
    return "".join(side for side, (touches, road) in sides.items() if touches and road in wanted)


def street_name(names: tuple[str, ...], index: int, count: int, *, side: str) -> str:
    """Return the name of the `index`-th of `count` grid streets: the listed ones from both ends, then numbered ones."""
    half = len(names) // 2
    if index <= half and index < count - half:
        return names[index]
    if index >= count - (len(names) - half - 1):
        return names[len(names) - (count - index)]
    return f"{side}{chinese_number(index - half)}{'街' if side == '纬' else '路'}"


def chinese_number(value: int) -> str:
    """Return a number from 1 to 99 in Chinese characters."""
    digits = "零一二三四五六七八九"
    tens, units = divmod(value, 10)
    if tens == 0:
        return digits[units]
    return ("" if tens == 1 else digits[tens]) + "十" + (digits[units] if units else "")
