from __future__ import annotations

import numpy as np
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from xiancheng.planning.straight import nearest_straight, pairs_straight


def mixed(seed: int, spread: float = 3000.0) -> tuple[np.ndarray, np.ndarray]:
    """Points, lines, areas with holes, collections, missing and empty ones; places in, on and far from them."""
    rng = np.random.default_rng(seed)
    at = rng.uniform(0, spread, (12, 2))
    area = shapely.buffer(shapely.points(at[:4]), rng.uniform(20, 300, 4), quad_segs=3)
    holed = shapely.difference(area, shapely.buffer(shapely.points(at[:4]), 10))
    both = shapely.MultiPolygon([shapely.box(*at[8], *(at[8] + 50)), shapely.box(*(at[8] + 500), *(at[8] + 560))])
    things = [*holed, *shapely.points(at[4:7]), shapely.LineString(at[7:10]), both, shapely.MultiPoint(at[10:12])]
    things += [shapely.GeometryCollection([shapely.Point(at[11]), shapely.box(*at[3], *(at[3] + 30))]), None]
    things += [shapely.Polygon(), holed[0]]
    geometries = np.array(things, dtype=object)[rng.permutation(len(things))]
    xy = np.concatenate([rng.uniform(-500, spread + 500, (60, 2)), at, rng.uniform(-9000, 12000, (10, 2))])
    return xy, geometries


@settings(max_examples=50, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), limit=st.sampled_from([100.0, np.inf]))
def test_nearest_equals_every_distance(seed, limit):
    xy, geometries = mixed(seed)
    every = np.nan_to_num(shapely.distance(shapely.points(xy)[:, None], geometries[None]), nan=np.inf)
    every[every > limit] = np.inf
    result = nearest_straight(xy, geometries, limit=limit)
    np.testing.assert_allclose(result.distance, every.min(axis=1), atol=1e-9)
    found = np.isfinite(result.distance)
    np.testing.assert_array_equal(found, np.isfinite(every).any(axis=1))
    np.testing.assert_allclose(every[found, result.index[found]], result.distance[found], atol=1e-9)
    assert (result.index[~found] == -1).all()
    # The first of facilities that coincide.
    same = [i for i, g in enumerate(geometries) if g is not None and sum(g is other for other in geometries) == 2]
    assert not (result.index == same[1]).any()


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), metres=st.sampled_from([0.0, 150.0, 1000.0]))
def test_pairs_equal_every_distance(seed, metres):
    xy, geometries = mixed(seed)
    every = np.nan_to_num(shapely.distance(shapely.points(xy)[:, None], geometries[None]), nan=np.inf)
    pairs = pairs_straight(xy, geometries, metres)
    origin, facility = np.nonzero(every <= metres)
    np.testing.assert_array_equal(pairs.origin, origin)
    np.testing.assert_array_equal(pairs.facility, facility)
    np.testing.assert_allclose(pairs.distance, every[origin, facility], atol=1e-9)


def test_groups_and_missing_places():
    points = shapely.points([(0, 0), (100, 0), (200, 0)])
    result = nearest_straight([(0, 0), (100, 5), (np.nan, 0), (50, 0)], points, group=[7, 3, 7])
    nowhere = shapely.points([(np.nan, np.nan), (np.inf, 0.0)])
    assert np.isinf(nearest_straight([(0, 0)], nowhere).distance).all()
    assert len(pairs_straight([(0, 0)], nowhere, 1e9)) == 0
    assert result.index.tolist() == [7, 3, -1, 3]
    assert result.entrance.tolist() == [0, 1, -1, 1]
    assert result.distance.tolist() == [0, 5, np.inf, 50]
    assert len(pairs_straight([(np.nan, 0), (0, 0)], points, 10)) == 1


def test_nothing_there():
    none = np.empty(0, dtype=object)
    assert np.isinf(nearest_straight([(0, 0)], none).distance).all()
    assert len(nearest_straight(np.empty((0, 2)), [shapely.Point(0, 0)]).distance) == 0
    assert len(nearest_straight(np.empty((0, 2)), none, group=[]).distance) == 0
    assert len(pairs_straight([(0, 0)], none, 10)) == 0
    assert len(pairs_straight(np.empty((0, 2)), [shapely.Point(0, 0)], 10)) == 0


def test_far_from_everything():
    ring = shapely.buffer(shapely.Point(0, 0), 300, quad_segs=500)
    result = nearest_straight([(50_000, 50_000), (3000, 0)], [shapely.Point(-1000, 0), ring])
    np.testing.assert_allclose(result.distance, [np.hypot(5e4, 5e4) - 300, 2700], atol=1e-3)
    assert result.index.tolist() == [1, 1]


def test_what_is_shared_is_not_prepared():
    """Another thread may be asking the same geometries; preparing writes into them."""
    xy, geometries = mixed(1)
    nearest_straight(xy, geometries)
    pairs_straight(xy, geometries, 100.0)
    assert not shapely.is_prepared(geometries).any()
