"""The nearest facility of every place along the network: exact, directed, with entrances and ties settled."""

from __future__ import annotations

from dataclasses import dataclass
from types import ModuleType

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from xiancheng.planning.attach import Ends, along_one_edge, ends
from xiancheng.planning.engine import Engine, kernels
from xiancheng.planning.exact import Floats, Ints
from xiancheng.planning.network import Network
from xiancheng.planning.snap import Snapped

_DENSE = 8_000_000
"""Distances the scipy engine holds at once when it looks for several nearest facilities."""


@dataclass(frozen=True, eq=False)
class Nearest:
    """The nearest facilities of k places.

    Attributes
    ----------
    distance
        ``(k,)`` metres, infinite if none can be reached; ``(k, q)`` nearest first when q were asked for.
    index
        The facility: its group if groups were given, else its row; -1 if none. Same shape as `distance`.
    entrance
        The facility's row: which entrance of a group; -1 if none. Same shape as `distance`.
    """

    distance: Floats
    index: Ints
    entrance: Ints


@dataclass(frozen=True, eq=False)
class Seeds:
    """Facilities in the order that settles ties: by group, then by row. A position in that order is a code.

    Attributes
    ----------
    row
        ``(f,)`` facility row of each code.
    group
        ``(f,)`` number of each code's group, ascending.
    label
        ``(groups,)`` the caller's name of each group.
    node, metres, code
        ``(s,)`` nodes from which facilities are reached, what it costs from there, and their codes.
    """

    row: Ints
    group: Ints
    label: Ints
    node: Ints
    metres: Floats
    code: Ints


def seeds(facility_ends: Ends, group: npt.ArrayLike | None) -> Seeds:
    """Order facilities by group and row, and list the nodes they hang on."""
    count = len(facility_ends.node)
    given = np.arange(count) if group is None else np.asarray(group, dtype=np.int64).reshape(-1)
    if len(given) != count:
        raise ValueError(f"{len(given)} groups for {count} facilities")
    row = np.argsort(given, kind="stable")
    label, number = np.unique(given[row], return_inverse=True)
    metres = facility_ends.metres[row].ravel()
    reachable = np.flatnonzero(np.isfinite(metres))
    return Seeds(
        row,
        number,
        label,
        facility_ends.node[row].ravel()[reachable],
        metres[reachable],
        np.repeat(np.arange(count), 2)[reachable],
    )


def nearest(
    network: Network,
    origins: Snapped,
    facilities: Snapped,
    *,
    group: npt.ArrayLike | None = None,
    limit: float = np.inf,
    k: int = 1,
    engine: Engine = "auto",
) -> Nearest:
    """Find the nearest facility of every origin, travelling from origin to facility.

    One search from all facilities at once (Dijkstra 1959 with many sources). Distances count the way from the origin to
    the road, the exact parts of both edges, and the way from the road to the facility. Equally near facilities are
    decided by the lowest group, then the lowest row.

    Parameters
    ----------
    network
        The network.
    origins, facilities
        Places snapped to it; those off it reach nothing and are reached by nobody.
    group
        ``(f,)`` whole numbers, equal for the entrances of one facility.
    limit
        Metres beyond which a facility does not count.
    k
        How many different facilities (groups) to find.
    engine
        ``numba`` or ``scipy``; both give the same figures. Left alone, numba searches where it is installed and there
        is enough to do to be worth its start.

    Returns
    -------
    Nearest
    """
    if k < 1:
        raise ValueError("k is at least 1")
    seed = seeds(ends(network, facilities, leaving=False), group)
    leave = ends(network, origins, leaving=True)
    # For one facility scipy is as fast. For several it searches from each, and sorts what it finds.
    compiled = None if engine == "auto" and k == 1 else kernels(engine, visits=25.0 * len(facilities) * network.n_nodes)
    if k == 1:
        metres, code = _one_per_node(network, seed, limit, compiled)
        metres, code = metres[:, None], code[:, None]
    else:
        metres, code = _several_per_node(network, seed, limit, k, compiled)

    count = len(origins)
    if network.n_nodes == 0 or len(seed.row) == 0:
        nothing = np.full((count, k), -1)
        return _shaped(Nearest(np.full((count, k), np.inf), nothing, nothing), k)
    over_nodes = (leave.metres[:, :, None] + metres[leave.node]).reshape(count, 2 * k)
    distance, best = _merge(over_nodes, code[leave.node].reshape(count, 2 * k), seed, k)
    code_of = np.empty(len(seed.row), dtype=np.int64)
    code_of[seed.row] = np.arange(len(seed.row))
    for origin, facility, direct in along_one_edge(network, origins, facilities):
        who, distances, codes = _ranked(origin, direct, code_of[facility], seed.group, k)
        distance[who], best[who] = _merge(
            np.concatenate([distance[who], distances], axis=1), np.concatenate([best[who], codes], axis=1), seed, k
        )
    none = (best < 0) | (distance > limit)
    best[none] = 0
    distance[none] = np.inf
    index, entrance = seed.label[seed.group[best]], seed.row[best]
    index[none] = entrance[none] = -1
    return _shaped(Nearest(distance, index, entrance), k)


