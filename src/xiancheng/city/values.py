"""Attribute values between people's arrays and the store's columns."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt

from xiancheng.city.classes import Attribute, FeatureClass
from xiancheng.city.history import StoreError
from xiancheng.foundation.text import Text

NUMERIC = frozenset({"integer", "number", "boolean"})


def to_array(values: Sequence[Any], attribute: Attribute) -> npt.NDArray[Any]:
    """Return stored values as a column of a feature table: float64 with NaN, or objects with None."""
    if attribute.type in NUMERIC:
        return np.array(values, dtype=np.float64)
    out = np.empty(len(values), dtype=object)
    out[:] = values
    return out


def unknown(count: int, attribute: Attribute) -> npt.NDArray[Any]:
    """Return a column in which nothing is known."""
    return to_array([None] * count, attribute)


def plain(value: object) -> Any:  # noqa: ANN401 - whatever the attribute's type is
    """Return one value of a column as Python's own, None if it is not known."""
    value = value.item() if isinstance(value, np.generic) else value
    return None if isinstance(value, float) and math.isnan(value) else value


def to_stored(feature_class: FeatureClass, name: str, value: object) -> str | int | float | None:
    """Return one value of attribute `name` as stored.

    Raises
    ------
    UnknownNameError
        If the class has no such attribute.
    StoreError
        If the value is not of the attribute's type.
    """
    attribute = feature_class.attribute(name)
    value = plain(value)
    if value is None:
        return None
    kind = attribute.type
    if kind == "json" and isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False, sort_keys=True)
    if kind == "date" and isinstance(value, date):
        return value.isoformat()[:10]
    if kind == "date" and isinstance(value, str):
        _check_date(feature_class, name, value)
    if kind == "number" and isinstance(value, int | float) and math.isfinite(value):
        return float(value)
    if kind in {"integer", "boolean"} and isinstance(value, int | float) and value == math.floor(value):
        if kind == "integer" or value in {0, 1}:
            return int(value)
    elif kind not in NUMERIC and isinstance(value, str):
        return value
    raise _wrong(feature_class, attribute, value)


def to_stored_mapping(feature_class: FeatureClass, attributes: Mapping[str, object]) -> dict[str, Any]:
    """Return all values of a mapping as stored; see :func:`to_stored`."""
    return {name: to_stored(feature_class, name, value) for name, value in attributes.items()}


def to_stored_column(feature_class: FeatureClass, name: str, values: npt.NDArray[Any]) -> list[Any]:
    """Return a column of a feature table as stored, quickly for columns that are of the expected kind throughout."""
    attribute = feature_class.attribute(name)
    if attribute.type in NUMERIC and values.dtype.kind == "f":
        known = np.isfinite(values)
        whole = attribute.type != "number"
        wrong = np.flatnonzero(np.isinf(values) | (known & whole & (values != np.floor(values))))
        if attribute.type == "boolean":
            wrong = np.flatnonzero(known & (values != 0) & (values != 1))
        if len(wrong):
            raise _wrong(feature_class, attribute, values[wrong[0]])
        plain: list[Any] = (
            values.astype(object) if not whole else np.where(known, values, 0).astype(np.int64)
        ).tolist()
        return [v if k else None for v, k in zip(plain, known.tolist(), strict=True)]
    if attribute.type in {"text", "code", "codes"} and all(v is None or type(v) is str for v in values):
        return list(values)
    return [to_stored(feature_class, name, v) for v in values]


def _check_date(feature_class: FeatureClass, name: str, value: str) -> None:
    try:
        date.fromisoformat(value)
    except ValueError:
        raise _wrong(feature_class, feature_class.attribute(name), value) from None


def _wrong(feature_class: FeatureClass, attribute: Attribute, value: object) -> StoreError:
    return StoreError(
        Text(
            f"“{feature_class.title.zh}”的“{attribute.title.zh}”不能是 {value!r}（类型 {attribute.type}）",
            f"{feature_class.name}.{attribute.name} cannot be {value!r} (type {attribute.type})",
        )
    )
