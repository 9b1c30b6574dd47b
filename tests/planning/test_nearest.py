from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from planning.oracle import Roads, distances, random_roads
from xiancheng.planning.nearest import nearest
from xiancheng.planning.network import Network, build_network
from xiancheng.planning.pairs import iter_pairs, pairs_within
from xiancheng.planning.snap import snap

ENGINES = ["scipy", "numba"]
seeds = st.integers(0, 2**32 - 1)


@pytest.fixture(params=ENGINES)
def engine(request):
    if request.param == "numba":
        pytest.importorskip("numba")
    return request.param


def network_of(roads: Roads) -> Network:
    return build_network(roads.lines, forward=roads.forward, backward=roads.backward)


def places(seed: int, origins: int = 30, facilities: int = 8) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed + 1)
    return rng.uniform(-50, 1250, (origins, 2)), rng.uniform(0, 1000, (facilities, 2))


@pytest.mark.parametrize("oneway", [0.0, 0.5])
@settings(max_examples=40, deadline=None)
@given(seed=seeds)
def test_equals_brute_force(oneway, seed):
    roads = random_roads(seed, oneway=oneway)
    xy, facility_xy = places(seed)
    want = distances(roads, xy, facility_xy, limit=300)
    network = network_of(roads)
    origins, facilities = snap(network, xy, limit=300), snap(network, facility_xy, limit=300)

    for engine in ENGINES:
        one = nearest(network, origins, facilities, engine=engine)
        np.testing.assert_allclose(one.distance, want.min(axis=1), atol=1e-4)
        reached = np.isfinite(one.distance)
        assert (one.index[~reached] == -1).all()
        np.testing.assert_allclose(want[reached, one.index[reached]], one.distance[reached], atol=1e-4)

        three = nearest(network, origins, facilities, k=3, engine=engine)
        np.testing.assert_allclose(three.distance, np.sort(want, axis=1)[:, :3], atol=1e-4)
        np.testing.assert_array_equal(three.distance[:, 0], one.distance)
        np.testing.assert_array_equal(three.index[:, 0], one.index)

        pairs = pairs_within(network, origins, facilities, 600, engine=engine)
        dense = np.full(want.shape, np.inf)
        dense[pairs.origin, pairs.facility] = pairs.distance
        np.testing.assert_allclose(dense, np.where(want <= 600, want, np.inf), atol=1e-4)


@settings(max_examples=30, deadline=None)
@given(seed=seeds, oneway=st.sampled_from([0.0, 0.4]), limit=st.sampled_from([200.0, 500.0, np.inf]))
def test_engines_agree_to_the_last_bit(seed, oneway, limit):
    pytest.importorskip("numba")
    network = network_of(random_roads(seed, oneway=oneway))
    xy, facility_xy = places(seed, 50, 12)
    origins, facilities = snap(network, xy), snap(network, facility_xy)
    group = np.random.default_rng(seed).integers(0, 5, 12)
    for k in (1, 2):
        a = nearest(network, origins, facilities, group=group, limit=limit, k=k, engine="scipy")
        b = nearest(network, origins, facilities, group=group, limit=limit, k=k, engine="numba")
        np.testing.assert_array_equal(a.distance, b.distance)
        np.testing.assert_array_equal(a.index, b.index)
        np.testing.assert_array_equal(a.entrance, b.entrance)
    a = pairs_within(network, origins, facilities, min(limit, 2000), group=group, engine="scipy")
    b = pairs_within(network, origins, facilities, min(limit, 2000), group=group, engine="numba")
    for name in ("origin", "facility", "distance"):
        np.testing.assert_array_equal(getattr(a, name), getattr(b, name))


