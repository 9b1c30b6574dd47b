"""GeoJSON, against GDAL's reading of the same file and against what is known of the real files."""

from __future__ import annotations

import json

import numpy as np
import pyogrio
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from xiancheng.city.readers._geojson_geometry import build
from xiancheng.city.readers.registry import ReadOptions, read


@pytest.fixture
def options(catalogue):
    return ReadOptions(catalogue=catalogue)


def feature(geometry, **properties):
    return {"type": "Feature", "properties": properties, "geometry": geometry}


def write(path, features, **more):
    path.write_text(
        json.dumps({"type": "FeatureCollection", **more, "features": features}, ensure_ascii=False), "utf-8"
    )
    return path


def polygon(x, y, size=1.0):
    return {"type": "Polygon", "coordinates": [[[x, y], [x + size, y], [x + size, y + size], [x, y + size], [x, y]]]}


def test_values_and_rows(tmp_path, options):
    path = write(
        tmp_path / "parks.geojson",
        [
            feature({"type": "Point", "coordinates": [110.5, 40.5]}, name="人民公园", area=12000, free=True),
            feature(polygon(110, 40), name="甲", tags=["a", "b"], parent={"code": 1}),
        ],
    )
    (layer,) = read(path, options)
    assert layer.name == "parks"
    assert layer.datum is None
    assert layer.rows.tolist() == [1, 2]
    assert layer.columns["name"] == ["人民公园", "甲"]
    assert layer.columns["area"] == [12000, None]
    assert layer.columns["free"] == [True, None]
    assert layer.columns["tags"] == [None, "a;b"]
    assert json.loads(layer.columns["parent"][1]) == {"code": 1}
    assert layer.geometry[0].equals(shapely.Point(110.5, 40.5))


@pytest.mark.parametrize(
    ("crs", "datum"),
    [
        (None, None),
        ({"type": "name", "properties": {"name": "urn:ogc:def:crs:OGC:1.3:CRS84"}}, "WGS84"),
        ({"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::4490"}}, "CGCS2000"),
        ({"type": "name", "properties": {"name": "EPSG:4546"}}, "EPSG:4546"),
        ({"type": "EPSG", "properties": {"code": 4326}}, "WGS84"),
        ({"type": "name", "properties": {"name": "GCJ02"}}, "GCJ02"),
        ({"type": "name", "properties": {"name": "火星"}}, "火星"),
        ("nonsense", None),
    ],
)
def test_only_a_crs_member_states_the_datum(tmp_path, options, crs, datum):
    path = write(tmp_path / "a.geojson", [feature({"type": "Point", "coordinates": [110.5, 40.5]})], crs=crs)
    assert next(read(path, options)).datum == datum


def test_broken_features_are_rejected_and_the_rest_read(tmp_path, options):
    bad = {
        2: (None, "no place"),
        3: ({"type": "Polygon", "coordinates": [[[0, 0], [1, 0], [1, 1], [0, 1]]]}, "not closed"),
        4: ({"type": "Point", "coordinates": [1, None]}, "not a number"),
        5: ({"type": "Point", "coordinates": [float("nan"), 1]}, "not a finite number"),
        6: ({"type": "Circle", "coordinates": [1, 2]}, "no geometry type 'Circle'"),
        7: ({"type": "LineString", "coordinates": [[0, 0]]}, "too few points"),
        8: ({"type": "Polygon"}, "not a number"),
        9: ({"type": "Point", "coordinates": []}, "no place"),
        10: ({"type": "Polygon", "coordinates": [[[0, 0], [1, 0], [0, 0]]]}, "too few points"),
        11: ([1, 2], "no geometry type 'list'"),
        12: ({"type": "Point", "coordinates": ["1", "2"]}, "not a number"),
    }
    good = feature({"type": "Point", "coordinates": [1, 2, 3]}, n=1)
    path = write(tmp_path / "a.geojson", [good, *(feature(g) for g, _ in bad.values()), "no", good])
    (layer,) = read(path, options)
    assert layer.rows.tolist() == [1, 14]
    assert shapely.has_z(layer.geometry).all()
    assert {r.row for r in layer.rejections} == {*bad, 13}
    for rejection in layer.rejections:
        if rejection.row in bad:
            assert bad[rejection.row][1] in rejection.reason.en
        assert rejection.reason.zh


