"""Measures once more, in plain loops over points and polygons: what the fast ones have to equal."""

from __future__ import annotations

import heapq
from collections import defaultdict

import numpy as np
import shapely

from xiancheng.city.snapshot import FeatureTable, Snapshot


def inside(city: Snapshot, level: str = "county") -> list[int]:
    """Rows of the population inside the boundary of a level."""
    areas = city.table("admin_area")
    polygon = shapely.union_all([g for g, k in zip(areas.projected, areas.column("level"), strict=True) if k == level])
    return [i for i, p in enumerate(city.population.xy) if polygon.covers(shapely.Point(*p))]


def open_features(table: FeatureTable, closed: str, least: float = 0.0) -> list[int]:
    """Rows that are not closed to the public and large enough."""
    flag = table.column(closed)
    return [i for i, g in enumerate(table.projected) if flag[i] != 0 and g.area >= least]


class Streets:
    """A graph of a street grid whose lines meet at their ends only, searched by a plain Dijkstra."""

    def __init__(self, city: Snapshot) -> None:
        self.lines = list(city.table("road").projected)
        self.graph: dict[tuple[float, float], list[tuple[tuple[float, float], float]]] = defaultdict(list)
        for line in self.lines:
            a, b = self.ends(line)
            self.graph[a].append((b, line.length))
            self.graph[b].append((a, line.length))
        self.lines = self._large()

    def _large(self) -> list[shapely.LineString]:
        """Without fragments of less than a kilometre, to which nothing is snapped."""
        part: dict[tuple[float, float], int] = {}
        for number, start in enumerate(self.graph):
            waiting = [start] if start not in part else []
            while waiting:
                node = waiting.pop()
                if node not in part:
                    part[node] = number
                    waiting += [n for n, _ in self.graph[node]]
        metres: dict[int, float] = defaultdict(float)
        for line in self.lines:
            metres[part[self.ends(line)[0]]] += line.length
        return [line for line in self.lines if metres[part[self.ends(line)[0]]] >= 1000 - 1e-3]

    @staticmethod
    def ends(line: shapely.LineString) -> tuple[tuple[float, float], tuple[float, float]]:
        """End nodes, to the centimetre."""
        a, b = line.coords[0], line.coords[-1]
        return (round(a[0], 1), round(a[1], 1)), (round(b[0], 1), round(b[1], 1))

    def snap(self, point: shapely.Point) -> tuple[shapely.LineString, float, float] | None:
        """Nearest line, metres along it, metres to it; None farther than 500 m."""
        line = min(self.lines, key=lambda road: road.distance(point))
        return (line, line.project(point), line.distance(point)) if line.distance(point) <= 500 else None

    def from_place(self, place: tuple[shapely.LineString, float, float]) -> dict[tuple[float, float], float]:
        """Metres to every node."""
        line, along, off = place
        a, b = self.ends(line)
        metres: dict[tuple[float, float], float] = {}
        heap = [(off + along, a), (off + line.length - along, b)]
        heapq.heapify(heap)
        while heap:
            d, node = heapq.heappop(heap)
            if node in metres:
                continue
            metres[node] = d
            for other, length in self.graph[node]:
                if other not in metres:
                    heapq.heappush(heap, (d + length, other))
        return metres

    def distances(self, points: list[shapely.Point], places: list[list[shapely.Point]]) -> np.ndarray:
        """``(points, places)`` metres along the streets; a place may have several doors, the nearest counts."""
        snapped = [self.snap(p) for p in points]
        out = np.full((len(points), len(places)), np.inf)
        for j, doors in enumerate(places):
            for door in doors:
                at = self.snap(door)
                if at is None:
                    continue
                metres = self.from_place(at)
                for i, origin in enumerate(snapped):
                    if origin is None:
                        continue
                    line, along, off = origin
                    a, b = self.ends(line)
                    ways = [off + along + metres.get(a, np.inf), off + line.length - along + metres.get(b, np.inf)]
                    if line is at[0]:
                        ways.append(off + abs(along - at[1]) + at[2])
                    out[i, j] = min(out[i, j], *ways)
        return out
