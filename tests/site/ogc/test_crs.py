"""Coordinate systems: axes in the order of their authority, boxes and filters in any of them."""

from functools import cache

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import CRS, Transformer
from shapely.geometry import shape

from xiancheng.site.ogc.crs import CRS84, DEFAULT, Reference, box_to_stored, to_reference, to_stored

EPSG = "http://www.opengis.net/def/crs/EPSG/0/"
CODES = (4490, 4326, 3857, 4546, 4545, 4547)
ITEMS = "/collections/building/items"


@cache
def authority(code):
    """Return what carries longitude, latitude into a system with its axes as its authority orders them."""
    return Transformer.from_crs("OGC:CRS84", CRS.from_epsg(code))


@pytest.mark.parametrize("code", CODES)
def test_answers_have_the_axes_of_their_authority(api, code):
    plain = api.get(ITEMS, limit=20)
    assert plain.headers["Content-Crs"] == f"<{CRS84}>"
    answer = api.get(ITEMS, limit=20, crs=f"{EPSG}{code}")
    assert answer.headers["Content-Crs"] == f"<{EPSG}{code}>"
    carry = authority(code)
    for one, other in zip(plain.json["features"], answer.json["features"], strict=True):
        lon, lat = shapely.get_coordinates(shape(one["geometry"])).T
        expected = np.column_stack(carry.transform(lon, lat))
        np.testing.assert_allclose(shapely.get_coordinates(shape(other["geometry"])), expected, rtol=0, atol=2e-3)


def test_latitude_comes_first_in_geographic_systems(api):
    x, y = shapely.get_coordinates(shape(api.get(ITEMS, limit=1, crs=f"{EPSG}4490").json["features"][0]["geometry"]))[0]
    assert 39 < x < 42 < 109 < y < 112
    north, east = shapely.get_coordinates(
        shape(api.get(ITEMS, limit=1, crs=f"{EPSG}4546").json["features"][0]["geometry"])
    )[0]
    assert north > 4_000_000 > 600_000 > east


@pytest.mark.parametrize("code", CODES)
def test_box_in_another_system_selects_the_same(api, code):
    features = api.every(ITEMS, limit=10000)
    shapes = np.array([shape(f["geometry"]) for f in features], dtype=object)
    x, y = (float(np.median(part)) for part in shapely.get_coordinates(shapely.centroid(shapes)).T)
    corners = authority(code).transform([x - 0.004, x + 0.004], [y - 0.003, y + 0.003])
    bounds = tuple(float(v) for v in (corners[0][0], corners[1][0], corners[0][1], corners[1][1]))
    moved = shapely.transform(shapes, lambda p: np.column_stack(authority(code).transform(p[:, 0], p[:, 1])))
    chosen = shapely.intersects(moved, shapely.box(*bounds))
    inside = [f["id"] for f, wanted in zip(features, chosen, strict=True) if wanted]
    box = ",".join(map(str, bounds))
    found = api.get(ITEMS, bbox=box, bbox__crs=f"{EPSG}{code}", limit=10000).ids
    assert found == inside
    assert found


@pytest.mark.parametrize("code", CODES)
def test_filter_in_another_system_selects_the_same(api, code):
    feature = api.get(ITEMS, limit=1).json["features"][0]
    point = shape(feature["geometry"]).representative_point()
    a, b = authority(code).transform(point.x, point.y)
    wanted = f"S_INTERSECTS(geometry, POINT({a!r} {b!r}))"
    assert feature["id"] in api.get(ITEMS, filter=wanted, filter__crs=f"{EPSG}{code}").ids
    assert api.get(ITEMS, filter=wanted).ids == ([] if code != 0 else [feature["id"]])


@pytest.mark.parametrize(
    "name", [f"{EPSG}4546", "EPSG:4546", "[EPSG:4546]", "urn:ogc:def:crs:EPSG::4546", f"<{EPSG}4546>"]
)
def test_names_of_a_system(api, name):
    assert api.get(ITEMS, limit=1, crs=name).headers["Content-Crs"] == f"<{EPSG}4546>"


@pytest.mark.parametrize("parameter", ["crs", "bbox-crs", "filter-crs"])
def test_systems_that_are_not_offered_are_refused(api, parameter):
    answer = api.get(f"{ITEMS}?{parameter}={EPSG}32650&bbox=1,2,3,4")
    assert answer.status == 400
    assert "4546" in answer.body.decode()


degrees = st.tuples(st.floats(109, 113), st.floats(38, 42))


@settings(max_examples=60, deadline=None)
@given(st.sampled_from([None, *CODES]), st.lists(degrees, min_size=1, max_size=5))
def test_there_and_back(code, points):
    system = Reference(code)
    shapes = np.array([shapely.Point(p) for p in points], dtype=object)
    back = to_stored(to_reference(shapes, system), system)
    np.testing.assert_allclose(shapely.get_coordinates(back), shapely.get_coordinates(shapes), rtol=0, atol=1e-9)


@settings(max_examples=60, deadline=None)
@given(st.sampled_from([None, *CODES]), degrees, st.floats(1e-3, 0.5), st.floats(0, 1), st.floats(0, 1))
def test_region_of_a_box_holds_what_lies_in_it(code, corner, size, along, across):
    system = Reference(code)
    a = shapely.get_coordinates(to_reference(np.array([shapely.Point(corner)], dtype=object), system))[0]
    extent = size if system.in_degrees else size * 1e5
    box = (a[0], a[1], a[0] + extent, a[1] + extent)
    inside = shapely.Point(a[0] + extent * (0.01 + along * 0.98), a[1] + extent * (0.01 + across * 0.98))
    place = to_stored(np.array([inside], dtype=object), system)[0]
    assert box_to_stored(box, system).buffer(1e-5).covers(place)
    assert DEFAULT.uri == CRS84
