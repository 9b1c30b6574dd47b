"""Tables of the city model in SQLite, guarded by triggers of their own."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from xiancheng.city import gpkg
from xiancheng.city.history import OPEN_DATE_TEXT, OPEN_TIME
from xiancheng.city.schema import APPEND_ONLY, FIXED, OVERLAP, REGISTERS, ColumnType, TableShape

_SQL_TYPES: dict[ColumnType, str] = {
    "text": "TEXT", "integer": "INTEGER", "number": "REAL", "boolean": "BOOLEAN", "date": "DATE",
}  # fmt: skip
_TYPES = {sql: kind for kind, sql in _SQL_TYPES.items()}
_DATE = "[0-9][0-9][0-9][0-9]-[01][0-9]-[0-3][0-9]"
_TIME = f"{_DATE}T[0-2][0-9]:[0-5][0-9]:[0-5][0-9].[0-9][0-9][0-9]Z"

_REGISTERS = """
CREATE TABLE xc_change (
  id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, recorded_at DATETIME NOT NULL UNIQUE, kind TEXT NOT NULL,
  source TEXT NOT NULL, reason TEXT NOT NULL, who TEXT, file TEXT, sha256 TEXT, valid_from DATE,
  detail TEXT NOT NULL DEFAULT '{}');
CREATE TABLE xc_lineage (
  id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, class TEXT NOT NULL, kind TEXT NOT NULL, from_id TEXT NOT NULL,
  to_id TEXT NOT NULL, source TEXT NOT NULL, valid_from DATE NOT NULL, recorded_from DATETIME NOT NULL,
  recorded_to DATETIME NOT NULL);
CREATE INDEX xc_lineage_class ON xc_lineage (class, kind, recorded_to);
"""

_OVERLAPS = """EXISTS (
    SELECT 1 FROM "{t}" AS other WHERE other.object_id = NEW.object_id
    AND other.recorded_from < NEW.recorded_to AND NEW.recorded_from < other.recorded_to
    AND other.valid_from < NEW.valid_to AND NEW.valid_from < other.valid_to)"""

_INDEXES = """
CREATE INDEX "{t}_object" ON "{t}" (object_id, recorded_to);
CREATE INDEX "{t}_validity" ON "{t}" (valid_to, valid_from);
"""

# The second guard is for INSERT OR REPLACE, which deletes without firing the trigger of deletion.
_INSERT_GUARDS = f"""
CREATE TRIGGER "{{t}}_xc_insert" BEFORE INSERT ON "{{t}}" WHEN {_OVERLAPS}
BEGIN SELECT RAISE(ABORT, '{OVERLAP}'); END;
CREATE TRIGGER "{{t}}_xc_replace" BEFORE INSERT ON "{{t}}"
  WHEN EXISTS (SELECT 1 FROM "{{t}}" WHERE fid = NEW.fid)
BEGIN SELECT RAISE(ABORT, '{APPEND_ONLY}'); END;
"""  # noqa: S608

_DELETE_GUARD = f"""
CREATE TRIGGER "{{t}}_xc_delete" BEFORE DELETE ON "{{t}}"
  WHEN EXISTS (SELECT 1 FROM xc_change WHERE recorded_at = OLD.recorded_from)
BEGIN SELECT RAISE(ABORT, '{APPEND_ONLY}'); END;
"""  # noqa: S608

_ANY_OVERLAP = """
SELECT 1 FROM "{t}" AS a JOIN "{t}" AS b ON a.object_id = b.object_id AND a.fid <> b.fid
WHERE (:time IS NULL OR a.recorded_from = :time) AND a.recorded_from < b.recorded_to AND b.recorded_from < a.recorded_to
AND a.valid_from < b.valid_to AND b.valid_from < a.valid_to LIMIT 1"""

_UPDATE_GUARD = f"""
CREATE TRIGGER "{{t}}_xc_update" BEFORE UPDATE ON "{{t}}"
  WHEN OLD.recorded_to <> '{OPEN_TIME}' OR {{changed}}
