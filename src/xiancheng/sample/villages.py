"""Villages around the town: courtyards along lanes, and the roads that tie them together."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from scipy.sparse import coo_array
from scipy.sparse.csgraph import minimum_spanning_tree
from scipy.spatial import Delaunay, cKDTree

from xiancheng.sample.courtyards import VILLAGE, courtyard_rows
from xiancheng.sample.fabric import Fabric
from xiancheng.sample.frame import TOWNSHIPS, Floats, Ints, apportion, bend, township_areas
from xiancheng.sample.names import village_names
from xiancheng.sample.plan import FLOOR_AREA_PER_PERSON, Plan
from xiancheng.sample.streets import gates, railway_line

_HOUSE_AREA = 142.0
"""Mean residential floor area per plot as `courtyard_rows` builds it in a village, m²."""
_ROW = 25.0


@dataclass(frozen=True)
class Village:
    """A village: name, township (index of `frame.TOWNSHIPS`), middle, reach and residents at the second date."""

    name: str
    township: int
    x: float
    y: float
    rx: float
    ry: float
    persons: int
    seat: bool
    """Whether the township's government sits here."""


def place_villages(plan: Plan, rural: Ints, rng: np.random.Generator) -> list[Village]:
    """Choose places for villages until each township's rural residents `rural` ``(9,)`` have one.

    They keep away from the town, the river, the railway and each other.
    """
    size = 720.0 * (plan.people / 100_000) ** 0.5
    west, south, east, north = plan.bounds
    town = shapely.box(west - 900, south - 1100, east + 900, north + 1500)
    lines = shapely.union_all([shapely.LineString(railway_line(plan)), shapely.LineString(plan.river)])
    shapely.prepare(lines)
    names = village_names(rng)
    villages: list[Village] = []
    for index, area in enumerate(township_areas()):
        count = max(1, round(int(rural[index]) / size))
        persons = apportion(int(rural[index]), rng.uniform(0.55, 1.5, count) + 1.2 * (np.arange(count) == 0))
        inner = shapely.buffer(area, -700)
        shapely.prepare(inner)
        x0, y0, x1, y1 = inner.bounds
        for k in range(count):
            plots = persons[k] * FLOOR_AREA_PER_PERSON / _HOUSE_AREA
            ry = max(40.0, np.sqrt(plots * 23 * _ROW / np.pi / 1.35) * 1.04)
            rx = 1.35 * ry
            for _ in range(4000):
                x, y = rng.uniform(x0, x1), rng.uniform(y0, y1)
                point = shapely.Point(*bend(np.array([[x, y]]))[0])
                near = any((v.x - x) ** 2 + (v.y - y) ** 2 < (max(v.rx, v.ry) + rx + 420) ** 2 for v in villages)
                clear = not near and not town.intersects(shapely.Point(x, y)) and inner.covers(point)
                if clear and lines.distance(shapely.Point(x, y)) > rx + 160:
                    villages.append(Village(
                        next(names), index, round(x, 1), round(y, 1), round(float(rx), 1), round(float(ry), 1),
                        int(persons[k]), k == 0 and index > 0,
                    ))  # fmt: skip
                    break
    return villages


