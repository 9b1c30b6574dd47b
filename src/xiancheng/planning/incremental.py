"""What if a facility opened here, or that one closed: nearest facilities kept up to date by what changes only."""

from __future__ import annotations

from heapq import heappop, heappush

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array

from xiancheng.planning.attach import along_one_edge, ends
from xiancheng.planning.engine import Engine, kernels
from xiancheng.planning.exact import Bools, Floats, Ints
from xiancheng.planning.nearest import labels_per_node
from xiancheng.planning.network import Network
from xiancheng.planning.snap import Snapped


class IncrementalNearest:
    """The nearest facility of every origin, while facilities are added and removed.

    After any sequence of changes the figures equal, to the last bit, those of
    :func:`~xiancheng.planning.nearest.nearest` over the facilities there are. A change costs the part of the town whose
    nearest facility it is, not the whole.

    Parameters
    ----------
    network
        The network.
    origins
        ``k`` places whose figures are kept.
    facilities
        The facilities to begin with, one row an entrance.
    group
        ``(f,)`` whole numbers from 0 that name the facilities, equal for entrances of one; the rows by default.
    limit
        Metres beyond which a facility does not count.
    engine
        ``numba`` (the default where installed) or ``scipy``; both give the same figures.

    Attributes
    ----------
    distance
        ``(k,)`` metres, infinite if none can be reached.
    index
        ``(k,)`` the facility's name, -1 if none.
    """

    def __init__(
        self,
        network: Network,
        origins: Snapped,
        facilities: Snapped,
        *,
        group: npt.ArrayLike | None = None,
        limit: float = np.inf,
        engine: Engine = "auto",
    ) -> None:
        self._network = network
        self._origins = origins
        self._limit = limit
        self._compiled = kernels(engine)
        self._places = facilities
        self._name = np.arange(len(facilities)) if group is None else np.array(group, dtype=np.int64).reshape(-1)
        if len(self._name) and self._name.min() < 0:
            raise ValueError("facilities are named by whole numbers from 0")
        self._leave = ends(network, origins, leaving=True)
        self._node_pointer, self._node_origin = _grouped(
            self._leave.node, np.isfinite(self._leave.metres), network.n_nodes
        )
        edge = np.maximum(origins.edge, 0)
        self._edge_pointer, self._edge_origin = _grouped(edge[:, None], origins.on_network[:, None], network.n_edges)
        self._scratch = np.full(network.n_nodes, -1, dtype=np.int64)
        self._seed_node, self._seed_metres, self._seed_name = self._seeds(facilities, self._name)
        arrive = ends(network, facilities, leaving=False)
        self._node_distance, self._node_name = labels_per_node(network, arrive, self._name, limit)
        self.distance: Floats = np.full(len(origins), np.inf)
        self.index: Ints = np.full(len(origins), -1, dtype=np.int64)
        self._renew(np.arange(len(origins)))

    @property
    def facilities(self) -> Ints:
        """Names of the facilities there are, ascending."""
        return np.unique(self._name)

    def add(self, name: int, places: Snapped) -> Ints:
        """Open facility `name` with one or more entrances; return the origins whose nearest facility changes.

        Raises
        ------
        ValueError
            If there is a facility of that name, or the name is below 0.
        """
        if name < 0 or name in self._name:
            raise ValueError(f"facility {name} cannot be added: the name is below 0 or taken")
        names = np.full(len(places), name)
        node, metres, code = self._seeds(places, names)
        self._seed_node = np.append(self._seed_node, node)
        self._seed_metres = np.append(self._seed_metres, metres)
        self._seed_name = np.append(self._seed_name, code)
        self._places = _joined(self._places, places)
        self._name = np.append(self._name, names)
        changed = self._grow(node, metres, code)
        return self._renew(self._touched(changed, places))

    def remove(self, name: int) -> Ints:
        """Close facility `name`; return the origins whose nearest facility changes.

        Raises
        ------
        ValueError
            If there is no such facility.
        """
        leaving = self._name == name
        if not leaving.any():
            raise ValueError(f"there is no facility {name}")
        gone = self._places.take(leaving)
        self._places, self._name = self._places.take(~leaving), self._name[~leaving]
        old = self._seed_name == name
        seeds = self._seed_node[old]
        self._seed_node, self._seed_metres, self._seed_name = (
            self._seed_node[~old], self._seed_metres[~old], self._seed_name[~old],
        )  # fmt: skip
        lost = self._shrink(seeds, name)

        # The hole is filled from the facilities inside it and from the labels around it.
        inside = np.flatnonzero(np.isinf(self._node_distance[self._seed_node]))
        costs = self._network.costs
        size = np.diff(costs.indptr)[lost]
        arc = np.arange(size.sum()) - np.repeat(np.cumsum(size) - size - costs.indptr[lost], size)
        around = costs.indices[arc]
        self._grow(
            np.concatenate([self._seed_node[inside], np.repeat(lost, size)]),
            np.concatenate([self._seed_metres[inside], self._node_distance[around] + costs.data[arc]]),
            np.concatenate([self._seed_name[inside], self._node_name[around]]),
        )
        return self._renew(self._touched(lost, gone))

    def _seeds(self, places: Snapped, names: Ints) -> tuple[Ints, Floats, Ints]:
        arrive = ends(self._network, places, leaving=False)
        reachable = np.isfinite(arrive.metres)
        return arrive.node[reachable], arrive.metres[reachable], np.repeat(names, reachable.sum(axis=1))

    def _grow(self, node: Ints, metres: Floats, name: Ints) -> Ints:
        finite = np.isfinite(metres)
        node, metres, name = node[finite], metres[finite], name[finite]
        costs = self._network.reverse_costs
        labels = (self._node_distance, self._node_name)
        if self._compiled is None:
            return _grow(costs, *labels, node, metres, name, self._limit)
        changed: Ints = self._compiled.grow(
            costs.indptr, costs.indices, costs.data, *labels, self._scratch, node, metres, name, self._limit
        )
        return changed

    def _shrink(self, seeds: Ints, name: int) -> Ints:
        costs = self._network.reverse_costs
        labels = (self._node_distance, self._node_name)
        if self._compiled is None:
            return _shrink(costs, *labels, seeds, name)
        found: Ints = self._compiled.shrink(costs.indptr, costs.indices, *labels, seeds, name)
        return found

    def _touched(self, nodes: Ints, places: Snapped) -> Ints:
        """Return the origins that hang on changed nodes, or on an edge where a facility came or went."""
        edges = np.unique(places.edge[places.on_network])
        rows = [
            _members(self._node_pointer, self._node_origin, nodes),
            _members(self._edge_pointer, self._edge_origin, edges),
        ]
        return np.unique(np.concatenate(rows))

    def _renew(self, rows: Ints) -> Ints:
        """Compute the figures of some origins again; return those that changed."""
        if len(rows) == 0 or self._network.n_nodes == 0:
            return rows[:0]
        node, away = self._leave.node[rows], self._leave.metres[rows]
        metres = away + self._node_distance[node]
        names = np.where(np.isfinite(metres), self._node_name[node], np.iinfo(np.int64).max)
        distance = metres.min(axis=1)
        index = np.where(metres == distance[:, None], names, np.iinfo(np.int64).max).min(axis=1)
        for origin, facility, direct in along_one_edge(self._network, self._origins.take(rows), self._places):
            name = self._name[facility]
            least = np.full(len(rows), np.inf)
            np.minimum.at(least, origin, direct)
            index = np.where(least < distance, np.iinfo(np.int64).max, index)
            distance = np.minimum(distance, least)
            best = direct == distance[origin]
            np.minimum.at(index, origin[best], name[best])
        none = ~(distance <= self._limit) | np.isinf(distance)
        distance[none], index[none] = np.inf, -1
        changed = (distance != self.distance[rows]) | (index != self.index[rows])
        self.distance[rows], self.index[rows] = distance, index
        return rows[changed]


