"""Datums against published points, a scalar version of the formulas, and the geodesic on the ellipsoid."""

from __future__ import annotations

import json
import math
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import CRS, Geod

from xiancheng.city import datum
from xiancheng.city.datum import CHINA_BOX, describe_datum, from_stored, parse_datum, require_datum, to_stored
from xiancheng.foundation.errors import SourceError, UnknownNameError
from xiancheng.foundation.text import set_language

# WGS-84, GCJ-02, BD-09: made with the public implementation of the algorithm, at the three county seats of Baotou.
POINTS = [
    ((110.52, 40.56), (110.52588885285361, 40.56116328306323), (110.53227405055681, 40.56747964238376)),
    ((110.06, 41.03), (110.06610347911376, 41.03171667257674), (110.07257066348656, 41.03778063778881)),
    ((110.43, 41.70), (110.43628091024974, 41.7021053704352), (110.44281925757598, 41.70799758978668)),
]
PAIRS = [
    (datum.wgs84_to_gcj02, datum.gcj02_to_wgs84),
    (datum.gcj02_to_bd09, datum.bd09_to_gcj02),
    (datum.wgs84_to_bd09, datum.bd09_to_wgs84),
]
INSIDE = st.tuples(st.floats(CHINA_BOX[0], CHINA_BOX[2]), st.floats(CHINA_BOX[1], CHINA_BOX[3]))


def points(*xy: tuple[float, ...]) -> np.ndarray:
    out = np.full(len(xy), None, dtype=object)
    out[:] = [shapely.Point(p) for p in xy]
    return out


def scalar_gcj(lng: float, lat: float) -> tuple[float, float]:
    """The algorithm as it is published: one point, no arrays."""
    if not (73.66 <= lng <= 135.05 and 3.86 <= lat <= 53.55):
        return lng, lat
    x, y, pi = lng - 105.0, lat - 35.0, math.pi
    d = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * math.sqrt(abs(x))
    d += (20.0 * math.sin(6.0 * x * pi) + 20.0 * math.sin(2.0 * x * pi)) * 2.0 / 3.0
    d += (20.0 * math.sin(y * pi) + 40.0 * math.sin(y / 3.0 * pi)) * 2.0 / 3.0
    d += (160.0 * math.sin(y / 12.0 * pi) + 320 * math.sin(y * pi / 30.0)) * 2.0 / 3.0
    e = 300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * math.sqrt(abs(x))
    e += (20.0 * math.sin(6.0 * x * pi) + 20.0 * math.sin(2.0 * x * pi)) * 2.0 / 3.0
    e += (20.0 * math.sin(x * pi) + 40.0 * math.sin(x / 3.0 * pi)) * 2.0 / 3.0
    e += (150.0 * math.sin(x / 12.0 * pi) + 300.0 * math.sin(x / 30.0 * pi)) * 2.0 / 3.0
    rad = lat / 180.0 * pi
    magic = 1 - 0.00669342162296594323 * math.sin(rad) ** 2
    root = math.sqrt(magic)
    d = d * 180.0 / ((6378245.0 * (1 - 0.00669342162296594323)) / (magic * root) * pi)
    e = e * 180.0 / (6378245.0 / root * math.cos(rad) * pi)
    return lng + e, lat + d


def worst(a: tuple[np.ndarray, np.ndarray], b: tuple[np.ndarray, np.ndarray]) -> float:
    return float(max(np.abs(a[0] - b[0]).max(), np.abs(a[1] - b[1]).max()))


@pytest.mark.parametrize(("wgs", "gcj", "bd"), POINTS)
def test_published_points(wgs, gcj, bd):
    assert np.allclose(np.ravel(datum.wgs84_to_gcj02(*wgs)), gcj, rtol=0, atol=1e-13)
    assert np.allclose(np.ravel(datum.wgs84_to_bd09(*wgs)), bd, rtol=0, atol=1e-13)
    assert np.allclose(np.ravel(datum.gcj02_to_wgs84(*gcj)), wgs, rtol=0, atol=1e-11)
    assert np.allclose(np.ravel(datum.bd09_to_wgs84(*bd)), wgs, rtol=0, atol=1e-11)


