"""The store as a file: a GeoPackage that others open, that guards itself, and that many processes share."""

from __future__ import annotations

import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import textwrap
import threading
import time
from dataclasses import replace
from datetime import UTC, date, datetime

import numpy as np
import pyogrio
import pytest
import shapely
from pyproj import CRS

from xiancheng.city import gpkg, schema
from xiancheng.city import store as store_module
from xiancheng.city.classes import Attribute, Catalogue
from xiancheng.city.store import OPEN_DATE_TEXT, OPEN_TIME, Store, StoreError
from xiancheng.foundation.errors import UnknownNameError
from xiancheng.foundation.text import Text

DAY = date(2020, 1, 1)


@pytest.fixture
def place(store_backend):
    return store_backend.new()


@pytest.fixture
def store(place, catalogue):
    with Store.create(place, catalogue) as made:
        yield made


@pytest.fixture
def file(tmp_path, catalogue):
    """A store that is a GeoPackage, for what only files do."""
    with Store.create(tmp_path / "city.gpkg", catalogue) as made:
        yield made


def fill(store, n=50, seed=0):
    rng = np.random.default_rng(seed)
    x, y = rng.uniform(110, 111, n), rng.uniform(40, 41, n)
    ids = [f"b{i:04d}" for i in range(n)]
    floors = np.where(rng.random(n) < 0.3, np.nan, rng.integers(1, 30, n).astype(float))
    names = np.array([None if i % 3 else f"楼{i}" for i in range(n)], dtype=object)
    shapes = shapely.box(x, y, x + 0.001, y + 0.001)
    with store.change(source="survey", reason="first survey") as change:
        change.add_many(
            "building", ids, valid_from=DAY, geometry=shapes,
            columns={"floors": floors, "name": names, "gigabit": (floors > 5).astype(float)},
        )  # fmt: skip
    return ids, shapes, floors, names


def test_is_a_geopackage(file):
    fill(file)
    raw = sqlite3.connect(file.backend.path)
    assert raw.execute("PRAGMA application_id").fetchone() == (0x47504B47,)
    assert raw.execute("PRAGMA user_version").fetchone() == (10300,)
    assert raw.execute("PRAGMA page_size").fetchone() == (65536,)
    assert raw.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    assert raw.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert raw.execute("PRAGMA foreign_key_check").fetchall() == []
    systems = dict(raw.execute("SELECT srs_id, definition FROM gpkg_spatial_ref_sys"))
    assert set(systems) == {-1, 0, 4326, 4490}
    assert CRS.from_wkt(systems[4490]) == CRS.from_epsg(4490)
    assert (
        raw.execute("SELECT geometry_type_name, srs_id FROM gpkg_geometry_columns").fetchall()
        == [("MULTIPOLYGON", 4490)] * 2
    )
    extent = raw.execute("SELECT min_x, min_y, max_x, max_y FROM gpkg_contents WHERE table_name='building'").fetchone()
    assert extent == pytest.approx(tuple(shapely.total_bounds(file.as_of("building", DAY).geometry)))
    raw.close()


def test_blobs_are_what_gdal_writes(tmp_path):
    shapes = np.array([shapely.box(1, 2, 3, 4), shapely.box(-5, 6, -4, 9)], dtype=object)
    multi = np.array([shapely.MultiPolygon([g]) for g in shapes], dtype=object)
    path = tmp_path / "gdal.gpkg"
    pyogrio.raw.write(
        path, geometry=shapely.to_wkb(multi), field_data=[np.arange(2)], fields=["n"], geometry_type="MultiPolygon",
        crs="EPSG:4490", layer="t", driver="GPKG",
    )  # fmt: skip
    with sqlite3.connect(path) as raw:
        blobs = [b for (b,) in raw.execute("SELECT geom FROM t ORDER BY n")]
    raw.close()
    assert gpkg.encode(shapes, promote=True) == blobs
    assert list(gpkg.decode(blobs)) == list(shapes)
    without_envelope = b"GP\x00\x01" + blobs[0][4:8] + blobs[0][40:]
    assert gpkg.envelope(without_envelope) == gpkg.envelope(blobs[0]) == (1, 3, 2, 4)


