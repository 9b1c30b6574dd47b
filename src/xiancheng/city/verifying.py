"""Whether a city model is sound: the database, its indexes, and the order of its two times."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from xiancheng.city.backends import Backend
from xiancheng.foundation.text import Text

_OVERLAPS = """
SELECT count(*) FROM "{t}" AS a JOIN "{t}" AS b ON a.object_id = b.object_id AND a.fid < b.fid
WHERE a.recorded_from < b.recorded_to AND b.recorded_from < a.recorded_to
AND a.valid_from < b.valid_to AND b.valid_from < a.valid_to"""


def verify(backend: Backend, names: Iterable[str]) -> list[Text]:
    """Return what is wrong with a city model holding the classes `names`; empty if it is sound."""
    damage = backend.damage()
    if damage:
        return damage
    present = backend.tables_present()
    return [problem for name in names if name in present for problem in _class(backend, name)]


def _class(backend: Backend, name: str) -> Iterator[Text]:
    def count(statement: str) -> int:
        return int(backend.execute(statement.format(t=name)).fetchone()[0])

    if n := count(_OVERLAPS):
        yield Text(f"{name}：{n} 对记录有效期重叠", f"{name}: {n} pairs of records overlap in validity")
    unknown = 'SELECT count(*) FROM "{t}" WHERE recorded_from NOT IN (SELECT recorded_at FROM xc_change)'
    if n := count(unknown):
        yield Text(f"{name}：{n} 条记录不属于任何变更", f"{name}: {n} records belong to no change set")
    yield from backend.index_faults(name)
