"""How figures, targets, gaps and units are written for people, the same in every report."""

from __future__ import annotations

import math
from dataclasses import dataclass

from xiancheng.foundation.text import Text
from xiancheng.programme.assessment import ClauseResult, IndicatorResult, Status
from xiancheng.programme.model import Target

NONE = "—"
"""Written where there is no figure."""

SYMBOLS: dict[Status, str] = {"met": "✓", "short": "✗", "informative": "○", "no_data": "·"}
"""Tell a status without colour."""

CERTAINTIES: dict[str, Text] = {
    "V": Text("已核实：定义或标准出自原文", "verified: the definition or norm was read in its source"),
    "S": Text(
        "二手：定义或标准出自转述，引用前请核对原文",
        "secondary: the definition or norm comes from a secondary source; check the original before quoting it",
    ),
    "M": Text(
        "待核实：定义或标准未经核对，使用前必须核对原文",
        "unverified: the definition or norm has not been checked; check the original before use",
    ),
}
"""What the certainty flags of a programme mean."""

UNITS: dict[str, Text] = {
    "1": Text("", ""),
    "share": Text("", ""),
    "m": Text("m", "m"),
    "km": Text("km", "km"),
    "m2": Text("m²", "m²"),
    "ha": Text("公顷", "ha"),
    "km2": Text("km²", "km²"),
    "min": Text("分钟", "min"),
    "per_1000": Text("/千人", "per 1,000"),
    "count": Text("个", ""),
    "km/km2": Text("km/km²", "km/km²"),
    "m2/person": Text("m²/人", "m²/person"),
    "person": Text("人", "persons"),
    "persons": Text("人", "persons"),
    "people": Text("人", "people"),
    "residents": Text("人", "residents"),
    "pupils": Text("人", "pupils"),
    "children": Text("人", "children"),
    "staff": Text("人", "staff"),
    "households": Text("户", "households"),
    "dwellings": Text("户", "dwellings"),
    "buildings": Text("栋", "buildings"),
    "building": Text("栋", "buildings"),
    "beds": Text("张床位", "beds"),
    "places": Text("个名额", "places"),
    "seats": Text("个座位", "seats"),
    "features": Text("个", "features"),
    "items": Text("项", "items"),
    "facilities": Text("处", "facilities"),
    "areas": Text("个片区", "areas"),
    "townships": Text("个乡镇", "townships"),
    "trees": Text("株", "trees"),
    "meters": Text("只", "meters"),
    "cells": Text("个格网", "cells"),
    "parcels": Text("块", "parcels"),
    "records": Text("条", "records"),
    "points": Text("个", "points"),
}
"""Units of the measures; any other is written as it is."""

_TIGHT = frozenset("/")


@dataclass(frozen=True, slots=True)
class Change:
    """How a figure moved between the last two published dates that have it.

    Attributes
    ----------
    arrow
        ``↑``, ``↓`` or ``→``.
    better
        Whether it moved towards its target; None without a target or without a move.
    """

    arrow: str
    delta: float
    better: bool | None


def unit_text(unit: str) -> Text:
    """Return what people read for a unit."""
    known = UNITS.get(unit)
    if known is not None:
        return known
    plain = unit.replace("m2", "m²").replace("m3", "m³")
    return Text(plain, plain)


def number_text(value: float | None, *, decimals: int | None = None) -> str:
    """Write a number with thousands separators: as many decimals as its size deserves, or `decimals`."""
    if value is None or not math.isfinite(value):
        return NONE
    if decimals is None:
        if float(value).is_integer():
            decimals = 0
        else:
            size = abs(value)
            decimals = 0 if size >= 1000 else 1 if size >= 10 else 2 if size >= 0.1 else 3
            return f"{value:,.{decimals}f}".rstrip("0").rstrip(".") if decimals else f"{value:,.0f}"
    return f"{value:,.{decimals}f}"


def _with_unit(number: str, unit: str) -> Text:
    if number == NONE:
        return Text(NONE, NONE)
    words = unit_text(unit)
    return Text(
        number + words.zh if words.zh[:1] in _TIGHT or _is_chinese(words.zh) else f"{number} {words.zh}".strip(),
        f"{number} {words.en}".strip(),
    )


def _is_chinese(text: str) -> bool:
    return bool(text) and "\u4e00" <= text[0] <= "\u9fff"