def test_gdal_lists_and_reads_layers(file):
    ids, shapes, floors, _ = fill(file)
    with file.change(source="survey", reason="gone") as change:
        change.close("building", ids[0], valid_to=date(2021, 1, 1))
        change.update("building", ids[1], valid_from=date(2021, 1, 1), attributes={"floors": 99})
    layers = dict(pyogrio.list_layers(file.backend.path))
    assert layers["building"] == layers["building_current"] == "MultiPolygon"
    assert layers["xc_change"] is None
    everything = pyogrio.read_dataframe(file.backend.path, layer="building")
    # 50 records, one superseded by a closed one, one superseded by two
    assert len(everything) == 53
    current = pyogrio.read_dataframe(file.backend.path, layer="building_current").sort_values("object_id")
    assert list(current.object_id) == ids[1:]
    assert current.crs == CRS.from_epsg(4490)
    np.testing.assert_array_equal(current.floors, [99.0, *floors[2:]])
    assert current.gigabit.dtype == bool or set(current.gigabit.dropna()) <= {True, False}
    box = (110.2, 40.2, 110.6, 40.7)
    for layer in ("building", "building_current"):
        inside = pyogrio.read_dataframe(file.backend.path, layer=layer, bbox=box)
        assert set(inside.object_id) == set(np.array(ids)[shapely.intersects(shapes, shapely.box(*box))]) - (
            {ids[0]} if layer == "building_current" else set()
        )
    assert set(file.as_of("building", date(2020, 6, 1), bbox=box).object_id) == set(
        np.array(ids)[shapely.intersects(shapes, shapely.box(*box))]
    )