@settings(max_examples=20, deadline=None)
@given(seed=seeds)
def test_groups_are_their_nearest_entrance(seed):
    network = network_of(random_roads(seed))
    xy, facility_xy = places(seed, 30, 12)
    origins, facilities = snap(network, xy), snap(network, facility_xy)
    group = np.random.default_rng(seed).integers(10, 14, 12)
    every = pairs_within(network, origins, facilities, 900)
    dense = np.full((30, 12), np.inf)
    dense[every.origin, every.facility] = every.distance
    labels = np.unique(group)
    want = np.stack([dense[:, group == g].min(axis=1) for g in labels], axis=1)

    pairs = pairs_within(network, origins, facilities, 900, group=group)
    got = np.full(want.shape, np.inf)
    got[pairs.origin, np.searchsorted(labels, pairs.facility)] = pairs.distance
    np.testing.assert_array_equal(got, want)
    result = nearest(network, origins, facilities, group=group, limit=900)
    np.testing.assert_array_equal(result.distance, want.min(axis=1))
    reached = result.index >= 0
    np.testing.assert_array_equal(result.index[reached], labels[want.argmin(axis=1)][reached])
    np.testing.assert_array_equal(group[result.entrance[reached]], result.index[reached])
    np.testing.assert_array_equal(dense[reached, result.entrance[reached]], result.distance[reached])


@settings(max_examples=20, deadline=None)
@given(seed=seeds)
def test_same_pairs_from_either_side_and_in_pieces(seed):
    engine = "scipy"
    network = network_of(random_roads(seed, oneway=0.3))
    xy, facility_xy = places(seed, 10, 10)
    origins, facilities = snap(network, xy), snap(network, facility_xy)
    fewer = pairs_within(network, origins.take(np.arange(4)), facilities, 800, engine=engine)
    every = pairs_within(network, origins, facilities, 800, engine=engine)
    first = every.origin < 4
    np.testing.assert_array_equal(fewer.origin, every.origin[first])
    np.testing.assert_array_equal(fewer.facility, every.facility[first])
    np.testing.assert_array_equal(fewer.distance, every.distance[first])
    pieces = list(iter_pairs(network, origins, facilities, 800, engine=engine, at_once=1))
    assert sum(len(p) for p in pieces) == len(every)
    assert sum(p.distance.sum() for p in pieces) == every.distance.sum()
    half = every.within(400)
    np.testing.assert_array_equal(half.distance, pairs_within(network, origins, facilities, 400).distance)


@settings(max_examples=25, deadline=None)
@given(seed=seeds)
def test_metric_properties(seed):
    network = network_of(random_roads(seed))
    xy, _ = places(seed, 14)
    at = snap(network, xy, limit=np.inf)
    on_road = type(at)(at.edge, at.fraction, np.zeros(len(at)), at.on_network)
    pairs = pairs_within(network, on_road, on_road, 1e5)
    d = np.full((14, 14), np.inf)
    d[pairs.origin, pairs.facility] = pairs.distance
    np.testing.assert_array_equal(d, d.T)
    np.testing.assert_array_equal(np.diag(d), 0)
    assert all((d <= d[:, [k]] + d[[k], :]).all() for k in range(len(d)))

    some = nearest(network, at, at.take(np.arange(5)))
    more = nearest(network, at, at.take(np.arange(9)))
    assert (more.distance <= some.distance).all()
    assert (more.distance[more.index >= 5] < some.distance[more.index >= 5]).all()


@settings(max_examples=20, deadline=None)
@given(seed=seeds, oneway=st.sampled_from([0.0, 0.4]))
def test_order_of_input_does_not_matter(seed, oneway):
    roads = random_roads(seed, oneway=oneway)
    rng = np.random.default_rng(seed)
    xy, facility_xy = places(seed)
    lines = rng.permutation(len(roads.lines))
    turned = rng.random(len(lines)) < 0.5
    other = Roads(
        np.array([g.reverse() if t else g for g, t in zip(roads.lines[lines], turned, strict=True)], dtype=object),
        np.where(turned, roads.backward[lines], roads.forward[lines]),
        np.where(turned, roads.forward[lines], roads.backward[lines]),
    )
    facility_order = rng.permutation(len(facility_xy))
    one, two = network_of(roads), network_of(other)
    a = nearest(one, snap(one, xy), snap(one, facility_xy))
    b = nearest(two, snap(two, xy), snap(two, facility_xy[facility_order]))
    np.testing.assert_array_equal(a.distance, b.distance)
    np.testing.assert_array_equal(a.index, np.where(b.index < 0, -1, facility_order[b.index]))


