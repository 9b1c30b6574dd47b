"""Brute force: every vertex and every snapped place a node of a networkx graph, no contraction, no shortcuts."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import networkx as nx
import numpy as np
import shapely
from scipy.spatial import Delaunay


@dataclass(frozen=True)
class Roads:
    """Random roads: polylines, where they may be used."""

    lines: np.ndarray
    forward: np.ndarray
    backward: np.ndarray


def random_roads(seed: int, *, nodes: int = 25, keep: float = 0.6, oneway: float = 0.0) -> Roads:
    """A random planar network of bent, branching, partly one-way, partly disconnected roads."""
    rng = np.random.default_rng(seed)
    xy = rng.uniform(0, 1000, (nodes, 2))
    triangles = Delaunay(xy).simplices
    pairs = np.unique(
        np.sort(np.concatenate([triangles[:, [0, 1]], triangles[:, [1, 2]], triangles[:, [0, 2]]])), axis=0
    )
    pairs = pairs[rng.random(len(pairs)) < keep]
    lines = []
    for pair in pairs:
        a, b = pair if rng.random() < 0.5 else pair[::-1]
        middle = [xy[a] + (xy[b] - xy[a]) * t + rng.normal(0, 8, 2) for t in np.sort(rng.random(rng.integers(0, 3)))]
        lines.append(shapely.LineString([xy[a], *middle, xy[b]]))
    # A loop on one junction, a ring on its own, and a road drawn through a junction without ending there.
    lines.append(shapely.LineString([xy[0], xy[0] + [30, 5], xy[0] + [25, 40], xy[0]]))
    lines.append(shapely.LinearRing([(1100, 100), (1200, 110), (1150, 200)]))
    lines.append(shapely.LineString([xy[1] + [-40, 3], xy[1], xy[1] + [45, 7]]))
    count = len(lines)
    one = rng.random(count) < oneway
    against = rng.random(count) < 0.5
    return Roads(np.array(lines, dtype=object), ~(one & against), ~(one & ~against))


def graph_of(roads: Roads, places: dict[str, np.ndarray], limit: float = np.inf) -> nx.DiGraph:
    """Every vertex a node; every place a node ``(name, row)`` joined to its point on the nearest segment."""
    segments = [
        (tuple(np.round(a, 2)), tuple(np.round(b, 2)), f, w, np.array(a), np.array(b))
        for line, f, w in zip(roads.lines, roads.forward, roads.backward, strict=True)
        for a, b in zip(line.coords[:-1], line.coords[1:], strict=True)
    ]
    a = np.array([s[4] for s in segments])
    b = np.array([s[5] for s in segments])
    on: dict[int, list[tuple[float, object]]] = {}
    graph = nx.DiGraph()

    def join(u, v, metres):
        if not graph.has_edge(u, v) or graph[u][v]["weight"] > metres:
            graph.add_edge(u, v, weight=metres)

    for name, xy in places.items():
        for row, point in enumerate(np.asarray(xy, dtype=float)):
            graph.add_node((name, row))
            t = np.clip(((point - a) * (b - a)).sum(1) / ((b - a) ** 2).sum(1), 0, 1)
            away = np.hypot(*(point - a - t[:, None] * (b - a)).T)
            nearest = int(away.argmin())
            if away[nearest] > limit:
                continue
            foot = ("foot", name, row)
            join((name, row), foot, away[nearest])
            join(foot, (name, row), away[nearest])
            on.setdefault(nearest, []).append((t[nearest], foot))
    for number, (start, end, ahead, back, p, q) in enumerate(segments):
        stops = [(0.0, start), *sorted(on.get(number, []), key=lambda stop: stop[0]), (1.0, end)]
        length = np.hypot(*(q - p))
        for (t, u), (s, v) in pairwise(stops):
            if ahead or s == t:
                join(u, v, (s - t) * length)
            if back or s == t:
                join(v, u, (s - t) * length)
    return graph


def distances(roads: Roads, origins: np.ndarray, facilities: np.ndarray, limit: float = np.inf) -> np.ndarray:
    """``(origins, facilities)`` metres by networkx."""
    graph = graph_of(roads, {"origin": origins, "facility": facilities}, limit)
    result = np.full((len(origins), len(facilities)), np.inf)
    for i in range(len(origins)):
        reach = nx.single_source_dijkstra_path_length(graph, ("origin", i), weight="weight")
        for j in range(len(facilities)):
            result[i, j] = reach.get(("facility", j), np.inf)
    return result