def test_no_geometry_at_all_is_a_register(tmp_path, options):
    (layer,) = read(write(tmp_path / "a.geojson", [feature(None, n=1), feature(None, n=2)]), options)
    assert layer.geometry is None
    assert layer.columns["n"] == [1, 2]
    assert layer.rejections == []


def test_lines_of_features(tmp_path, options):
    lines = [json.dumps(feature({"type": "Point", "coordinates": [i, 40]}, n=i)) for i in range(4)]
    path = tmp_path / "a.geojsonl"
    path.write_text(f"{lines[0]}\n\n\x1e{lines[1]}\n{{cut\n{lines[2]}\n[1]\n{lines[3]}\n")
    (layer,) = read(path, options)
    assert layer.rows.tolist() == [1, 3, 5, 7]
    assert layer.columns["n"] == [0, 1, 2, 3]
    assert [r.row for r in layer.rejections] == [4, 6]
    (same,) = read(path.rename(tmp_path / "a.ndjson"), options)
    assert len(same) == 4


def test_own_export_keeps_identifiers(tmp_path, options):
    path = write(tmp_path / "park.geojson", [feature(polygon(110, 40), object_id="p1", name="甲", free=True)])
    (layer,) = read(path, options)
    assert (layer.feature_class, layer.mapped, layer.ids) == ("park", True, ["p1"])
    assert set(layer.columns) == {"name", "free"}


def test_feature_ids_and_encodings(tmp_path, options):
    features = [{**feature({"type": "Point", "coordinates": [1, i]}, name="公园"), "id": f"w{i}"} for i in range(2)]
    text = json.dumps({"type": "FeatureCollection", "features": features}, ensure_ascii=False)
    for encoding in ("utf-8-sig", "gbk", "utf-16"):
        path = tmp_path / f"{encoding}.geojson"
        path.write_bytes(text.encode(encoding))
        (layer,) = read(path, options)
        assert layer.ids == ["w0", "w1"]
        assert layer.columns["name"] == ["公园", "公园"]


@pytest.mark.parametrize(
    ("name", "datum", "count"),
    [
        ("osm_laspalmas/boundary.geojson", "WGS84", 1),
        ("osm_laspalmas/secondary_school_catchments.geojson", "EPSG:5635", 29),
        ("cn_admin/geomap2021/city_150200.json", None, 9),
        ("epanet_networks/ky4_pipes.geojson", "EPSG:3547", None),
        ("epanet_networks/ky4_junctions.geojson", "EPSG:3547", None),
    ],
)
def test_real_files_as_gdal_reads_them(shared, options, name, datum, count):
    path = shared / name
    (layer,) = read(path, options)
    meta, _, wkb, fields = pyogrio.raw.read(path)
    assert layer.datum == datum
    assert len(layer) == len(wkb) == (count or len(wkb))
    assert layer.rejections == []
    assert bool(np.all(shapely.equals_exact(layer.geometry, shapely.from_wkb(wkb), tolerance=1e-12)))
    for column, values in zip(meta["fields"], fields, strict=True):
        if values.dtype.kind in "if" and column in layer.columns:
            np.testing.assert_allclose(values, [np.nan if v is None else v for v in layer.columns[column]])


def test_a_bare_geometry_is_a_feature(shared, options):
    (layer,) = read(shared / "cn_admin/vonng2016_gcj02/fence_150221.json", options)
    assert len(layer) == 1
    assert layer.datum is None


@settings(deadline=None, max_examples=60)
@given(
    st.recursive(
        st.one_of(st.none(), st.booleans(), st.integers(-5, 5), st.floats(), st.text(max_size=3)),
        lambda children: st.lists(children, max_size=4),
        max_leaves=20,
    ),
    st.sampled_from(["Point", "LineString", "Polygon", "MultiPolygon", "Nope"]),
)
def test_any_coordinates_give_a_geometry_or_a_reason(coordinates, kind):
    geometry, reasons = build([{"type": kind, "coordinates": coordinates}, {"type": "Point", "coordinates": [1, 2]}])
    assert (geometry[0] is None) == (0 in reasons)
    assert geometry[1] is not None
