"""Undoing a change set: believing again what was believed before it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from xiancheng.city.backends import Backend
from xiancheng.city.change import Change
from xiancheng.city.classes import FeatureClass
from xiancheng.city.history import OPEN_TIME, Segment, StoreError
from xiancheng.city.recording import segment_of
from xiancheng.foundation.text import Text

MANY = 5000
"""Objects that are looked up at once."""


def undo_change(backend: Backend, change: Change, change_id: int) -> None:
    """Make `change` restore every object to its believed validity before change set `change_id`.

    Raises
    ------
    StoreError
        If there is no such change set, or a later one left one of its objects otherwise.
    """
    found = backend.execute("SELECT recorded_at FROM xc_change WHERE id = :id", {"id": change_id}).fetchone()
    if found is None:
        raise StoreError(Text(f"没有变更 {change_id}", f"no change {change_id}"))
    time = str(found[0])
    present = backend.tables_present()
    names = [c.name for c in change.recorder.catalogue if c.name in present]
    touched = {name: ids for name in names if (ids := _touched(backend, name, time))}
    later = {t for name in touched for t in later_changes(backend, change.recorder.catalogue[name], time)}
    if later:
        numbers = ", ".join(
            str(i) for (i, at) in backend.execute("SELECT id, recorded_at FROM xc_change ORDER BY id") if at in later
        )
        raise StoreError(
            Text(
                f"变更 {change_id} 涉及的对象后来又被变更 {numbers} 改过",
                f"objects of change {change_id} were changed again by {numbers}",
            ),
            Text("先撤销后来的变更", "undo the later ones first"),
        )
    for name, ids in touched.items():
        _restore(backend, change, name, ids, time)
    change.recorder.restore_lineage(time)


def _touched(backend: Backend, name: str, time: str) -> list[str]:
    """Return the objects of a class that the change recorded at `time` touched."""
    found = backend.execute(
        f'SELECT DISTINCT object_id FROM "{name}" WHERE recorded_from = :t OR recorded_to = :t',  # noqa: S608
        {"t": time},
    )
    return [object_id for (object_id,) in found]


def _records(backend: Backend, select: str, ids: Sequence[str], condition: str, time: str) -> Iterator[Sequence[Any]]:
    """Yield the rows of objects that fulfil a condition; few thousand objects at a time go through the index."""
    wanted = backend.one_of("object_id", "ids")
    for start in range(0, len(ids), MANY):
        yield from backend.execute(
            f"SELECT {select} WHERE {wanted} AND ({condition})",
            {"ids": list(ids[start : start + MANY]), "t": time},
        )


def later_changes(backend: Backend, feature_class: FeatureClass, time: str) -> set[str]:
    """Return the recorded times after `time` that left objects of the change of `time` otherwise than it did.

    What came after and was undone since does not count: the object is again as that change left it.
    """
    name, place = feature_class.name, ("geom",) if feature_class.has_geometry else ()
    columns = ("object_id", "valid_from", "valid_to", "source", "cim_level", *place, *backend.columns_of(name))
    said = ", ".join(f'"{column}"' for column in columns) + f' FROM "{name}"'
    ids = _touched(backend, name, time)
    left = set(map(tuple, _records(backend, said, ids, "recorded_from <= :t AND recorded_to > :t", time)))
    now = set(map(tuple, _records(backend, said, ids, f"recorded_to = '{OPEN_TIME}'", time)))
    differing = sorted({str(row[0]) for row in left ^ now})
    times = f'recorded_from, recorded_to FROM "{name}"'
    rows = _records(backend, times, differing, "recorded_from > :t OR recorded_to > :t", time)
    return {moment for row in rows for moment in row if time < moment < OPEN_TIME}


def _restore(backend: Backend, change: Change, name: str, ids: Sequence[str], time: str) -> None:
    before: dict[str, list[Segment]] = {object_id: [] for object_id in ids}
    select = change.recorder.table(name).select
    for row in _records(backend, select, ids, "recorded_from < :t AND recorded_to >= :t", time):
        before[row[0]].append(segment_of(row))
    change.recorder.load(name, before)
    for object_id, segments in before.items():
        change.recorder.set_timeline(name, object_id, tuple(sorted(segments, key=lambda s: s.valid_from)))