def labels_per_node(
    network: Network, facility_ends: Ends, group: npt.ArrayLike | None, limit: float
) -> tuple[Floats, Ints]:
    """Return every node's distance to its nearest facility, and its group: ``(n,)``, infinite and -1 if none."""
    seed = seeds(facility_ends, group)
    metres, code = _one_per_node(network, seed, limit, None)
    index = np.full(len(code), -1, dtype=np.int64)
    found = code >= 0
    index[found] = seed.label[seed.group[code[found]]]
    return metres, index


def _shaped(result: Nearest, k: int) -> Nearest:
    return Nearest(result.distance[:, 0], result.index[:, 0], result.entrance[:, 0]) if k == 1 else result


def _merge(distance: Floats, code: Ints, seed: Seeds, k: int) -> tuple[Floats, Ints]:
    """Of ``(n, c)`` candidates per row, the k nearest of different groups; ties by lowest code."""
    high = len(seed.row)
    code = np.where(np.isfinite(distance), code, high)
    if k == 1:
        # Columns are few and rows many: column by column is several times faster than along the rows.
        best, lowest = distance[:, 0], code[:, 0]
        for column in range(1, distance.shape[1]):
            nearer = distance[:, column] < best
            level = (distance[:, column] == best) & (code[:, column] < lowest)
            lowest = np.where(nearer | level, code[:, column], lowest)
            best = np.where(nearer, distance[:, column], best)
        return best[:, None], np.where(lowest < high, lowest, -1)[:, None]
    row = np.broadcast_to(np.arange(len(distance))[:, None], distance.shape).ravel()
    who, distances, codes = _ranked(row, distance.ravel(), code.ravel(), np.append(seed.group, -1), k)
    best_distance = np.full((len(distance), k), np.inf)
    best_code = np.full((len(distance), k), -1)
    best_distance[who] = distances
    best_code[who] = np.where(np.isfinite(distances), codes, -1)
    return best_distance, best_code


def _ranked(row: Ints, distance: Floats, code: Ints, group: Ints, k: int) -> tuple[Ints, Floats, Ints]:
    """Return the rows that occur and the k nearest of different groups of each (infinite, -1 where fewer)."""
    order = np.lexsort((code, distance, group[code], row))
    row, distance, code = row[order], distance[order], code[order]
    first = np.ones(len(row), dtype=bool)
    first[1:] = (row[1:] != row[:-1]) | (group[code[1:]] != group[code[:-1]])
    row, distance, code = row[first], distance[first], code[first]
    order = np.lexsort((code, distance, row))
    row, distance, code = row[order], distance[order], code[order]
    who, begin = np.unique(row, return_index=True)
    rank = np.arange(len(row)) - np.repeat(begin, np.diff(np.append(begin, len(row))))
    position = np.searchsorted(who, row)
    kept = rank < k
    distances, codes = np.full((len(who), k), np.inf), np.full((len(who), k), -1)
    distances[position[kept], rank[kept]] = distance[kept]
    codes[position[kept], rank[kept]] = code[kept]
    return who, distances, codes


def with_sources(network: Network, source: Ints, node: Ints, metres: Floats, count: int) -> csr_array:
    """Return the network seen from destinations, with `count` more nodes from which arcs lead to `node`."""
    return add_sources(network.reverse_costs, source, node, metres, count)


