"""A city model moves between a file and PostGIS, and nothing about it changes: no record, no number, no hash."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import date
from pathlib import Path

import numpy as np
import pyogrio
import pytest
import shapely
from click.testing import CliRunner

from postgres.cluster import program
from xiancheng.city.backends import copying
from xiancheng.city.backends.copying import class_tables, copy_model
from xiancheng.city.classes import load_catalogue
from xiancheng.city.county import County
from xiancheng.city.publish import publish
from xiancheng.city.snapshot import Snapshot
from xiancheng.city.store import Store, StoreError
from xiancheng.cli.app import _register, root
from xiancheng.sample import import_sources, write_sources

pytestmark = pytest.mark.xdist_group("copying")  # what the module sets up is costly

DAYS = (date(2023, 12, 31), date(2025, 12, 31))


@pytest.fixture(scope="module")
def sample(tmp_path_factory) -> Path:
    """A sample county whose model was also edited, merged, split and undone."""
    folder = tmp_path_factory.mktemp("copied")
    write_sources(folder / "sources", people=1000, seed=4)
    import_sources(folder / "sources", folder)
    county, catalogue = County.load(folder), load_catalogue()
    with Store.open(county.model_place, catalogue) as store:
        schools = store.as_of("school", DAYS[1]).object_id.tolist()
        with store.change(source="survey", reason="合并", who="edu") as change:
            change.merge(
                "school", schools[:2], "merged", valid_from=date(2024, 9, 1), geometry=shapely.Point(110.5, 40.6),
                attributes={"name": "合并学校", "classes": 3},
            )  # fmt: skip
        with store.change(source="survey", reason="typing error") as change:
            change.correct("school", schools[3], on=DAYS[1], attributes={"name": "'\"\\\t:x ?%\n"})
            change.withdraw("school", schools[4], on=DAYS[1])
        store.undo(store.changes()[-1].id, reason="wrong")
        with pytest.raises(ZeroDivisionError), store.change(source="s", reason="uses up numbers") as change:  # noqa: PT012
            change.close_many("building", store.as_of("building", DAYS[1]).object_id[:9], valid_to=DAYS[1])
            change.recorder.flush()
            raise ZeroDivisionError
        store.undo(store.changes()[-1].id, reason="not so wrong")
    return folder


@pytest.fixture
def store(sample, catalogue):
    with Store.open(County.load(sample).model_place, catalogue, read_only=True) as opened:
        yield opened


@pytest.fixture
def address(postgres_cluster):
    return postgres_cluster.url(postgres_cluster.database())


def content(store):
    """Everything in a model: each table's rows as tuples, geometries as WKB."""
    backend, tables = store.backend, {}
    for name in class_tables(backend):
        shape = backend.shape_of(name)
        listed = ", ".join(f'"{c}"' for c in (*shape.fixed, *shape.columns))
        rows = [list(r) for r in backend.execute(f'SELECT {listed} FROM "{name}" ORDER BY fid').fetchall()]
        if shape.geometry_type is not None:
            at = shape.fixed.index("geom")
            for row, blob in zip(rows, shapely.to_wkb(backend.decode([r[at] for r in rows])), strict=True):
                row[at] = blob
        tables[name] = (shape, rows, backend.last_number(name))
    for name in ("xc_change", "xc_lineage"):
        columns = ", ".join(copying._COLUMNS[name])
        tables[name] = store.fetch(f"SELECT {columns} FROM {name} ORDER BY id")
    return tables


def test_there_and_back_again(store, address, tmp_path, catalogue, monkeypatch):
    monkeypatch.setattr(copying, "PAGE", 7000)
    store.copy_to(address)
    with Store.open(address, catalogue, read_only=True) as moved:
        original = content(store)
        assert len(original) > 15
        assert content(moved) == original
        assert moved.verify() == []
        assert moved.changes() == store.changes()
        assert moved.classes_present() == store.classes_present()
        assert moved.backend.extent() == pytest.approx(store.backend.extent())
        for name in ("school", "building"):
            for object_id in store.as_of(name, DAYS[1]).object_id[:5]:
                assert moved.history(name, object_id) == store.history(name, object_id)
        moved.copy_to(tmp_path / "back.gpkg")
    assert [p.name for p in tmp_path.iterdir()] == ["back.gpkg"]
    with Store.open(tmp_path / "back.gpkg", catalogue) as back:
        assert content(back) == original
        assert back.verify() == []
        assert back.backend.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    everything = pyogrio.read_info(tmp_path / "back.gpkg", layer="building")
    assert everything["features"] == len(original["building"][1])
    assert everything["capabilities"]["fast_spatial_filter"]