def test_shift_of_the_county_seats_is_about_half_a_kilometre():
    for wgs, gcj, bd in POINTS:
        assert 510 < Geod(ellps="WGS84").inv(*wgs, *gcj)[2] < 575
        assert 700 < Geod(ellps="WGS84").inv(*gcj, *bd)[2] < 1000


@settings(deadline=None)
@given(st.floats(60, 150), st.floats(-10, 65))
def test_equals_the_scalar_algorithm(lon, lat):
    assert np.allclose(np.ravel(datum.wgs84_to_gcj02(lon, lat)), scalar_gcj(lon, lat), rtol=0, atol=1e-13)


@pytest.mark.parametrize(("forward", "inverse"), PAIRS)
def test_round_trip_of_many_points_with_the_borders(forward, inverse):
    west, south, east, north = CHINA_BOX
    random = np.random.default_rng(7)
    n = 120_000
    lon, lat = random.uniform(west, east, n), random.uniform(south, north, n)
    k = n // 6
    lon[:k] = west + random.uniform(0, 0.02, k)
    lon[k : 2 * k] = east - random.uniform(0, 0.02, k)
    lat[2 * k : 3 * k] = south + random.uniform(0, 0.02, k)
    lat[3 * k : 4 * k] = north - random.uniform(0, 0.02, k)
    lon[-4:], lat[-4:] = [west, west, east, east], [south, north, south, north]
    lon[-1000:-4] = 105.0  # where the root in the formula has no derivative
    there = forward(lon, lat)
    back = inverse(*there)
    assert worst(back, (lon, lat)) < 1e-10
    assert worst(forward(*back), there) < 1e-11


@settings(deadline=None)
@given(INSIDE)
def test_every_place_in_the_box_comes_back(place):
    for forward, inverse in PAIRS:
        there = forward(*place)
        back = inverse(*there)
        assert worst(back, (np.array(place[:1]), np.array(place[1:]))) < 1e-10


@settings(deadline=None)
@given(st.floats(-180, 180), st.floats(-85, 85))
def test_outside_the_box_nothing_moves(lon, lat):
    west, south, east, north = CHINA_BOX
    if west - 0.05 <= lon <= east + 0.05 and south - 0.05 <= lat <= north + 0.05:
        return
    assert datum.wgs84_to_gcj02(lon, lat) == (lon, lat)
    assert datum.gcj02_to_wgs84(lon, lat) == (lon, lat)


def test_inputs_stay_and_gaps_pass():
    lon, lat = np.array([110.52, np.nan]), np.array([40.56, 40.0])
    before = lon.copy()
    for forward, inverse in PAIRS:
        assert np.isnan(inverse(*forward(lon, lat))[0][1])
    np.testing.assert_array_equal(lon, before)
    assert len(datum.gcj02_to_wgs84(np.empty(0), np.empty(0))[0]) == 0


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("CGCS2000", "CGCS2000"),
        ("国家2000", "CGCS2000"),
        ("2000国家大地坐标系", "CGCS2000"),
        ("EPSG:4490", "CGCS2000"),
        ("urn:ogc:def:crs:EPSG::4490", "CGCS2000"),
        ("wgs-84", "WGS84"),
        ("4326", "WGS84"),
        ("urn:ogc:def:crs:OGC:1.3:CRS84", "WGS84"),
        ("http://www.opengis.net/def/crs/EPSG/0/4326", "WGS84"),
        ("gcj-02", "GCJ02"),
        ("火星坐标", "GCJ02"),
        ("bd_09", "BD09"),
        ("百度", "BD09"),
        ("EPSG:4525", "EPSG:4525"),
        ("epsg:4546", "EPSG:4546"),
        ("国家2000 中央经线111度", "EPSG:4546"),
        ("CGCS2000_3_Degree_GK_CM_111E", "EPSG:4546"),
        ("CGCS2000 / 3-degree Gauss-Kruger zone 37", "EPSG:4525"),
        ("EPSG:7405", "EPSG:27700"),
    ],
)
def test_spellings(text, name):
    assert parse_datum(text) == name
    assert parse_datum(parse_datum(text)) == name
    assert describe_datum(text).zh
    assert describe_datum(text).en


