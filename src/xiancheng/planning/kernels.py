"""Compiled searches (numba). Imported only through :mod:`xiancheng.planning.engine`.

Searches order what they find by distance and then by code, so that of equally near facilities the lowest code wins.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numba import njit

from xiancheng.planning.exact import Floats, Ints


def compiled(function: Callable[..., Any]) -> Any:  # noqa: ANN401 - numba's dispatcher has no type
    """Compile `function`, kept on disk for the next process where there is a writable place."""
    try:
        return njit(cache=True, nogil=True)(function)
    except RuntimeError:
        return njit(nogil=True)(function)


@compiled
def _up(heap: Ints, slot: Ints, dist: Floats, code: Ints, at: int) -> None:
    node = heap[at]
    d, c = dist[node], code[node]
    while at > 0:
        parent = (at - 1) >> 2
        above = heap[parent]
        if dist[above] < d or (dist[above] == d and code[above] <= c):
            break
        heap[at] = above
        slot[above] = at
        at = parent
    heap[at] = node
    slot[node] = at


@compiled
def _down(heap: Ints, slot: Ints, dist: Floats, code: Ints, size: int) -> None:
    node = heap[0]
    d, c = dist[node], code[node]
    at = 0
    while True:
        child = 4 * at + 1
        if child >= size:
            break
        best = child
        for other in range(child + 1, min(child + 4, size)):
            a, b = heap[other], heap[best]
            if dist[a] < dist[b] or (dist[a] == dist[b] and code[a] < code[b]):
                best = other
        below = heap[best]
        if dist[below] > d or (dist[below] == d and code[below] >= c):
            break
        heap[at] = below
        slot[below] = at
        at = best
    heap[at] = node
    slot[node] = at


@compiled
def nearest_code(
    pointer: Ints, target: Ints, weight: Floats, seed: Ints, metres: Floats, seed_code: Ints, limit: float
) -> tuple[Floats, Ints]:
    """Return the distance of every node to its nearest seed and that seed's code (infinite, -1: none in `limit`)."""
    n = len(pointer) - 1
    dist = np.full(n, np.inf)
    code = np.full(n, -1, dtype=np.int64)
    heap = np.empty(n, dtype=np.int64)
    slot = np.full(n, -1, dtype=np.int64)
    size = 0
    for s in range(len(seed)):
        v = seed[s]
        if metres[s] > limit or not (metres[s] < dist[v] or (metres[s] == dist[v] and seed_code[s] < code[v])):
            continue
        dist[v] = metres[s]
        code[v] = seed_code[s]
        if slot[v] < 0:
            heap[size] = v
            slot[v] = size
            size += 1
        _up(heap, slot, dist, code, slot[v])
    while size > 0:
        u = heap[0]
        size -= 1
        if size > 0:
            heap[0] = heap[size]
            slot[heap[0]] = 0
            _down(heap, slot, dist, code, size)
        for k in range(pointer[u], pointer[u + 1]):
            v = target[k]
            d = dist[u] + weight[k]
            if d > limit or not (d < dist[v] or (d == dist[v] and code[u] < code[v])):
                continue
            if slot[v] < 0:
                heap[size] = v
                slot[v] = size
                size += 1
            dist[v] = d
            code[v] = code[u]
            _up(heap, slot, dist, code, slot[v])
    return dist, code


@compiled
def _push(d_heap: Floats, c_heap: Ints, v_heap: Ints, size: int, d: float, c: int, v: int) -> None:
    at = size
    while at > 0:
        parent = (at - 1) >> 1
        if d_heap[parent] < d or (d_heap[parent] == d and c_heap[parent] <= c):
            break
        d_heap[at], c_heap[at], v_heap[at] = d_heap[parent], c_heap[parent], v_heap[parent]
        at = parent
    d_heap[at], c_heap[at], v_heap[at] = d, c, v


@compiled
def _pop(d_heap: Floats, c_heap: Ints, v_heap: Ints, size: int) -> None:
    """Remove the first of `size` entries: the last one sinks from the top."""
    last = size - 1
    d, c, v = d_heap[last], c_heap[last], v_heap[last]
    at = 0
    while True:
        child = 2 * at + 1
        if child >= last:
            break
        if child + 1 < last and (
            d_heap[child + 1] < d_heap[child]
            or (d_heap[child + 1] == d_heap[child] and c_heap[child + 1] < c_heap[child])
        ):
            child += 1
        if d_heap[child] > d or (d_heap[child] == d and c_heap[child] >= c):
            break
        d_heap[at], c_heap[at], v_heap[at] = d_heap[child], c_heap[child], v_heap[child]
        at = child
    d_heap[at], c_heap[at], v_heap[at] = d, c, v