def add_sources(costs: csr_array, source: Ints, node: Ints, metres: Floats, count: int) -> csr_array:
    """Return `costs` with `count` more nodes at the end, and an arc from source to node for each given triple.

    Of several arcs between the same two the shortest is kept.
    """
    n = costs.shape[0]
    order = np.lexsort((metres, node, source))
    source, node, metres = source[order], node[order], metres[order]
    kept = np.ones(len(source), dtype=bool)
    kept[1:] = (source[1:] != source[:-1]) | (node[1:] != node[:-1])
    source, node, metres = source[kept], node[kept], metres[kept]
    more = costs.indptr[-1] + np.cumsum(np.bincount(source, minlength=count))
    return csr_array(
        (
            np.concatenate([costs.data, metres]),
            np.concatenate([costs.indices, node.astype(np.int32)]),
            np.concatenate([costs.indptr, more.astype(np.int32)]),
        ),
        shape=(n + count, n + count),
    )


def _one_per_node(network: Network, seed: Seeds, limit: float, compiled: ModuleType | None) -> tuple[Floats, Ints]:
    """Return the nearest facility of every node: ``(n,)`` metres and codes."""
    n, count = network.n_nodes, len(seed.row)
    if compiled is not None:
        costs = network.reverse_costs
        distance, code = compiled.nearest_code(
            costs.indptr, costs.indices, costs.data, seed.node, seed.metres, seed.code, limit
        )
        return distance, code
    if len(seed.node) == 0:
        return np.full(n, np.inf), np.full(n, -1)
    graph = with_sources(network, seed.code, seed.node, seed.metres, count)
    distance, _, source = dijkstra(
        graph, indices=np.arange(n, n + count), min_only=True, return_predecessors=True, limit=limit
    )
    code = source.astype(np.int64) - n
    return distance[:n], _lowest_code(graph, distance, code)[:n]


def _lowest_code(graph: csr_array, distance: Floats, code: Ints) -> Ints:
    """Give every node the lowest code that reaches it in its least distance; -1 where none does."""
    found = np.isfinite(distance)
    code = np.where(found, code, -1)
    tail = np.repeat(np.arange(graph.shape[0]), np.diff(graph.indptr))
    tight = found[tail] & (distance[tail] + graph.data == distance[graph.indices])
    tail, head = tail[tight], graph.indices[tight]
    while True:
        better = code[tail] < code[head]
        if not better.any():
            return code
        np.minimum.at(code, head[better], code[tail[better]])


def _several_per_node(
    network: Network, seed: Seeds, limit: float, k: int, compiled: ModuleType | None
) -> tuple[Floats, Ints]:
    """Return the k nearest groups of every node: ``(n, k)`` metres and codes."""
    n, count = network.n_nodes, len(seed.row)
    if compiled is not None:
        costs = network.reverse_costs
        distance, code = compiled.nearest_codes(
            costs.indptr, costs.indices, costs.data, seed.node, seed.metres, seed.code, seed.group, limit, k
        )
        return distance, code
    distance, code = np.full((n, k), np.inf), np.full((n, k), -1)
    if len(seed.node) == 0:
        return distance, code
    graph = with_sources(network, seed.code, seed.node, seed.metres, count)
    size = max(1, _DENSE // (n + count))
    for begin in range(0, count, size):
        some = np.arange(begin, min(begin + size, count))
        metres = dijkstra(graph, indices=n + some, limit=limit)[:, :n].T
        first = np.flatnonzero(np.diff(seed.group[some], prepend=-1))
        least = np.minimum.reduceat(metres, first, axis=1)
        size_of = np.diff(np.append(first, len(some)))
        codes = np.where(metres == np.repeat(least, size_of, axis=1), some, count)
        lowest = np.minimum.reduceat(codes, first, axis=1)
        # A stable sort keeps equal distances in the order of their groups.
        order = np.argsort(least, axis=1, kind="stable")[:, :k]
        distance, code = _merge(
            np.concatenate([distance, np.take_along_axis(least, order, axis=1)], axis=1),
            np.concatenate([code, np.take_along_axis(lowest, order, axis=1)], axis=1),
            seed,
            k,
        )
    return distance, code
