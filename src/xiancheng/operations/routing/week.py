"""When in the week a rule holds: weekdays and hours as intervals of seconds."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from xiancheng.foundation.errors import ConfigError
from xiancheng.foundation.text import Text
from xiancheng.operations.terms import BEIJING

DAY = 86_400
WEEK = 7 * DAY
_HOURS = re.compile(r"([0-9]{1,2})[:：]([0-9]{2})\s*[-–—~～至]\s*([0-9]{1,2})[:：]([0-9]{2})")


@dataclass(frozen=True, slots=True)
class Window:
    """A part of the week, the same every week.

    Attributes
    ----------
    intervals
        Half-open intervals of seconds since Monday 00:00, Chinese civil time; sorted, disjoint and not adjacent.
    text
        As a person wrote it.
    """

    intervals: tuple[tuple[int, int], ...]
    text: str = ""

    @property
    def seconds(self) -> int:
        """How many seconds of a week it covers."""
        return sum(end - start for start, end in self.intervals)

    def holds(self, second: int) -> bool:
        """Whether it covers the second of the week."""
        place = bisect_right(self.intervals, (second, WEEK + 1)) - 1
        return place >= 0 and second < self.intervals[place][1]

    def meets(self, other: Window) -> bool:
        """Whether both cover a common moment."""
        return any(a < d and c < b for a, b in self.intervals for c, d in other.intervals)

    @classmethod
    def of(cls, weekdays: Iterable[int] = (), hours: Sequence[str] = ()) -> Window:
        """Return the window of weekdays and hours.

        Parameters
        ----------
        weekdays
            1 Monday … 7 Sunday; none: every day.
        hours
            Such as ``08:30-12:00``; ``22:00-06:00`` goes on into the next day and belongs to the day on which it
            begins. None: the whole day. The end is not included.

        Raises
        ------
        ConfigError
            If a weekday is none of 1 to 7, or hours are not of this form.
        """
        days = sorted(set(weekdays)) or list(range(1, 8))
        if any(not 1 <= day <= 7 for day in days):
            raise ConfigError(
                Text(f"星期 {days} 有误", f"weekdays {days} are wrong"),
                Text("1 是星期一，7 是星期日", "1 is Monday, 7 is Sunday"),
            )
        parts: list[tuple[int, int]] = []
        for start, end in [_seconds(text) for text in hours] or [(0, DAY)]:
            for day in days:
                first = (day - 1) * DAY + start
                last = (day - 1) * DAY + end + (DAY if end <= start else 0)
                parts += [(first, min(last, WEEK)), (0, last - WEEK)] if last > WEEK else [(first, last)]
        shown = " ".join([",".join(map(str, days)) if len(days) < 7 else "", ",".join(hours)]).strip()
        return cls(merged(parts), shown)


def merged(parts: Iterable[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    """Return intervals sorted, overlapping and adjacent ones joined."""
    out: list[tuple[int, int]] = []
    for start, end in sorted(parts):
        if out and start <= out[-1][1]:
            out[-1] = (out[-1][0], max(out[-1][1], end))
        else:
            out.append((start, end))
    return tuple(out)


def moment(when: datetime) -> tuple[int, int]:
    """Return day (proleptic ordinal) and second of the week of an instant in Chinese civil time.

    Raises
    ------
    ConfigError
        If the instant has no time zone.
    """
    if when.tzinfo is None:
        raise ConfigError(
            Text(f"时刻 {when} 没有时区", f"the instant {when} has no time zone"),
            Text("例如 2026-02-13T17:00+08:00", "such as 2026-02-13T17:00+08:00"),
        )
    local = when.astimezone(BEIJING)
    day = local.toordinal()
    return day, (day - 1) % 7 * DAY + local.hour * 3600 + local.minute * 60 + local.second


def _seconds(text: str) -> tuple[int, int]:
    found = _HOURS.fullmatch(text.strip())
    if found:
        a, b, c, d = map(int, found.groups())
        start, end = a * 3600 + b * 60, c * 3600 + d * 60
        if b < 60 and d < 60 and start < DAY and end <= DAY and start != end:
            return start, end
    raise ConfigError(
        Text(f"时段“{text}”看不懂", f"hours {text!r} are not understood"),
        Text("写成 08:30-12:00；整天则留空", "write 08:30-12:00; leave it empty for the whole day"),
    )