def test_direction_is_from_origin_to_facility(engine):
    line = shapely.LineString([(0, 0), (100, 0)])
    back = shapely.LineString([(100, 0), (100, 100), (0, 100), (0, 0)])
    network = build_network([line, back], forward=[True, True], backward=[False, True])
    at = snap(network, [(20, 0), (70, 0), (0, 0), (100, 0)])
    there = nearest(network, at.take(np.array([0])), at.take(np.array([1])), engine=engine)
    again = nearest(network, at.take(np.array([1])), at.take(np.array([0])), engine=engine)
    assert there.distance[0] == 50
    assert again.distance[0] == 30 + 300 + 20
    # Places at the nodes of a one-way edge may leave by the other road.
    assert nearest(network, at.take(np.array([3])), at.take(np.array([2])), engine=engine).distance[0] == 300
    assert nearest(network, at.take(np.array([2])), at.take(np.array([3])), engine=engine).distance[0] == 100


def test_ties_go_to_the_lowest_facility(engine):
    lines = [
        shapely.LineString([(x, y), (x + dx, y + dy)])
        for x in range(0, 900, 100)
        for y in range(0, 900, 100)
        for dx, dy in ((100, 0), (0, 100))
    ]
    network = build_network(lines)
    facility_xy = np.array([(800, 800), (0, 0), (800, 0), (0, 800)], dtype=float)
    facilities = snap(network, facility_xy)
    grid = np.stack(np.meshgrid(np.arange(0, 900, 50.0), np.arange(0, 900, 100.0)), -1).reshape(-1, 2)
    for k in (1, 3):
        result = nearest(network, snap(network, grid), facilities, k=k, engine=engine)
        d = np.abs(grid[:, None] - facility_xy[None]).sum(axis=2)
        order = np.argsort(d, axis=1, kind="stable")[:, :k]
        np.testing.assert_array_equal(result.index.reshape(-1, k), order)
        np.testing.assert_array_equal(result.distance.reshape(-1, k), np.take_along_axis(d, order, axis=1))


def test_nothing_there(engine):
    network = build_network([shapely.LineString([(0, 0), (100, 0)])])
    empty = build_network([])
    none, some = np.empty((0, 2)), np.array([(10.0, 5.0), (10.0, 5000.0)])
    for net, origins, facilities in (
        (network, some, none),
        (network, none, some),
        (empty, some, some),
        (empty, none, none),
    ):
        for k in (1, 2):
            result = nearest(net, snap(net, origins), snap(net, facilities), k=k, engine=engine)
            assert result.distance.shape == ((len(origins),) if k == 1 else (len(origins), k))
            assert not np.isfinite(result.distance).any()
            assert (result.index == -1).all()
        assert len(pairs_within(net, snap(net, origins), snap(net, facilities), 1000, engine=engine)) == 0
    result = nearest(network, snap(network, some), snap(network, some), engine=engine)
    assert result.distance[0] == 10
    assert np.isinf(result.distance[1])
    assert result.index.tolist() == [0, -1]


def test_bad_arguments():
    network = build_network([])
    at = snap(network, [(0, 0)])
    with pytest.raises(ValueError, match="k is at least 1"):
        nearest(network, at, at, k=0)
    with pytest.raises(ValueError, match="2 groups for 1 facilities"):
        nearest(network, at, at, group=[1, 2])
    with pytest.raises(ValueError, match="2 groups for 1 facilities"):
        pairs_within(network, at, at, 5, group=[1, 2])