@compiled
def nearest_codes(
    pointer: Ints,
    target: Ints,
    weight: Floats,
    seed: Ints,
    metres: Floats,
    seed_code: Ints,
    group: Ints,
    limit: float,
    k: int,
) -> tuple[Floats, Ints]:
    """Return the `k` nearest groups of every node, ``(n, k)`` metres and codes, nearest first."""
    n = len(pointer) - 1
    dist = np.full((n, k), np.inf)
    code = np.full((n, k), -1, dtype=np.int64)
    found = np.zeros(n, dtype=np.int64)
    room = max(1024, 2 * len(seed))
    d_heap, c_heap, v_heap = np.empty(room), np.empty(room, dtype=np.int64), np.empty(room, dtype=np.int64)
    size = 0
    for s in range(len(seed)):
        if metres[s] <= limit:
            _push(d_heap, c_heap, v_heap, size, metres[s], seed_code[s], seed[s])
            size += 1
    while size > 0:
        d, c, u = d_heap[0], c_heap[0], v_heap[0]
        _pop(d_heap, c_heap, v_heap, size)
        size -= 1
        if found[u] == k or _holds(code[u], found[u], group, group[c]):
            continue
        dist[u, found[u]] = d
        code[u, found[u]] = c
        found[u] += 1
        for j in range(pointer[u], pointer[u + 1]):
            v = target[j]
            further = d + weight[j]
            if further > limit or found[v] == k or _holds(code[v], found[v], group, group[c]):
                continue
            if size == room:
                room *= 2
                d_heap = np.concatenate((d_heap, np.empty(size)))
                c_heap = np.concatenate((c_heap, np.empty(size, dtype=np.int64)))
                v_heap = np.concatenate((v_heap, np.empty(size, dtype=np.int64)))
            _push(d_heap, c_heap, v_heap, size, further, c, v)
            size += 1
    return dist, code


@compiled
def _holds(codes: Ints, count: int, group: Ints, wanted: int) -> bool:
    for i in range(count):  # noqa: SIM110 - compiled
        if group[codes[i]] == wanted:
            return True
    return False