def build_villages(plan: Plan, villages: list[Village], fabric: Fabric, rng: np.random.Generator) -> None:
    """Build the houses and lanes of each village and the county roads between them and to the town."""
    ends: list[Floats] = []
    for village in villages:
        number = fabric.place(village.name)

        def keep(x: Floats, y: Floats, v: Village = village) -> np.ndarray:
            return ((x - v.x) / v.rx) ** 2 + ((y - v.y) / v.ry) ** 2 < 1

        box = (village.x - village.rx, village.y - village.ry, village.x + village.rx, village.y + village.ry)
        lanes = courtyard_rows(fabric, rng, box, VILLAGE, keep=keep, place=number)
        middle = lanes[len(lanes) // 2]
        ends.append(np.array([middle[0], middle[1], (village.x, lanes[0][0, 1]), (village.x, lanes[-1][0, 1])]))
        kind = f"{TOWNSHIPS[village.township].name}政府驻地" if village.seat else ""
        fabric.site("township" if village.seat else "village", village.x, village.y, name=kind or village.name)
        angle = np.linspace(0, 2 * np.pi, 18, endpoint=False)
        ring = np.column_stack([village.x + 1.1 * village.rx * np.cos(angle),
                                village.y + 1.15 * village.ry * np.sin(angle)])  # fmt: skip
        fabric.area(np.round(ring, 1), landuse="residential", residential="rural", name=village.name)
    _county_roads(plan, villages, ends, fabric, rng)


def _county_roads(
    plan: Plan, villages: list[Village], ends: list[Floats], fabric: Fabric, rng: np.random.Generator
) -> None:
    doors = gates(plan)
    points = np.concatenate([doors, [(v.x, v.y) for v in villages]])
    triangles = Delaunay(points).simplices
    pairs = np.unique(
        np.sort(np.concatenate([triangles[:, [0, 1]], triangles[:, [1, 2]], triangles[:, [0, 2]]]), axis=1), axis=0
    )
    length = np.linalg.norm(points[pairs[:, 0]] - points[pairs[:, 1]], axis=1)
    west, south, east, north = plan.bounds
    town = shapely.box(west - 250, south - 250, east + 250, north + 600)
    lines = shapely.linestrings(points[pairs])
    cost = length * np.where(shapely.intersects(lines, town), 30.0, 1.0)
    cost = np.where((pairs < len(doors)).all(axis=1), 0.01, cost)
    tree = minimum_spanning_tree(coo_array((cost, (pairs[:, 0], pairs[:, 1])), shape=(len(points),) * 2)).tocoo()
    chosen = set(zip(tree.row.tolist(), tree.col.tolist(), strict=True))
    # A tree alone makes long ways round: some short further links are built too.
    short = (length < np.median(length)) & (cost == length) & (rng.uniform(size=len(length)) < 0.18)
    chosen |= {(int(a), int(b)) for a, b in pairs[short]}
    reach = cKDTree(np.array([(v.x, v.y) for v in villages]))
    for a, b in sorted(chosen):
        if max(a, b) < len(doors) or cost[_index(pairs, a, b)] > length[_index(pairs, a, b)] * 2:
            continue
        start = points[a] if a < len(doors) else _nearest(ends[a - len(doors)], points[b])
        end = points[b] if b < len(doors) else _nearest(ends[b - len(doors)], points[a])
        way = _around(start, end, {a - len(doors), b - len(doors)}, villages, reach)
        kind = "tertiary" if villages[max(a, b) - len(doors)].seat or min(a, b) < len(doors) else "unclassified"
        fabric.line(np.round(way, 2), highway=kind)


def _index(pairs: Ints, a: int, b: int) -> int:
    low, high = min(a, b), max(a, b)
    return int(np.flatnonzero((pairs[:, 0] == low) & (pairs[:, 1] == high))[0])


def _nearest(ends: Floats, goal: Floats) -> Floats:
    return ends[int(np.argmin(np.linalg.norm(ends - goal, axis=1)))]


def _around(start: Floats, end: Floats, own: set[int], villages: list[Village], reach: cKDTree) -> Floats:
    """Lead a road around the villages that lie on the straight line."""
    way = [start]
    step = end - start
    length = float(np.linalg.norm(step))
    side = np.array([-step[1], step[0]]) / max(length, 1.0)
    for i in sorted(
        reach.query_ball_point((start + end) / 2, length / 2),
        key=lambda i: (villages[i].x - start[0]) * step[0] + (villages[i].y - start[1]) * step[1],
    ):
        v = villages[i]
        off = float(np.dot(np.array([v.x, v.y]) - start, side))
        if i not in own and abs(off) < v.rx + 40:
            way.append(np.array([v.x, v.y]) + side * (v.rx + 60) * (-1 if off > 0 else 1))
    return np.array([*way, end])
