"""GeoPackage and FlatGeobuf, written by GDAL; a city model written by the store itself."""

from __future__ import annotations

import sqlite3
import warnings
from datetime import date

import numpy as np
import pyogrio
import pytest
import shapely

from xiancheng.city.readers.registry import ReadOptions, read
from xiancheng.foundation.errors import SourceError


@pytest.fixture
def options(catalogue):
    return ReadOptions(catalogue=catalogue)


def write(path, layer, *, crs="EPSG:4490", driver="GPKG", shapes=None, **fields):
    n = len(next(iter(fields.values())))
    shapes = [shapely.Point(110 + i, 40) for i in range(n)] if shapes is None else shapes
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        pyogrio.raw.write(
            path,
            shapely.to_wkb(np.array(shapes, dtype=object)),
            field_data=[np.array(v, dtype=object if isinstance(v[0], str) else None) for v in fields.values()],
            fields=list(fields),
            geometry_type="Unknown",
            crs=crs,
            driver=driver,
            layer=layer,
            append=driver == "GPKG" and path.exists(),
        )
    return path


def test_layers_and_classes(tmp_path, options):
    path = write(
        tmp_path / "a.gpkg", "park", name=["甲", "乙"], n=[1, 2], when=np.array(["2020-01-02"] * 2, "datetime64[D]")
    )
    write(path, "其他", name=["丙"], crs="EPSG:4546")
    park, other = read(path, options)
    assert (park.name, park.feature_class, park.datum, park.mapped) == ("park", "park", "CGCS2000", False)
    assert park.columns == {"name": ["甲", "乙"], "n": [1, 2], "when": [date(2020, 1, 2)] * 2}
    assert (other.name, other.feature_class, other.datum) == ("其他", None, "EPSG:4546")


def test_one_layer(tmp_path, catalogue):
    path = write(tmp_path / "a.gpkg", "park", name=["甲"])
    write(path, "school", name=["丙"])
    assert [x.name for x in read(path, ReadOptions(catalogue=catalogue, layer="school"))] == ["school"]
    assert [x.name for x in read(path, ReadOptions(catalogue=catalogue, classes=frozenset({"park"})))] == ["park"]
    with pytest.raises(SourceError, match="it has: park, school"):
        list(read(path, ReadOptions(catalogue=catalogue, layer="roads")))


def test_undefined_reference_systems_state_nothing(tmp_path, options):
    path = write(tmp_path / "a.gpkg", "park", name=["甲"], crs=None)
    for srs in (0, -1, 99999):
        with sqlite3.connect(path) as connection:
            connection.execute("UPDATE gpkg_geometry_columns SET srs_id = ?", (srs,))
            connection.execute("UPDATE gpkg_contents SET srs_id = ?", (srs,))
        connection.close()
        assert next(read(path, options)).datum is None


def test_null_and_empty_geometries(tmp_path, options):
    path = write(
        tmp_path / "a.gpkg",
        "park",
        shapes=[shapely.Point(1, 2), None, shapely.Point(), shapely.Point(3, 4)],
        n=[1, 2, 3, 4],
    )
    (layer,) = read(path, options)
    assert layer.rows.tolist() == [1, 4]
    assert [r.row for r in layer.rejections] == [2, 3]


def test_a_table_without_geometry(tmp_path, options):
    path = write(tmp_path / "a.gpkg", "park", name=["甲"])
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE census (fid INTEGER PRIMARY KEY, area_code TEXT, persons REAL)")
        connection.execute("INSERT INTO census VALUES (1, '150221104', 100.5)")
        connection.execute(
            "INSERT INTO gpkg_contents (table_name, data_type, identifier) VALUES ('census', 'attributes', 'c')"
        )
    connection.close()
    census = next(x for x in read(path, options) if x.name == "census")
    assert census.geometry is None
    assert census.feature_class == "census"
    assert census.columns == {"area_code": ["150221104"], "persons": [100.5]}


def test_city_model_as_believed_now(tmp_path, options, catalogue):
    from xiancheng.city.store import Store

    def square(x):
        return shapely.box(x, 40, x + 0.01, 40.01)

    path = tmp_path / "city.gpkg"
    with Store.create(path, catalogue) as store:
        with store.change(source="a", reason="b") as change:
            change.add("park", "p1", valid_from=date(2000, 1, 1), geometry=square(110), attributes={"name": "甲"})
            change.add("park", "p2", valid_from=date(2000, 1, 1), geometry=square(111), attributes={"name": "乙"})
            change.add("park", "p3", valid_from=date(2000, 1, 1), geometry=square(112), attributes={"name": "丙"})
        with store.change(source="a", reason="b") as change:
            change.update("park", "p1", valid_from=date(2010, 1, 1), attributes={"name": "甲改"})
            change.correct("park", "p2", on=date(2020, 1, 1), attributes={"name": "乙改"})
            change.close("park", "p3", valid_to=date(2015, 1, 1))
    layers = [x for x in read(path, options) if len(x)]
    assert [x.name for x in layers] == ["park"]
    (park,) = layers
    assert dict(zip(park.ids, park.columns["name"], strict=True)) == {"p1": "甲改", "p2": "乙改"}
    assert park.mapped
    assert park.datum == "CGCS2000"
    assert "recorded_to" not in park.columns


def test_urban_region_of_las_palmas(shared, options):
    (layer,) = read(shared / "osm_laspalmas/urban_region.gpkg", options)
    assert layer.datum == "WGS84"
    assert layer.columns["UC_NM_MN"] == ["Las Palmas de Gran Canaria"]
    with sqlite3.connect(shared / "osm_laspalmas/urban_region.gpkg") as connection:
        table = connection.execute("SELECT table_name FROM gpkg_contents").fetchone()[0]
        p15 = connection.execute(f'SELECT P15, AREA FROM "{table}"').fetchone()
    connection.close()
    assert (layer.columns["P15"][0], layer.columns["AREA"][0]) == p15
    assert layer.geometry[0].bounds == pytest.approx((-15.497312, 27.958703, -15.366632, 28.170765), abs=1e-6)


def test_flatgeobuf(tmp_path, options):
    path = write(tmp_path / "park.fgb", "park", driver="FlatGeobuf", name=["甲", "乙"], n=[1, 2], crs="EPSG:4546")
    (layer,) = read(path, options)
    assert (layer.feature_class, layer.datum) == ("park", "EPSG:4546")
    assert sorted(layer.columns["name"]) == sorted(["甲", "乙"])
    path = write(tmp_path / "x.fgb", "x", driver="FlatGeobuf", name=["甲"], crs=None)
    (layer,) = read(path, options)
    assert (layer.feature_class, layer.datum) == (None, None)
