"""Undoing a change set: believing again what was believed before it."""

from __future__ import annotations

from xiancheng.city.backends import Backend
from xiancheng.city.change import Change
from xiancheng.city.history import OPEN_TIME, Segment, StoreError
from xiancheng.city.recording import segment_of
from xiancheng.foundation.text import Text


def undo_change(backend: Backend, change: Change, change_id: int) -> None:
    """Make `change` restore every object to its believed validity before change set `change_id`.

    Raises
    ------
    StoreError
        If there is no such change set, or a later one touched one of its objects.
    """
    found = backend.execute("SELECT recorded_at FROM xc_change WHERE id = :id", {"id": change_id}).fetchone()
    if found is None:
        raise StoreError(Text(f"没有变更 {change_id}", f"no change {change_id}"))
    time = str(found[0])
    present = backend.tables_present()
    names = [c.name for c in change.recorder.catalogue if c.name in present]
    later = {t for name in names for t in _later(backend, name, time)}
    if later:
        ids = ", ".join(
            str(i) for (i, at) in backend.execute("SELECT id, recorded_at FROM xc_change ORDER BY id") if at in later
        )
        raise StoreError(
            Text(
                f"变更 {change_id} 涉及的对象后来又被变更 {ids} 改过",
                f"objects of change {change_id} were changed again by {ids}",
            ),
            Text("先撤销后来的变更", "undo the later ones first"),
        )
    for name in names:
        _restore(backend, change, name, time)
    change.recorder.restore_lineage(time)


def _later(backend: Backend, name: str, time: str) -> set[str]:
    rows = backend.execute(
        f'SELECT recorded_from, recorded_to FROM "{name}" WHERE (recorded_from > :t OR recorded_to > :t)'  # noqa: S608
        f' AND object_id IN (SELECT object_id FROM "{name}" WHERE recorded_from = :t OR recorded_to = :t)',
        {"t": time},
    )
    return {moment for row in rows for moment in row if time < moment < OPEN_TIME}


def _restore(backend: Backend, change: Change, name: str, time: str) -> None:
    select = change.recorder.table(name).select
    before: dict[str, list[Segment]] = {
        object_id: []
        for (object_id,) in backend.execute(
            f'SELECT DISTINCT object_id FROM "{name}" WHERE recorded_from = :t OR recorded_to = :t',  # noqa: S608
            {"t": time},
        )
    }
    for row in backend.execute(
        f"SELECT {select} WHERE recorded_from < :t AND recorded_to >= :t"  # noqa: S608
        f' AND object_id IN (SELECT object_id FROM "{name}" WHERE recorded_from = :t OR recorded_to = :t)'
        " ORDER BY valid_from",
        {"t": time},
    ):
        before[row[0]].append(segment_of(row))
    change.recorder.load(name, before)
    for object_id, segments in before.items():
        change.recorder.set_timeline(name, object_id, tuple(segments))
