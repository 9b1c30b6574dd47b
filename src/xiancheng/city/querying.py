"""Finding some of a class's records: by time, box and simple conditions, in pages of a stable order.

Conditions here are what every database evaluates alike; whoever needs more filters what comes back.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from itertools import compress
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from xiancheng.city import values
from xiancheng.city.classes import FeatureClass
from xiancheng.city.history import OPEN_TIME, time_text
from xiancheng.city.layer import Geometries
from xiancheng.city.store import Box, Store

Operator = Literal["=", "<>", "<", "<=", ">", ">="]
Scalar = str | int | float | bool
Key = tuple[str, str]
"""Identifier and first valid day of a record: the order of pages."""

_BEGINNING: Key = ("", date.min.isoformat())

FIXED = ("object_id", "valid_from", "valid_to", "recorded_from", "recorded_to", "source", "reason", "cim_level")
"""Columns of every record besides its place and attributes."""


@dataclass(frozen=True, slots=True)
class Compare:
    """A column compared with a value; not known where the column is not."""

    column: str
    operator: Operator
    value: Scalar


@dataclass(frozen=True, slots=True)
class Known:
    """Whether a column holds anything."""

    column: str


@dataclass(frozen=True, slots=True)
class Negation:
    """True where the condition is false."""

    condition: Condition


@dataclass(frozen=True, slots=True)
class Joined:
    """All, or any, of some conditions."""

    word: Literal["AND", "OR"]
    conditions: tuple[Condition, ...]


Condition = Compare | Known | Negation | Joined


@dataclass(frozen=True, slots=True)
class Selection:
    """Which records of a class are wanted.

    Attributes
    ----------
    first, last
        Days (both included): records that are valid on any of them.
    is_closed
        Whether records that end on the very day `first` are wanted too.
    recorded
        What the model believed at that time (aware); None: what it believes now.
    box
        West, south, east, north in degrees: only records whose extent touches it.
    object_id
        Only records of this object.
    conditions
        All of them must be true.
    """

    class_name: str
    first: date = date.min
    last: date = date.max
    is_closed: bool = False
    recorded: datetime | None = None
    box: Box | None = None
    object_id: str | None = None
    conditions: tuple[Condition, ...] = ()


@dataclass(frozen=True)
class Records:
    """Records as the database gave them, in the order of object and validity.

    Attributes
    ----------
    names
        What the values of a row are; ``geom``, if the class has places, is the first.
    rows
        One tuple a record.
    """

    feature_class: FeatureClass
    names: tuple[str, ...]
    rows: list[tuple[Any, ...]]
    shapes: Geometries

    def __len__(self) -> int:
        return len(self.rows)

    @cached_property
    def _places(self) -> dict[str, int]:
        return {name: i for i, name in enumerate(self.names)}

    def plain(self, name: str) -> list[Any]:
        """Return a column as a list; None where nothing is known."""
        place = self._places.get(name)
        return [None] * len(self.rows) if place is None else [row[place] for row in self.rows]

    def column(self, name: str) -> npt.NDArray[Any]:
        """Return a column as an array: float64 with NaN for numbers and booleans, else objects with None."""
        plain = self.plain(name)
        if name in FIXED:
            out = np.empty(len(plain), dtype=object)
            out[:] = plain
            return np.array(plain, dtype=np.float64) if name == "cim_level" else out
        return values.to_array(plain, self.feature_class.attribute(name))

    def key(self, index: int) -> Key:
        """Return the key of a record, to go on after it."""
        row = self.rows[index]
        return str(row[self._places["object_id"]]), str(row[self._places["valid_from"]])

    def take(self, chosen: npt.NDArray[np.bool_]) -> Records:
        """Return the records for which `chosen`, ``(n,)``, is true."""
        if chosen.all():
            return self
        rows = list(compress(self.rows, chosen.tolist()))
        return Records(self.feature_class, self.names, rows, self.shapes[chosen])

    def part(self, start: int, end: int) -> Records:
        """Return the records from `start` until before `end`."""
        return Records(self.feature_class, self.names, self.rows[start:end], self.shapes[start:end])


def find(store: Store, selection: Selection, *, after: Key | None = None, limit: int | None = None) -> Records:
    """Return the records of a selection, at most `limit`, of those that come after `after`."""
    feature_class = store.catalogue[selection.class_name]
    have = store.backend.columns_of(selection.class_name)
    attributes = [a.name for a in feature_class.attributes if a.name in have]
    names = (*(("geom",) if feature_class.has_geometry else ()), *FIXED, *attributes)
    rows: list[tuple[Any, ...]] = []
    if have:
        table, where, parameters = _where(store, selection, have)
        if after is None and selection.box is None:
            # Asked where to begin, a database reads the index of identifiers instead of sorting everything.
            after = _BEGINNING
        if after is not None:
            where += " AND (t.object_id, t.valid_from) > (:after_id, :after_day)"
            parameters |= {"after_id": after[0], "after_day": after[1]}
        listed = ", ".join(f't."{name}"' for name in names)
        tail = "" if limit is None else f" LIMIT {int(limit)}"
        rows = store.fetch(
            f"SELECT {listed} FROM {table} WHERE {where} ORDER BY t.object_id, t.valid_from{tail}",  # noqa: S608
            parameters,
        )
    shapes: Geometries = np.full(len(rows), None, dtype=object)
    if feature_class.has_geometry and rows:
        shapes = store.backend.decode([row[0] for row in rows])
    return Records(feature_class, names, rows, shapes)


def count(store: Store, selection: Selection) -> int:
    """Return how many records a selection has; a box counts by extents."""
    have = store.backend.columns_of(selection.class_name)
    if not have:
        return 0
    table, where, parameters = _where(store, selection, have)
    return int(store.fetch(f"SELECT count(*) FROM {table} WHERE {where}", parameters)[0][0])  # noqa: S608


def first_day(store: Store, class_name: str) -> date | None:
    """Return the first day on which anything of a class is believed to exist; None if nothing is."""
    if not store.backend.columns_of(class_name):
        return None
    found = store.fetch(
        f'SELECT min(t.valid_from) FROM "{class_name}" AS t WHERE t.recorded_to = :open',  # noqa: S608
        {"open": OPEN_TIME},
    )[0][0]
    return None if found is None else date.fromisoformat(str(found))


def last_change(store: Store) -> int:
    """Return the number of the last change set, 0 if there is none: it tells whether anything changed."""
    return int(store.fetch("SELECT coalesce(max(id), 0) FROM xc_change")[0][0])


def _where(store: Store, selection: Selection, have: Sequence[str]) -> tuple[str, str, dict[str, Any]]:
    """Return table expression, condition and parameters."""
    table = f'"{selection.class_name}" AS t'
    parameters: dict[str, Any] = {"first": selection.first.isoformat(), "last": selection.last.isoformat()}
    conditions = ["t.valid_from <= :last", f"t.valid_to {'>=' if selection.is_closed else '>'} :first"]
    if selection.recorded is None:
        conditions.append("t.recorded_to = :open")
        parameters["open"] = OPEN_TIME
    else:
        conditions += ["t.recorded_from <= :time", "t.recorded_to > :time"]
        parameters["time"] = time_text(selection.recorded)
    if selection.object_id is not None:
        conditions.append("t.object_id = :object_id")
        parameters["object_id"] = selection.object_id
    if selection.box is not None and store.catalogue[selection.class_name].has_geometry:
        table, inside = store.backend.box(selection.class_name)
        conditions.append(inside)
        parameters |= dict(zip(("west", "south", "east", "north"), map(float, selection.box), strict=True))
    conditions += [_sql(c, frozenset((*have, *FIXED)), parameters) for c in selection.conditions]
    return table, " AND ".join(conditions), parameters


def _sql(condition: Condition, have: frozenset[str], parameters: dict[str, Any]) -> str:
    """Return a condition as SQL, adding its values to `parameters`; a column not `have` is known nowhere."""
    if isinstance(condition, Negation):
        return f"NOT ({_sql(condition.condition, have, parameters)})"
    if isinstance(condition, Joined):
        return "(" + f" {condition.word} ".join(_sql(c, have, parameters) for c in condition.conditions) + ")"
    if condition.column not in have:
        return "(1 = 0)" if isinstance(condition, Known) else "(1 = NULL)"
    if isinstance(condition, Known):
        return f'(t."{condition.column}" IS NOT NULL)'
    name = f"v{len(parameters)}"
    parameters[name] = condition.value
    return f'(t."{condition.column}" {condition.operator} :{name})'
