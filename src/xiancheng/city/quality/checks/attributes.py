"""Attributes out of their range, missing though required, or with a code that no list has."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from xiancheng.city.classes import Attribute
from xiancheng.city.quality.registry import Found, Indices, Inspection, check
from xiancheng.city.snapshot import FeatureTable
from xiancheng.foundation.text import Text


def unknown(values: npt.NDArray[Any]) -> npt.NDArray[np.bool_]:
    """Whether ``(n,)`` values are not known."""
    if values.dtype.kind == "f":
        return np.isnan(values)
    return np.array([v is None or (isinstance(v, str) and not v.strip()) for v in values], dtype=bool)


@check("attribute.range", "error", Text("属性超出范围", "attribute out of range"))
def out_of_range(table: FeatureTable, inspection: Inspection) -> Iterator[Found]:
    """Find numbers below or above what the catalogue allows."""
    del inspection
    for attribute in table.feature_class.attributes:
        if attribute.minimum is None and attribute.maximum is None:
            continue
        values = table.column(attribute.name)
        low = -np.inf if attribute.minimum is None else attribute.minimum
        high = np.inf if attribute.maximum is None else attribute.maximum
        rows = np.flatnonzero((values < low) | (values > high))
        bounds = _bounds(attribute)

        def detail(i: int, rows: Indices = rows, values: npt.NDArray[Any] = values, a: Attribute = attribute) -> Text:
            return Text(f"{a.name} = {values[rows[i]]:g}", f"{a.name} = {values[rows[i]]:g}")

        yield Found(
            rows,
            Text(
                f"{{count}} 个对象的{attribute.title.zh}（{attribute.name}）超出范围 {bounds}",
                f"{{count}} objects have a {attribute.title.en} ({attribute.name}) outside {bounds}",
            ),
            detail,
        )


def _bounds(attribute: Attribute) -> str:
    unit = f" {attribute.unit}" if attribute.unit not in {None, "1"} else ""
    if attribute.minimum is None:
        return f"≤ {attribute.maximum:g}{unit}"
    if attribute.maximum is None:
        return f"≥ {attribute.minimum:g}{unit}"
    return f"{attribute.minimum:g}–{attribute.maximum:g}{unit}"


@check("attribute.required", "error", Text("必填属性缺失", "required attribute missing"))
def required(table: FeatureTable, inspection: Inspection) -> Iterator[Found]:
    """Find objects that lack an attribute their class requires."""
    del inspection
    for attribute in table.feature_class.attributes:
        if attribute.required:
            yield Found(
                np.flatnonzero(unknown(table.column(attribute.name))),
                Text(
                    f"{{count}} 个对象缺少必填属性{attribute.title.zh}（{attribute.name}）",
                    f"{{count}} objects lack the required {attribute.title.en} ({attribute.name})",
                ),
            )


@check("attribute.code", "error", Text("代码不在代码表", "code not in its list"))
def code(table: FeatureTable, inspection: Inspection) -> Iterator[Found]:
    """Find codes that their list does not have, as other software writes them."""
    for attribute in table.feature_class.attributes:
        if attribute.codes is None:
            continue
        known = inspection.catalogue.codes[attribute.codes]
        values = table.column(attribute.name)
        several = attribute.type == "codes"
        wrong: dict[Any, bool] = {}
        for value in set(values) - {None}:
            parts = str(value).split(";") if several else [str(value)]
            wrong[value] = any(part.strip() not in known for part in parts)
        rows = np.flatnonzero(np.array([v is not None and wrong[v] for v in values], dtype=bool))

        def detail(i: int, rows: Indices = rows, values: npt.NDArray[Any] = values) -> Text:
            return Text(f"“{values[rows[i]]}”", f"{values[rows[i]]!r}")

        yield Found(
            rows,
            Text(
                f"{{count}} 个对象的{attribute.title.zh}（{attribute.name}）不在代码表 {attribute.codes} 中",
                f"{{count}} objects have a {attribute.title.en} ({attribute.name}) that list {attribute.codes} lacks",
            ),
            detail,
        )
