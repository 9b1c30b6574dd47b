"""Deadlines and elapsed times of many cases at once: arrays in, arrays out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from xiancheng.foundation.text import Text
from xiancheng.operations.clock.clock import DAY_UNITS, Clock
from xiancheng.operations.clock.instants import DAY, HOUR, ClockError
from xiancheng.operations.clock.scale import Array
from xiancheng.operations.terms import Limit, LimitUnit

Instants = npt.NDArray[np.datetime64]
"""Instants in UTC, which numpy's times have no zone to say; any resolution."""

_OFFSET = 8 * HOUR
"""Beijing's distance from UTC."""
_NONE = np.iinfo(np.int64).min
"""How numpy keeps a time that is not there (NaT)."""


def deadlines(
    starts: Instants,
    limits: Limit | Sequence[Limit],
    clock: Clock,
    *,
    which: npt.NDArray[np.integer[Any]] | None = None,
) -> Instants:
    """Return :func:`~xiancheng.operations.clock.counting.deadline` of n cases without pauses.

    Parameters
    ----------
    starts
        When the limits begin, in UTC, shape (n,).
    limits
        One for all, or a sequence: of n limits, or of those that `which` chooses from.
    clock
        Of the unit that must act.
    which
        Index of each case's limit in `limits`, shape (n,): a county has a few dozen limits and a million cases.

    Returns
    -------
    ndarray
        ``datetime64[us]`` in UTC, shape (n,).

    Raises
    ------
    CalendarGapError
        If a case needs a year whose holidays are not known.
    ClockError
        If the shapes do not fit, a start is missing, or a limit is negative.
    """
    at = _micros(starts)
    if (at == _NONE).any():
        raise ClockError(Text("有的开始时间是空的", "some of the starts are missing"))
    chosen = [limits] if isinstance(limits, Limit) else list(limits)
    if isinstance(limits, Limit):
        which = np.zeros(len(at), dtype=np.intp)
    elif which is None:
        chosen, which = _distinct(chosen)
    if len(which) != len(at):
        raise ClockError(
            Text(f"{len(at)} 个开始时间对应 {len(which)} 个时限", f"there are {len(at)} starts but {len(which)} limits")
        )
    if any(limit.amount < 0 for limit in chosen):
        raise ClockError(Text("时限不能是负数", "a limit cannot be negative"))
    amounts = np.array([limit.amount for limit in chosen], dtype=np.int64)
    units = [limit.unit for limit in chosen]
    result = np.empty(len(at), dtype=np.int64)
    for unit in dict.fromkeys(units):
        every = all(u is unit for u in units)
        mine = slice(None) if every else np.array([u is unit for u in units])[which]
        result[mine] = _advance(at[mine], amounts[which[mine]], unit, clock)
    return result.view("datetime64[us]")


def _distinct(limits: list[Limit]) -> tuple[list[Limit], npt.NDArray[np.intp]]:
    """Return each amount and unit once, and which of them every limit is."""
    index: dict[tuple[int, LimitUnit], int] = {}
    which = np.fromiter((index.setdefault((m.amount, m.unit), len(index)) for m in limits), np.intp, len(limits))
    return [Limit(amount, unit) for amount, unit in index], which


def _advance(at: Array, amounts: Array, unit: LimitUnit, clock: Clock) -> Array:
    begun = _first(at, unit, clock)
    scale, size = clock.measure(unit)
    if scale is None:
        return begun + amounts * size
    moved = amounts > 0
    result = begun.copy()
    result[moved] = scale.instants(scale.positions(begun[moved]) + amounts[moved] * size)
    if clock.refuses_unknown_years:
        for year in clock.unknown:
            if ((begun < year.end) & (result > year.begin)).any():
                clock.check(year.begin, year.end)
    return result


def _first(at: Array, unit: LimitUnit, clock: Clock) -> Array:
    if clock.profile.first_day_counts or unit not in DAY_UNITS:
        return at
    return (at + _OFFSET) // DAY * DAY + DAY - _OFFSET


def elapsed_times(starts: Instants, ends: Instants, unit: LimitUnit, clock: Clock) -> npt.NDArray[np.timedelta64]:
    """Return the time that counts between n starts and ends, as ``elapsed(…).counted`` does, without pauses.

    Parameters
    ----------
    starts, ends
        In UTC, shape (n,). Where one is missing (NaT) so is the result.
    unit
        What is counted.
    clock
        Of the unit that acts.

    Returns
    -------
    ndarray
        ``timedelta64[us]``, shape (n,).

    Raises
    ------
    CalendarGapError
        If a year is needed whose holidays are not known.
    ClockError
        If an end lies before its start.
    """
    begin, end = _micros(starts), _micros(ends)
    result = np.full(len(begin), _NONE, dtype=np.int64)
    there = (begin != _NONE) & (end != _NONE)
    begin, end = begin[there], end[there]
    if (end < begin).any():
        raise ClockError(Text("有的结束早于开始", "some of the ends lie before their starts"))
    begin = np.minimum(_first(begin, unit, clock), end)
    if clock.measure(unit)[0] is None:
        result[there] = end - begin
    else:
        result[there] = clock.hours.positions(end) - clock.hours.positions(begin)
        if clock.refuses_unknown_years:
            for year in clock.unknown:
                if ((begin < year.end) & (end > year.begin)).any():
                    clock.check(year.begin, year.end)
    return result.view("timedelta64[us]")


def _micros(instants: Instants) -> Array:
    return np.ascontiguousarray(instants, dtype="datetime64[us]").view(np.int64)
