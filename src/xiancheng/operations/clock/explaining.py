"""The count written out: every interval that counts, and why the ones between do not."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise

from xiancheng.foundation.text import Text
from xiancheng.operations.clock.calendar import DayType
from xiancheng.operations.clock.clock import OFFICE_UNITS, Clock
from xiancheng.operations.clock.counting import advance, running
from xiancheng.operations.clock.instants import DAY, MINUTE, ClockError, Pause, Span, merged, micros, midnight, moment
from xiancheng.operations.terms import Limit, LimitUnit

_DAYS = (
    Text("周一", "Monday"),
    Text("周二", "Tuesday"),
    Text("周三", "Wednesday"),
    Text("周四", "Thursday"),
    Text("周五", "Friday"),
    Text("周六", "Saturday"),
    Text("周日", "Sunday"),
)
_OFFICE = Text("办公时间", "office hours")
_CLOSED = Text("非办公时间", "outside office hours")
_BREAK = Text("午休（两段办公时间之间）", "break between office hours")
_PAUSED = Text("挂账，暂停计时", "suspended: the clock is stopped")
_FIRST_DAY = Text("起始当日不计", "the day on which the limit begins does not count")
_CONTINUOUS = {
    LimitUnit.URGENT_HOUR: Text("紧急时限，连续计时", "urgent limit: counts without a break"),
    LimitUnit.URGENT_DAY: Text("紧急时限，连续计时", "urgent limit: counts without a break"),
    LimitUnit.NATURAL_DAY: Text("自然日，连续计时", "natural days: count without a break"),
}


@dataclass(frozen=True, slots=True)
class Interval:
    """A stretch of time that counts or does not, and why.

    Attributes
    ----------
    begin, end
        In Beijing time.
    counted
        Whether it counts.
    reason
        Why, or why not.
    total
        What has counted up to its end.
    """

    begin: datetime
    end: datetime
    counted: bool
    reason: Text
    total: timedelta


@dataclass(frozen=True, slots=True)
class Explanation:
    """A deadline with how it came about.

    Attributes
    ----------
    deadline
        In Beijing time.
    intervals
        From the start to the deadline without holes.
    warnings
        What had to be assumed.
    """

    deadline: datetime
    intervals: tuple[Interval, ...]
    warnings: tuple[Text, ...]


_Piece = tuple[int, int, bool, Text]


def explain(
    start: datetime, end: datetime, unit: LimitUnit, clock: Clock, *, pauses: Iterable[Pause] = ()
) -> list[Interval]:
    """Return every interval from `start` to `end`, counted or not; the last total is ``elapsed(…).counted``.

    Raises
    ------
    CalendarGapError
        If a year is needed whose holidays are not known.
    ClockError
        If `end` lies before `start`, an instant has no time zone, or a pause ends before it begins.
    """
    begin, until = micros(start), micros(end)
    if until < begin:
        raise ClockError(Text("结束早于开始", "the end lies before the start"))
    return _intervals(_leg(begin, until, unit, clock, merged(pauses), fresh=True))


def explain_deadline(
    start: datetime,
    limit: Limit,
    clock: Clock,
    *,
    pauses: Iterable[Pause] = (),
    extensions: Iterable[Limit] = (),
) -> Explanation:
    """Return the deadline, equal to that of :func:`~.counting.deadline`, with every interval up to it.

    Raises
    ------
    CalendarGapError, ClockError
        As :func:`~.counting.deadline`.
    """
    begun = at = micros(start)
    stops = merged(pauses)
    pieces: list[_Piece] = []
    for number, part in enumerate((limit, *extensions)):
        until = advance(clock.first(at, part.unit) if number == 0 else at, part, clock, stops)
        pieces += _leg(at, until, part.unit, clock, stops, fresh=number == 0)
        at = until
    end = moment(at)
    office = any(part.unit in OFFICE_UNITS for part in (limit, *extensions))
    warnings = clock.warnings(moment(begun), end) if office else []
    return Explanation(end, tuple(_intervals(pieces)), tuple(warnings))


def _leg(begin: int, end: int, unit: LimitUnit, clock: Clock, stops: list[Span], *, fresh: bool) -> list[_Piece]:
    """Return the pieces of a span that is counted in one unit; a fresh one may leave out its first day."""
    first = min(clock.first(begin, unit), end) if fresh else begin
    pieces: list[_Piece] = [(begin, first, False, _FIRST_DAY)] if first > begin else []
    at = first
    for a, b in running(first, end, stops):
        if a > at:
            pieces.append((at, a, False, _PAUSED))
        pieces += _office(a, b, clock) if unit in OFFICE_UNITS else [(a, b, True, _CONTINUOUS[unit])]
        at = b
    if at < end:
        pieces.append((at, end, False, _PAUSED))
    return pieces


def _office(begin: int, end: int, clock: Clock) -> Iterator[_Piece]:
    clock.check(begin, end)
    day = moment(begin).date()
    while (start := midnight(day)) < end:
        for a, b, counted, reason in _day(day, start, clock):
            if b > begin and a < end:
                yield max(a, begin), min(b, end), counted, reason
        day += timedelta(days=1)


def _day(day: date, start: int, clock: Clock) -> list[_Piece]:
    special = clock.calendar[day]
    kind = special.type if special else None
    weekday = _DAYS[day.weekday()]
    periods = [(start + a * MINUTE, start + b * MINUTE) for a, b in clock.profile.periods(day, kind)]
    if not periods:
        reason = Text("{day}，休息", "{day}, day of rest").format(day=weekday)
        if special and kind is DayType.HOLIDAY:
            reason = Text("法定节假日：{name}", "public holiday: {name}").format(name=special.name)
        return [(start, start + DAY, False, reason)]
    office = _OFFICE
    if special and kind is DayType.WORKDAY:
        office = Text("办公时间，调休上班（{name}）", "office hours, make-up working day ({name})").format(
            name=special.name
        )
    pieces: list[_Piece] = [(start, periods[0][0], False, _CLOSED)]
    for (a, b), (following, _) in pairwise([*periods, (start + DAY, 0)]):
        pieces.append((a, b, True, office))
        pieces.append((b, following, False, _CLOSED if following == start + DAY else _BREAK))
    return [piece for piece in pieces if piece[0] < piece[1]]


def _intervals(pieces: Iterable[_Piece]) -> list[Interval]:
    """Join neighbours that are alike and add up what counts."""
    joined: list[_Piece] = []
    for begin, end, counted, reason in pieces:
        if joined and joined[-1][2:] == (counted, reason) and joined[-1][1] == begin:
            joined[-1] = (joined[-1][0], end, counted, reason)
        else:
            joined.append((begin, end, counted, reason))
    result, total = [], 0
    for begin, end, counted, reason in joined:
        total += end - begin if counted else 0
        result.append(Interval(moment(begin), moment(end), counted, reason, timedelta(microseconds=total)))
    return result
