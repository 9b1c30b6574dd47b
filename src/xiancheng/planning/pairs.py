"""All places and facilities within a network distance of each other."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from itertools import pairwise
from os import cpu_count
from types import ModuleType

import numpy as np
import numpy.typing as npt
from scipy.sparse import coo_array, csr_array
from scipy.sparse.csgraph import dijkstra

from xiancheng.planning.attach import Ends, along_one_edge, ends
from xiancheng.planning.engine import Engine, kernels
from xiancheng.planning.exact import Floats, Ints
from xiancheng.planning.nearest import add_sources
from xiancheng.planning.network import Network
from xiancheng.planning.snap import Snapped

_DENSE = 8_000_000
"""Distances the scipy engine holds at once."""


@dataclass(frozen=True, eq=False)
class Pairs:
    """p pairs of an origin and a facility, by origin and then by facility, each pair once.

    Attributes
    ----------
    origin
        ``(p,)`` row of the origin.
    facility
        ``(p,)`` the facility: its group if groups were given, else its row.
    distance
        ``(p,)`` metres.
    """

    origin: Ints
    facility: Ints
    distance: Floats

    def __len__(self) -> int:
        return len(self.origin)

    def within(self, metres: float) -> Pairs:
        """Return the pairs at most `metres` apart: a smaller radius needs no new search."""
        near = self.distance <= metres
        return Pairs(self.origin[near], self.facility[near], self.distance[near])


def sorted_pairs(origin: Ints, facility: Ints, distance: Floats, origins: int, facilities: int) -> Pairs:
    """Sort pairs by origin and facility in linear time; each pair may occur once."""
    table = coo_array((distance, (origin, facility)), shape=(origins, facilities)).tocsc().tocsr()
    row = np.repeat(np.arange(origins), np.diff(table.indptr))
    return Pairs(row, table.indices.astype(np.int64), table.data)


def pairs_within(
    network: Network,
    origins: Snapped,
    facilities: Snapped,
    metres: float,
    *,
    group: npt.ArrayLike | None = None,
    engine: Engine = "auto",
) -> Pairs:
    """Find every origin and facility at most `metres` apart, travelling from origin to facility.

    A bounded search (Dijkstra 1959) starts from each facility or from each origin, whichever are fewer. Distances are
    exact as in :func:`~xiancheng.planning.nearest.nearest`; of a facility's entrances the nearest counts.

    Parameters
    ----------
    network
        The network.
    origins, facilities
        Places snapped to it.
    metres
        The radius; a pair exactly that far apart counts.
    group
        ``(f,)`` whole numbers, equal for the entrances of one facility.
    engine
        ``numba`` (the default where installed and there is much to search) or ``scipy``; both give the same figures.

    Returns
    -------
    Pairs
        24 bytes a pair: see :func:`iter_pairs` where all of them would be too many.
    """
    chunks = list(iter_pairs(network, origins, facilities, metres, group=group, engine=engine))
    label, _ = _groups(len(facilities), group)
    if not chunks:
        return Pairs(np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64), np.empty(0))
    origin = np.concatenate([chunk.origin for chunk in chunks])
    facility = np.concatenate([chunk.facility for chunk in chunks])
    distance = np.concatenate([chunk.distance for chunk in chunks])
    found = sorted_pairs(origin, np.searchsorted(label, facility), distance, len(origins), len(label))
    return Pairs(found.origin, label[found.facility], found.distance)


def iter_pairs(
    network: Network,
    origins: Snapped,
    facilities: Snapped,
    metres: float,
    *,
    group: npt.ArrayLike | None = None,
    engine: Engine = "auto",
    at_once: int = 4_000_000,
) -> Iterator[Pairs]:
    """Yield what :func:`pairs_within` finds in pieces of about `at_once` pairs, each pair in one piece, unsorted.

    Sums over pairs (count within, gravity, both steps of floating catchments) can be made piece by piece.
    """
    label, number = _groups(len(facilities), group)
    arrive, leave = ends(network, facilities, leaving=False), ends(network, origins, leaving=True)
    own = np.arange(len(origins))
    from_facilities = len(label) <= len(origins)
    compiled = kernels(engine, visits=float(min(len(label), len(origins))) * network.n_nodes)
    if from_facilities:
        search = _Search.of(network.reverse_costs, (arrive, number, len(label)), (leave, own, len(own)), metres)
    else:
        search = _Search.of(network.costs, (leave, own, len(own)), (arrive, number, len(label)), metres)
    direct = [
        (o[near], number[f[near]], d[near])
        for o, f, d in along_one_edge(network, origins, facilities)
        for near in [d <= metres]
    ]
    beside = tuple(np.concatenate(column) for column in zip(*direct, strict=True)) if direct else ()
    if beside:
        search = search.beside(*(beside if not from_facilities else (beside[1], beside[0], beside[2])))

    begin, size = 0, 32
    while begin < search.sources:
        end = min(begin + size, search.sources)
        source, target, distance = search.run(begin, end, compiled)
        origin, facility = (target, source) if from_facilities else (source, target)
        if len(origin):
            yield Pairs(origin, label[facility], distance)
        mean = max(1.0, len(source) / (end - begin))
        begin, size = end, int(np.clip(at_once / mean, 1, 4 * size))


def _groups(count: int, group: npt.ArrayLike | None) -> tuple[Ints, Ints]:
    """Return the facilities' labels, and the number of the facility each row belongs to."""
    if group is None:
        return np.arange(count), np.arange(count)
    given = np.asarray(group, dtype=np.int64).reshape(-1)
    if len(given) != count:
        raise ValueError(f"{len(given)} groups for {count} facilities")
    label, number = np.unique(given, return_inverse=True)
    return label, number


