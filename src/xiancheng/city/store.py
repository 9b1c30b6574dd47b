"""The city model on disk: a GeoPackage of bitemporal rows that QGIS opens."""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np

from xiancheng.city import gpkg, schema, values
from xiancheng.city.change import Change
from xiancheng.city.classes import Catalogue
from xiancheng.city.history import (
    OPEN_DATE,
    OPEN_DATE_TEXT,
    OPEN_TIME,
    ChangeSet,
    StoreError,
    Version,
    parse_end,
    parse_time,
    time_text,
    today,
)
from xiancheng.city.recording import refused
from xiancheng.city.rows import Objects, Rows
from xiancheng.city.undo import undo_change
from xiancheng.city.verifying import verify
from xiancheng.foundation.text import Text

__all__ = ["OPEN_DATE", "OPEN_DATE_TEXT", "OPEN_TIME", "Rows", "Store", "StoreError"]

WAIT_SECONDS = 20.0
CACHE_KIB = 131072

Box = tuple[float, float, float, float]


class Store:
    """The city model of one county. Many may read while one writes; make with :meth:`create` or :meth:`open`.

    Attributes
    ----------
    connection
        For queries of this package's own modules; whoever writes goes through :meth:`change`.
    """

    def __init__(self, path: Path, catalogue: Catalogue, connection: sqlite3.Connection) -> None:
        self.path = path
        self.catalogue = catalogue
        self.connection = connection

    @classmethod
    def create(cls, path: Path, catalogue: Catalogue) -> Self:
        """Make an empty city model.

        Raises
        ------
        StoreError
            If the file exists already.
        """
        if path.exists():
            raise StoreError(Text(f"{path} 已存在", f"{path} exists already"))
        path.parent.mkdir(parents=True, exist_ok=True)
        connection = _connect(path, f"PRAGMA page_size = {gpkg.PAGE_SIZE}", "PRAGMA journal_mode = WAL")
        connection.execute("BEGIN IMMEDIATE")
        gpkg.create_base(connection)
        schema.create_registers(connection)
        connection.execute("COMMIT")
        # Others tell a GeoPackage by the first bytes of the file itself, not of its log.
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return cls(path, catalogue, connection)

    @classmethod
    def open(cls, path: Path, catalogue: Catalogue, *, read_only: bool = False) -> Self:
        """Open a city model.

        Raises
        ------
        StoreError
            If there is none, or the file is not one.
        """
        if not path.exists():
            raise StoreError(
                Text(f"没有城市模型 {path}", f"no city model {path}"),
                Text("先运行 xiancheng init 或 xiancheng import", "run xiancheng init or xiancheng import first"),
            )
        try:
            connection = _connect(path, *(("PRAGMA query_only = ON",) if read_only else ()), read_only=read_only)
            kind = connection.execute("PRAGMA application_id").fetchone()[0]
            known = kind == gpkg.APPLICATION_ID and "xc_change" in schema.tables_present(connection)
        except sqlite3.DatabaseError as error:
            raise StoreError(Text(f"打不开 {path}：{error}", f"cannot open {path}: {error}")) from error
        if not known:
            connection.close()
            raise StoreError(
                Text(f"{path} 不是城市模型", f"{path} is not a city model"),
                Text("普通 GeoPackage 请用 xiancheng import 导入", "import other GeoPackages with xiancheng import"),
            )
        return cls(path, catalogue, connection)

    def close(self) -> None:
        """Close the file."""
        self.connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @contextmanager
    def reading(self) -> Iterator[None]:
        """Let several reads see one and the same state, whatever is written meanwhile."""
        if self.connection.in_transaction:
            yield
            return
        self.connection.execute("BEGIN")
        try:
            yield
        finally:
            self.connection.execute("ROLLBACK")

    def classes_present(self) -> dict[str, int]:
        """Return the classes that hold anything, with the number of objects believed now and valid today."""
        day = today().isoformat()
        present = schema.tables_present(self.connection)
        return {
            c.name: self.connection.execute(
                f'SELECT count(*) FROM "{c.name}" WHERE valid_to > ? AND valid_from <= ? AND recorded_to = ?',  # noqa: S608
                (day, day, OPEN_TIME),
            ).fetchone()[0]
            for c in self.catalogue
            if c.name in present
        }

    def as_of(
        self, class_name: str, on: date, *, recorded: datetime | None = None, bbox: Box | None = None
    ) -> Rows:  # fmt: skip
        """Return the objects of a class that exist on a day.

        Parameters
        ----------
        on
            The day in the world.
        recorded
            What the model believed at that time (aware); None: what it believes now.
        bbox
            West, south, east, north in degrees: only objects whose extent touches it.

        Raises
        ------
        UnknownNameError
            If there is no such class.
        """
        conditions = ["t.valid_from <= :day", "t.valid_to > :day"]
        parameters: dict[str, Any] = {"day": on.isoformat()}
        if recorded is None:
            conditions.append(f"t.recorded_to = '{OPEN_TIME}'")
        else:
            conditions += ["t.recorded_from <= :time", "t.recorded_to > :time"]
            parameters["time"] = time_text(recorded)
        table = f'"{class_name}" AS t'
        if bbox is not None and self.catalogue[class_name].has_geometry:
            # CROSS JOIN: SQLite then always goes through the R-tree first.
            table = f'"rtree_{class_name}_geom" AS r CROSS JOIN "{class_name}" AS t ON t.fid = r.id'
            conditions += ["r.maxx >= :west", "r.minx <= :east", "r.maxy >= :south", "r.miny <= :north"]
            parameters |= dict(zip(("west", "south", "east", "north"), map(float, bbox), strict=True))
        return self.select(class_name, f"FROM {table} WHERE {' AND '.join(conditions)}", parameters)

    def history(self, class_name: str, object_id: str) -> list[Version]:
        """Return every record of an object in the order recorded, then by validity.

        Raises
        ------
        UnknownNameError
            If there is no such class.
        """
        rows = self.select(
            class_name,
            f'FROM "{class_name}" AS t WHERE t.object_id = :id ORDER BY t.recorded_from, t.valid_from, t.fid',
            {"id": object_id},
            ordered=True,
        )
        return [
            Version(
                object_id=rows.object_id[i],
                valid_from=date.fromisoformat(rows.valid_from[i]),
                valid_to=date.fromisoformat(rows.valid_to[i]),
                recorded_from=parse_time(rows.recorded_from[i]),
                recorded_to=parse_end(rows.recorded_to[i]),
                source=rows.source[i],
                reason=rows.reason[i],
                cim_level=None if np.isnan(rows.cim_level[i]) else int(rows.cim_level[i]),
                geometry=rows.geometry[i],
                attributes={name: values.plain(column[i]) for name, column in rows.columns.items()},
            )
            for i in range(len(rows))
        ]

    @contextmanager
    def change(
        self,
        *,
        source: str,
        reason: str,
        kind: str = "edit",
        who: str | None = None,
        file: str | None = None,
        sha256: str | None = None,
        valid_from: date | None = None,
        detail: Mapping[str, Any] | None = None,
    ) -> Iterator[Change]:
        """Open one transaction: everything in the ``with`` block is recorded at one time, or nothing is.

        A block that changes nothing leaves no trace. What it changes can be read when it has ended.

        Raises
        ------
        StoreError
            If source or reason is empty, or another writer does not finish within 20 seconds.
        """
        if not source.strip() or not reason.strip():
            raise StoreError(Text("每次变更都要有来源和原因", "every change needs a source and a reason"))
        try:
            self.connection.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError as error:
            raise _locked(self.path, error) from error
        try:
            change = Change(
                self.connection, self.catalogue, source=source, reason=reason, kind=kind, who=who, file=file,
                sha256=sha256, valid_from=valid_from, detail=detail,
            )  # fmt: skip
            yield change
            self.connection.execute("COMMIT" if change.finish() else "ROLLBACK")
        except BaseException as error:
            if self.connection.in_transaction:
                self.connection.execute("ROLLBACK")
            if isinstance(error, sqlite3.Error):
                raise refused(error) from error
            raise

    def changes(self) -> list[ChangeSet]:
        """Return all change sets, oldest first."""
        rows = self.connection.execute(
            "SELECT id, recorded_at, kind, source, reason, who, file, sha256, valid_from, detail FROM xc_change"
            " ORDER BY id"
        )
        return [
            ChangeSet(
                id, parse_time(at), kind, source, reason, who, file, sha256,
                None if day is None else date.fromisoformat(day), json.loads(detail),
            )
            for id, at, kind, source, reason, who, file, sha256, day, detail in rows  # noqa: A001
        ]  # fmt: skip

    def undo(self, change_id: int, *, reason: str, who: str | None = None) -> ChangeSet:
        """Believe again what was believed before a change, by recording it anew; nothing is deleted.

        Raises
        ------
        StoreError
            If there is no such change, or a later one touched the same objects (undo that one first).
        """
        detail = {"undoes": change_id}
        with self.change(source="undo", reason=reason, kind="undo", who=who, detail=detail) as change:
            undo_change(self.connection, change, change_id)
        return self.changes()[-1]

    def copy_to(self, path: Path) -> None:
        """Write a compact copy that is one self-contained file, to hand out.

        Raises
        ------
        StoreError
            If `path` exists already.
        """
        if path.exists():
            raise StoreError(Text(f"{path} 已存在", f"{path} exists already"))
        self.connection.execute("VACUUM INTO ?", (str(path),))
        with _closing(sqlite3.connect(path, isolation_level=None)) as copy:
            copy.execute("PRAGMA journal_mode = DELETE")

    def verify(self) -> list[Text]:
        """Return what is wrong with the file; empty if it is sound. Reads everything."""
        return verify(self.connection, [c.name for c in self.catalogue])

    def select(
        self, class_name: str, tail: str, parameters: Mapping[str, Any], *, ordered: bool = False
    ) -> Rows:  # fmt: skip
        """Return the records that ``SELECT … {tail}`` finds, where `tail` names the class's table ``t``."""
        feature_class = self.catalogue[class_name]
        have = schema.columns_of(self.connection, feature_class.name)
        known = [a for a in feature_class.attributes if a.name in have]
        fixed = ["object_id", "valid_from", "valid_to", "recorded_from", "recorded_to", "source", "reason", "cim_level"]
        names = [*fixed, *(["geom"] if feature_class.has_geometry else []), *(a.name for a in known)]
        data: list[tuple[Any, ...]] = []
        if have:
            select = ", ".join(f't."{name}"' for name in names)
            data = self.connection.execute(f"SELECT {select} {tail}", parameters).fetchall()
        if not ordered:
            data.sort(key=_first)
        columns: dict[str, Sequence[Any]] = dict(
            zip(names, zip(*data, strict=True) if data else [()] * len(names), strict=True)
        )
        n = len(data)
        blobs = columns.get("geom")
        nothing = np.full(n, None, dtype=object)
        return Rows(
            feature_class=feature_class,
            geometry=nothing if blobs is None else gpkg.decode(blobs),
            columns={
                a.name: values.to_array(columns[a.name], a) if a.name in columns else values.unknown(n, a)
                for a in feature_class.attributes
            },
            cim_level=np.array(columns["cim_level"], dtype=np.float64),
            **{name: _objects(columns[name]) for name in fixed[:-1]},
        )


