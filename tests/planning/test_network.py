from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import LineString, MultiLineString

from planning.oracle import random_roads
from xiancheng.planning.network import build_network


def edges(network):
    """Edges as a set of (node, node, rounded length)."""
    ends = np.round(network.xy, 3)
    return sorted(
        (*sorted([tuple(ends[t].tolist()), tuple(ends[h].tolist())]), round(float(length), 3))
        for t, h, length in zip(network.tail, network.head, network.length, strict=True)
    )


def test_joins_at_shared_vertices_inside_lines_too():
    network = build_network([LineString([(0, 0), (50, 0), (100, 0)]), LineString([(50, 80), (50, 0)])])
    assert edges(network) == [
        ((0.0, 0.0), (50.0, 0.0), 50.0),
        ((50.0, 0.0), (50.0, 80.0), 80.0),
        ((50.0, 0.0), (100.0, 0.0), 50.0),
    ]
    assert len(network.components().length) == 1


def test_a_bridge_does_not_join():
    network = build_network([LineString([(0, 0), (100, 0)]), LineString([(50, -50), (50, 50)])])
    assert network.n_edges == 2
    assert len(network.components().length) == 2


def test_split_crossings_joins_those_of_one_level():
    lines = [
        LineString([(0, 0), (100, 0)]),
        LineString([(50, -50), (50, 50)]),
        LineString([(70, 30), (70, 0.004)]),
        LineString([(20, -5), (20, 5)]),
        LineString([(80, 0), (130, 0)]),
    ]
    network = build_network(lines, level=[0, 0, 0, 1, np.nan], split_crossings=True)
    assert edges(network) == [
        ((0.0, 0.0), (50.0, 0.0), 50.0),
        ((20.0, -5.0), (20.0, 5.0), 10.0),
        ((50.0, -50.0), (50.0, 0.0), 50.0),
        ((50.0, 0.0), (50.0, 50.0), 50.0),
        ((50.0, 0.0), (70.0, 0.004), 20.0),
        ((70.0, 0.004), (70.0, 30.0), 29.996),
        ((70.0, 0.004), (130.0, 0.0), 60.0),
    ]
    assert len(network.components().length) == 2


def test_bends_are_not_nodes_and_keep_their_length():
    network = build_network([LineString([(0, 0), (30, 40), (60, 0)]), LineString([(60, 0), (60, 100), (90, 140)])])
    assert network.n_edges == 1
    assert network.n_nodes == 2
    assert network.length.tolist() == [250.0]
    assert shapely.get_num_coordinates(network.geometry).tolist() == [5]
    assert network.geometry[0].equals(LineString([(0, 0), (30, 40), (60, 0), (60, 100), (90, 140)]))


def test_a_change_of_direction_is_a_node():
    lines = [LineString([(0, 0), (10, 0)]), LineString([(10, 0), (20, 0)]), LineString([(30, 0), (20, 0)])]
    network = build_network(lines, forward=[True, True, False], backward=[True, False, True])
    assert edges(network) == [((0.0, 0.0), (10.0, 0.0), 10.0), ((10.0, 0.0), (30.0, 0.0), 20.0)]
    one_way = network.length == 20
    assert network.directed
    assert network.forward[one_way] ^ network.backward[one_way]
    start = np.where(network.forward, network.tail, network.head)[one_way]
    assert network.xy[start].tolist() == [[10.0, 0.0]]
    assert network.costs.nnz == 3
    assert (network.reverse_costs.toarray() == network.costs.toarray().T).all()


def test_loops_rings_and_parallel_roads():
    ring = shapely.LinearRing([(0, 0), (10, 0), (10, 10), (0, 10)])
    lollipop = [LineString([(100, 0), (120, 0)]), LineString([(120, 0), (140, 10), (140, -10), (120, 0)])]
    pair = [LineString([(200, 0), (210, 0)]), LineString([(200, 0), (205, 30), (210, 0)])]
    tails = [LineString([(190, 0), (200, 0)]), LineString([(210, 0), (220, 0)])]
    network = build_network([ring, *lollipop, *pair, *tails])
    loop = network.tail == network.head
    assert sorted(np.round(network.length[loop], 3)) == [40.0, round(2 * np.hypot(20, 10) + 20, 3)]
    assert network.components().length.round(1).tolist() == [90.8, 84.7, 40.0]
    between = network.xy.tolist().index([200.0, 0.0]), network.xy.tolist().index([210.0, 0.0])
    assert network.costs.toarray()[between] == 10


