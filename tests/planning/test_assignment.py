"""Seats filled by the nearest, against a loop over all claims in the order of distance."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from hypothesis import given, settings
from hypothesis import strategies as st

from xiancheng.planning.assignment import assign_nearest
from xiancheng.planning.pairs import Pairs


def one_by_one(
    pairs: Pairs, demand: npt.ArrayLike, capacity: npt.ArrayLike
) -> tuple[list[float], dict[tuple[int, int], float]]:
    left, free = [float(d) for d in np.asarray(demand)], [float(c) for c in np.asarray(capacity)]
    got: dict[tuple[int, int], float] = {}
    for k in sorted(range(len(pairs)), key=lambda k: (pairs.distance[k], pairs.origin[k], pairs.facility[k])):
        origin, facility = int(pairs.origin[k]), int(pairs.facility[k])
        amount = min(left[origin], free[facility])
        if amount > 0:
            got[origin, facility] = amount
            left[origin] -= amount
            free[facility] -= amount
    return left, got


@settings(max_examples=300, deadline=None)
@given(st.integers(0, 12), st.integers(0, 5), st.integers(0, 2**32 - 1))
def test_equals_the_loop(origins: int, facilities: int, seed: int) -> None:
    """Halves add up exactly, so the two agree to the last bit; whole metres make many ties."""
    random = np.random.default_rng(seed)
    origin, facility = np.nonzero(random.random((origins, facilities)) < 0.7)
    pairs = Pairs(origin, facility, random.integers(0, 9, len(origin)).astype(float))
    demand, capacity = random.integers(0, 9, origins) * 0.5, random.integers(0, 20, facilities) * 0.5
    result = assign_nearest(pairs, demand, capacity)
    left, got = one_by_one(pairs, demand, capacity)
    assert result.unserved.tolist() == left
    found = zip(result.pairs.origin.tolist(), result.pairs.facility.tolist(), result.amount.tolist(), strict=True)
    assert {(o, f): a for o, f, a in found} == got
    assert np.allclose(np.bincount(result.pairs.facility, weights=result.amount, minlength=facilities), result.used)


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_nobody_could_swap_to_a_nearer_seat(seed: int) -> None:
    random = np.random.default_rng(seed)
    distance = random.random((40, 6))
    origin, facility = (a.ravel() for a in np.indices(distance.shape))
    pairs = Pairs(origin, facility, distance.ravel())
    demand, capacity = random.random(40), random.random(6) * 4
    result = assign_nearest(pairs, demand, capacity)
    got = np.zeros(distance.shape)
    got[result.pairs.origin, result.pairs.facility] = result.amount
    assert np.allclose(got.sum(axis=1) + result.unserved, demand)
    assert (result.used <= capacity + 1e-9).all()
    for o in range(40):
        farthest = distance[o][got[o] > 1e-9].max(initial=0.0) if result.unserved[o] < 1e-9 else np.inf
        for f in np.flatnonzero(distance[o] < farthest):
            assert np.isclose(result.used[f], capacity[f])
            assert distance[got[:, f] > 1e-9, f].max(initial=0.0) <= distance[o, f] + 1e-12


def test_demand_and_capacity_are_left_as_they_were() -> None:
    demand, capacity = np.array([2.0]), np.array([1.0])
    assign_nearest(Pairs(np.array([0]), np.array([0]), np.array([5.0])), demand, capacity)
    assert demand.tolist() == [2.0]
    assert capacity.tolist() == [1.0]
