from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from xiancheng.planning.coverage import service_radius


def town(seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    at = rng.uniform(0, 3000, (60, 2))
    land = shapely.box(at[:, 0], at[:, 1], at[:, 0] + rng.uniform(20, 200, 60), at[:, 1] + rng.uniform(20, 200, 60))
    centre = rng.uniform(0, 3000, (15, 2))
    parks = shapely.buffer(shapely.points(centre), rng.uniform(0, 150, 15), quad_segs=3)
    parks[:4] = shapely.points(centre[:4])
    return land, parks, rng.choice([100.0, 300.0, 500.0], 15)


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 2**32 - 1))
def test_equals_the_union_cut_with_every_parcel(seed):
    land, parks, radii = town(seed)
    union = shapely.union_all(shapely.buffer(parks, radii, quad_segs=16))
    want = [parcel.intersection(union).area for parcel in land]
    np.testing.assert_allclose(service_radius(land, parks, radii), want, atol=1e-5)


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 2**32 - 1))
def test_more_parks_never_cover_less(seed):
    land, parks, radii = town(seed)
    some, more = service_radius(land, parks[:8], radii[:8]), service_radius(land, parks, radii)
    assert (more >= some - 1e-6).all()
    assert (more <= shapely.area(land) + 1e-6).all()
    order = np.random.default_rng(seed).permutation(len(land))
    np.testing.assert_allclose(service_radius(land[order], parks, radii), more[order], atol=1e-6)


def test_one_disc_and_its_fineness():
    land = [shapely.box(-1000, -1000, 1000, 1000)]
    disc = np.pi * 500**2
    for segments, short in ((4, 0.026), (16, 0.0017), (64, 0.0002)):
        area = service_radius(land, [shapely.Point(0, 0)], 500, quad_segs=segments)[0]
        assert disc * (1 - short) < area < disc


def test_areas_points_and_what_covers_nothing():
    land = shapely.box([0, 100, 0, 0], [0, 0, 100, 0], [10, 110, 10, 1], [10, 10, 110, 1])
    land[3] = None
    park = shapely.box(0, 0, 5, 10)
    assert service_radius(land, [park], 0).tolist() == [50, 0, 0, 0]
    assert service_radius(land, [park], np.nan).tolist() == [0, 0, 0, 0]
    assert service_radius(land, [park], -1.0).tolist() == [0, 0, 0, 0]
    assert service_radius(land, [park, None, shapely.Point(105, 5)], [2, 5, 50]).tolist() == [70, 100, 0, 0]
    # Two discs that touch the parcel in lines and corners only.
    assert service_radius(land, [shapely.box(10, 0, 20, 10), shapely.box(-9, -9, 0, 0)], 0)[0] == 0


def test_invalid_parcels_are_repaired():
    bow = shapely.Polygon([(0, 0), (10, 10), (10, 0), (0, 10)])
    assert service_radius([bow], [shapely.Point(5, 5)], 100)[0] == pytest.approx(50)
    assert service_radius(np.empty(0, object), [bow], 1).tolist() == []
    assert service_radius([bow], np.empty(0, object), 1).tolist() == [0]