@pytest.mark.parametrize("text", ["", "gcj03", "mars", "99999999999", "EPSG:", "EPSG:1"])
def test_unknown_datum(text):
    with pytest.raises(UnknownNameError):
        parse_datum(text)


@settings(max_examples=15, deadline=None)
@given(st.text())
def test_any_text_is_a_datum_or_refused(text):
    with suppress(UnknownNameError):
        parse_datum(text)


def test_esri_wkt_of_every_gauss_kruger_zone_is_identified():
    for code in [*range(4534, 4555), *range(4513, 4534)]:
        assert parse_datum(CRS.from_epsg(code).to_wkt("WKT1_ESRI")) == f"EPSG:{code}"


def test_own_projection_is_kept_as_wkt():
    wkt = CRS.from_epsg(4546).to_wkt("WKT1_ESRI").replace("111.0", "110.5").replace("CM_111E", "Baotou")
    name = parse_datum(wkt)
    assert "Baotou" in describe_datum(name).en
    assert not datum.is_approximate(name)
    x, _ = shapely.get_coordinates(to_stored(points((500000, 4490000)), name))[0]
    assert x == pytest.approx(110.5, abs=1e-9)


def test_northing_on_the_central_meridian_is_the_length_of_the_meridian():
    place = to_stored(points((500000.0, 4490000.0)), "EPSG:4546")[0]
    assert place.x == pytest.approx(111.0, abs=1e-10)
    length = Geod(a=6378137.0, rf=298.257222101).inv(111.0, 0.0, 111.0, place.y)[2]
    assert length == pytest.approx(4490000.0, abs=1e-3)


def test_zone_number_before_the_easting():
    plain = to_stored(points((458000.0, 4490000.0)), "EPSG:4546")[0]
    numbered = to_stored(points((37458000.0, 4490000.0)), "EPSG:4525")[0]
    assert numbered.distance(plain) < 1e-12


@pytest.mark.parametrize("name", ["CGCS2000", "WGS84", "GCJ02", "BD09", "EPSG:4546", "EPSG:4525", "EPSG:32649"])
def test_geometries_round_trip_with_heights_and_gaps(name):
    shapes = np.array(
        [
            shapely.from_wkt("POLYGON ((110.5 40.5, 110.6 40.5, 110.6 40.6, 110.5 40.5))"),
            shapely.from_wkt("LINESTRING Z (110.5 40.5 1000, 110.6 40.7 1010)"),
            None,
            shapely.from_wkt("POINT EMPTY"),
            shapely.from_wkt("MULTIPOINT (110 41, 111 40)"),
        ],
        dtype=object,
    )
    there = from_stored(shapes, name)
    back = to_stored(there, name)
    assert back[2] is None
    assert back[3].is_empty
    np.testing.assert_array_equal(shapely.get_coordinates(back[1], include_z=True)[:, 2], [1000.0, 1010.0])
    np.testing.assert_array_equal(shapely.has_z(back), shapely.has_z(shapes))
    assert np.abs(shapely.get_coordinates(back) - shapely.get_coordinates(shapes)).max() < 1e-9
    assert back is not shapes


def test_systems_without_a_known_transformation_say_so():
    assert datum.is_approximate("EPSG:2343")
    assert "metres" in describe_datum("EPSG:4610").en
    assert not datum.is_approximate("EPSG:32649")
    assert not datum.is_approximate("EPSG:4546")


def test_unknown_datum_is_refused_with_the_candidates():
    with pytest.raises(SourceError) as caught:
        require_datum(None, points(*(p[1] for p in POINTS)), layer="schools", path=Path("a.geojson"))
    hint = caught.value.hint
    assert "--datum" in hint.en
    assert "--datum" in hint.zh
    assert "GeoJSON" in hint.en
    gcj = next(line for line in hint.en.splitlines() if line.strip().startswith("GCJ02"))
    assert "110.520000, 40.560000; 110.060000, 41.030000; 110.430000, 41.700000" in gcj
    assert "m away" in gcj
    assert "schools" in str(caught.value)


