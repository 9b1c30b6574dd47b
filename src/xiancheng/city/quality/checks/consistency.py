"""Attributes of one object that contradict each other, by the rules of ``catalogues/consistency.toml``."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from xiancheng.city.quality.registry import Found, Indices, Inspection, check
from xiancheng.city.quality.rules import Rule
from xiancheng.city.snapshot import FeatureTable
from xiancheng.foundation.text import Text


@check("attribute.consistency", "warning", Text("属性互相矛盾", "attributes contradict each other"))
def consistency(table: FeatureTable, inspection: Inspection) -> Iterator[Found]:
    """Find objects that break a consistency rule; what is not known breaks none."""
    for rule in inspection.rules.rules.get(table.feature_class.name, []):
        columns = {name: _column(table, name) for name in rule.names}
        holds, known = rule.must.evaluate(columns, len(table))
        broken = known & ~holds
        if rule.when is not None:
            applies, _ = rule.when.evaluate(columns, len(table))
            broken &= applies
        rows = np.flatnonzero(broken)
        yield Found(
            rows,
            Text(f"{rule.message.zh}：{{count}} 个对象", f"{rule.message.en}: {{count}} objects"),
            _details(rule, columns, rows),
            severity=rule.severity,
        )


def _details(rule: Rule, columns: dict[str, npt.NDArray[Any]], rows: Indices) -> Any:  # noqa: ANN401
    def detail(i: int) -> Text:
        said = ", ".join(f"{name} = {_shown(columns[name][rows[i]])}" for name in rule.names)
        return Text(said, said)

    return detail


def _column(table: FeatureTable, name: str) -> npt.NDArray[Any]:
    if name == "metric_area":
        return table.area
    if name == "metric_length":
        return table.length
    return table.column(name)


def _shown(value: object) -> str:
    if isinstance(value, float):
        return "?" if np.isnan(value) else f"{value:,.6g}"
    return "?" if value is None else str(value)
