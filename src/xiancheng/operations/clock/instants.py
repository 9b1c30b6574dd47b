"""Instants as whole microseconds since 1970 in UTC, which the clock computes with, and back."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta

from xiancheng.foundation.errors import XianchengError
from xiancheng.foundation.text import Text
from xiancheng.operations.terms import BEIJING

SECOND = 1_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR
"""Days of Chinese civil time have 24 hours: there has been no summer time since 1991."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)

Pause = tuple[datetime, datetime]
"""From and to of a time that does not count, both aware."""
Span = tuple[int, int]
"""Begin and end in microseconds."""


class ClockError(XianchengError):
    """Something cannot be counted: a time without its zone, an end before its start, a year without a calendar."""


def micros(instant: datetime) -> int:
    """Return an aware instant in microseconds since 1970.

    Raises
    ------
    ClockError
        If the instant does not say its time zone.
    """
    if instant.tzinfo is None:
        raise ClockError(
            Text(f"时间 {instant.isoformat()} 没有时区", f"the time {instant.isoformat()} has no time zone"),
            Text("北京时间写作 …+08:00", "write Beijing time as …+08:00"),
        )
    return (instant - _EPOCH) // _MICROSECOND


def moment(us: int) -> datetime:
    """Return microseconds since 1970 as Beijing time.

    Raises
    ------
    ClockError
        If they lie beyond the year 9999.
    """
    try:
        return (_EPOCH + timedelta(microseconds=us)).astimezone(BEIJING)
    except OverflowError:
        raise ClockError(Text("期限超出公元 9999 年", "the deadline lies beyond the year 9999")) from None


def midnight(day: date) -> int:
    """Return when a day begins in Beijing, in microseconds since 1970."""
    return micros(datetime.combine(day, time(), BEIJING))


def merged(pauses: Iterable[Pause]) -> list[Span]:
    """Return pauses in order, overlapping and adjoining ones as one, empty ones left out.

    Raises
    ------
    ClockError
        If a pause ends before it begins.
    """
    spans: list[Span] = []
    for begin, end in sorted((micros(a), micros(b)) for a, b in pauses):
        if end < begin:
            raise ClockError(
                Text(
                    f"挂账的结束 {moment(end).isoformat()} 早于开始 {moment(begin).isoformat()}",
                    f"a pause ends at {moment(end).isoformat()}, before it begins at {moment(begin).isoformat()}",
                )
            )
        if spans and begin <= spans[-1][1]:
            spans[-1] = (spans[-1][0], max(end, spans[-1][1]))
        elif begin < end:
            spans.append((begin, end))
    return spans
