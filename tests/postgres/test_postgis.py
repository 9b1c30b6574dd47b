"""What a city model in PostGIS has of its own: types and guards that other programs meet, roles, addresses."""

from __future__ import annotations

import shutil
import subprocess
from datetime import date

import numpy as np
import psycopg
import pytest
import shapely

from xiancheng.city import schema
from xiancheng.city.backends.postgis.connecting import Address, translated
from xiancheng.city.store import Store, StoreError
from xiancheng.foundation.errors import ConfigError

DAY = date(2020, 1, 1)


@pytest.fixture
def address(postgres_cluster):
    return postgres_cluster.url(postgres_cluster.database())


@pytest.fixture
def store(address, catalogue):
    with Store.create(address, catalogue) as made, made.change(source="survey", reason="first") as change:
        change.add_many(
            "building", ["a", "b"], valid_from=DAY,
            geometry=shapely.box([110, 110.5], [40, 40.5], [110.1, 110.6], [40.1, 40.6]),
            columns={"floors": np.array([2.0, np.nan]), "gigabit": np.array([1.0, 0.0])},
        )  # fmt: skip
    with Store.open(address, catalogue) as opened:
        yield opened


@pytest.fixture
def foreign(store, address):
    """A connection of some other program, which knows nothing of the model."""
    with psycopg.connect(Address(address).url, autocommit=True) as connection:
        yield connection


def test_columns_have_types_of_their_own(store, foreign):
    rows = foreign.execute(
        "SELECT column_name, data_type FROM information_schema.columns WHERE table_schema = 'city'"
        " AND table_name = 'building'"
    ).fetchall()
    types = dict(rows)
    assert types["valid_from"] == types["valid_to"] == "date"
    assert types["recorded_from"] == types["recorded_to"] == "timestamp with time zone"
    assert types["year"] == "bigint"
    assert types["height"] == "double precision"
    assert types["gigabit"] == "boolean"
    assert types["geom"] == "USER-DEFINED"
    assert (
        foreign.execute(
            "SELECT coord_dimension, srid, type FROM geometry_columns WHERE f_table_schema = 'city'"
            " AND f_table_name IN ('building', 'building_current')"
        ).fetchall()
        == [(2, 4490, "MULTIPOLYGON")] * 2
    )
    foreign.execute("SET enable_seqscan = off")
    plan = foreign.execute(
        "EXPLAIN SELECT 1 FROM city.building WHERE geom && ST_MakeEnvelope(110, 40, 110.2, 40.2, 4490)"
    ).fetchall()
    assert "building_geom" in str(plan)


NEW = "INSERT INTO city.building (object_id, valid_from, valid_to, recorded_from, source, reason, geom)"
FROM_A = "geom FROM city.building WHERE object_id = 'a'"
FOREIGN = [
    f"{NEW} SELECT 'a', '2020-06-01', '2020-07-01', '2030-01-01Z', 'x', 'x', {FROM_A}",
    f"{NEW} SELECT 'a', '2019-06-01', '2020-01-02', '2020-01-01Z', 'x', 'x', {FROM_A}",
    f"{NEW} SELECT 'n', '2020-06-01', '2020-06-01', '2030-01-01Z', 'x', 'x', {FROM_A}",
    f"{NEW} SELECT 'n', '2020-06-01', '2021-06-01', '2030-01-01Z', '', 'x', {FROM_A}",
    f"{NEW} SELECT 'n', '2020-06-01', '2021-06-01', '2030-01-01Z', 'x', NULL, {FROM_A}",
    f"{NEW} SELECT 'n', '2020-06-01', '2021-06-01', '2030-01-01Z', 'x', 'x', ST_Centroid(geom) FROM city.building",
    "UPDATE city.building SET valid_to = '2020-02-01'",
    "UPDATE city.building SET name = 'x'",
    "UPDATE city.building SET fid = 77 WHERE object_id = 'a'",
    "UPDATE city.building SET geom = ST_Translate(geom, 1, 0)",
    "UPDATE city.building SET recorded_to = '2019-01-01Z'",
    "DELETE FROM city.building",
    "TRUNCATE city.building",
]


@pytest.mark.parametrize("statement", FOREIGN)
def test_a_foreign_writer_cannot_break_it(store, foreign, statement):
    before = [store.history("building", i) for i in "ab"]
    with pytest.raises((psycopg.IntegrityError, psycopg.DataError)):
        foreign.execute(statement)
    assert [store.history("building", i) for i in "ab"] == before


def test_a_foreign_writer_may_end_a_belief_once(store, foreign):
    foreign.execute("UPDATE city.building SET recorded_to = '2100-01-01Z' WHERE object_id = 'a'")
    with pytest.raises(psycopg.IntegrityError, match=schema.APPEND_ONLY):
        foreign.execute("UPDATE city.building SET recorded_to = '2101-01-01Z' WHERE object_id = 'a'")


def test_the_same_object_may_be_believed_otherwise_later(store, foreign):
    """The constraint is on both times: neither other days nor other beliefs overlap."""
    foreign.execute(f"{NEW} SELECT 'a', '2019-01-01', '2020-01-01', '2030-01-01Z', 'x', 'x', {FROM_A}")
    foreign.execute("UPDATE city.building SET recorded_to = '2031-01-01Z' WHERE object_id = 'a'")
    foreign.execute(f"{NEW} SELECT 'a', '2019-01-01', '2021-01-01', '2031-01-01Z', 'x', 'x', {FROM_A} LIMIT 1")
    with pytest.raises(psycopg.errors.ExclusionViolation):
        foreign.execute(f"{NEW} SELECT 'a', '2019-01-01', '2021-01-01', '2030-12-31Z', 'x', 'x', {FROM_A} LIMIT 1")


