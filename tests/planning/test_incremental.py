from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from planning.oracle import random_roads
from xiancheng.planning.incremental import IncrementalNearest
from xiancheng.planning.nearest import nearest
from xiancheng.planning.network import build_network
from xiancheng.planning.snap import snap

ENGINES = ["scipy", "numba"]


def grid_lines() -> list[shapely.LineString]:
    return [
        shapely.LineString([(x, y), (x + dx, y + dy)])
        for x in range(0, 900, 100)
        for y in range(0, 900, 100)
        for dx, dy in ((100, 0), (0, 100))
    ]


@pytest.mark.parametrize("engine", ENGINES)
@settings(max_examples=40, deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1),
    oneway=st.sampled_from([0.0, 0.4]),
    limit=st.sampled_from([250.0, np.inf]),
    grid=st.booleans(),
)
def test_equals_computing_everything_again(engine, seed, oneway, limit, grid):
    if engine == "numba":
        pytest.importorskip("numba")
    roads = random_roads(seed, oneway=oneway)
    network = (
        build_network(grid_lines())
        if grid
        else build_network(roads.lines, forward=roads.forward, backward=roads.backward)
    )
    rng = np.random.default_rng(seed)
    # On the grid equal distances abound, so ties are tried too.
    xy = rng.integers(0, 18, (40, 2)) * 50.0 if grid else rng.uniform(0, 1000, (40, 2))
    places = snap(network, rng.integers(0, 18, (30, 2)) * 50.0 if grid else rng.uniform(0, 1000, (30, 2)))
    origins = snap(network, xy)
    owner = rng.integers(0, 12, 30)
    open_now = set(owner[:8].tolist())
    inside = np.isin(owner, list(open_now))
    state = IncrementalNearest(network, origins, places.take(inside), group=owner[inside], limit=limit, engine=engine)
    for _ in range(8):
        before = state.index.copy(), state.distance.copy()
        name = int(rng.integers(0, 12))
        if name in open_now:
            changed = state.remove(name)
            open_now.remove(name)
        elif (owner == name).any():
            changed = state.add(name, places.take(owner == name))
            open_now.add(name)
        else:
            continue
        inside = np.isin(owner, list(open_now))
        want = nearest(network, origins, places.take(inside), group=owner[inside], limit=limit, engine="scipy")
        np.testing.assert_array_equal(state.distance, want.distance)
        np.testing.assert_array_equal(state.index, want.index)
        differs = (state.index != before[0]) | (state.distance != before[1])
        np.testing.assert_array_equal(changed, np.flatnonzero(differs))
        assert state.facilities.tolist() == sorted(open_now)


def test_refusals():
    network = build_network([shapely.LineString([(0, 0), (100, 0)])])
    at = snap(network, [(10, 0), (90, 0)])
    state = IncrementalNearest(network, at, at.take(np.array([0])))
    with pytest.raises(ValueError, match="taken"):
        state.add(0, at)
    with pytest.raises(ValueError, match="below 0"):
        state.add(-1, at)
    with pytest.raises(ValueError, match="no facility 7"):
        state.remove(7)
    with pytest.raises(ValueError, match="from 0"):
        IncrementalNearest(network, at, at, group=[-1, 2])


def test_on_an_empty_network():
    network = build_network([])
    at = snap(network, [(10, 0)])
    state = IncrementalNearest(network, at, at)
    assert len(state.remove(0)) == 0
    assert len(state.add(3, at)) == 0
    assert state.index.tolist() == [-1]