@pytest.mark.skipif(shutil.which("ogrinfo") is None, reason="needs GDAL's ogrinfo")
def test_ogrinfo_lists_and_reads_layers(file):
    fill(file)
    listed = subprocess.run(["ogrinfo", file.backend.path], capture_output=True, text=True, check=True)
    assert "building (Multi Polygon)" in listed.stdout
    assert "building_current (Multi Polygon)" in listed.stdout
    read = subprocess.run(
        ["ogrinfo", "-spat", "110", "40", "111", "41", file.backend.path, "building_current"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert "Feature Count: 50" in read.stdout
    assert "ERROR" not in listed.stderr + read.stderr
    assert "Warning" not in listed.stderr + read.stderr


def test_current_view_uses_the_rtree_through_gdal(file):
    """GDAL says of the view that it can filter by place fast, as of the table."""
    fill(file)
    for layer in ("building", "building_current"):
        assert pyogrio.read_info(file.backend.path, layer=layer)["capabilities"]["fast_spatial_filter"]


def test_as_of_columns_and_order(store):
    ids, shapes, floors, names = fill(store)
    rows = store.as_of("building", DAY)
    assert list(rows.object_id) == ids
    assert list(rows.geometry) == list(shapes)
    np.testing.assert_array_equal(rows.columns["floors"], floors)
    assert list(rows.columns["name"]) == list(names)
    assert rows.columns["floors"].dtype == np.float64
    assert rows.columns["use"].dtype == object
    assert set(rows.valid_to) == {OPEN_DATE_TEXT}
    assert set(rows.recorded_to) == {OPEN_TIME}
    assert set(rows.source) == {"survey"}
    assert len(store.as_of("building", date(2019, 12, 31))) == 0
    assert len(store.as_of("museum", DAY)) == 0
    assert store.classes_present() == {"building": 50}
    with pytest.raises(UnknownNameError):
        store.as_of("bulding", DAY)


def test_as_recorded_on(store):
    fill(store, 3)
    before = datetime(2001, 1, 1, tzinfo=UTC)
    then = store.changes()[-1].recorded_at
    with store.change(source="survey", reason="typing error") as change:
        change.correct("building", "b0000", on=DAY, attributes={"name": "别墅"})
    assert len(store.as_of("building", DAY, recorded=before)) == 0
    assert store.as_of("building", DAY, recorded=then).columns["name"][0] == "楼0"
    assert store.as_of("building", DAY).columns["name"][0] == "别墅"
    with pytest.raises(StoreError, match="time zone"):
        store.as_of("building", DAY, recorded=datetime(2001, 1, 1))  # noqa: DTZ001


def test_new_class_and_new_attribute_on_an_existing_model(store, place, store_backend, catalogue):
    fill(store, 3)
    store.close()
    grown = replace(
        catalogue["building"],
        attributes=(*catalogue["building"].attributes, Attribute("lifts", Text("电梯", "lifts"), "integer")),
    )
    well = replace(catalogue["old_tree"], name="well", attributes=catalogue["museum"].attributes)
    bigger = Catalogue({**catalogue.classes, "building": grown, "well": well}, catalogue.codes)
    with Store.open(place, bigger) as later:
        assert np.isnan(later.as_of("building", DAY).columns["lifts"]).all()
        with later.change(source="s", reason="r") as change:
            change.update("building", "b0001", valid_from=date(2022, 1, 1), attributes={"lifts": 2})
            change.add("well", "w1", valid_from=DAY, geometry=shapely.Point(110, 40), attributes={"name": "井"})
        np.testing.assert_array_equal(later.as_of("building", date(2022, 1, 1)).columns["lifts"], [np.nan, 2, np.nan])
        if store_backend.kind == "geopackage":
            assert pyogrio.read_dataframe(place, layer="building_current").lifts.max() == 2
            assert pyogrio.read_info(place, layer="well_current")["features"] == 1
        assert later.fetch("SELECT max(lifts) FROM building_current") == [(2,)]
        assert later.fetch("SELECT count(*) FROM well_current") == [(1,)]
        with pytest.raises(later.backend.errors, match=schema.APPEND_ONLY):
            later.connection.execute("UPDATE building SET lifts = 3")
    with Store.open(place, catalogue) as older:  # a column that the catalogue lost survives what is re-recorded
        with older.change(source="s", reason="r") as change:
            change.close("building", "b0001", valid_to=date(2023, 1, 1))
        assert older.fetch("SELECT lifts FROM building WHERE lifts IS NOT NULL") == [(2,), (2,)]


FOREIGN = [
    (
        "INSERT INTO school (object_id, valid_from, valid_to, recorded_from, source, reason, geom)"
        " SELECT object_id, '2020-06-01', '2020-07-01', '2030-01-01T00:00:00.000Z', 'x', 'x', geom FROM school"
    ),
    (
        "INSERT INTO school (object_id, valid_from, valid_to, recorded_from, source, reason, geom)"
        " SELECT object_id, '2019-06-01', '2020-01-02', '2020-01-01T00:00:00.000Z', 'x', 'x', geom FROM school"
    ),
    (
        "INSERT INTO school (object_id, valid_from, recorded_from, source, reason, geom)"
        " SELECT 'n', '2020-6-1', '2030-01-01T00:00:00.000Z', 'x', 'x', geom FROM school"
    ),
    (
        "INSERT INTO school (object_id, valid_from, valid_to, recorded_from, source, reason, geom)"
        " SELECT 'n', '2020-06-01', '2020-06-01', '2030-01-01T00:00:00.000Z', 'x', 'x', geom FROM school"
    ),
    (
        "INSERT INTO school (object_id, valid_from, recorded_from, source, reason, geom)"
        " SELECT 'n', '2020-06-01', '2030-01-01T00:00:00.000Z', '', 'x', geom FROM school"
    ),
    (
        "INSERT INTO school (object_id, valid_from, recorded_from, source, geom)"
        " SELECT 'n', '2020-06-01', '2030-01-01T00:00:00.000Z', 'x', geom FROM school"
    ),
    (
        "INSERT OR REPLACE INTO school (fid, object_id, valid_from, recorded_from, source, reason, geom)"
        " SELECT fid, 'n', '2020-06-01', '2030-01-01T00:00:00.000Z', 'x', 'x', geom FROM school"
    ),
    "UPDATE school SET valid_to = '2020-02-01'",
    "UPDATE school SET name = 'x'",
    "UPDATE school SET fid = 77",
    "UPDATE school SET geom = NULL",
    "DELETE FROM school",
]


@pytest.mark.parametrize("statement", FOREIGN)
def test_a_foreign_writer_cannot_break_it(file, statement):
    with file.change(source="s", reason="r") as change:
        change.add("school", "a", valid_from=DAY, geometry=shapely.Point(110, 40), attributes={})
    raw = sqlite3.connect(file.backend.path)
    gpkg.register_functions(raw)
    with pytest.raises(sqlite3.IntegrityError):
        raw.execute(statement)
    raw.rollback()
    raw.close()
    assert [v.attributes["name"] for v in file.history("school", "a")] == [None]


def test_superseding_twice_is_refused_in_the_database(file):
    fill(file, 1)
    with file.change(source="s", reason="r") as change:
        change.withdraw("building", "b0000", on=DAY)
    with pytest.raises(sqlite3.IntegrityError, match=schema.APPEND_ONLY):
        file.connection.execute(f"UPDATE building SET recorded_to = '{OPEN_TIME}'")


def test_gdal_cannot_add_an_overlap(file, tmp_path):
    fill(file, 1)
    rows = pyogrio.read_dataframe(file.backend.path, layer="building")
    with pytest.raises(Exception, match=schema.OVERLAP):
        pyogrio.write_dataframe(rows, file.backend.path, layer="building", append=True)
    assert len(file.history("building", "b0000")) == 1


@pytest.mark.parametrize(
    ("name", "arguments", "said"),
    [
        ("building", {"geometry": shapely.Point(110, 40)}, "cannot be POINT"),
        ("building", {"geometry": None}, "needs a geometry"),
        ("building", {"geometry": shapely.Polygon()}, "cannot be POLYGON EMPTY"),
        ("building", {"geometry": shapely.box(500000, 4e6, 500010, 4.1e6)}, "cannot be POLYGON"),
        ("school", {"geometry": shapely.LineString([(1, 1), (2, 2)])}, "cannot be LINESTRING"),
        ("school", {"geometry": shapely.Point(np.nan, 2)}, "cannot be POINT"),
        ("school", {"geometry": shapely.Point(1, 2), "attributes": {"clases": 3}}, "did you mean: classes"),
        ("school", {"geometry": shapely.Point(1, 2), "attributes": {"classes": "三"}}, "cannot be '三'"),
        ("school", {"geometry": shapely.Point(1, 2), "attributes": {"classes": 3.5}}, "cannot be 3.5"),
        ("heritage_site", {"geometry": shapely.Point(1, 2), "attributes": {"designated_on": "2020"}}, "cannot be"),
        ("census", {"geometry": None, "attributes": {"persons": 3}}, "needs area_code"),
        ("census", {"geometry": shapely.Point(1, 2), "attributes": {"area_code": "1", "persons": 3}}, "no geometry"),
        ("school", {"geometry": shapely.Point(1, 2), "valid_to": DAY}, "is empty"),
    ],
)
def test_wrong_content_is_refused(store, name, arguments, said):
    with pytest.raises(Exception, match=said), store.change(source="s", reason="r") as change:
        change.add(name, "a", **{"valid_from": DAY, "attributes": {}, **arguments})
    assert store.changes() == []
    assert store.classes_present() == {}


def test_opening_what_is_not_a_city_model(tmp_path, catalogue):
    with pytest.raises(StoreError, match="no city model"):
        Store.open(tmp_path / "none.gpkg", catalogue)
    (tmp_path / "text.gpkg").write_text("not a database" * 100)
    with pytest.raises(StoreError, match="cannot open"):
        Store.open(tmp_path / "text.gpkg", catalogue)
    pyogrio.raw.write(
        tmp_path / "other.gpkg", geometry=shapely.to_wkb([shapely.Point(1, 2)]), field_data=[np.arange(1)],
        fields=["n"], geometry_type="Point", crs="EPSG:4490", driver="GPKG",
    )  # fmt: skip
    with pytest.raises(StoreError, match="is not a city model"):
        Store.open(tmp_path / "other.gpkg", catalogue)
    Store.create(tmp_path / "city.gpkg", catalogue).close()
    with pytest.raises(StoreError, match="exists already"):
        Store.create(tmp_path / "city.gpkg", catalogue)


def test_read_only(store, place, catalogue):
    fill(store, 2)
    with Store.open(place, catalogue, read_only=True) as reader:
        assert len(reader.as_of("building", DAY)) == 2
        with pytest.raises(StoreError), reader.change(source="s", reason="r") as change:
            change.close("building", "b0000", valid_to=date(2021, 1, 1))


@pytest.mark.parametrize("read_only", [False, True])
def test_copy_is_one_file(file, tmp_path, catalogue, read_only):
    fill(file, 5)
    with Store.open(tmp_path / "city.gpkg", catalogue, read_only=read_only) as opened:
        opened.copy_to(tmp_path / "copy.gpkg")
    with Store.open(tmp_path / "copy.gpkg", catalogue, read_only=True) as copy:
        assert list(copy.as_of("building", DAY).object_id) == list(file.as_of("building", DAY).object_id)
        assert copy.connection.execute("PRAGMA journal_mode").fetchone() == ("delete",)
    assert not (tmp_path / "copy.gpkg-wal").exists()
    with pytest.raises(StoreError, match="exists already"):
        file.copy_to(tmp_path / "copy.gpkg")


def test_readers_see_the_former_state_while_one_writes(store, place, catalogue):
    fill(store, 4)
    with Store.open(place, catalogue, read_only=True) as reader:
        with store.change(source="s", reason="r") as change:
            change.close_many("building", ["b0000", "b0001"], valid_to=date(2021, 1, 1))
            change.recorder.flush()
            assert len(reader.as_of("building", date(2021, 1, 1))) == 4
        assert len(reader.as_of("building", date(2021, 1, 1))) == 2
        with reader.reading():
            assert len(reader.as_of("building", date(2021, 1, 1))) == 2
            with store.change(source="s", reason="r") as change:
                change.close("building", "b0002", valid_to=date(2021, 1, 1))
            assert len(reader.as_of("building", date(2021, 1, 1))) == 2
        assert len(reader.as_of("building", date(2021, 1, 1))) == 1


def test_a_second_writer_waits_then_gives_up(store, place, catalogue, monkeypatch):
    fill(store, 2)
    monkeypatch.setattr(store_module, "WAIT_SECONDS", 0.1)
    with Store.open(place, catalogue) as second:
        with store.change(source="s", reason="r") as change:
            change.close("building", "b0000", valid_to=date(2021, 1, 1))
            with pytest.raises(StoreError, match="another process"), second.change(source="s", reason="r"):
                pass
        with second.change(source="s", reason="r") as change:
            change.close("building", "b0001", valid_to=date(2021, 1, 1))


def test_a_second_writer_waits_for_the_first(store, place, catalogue):
    fill(store, 2)
    started, done = threading.Event(), []

    def write():
        with Store.open(place, catalogue) as second:
            started.set()
            with second.change(source="s", reason="second") as change:
                change.close("building", "b0001", valid_to=date(2021, 1, 1))
                done.append(True)

    thread = threading.Thread(target=write)
    with store.change(source="s", reason="first") as change:
        thread.start()
        started.wait()
        time.sleep(0.05)
        change.close("building", "b0000", valid_to=date(2021, 1, 1))
        assert not done
    thread.join()
    times = [c.recorded_at for c in store.changes()]
    assert [c.reason for c in store.changes()] == ["first survey", "first", "second"]
    assert times == sorted(set(times))


def test_an_error_leaves_nothing(store):
    with pytest.raises(ZeroDivisionError), store.change(source="s", reason="r") as change:  # noqa: PT012
        change.add("school", "a", valid_from=DAY, geometry=shapely.Point(110, 40), attributes={})
        change.recorder.flush()
        raise ZeroDivisionError
    assert store.classes_present() == {}
    assert store.changes() == []


def test_a_killed_writer_leaves_nothing(store, place, catalogue):
    fill(store, 3)
    script = f"""
        from datetime import date
        import os, signal, shapely
        import numpy as np
        from xiancheng.city.classes import load_catalogue
        from xiancheng.city.store import Store
        store = Store.open({str(place)!r}, load_catalogue())
        if store.backend.name == "geopackage":
            store.connection.execute("PRAGMA cache_size = 2")  # spill into the log before the end
        with store.change(source="s", reason="r") as change:
            change.close("building", "b0000", valid_to=date(2021, 1, 1))
            n = 20000
            x = np.linspace(110, 111, n)
            change.add_many("school", [str(i) for i in range(n)], valid_from=date(2020, 1, 1),
                            geometry=shapely.points(x, x - 70), columns={{}})
            os.kill(os.getpid(), signal.SIGKILL)
    """
    killed = subprocess.run([sys.executable, "-c", textwrap.dedent(script)], env=os.environ, check=False)
    assert killed.returncode == -signal.SIGKILL
    with Store.open(place, catalogue) as again:
        assert again.classes_present() == {"building": 3}
        assert len(again.changes()) == 1
        assert len(again.history("building", "b0000")) == 1
        with again.change(source="s", reason="r") as change:
            change.close("building", "b0000", valid_to=date(2021, 1, 1))


def test_recorded_times_increase_when_the_clock_is_set_back(store, monkeypatch):
    fill(store, 1)
    first = store.changes()[-1].recorded_at
    monkeypatch.setattr("xiancheng.city.recording.now", lambda: datetime(2000, 1, 1, tzinfo=UTC))
    with store.change(source="s", reason="r") as change:
        change.close("building", "b0000", valid_to=date(2021, 1, 1))
    assert store.changes()[-1].recorded_at > first


def test_verify(file):
    fill(file, 10)
    with file.change(source="s", reason="r") as change:
        change.update("building", "b0001", valid_from=date(2021, 1, 1), attributes={"floors": 4})
    assert file.verify() == []
    for statement in (
        "DROP TRIGGER building_xc_insert",
        "DELETE FROM rtree_building_geom WHERE id = 3",
        (
            "INSERT INTO building (object_id, valid_from, recorded_from, source, reason, geom)"
            " SELECT object_id, '2020-06-01', '2030-01-01T00:00:00.000Z', 'x', 'x', geom FROM building WHERE fid = 5"
        ),
    ):
        file.connection.execute(statement)
    assert [problem.en for problem in file.verify()] == [
        "building: 1 pairs of records overlap in validity",
        "building: 1 records belong to no change set",
        "building: the spatial index disagrees with the records (1 times)",
    ]


def test_as_dict_is_json(store):
    fill(store, 1)
    version = json.loads(json.dumps(store.history("building", "b0000")[0].as_dict()))
    assert version["valid_to"] is None
    assert version["recorded_to"] is None
    assert version["geometry"]["type"] == "Polygon"
    assert version["attributes"]["name"] == "楼0"
    assert json.loads(json.dumps(store.changes()[0].as_dict()))["detail"]["rows"] == {
        "building": {"recorded": 1, "superseded": 0}
    }