@dataclass(frozen=True, eq=False)
class _Search:
    """Bounded searches from sources to the targets that hang on the nodes they reach.

    A source and a target may be several rows (entrances): the nearest counts. `*_pointer` say where the entries of each
    source, node and source begin in the arrays that follow it.
    """

    costs: csr_array
    limit: float
    sources: int
    targets: int
    seed_pointer: Ints
    seed_node: Ints
    seed_metres: Floats
    slot_pointer: Ints
    slot_target: Ints
    slot_metres: Floats
    direct_pointer: Ints
    direct_target: Ints
    direct_metres: Floats

    @classmethod
    def of(
        cls, costs: csr_array, source: tuple[Ends, Ints, int], target: tuple[Ends, Ints, int], limit: float
    ) -> _Search:
        """Prepare searches on `costs`; `source` and `target` are ends, the number of each row, and how many numbers."""
        (from_ends, from_number, sources), (to_ends, to_number, targets) = source, target
        node, metres, number = _listed(from_ends, from_number, limit)
        seed_pointer, order = _by_key(number, metres, sources)
        seed_node, seed_metres = node[order], metres[order]
        node, metres, number = _listed(to_ends, to_number, limit)
        slot_pointer, order = _by_key(node, metres, costs.shape[0])
        nothing = np.empty(0, dtype=np.int64)
        return cls(
            costs, limit, sources, targets,
            seed_pointer, seed_node, seed_metres,
            slot_pointer, number[order], metres[order],
            np.zeros(sources + 1, dtype=np.int64), nothing, np.empty(0),
        )  # fmt: skip

    def beside(self, source: Ints, target: Ints, metres: Floats) -> _Search:
        """Return the search with direct ways along one edge added."""
        pointer, order = _by_key(source, metres, self.sources)
        return replace(self, direct_pointer=pointer, direct_target=target[order], direct_metres=metres[order])

    def run(self, begin: int, end: int, compiled: ModuleType | None) -> tuple[Ints, Ints, Floats]:
        """Return source, target and metres of every pair of the sources from `begin` to `end`, each pair once."""
        if compiled is None:
            return self._dense(begin, end)

        def part(bounds: tuple[int, int]) -> tuple[Ints, Ints, Floats]:
            found: tuple[Ints, Ints, Floats] = compiled.pairs_from(
                self.costs.indptr, self.costs.indices, self.costs.data,
                self.seed_pointer, self.seed_node, self.seed_metres,
                self.slot_pointer, self.slot_target, self.slot_metres,
                self.direct_pointer, self.direct_target, self.direct_metres,
                self.targets, self.limit, bounds[0], bounds[1],
            )  # fmt: skip
            return found

        # The compiled search lets go of the interpreter lock: threads share the network without copies.
        workers = min(cpu_count() or 1, end - begin)
        cut = np.linspace(begin, end, workers + 1).astype(int).tolist()
        if workers == 1:
            return part((begin, end))
        with ThreadPoolExecutor(workers) as pool:
            parts = list(pool.map(part, pairwise(cut)))
        source, target, metres = zip(*parts, strict=True)
        return np.concatenate(source), np.concatenate(target), np.concatenate(metres)

    def _dense(self, begin: int, end: int) -> tuple[Ints, Ints, Floats]:
        """Search with scipy, a block of sources at a time."""
        width = max(1, _DENSE // max(1, self.costs.shape[0] + self.sources))
        blocks = [self._block(low, min(low + width, end)) for low in range(begin, end, width)]
        source, target, metres = zip(*blocks, strict=True)
        return np.concatenate(source), np.concatenate(target), np.concatenate(metres)

    def _block(self, low: int, high: int) -> tuple[Ints, Ints, Floats]:
        n, count = self.costs.shape[0], high - low
        seed = slice(self.seed_pointer[low], self.seed_pointer[high])
        direct = slice(self.direct_pointer[low], self.direct_pointer[high])
        number = np.arange(count)
        source = np.repeat(number, np.diff(self.seed_pointer[low : high + 1]))
        graph = add_sources(self.costs, source, self.seed_node[seed], self.seed_metres[seed], count)
        reached = dijkstra(graph, indices=n + number, limit=self.limit)[:, :n]
        source, node = np.nonzero(reached <= self.limit)
        size = np.diff(self.slot_pointer)[node]
        slot = np.arange(size.sum()) - np.repeat(np.cumsum(size) - size - self.slot_pointer[node], size)
        metres = np.repeat(reached[source, node], size) + self.slot_metres[slot]

        source = np.concatenate(
            [np.repeat(source, size), np.repeat(number, np.diff(self.direct_pointer[low : high + 1]))]
        )
        target = np.concatenate([self.slot_target[slot], self.direct_target[direct]])
        metres = np.concatenate([metres, self.direct_metres[direct]])
        near = metres <= self.limit
        source, target, metres = source[near], target[near], metres[near]
        if 4 * len(source) > count * self.targets:
            # Most sources reach most targets: a table of the least distances is quicker than sorting.
            least = np.full(count * self.targets, np.inf)
            np.minimum.at(least, source * self.targets + target, metres)
            reached_at = np.flatnonzero(np.isfinite(least))
            return reached_at // self.targets + low, reached_at % self.targets, least[reached_at]
        order = np.lexsort((metres, target, source))
        source, target, metres = source[order], target[order], metres[order]
        first = np.ones(len(source), dtype=bool)
        first[1:] = (source[1:] != source[:-1]) | (target[1:] != target[:-1])
        return source[first] + low, target[first], metres[first]


def _listed(place_ends: Ends, number: Ints, limit: float) -> tuple[Ints, Floats, Ints]:
    """Return node, metres and number of every end no farther than `limit` from its place."""
    metres = place_ends.metres.ravel()
    near = np.flatnonzero(metres <= limit)
    near = near[np.isfinite(metres[near])]
    return place_ends.node.ravel()[near], metres[near], np.repeat(number, 2)[near]


def _by_key(key: Ints, metres: Floats, count: int) -> tuple[Ints, Ints]:
    """Return where the entries of each key begin, and the order by key and then by distance."""
    pointer = np.zeros(count + 1, dtype=np.int64)
    pointer[1:] = np.cumsum(np.bincount(key, minlength=count))
    return pointer, np.lexsort((metres, key))