def _grouped(key: Ints, used: Bools, count: int) -> tuple[Ints, Ints]:
    """Return where each key's rows begin, and the rows by key; `key` and `used` are ``(k, c)``."""
    row = np.broadcast_to(np.arange(len(key))[:, None], key.shape)[used]
    keys = key[used]
    pointer = np.zeros(count + 1, dtype=np.int64)
    pointer[1:] = np.cumsum(np.bincount(keys, minlength=count))
    return pointer, row[np.argsort(keys, kind="stable")]


def _members(pointer: Ints, member: Ints, keys: Ints) -> Ints:
    size = pointer[keys + 1] - pointer[keys]
    return member[np.arange(size.sum()) - np.repeat(np.cumsum(size) - size - pointer[keys], size)]


def _joined(one: Snapped, other: Snapped) -> Snapped:
    return Snapped(
        np.append(one.edge, other.edge),
        np.append(one.fraction, other.fraction),
        np.append(one.offset, other.offset),
        np.append(one.on_network, other.on_network),
    )


def _grow(
    costs: csr_array, dist: Floats, code: Ints, seed: Ints, metres: Floats, seed_code: Ints, limit: float
) -> Ints:
    """Spread better labels as :func:`xiancheng.planning.kernels.grow` does, without numba."""
    heap: list[tuple[float, int, int]] = []
    changed: set[int] = set()

    def offer(v: int, d: float, c: int) -> None:
        if d <= limit and (d < dist[v] or (d == dist[v] and c < code[v])):
            dist[v], code[v] = d, c
            changed.add(v)
            heappush(heap, (d, c, v))

    for v, d, c in zip(seed.tolist(), metres.tolist(), seed_code.tolist(), strict=True):
        offer(v, d, c)
    while heap:
        d, c, u = heappop(heap)
        if d == dist[u] and c == code[u]:
            arcs = slice(costs.indptr[u], costs.indptr[u + 1])
            for v, w in zip(costs.indices[arcs].tolist(), costs.data[arcs].tolist(), strict=True):
                offer(v, d + w, c)
    return np.fromiter(changed, dtype=np.int64, count=len(changed))


def _shrink(costs: csr_array, dist: Floats, code: Ints, seed: Ints, old: int) -> Ints:
    """Take a label away as :func:`xiancheng.planning.kernels.shrink` does, without numba."""
    found = [v for v in dict.fromkeys(seed.tolist()) if code[v] == old]
    code[found] = -1
    for u in found:
        for v in costs.indices[costs.indptr[u] : costs.indptr[u + 1]].tolist():
            if code[v] == old:
                code[v] = -1
                found.append(v)
    lost = np.array(found, dtype=np.int64)
    dist[lost] = np.inf
    return lost
