"""Places with a limited number of seats, filled by those who are nearest."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from xiancheng.planning.exact import Floats
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
    free = np.array(capacity, dtype=np.float64)
    order = np.lexsort((pairs.facility, pairs.origin, pairs.distance))
    origin, facility, distance = pairs.origin[order], pairs.facility[order], pairs.distance[order]
    got = np.zeros(len(order))
    open_ = free[facility] > 0
    while True:
        # Everyone left claims the nearest facility that has seats. The first to overflow is settled; other claims wait.
        row = np.flatnonzero(open_ & (left[origin] > 0))
        if not len(row):
            break
        _, first = np.unique(origin[row], return_index=True)
        claim = row[np.sort(first)]
        by_facility = claim[np.argsort(facility[claim], kind="stable")]
        wanted = left[origin[by_facility]]
        group = facility[by_facility]
        start = np.flatnonzero(np.diff(group, prepend=-1))
        total = np.cumsum(wanted)
        before = np.repeat(total[start] - wanted[start], np.diff(np.append(start, len(group))))
        taken = total - before
        over = np.flatnonzero(taken > free[group])
        if not len(over):
            got[by_facility] += wanted
            left[origin[by_facility]] = 0.0
            np.subtract.at(free, group, wanted)
            break
        last = over[np.argmin(by_facility[over])]
        full = group[last]
        mine = (group == full) & (by_facility <= by_facility[last])
        amount = wanted[mine]
        amount[-1] = max(free[full] - (taken[last] - wanted[last]), 0.0)
        got[by_facility[mine]] += amount
        left[origin[by_facility[mine]]] -= amount
        free[full] = 0.0
        open_ &= facility != full
    some = got > 0
    used = np.asarray(capacity, dtype=np.float64) - free
    return Assigned(Pairs(origin[some], facility[some], distance[some]), got[some], np.maximum(left, 0.0), used)
