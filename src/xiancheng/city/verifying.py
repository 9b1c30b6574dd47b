"""Whether a city model is sound: the file, its index, and the order of its two times."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator

from xiancheng.city import schema
from xiancheng.foundation.text import Text

_OVERLAPS = """
SELECT count(*) FROM "{t}" AS a JOIN "{t}" AS b ON a.object_id = b.object_id AND a.fid < b.fid
WHERE a.recorded_from < b.recorded_to AND b.recorded_from < a.recorded_to
AND a.valid_from < b.valid_to AND b.valid_from < a.valid_to"""


def verify(connection: sqlite3.Connection, names: Iterable[str]) -> list[Text]:
    """Return what is wrong with a city model holding the classes `names`; empty if it is sound."""
    damage = [row[0] for row in connection.execute("PRAGMA integrity_check(20)") if row[0] != "ok"]
    if damage:
        return [Text(f"文件损坏：{text}", f"the file is damaged: {text}") for text in damage]
    present = schema.tables_present(connection)
    return [problem for name in names if name in present for problem in _class(connection, name)]


def _class(connection: sqlite3.Connection, name: str) -> Iterator[Text]:
    def count(statement: str) -> int:
        return int(connection.execute(statement.format(t=name)).fetchone()[0])

    if n := count(_OVERLAPS):
        yield Text(f"{name}：{n} 对记录有效期重叠", f"{name}: {n} pairs of records overlap in validity")
    unknown = 'SELECT count(*) FROM "{t}" WHERE recorded_from NOT IN (SELECT recorded_at FROM xc_change)'
    if n := count(unknown):
        yield Text(f"{name}：{n} 条记录不属于任何变更", f"{name}: {n} records belong to no change set")
    if connection.execute("SELECT 1 FROM gpkg_geometry_columns WHERE table_name = ?", (name,)).fetchone():
        missing = count('SELECT count(*) FROM "{t}" WHERE fid NOT IN (SELECT id FROM "rtree_{t}_geom")')
        extra = count('SELECT count(*) FROM "rtree_{t}_geom" WHERE id NOT IN (SELECT fid FROM "{t}")')
        if missing or extra:
            yield Text(f"{name}：空间索引与记录不符（{missing + extra} 处）",
                       f"{name}: the spatial index disagrees with the records ({missing + extra} times)")  # fmt: skip
