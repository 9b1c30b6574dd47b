"""How places hang on a network: what it costs to reach the ends of their edge, and each other along one edge."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from xiancheng.planning.exact import Floats, Ints, exact
from xiancheng.planning.network import Network
from xiancheng.planning.snap import Snapped

_CHUNK = 4_000_000
"""Pairs on one edge that are looked at together."""


@dataclass(frozen=True, eq=False)
class Ends:
    """The two nodes a place is attached to.

    Attributes
    ----------
    node
        ``(k, 2)`` tail and head of its edge (0 off the network).
    metres
        ``(k, 2)`` between place and node, the way from the road included; infinite where the direction forbids it.
    """

    node: Ints
    metres: Floats


def ends(network: Network, places: Snapped, *, leaving: bool) -> Ends:
    """Return what it costs to go from places to the ends of their edge (`leaving`), or from those ends to the places.

    A place at a node itself may use it whatever the edge's direction.
    """
    node = np.zeros((len(places), 2), dtype=np.int64)
    metres = np.full((len(places), 2), np.inf)
    on = np.flatnonzero(places.on_network)
    edge = places.edge[on]
    if len(on) == 0:
        return Ends(node, metres)
    along, length = places.along(network)[on], network.length[edge]
    to_tail, to_head = (network.backward, network.forward) if leaving else (network.forward, network.backward)
    offset = exact(places.offset[on])
    node[on, 0], node[on, 1] = network.tail[edge], network.head[edge]
    metres[on, 0] = np.where(to_tail[edge] | (along == 0), along, np.inf) + offset
    metres[on, 1] = np.where(to_head[edge] | (along == length), length - along, np.inf) + offset
    return Ends(node, metres)


def along_one_edge(network: Network, origins: Snapped, facilities: Snapped) -> Iterator[tuple[Ints, Ints, Floats]]:
    """Yield the direct ways between places on one edge: origins, facilities, metres with both offsets.

    The way over the edge's ends may still be shorter (a loop, or a detour beside a long road).
    """
    if len(origins) == 0 or len(facilities) == 0 or network.n_edges == 0:
        return
    row = np.flatnonzero(facilities.on_network)
    row = row[np.argsort(facilities.edge[row], kind="stable")]
    pointer = np.zeros(network.n_edges + 1, dtype=np.int64)
    pointer[1:] = np.cumsum(np.bincount(facilities.edge[row], minlength=network.n_edges))
    edge = np.where(origins.on_network, origins.edge, 0)
    begin, end = pointer[edge], np.where(origins.on_network, pointer[edge + 1], 0)
    with_some = np.flatnonzero(end > begin)
    size = (end - begin)[with_some]
    at, from_road = facilities.along(network), exact(facilities.offset)
    position, to_road = origins.along(network), exact(origins.offset)
    block = (np.cumsum(size) - size) // _CHUNK
    for number in np.unique(block):
        chosen = with_some[block == number]
        count = (end - begin)[chosen]
        origin = np.repeat(chosen, count)
        facility = row[np.arange(len(origin)) - np.repeat(np.cumsum(count) - count - begin[chosen], count)]
        step = at[facility] - position[origin]
        on = edge[origin]
        allowed = (step == 0) | np.where(step > 0, network.forward[on], network.backward[on])
        origin, facility, step = origin[allowed], facility[allowed], np.abs(step[allowed])
        yield origin, facility, step + to_road[origin] + from_road[facility]