def test_verify_tells_what_is_missing(store, foreign):
    assert store.verify() == []
    foreign.execute("ALTER TABLE city.building DROP CONSTRAINT building_no_overlap")
    foreign.execute("ALTER TABLE city.building DISABLE TRIGGER building_xc_update")
    foreign.execute("DROP INDEX city.building_geom")
    foreign.execute(f"{NEW} SELECT 'a', '2020-06-01', '2020-07-01', '2030-01-01Z', 'x', 'x', {FROM_A}")
    assert [problem.en for problem in store.verify()] == [
        "building: 1 pairs of records overlap in validity",
        "building: 1 records belong to no change set",
        "building: building_geom is missing",
        "building: building_no_overlap is missing",
        "building: building_xc_update is missing",
    ]


@pytest.mark.skipif(shutil.which("ogrinfo") is None, reason="needs GDAL's ogrinfo")
def test_gdal_reads_the_layers(store, address):
    source = f"PG:{Address(address).url}"
    if "PostgreSQL" not in subprocess.run(["ogrinfo", "--formats"], capture_output=True, text=True, check=True).stdout:
        pytest.skip("this GDAL has no driver of PostgreSQL")
    listed = subprocess.run(
        ["ogrinfo", "-so", source, "city.building_current"], capture_output=True, text=True, check=True
    )
    assert "Geometry: Multi Polygon" in listed.stdout
    assert "Feature Count: 2" in listed.stdout
    assert 'ID["EPSG",4490]' in listed.stdout
    assert "gigabit: Integer(Boolean)" in listed.stdout
    assert "valid_from: Date" in listed.stdout
    read = subprocess.run(
        ["ogrinfo", "-q", "-spat", "110", "40", "110.2", "40.2", source, "city.building"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert "object_id (String) = a" in read.stdout
    assert "object_id (String) = b" not in read.stdout
    assert "ERROR" not in listed.stderr + read.stderr


def test_a_role_that_may_only_read(store, foreign, address, catalogue):
    foreign.execute(
        "DROP ROLE IF EXISTS viewer; CREATE ROLE viewer LOGIN; GRANT USAGE ON SCHEMA city TO viewer;"
        " GRANT SELECT ON ALL TABLES IN SCHEMA city TO viewer"
    )
    try:
        plain = address.split("://")[1].split("@", 1)[1]
        with Store.open(f"postgresql://viewer@{plain}", catalogue) as viewer:
            assert viewer.classes_present() == {"building": 2}
            with pytest.raises(StoreError, match="denied"), viewer.change(source="s", reason="r") as change:
                change.close("building", "a", valid_to=date(2021, 1, 1))
    finally:
        foreign.execute("DROP OWNED BY viewer; DROP ROLE viewer")


def test_a_store_survives_a_restart_of_the_server(store, foreign, address, catalogue):
    end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'xiancheng'"
    with Store.open(address, catalogue, read_only=True) as reader:
        foreign.execute(end)
        with reader.reading():
            assert reader.classes_present() == {"building": 2}
        with store.change(source="s", reason="r") as change:
            change.close("building", "a", valid_to=date(2021, 1, 1))
        assert reader.classes_present() == {"building": 1}
        with pytest.raises(StoreError), reader.change(source="s", reason="r"):
            pass
        with pytest.raises(StoreError, match="refused"), store.change(source="s", reason="r") as change:  # noqa: PT012
            change.close("building", "b", valid_to=date(2021, 1, 1))
            foreign.execute(end)
            change.recorder.flush()
        with store.reading():
            assert store.classes_present() == {"building": 1}


def test_two_counties_in_one_database(store, address, catalogue):
    second = f"{address}&schema=guyang"
    with Store.create(second, catalogue) as other:
        assert other.classes_present() == {}
        with other.change(source="s", reason="r") as change, store.change(source="s", reason="r") as here:
            change.add("school", "s", valid_from=DAY, geometry=shapely.Point(110, 40), attributes={})
            here.close("building", "a", valid_to=date(2021, 1, 1))
    assert store.classes_present() == {"building": 1}
    with pytest.raises(StoreError, match="exists already"):
        Store.create(second, catalogue)
    with pytest.raises(StoreError, match="no city model"):
        Store.open(f"{address}&schema=nowhere", catalogue)


def test_addresses():
    address = Address("postgresql://me:sec%40ret@db.example:5433/county?schema=tumed&sslmode=require")
    assert address.url == "postgresql://me:sec%40ret@db.example:5433/county?sslmode=require"
    assert address.schema == "tumed"
    assert address.shown == "postgresql://db.example/county?schema=tumed"
    assert Address("postgresql://h/d").schema == "city"
    for wrong in ('"; DROP SCHEMA city', "City", "1st", ""):
        with pytest.raises(ConfigError, match="schema"):
            Address(f"postgresql://h/d?schema={wrong}" if wrong else "postgresql://h/d?schema=a%20b")


def test_an_unreachable_server_is_said_without_its_password(catalogue, tmp_path):
    with pytest.raises(StoreError, match="cannot connect") as raised:
        Store.open(f"postgresql://me:secret@/county?host={tmp_path}", catalogue)
    assert "secret" not in str(raised.value)


@pytest.mark.parametrize(
    ("written", "given"),
    [
        ("SELECT :a, ?, a::text", "SELECT %(a)s, %s, a::text"),
        ("a = ':x ?' AND \"b:c?\" = :d", "a = ':x ?' AND \"b:c?\" = %(d)s"),
        ("'it''s :x' || :y LIKE '5%'", "'it''s :x' || %(y)s LIKE '5%%'"),
        ("recorded_to = '9999-12-31T00:00:00.000Z'", "recorded_to = '9999-12-31T00:00:00.000Z'"),
    ],
)
def test_placeholders(written, given):
    assert translated(written) == given
