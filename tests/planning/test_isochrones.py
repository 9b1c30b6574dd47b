"""Isochrones and routes against the distance of every place."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from xiancheng.planning.isochrones import FINEST, contour, grid_step, network_isochrones, straight_isochrones
from xiancheng.planning.nearest import nearest
from xiancheng.planning.network import Network, build_network
from xiancheng.planning.route import Ways, route
from xiancheng.planning.snap import snap


def town(seed: int, *, side: int = 9, gap: float = 120.0) -> Network:
    """A bent street grid with a quarter of its streets missing."""
    random = np.random.default_rng(seed)
    grid = np.stack(np.meshgrid(np.arange(side) * gap, np.arange(side) * gap), axis=-1)
    grid = grid + random.normal(0, gap / 6, grid.shape)
    lines = [*np.stack([grid[:, :-1], grid[:, 1:]], axis=2).reshape(-1, 2, 2),
             *np.stack([grid[:-1], grid[1:]], axis=2).reshape(-1, 2, 2)]  # fmt: skip
    kept = [line for line in lines if random.random() > 0.25]
    bent = [np.array([line[0], line.mean(axis=0) + random.normal(0, gap / 12, 2), line[1]]) for line in kept]
    return build_network([shapely.LineString(line) for line in bent])


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 4), st.floats(80, 600))
def test_every_place_is_on_its_side_of_the_boundary(seed, count, metres):
    network = town(seed % 13)
    random = np.random.default_rng(seed)
    xy = random.uniform(0, 960, (count, 2))
    facilities = snap(network, xy)
    step = 10.0
    near, wide = network_isochrones(network, facilities, xy, [metres / 2, metres], step=step)
    places = random.uniform(-200, 1160, (600, 2))
    # Around each place: if all of it is reached the place lies inside, if none of it is, outside.
    ring = np.array([[0, 0], *(1.6 * step * np.array([np.cos(a), np.sin(a)]) for a in np.arange(0, 6.2, 0.39))])
    around = (places[:, None, :] + ring).reshape(-1, 2)
    limit = min(500.0, metres)
    distance = nearest(network, snap(network, around, limit=limit), facilities).distance.reshape(len(places), -1)
    for area, d in ((near, metres / 2), (wide, metres)):
        assert shapely.is_valid(area)
        inside = shapely.intersects_xy(area, *places.T)
        certain_in, certain_out = (distance <= d).all(axis=1), (distance > d).all(axis=1)
        assert inside[certain_in].all()
        assert not inside[certain_out].any()
        assert (certain_in | certain_out).mean() > 0.5
    assert shapely.difference(near, wide).area < 1e-6 + 0.01 * near.area


def test_where_nothing_is_there_is_no_land():
    network = town(1)
    nowhere = snap(network, [[90_000.0, 0.0]])
    (area,) = network_isochrones(network, nowhere, [[90_000.0, 0.0]], [300])
    assert area.is_empty
    (zero,) = network_isochrones(network, snap(network, [[400.0, 400.0]]), [[400.0, 400.0]], [0])
    assert zero.is_empty


def test_the_grid_is_as_fine_as_there_is_room_for():
    one, many = np.array([[0.0, 0.0]]), np.random.default_rng(1).uniform(0, 60_000, (300, 2))
    assert grid_step(one, [300]) == 12.5
    assert grid_step(one, [30]) == FINEST
    assert grid_step(many, [500, 1000]) > 40


@pytest.mark.parametrize("level", [-0.3, 0.0, 0.4])
def test_a_contour_holds_what_the_field_says(level):
    at = np.arange(-40, 41)
    column, row = (a.ravel() for a in np.meshgrid(at, at))
    x, y = column * 0.1, row * 0.1
    value = np.sin(2 * x) * np.cos(1.5 * y) + 0.1 * x
    area = contour(column, row, value, level, 0.1)
    assert shapely.is_valid(area)
    random = np.random.default_rng(2)
    places = random.uniform(-3.9, 3.9, (4000, 2))
    truth = np.sin(2 * places[:, 0]) * np.cos(1.5 * places[:, 1]) + 0.1 * places[:, 0]
    inside = shapely.intersects_xy(area, *places.T)
    clear = np.abs(truth - level) > 0.06
    assert (inside == (truth <= level))[clear].all()


def test_straight_lines_are_measured_from_the_boundary():
    square = shapely.box(0, 0, 100, 100)
    near, far = straight_isochrones([square, shapely.Point(1000, 0)], [50, 120])
    assert near.area == pytest.approx(100**2 + 4 * 100 * 50 + 2 * np.pi * 50**2, rel=2e-3)
    assert far.contains(near)


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10_000))
def test_a_route_is_as_long_as_it_should_be_and_runs_along_the_roads(seed):
    network = town(seed % 11)
    random = np.random.default_rng(seed)
    here, there = (snap(network, random.uniform(0, 960, (1, 2))) for _ in range(2))
    found = route(network, here, there)
    expected = nearest(network, here, there).distance[0]
    others = snap(network, random.uniform(0, 960, (30, 2)))
    to_all = [nearest(network, here, others.take(np.array([i]))).distance[0] for i in range(30)]
    assert Ways(network, here).metres(others) == pytest.approx(np.array(to_all))
    if found is None:
        assert np.isinf(expected)
        return
    assert found.metres == pytest.approx(expected, abs=1e-6)
    along = float(np.hypot(*np.diff(found.xy, axis=0).T).sum())
    assert along + here.offset[0] + there.offset[0] == pytest.approx(found.metres, abs=1e-4)
    roads = shapely.union_all(network.geometry)
    assert shapely.distance(roads, shapely.points(found.xy)).max() < 1e-6


def test_a_one_way_street_is_not_driven_backwards():
    lines = [shapely.LineString([(0, 0), (100, 0)]), shapely.LineString([(100, 0), (100, 100), (0, 100), (0, 0)])]
    network = build_network(lines, backward=[False, True])
    here, there = snap(network, [[90.0, 0.0]]), snap(network, [[10.0, 0.0]])
    assert route(network, here, there).metres == pytest.approx(10 + 300 + 10)
    assert route(network, there, here).metres == pytest.approx(80)
    assert route(network, here, there, limit=200) is None