BEGIN SELECT RAISE(ABORT, '{APPEND_ONLY}'); END;
"""


def create_registers(connection: sqlite3.Connection) -> None:
    """Create the registers of changes and of lineage, listed as tables for whoever opens the file."""
    gpkg.run_script(connection, _REGISTERS)
    for name, title in REGISTERS.items():
        gpkg.register_layer(connection, name, geometry_type=None, identifier=name, description=title)


def tables_present(connection: sqlite3.Connection) -> set[str]:
    """Return the names of all layers of the file."""
    return {str(name) for (name,) in connection.execute("SELECT table_name FROM gpkg_contents")}


def columns_of(connection: sqlite3.Connection, name: str) -> tuple[str, ...]:
    """Return the attribute columns that table `name` has, known to the catalogue or not; empty without the table."""
    rows = connection.execute("SELECT name FROM pragma_table_info(?) ORDER BY cid", (name,))
    return tuple(column for (column,) in rows if column not in FIXED)


def shape_of(connection: sqlite3.Connection, name: str) -> TableShape:
    """Return how the table of a class is made."""
    description, geometry_type = connection.execute(
        "SELECT c.description, g.geometry_type_name FROM gpkg_contents AS c"
        " LEFT JOIN gpkg_geometry_columns AS g ON g.table_name = c.table_name WHERE c.table_name = ?",
        (name,),
    ).fetchone()
    columns = connection.execute("SELECT name, type FROM pragma_table_info(?) ORDER BY cid", (name,))
    return TableShape(
        name, description, geometry_type, {c: _TYPES.get(t, "text") for c, t in columns if c not in FIXED}
    )


def ensure(connection: sqlite3.Connection, shape: TableShape) -> None:
    """Create the table of a class, or add the columns that it lacks; inside a transaction."""
    name = shape.name
    if name not in tables_present(connection):
        _create(connection, shape)
    else:
        have = columns_of(connection, name)
        missing = [c for c in shape.columns if c not in have]
        if not missing:
            return
        for column in missing:
            connection.execute(f'ALTER TABLE "{name}" ADD COLUMN "{column}" {_SQL_TYPES[shape.columns[column]]}')
        connection.execute(f'DROP VIEW "{name}_current"')
        connection.execute(f'DROP TRIGGER "{name}_xc_update"')
    _create_dependents(connection, shape)


@contextmanager
def loading(connection: sqlite3.Connection, name: str, time: str | None) -> Iterator[None]:
    """Let many records be inserted at once: indexes are built afterwards, and overlaps sought among all of `time`.

    Inside a transaction, so that nobody ever sees the table unguarded. The caller fills the R-tree.

    Raises
    ------
    sqlite3.IntegrityError
        If a record overlaps another in validity.
    """
    for kind, suffix in (
        ("TRIGGER", "_xc_insert"), ("TRIGGER", "_xc_replace"), ("INDEX", "_object"), ("INDEX", "_validity"),
    ):  # fmt: skip
        connection.execute(f'DROP {kind} "{name}{suffix}"')
    if insert_trigger := connection.execute(
        "SELECT sql FROM sqlite_master WHERE type = 'trigger' AND name = ?", (f"rtree_{name}_geom_insert",)
    ).fetchone():
        connection.execute(f'DROP TRIGGER "rtree_{name}_geom_insert"')
    yield
    gpkg.run_script(connection, _INDEXES.format(t=name))
    if connection.execute(_ANY_OVERLAP.format(t=name), {"time": time}).fetchone():
        raise sqlite3.IntegrityError(OVERLAP)
    gpkg.run_script(connection, _INSERT_GUARDS.format(t=name))
    if insert_trigger:
        connection.execute(insert_trigger[0])


def _create(connection: sqlite3.Connection, shape: TableShape) -> None:
    name, geometry_type, description = shape.name, shape.geometry_type, shape.description
    columns = [
        "fid INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL",
        "object_id TEXT NOT NULL CHECK (object_id <> '')",
        f"valid_from DATE NOT NULL CHECK (valid_from GLOB '{_DATE}')",
        f"valid_to DATE NOT NULL DEFAULT '{OPEN_DATE_TEXT}' CHECK (valid_to GLOB '{_DATE}')",
        f"recorded_from DATETIME NOT NULL CHECK (recorded_from GLOB '{_TIME}')",
        f"recorded_to DATETIME NOT NULL DEFAULT '{OPEN_TIME}' CHECK (recorded_to GLOB '{_TIME}')",
        "source TEXT NOT NULL CHECK (source <> '')",
        "reason TEXT NOT NULL CHECK (reason <> '')",
        "cim_level INTEGER CHECK (cim_level BETWEEN 1 AND 7)",
        *([] if geometry_type is None else [f"geom {geometry_type} NOT NULL"]),
        *(f'"{c}" {_SQL_TYPES[kind]}' for c, kind in shape.columns.items()),
        "CHECK (valid_from < valid_to)",
        "CHECK (recorded_from < recorded_to)",
    ]
    connection.execute(f'CREATE TABLE "{name}" ({", ".join(columns)})')
    gpkg.run_script(connection, _INDEXES.format(t=name))
    view = f"{name}_current"
    gpkg.register_layer(connection, name, geometry_type=geometry_type, identifier=name, description=description)
    gpkg.register_layer(
        connection, view, geometry_type=geometry_type, identifier=view, description=f"{description} (当前 current)"
    )
    gpkg.run_script(connection, _INSERT_GUARDS.format(t=name) + _DELETE_GUARD.format(t=name))
    if geometry_type is not None:
        gpkg.create_rtree(connection, name)


def _create_dependents(connection: sqlite3.Connection, shape: TableShape) -> None:
    """Create what names the attribute columns one by one: the view of the present and the append-only guard."""
    name = shape.name
    attributes = columns_of(connection, name)
    fixed = [c for c in shape.fixed if c not in {"fid", "recorded_to"}]
    selected = ", ".join(f'"{name}"."{column}"' for column in (*fixed, *attributes))
    connection.execute(
        f'CREATE VIEW "{name}_current" AS SELECT "{name}"."fid" AS OGC_FID, {selected} FROM "{name}"'  # noqa: S608
        f" WHERE recorded_to = '{OPEN_TIME}'"
        " AND valid_from <= date('now', 'localtime') AND valid_to > date('now', 'localtime')"
    )
    changed = " OR ".join(f'OLD."{column}" IS NOT NEW."{column}"' for column in ("fid", *fixed, *attributes))
    gpkg.run_script(connection, _UPDATE_GUARD.format(t=name, changed=changed))
