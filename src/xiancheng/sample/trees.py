"""Street trees and utility components along the streets."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import shapely

from xiancheng.sample.frame import BOTH, CODE, Floats, Ints, stream
from xiancheng.sample.town import Town

SPECIES = ("国槐", "旱柳", "新疆杨", "白蜡", "金叶榆", "油松", "垂柳", "云杉")
STANDARD = "GB/T 47678.5-2026"
# Class, subclass, name, road classes, metres between two, metres from the middle, owner.
_COMPONENTS = (
    ("01", "037", "路灯", ("primary", "secondary", "tertiary"), 35.0, 11.0, "旗市政服务中心"),
    ("01", "002", "污水井盖", ("primary", "secondary", "tertiary", "residential"), 48.0, 2.0, "旗排水公司"),
    ("01", "003", "雨水井盖", ("primary", "secondary", "tertiary"), 52.0, -4.5, "旗排水公司"),
    ("01", "005", "电力井盖", ("primary", "secondary"), 90.0, 8.5, "旗供电公司"),
    ("03", "005", "垃圾箱", ("primary", "secondary", "tertiary"), 110.0, -10.0, "旗环卫中心"),
    ("02", "004", "公交站设施", ("primary",), 640.0, 13.0, "旗公交公司"),
    ("03", "001", "公共厕所", ("secondary",), 900.0, -15.0, "旗环卫中心"),
)
_OFFSET = {"primary": (17.0, 23.0), "secondary": (12.0,), "tertiary": (7.0,)}


@dataclass(frozen=True)
class StreetTrees:
    """``(n,)`` street trees: metres of the straight plan and attributes."""

    xy: Floats
    species: npt.NDArray[np.int64]
    diameter: Floats
    planted: Ints
    condition: npt.NDArray[np.object_]
    when: Ints


@dataclass(frozen=True)
class Components:
    """``(n,)`` utility components."""

    xy: Floats
    kind: Ints
    """Index into the kinds; see `component_kind`."""
    state: npt.NDArray[np.object_]


def _along(town: Town, classes: tuple[str, ...], spacing: float, offset: float) -> Floats:
    """Return places along the town's streets of some classes, `spacing` metres apart, `offset` off the middle."""
    west, south, east, north = town.plan.bounds
    box = shapely.box(west - 50, south - 50, east + 50, north + 50)
    lines = [
        shapely.LineString(line.points)
        for line in town.lines
        if line.tags.get("highway") in classes and line.when == BOTH and line.level == 0
    ]
    geometry = np.array(lines)
    geometry = geometry[shapely.intersects(geometry, box)]
    length = shapely.length(geometry)
    count = np.maximum(0, (length - 2 * 12) // spacing).astype(np.int64)
    owner = np.repeat(np.arange(len(geometry)), count)
    order = np.arange(len(owner)) - np.repeat(np.cumsum(count) - count, count)
    at = 12.0 + spacing * (order + 0.5)
    here = shapely.get_coordinates(shapely.line_interpolate_point(geometry[owner], at))
    ahead = shapely.get_coordinates(shapely.line_interpolate_point(geometry[owner], at + 0.5))
    step = ahead - here
    step /= np.maximum(np.linalg.norm(step, axis=1, keepdims=True), 1e-9)
    places = here + offset * np.column_stack([-step[:, 1], step[:, 0]])
    inside = shapely.contains_xy(box, places[:, 0], places[:, 1])
    return np.asarray(places[inside], dtype=np.float64)


def street_trees(town: Town) -> StreetTrees:
    """Plant the streets: one row or two on either side, clear of the crossings."""
    rng = stream(town.seed, "street trees")
    rows = [
        _along(town, (road,), 7.5, side * offset)
        for road, offsets in _OFFSET.items()
        for offset in offsets
        for side in (-1, 1)
    ]
    sizes = [len(r) for r in rows]
    xy = np.concatenate(rows)
    crossing = _near_crossing(town, xy)
    kept = ~crossing & (rng.uniform(size=len(xy)) < 0.94)
    street = np.repeat(np.arange(len(rows)), sizes)[kept]
    xy = np.round(xy[kept] + rng.uniform(-0.3, 0.3, (int(kept.sum()), 2)), 2)
    n = len(xy)
    # A street has one kind of tree mostly; ordinary streets of the plan are told apart by their offset and place.
    block = (np.floor(xy[:, 0] / 800) * 7 + np.floor(xy[:, 1] / 700) * 3 + street).astype(np.int64)
    species = np.where(rng.uniform(size=n) < 0.86, block % 5, rng.integers(0, len(SPECIES), n))
    planted = 1988 + (block * 13) % 32 + rng.integers(0, 4, n)
    diameter = np.round(np.clip(4 + (2023 - planted) * rng.uniform(0.45, 0.85, n), 4, 60), 1)
    condition = rng.choice(
        np.array(["good", "weak", "endangered", "dead"], dtype=object), n, p=[0.93, 0.05, 0.012, 0.008]
    )
    when = np.where(condition == "dead", 1, np.where(rng.uniform(size=n) < 0.02, 2, BOTH))
    planted = np.where(when == 2, 2024, planted)
    diameter = np.where(when == 2, 6.0, diameter)
    return StreetTrees(xy, species, diameter, planted, condition, when.astype(np.int64))


def _near_crossing(town: Town, xy: Floats) -> npt.NDArray[np.bool_]:
    """Whether a tree would stand on another street."""
    roads = [
        shapely.LineString(line.points)
        for line in town.lines
        if line.tags.get("highway") in {"primary", "secondary", "tertiary", "residential", "service"}
    ]
    tree = shapely.STRtree(roads)
    hit, _ = tree.query(shapely.points(xy), predicate="dwithin", distance=5.5)
    near = np.zeros(len(xy), dtype=bool)
    near[hit] = True
    return near


def components(town: Town) -> Components:
    """Place lamps, manholes, bins, stops and toilets along the streets."""
    rng = stream(town.seed, "components")
    places, kinds = [], []
    for i, (_, _, _, classes, spacing, offset, _) in enumerate(_COMPONENTS):
        xy = _along(town, classes, spacing, offset)
        places.append(xy)
        kinds.append(np.full(len(xy), i, dtype=np.int64))
    xy = np.asarray(np.round(np.concatenate(places), 2), dtype=np.float64)
    state = rng.choice(
        np.array(["intact", "damaged", "lost", "abandoned"], dtype=object), len(xy), p=[0.962, 0.03, 0.004, 0.004]
    )
    return Components(xy, np.concatenate(kinds), state)


def component_kind(index: int) -> tuple[str, str, str, str]:
    """Return class code, subclass code, name and owner of a kind of component."""
    entry = _COMPONENTS[index]
    return entry[0], entry[1], entry[2], entry[6]


def component_ids(kinds: Ints) -> list[str]:
    """Return the 17-digit identifiers: county, class, subclass and a number of six digits."""
    counters: dict[int, int] = {}
    ids = []
    for kind in kinds.tolist():
        counters[kind] = counters.get(kind, 0) + 1
        ids.append(f"{CODE}{_COMPONENTS[kind][0]}{_COMPONENTS[kind][1]}{counters[kind]:06d}")
    return ids
