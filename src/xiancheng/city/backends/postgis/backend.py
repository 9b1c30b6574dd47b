"""PostGIS as the database of a city model: one schema, many readers beside one writer."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, ClassVar, cast

import numpy as np
import numpy.typing as npt
import psycopg
import shapely

from xiancheng.city import gpkg
from xiancheng.city.backends.base import Backend, Bounds, Parameters, Record
from xiancheng.city.backends.postgis import tables
from xiancheng.city.backends.postgis.connecting import Address, PostgresConnection
from xiancheng.city.history import StoreError
from xiancheng.city.layer import Geometries
from xiancheng.city.schema import OVERLAP, TableShape
from xiancheng.foundation.text import Text

EXTENSIONS = ("postgis", "btree_gist")
_LOCK = 0x5843
"""First half of the key of the writer's lock (“XC”); the other half is the schema's."""


class PostgisBackend(Backend):
    """One connection to a schema that holds a city model; make with :meth:`create` or :meth:`open`."""

    name: ClassVar[str] = "postgis"
    errors: ClassVar[tuple[type[Exception], ...]] = (psycopg.Error,)

    def __init__(self, address: Address, connection: PostgresConnection, *, read_only: bool = False) -> None:
        self.address, self.place = address, address.shown
        self._connection = connection
        self._read_only = read_only
        self._fresh: set[str] = set()
        self._prepare()

    def _prepare(self) -> None:
        connection, address = self._connection, self.address
        extensions = ", ".join(f"'{e}'" for e in EXTENSIONS)
        # PostGIS may live in any schema; so may what other programs keep under the same names.
        connection.run(
            f"SELECT set_config('search_path', '\"{address.schema}\"' || coalesce((SELECT string_agg(DISTINCT"  # noqa: S608
            " ', ' || quote_ident(n.nspname), '') FROM pg_extension AS e JOIN pg_namespace AS n"
            f" ON n.oid = e.extnamespace WHERE e.extname IN ({extensions})), ''), false);"
            # A plan made for any list of identifiers is a bad one for thousands of them.
            " SET client_min_messages = warning; SET plan_cache_mode = force_custom_plan"
        )
        if self._read_only:
            connection.run("SET default_transaction_read_only = on")

    @classmethod
    def create(cls, address_text: str) -> PostgisBackend:
        """Make a schema with an empty city model.

        Raises
        ------
        StoreError
            If it holds one already, or the database does not let us.
        """
        address = Address(address_text)
        connection = PostgresConnection(address)
        try:
            connection.run("BEGIN")
            _refuse_model(connection, address)
            _extend(connection, address)
            connection.run(f'CREATE SCHEMA IF NOT EXISTS "{address.schema}"')
            backend = cls(address, connection)
            tables.create_registers(connection)
            backend.commit()
        except BaseException as error:
            connection.close()
            if isinstance(error, psycopg.Error):
                raise StoreError(
                    Text(f"不能在 {address.shown} 建模型：{error}", f"cannot make a model in {address.shown}: {error}")
                ) from error
            raise
        return backend

    @classmethod
    def is_in(cls, address_text: str) -> bool:
        """Whether a schema holds a city model."""
        address = Address(address_text)
        connection = PostgresConnection(address)
        try:
            return _has_model(connection, address)
        finally:
            connection.close()

    @classmethod
    def open(cls, address_text: str, *, read_only: bool) -> PostgisBackend:
        """Connect to a schema that holds a city model.

        Raises
        ------
        StoreError
            If there is none.
        """
        address = Address(address_text)
        connection = PostgresConnection(address)
        if not _has_model(connection, address):
            connection.close()
            raise StoreError(
                Text(f"{address.shown} 里没有城市模型", f"no city model in {address.shown}"),
                Text("先运行 xiancheng init 或 xiancheng import", "run xiancheng init or xiancheng import first"),
            )
        return cls(address, connection, read_only=read_only)

    @property
    def connection(self) -> PostgresConnection:
        """The connection, which takes parameters as SQLite does."""
        return self._connection

    def execute(self, sql: str, parameters: Parameters = ()) -> Any:  # noqa: ANN401 - a cursor of psycopg
        """Run a statement; a list as parameter is an array."""
        return self._connection.execute(sql, parameters)

    def close(self) -> None:
        """End the connection."""
        self._connection.close()

    @property
    def is_alive(self) -> bool:
        """Whether the server is still there."""
        return not self._connection.raw.closed

    @property
    def in_transaction(self) -> bool:
        """Whether a transaction is open."""
        return self._connection.in_transaction

    def begin_reading(self) -> None:
        """Begin to see one state."""
        self._begin("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")

    def begin_writing(self, wait: float) -> None:
        """Take the writer's lock of this schema; readers never wait for it."""
        if self._read_only:
            raise StoreError(Text(f"{self.place} 是只读打开的", f"{self.place} is open for reading only"))
        try:
            self._begin(
                f"BEGIN; SET LOCAL lock_timeout = {int(wait * 1000)};"
                f" SELECT pg_advisory_xact_lock({_LOCK}, hashtext('{self.address.schema}'))"
            )
        except psycopg.Error as error:
            if self.in_transaction:
                self.rollback()
            raise self.refused(error) from error

    def _begin(self, script: str) -> None:
        try:
            self._connection.run(script)
        except psycopg.OperationalError:
            if self.is_alive:
                raise
            # The server was started again since the last transaction: nothing is lost by a new connection.
            self._connection = PostgresConnection(self.address)
            self._prepare()
            self._connection.run(script)

    def commit(self) -> None:
        """Keep what the transaction did."""
        self._fresh.clear()
        self._connection.run("COMMIT")

    def rollback(self) -> None:
        """Forget what the transaction did."""
        self._fresh.clear()
        self._connection.run("ROLLBACK")

    def tables_present(self) -> set[str]:
        """Return the names of all layers."""
        return tables.tables_present(self._connection)

    def columns_of(self, name: str) -> tuple[str, ...]:
        """Return the attribute columns of a table."""
        return tuple(tables.column_types(self._connection, name))

    def shape_of(self, name: str) -> TableShape:
        """Return how the table of a class is made."""
        return tables.shape_of(self._connection, name)

    def ensure(self, shape: TableShape) -> None:
        """Create the table of a class, or add the columns that it lacks."""
        if tables.ensure(self._connection, shape):
            self._fresh.add(shape.name)

    def encode(self, geometry: Geometries, *, promote: bool) -> list[bytes | None]:
        """Return EWKB as PostGIS sends it."""
        flat = gpkg.flattened(geometry, promote=promote)
        placed = shapely.set_srid(flat, gpkg.SRS_ID)
        return list(shapely.to_wkb(placed, byte_order=1, include_srid=True, flavor="extended"))

    def decode(self, blobs: Sequence[bytes | None]) -> Geometries:
        """Return the geometries of EWKB."""
        bodies = np.empty(len(blobs), dtype=object)
        bodies[:] = blobs
        return gpkg.simplest(cast("Geometries", shapely.set_srid(shapely.from_wkb(bodies), 0)))

    def bounds(self, blobs: Sequence[bytes]) -> npt.NDArray[np.float64]:
        """Return the extents of the geometries."""
        return cast("npt.NDArray[np.float64]", shapely.bounds(self.decode(blobs)).reshape(-1, 4))

    def box(self, class_name: str) -> tuple[str, str]:
        """Return the table, and the condition that its index of places answers."""
        return f'"{class_name}" AS t', f"t.geom && ST_MakeEnvelope(:west, :south, :east, :north, {gpkg.SRS_ID})"

    def one_of(self, column: str, parameter: str) -> str:
        """Return the condition that a column is in an array."""
        return f"{column} = ANY(:{parameter})"

    @contextmanager
    def loading(self, name: str, recorded_from: str | None) -> Iterator[None]:  # noqa: ARG002
        """Build the indexes after the block if nobody else can see the table yet."""
        if name not in self._fresh:
            yield
            return
        self._fresh.discard(name)
        with tables.loading(self._connection, name):
            yield

    def insert(
        self, name: str, columns: Sequence[str], records: Iterable[Record], boxes: npt.NDArray[np.float64] | None
    ) -> None:
        """Copy records into the table."""
        del boxes
        place = columns.index("geom") if "geom" in columns else None
        listed = ", ".join(f'"{c}"' for c in columns)
        with self._connection.raw.cursor() as cursor, cursor.copy(f'COPY "{name}" ({listed}) FROM STDIN') as copy:
            for record in records:
                if place is not None:
                    record = (*record[:place], record[place].hex(), *record[place + 1 :])  # noqa: PLW2901
                copy.write_row(record)

    def supersede(self, name: str, fids: Sequence[int], time: str) -> None:
        """End the recorded interval of records."""
        if fids:
            self.execute(
                f'UPDATE "{name}" SET recorded_to = :time WHERE fid = ANY(:fids)',  # noqa: S608
                {"time": time, "fids": list(fids)},
            )

    def remove(self, name: str, fids: Sequence[int]) -> None:
        """Delete records that nobody has ever seen."""
        if fids:
            self.execute(f'DELETE FROM "{name}" WHERE fid = ANY(:fids)', {"fids": list(fids)})  # noqa: S608

    def note_change(self, names: Sequence[str], bounds: Bounds | None) -> None:
        """Note it in ``xc_layer``."""
        west, south, east, north = bounds if bounds is not None else (None, None, None, None)
        self.execute(
            "UPDATE xc_layer SET last_change = now(), west = least(west, :west), south = least(south, :south),"
            " east = greatest(east, :east), north = greatest(north, :north) WHERE name = ANY(:names)",
            {"west": west, "south": south, "east": east, "north": north, "names": list(names)},
        )

    def extent(self, name: str | None = None) -> tuple[float, float, float, float] | None:
        """Return the extent of one layer or all."""
        row = self.execute(
            "SELECT min(west), min(south), max(east), max(north) FROM xc_layer"
            " WHERE name = coalesce(CAST(:name AS text), name)",
            {"name": name},
        ).fetchone()
        return None if row[0] is None else (float(row[0]), float(row[1]), float(row[2]), float(row[3]))

    def last_number(self, name: str) -> int:
        """Return where the sequence of a table stands; changes are numbered without one."""
        sequence = self._sequence(name)
        if sequence is None:
            return int(self.execute(f'SELECT coalesce(max(id), 0) FROM "{name}"').fetchone()[0])  # noqa: S608
        row = self.execute(f"SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM {sequence}")  # noqa: S608
        return int(row.fetchone()[0])

    def continue_numbers(self, name: str, last: int) -> None:
        """Set the sequence of a table."""
        sequence = self._sequence(name)
        if sequence is not None:
            self.execute(
                "SELECT setval(CAST(:sequence AS text)::regclass, :last, :called)",
                {"sequence": sequence, "last": max(last, 1), "called": last > 0},
            )

    def _sequence(self, name: str) -> str | None:
        column = "id" if name.startswith("xc_") else "fid"
        found = self.execute(
            "SELECT pg_get_serial_sequence(:name, :column)", {"name": f'"{name}"', "column": column}
        ).fetchone()
        return None if found[0] is None else str(found[0])

    def damage(self) -> list[Text]:
        """Return the indexes that PostgreSQL itself knows to be broken."""
        rows = self.execute(
            "SELECT c.relname::text FROM pg_index AS i JOIN pg_class AS c ON c.oid = i.indexrelid"
            " JOIN pg_namespace AS n ON n.oid = c.relnamespace WHERE n.nspname = :schema AND NOT i.indisvalid",
            {"schema": self.address.schema},
        )
        return [Text(f"索引 {name} 已损坏", f"index {name} is broken") for (name,) in rows]

    def index_faults(self, name: str) -> Iterable[Text]:
        """Return which guards and indexes of a table are gone or switched off."""
        table = {"table": f'"{name}"'}
        guards = self.execute(
            "SELECT tgname::text FROM pg_trigger WHERE tgrelid = CAST(:table AS text)::regclass"
            " AND tgenabled IN ('O', 'A') AND NOT tgisinternal",
            table,
        )
        missing = {f"{name}{g}" for g in tables.GUARDS} - {g for (g,) in guards}
        indexes = self.execute(
            "SELECT c.relname::text FROM pg_index AS i JOIN pg_class AS c ON c.oid = i.indexrelid"
            " WHERE i.indrelid = CAST(:table AS text)::regclass",
            table,
        )
        wanted = {f"{name}_no_overlap", f"{name}_object", f"{name}_validity"}
        if self.shape_of(name).geometry_type is not None:
            wanted.add(f"{name}_geom")
        missing |= wanted - {i for (i,) in indexes}
        for guard in sorted(missing):
            yield Text(f"{name}：缺少 {guard}", f"{name}: {guard} is missing")

    def copy_file(self, path: Path) -> bool:
        """Say that PostgreSQL cannot write a GeoPackage by itself."""
        del path
        return False

    def seal(self) -> None:
        """Do nothing: a database is no file."""

    def refused(self, error: Exception) -> StoreError:
        """Return what a person reads of an error of PostgreSQL."""
        if isinstance(error, psycopg.errors.ExclusionViolation):
            return StoreError(Text("同一对象的有效期重叠", OVERLAP))
        if isinstance(error, psycopg.errors.LockNotAvailable):
            return StoreError(
                Text(f"{self.place} 正由另一个程序写入", f"{self.place} is being written by another process"),
                Text("等它完成后再试", "try again when it has finished"),
            )
        return super().refused(error)


def _has_model(connection: PostgresConnection, address: Address) -> bool:
    found = connection.execute("SELECT to_regclass(:name)::text", {"name": f'"{address.schema}".xc_change'}).fetchone()
    return found is not None and found[0] is not None


def _refuse_model(connection: PostgresConnection, address: Address) -> None:
    if _has_model(connection, address):
        raise StoreError(Text(f"{address.shown} 已有城市模型", f"a city model exists already in {address.shown}"))


def _extend(connection: PostgresConnection, address: Address) -> None:
    """Install what the model needs into the database, where it is not yet."""
    have = {name for (name,) in connection.execute("SELECT extname::text FROM pg_extension")}
    for extension in EXTENSIONS:
        if extension in have:
            continue
        try:
            connection.run(f"CREATE EXTENSION {extension} SCHEMA public")
        except psycopg.Error as error:
            raise StoreError(
                Text(
                    f"数据库 {address.shown} 没有扩展 {extension}：{error}",
                    f"the database {address.shown} lacks the extension {extension}: {error}",
                ),
                Text(
                    f"请数据库管理员运行 CREATE EXTENSION {extension}",
                    f"let the database's administrator run CREATE EXTENSION {extension}",
                ),
            ) from error
