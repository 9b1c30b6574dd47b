"""The OpenStreetMap extract: numbers its objects once, then writes what exists at a date."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import osmium
from osmium.osm import mutable

from xiancheng.foundation.text import Text
from xiancheng.sample.fabric import STOREY, USES
from xiancheng.sample.faults import Faults
from xiancheng.sample.frame import AFTER, BEFORE, BOTH, DATES, Floats, Ints, bend, degrees, stream
from xiancheng.sample.town import Town

GENERATOR = "xiancheng sample (synthetic)"
_EDITED = 40
"""How many buildings have their storeys corrected by a mapper between the two dates."""


@dataclass(frozen=True)
class Way:
    """A way: its number, nodes, tags at the two dates, dates at which it exists."""

    number: int
    nodes: list[int]
    tags: tuple[Mapping[str, str], Mapping[str, str]]
    when: int


@dataclass
class Extract:
    """All objects of the extract at both dates.

    Attributes
    ----------
    nodes
        ``(n, 2)`` longitude and latitude; the number of a node is its place, from 1.
    node_when
        ``(n,)`` dates at which a node exists.
    node_tags
        Tags of the few nodes that have some.
    building_way
        ``(n,)`` number of the way of each of the town's buildings.
    """

    nodes: Floats
    node_when: Ints
    node_tags: dict[int, Mapping[str, str]]
    ways: list[Way]
    relations: list[tuple[int, list[tuple[int, str]], Mapping[str, str], int]]
    building_way: Ints


def extract(town: Town, faults: Faults, files: tuple[str, str]) -> Extract:
    """Number nodes, ways and relations, and plant the faults that mappers make."""
    builder = _Builder()
    for line in town.lines:
        builder.line(line.points, dict(line.tags), line.when)
    for points, tags in _stray_roads(town, faults, files):
        builder.line(points, tags, BOTH)
    builder.finish_lines()
    first = len(builder.ways) + 1
    buildings = town.buildings
    corners = bend(buildings.corners().reshape(-1, 2)).reshape(-1, 4, 2)
    building_tags = list(_building_tags(town))
    _plant_buildings(town, corners, building_tags, faults, files, first)
    builder.rings(corners, buildings.when, building_tags)
    relations: list[tuple[int, list[tuple[int, str]], Mapping[str, str], int]] = []
    for area in town.areas:
        outer = builder.ring(bend(area.ring), {} if area.holes else area.tags, area.when)
        if area.holes:
            members = [(outer, "outer"), *((builder.ring(bend(h), {}, area.when), "inner") for h in area.holes)]
            relations.append((len(relations) + 1, members, {"type": "multipolygon", **area.tags}, area.when))
    seat = builder.node(bend(np.zeros((1, 2)))[0])
    named: dict[int, Mapping[str, str]] = {
        seat: {"place": "town", "name": "萨拉齐镇", "population": str(town.people), "note": "合成数据 synthetic"}
    }
    for village in town.villages:
        node = builder.node(bend(np.array([[village.x, village.y]]))[0])
        named[node] = {"place": "village", "name": village.name, "population": str(village.persons)}
    nodes = np.concatenate(builder.points)
    when = np.concatenate(builder.when)
    return Extract(
        nodes=degrees(nodes),
        node_when=when,
        node_tags=named,
        ways=builder.ways,
        relations=relations,
        building_way=first + np.arange(len(buildings), dtype=np.int64),
    )


class _Builder:
    """Numbers nodes and ways; vertices of lines at one place are one node."""

    def __init__(self) -> None:
        self.points: list[Floats] = []
        self.when: list[Ints] = []
        self.ways: list[Way] = []
        self.count = 0
        self._lines: list[tuple[Floats, Mapping[str, str], int]] = []

    def line(self, points: Floats, tags: Mapping[str, str], when: int) -> None:
        self._lines.append((points, tags, when))

    def finish_lines(self) -> None:
        every = np.concatenate([points for points, _, _ in self._lines])
        keys = np.round(every * 100).astype(np.int64)
        _, first, inverse = np.unique(keys, axis=0, return_index=True, return_inverse=True)
        inverse = inverse.reshape(-1)
        sizes = [len(points) for points, _, _ in self._lines]
        when = np.zeros(len(first), dtype=np.int64)
        np.bitwise_or.at(when, inverse, np.repeat([w for _, _, w in self._lines], sizes))
        self._add(bend(every[first]), when)
        start = 0
        for (_, tags, w), size in zip(self._lines, sizes, strict=True):
            nodes = (inverse[start : start + size] + 1).tolist()
            self.ways.append(Way(len(self.ways) + 1, nodes, (tags, tags), w))
            start += size

    def rings(self, corners: Floats, when: Ints, tags: Sequence[tuple[Mapping[str, str], Mapping[str, str]]]) -> None:
        """Add closed ways of ``(n, k, 2)`` corners."""
        k = corners.shape[1]
        first = self.count + 1
        self._add(corners.reshape(-1, 2), np.repeat(when, k))
        for i, (w, tag) in enumerate(zip(when.tolist(), tags, strict=True)):
            start = first + i * k
            self.ways.append(Way(len(self.ways) + 1, [*range(start, start + k), start], tag, w))

    def ring(self, points: Floats, tags: Mapping[str, str], when: int) -> int:
        self.rings(points[None], np.array([when]), [(tags, tags)])
        return self.ways[-1].number

    def node(self, point: Floats) -> int:
        self._add(point[None], np.array([BOTH]))
        return self.count

    def _add(self, points: Floats, when: Ints) -> None:
        self.points.append(points)
        self.when.append(when)
        self.count += len(points)


def _building_tags(town: Town) -> Iterator[tuple[dict[str, str], dict[str, str]]]:
    rng = stream(town.seed, "building tags")
    b = town.buildings
    n = len(b)
    levels = rng.uniform(size=n) < np.where(b.use == USES.index("apartments"), 0.995, 0.97)
    height = rng.uniform(size=n) < np.where(b.floors > 3, 0.7, 0.08)
    metres = np.round(b.floors * STOREY + rng.uniform(0.4, 1.6, n), 1)
    blocks = np.flatnonzero(b.use == USES.index("apartments"))
    edited = set(rng.choice(blocks, min(_EDITED, len(blocks) // 8), replace=False).tolist())
    counters: dict[int, int] = {}
    for i, (use, floors, year, place) in enumerate(
        zip(b.use.tolist(), b.floors.tolist(), b.year.tolist(), b.place.tolist(), strict=True)
    ):
        tags = {"building": USES[use], "start_date": str(year)}
        if levels[i]:
            tags["building:levels"] = str(floors)
        if height[i]:
            tags["height"] = str(metres[i])
        if use == 0:
            counters[place] = counters.get(place, 0) + 1
            tags["name"] = f"{town.places[place]}{counters[place]}号楼"
            tags["addr:neighbourhood"] = town.places[place]
            tags["building:flats"] = str(int(b.dwellings[i]))
        earlier = tags
        if i in edited:
            earlier = {**tags, "building:levels": str(max(1, floors - 1))}
        yield earlier, tags


def _plant_buildings(
    town: Town,
    corners: Floats,
    tags: list[tuple[dict[str, str], dict[str, str]]],
    faults: Faults,
    files: tuple[str, str],
    first: int,
) -> None:
    """Plant wrong storeys, bowties and a building drawn twice; `corners` and `tags` are changed in place."""
    rng = stream(town.seed, "building faults")
    b = town.buildings
    houses = np.flatnonzero((b.use == USES.index("house")) & (b.when == BOTH))
    picked = rng.choice(houses, 7, replace=False).tolist()
    wrong = (("zero_floors", "0"), ("zero_floors", "0"), ("floors_999", "999"), ("floors_text", "多层"))
    for i, (kind, value) in zip(picked[:4], wrong, strict=True):
        for tag in tags[i]:
            tag["building:levels"] = value
        text = Text(f"建筑层数填为“{value}”", f"storeys of a building given as {value!r}")
        faults.plant(files, "building", kind, f"w{first + i}", "rejected", text, attribute="floors", value=value)
    for i in picked[4:6]:
        corners[i] = corners[i][[0, 2, 1, 3]]
        text = Text("建筑轮廓自相交（蝴蝶结）", "footprint of a building crosses itself (bowtie)")
        faults.plant(files, "building", "bowtie", f"w{first + i}", "rejected", text)
    twice = picked[6]
    other = twice + 1 if twice + 1 < len(b) and b.when[twice + 1] == BOTH else twice - 1
    corners[other] = corners[twice]
    text = Text(f"与 w{first + twice} 重复的建筑", f"the same building as w{first + twice}")
    faults.plant(files, "building", "duplicate_building", f"w{first + other}", "quality", text)
    for which, bit in enumerate((BEFORE, AFTER)):
        count = sum("building:levels" not in pair[which] for pair, when in zip(tags, b.when, strict=True) if when & bit)
        text = Text(f"{count} 栋建筑没有层数", f"{count} buildings without storeys")
        faults.plant(files[which : which + 1], "building", "missing_floors", "-", "quality", text, value=str(count))


def _stray_roads(town: Town, faults: Faults, files: tuple[str, str]) -> list[tuple[Floats, dict[str, str]]]:
    west, south, _, _ = town.plan.bounds
    x, y = west - 900.0, south + 120.0
    road = np.array([(x, y), (x + 80, y + 10), (x + 150, y + 60)])
    text = Text("一段道路与路网不相连", "a piece of road that is not connected with the network")
    faults.plant(files, "road", "disconnected_road", "断头机耕道", "quality", text)
    return [(road, {"highway": "service", "name": "断头机耕道"})]


def write(extract: Extract, path: Path, which: int) -> None:
    """Write what exists at date number `which` (0 or 1) as PBF."""
    on = DATES[which]
    bit = (BEFORE, AFTER)[which]
    header = osmium.io.Header()
    header.set("generator", GENERATOR)
    header.set("osmosis_replication_timestamp", f"{on.isoformat()}T00:00:00Z")
    low, high = extract.nodes.min(axis=0), extract.nodes.max(axis=0)
    header.add_box(osmium.osm.Box(float(low[0]), float(low[1]), float(high[0]), float(high[1])))
    writer = osmium.SimpleWriter(str(path), 4 * 1024 * 1024, header, True)
    try:
        _write_objects(extract, writer, which, bit)
    finally:
        writer.close()


def _write_objects(extract: Extract, writer: osmium.SimpleWriter, which: int, bit: int) -> None:
    old, new = _stamp(DATES[0]), _stamp(DATES[1])
    exists = np.flatnonzero(extract.node_when & bit).tolist()
    since = extract.node_when.tolist()
    points = extract.nodes.tolist()
    for i in exists:
        number = i + 1
        writer.add_node(
            mutable.Node(
                id=number,
                version=1,
                timestamp=old if since[i] & BEFORE else new,
                location=points[i],
                tags=extract.node_tags.get(number),
            )
        )
    for way in extract.ways:
        if way.when & bit:
            changed = which == 1 and way.when & BEFORE and way.tags[0] is not way.tags[1]
            writer.add_way(
                mutable.Way(
                    id=way.number,
                    version=2 if changed else 1,
                    timestamp=new if changed or not way.when & BEFORE else old,
                    nodes=way.nodes,
                    tags=way.tags[which],
                )
            )
    for number, members, tags, when in extract.relations:
        if when & bit:
            writer.add_relation(
                mutable.Relation(
                    id=number,
                    version=1,
                    timestamp=old if when & BEFORE else new,
                    members=[("w", way, role) for way, role in members],
                    tags=tags,
                )
            )


def _stamp(on: date) -> str:
    return f"{on.isoformat()}T00:00:00Z"
