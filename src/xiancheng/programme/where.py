"""The filter language of ``where``: ``attribute=value`` conditions on features, joined by commas.

``kind=park|garden``, ``kind!=country``, ``beds>=500``, ``county_level=true``. A comma means *and*, a bar *or* between
values. ``class.attribute=value`` concerns one class of several. A feature whose attribute is not known is neither
chosen nor rejected: it is told.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt

from xiancheng.city.classes import Attribute, Catalogue, FeatureClass
from xiancheng.city.snapshot import FeatureTable
from xiancheng.foundation.errors import UnknownNameError, XianchengError
from xiancheng.foundation.text import Text

Bools = npt.NDArray[np.bool_]

_CONDITION = re.compile(r"^\s*(?:(\w+)\.)?(\w+)\s*(!=|>=|<=|=|>|<)\s*(.+?)\s*$")
_NUMERIC = frozenset({"integer", "number"})
_TRUTH = {"true": 1.0, "yes": 1.0, "1": 1.0, "是": 1.0, "false": 0.0, "no": 0.0, "0": 0.0, "否": 0.0}


@dataclass(frozen=True, slots=True)
class Condition:
    """One comparison; `feature_class` is None if it concerns every class."""

    feature_class: str | None
    attribute: str
    operator: str
    values: tuple[str, ...]

    def concerns(self, feature_class: FeatureClass) -> bool:
        """Whether features of the class have to meet it."""
        return self.feature_class in {None, feature_class.name}


@dataclass(frozen=True, slots=True)
class Chosen:
    """What a filter says of each of n features: ``(n,)`` met, and ``(n,)`` not decidable for want of a value."""

    met: Bools
    unknown: Bools


def parse_where(text: str) -> tuple[Condition, ...]:
    """Split a filter into its conditions; an empty text has none.

    Raises
    ------
    XianchengError
        If a condition is not of the form ``attribute=value``.
    """
    conditions = []
    for part in text.split(","):
        if not part.strip():
            continue
        match = _CONDITION.match(part)
        if match is None:
            raise XianchengError(
                Text(f"筛选条件“{part.strip()}”写法不对", f"{part.strip()!r} is not a condition"),
                Text(
                    "写成 kind=park|garden、beds>=500、county_level=true，多个条件用逗号隔开",
                    "write kind=park|garden, beds>=500 or county_level=true, with commas between conditions",
                ),
            )
        owner, attribute, operator, values = match.groups()
        conditions.append(Condition(owner, attribute, operator, tuple(v.strip() for v in values.split("|"))))
    return tuple(conditions)


def check_where(text: str, classes: Iterable[str], catalogue: Catalogue) -> None:
    """Check a filter against the classes it is for.

    Raises
    ------
    XianchengError, UnknownNameError
        If an attribute, a code or a number is wrong; near names are suggested.
    """
    named = [catalogue[name] for name in classes]
    for condition in parse_where(text):
        if condition.feature_class is not None and condition.feature_class not in {c.name for c in named}:
            raise UnknownNameError(
                Text("所选要素类", "class among those chosen"), condition.feature_class, [c.name for c in named]
            )
        for feature_class in named:
            if condition.concerns(feature_class):
                _check(condition, feature_class.attribute(condition.attribute), catalogue)


def _check(condition: Condition, attribute: Attribute, catalogue: Catalogue) -> None:
    ordered = condition.operator not in {"=", "!="}
    if ordered and attribute.type not in _NUMERIC | {"date"}:
        raise XianchengError(
            Text(
                f"“{attribute.name}”不能比较大小",
                f"{attribute.name!r} has no order: only = and != can be asked",
            )
        )
    if ordered and len(condition.values) > 1:
        raise XianchengError(
            Text(f"“{condition.operator}”后面只能写一个值", f"only one value may follow {condition.operator!r}")
        )
    for value in condition.values:
        if attribute.type in {"code", "codes"}:
            codes = catalogue.codes.get(attribute.codes or "", {})
            if value not in codes:
                raise UnknownNameError(
                    Text(f"“{attribute.title.zh}”代码", f"code of {attribute.name}"), value, list(codes)
                )
        else:
            _value(value, attribute)


def _value(text: str, attribute: Attribute) -> float | str:
    try:
        if attribute.type in _NUMERIC:
            return float(text)
        if attribute.type == "boolean":
            return _TRUTH[text.lower()]
        if attribute.type == "date":
            return date.fromisoformat(text).isoformat()
    except (ValueError, KeyError):
        expected = {
            "boolean": Text("true 或 false", "true or false"),
            "date": Text("日期 YYYY-MM-DD", "a date, YYYY-MM-DD"),
        }.get(attribute.type, Text("数字", "a number"))
        raise XianchengError(
            Text(
                f"“{attribute.name}”应为{expected.zh}，不是“{text}”",
                f"{attribute.name!r} takes {expected.en}, not {text!r}",
            )
        ) from None
    return text


def choose(text: str, table: FeatureTable) -> Chosen:
    """Apply a filter to features: a feature is chosen if it meets every condition that concerns its class.

    One that certainly misses a condition is rejected even if another cannot be decided.
    """
    met = np.ones(len(table), dtype=bool)
    unknown = np.zeros(len(table), dtype=bool)
    for condition in parse_where(text):
        if condition.concerns(table.feature_class):
            attribute = table.feature_class.attribute(condition.attribute)
            true, blank = _apply(condition, attribute, table.column(condition.attribute))
            met, unknown = met & (true | blank), unknown | blank
    return Chosen(met & ~unknown, met & unknown)


def known(values: npt.NDArray[Any]) -> Bools:
    """Return which values of a column are known."""
    if values.dtype == object:
        return np.array([v is not None and v != "" for v in values], dtype=bool)
    return np.isfinite(values.astype(np.float64))


def _apply(condition: Condition, attribute: Attribute, values: npt.NDArray[Any]) -> tuple[Bools, Bools]:
    blank = ~known(values)
    wanted = [_value(v, attribute) for v in condition.values]
    if condition.operator in {"=", "!="}:
        if attribute.type == "codes":
            some = set(wanted)
            hit = np.array([v is not None and not some.isdisjoint(split_codes(v)) for v in values], dtype=bool)
        elif values.dtype == object:
            some = set(wanted)
            hit = np.array([v in some for v in values], dtype=bool)
        else:
            hit = np.isin(values, wanted)
        return (hit if condition.operator == "=" else ~hit) & ~blank, blank
    limit = wanted[0]
    filled = np.where(blank, limit, values)
    compare = {">=": np.greater_equal, "<=": np.less_equal, ">": np.greater, "<": np.less}[condition.operator]
    return np.asarray(compare(filled, limit), dtype=bool) & ~blank, blank


def split_codes(value: str) -> list[str]:
    """Return the codes of a value of type ``codes`` (separated by semicolons)."""
    return [code.strip() for code in value.split(";") if code.strip()]