def _first(row: tuple[Any, ...]) -> str:
    return str(row[0])


def _objects(items: Sequence[Any]) -> Objects:
    out = np.empty(len(items), dtype=object)
    out[:] = items
    return out


@contextmanager
def _closing(connection: sqlite3.Connection) -> Iterator[sqlite3.Connection]:
    try:
        yield connection
    finally:
        connection.close()


def _connect(path: Path, *pragmas: str, read_only: bool = False) -> sqlite3.Connection:
    uri = path.resolve().as_uri()
    if read_only:
        # WAL keeps its index beside the file; where that cannot be written nobody else writes either.
        uri += "?mode=ro" if os.access(path.parent, os.W_OK) else "?immutable=1"
    connection = sqlite3.connect(uri, uri=True, timeout=WAIT_SECONDS, isolation_level=None)
    for pragma in (*pragmas, f"PRAGMA cache_size = -{CACHE_KIB}"):
        connection.execute(pragma)
    gpkg.register_functions(connection)
    return connection


def _locked(path: Path, error: sqlite3.OperationalError) -> StoreError:
    if "locked" in str(error) or "busy" in str(error):
        return StoreError(
            Text(f"{path.name} 正由另一个程序写入", f"{path.name} is being written by another process"),
            Text("等它完成后再试", "try again when it has finished"),
        )
    return StoreError(Text(f"不能写 {path.name}：{error}", f"cannot write {path.name}: {error}"))