def test_unknown_datum_in_chinese():
    set_language("zh")
    with pytest.raises(SourceError, match="没有说明坐标基准"):
        require_datum(None, points((110.5, 40.5)), layer="学校", path=Path("a.shp"))


def test_metres_show_the_zones():
    with pytest.raises(SourceError) as caught:
        require_datum(None, points((37458000, 4490000)), layer="a", path=Path("a.shp"))
    assert "EPSG:4525" in caught.value.hint.en
    assert "EPSG:4546" not in caught.value.hint.en
    with pytest.raises(SourceError) as caught:
        require_datum(None, points((458000, 4490000)), layer="a", path=Path("a.shp"))
    assert all(f"EPSG:{code}" in caught.value.hint.en for code in (4534, 4546, 4554, 32649))
    with pytest.raises(SourceError) as caught:
        require_datum(None, points((458000, 4490000)), layer="a", path=Path("a.shp"), near=(110.5, 40.5))
    assert "EPSG:4546" in caught.value.hint.en
    assert "EPSG:4534" not in caught.value.hint.en
    with pytest.raises(SourceError) as caught:
        require_datum(None, points((12303000, 4949000)), layer="a", path=Path("a.shp"))
    assert "EPSG:3857" in caught.value.hint.en
    with pytest.raises(SourceError, match="EPSG code"):
        require_datum(None, points((5.0, 1e9)), layer="a", path=Path("a.shp"))


def test_swapped_axes_are_told():
    for xy in ((40.56, 110.52), (4490000, 37458000)):
        with pytest.raises(SourceError, match="swap"):
            require_datum(None, points(xy), layer="a", path=Path("a.csv"))
    with pytest.raises(SourceError, match="swapped"):
        require_datum("GCJ02", points((40.56, 110.52)), layer="a", path=Path("a.csv"))


def test_stated_datum_must_fit_the_coordinates():
    with pytest.raises(SourceError, match="no degrees"):
        require_datum("WGS84", points((458000, 4490000)), layer="a", path=Path("a.csv"))
    with pytest.raises(SourceError, match="look like degrees"):
        require_datum("EPSG:4546", points((110.5, 40.5)), layer="a", path=Path("a.csv"))
    with pytest.raises(UnknownNameError):
        require_datum("mars", points((110.5, 40.5)), layer="a", path=Path("a.csv"))
    assert require_datum("国家2000", points((110.5, 40.5)), layer="a", path=Path("a.csv")) == "CGCS2000"
    assert require_datum("4546", points((458000, 4490000)), layer="a", path=Path("a.csv")) == "EPSG:4546"


def test_a_layer_without_places_needs_no_datum():
    assert require_datum(None, None, layer="a", path=Path("a.csv")) == "CGCS2000"
    empty = np.array([None, shapely.Point()], dtype=object)
    assert require_datum(None, empty, layer="a", path=Path("a.csv")) == "CGCS2000"


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(st.floats(), st.floats()), max_size=4))
def test_any_coordinates_are_told_without_a_crash(xy):
    with suppress(SourceError):
        require_datum(None, points(*xy), layer="a", path=Path("a.csv"))


def test_real_boundaries_agree_after_conversion(shared):
    """Two GCJ-02 boundaries of one county, of different years and makers, and its seat in WGS-84."""
    data = json.loads((shared / "cn_admin/geomap2021/county_150221.json").read_text(encoding="utf-8"))
    county = shapely.from_geojson(json.dumps(data["features"][0]["geometry"]))
    fence = shapely.from_geojson((shared / "cn_admin/vonng2016_gcj02/fence_150221.json").read_text())
    stored = to_stored(np.array([county, fence], dtype=object), "GCJ02")
    seat = shapely.Point(110.52, 40.56)
    assert all(shape.contains(seat) for shape in stored)
    overlap = shapely.area(shapely.intersection(*shapely.make_valid(stored)))
    assert overlap / shapely.area(shapely.union(*shapely.make_valid(stored))) > 0.95
    back = from_stored(stored, "GCJ02")
    moved = shapely.get_coordinates(back) - shapely.get_coordinates(np.array([county, fence], dtype=object))
    assert np.abs(moved).max() < 1e-10
