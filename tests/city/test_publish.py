"""Snapshots: the same as the store as of a date, the same bytes every time, and never half written."""

from __future__ import annotations

import hashlib
import json
from datetime import date

import numpy as np
import pytest
import shapely
from pyproj import Geod

from xiancheng.city import publish as publishing
from xiancheng.city.county import AUTO, County
from xiancheng.city.publish import (
    feature_tables,
    open_snapshot,
    publish,
    published,
    representative_points,
    superseded,
)
from xiancheng.city.snapshot import Snapshot
from xiancheng.city.store import Store
from xiancheng.foundation.errors import ConfigError, XianchengError
from xiancheng.foundation.text import Text

D1, D2 = date(2020, 1, 1), date(2024, 1, 1)


@pytest.fixture
def county(tmp_path, store_backend):
    made = County(
        tmp_path / "county", Text("土默特右旗", "Tumed Right Banner"), "150221", "EPSG:4546", synthetic=True,
        database=store_backend.database_setting(),
    )  # fmt: skip
    made.save()
    return made


@pytest.fixture
def store(county, catalogue):
    """Two townships side by side, 200 buildings in and around them, roads, schools, a census."""
    rng = np.random.default_rng(3)
    n = 200
    x, y = rng.uniform(110.49, 110.53, n), rng.uniform(40.49, 40.52, n)
    floors = np.where(rng.random(n) < 0.2, np.nan, rng.integers(1, 20, n)).astype(float)
    with Store.create(county.model_place, catalogue) as made:
        with made.change(source="s", reason="r") as change:
            for i, code in enumerate(("150221105", "150221104")):
                change.add(
                    "admin_area", f"t{i}", valid_from=D1,
                    geometry=shapely.box(110.5 + i * 0.01, 40.5, 110.51 + i * 0.01, 40.51),
                    attributes={"code": code, "level": "township"},
                )  # fmt: skip
            change.add("admin_area", "county", valid_from=D1, geometry=shapely.box(110, 40, 111, 41),
                       attributes={"code": "150221", "level": "county"})  # fmt: skip
            change.add_many(
                "building", [f"b{i}" for i in range(n)], valid_from=D1,
                geometry=shapely.box(x, y, x + 0.0002, y + 0.0001),
                columns={
                    "floors": floors, "gigabit": (rng.random(n) < 0.5).astype(float), "year": floors + 1990,
                    "use": np.array(["residential" if i % 3 else None for i in range(n)], dtype=object),
                },
            )  # fmt: skip
            line = shapely.LineString([(110.5, 40.5), (110.51, 40.5), (110.51, 40.51)])
            change.add("road", "r", valid_from=D1, geometry=line, attributes={})
            change.add("road", "m", valid_from=D1, geometry=shapely.MultiLineString([line, [(110.6, 40), (110.7, 40)]]),
                       attributes={})  # fmt: skip
            change.add("school", "p", valid_from=D1, geometry=shapely.Point(110.51, 40.505), attributes={"classes": 6})
            change.add("school", "a", valid_from=D2, geometry=shapely.box(110.52, 40.5, 110.521, 40.501), attributes={})
            change.add("heritage_site", "h", valid_from=D1, geometry=shapely.Point(110.505, 40.505),
                       attributes={"designated_on": date(2013, 3, 5), "in_use": True})  # fmt: skip
            change.add(
                "census", "c", valid_from=D1, geometry=None, attributes={"area_code": "150221104", "persons": 5000}
            )
        yield made


