"""Population cells that lie over each other: their residents count twice."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from xiancheng.city.quality.checks.buildings import overlaps
from xiancheng.city.quality.registry import Found, Inspection, check
from xiancheng.city.snapshot import FeatureTable
from xiancheng.foundation.text import Text

SHARE = 0.02


@check("population_cell.overlap", "error", Text("人口格网重叠", "overlapping cells"), of=("population_cell",))
def overlap(table: FeatureTable, inspection: Inspection) -> Iterator[Found]:
    """Find cells that share more than 2 % of the smaller one."""
    del inspection
    smaller, larger, part = overlaps(table, SHARE)
    rows, first = np.unique(smaller, return_index=True)
    yield Found(
        rows,
        Text(
            "{count} 个人口格网与另一格网重叠，人口会重复计算",
            "{count} population cells overlap another one: residents count twice",
        ),
        lambda i: Text(
            f"{part[first[i]]:.0%} 在 {table.ids[larger[first[i]]]} 之内",
            f"{part[first[i]]:.0%} of it lies in {table.ids[larger[first[i]]]}",
        ),
    )
