from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from planning.oracle import random_roads
from xiancheng.planning.network import build_network
from xiancheng.planning.snap import snap


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), limit=st.sampled_from([20.0, 300.0, np.inf]))
def test_nearest_point_of_the_nearest_edge(seed, limit):
    roads = random_roads(seed)
    network = build_network(roads.lines)
    xy = np.random.default_rng(seed).uniform(-300, 1500, (60, 2))
    at = snap(network, xy, limit=limit)
    every = shapely.distance(shapely.points(xy)[:, None], network.geometry[None])
    nearest = every.min(axis=1)
    np.testing.assert_array_equal(at.on_network, nearest <= limit)
    on = at.on_network
    np.testing.assert_allclose(at.offset[on], nearest[on], atol=1e-6)
    foot = shapely.line_interpolate_point(network.geometry[at.edge[on]], at.fraction[on], normalized=True)
    np.testing.assert_allclose(shapely.distance(foot, shapely.points(xy[on])), nearest[on], atol=1e-6)
    assert (at.edge[~on] == -1).all()
    assert np.isinf(at.offset[~on]).all()
    assert np.isnan(at.fraction[~on]).all()


def test_beyond_the_limit_is_told_and_not_zero():
    network = build_network([shapely.LineString([(0, 0), (100, 0)])])
    at = snap(network, [(50, 499), (50, 501), (np.nan, 0), (50, 0)], limit=500)
    assert at.on_network.tolist() == [True, False, False, True]
    assert at.offset.tolist() == [499, np.inf, np.inf, 0]
    assert snap(network, [(50, 500)], limit=500).on_network.all()
    assert snap(network, [(1e6, 1e6)], limit=np.inf).on_network.all()
    assert snap(network, [(0, 0)], limit=0).on_network.all()


def test_a_place_at_an_end_is_at_the_node():
    network = build_network([shapely.LineString([(0.1, 0.1), (33.3, 77.7)])])
    at = snap(network, [(-5, -5), (100, 200), (0.1, 0.1)])
    assert sorted(at.fraction[:2].tolist()) == [0.0, 1.0]
    assert at.fraction[2] in (0.0, 1.0)


def test_only_among_the_chosen_edges():
    network = build_network([shapely.LineString([(0, 0), (100, 0)]), shapely.LineString([(0, 10), (50, 10)])])
    longest = network.components().label[network.tail] == 0
    at = snap(network, [(20, 9)], among=longest)
    assert network.length[at.edge[0]] == 100
    assert at.offset[0] == 9
    assert not snap(network, [(20, 9)], among=np.zeros(2, dtype=bool)).on_network.any()


def test_take_and_along():
    network = build_network([shapely.LineString([(0, 0), (60, 0), (60, 40)])])
    at = snap(network, [(30, 5), (65, 20)]).take(np.array([1]))
    assert len(at) == 1
    assert at.along(network)[0] == pytest.approx(80)
