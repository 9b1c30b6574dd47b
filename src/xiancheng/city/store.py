"""The city model: bitemporal rows in a GeoPackage or in PostGIS, that QGIS opens."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from datetime import date, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np

from xiancheng.city import values
from xiancheng.city.backends import Backend, create_backend, has_model, is_address, open_backend
from xiancheng.city.backends.base import Connection
from xiancheng.city.backends.copying import copy_model
from xiancheng.city.change import Change
from xiancheng.city.classes import Catalogue
from xiancheng.city.county import County
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
from xiancheng.city.rows import Objects, Rows
from xiancheng.city.undo import undo_change
from xiancheng.city.verifying import verify
from xiancheng.foundation.progress import Progress
from xiancheng.foundation.text import Text

__all__ = ["OPEN_DATE", "OPEN_DATE_TEXT", "OPEN_TIME", "Rows", "Store", "StoreError", "open_store"]

WAIT_SECONDS = 20.0

Box = tuple[float, float, float, float]


class Store:
    """The city model of one county. Many may read while one writes; make with :meth:`create` or :meth:`open`.

    Attributes
    ----------
    backend
        The database that holds it; `xiancheng.city.backends` says how to query it.
    """

    def __init__(self, backend: Backend, catalogue: Catalogue) -> None:
        self.backend = backend
        self.catalogue = catalogue

    @classmethod
    def create(cls, place: Path | str, catalogue: Catalogue) -> Self:
        """Make an empty city model: a GeoPackage at a path, or a schema in the PostgreSQL database of an address.

        Raises
        ------
        StoreError
            If there is one already.
        """
        return cls(create_backend(place), catalogue)

    @classmethod
    def open(cls, place: Path | str, catalogue: Catalogue, *, read_only: bool = False) -> Self:
        """Open a city model.

        Raises
        ------
        StoreError
            If there is none, or it is something else.
        """
        return cls(open_backend(place, read_only=read_only), catalogue)

    @property
    def connection(self) -> Connection:
        """The database's own connection, for what only one kind of database has."""
        return self.backend.connection

    @property
    def place(self) -> str:
        """Where the model is, as people read it."""
        return self.backend.place

    def close(self) -> None:
        """Close the database."""
        self.backend.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @contextmanager
    def reading(self) -> Iterator[None]:
        """Let several reads see one and the same state, whatever is written meanwhile."""
        if self.backend.in_transaction:
            yield
            return
        self.backend.begin_reading()
        try:
            yield
        finally:
            self.backend.rollback()

    def fetch(self, sql: str, parameters: Mapping[str, Any] | None = None) -> list[tuple[Any, ...]]:
        """Return all rows that a query finds; `xiancheng.city.backends` says how to write one for every database."""
        return self.backend.execute(sql, parameters or {}).fetchall()

    def classes_present(self) -> dict[str, int]:
        """Return the classes that hold anything, with the number of objects believed now and valid today."""
        parameters = {"day": today().isoformat(), "open": OPEN_TIME}
        present = self.backend.tables_present()
        return {
            c.name: self.fetch(
                f'SELECT count(*) FROM "{c.name}"'  # noqa: S608
                " WHERE valid_to > :day AND valid_from <= :day AND recorded_to = :open",
                parameters,
            )[0][0]
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
            table, inside = self.backend.box(class_name)
            conditions.append(inside)
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
        self.backend.begin_writing(WAIT_SECONDS)
        try:
            change = Change(
                self.backend, self.catalogue, source=source, reason=reason, kind=kind, who=who, file=file,
                sha256=sha256, valid_from=valid_from, detail=detail,
            )  # fmt: skip
            yield change
            if change.finish():
                self.backend.commit()
            else:
                self.backend.rollback()
        except BaseException as error:
            if self.backend.in_transaction:
                self.backend.rollback()
            if isinstance(error, self.backend.errors):
                raise self.backend.refused(error) from error
            raise

    def changes(self) -> list[ChangeSet]:
        """Return all change sets, oldest first."""
        rows = self.fetch(
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
            undo_change(self.backend, change, change_id)
        return self.changes()[-1]

    def copy_to(self, place: Path | str, *, progress: Progress | None = None) -> None:
        """Copy the model with all its history: into one self-contained GeoPackage to hand out, or into a database.

        Raises
        ------
        StoreError
            If the file exists already, or the database holds a model that is not empty.
        """
        if is_address(place):
            with closing(open_backend(place) if has_model(place) else create_backend(place)) as target:
                copy_model(self.backend, target, wait=WAIT_SECONDS, progress=progress)
            return
        path = Path(place)
        if path.exists():
            raise StoreError(Text(f"{path} 已存在", f"{path} exists already"))
        part = path.with_name(f".{path.name}.part")
        part.unlink(missing_ok=True)
        if not self.backend.copy_file(part):
            with closing(create_backend(part)) as target:
                copy_model(self.backend, target, wait=WAIT_SECONDS, progress=progress)
                target.seal()
        part.rename(path)

    def verify(self) -> list[Text]:
        """Return what is wrong with the model; empty if it is sound. Reads everything."""
        return verify(self.backend, [c.name for c in self.catalogue])

    def select(
        self, class_name: str, tail: str, parameters: Mapping[str, Any], *, ordered: bool = False
    ) -> Rows:  # fmt: skip
        """Return the records that ``SELECT … {tail}`` finds, where `tail` names the class's table ``t``."""
        feature_class = self.catalogue[class_name]
        have = self.backend.columns_of(feature_class.name)
        known = [a for a in feature_class.attributes if a.name in have]
        fixed = ["object_id", "valid_from", "valid_to", "recorded_from", "recorded_to", "source", "reason", "cim_level"]
        names = [*fixed, *(["geom"] if feature_class.has_geometry else []), *(a.name for a in known)]
        data: list[tuple[Any, ...]] = []
        if have:
            select = ", ".join(f't."{name}"' for name in names)
            data = self.fetch(f"SELECT {select} {tail}", parameters)
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
            geometry=nothing if blobs is None else self.backend.decode(blobs),
            columns={
                a.name: values.to_array(columns[a.name], a) if a.name in columns else values.unknown(n, a)
                for a in feature_class.attributes
            },
            cim_level=np.array(columns["cim_level"], dtype=np.float64),
            **{name: _objects(columns[name]) for name in fixed[:-1]},
        )


def open_store(county: County, catalogue: Catalogue, *, read_only: bool = False, create: bool = False) -> Store:
    """Open the city model of a county, wherever its settings say that it is.

    Parameters
    ----------
    create
        Make an empty model if there is none.

    Raises
    ------
    StoreError
        If there is none, or it cannot be opened.
    """
    place = county.model_place
    if create and not has_model(place):
        return Store.create(place, catalogue)
    return Store.open(place, catalogue, read_only=read_only)


def _first(row: tuple[Any, ...]) -> str:
    return str(row[0])


def _objects(items: Sequence[Any]) -> Objects:
    out = np.empty(len(items), dtype=object)
    out[:] = items
    return out