def test_snapshot_equals_the_store(store, county, catalogue):
    folder = publish(store, county, catalogue, D1)
    assert folder == county.snapshots_folder / "2020-01-01"
    snapshot = Snapshot.open(folder, catalogue)
    assert (snapshot.as_of, snapshot.county.code, snapshot.county.synthetic) == (D1, "150221", True)
    assert {n: e["rows"] for n, e in snapshot.manifest["classes"].items()} == {
        "admin_area": 3, "building": 200, "road": 2, "school": 1, "heritage_site": 1, "census": 1,
    }  # fmt: skip
    for name in snapshot.manifest["classes"]:
        rows, table = store.as_of(name, D1), snapshot.table(name)
        order = np.argsort(table.ids)
        assert list(table.ids[order]) == list(rows.object_id)
        assert list(table.geometry[order]) == list(rows.geometry)
        for attribute in catalogue[name].attributes:
            np.testing.assert_array_equal(table.column(attribute.name)[order], rows.columns[attribute.name])
        direct = feature_tables(store, county, catalogue, D1)[name]
        np.testing.assert_array_equal(table.xy[order], direct.xy)
        np.testing.assert_array_equal(table.area[order], direct.area)
        np.testing.assert_array_equal(table.in_area[order], direct.in_area)
    assert len(open_snapshot(county, catalogue, D1).table("museum")) == 0
    assert snapshot.population.persons.sum() == pytest.approx(5000)
    assert set(snapshot.population.in_area) == {"150221104"}
    assert snapshot.manifest["population"]["method"] == "census_floor_area"


@pytest.mark.peer
def test_geopandas_reads_the_same(store, county, catalogue):
    import geopandas

    folder = publish(store, county, catalogue, D2)
    for name in ("building", "road", "school", "heritage_site"):
        frame = geopandas.read_parquet(folder / f"{name}.parquet").set_index("object_id").sort_index()
        rows = store.as_of(name, D2)
        assert frame.crs.to_epsg() == 4490
        assert list(frame.index) == list(rows.object_id)
        assert list(frame.geometry) == list(rows.geometry)
        metric = frame.to_crs(county.crs)
        np.testing.assert_allclose(frame.metric_area, np.where(metric.geom_type.str.contains("Poly"), metric.area, 0))
        lines = metric.geom_type.str.contains("Line")
        np.testing.assert_allclose(frame.metric_length, np.where(lines, metric.length, 0))
    frame = geopandas.read_parquet(folder / "building.parquet")
    assert str(frame.gigabit.dtype) in {"bool", "object"}
    assert frame.floors.dtype == np.float64
    boxed = geopandas.read_parquet(folder / "building.parquet", bbox=(110.5, 40.5, 110.51, 40.51))
    inside = frame[frame.intersects(shapely.box(110.5, 40.5, 110.51, 40.51))]
    assert set(inside.object_id) <= set(boxed.object_id)
    assert len(boxed) < len(frame)


def test_computed_columns(store, county, catalogue):
    tables = feature_tables(store, county, catalogue, D2)
    buildings = tables["building"]
    geod = Geod(ellps="GRS80")
    true = [abs(geod.geometry_area_perimeter(g)[0]) for g in buildings.geometry]
    np.testing.assert_allclose(buildings.area, true, rtol=2e-4)
    assert (buildings.length == 0).all()
    roads = tables["road"]
    np.testing.assert_allclose(roads.length, [geod.geometry_length(g) for g in roads.geometry], rtol=2e-4)
    assert (tables["school"].length == 0).all()
    areas = store.as_of("admin_area", D2)
    townships = [
        (c, g)
        for c, g, level in zip(areas.columns["code"], areas.geometry, areas.columns["level"], strict=True)
        if level == "township"
    ]
    points = representative_points(buildings.geometry)
    expected = [min([c for c, g in townships if g.intersects(p)], default=None) for p in points]
    assert list(buildings.in_area) == expected
    assert None in expected
    assert dict(zip(tables["school"].ids, tables["school"].in_area, strict=True))["p"] == "150221104"  # on the border
    middle = representative_points(roads.geometry)
    assert all(g.distance(p) < 1e-9 for g, p in zip(roads.geometry, middle, strict=True))


def contents(folder):
    return {p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in folder.iterdir()}