def test_snapshots_have_the_same_hash(store, sample, address, tmp_path, catalogue):
    county = County.load(sample)
    store.copy_to(address)
    elsewhere = County(
        tmp_path / "elsewhere", county.name, county.code, county.crs, county.programmes, synthetic=True,
        database=address,
    )  # fmt: skip
    with Store.open(elsewhere.model_place, catalogue, read_only=True) as moved:
        for day in DAYS:
            there = Snapshot.open(publish(moved, elsewhere, catalogue, day), catalogue)
            here = Snapshot.open(publish(store, county, catalogue, day), catalogue)
            assert there.manifest == here.manifest
            assert there.manifest["hash"]


def test_a_moved_model_goes_on(store, address, catalogue):
    """Numbers go on where they were, the guards hold, and what came from the file can be undone."""
    store.copy_to(address)
    last = store.changes()[-1]
    with Store.open(address, catalogue) as moved:
        with moved.change(source="s", reason="r") as change:
            change.add("school", "new", valid_from=DAYS[0], geometry=shapely.Point(110, 40), attributes={})
        assert moved.changes()[-1].id == last.id + 1
        highest = store.backend.last_number("school")
        assert moved.fetch("SELECT fid FROM school WHERE object_id = 'new'") == [(highest + 1,)]
        moved.undo(last.id, reason="again")
        assert moved.verify() == []
        with pytest.raises(StoreError, match="overlap"), moved.change(source="s", reason="r") as change:
            change.add_many(
                "school", ["new"], valid_from=DAYS[1], geometry=np.array([shapely.Point(110, 40)]), columns={}
            )


def test_a_dump_restores_the_model_with_its_guards(store, address, postgres_cluster, tmp_path, catalogue):
    store.copy_to(address)
    dump = tmp_path / "tumed.dump"
    with Store.open(address, catalogue) as moved:
        before = content(moved)
    restored = postgres_cluster.url(postgres_cluster.database("template1"))
    subprocess.run([program("pg_dump"), "--format=custom", f"--file={dump}", address], check=True)
    subprocess.run([program("pg_restore"), f"--dbname={restored}", dump], check=True)
    with Store.open(restored, catalogue) as again:
        assert content(again) == before
        assert again.verify() == []
        with again.change(source="s", reason="r") as change:
            change.add("school", "new", valid_from=DAYS[0], geometry=shapely.Point(110, 40), attributes={})
        with pytest.raises(again.backend.errors, match="append-only"):
            again.connection.execute("UPDATE school SET name = 'x'")


def test_only_an_empty_model_takes_a_copy(store, address, catalogue):
    Store.create(address, catalogue).close()
    store.copy_to(address)
    with pytest.raises(StoreError, match="not empty"):
        store.copy_to(address)


def test_a_copy_is_whole_or_not_at_all(store, address, tmp_path, catalogue, monkeypatch):
    def fails(backend, names, bounds):
        raise ZeroDivisionError

    with Store.create(address, catalogue) as target:
        monkeypatch.setattr(type(target.backend), "note_change", fails)
        with pytest.raises(ZeroDivisionError):
            copy_model(store.backend, target.backend, wait=1)
        assert target.changes() == []
        assert class_tables(target.backend) == []
    assert not store.backend.in_transaction


def run(folder, *arguments):
    """Run the command line."""
    done = CliRunner().invoke(root, ["-C", str(folder), "--lang", "en", *arguments], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.stdout


def run_apart(folder, *arguments):
    """Run the command line in a process of its own, where it may set up Django."""
    done = subprocess.run(
        [sys.executable, "-m", "xiancheng", "-C", folder, *arguments], capture_output=True, text=True, check=False,
        env={**os.environ, "XIANCHENG_LANG": "en"},
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_copy_model_and_the_commands_on_postgis(sample, address, tmp_path, store):
    _register()
    run(sample, "copy-model", "--to", address)
    folder = tmp_path / "grown"
    folder.mkdir()
    text = (sample / "county.toml").read_text(encoding="utf-8")
    (folder / "county.toml").write_text(f'{text}\n[site]\ndatabase = "{address}"\n', encoding="utf-8")
    assert "school" in run(folder, "classes")
    school = store.as_of("school", DAYS[1]).object_id[0]
    assert run(folder, "history", "school", school) == run(sample, "history", "school", school)
    assert run(folder, "changes") == run(sample, "changes")
    assert "city model sound" in run_apart(folder, "doctor")
    run(folder, "publish", "--as-of", "2025-12-31")
    run(folder, "undo", str(store.changes()[-1].id), "--reason", "again")
    assert len(run(folder, "changes").splitlines()) > len(run(sample, "changes").splitlines())
    run(folder, "quality", "--as-of", "2025-12-31")
    run(folder, "copy-model", "--to", str(tmp_path / "out.gpkg"))
    assert (tmp_path / "out.gpkg").exists()
    assert not (folder / "city.gpkg").exists()