def value_text(value: float | None, unit: str, *, against: float | None = None) -> Text:
    """Write a figure with its unit; a share as a percentage.

    Parameters
    ----------
    against
        The target: as many decimals are written as it takes to tell the figure from it, so that 99.96 % never
        reads as a missed target of 100 %.
    """
    if value is None or not math.isfinite(value):
        return Text(NONE, NONE)
    if unit == "share":
        share = f"{_decimals(100 * value, None if against is None else 100 * against, 1)}%"
        return Text(share, share)
    if against is None or math.isclose(value, against):
        return _with_unit(number_text(value), unit)
    number, other = number_text(value), number_text(against)
    return _with_unit(_decimals(value, against, 1) if _reads_as(number, other) else number, unit)


def _decimals(value: float, against: float | None, least: int) -> str:
    """Write with at least `least` decimals, and as many as tell `value` from `against`."""
    text = ""
    for decimals in range(least, 8):
        text = f"{value:,.{decimals}f}"
        if against is None or math.isclose(value, against, abs_tol=1e-9) or not _reads_as(text, f"{against:.9g}"):
            break
    return text


def _reads_as(number: str, other: str) -> bool:
    return float(number.replace(",", "")) == float(other.replace(",", ""))


def target_text(target: Target | None, unit: str) -> Text:
    """Write a target: ``≥ 95%``, ``≤ 300 m``, ``80%–95%``."""
    if target is None or (target.at_least is None and target.at_most is None):
        return Text(NONE, NONE)
    low = None if target.at_least is None else _bound(target.at_least, unit)
    high = None if target.at_most is None else _bound(target.at_most, unit)
    if low is not None and high is not None:
        return low if target.at_least == target.at_most else Text(f"{low.zh}–{high.zh}", f"{low.en}–{high.en}")
    if low is not None:
        return Text(f"≥ {low.zh}", f"≥ {low.en}")
    assert high is not None
    return Text(f"≤ {high.zh}", f"≤ {high.en}")


def _bound(value: float, unit: str) -> Text:
    if unit == "share":
        share = f"{100 * value:.6g}%"
        return Text(share, share)
    return _with_unit(number_text(value), unit)


def bound(target: Target | None, value: float | None) -> float | None:
    """Return the bound that `value` is compared with: the one it misses, else the lower, else the upper."""
    if target is None:
        return None
    if value is not None and target.at_most is not None and value > target.at_most:
        return target.at_most
    return target.at_least if target.at_least is not None else target.at_most


def gap_text(gap: float | None, unit: str) -> Text:
    """Write the distance to a target in the figure's unit (percentage points for shares)."""
    if gap is None or not math.isfinite(gap):
        return Text(NONE, NONE)
    if gap == 0:
        return Text("0", "0")
    if unit == "share":
        points = f"{100 * gap:.1f}" if 100 * gap >= 0.05 else f"{100 * gap:.2g}"
        return Text(f"{points} 个百分点", f"{points} pp")
    return _with_unit(number_text(gap), unit)


def unit_of(result: IndicatorResult) -> str:
    """Return the unit of an indicator's figure; empty where it was not measured."""
    return result.measurement.unit if result.measurement is not None else ""


def figure_text(result: IndicatorResult) -> Text:
    """Write an indicator's figure."""
    if result.measurement is None:
        return Text(NONE, NONE)
    value = result.measurement.value
    return value_text(value, result.measurement.unit, against=bound(result.indicator.target, value))


def indicator_target_text(result: IndicatorResult) -> Text:
    """Write an indicator's target in the unit of its figure."""
    return target_text(result.indicator.target, unit_of(result))


def change_of(result: IndicatorResult) -> Change | None:
    """Return how the figure moved between the last two published dates; None with fewer than two figures."""
    known = [p.value for p in result.trend if p.value is not None]
    if len(known) < 2:
        return None
    before, after = known[-2], known[-1]
    delta = after - before
    if abs(delta) <= 1e-9 * max(abs(before), abs(after), 1e-9):
        return Change("→", 0.0, None)
    target = result.indicator.target
    better: bool | None = None
    if target is not None:
        left, right = target.gap(before), target.gap(after)
        if left != right:
            better = right < left
        elif (target.at_least is None) != (target.at_most is None):
            better = (delta > 0) == (target.at_least is not None)
    return Change("↑" if delta > 0 else "↓", delta, better)


def headline(clause: ClauseResult) -> IndicatorResult | None:
    """Return the indicator that decides a clause's status: of the missed ones the furthest from its target."""
    deciding = [r for r in clause.indicators if r.status == clause.status]
    if not deciding:
        return clause.indicators[0] if clause.indicators else None
    return max(deciding, key=_relative_gap)


def _relative_gap(result: IndicatorResult) -> float:
    limit = bound(result.indicator.target, result.measurement.value if result.measurement else None)
    if not result.gap or limit is None:
        return 0.0
    return result.gap / abs(limit) if limit else math.inf