def test_what_contributes_nothing_is_told():
    lines = [
        LineString([(0, 0), (100, 0)]),
        LineString([(100, 0), (0, 0)]),
        None,
        LineString(),
        LineString([(5, 5), (5, 5)]),
        LineString([(7, 7), (7, 7.003)]),
        LineString([(0, 0), (np.inf, 0)]),
        MultiLineString([[(0, 50), (10, 50)], [(20, 50), (30, 50)]]),
        LineString([(300, 0), (400, 0)]),
    ]
    usable = np.array([True] * 8 + [False])
    network = build_network(lines, forward=usable, backward=usable)
    assert network.unused.tolist() == [1, 2, 3, 4, 5, 6, 8]
    assert network.n_edges == 3
    assert sorted(network.line.tolist()) == [0, 7, 7]


def test_a_stretch_drawn_twice_allows_what_either_allows():
    lines = [LineString([(0, 0), (100, 0)]), LineString([(100, 0), (0, 0)])]
    network = build_network(lines, forward=[True, True], backward=[False, False])
    assert network.n_edges == 1
    assert network.forward.all()
    assert network.backward.all()


def test_tolerance_does_not_depend_on_a_grid():
    for shift in np.linspace(0, 0.01, 23):
        lines = [LineString([(0, 0), (100 + shift, 0)]), LineString([(100 + shift + 0.004, 0.004), (200, 0)])]
        assert build_network(lines).n_edges == 1
        assert build_network(lines, tolerance=0.001).n_edges == 2
    assert build_network([LineString([(0, 0), (1, 0)]), LineString([(1, 0), (2, 0)])], tolerance=0).n_edges == 1


def test_a_dense_curve_does_not_collapse():
    angle = np.linspace(0, np.pi, 20000)
    curve = LineString(np.column_stack([np.cos(angle), np.sin(angle)]) * 10)
    network = build_network([curve])
    assert network.n_edges == 1
    assert network.length[0] == pytest.approx(10 * np.pi, rel=1e-4)


def test_refuses_what_is_not_a_line():
    with pytest.raises(ValueError, match="geometry 1 is a Point, not a line"):
        build_network([LineString([(0, 0), (1, 1)]), shapely.Point(0, 0)])
    with pytest.raises(ValueError, match="2 values for 1 lines"):
        build_network([LineString([(0, 0), (1, 1)])], forward=[True, False])


def test_does_not_change_its_input():
    lines = np.array([LineString([(0, 0), (1, 1)]), LineString([(1, 1), (2, 2)])], dtype=object)
    build_network(lines, forward=[False, True], backward=[False, True])
    assert lines[0] is not None


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), oneway=st.sampled_from([0.0, 0.5]))
def test_nothing_is_lost_and_every_bend_is_gone(seed, oneway):
    roads = random_roads(seed, oneway=oneway)
    network = build_network(roads.lines, forward=roads.forward, backward=roads.backward)
    assert network.length.sum() == pytest.approx(shapely.length(roads.lines).sum(), abs=1e-4)
    np.testing.assert_allclose(shapely.length(network.geometry), network.length, atol=1e-5)
    starts = shapely.get_coordinates(shapely.get_point(network.geometry, 0))
    np.testing.assert_array_equal(starts, network.xy[network.tail])
    degree = np.bincount(np.concatenate([network.tail, network.head]), minlength=network.n_nodes)
    assert (degree > 0).all()
    if not oneway:
        loop_nodes = network.tail[network.tail == network.head]
        assert not np.setdiff1d(np.flatnonzero(degree == 2), loop_nodes).size


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 2**32 - 1))
def test_splitting_crossings_equals_noding_by_geos(seed):
    rng = np.random.default_rng(seed)
    lines = shapely.linestrings(rng.uniform(0, 100, (12, 3, 2)))
    network = build_network(lines, split_crossings=True, tolerance=1e-6)
    noded = shapely.get_parts(shapely.node(shapely.union_all(lines)))
    assert network.length.sum() == pytest.approx(shapely.length(noded).sum(), abs=1e-3)
    crossing = build_network(noded, tolerance=1e-6)
    assert (network.n_nodes, network.n_edges) == (crossing.n_nodes, crossing.n_edges)
    np.testing.assert_allclose(np.sort(network.length), np.sort(crossing.length), atol=1e-4)