@compiled
def pairs_from(  # noqa: C901, PLR0912, PLR0915, PLR0917 - one compiled loop over plain arrays
    pointer: Ints,
    target: Ints,
    weight: Floats,
    seed_pointer: Ints,
    seed_node: Ints,
    seed_metres: Floats,
    slot_pointer: Ints,
    slot_target: Ints,
    slot_metres: Floats,
    direct_pointer: Ints,
    direct_target: Ints,
    direct_metres: Floats,
    targets: int,
    limit: float,
    begin: int,
    end: int,
) -> tuple[Ints, Ints, Floats]:
    """Return source, target and metres of all pairs at most `limit` apart, of the sources from `begin` to `end`.

    One bounded Dijkstra search a source; the arrays are cleaned after it only where it went.
    """
    n = len(pointer) - 1
    dist = np.full(n, np.inf)
    code = np.zeros(n, dtype=np.int64)
    heap = np.empty(n, dtype=np.int64)
    slot = np.full(n, -1, dtype=np.int64)
    touched = np.empty(n, dtype=np.int64)
    best = np.full(targets, np.inf)
    met = np.empty(targets, dtype=np.int64)
    room = 4096
    out_source, out_target, out_metres = np.empty(room, np.int64), np.empty(room, np.int64), np.empty(room)
    filled = 0
    for source in range(begin, end):
        size = 0
        reached = 0
        hits = 0
        for s in range(seed_pointer[source], seed_pointer[source + 1]):
            v = seed_node[s]
            if seed_metres[s] < dist[v]:
                dist[v] = seed_metres[s]
                if slot[v] < 0:
                    heap[size] = v
                    slot[v] = size
                    size += 1
                    touched[reached] = v
                    reached += 1
                _up(heap, slot, dist, code, slot[v])
        while size > 0:
            u = heap[0]
            size -= 1
            if size > 0:
                heap[0] = heap[size]
                slot[heap[0]] = 0
                _down(heap, slot, dist, code, size)
            for k in range(slot_pointer[u], slot_pointer[u + 1]):
                d = dist[u] + slot_metres[k]
                if d > limit:
                    break
                t = slot_target[k]
                if d < best[t]:
                    if best[t] == np.inf:
                        met[hits] = t
                        hits += 1
                    best[t] = d
            for k in range(pointer[u], pointer[u + 1]):
                v = target[k]
                d = dist[u] + weight[k]
                if d > limit or d >= dist[v]:
                    continue
                if slot[v] < 0:
                    heap[size] = v
                    slot[v] = size
                    size += 1
                    touched[reached] = v
                    reached += 1
                dist[v] = d
                _up(heap, slot, dist, code, slot[v])
        for k in range(direct_pointer[source], direct_pointer[source + 1]):
            t = direct_target[k]
            if direct_metres[k] < best[t]:
                if best[t] == np.inf:
                    met[hits] = t
                    hits += 1
                best[t] = direct_metres[k]
        while filled + hits > room:
            out_source = np.concatenate((out_source, np.empty(room, np.int64)))
            out_target = np.concatenate((out_target, np.empty(room, np.int64)))
            out_metres = np.concatenate((out_metres, np.empty(room)))
            room *= 2
        for k in range(hits):
            t = met[k]
            out_source[filled] = source
            out_target[filled] = t
            out_metres[filled] = best[t]
            filled += 1
            best[t] = np.inf
        for k in range(reached):
            dist[touched[k]] = np.inf
            slot[touched[k]] = -1
    return out_source[:filled], out_target[:filled], out_metres[:filled]


@compiled
def grow(
    pointer: Ints,
    target: Ints,
    weight: Floats,
    dist: Floats,
    code: Ints,
    slot: Ints,
    seed: Ints,
    metres: Floats,
    seed_code: Ints,
    limit: float,
) -> Ints:
    """Spread better labels from seeds over `dist` and `code`, in place; return the nodes that changed.

    `slot` is ``(n,)`` scratch, -1 before and after.
    """
    heap = np.empty(len(pointer), dtype=np.int64)
    changed = np.empty(len(pointer), dtype=np.int64)
    size = 0
    count = 0
    for s in range(len(seed)):
        v = seed[s]
        if metres[s] > limit or not (metres[s] < dist[v] or (metres[s] == dist[v] and seed_code[s] < code[v])):
            continue
        dist[v] = metres[s]
        code[v] = seed_code[s]
        if slot[v] < 0:
            heap[size] = v
            slot[v] = size
            size += 1
            changed[count] = v
            count += 1
        _up(heap, slot, dist, code, slot[v])
    while size > 0:
        u = heap[0]
        size -= 1
        if size > 0:
            heap[0] = heap[size]
            slot[heap[0]] = 0
            _down(heap, slot, dist, code, size)
        for k in range(pointer[u], pointer[u + 1]):
            v = target[k]
            d = dist[u] + weight[k]
            if d > limit or not (d < dist[v] or (d == dist[v] and code[u] < code[v])):
                continue
            dist[v] = d
            code[v] = code[u]
            if slot[v] < 0:
                heap[size] = v
                slot[v] = size
                size += 1
                changed[count] = v
                count += 1
            _up(heap, slot, dist, code, slot[v])
    for k in range(count):
        slot[changed[k]] = -1
    return changed[:count]


@compiled
def shrink(pointer: Ints, target: Ints, dist: Floats, code: Ints, seed: Ints, old: int) -> Ints:
    """Take the label `old` from the nodes that have it, found from its seeds; return those nodes."""
    found = np.empty(len(pointer), dtype=np.int64)
    count = 0
    for s in range(len(seed)):
        if code[seed[s]] == old:
            code[seed[s]] = -1
            found[count] = seed[s]
            count += 1
    at = 0
    while at < count:
        u = found[at]
        at += 1
        for k in range(pointer[u], pointer[u + 1]):
            v = target[k]
            if code[v] == old:
                code[v] = -1
                found[count] = v
                count += 1
    for k in range(count):
        dist[found[k]] = np.inf
    return found[:count]
