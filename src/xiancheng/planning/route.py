"""The way itself: the shortest route between two places on a network as a line."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from scipy.sparse.csgraph import dijkstra

from xiancheng.planning.attach import along_one_edge, ends
from xiancheng.planning.exact import Floats, Ints
from xiancheng.planning.network import Network
from xiancheng.planning.snap import Snapped


@dataclass(frozen=True, eq=False)
class Route:
    """A shortest way.

    Attributes
    ----------
    metres
        Its length, the ways between place and road at both ends included.
    xy
        ``(v, 2)`` its course along the roads.
    """

    metres: float
    xy: Floats


class Ways:
    """The shortest ways from one place to others.

    Parameters
    ----------
    network
        The network.
    origin
        One place.
    limit
        Metres beyond which the search ends.
    """

    def __init__(self, network: Network, origin: Snapped, *, limit: float = np.inf) -> None:
        self._network, self._origin, self._limit = network, origin, limit
        leave = ends(network, origin, leaving=True)
        usable = np.isfinite(leave.metres[0])
        self._starts = np.unique(leave.node[0][usable])
        self._out = np.array([leave.metres[0][usable & (leave.node[0] == s)].min() for s in self._starts])
        shape = (len(self._starts), network.n_nodes)
        self._distance, self._before = np.full(shape, np.inf), np.full(shape, -1, dtype=np.int64)
        if len(self._starts):
            self._distance, self._before = dijkstra(
                network.costs, indices=self._starts, return_predecessors=True, limit=limit
            )

    def metres(self, destinations: Snapped) -> Floats:
        """Return ``(k,)`` metres to places, infinite where there is no way within the limit."""
        found = np.full(len(destinations), np.inf)
        if len(self._starts):
            arrive = ends(self._network, destinations, leaving=False)
            at_node = (self._out[:, None] + self._distance).min(axis=0)
            found = (at_node[arrive.node] + arrive.metres).min(axis=1)
        for _, place, direct in along_one_edge(self._network, self._origin, destinations):
            np.minimum.at(found, place, direct)
        return np.where(found <= self._limit, found, np.inf)

    def to(self, destination: Snapped) -> Route | None:
        """Return the shortest way to one place, None if there is none within the limit."""
        if not (self._origin.on_network[0] and destination.on_network[0]):
            return None
        network, origin = self._network, self._origin
        best, course = np.inf, np.empty((0, 2))
        arrive = ends(network, destination, leaving=False)
        for i, start in enumerate(self._starts.tolist()):
            for end, into in zip(arrive.node[0].tolist(), arrive.metres[0].tolist(), strict=True):
                total = float(self._out[i] + self._distance[i, end] + into)
                if total < best:
                    best, course = total, _course(network, origin, destination, start, end, self._before[i])
        for _, _, metres in along_one_edge(network, origin, destination):
            direct = float(metres.min(initial=np.inf))
            if direct <= best:
                best, course = direct, _stretch(network, int(origin.edge[0]), *_positions(network, origin, destination))
        return Route(best, course) if best <= self._limit and np.isfinite(best) else None


def route(network: Network, origin: Snapped, destination: Snapped, *, limit: float = np.inf) -> Route | None:
    """Return the shortest way from one place to another, None if there is none within `limit` metres."""
    return Ways(network, origin, limit=limit).to(destination)


def _positions(network: Network, origin: Snapped, destination: Snapped) -> tuple[float, float]:
    return float(origin.along(network)[0]), float(destination.along(network)[0])


def _course(network: Network, origin: Snapped, destination: Snapped, start: int, end: int, before: Ints) -> Floats:
    """Return the way over nodes: from the origin's edge to `start`, on to `end`, and into the destination's edge."""
    nodes = [end]
    while nodes[-1] != start:
        nodes.append(int(before[nodes[-1]]))
    nodes.reverse()
    leaving, arriving = _positions(network, origin, destination)
    first, last = int(origin.edge[0]), int(destination.edge[0])
    parts = [_to_node(network, first, leaving, start)]
    parts += [_between(network, a, b) for a, b in pairwise(nodes)]
    parts.append(_to_node(network, last, arriving, end)[::-1])
    joined = np.concatenate(parts)
    kept = np.ones(len(joined), dtype=bool)
    kept[1:] = (joined[1:] != joined[:-1]).any(axis=1)
    return joined[kept]


def _to_node(network: Network, edge: int, along: float, node: int) -> Floats:
    """Return the stretch of an edge from a place on it to one of its ends, by the shorter side of a loop."""
    length = float(network.length[edge])
    tail, head = int(network.tail[edge]) == node, int(network.head[edge]) == node
    if tail and (not head or along <= length - along):
        return _stretch(network, edge, along, 0.0)
    return _stretch(network, edge, along, length)


def _between(network: Network, one: int, other: int) -> Floats:
    """Return the shortest edge that may be used from one node to the next."""
    ahead = np.flatnonzero((network.tail == one) & (network.head == other) & network.forward)
    back = np.flatnonzero((network.head == one) & (network.tail == other) & network.backward)
    edges = np.concatenate([ahead, back])
    edge = int(edges[np.argmin(network.length[edges])])
    course = network.vertices[network.first[edge] : network.first[edge + 1]]
    return course if int(network.tail[edge]) == one else course[::-1]


def _stretch(network: Network, edge: int, begin: float, end: float) -> Floats:
    """Return an edge's course between two distances from its tail, in the direction of travel."""
    at = network.along[network.first[edge] : network.first[edge + 1]]
    course = network.vertices[network.first[edge] : network.first[edge + 1]]
    low, high = min(begin, end), max(begin, end)
    inside = (at > low) & (at < high)
    tips = np.column_stack([np.interp([low, high], at, course[:, axis]) for axis in (0, 1)])
    line = np.concatenate([tips[:1], course[inside], tips[1:]])
    return line if begin <= end else line[::-1]