def test_the_same_model_gives_the_same_bytes(store, county, catalogue, tmp_path):
    folder = publish(store, county, catalogue, D1)
    first = contents(folder)
    manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
    lines = [f"{name} {manifest['classes'][name]['sha256']}" for name in sorted(manifest["classes"])]
    lines += [f"population {manifest['population']['sha256']}", "as_of 2020-01-01", "county 150221"]
    assert manifest["hash"] == hashlib.sha256("\n".join(lines).encode()).hexdigest()
    for name, entry in manifest["classes"].items():
        assert first[f"{name}.parquet"] == entry["sha256"]
    assert contents(publish(store, county, catalogue, D1)) == first
    store.copy_to(tmp_path / "copy.gpkg")
    with Store.open(tmp_path / "copy.gpkg", catalogue, read_only=True) as copy:
        elsewhere = County(tmp_path / "other", county.name, county.code, county.crs, synthetic=True)
        assert contents(publish(copy, elsewhere, catalogue, D1)) == first
    with store.change(source="s", reason="later") as change:  # changes nothing as of that day
        change.update("building", "b1", valid_from=D2, attributes={"floors": 77})
    assert contents(publish(store, county, catalogue, D1)) == first
    assert superseded(county, D1) == []


def test_other_contents_of_the_same_day_are_kept(store, county, catalogue):
    former = Snapshot.open(publish(store, county, catalogue, D1), catalogue)
    steps = []

    class Told:
        def step(self, title, total=None):
            steps.append(title.en)

        def advance(self, count=1):
            pass

    with store.change(source="s", reason="typing error") as change:
        change.correct("building", "b1", on=D1, attributes={"floors": 77})
    now = Snapshot.open(publish(store, county, catalogue, D1, progress=Told()), catalogue)
    assert now.hash != former.hash
    (aside,) = superseded(county, D1)
    assert aside.name == f"2020-01-01~{former.hash[:12]}"
    assert any(aside.name in step for step in steps)
    assert Snapshot.open(aside, catalogue).hash == former.hash
    assert published(county) == [D1]
    assert now.manifest["published_from"]["change"] == 2
    store.undo(2, reason="it was right")
    assert Snapshot.open(publish(store, county, catalogue, D1), catalogue).hash == former.hash
    assert len(superseded(county, D1)) == 2


def test_a_failing_publication_leaves_nothing(store, county, catalogue, monkeypatch):
    first = contents(publish(store, county, catalogue, D1))

    def fail(*args, **more):
        raise OSError("disk full")

    monkeypatch.setattr(publishing, "_write_population", fail)
    with pytest.raises(OSError, match="disk full"):
        publish(store, county, catalogue, D2)
    assert [p.name for p in county.snapshots_folder.iterdir()] == ["2020-01-01"]
    assert contents(county.snapshots_folder / "2020-01-01") == first


def test_which_snapshot_is_opened(store, county, catalogue):
    with pytest.raises(XianchengError, match="no snapshot"):
        open_snapshot(county, catalogue, None)
    for day in (D2, D1):
        publish(store, county, catalogue, day)
    (county.snapshots_folder / "notes").mkdir()
    assert published(county) == [D1, D2]
    assert open_snapshot(county, catalogue, None).as_of == D2
    assert open_snapshot(county, catalogue, date(2023, 1, 1)).as_of == D1
    with pytest.raises(XianchengError, match="2019-01-01 or before"):
        open_snapshot(county, catalogue, date(2019, 1, 1))


def test_the_crs_must_be_settled(store, county, catalogue):
    with pytest.raises(ConfigError, match="not settled"):
        publish(store, County(county.folder, county.name, county.code, AUTO), catalogue, D1)


def test_an_empty_model(tmp_path, catalogue):
    county = County(tmp_path, Text("x", "x"), "x", "EPSG:4546")
    with Store.create(county.city_path, catalogue) as store:
        snapshot = Snapshot.open(publish(store, county, catalogue, D1), catalogue)
    assert snapshot.manifest["classes"] == {}
    assert snapshot.population.method == "none"
    assert snapshot.manifest["published_from"]["change"] is None
