"""Deadlines and elapsed time of one case.

A limit counts on a scale (see :mod:`~xiancheng.operations.clock.scale`): the deadline is the first instant at which
the start's position plus the limit is reached. Hence every boundary: a start in a rest counts from the next opening; a
deadline exactly at closing time belongs to the day that ends; a rest of zero length is none.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction

from xiancheng.foundation.text import Text
from xiancheng.operations.clock.clock import Clock
from xiancheng.operations.clock.instants import ClockError, Pause, Span, merged, micros, moment
from xiancheng.operations.terms import Limit, LimitUnit


@dataclass(frozen=True, slots=True)
class Elapsed:
    """How much of a unit has passed.

    Attributes
    ----------
    unit
        What was counted.
    counted
        The time that counted: office time of work hours and work days, else plain time.
    amount
        The same in the unit, exact.
    """

    unit: LimitUnit
    counted: timedelta
    amount: Fraction


def deadline(
    start: datetime,
    limit: Limit,
    clock: Clock,
    *,
    pauses: Iterable[Pause] = (),
    extensions: Iterable[Limit] = (),
) -> datetime:
    """Return when a limit ends.

    Parameters
    ----------
    start
        When it begins.
    limit
        How long it is.
    clock
        Of the unit that must act.
    pauses
        From–to in which time does not count (挂账), in any order. A pause after the deadline changes nothing.
    extensions
        Limits that are added one after another (延期); each may be in a unit of its own.

    Returns
    -------
    datetime
        In Beijing time. What happens exactly then is in time.

    Raises
    ------
    CalendarGapError
        If a year is needed whose holidays are not known.
    ClockError
        If an instant has no time zone, a pause ends before it begins, or a limit is negative.
    """
    begun = micros(start)
    at = clock.first(begun, limit.unit)
    stops = merged(pauses) if pauses else []
    at = advance(at, limit, clock, stops)
    for extension in extensions:
        at = advance(at, extension, clock, stops)
    return moment(at)


def advance(at: int, limit: Limit, clock: Clock, stops: list[Span]) -> int:
    """Return the instant at which `limit` has passed since `at`, both in microseconds, with pauses from `merged`.

    Raises
    ------
    CalendarGapError, ClockError
        As :func:`deadline`.
    """
    if limit.amount < 0:
        raise ClockError(Text(f"时限不能是负数：{limit.amount}", f"a limit cannot be negative: {limit.amount}"))
    if limit.amount == 0:
        return at
    scale, size = clock.measure(limit.unit)
    # A pause moves the target by what it holds on the scale, if it begins before the target is reached.
    target = limit.amount * size + (at if scale is None else scale.position(at))
    for begin, end in stops:
        if end <= at:
            continue
        here = max(begin, at)
        reached = here if scale is None else scale.position(here)
        if reached >= target:
            break
        target += (end if scale is None else scale.position(end)) - reached
    if scale is None:
        return target
    result = scale.instant(target)
    if clock.unknown:
        clock.check(at, result)
    return result


def elapsed(start: datetime, end: datetime, unit: LimitUnit, clock: Clock, *, pauses: Iterable[Pause] = ()) -> Elapsed:
    """Return how much of `unit` has passed from `start` to `end` without the pauses.

    ``elapsed(start, deadline(start, limit, clock), limit.unit, clock).amount == limit.amount``; where a work day is an
    office day and days are of different lengths, up to the microsecond to which a deadline is rounded up.

    Raises
    ------
    CalendarGapError
        If a year is needed whose holidays are not known.
    ClockError
        If `end` lies before `start`, an instant has no time zone, or a pause ends before it begins.
    """
    begin, until = micros(start), micros(end)
    if until < begin:
        raise ClockError(
            Text(
                f"结束 {moment(until).isoformat()} 早于开始 {moment(begin).isoformat()}",
                f"the end {moment(until).isoformat()} lies before the start {moment(begin).isoformat()}",
            )
        )
    begin = min(clock.first(begin, unit), until)
    pieces = running(begin, until, merged(pauses) if pauses else [])
    scale, size = clock.measure(unit)
    if scale is None:
        passed = time = sum(b - a for a, b in pieces)
    else:
        if clock.unknown:
            clock.check(begin, until)
        passed = sum(scale.position(b) - scale.position(a) for a, b in pieces)
        office = clock.hours
        time = passed if scale is office else sum(office.position(b) - office.position(a) for a, b in pieces)
    return Elapsed(unit, timedelta(microseconds=time), Fraction(passed, size))


def running(begin: int, end: int, stops: list[Span]) -> list[Span]:
    """Return what is left of a span without the pauses, which are as :func:`~.instants.merged` returns them."""
    pieces = []
    for pause_begin, pause_end in stops:
        if pause_end <= begin or pause_begin >= end:
            continue
        if pause_begin > begin:
            pieces.append((begin, pause_begin))
        begin = pause_end
    if begin < end:
        pieces.append((begin, end))
    return pieces
