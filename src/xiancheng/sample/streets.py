"""The streets of the grid, the way out of town, the railway and the river."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import shapely
import shapely.ops

from xiancheng.sample.fabric import Fabric, Line
from xiancheng.sample.frame import Floats
from xiancheng.sample.plan import (
    RESERVE,
    STREETS_SOUTH_NORTH,
    STREETS_WEST_EAST,
    Plan,
    old_blocks,
    park_block,
    street_name,
)

_WIDTH = {"primary": "40", "secondary": "28", "tertiary": "16", "trunk": "24"}
RIVER = "沙河"
CANAL = "城西干渠"


def grid_streets(plan: Plan, fabric: Fabric) -> None:
    """Add the streets of the grid, the lesser ones between parcels, and the ways over river and railway."""
    west, south, east, north = plan.bounds
    crossings = _crossings(plan)
    for i, x in enumerate(plan.xs):
        name = "站前路" if i == plan.centre[0] else street_name(
            tuple(n for n in STREETS_SOUTH_NORTH if n != "站前路"), i, len(plan.xs), side="经"
        )  # fmt: skip
        low, high = south, north
        if i in crossings:
            low, high = _beyond_river(plan, float(x)), plan.highway
        elif i == plan.centre[0]:
            high = plan.railway - 118.0
        _street(fabric, [(x, low), (x, high)], plan.x_class[i], name)
    for i, y in enumerate(plan.ys):
        name = street_name(STREETS_WEST_EAST, i, len(plan.ys), side="纬")
        out = 420.0 if i == plan.centre[1] else 0.0
        _street(fabric, [(west - out, y), (east + out, y)], plan.y_class[i], name)
    whole = {*old_blocks(plan), park_block(plan)}
    for column in range(len(plan.xs) - 1):
        for row in range(len(plan.ys) - 1):
            if (column, row) in whole:
                continue
            first = next(p for p in plan.parcels if p.block == (column, row))
            x = round(first.x1 + RESERVE["tertiary"], 1)
            _street(fabric, [(x, plan.ys[row]), (x, plan.ys[row + 1])], "tertiary", "")
            if first.quarter == "sw":
                y = round(first.y1 + RESERVE["tertiary"], 1)
                _street(fabric, [(plan.xs[column], y), (plan.xs[column + 1], y)], "tertiary", "")


def _crossings(plan: Plan) -> tuple[int, int]:
    count = len(plan.xs)
    return max(1, round(count * 0.27) - 1), min(count - 2, round(count * 0.78))


def _beyond_river(plan: Plan, x: float) -> float:
    return float(np.interp(x, plan.river[:, 0], plan.river[:, 1])) - 320.0


def gates(plan: Plan) -> Floats:
    """Return ``(n, 2)`` ends of streets where country roads begin."""
    west, _, east, _ = plan.bounds
    y = float(plan.ys[plan.centre[1]])
    south = [(float(plan.xs[i]), _beyond_river(plan, float(plan.xs[i]))) for i in _crossings(plan)]
    return np.array([(west - 420.0, y), (east + 420.0, y), *south, *_highway(plan)[1:-1].tolist()])


def _highway(plan: Plan) -> Floats:
    west, _, east, _ = plan.bounds
    y = plan.highway
    return np.round(
        np.array([(west - 6000, y - 500), (west - 900, y), (west + 0.4 * (east - west), y), (east + 900, y),
                  (east + 5000, y + 300), (east + 11000, y + 900), (east + 19000, y + 2300)]), 1)  # fmt: skip


def railway_line(plan: Plan) -> Floats:
    """Return the railway: beside the highway, on the side of the town."""
    line = _highway(plan)
    line[:, 1] += plan.railway - plan.highway
    return line


def main_lines(plan: Plan, fabric: Fabric) -> None:
    """Add the highway, the railway with its station, the river and the canal."""
    fabric.line(_highway(plan), highway="trunk", name="110国道", ref="G110", width=_WIDTH["trunk"])
    track = railway_line(plan)
    for offset in (0.0, 5.0):
        fabric.line(
            track + np.array([0.0, offset]), railway="rail", name="京包线", gauge="1435", electrified="contact_line"
        )
    x = float(plan.xs[plan.centre[0]])
    for offset in (-6.0, -11.0, 10.0):
        ends = [(x - 520, plan.railway), (x - 400, plan.railway + offset), (x + 400, plan.railway + offset),
                (x + 520, plan.railway)]  # fmt: skip
        fabric.line(ends, railway="rail", service="siding")
    fabric.build("train_station", x, plan.railway - 34, 86.0, 22.0, 2, year=2009)
    fabric.box(x - 110, plan.railway - 20, x + 110, plan.railway - 14, railway="platform", name="萨拉齐站")
    square = (x - 75, plan.railway - 150, x + 75, plan.railway - 50)
    fabric.box(*square, leisure="park", name="站前广场", surface="paving_stones")
    fabric.line([(x, plan.railway - 118), (x, plan.railway - 48)], highway="pedestrian")
    fabric.line([(x - 75, plan.railway - 118), (x, plan.railway - 118), (x + 75, plan.railway - 118)],
                highway="footway")  # fmt: skip
    side = float(plan.bounds[3]) + 0.55 * (plan.railway - float(plan.bounds[3]))
    _street(fabric, [(float(plan.xs[0]), float(plan.ys[-1])), (float(plan.xs[0]), side),
                     (float(plan.xs[-1]), side), (float(plan.xs[-1]), float(plan.ys[-1]))],
            "tertiary", "铁南街")  # fmt: skip
    fabric.line(plan.river, waterway="river", name=RIVER)
    fabric.line(canal(plan), waterway="canal", name=CANAL)


def canal(plan: Plan) -> Floats:
    """Return the canal that comes down west of the town to the river."""
    x = plan.bounds[0] - 150.0
    end = float(np.interp(x + 60, plan.river[:, 0], plan.river[:, 1]))
    top = (x - 420, plan.railway + 1900)
    return np.array([top, (x - 60, plan.bounds[3]), (x, plan.bounds[1] + 100), (x + 60, end)])


def _street(fabric: Fabric, points: list[tuple[float, float]], road_class: str, name: str) -> None:
    tags = {"highway": road_class, "width": _WIDTH[road_class]}
    if road_class != "tertiary":
        tags |= {"lanes": "6" if road_class == "primary" else "4", "sidewalk": "both"}
    if name:
        tags["name"] = name
    fabric.lines.append(Line(np.round(np.array(points), 2), tags))


def bridges(lines: list[Line], half_width: float) -> list[Line]:
    """Cut roads where they cross water or rails, and carry the pieces over by bridges.

    A bridge reaches `half_width` metres beyond a river's middle, 14 m beyond that of a canal or railway.
    """
    barriers = [i for i, line in enumerate(lines) if "waterway" in line.tags or _main_track(line)]
    half = np.array([half_width + 12 if lines[i].tags.get("waterway") == "river" else 26.0 for i in barriers])
    tree = shapely.STRtree([shapely.LineString(lines[i].points) for i in barriers])
    result: list[Line] = []
    roads = [line for line in lines if "highway" in line.tags]
    result += [line for line in lines if "highway" not in line.tags]
    geometry = np.array([shapely.LineString(line.points) for line in roads])
    road, barrier = tree.query(geometry, predicate="crosses")
    for i, line in enumerate(roads):
        over = barrier[road == i]
        result += [line] if not len(over) else _carry(line, geometry[i], [tree.geometries[b] for b in over], half[over])
    return result


def _main_track(line: Line) -> bool:
    return "railway" in line.tags and "service" not in line.tags and line.tags["railway"] == "rail"


def _carry(line: Line, road: shapely.LineString, barriers: list[shapely.LineString], half: Floats) -> list[Line]:
    spans: list[list[float]] = []
    marks = sorted(
        (float(road.project(point)), float(h))
        for barrier, h in zip(barriers, half, strict=True)
        for point in shapely.get_parts(shapely.intersection(road, barrier))
    )
    for at, h in marks:
        a, b = max(0.5, at - h), min(road.length - 0.5, at + h)
        if spans and a <= spans[-1][1] + 2:
            spans[-1][1] = max(spans[-1][1], b)
        else:
            spans.append([a, b])
    pieces, start = [], 0.0
    for a, b in spans:
        pieces.append(replace(line, points=_part(road, start, a)))
        over = {**line.tags, "bridge": "yes", "layer": "1"}
        pieces.append(Line(_part(road, a, b), over, line.when, level=1))
        start = b
    return [*pieces, replace(line, points=_part(road, start, road.length))]


def _part(road: shapely.LineString, start: float, end: float) -> Floats:
    return np.round(shapely.get_coordinates(shapely.ops.substring(road, start, end)), 2)
