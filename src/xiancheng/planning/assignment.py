"""Places with a limited number of seats, filled by those who are nearest."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.sparse import coo_array, csr_array

from xiancheng.planning.exact import Floats, Ints
from xiancheng.planning.pairs import Pairs


@dataclass(frozen=True, eq=False)
class Assigned:
    """Who got how much, and what is left.

    Attributes
    ----------
    pairs
        The pairs that got something: origin, facility, distance.
    amount
        ``(p,)`` how much of the origin's demand each of them got.
    unserved
        ``(n,)`` demand of each origin that found no seat.
    used
        ``(f,)`` seats taken at each facility.
    """

    pairs: Pairs
    amount: Floats
    unserved: Floats
    used: Floats


def assign_nearest(pairs: Pairs, demand: npt.ArrayLike, capacity: npt.ArrayLike) -> Assigned:
    """Fill seats in the order of distance: of all claims the shortest is met first, as far as seats last.

    Those whose facility is full go to the next within reach. Both sides prefer the nearer, so the result is the stable
    assignment (Gale and Shapley 1962) and nobody could swap to a nearer seat that is held by someone farther away.
    Claims of equal length are met by the lowest origin, then the lowest facility. Demand may be split.

    Parameters
    ----------
    pairs
        Origins and facilities within reach.
    demand
        ``(n,)`` 0 or more.
    capacity
        ``(f,)`` seats, 0 or more.

    Returns
    -------
    Assigned
    """
    left = np.array(demand, dtype=np.float64)
    seats = np.array(capacity, dtype=np.float64)
    # Pairs come by origin and facility, so a stable sort settles ties; rank is each pair's turn.
    by_distance = np.argsort(pairs.distance, kind="stable")
    turn = _by_row(pairs.origin[by_distance], len(left))
    rank, order = turn.indices, by_distance[turn.indices]
    at, end = turn.indptr[:-1].astype(np.int64), turn.indptr[1:]
    origin, facility, distance = pairs.origin[order], pairs.facility[order], pairs.distance[order]
    full = seats <= 0
    got = np.zeros(len(order))
    while True:
        # Everyone left claims the nearest facility that has seats. The first to overflow is settled; other claims wait.
        waiting = np.flatnonzero((at < end) & (left > 0))
        while len(turned := waiting[full[facility[at[waiting]]]]):
            at[turned] += 1
            waiting = waiting[at[waiting] < end[waiting]]
        if not len(waiting):
            break
        claim = at[waiting]
        asked = np.bincount(facility[claim], weights=left[waiting], minlength=len(seats))
        over = asked > seats
        if not over.any():
            got[claim] += left[waiting]
            left[waiting] = 0.0
            seats -= asked
            break
        claim = claim[over[facility[claim]]]
        claim = claim[np.argsort(rank[claim])]
        claim = claim[np.argsort(facility[claim].astype(np.int32), kind="stable")]
        group, wanted = facility[claim], left[origin[claim]]
        start = np.flatnonzero(np.diff(group, prepend=-1))
        total = np.cumsum(wanted)
        taken = total - np.repeat(total[start] - wanted[start], np.diff(np.append(start, len(group))))
        excess = np.flatnonzero(taken > seats[group])
        if not len(excess):
            # The two sums differ by a rounding error: nobody is turned away for that.
            seats[over] = np.maximum(seats[over], asked[over])
            continue
        last = excess[np.argmin(rank[claim[excess]])]
        first = start[np.searchsorted(start, last, "right") - 1]
        amount = wanted[first : last + 1].copy()
        amount[-1] = max(seats[group[last]] - (taken[last] - wanted[last]), 0.0)
        got[claim[first : last + 1]] += amount
        left[origin[claim[first : last + 1]]] -= amount
        seats[group[last]] = 0.0
        full[group[last]] = True
    some = got > 0
    used = np.asarray(capacity, dtype=np.float64) - seats
    return Assigned(Pairs(origin[some], facility[some], distance[some]), got[some], np.maximum(left, 0.0), used)


def _by_row(row: Ints, count: int) -> csr_array:
    """Group positions by row in linear time, keeping their order within a row: ``indices`` are the positions."""
    position = np.arange(len(row))
    return coo_array((np.ones(len(row), dtype=np.int8), (row, position)), shape=(count, max(len(row), 1))).tocsr()
