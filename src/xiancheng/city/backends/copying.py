"""Copying a city model from one database into another, with all history and every number as it is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, cast

import numpy as np

from xiancheng.city.backends.base import Backend
from xiancheng.city.history import StoreError
from xiancheng.city.schema import REGISTERS
from xiancheng.foundation.progress import Progress, Silent
from xiancheng.foundation.text import Text

PAGE = 20_000
"""Records that are in memory at once."""

_COLUMNS = {
    "xc_change": ("id", "recorded_at", "kind", "source", "reason", "who", "file", "sha256", "valid_from", "detail"),
    "xc_lineage": ("id", "class", "kind", "from_id", "to_id", "source", "valid_from", "recorded_from", "recorded_to"),
}


def class_tables(backend: Backend) -> list[str]:
    """Return the names of the classes that have a table, known to a catalogue or not."""
    present = backend.tables_present()
    return sorted(name for name in present if not name.endswith("_current") and name not in REGISTERS)


def copy_model(source: Backend, target: Backend, *, wait: float, progress: Progress | None = None) -> int:
    """Copy everything that one model ever recorded into an empty one; return the number of records.

    The source is read as of one moment; the copy is there as a whole or not at all.

    Raises
    ------
    StoreError
        If the target is not empty, or refuses a record.
    """
    told = progress or Silent()
    source.begin_reading()
    try:
        target.begin_writing(wait)
        try:
            count = _copy(source, target, told)
            target.commit()
        except BaseException as error:
            if target.in_transaction:
                target.rollback()
            if isinstance(error, target.errors):
                raise target.refused(error) from error
            raise
    finally:
        source.rollback()
    return count


def _copy(source: Backend, target: Backend, told: Progress) -> int:
    if class_tables(target) or target.execute("SELECT count(*) FROM xc_change").fetchone()[0]:
        raise StoreError(Text(f"{target.place} 不是空的", f"{target.place} is not empty"))
    for register, columns in _COLUMNS.items():
        for page in _pages(source, register, columns):
            target.insert(register, columns, page, None)
        target.continue_numbers(register, source.last_number(register))
    total = 0
    names = class_tables(source)
    told.step(Text("复制记录", "copying records"), len(names))
    for name in names:
        total += _copy_class(source, target, name)
        told.advance()
    return total


def _copy_class(source: Backend, target: Backend, name: str) -> int:
    shape = source.shape_of(name)
    target.ensure(shape)
    place = shape.geometry_type is not None
    columns = (*shape.fixed, *shape.columns)
    count = 0
    extent: list[float] | None = None
    with target.loading(name, None):
        for page in _pages(source, name, columns):
            boxes = None
            if place:
                at = columns.index("geom")
                stored = [cast("bytes", row[at]) for row in page]
                boxes = source.bounds(stored)
                blobs = target.encode(source.decode(stored), promote=shape.geometry_type != "GEOMETRY")
                page = [(*row[:at], blob, *row[at + 1 :]) for row, blob in zip(page, blobs, strict=True)]  # noqa: PLW2901
                reach = [*boxes[:, :2].min(axis=0).tolist(), *boxes[:, 2:].max(axis=0).tolist()]
                extent = reach if extent is None else _union(extent, reach)
            target.insert(name, columns, page, boxes)
            count += len(page)
    target.continue_numbers(name, source.last_number(name))
    target.note_change((name, f"{name}_current"), extent)
    return count


def _union(one: list[float], other: list[float]) -> list[float]:
    both = np.array([one, other])
    return [*both[:, :2].min(axis=0).tolist(), *both[:, 2:].max(axis=0).tolist()]


def _pages(source: Backend, name: str, columns: Sequence[str]) -> Iterator[list[tuple[Any, ...]]]:
    """Yield all rows of a table in the order of their numbers, the first of the columns."""
    key, last = columns[0], 0
    listed = ", ".join(f'"{c}"' for c in columns)
    while True:
        rows = source.execute(
            f'SELECT {listed} FROM "{name}" WHERE {key} > :last ORDER BY {key} LIMIT :page',  # noqa: S608
            {"last": last, "page": PAGE},
        ).fetchall()
        if not rows:
            return
        yield rows
        last = rows[-1][0]
