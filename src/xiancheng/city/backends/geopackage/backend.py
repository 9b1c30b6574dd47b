"""A GeoPackage as the database of a city model: SQLite in WAL mode, many readers beside one writer."""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from xiancheng.city import gpkg
from xiancheng.city.backends.base import Backend, Bounds, Parameters, Record
from xiancheng.city.backends.geopackage import tables
from xiancheng.city.history import StoreError
from xiancheng.city.layer import Geometries
from xiancheng.city.schema import TableShape
from xiancheng.foundation.text import Text

WAIT_SECONDS = 20.0
CACHE_KIB = 131072


class GeoPackageBackend(Backend):
    """One open GeoPackage; make with :meth:`create` or :meth:`open`."""

    name: ClassVar[str] = "geopackage"
    errors: ClassVar[tuple[type[Exception], ...]] = (sqlite3.Error,)

    def __init__(self, path: Path, connection: sqlite3.Connection) -> None:
        self.path, self.place = path, path.name
        self._connection = connection
        self._loading: set[str] = set()

    @classmethod
    def create(cls, path: Path) -> GeoPackageBackend:
        """Make a GeoPackage with an empty city model.

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
        tables.create_registers(connection)
        connection.execute("COMMIT")
        # Others tell a GeoPackage by the first bytes of the file itself, not of its log.
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return cls(path, connection)

    @classmethod
    def open(cls, path: Path, *, read_only: bool) -> GeoPackageBackend:
        """Open a GeoPackage that holds a city model.

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
            pragma = "PRAGMA query_only = ON" if read_only else "PRAGMA journal_mode = WAL"
            connection = _connect(path, pragma, read_only=read_only)
            kind = connection.execute("PRAGMA application_id").fetchone()[0]
            known = kind == gpkg.APPLICATION_ID and "xc_change" in tables.tables_present(connection)
        except sqlite3.DatabaseError as error:
            raise StoreError(Text(f"打不开 {path}：{error}", f"cannot open {path}: {error}")) from error
        if not known:
            connection.close()
            raise StoreError(
                Text(f"{path} 不是城市模型", f"{path} is not a city model"),
                Text("普通 GeoPackage 请用 xiancheng import 导入", "import other GeoPackages with xiancheng import"),
            )
        return cls(path, connection)

    @property
    def connection(self) -> sqlite3.Connection:
        """The connection of Python's own sqlite3."""
        return self._connection

    def execute(self, sql: str, parameters: Parameters = ()) -> sqlite3.Cursor:
        """Run a statement; a list as parameter is given to SQLite as JSON."""
        if isinstance(parameters, Mapping):
            parameters = {k: _listed(v) for k, v in parameters.items()}
        return self._connection.execute(sql, parameters)

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    @property
    def is_alive(self) -> bool:
        """Whether the file is still there."""
        return self.path.exists()

    @property
    def in_transaction(self) -> bool:
        """Whether a transaction is open."""
        return self._connection.in_transaction

    def begin_reading(self) -> None:
        """Begin to see one state."""
        self._connection.execute("BEGIN")

    def begin_writing(self, wait: float) -> None:
        """Lock the file for writing."""
        try:
            self._connection.execute(f"PRAGMA busy_timeout = {int(wait * 1000)}")
            self._connection.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError as error:
            raise _locked(self.path, error) from error

    def tables_present(self) -> set[str]:
        """Return the names of all layers of the file."""
        return tables.tables_present(self._connection)

    def columns_of(self, name: str) -> tuple[str, ...]:
        """Return the attribute columns of a table."""
        return tables.columns_of(self._connection, name)

    def shape_of(self, name: str) -> TableShape:
        """Return how the table of a class is made."""
        return tables.shape_of(self._connection, name)

    def ensure(self, shape: TableShape) -> None:
        """Create the table of a class, or add the columns that it lacks."""
        tables.ensure(self._connection, shape)

    def encode(self, geometry: Geometries, *, promote: bool) -> list[bytes | None]:
        """Return GeoPackage blobs."""
        return gpkg.encode(geometry, promote=promote)

    def decode(self, blobs: Sequence[bytes | None]) -> Geometries:
        """Return the geometries of GeoPackage blobs."""
        return gpkg.decode(blobs)

    def bounds(self, blobs: Sequence[bytes]) -> npt.NDArray[np.float64]:
        """Return the envelopes in the blobs' headers."""
        found = np.array([gpkg.envelope(blob) for blob in blobs], dtype=np.float64)
        return found.reshape(-1, 4)[:, [0, 2, 1, 3]]

    def box(self, class_name: str) -> tuple[str, str]:
        """Return the R-tree joined with the table, and the condition on it."""
        # CROSS JOIN: SQLite then always goes through the R-tree first.
        return (
            f'"rtree_{class_name}_geom" AS r CROSS JOIN "{class_name}" AS t ON t.fid = r.id',
            "r.maxx >= :west AND r.minx <= :east AND r.maxy >= :south AND r.miny <= :north",
        )

    def one_of(self, column: str, parameter: str) -> str:
        """Return the condition that a column is in a list."""
        return f"{column} IN (SELECT value FROM json_each(:{parameter}))"  # noqa: S608

    @contextmanager
    def loading(self, name: str, recorded_from: str | None) -> Iterator[None]:
        """Build indexes after the block, and seek overlaps then."""
        with tables.loading(self._connection, name, recorded_from):
            self._loading.add(name)
            try:
                yield
            finally:
                self._loading.discard(name)

    def insert(
        self, name: str, columns: Sequence[str], records: Iterable[Record], boxes: npt.NDArray[np.float64] | None
    ) -> None:
        """Write records; where the R-tree's trigger is off, into the R-tree as well."""
        listed = ", ".join(f'"{c}"' for c in columns)
        statement = f'INSERT INTO "{name}" ({listed}) VALUES ({", ".join("?" * len(columns))})'  # noqa: S608
        if name not in self._loading or boxes is None:
            self._connection.executemany(statement, records)
            return
        if columns[0] == "fid":
            records = list(records)
            fids: Sequence[int] = [int(record[0]) for record in records]
        else:
            # AUTOINCREMENT never uses a number again, not even of rows that are gone.
            first = self.last_number(name) + 1
            fids = range(first, first + len(boxes))
        self._connection.executemany(statement, records)
        self._connection.executemany(
            f'INSERT INTO "rtree_{name}_geom" VALUES (?, ?, ?, ?, ?)',  # noqa: S608
            zip(fids, *boxes[:, [0, 2, 1, 3]].T.tolist(), strict=True),
        )

    def supersede(self, name: str, fids: Sequence[int], time: str) -> None:
        """End the recorded interval of records."""
        statement = f'UPDATE "{name}" SET recorded_to = ? WHERE fid = ?'  # noqa: S608
        self._connection.executemany(statement, [(time, fid) for fid in fids])

    def remove(self, name: str, fids: Sequence[int]) -> None:
        """Delete records that nobody has ever seen."""
        self._connection.executemany(f'DELETE FROM "{name}" WHERE fid = ?', [(fid,) for fid in fids])  # noqa: S608

    def note_change(self, names: Sequence[str], bounds: Bounds | None) -> None:
        """Note it in ``gpkg_contents``."""
        gpkg.widen_extent(self._connection, names, bounds)

    def extent(self, name: str | None = None) -> tuple[float, float, float, float] | None:
        """Return the extent of one layer or all."""
        row = self._connection.execute(
            "SELECT min(min_x), min(min_y), max(max_x), max(max_y) FROM gpkg_contents"
            " WHERE table_name = coalesce(:name, table_name)",
            {"name": name},
        ).fetchone()
        return None if row[0] is None else (float(row[0]), float(row[1]), float(row[2]), float(row[3]))

    def last_number(self, name: str) -> int:
        """Return SQLite's own note of the highest number."""
        used = self._connection.execute("SELECT seq FROM sqlite_sequence WHERE name = ?", (name,)).fetchone()
        return 0 if used is None else int(used[0])

    def continue_numbers(self, name: str, last: int) -> None:
        """Correct SQLite's own note of the highest number."""
        self._connection.execute("DELETE FROM sqlite_sequence WHERE name = ?", (name,))
        self._connection.execute("INSERT INTO sqlite_sequence (name, seq) VALUES (?, ?)", (name, last))

    def damage(self) -> list[Text]:
        """Return what SQLite finds wrong with the file."""
        found = [row[0] for row in self._connection.execute("PRAGMA integrity_check(20)") if row[0] != "ok"]
        return [Text(f"文件损坏：{text}", f"the file is damaged: {text}") for text in found]

    def index_faults(self, name: str) -> Iterable[Text]:
        """Compare the R-tree with the records."""
        if self.shape_of(name).geometry_type is None:
            return
        count = 0
        for statement in (
            'SELECT count(*) FROM "{t}" WHERE fid NOT IN (SELECT id FROM "rtree_{t}_geom")',
            'SELECT count(*) FROM "rtree_{t}_geom" WHERE id NOT IN (SELECT fid FROM "{t}")',
        ):
            count += int(self._connection.execute(statement.format(t=name)).fetchone()[0])
        if count:
            yield Text(f"{name}：空间索引与记录不符（{count} 处）",
                       f"{name}: the spatial index disagrees with the records ({count} times)")  # fmt: skip

    def copy_file(self, path: Path) -> bool:
        """Write a compact copy that is one self-contained file."""
        # A connection that is told to only query (as a reader's is) may not write another file either.
        with closing(_connect(self.path, read_only=True)) as source:
            source.execute("VACUUM INTO ?", (str(path),))
        with closing(sqlite3.connect(path, isolation_level=None)) as copy:
            copy.execute("PRAGMA journal_mode = DELETE")
        return True

    def seal(self) -> None:
        """Put the log into the file; whoever writes next opens a new one."""
        self._connection.execute("PRAGMA journal_mode = DELETE")


def _listed(value: Any) -> Any:  # noqa: ANN401 - any value that a statement takes
    return json.dumps(value, ensure_ascii=False) if isinstance(value, list | tuple) else value


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
