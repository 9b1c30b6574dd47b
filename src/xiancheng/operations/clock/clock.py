"""A clock: office hours and the working calendar compiled to scales, one for every unit of limits."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

import numpy as np

from xiancheng.foundation.errors import ConfigError
from xiancheng.foundation.text import Text
from xiancheng.operations.clock.calendar import WorkCalendar
from xiancheng.operations.clock.hours import Profile
from xiancheng.operations.clock.instants import DAY, HOUR, MINUTE, micros, midnight, moment
from xiancheng.operations.clock.scale import CalendarGapError, Scale
from xiancheng.operations.terms import BEIJING, LimitUnit

ASSUMED_YEARS = 10
"""How many years before and after the known ones a clock that only warns can count in."""
_LARGEST = 2**62

DAY_UNITS = frozenset({LimitUnit.WORK_DAY, LimitUnit.NATURAL_DAY})
"""Limits in days, which may leave out the day on which they begin."""
OFFICE_UNITS = frozenset({LimitUnit.WORK_HOUR, LimitUnit.WORK_DAY})
"""Limits that only run in office hours."""


@dataclass(frozen=True, slots=True)
class UnknownYear:
    """A year within a clock's reach whose holidays are not known; begin and end in microseconds."""

    year: int
    begin: int
    end: int


@dataclass(frozen=True, slots=True, eq=False)
class Clock:
    """What counts as working time for one kind of unit. Make it with :func:`make_clock`.

    Attributes
    ----------
    profile
        Office hours and rules of counting.
    calendar
        Holidays and make-up working days.
    refuses_unknown_years
        Whether a year without a calendar is an error; else Monday to Friday are worked, and :meth:`warnings` says so.
    hours
        Working time in microseconds.
    days
        Working time in office days, or ``None`` where a work day is so many hours.
    day_size
        What one work day is on `days`, or on `hours`.
    unknown
        Years within reach whose holidays are not known.
    """

    profile: Profile
    calendar: WorkCalendar
    refuses_unknown_years: bool
    hours: Scale
    days: Scale | None
    day_size: int
    unknown: tuple[UnknownYear, ...]
    _measures: dict[LimitUnit, tuple[Scale | None, int]] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        measures: dict[LimitUnit, tuple[Scale | None, int]] = {
            LimitUnit.URGENT_HOUR: (None, HOUR),
            LimitUnit.URGENT_DAY: (None, DAY),
            LimitUnit.NATURAL_DAY: (None, DAY),
            LimitUnit.WORK_HOUR: (self.hours, HOUR),
            LimitUnit.WORK_DAY: (self.days or self.hours, self.day_size),
        }
        object.__setattr__(self, "_measures", measures)

    def measure(self, unit: LimitUnit) -> tuple[Scale | None, int]:
        """Return the scale on which a unit is counted (``None``: time itself) and its size on it."""
        return self._measures[unit]

    def first(self, us: int, unit: LimitUnit) -> int:
        """Return from when a limit that is given at `us` counts: at once, or from the next midnight."""
        if self.profile.first_day_counts or unit not in DAY_UNITS:
            return us
        return midnight(moment(us).date() + timedelta(days=1))

    def check(self, begin: int, end: int) -> None:
        """Refuse a span that leaves the clock's reach or touches a year whose holidays are not known.

        Raises
        ------
        CalendarGapError
            If it does; within reach only if this clock refuses such years.
        """
        for us in (begin, end):
            self.hours.position(us)
        if self.refuses_unknown_years:
            for year in self._touched(begin, end):
                raise CalendarGapError(year)

    def warnings(self, start: datetime, end: datetime) -> list[Text]:
        """Return what had to be assumed to count from `start` to `end`."""
        return [
            Text(
                f"没有 {year} 年的工作日历，按周一至周五上班计算",
                f"there is no working calendar of {year}: Monday to Friday are taken as working days",
            )
            for year in self._touched(micros(start), micros(end))
        ]

    def _touched(self, begin: int, end: int) -> Iterator[int]:
        return (y.year for y in self.unknown if y.begin < end and begin < y.end)


def make_clock(profile: Profile, calendar: WorkCalendar, *, refuses_unknown_years: bool = True) -> Clock:
    """Compile a clock: about ten milliseconds, so keep it.

    Parameters
    ----------
    profile
        Office hours.
    calendar
        Of at least one year.
    refuses_unknown_years
        Whether years without a calendar are an error.

    Raises
    ------
    ConfigError
        If the calendar is empty, or office days are of too many different lengths to be counted exactly.
    """
    if not calendar.known_years:
        raise ConfigError(Text("工作日历是空的", "the working calendar is empty"))
    margin = 0 if refuses_unknown_years else ASSUMED_YEARS
    years = min(calendar.known_years) - margin, max(calendar.known_years) + margin
    begin, end = midnight(date(years[0], 1, 1)), midnight(date(years[1] + 1, 1, 1))
    spans: list[tuple[int, int]] = []
    lengths: list[int] = []
    day = date(years[0], 1, 1)
    for start in range(begin, end, DAY):
        special = calendar[day]
        periods = profile.periods(day, special.type if special else None)
        spans += [(start + a * MINUTE, start + b * MINUTE) for a, b in periods]
        lengths += [sum(b - a for a, b in periods)] * len(periods)
        day += timedelta(days=1)
    table = np.array(spans, dtype=np.int64).reshape(-1, 2)
    hours = Scale.of(table, np.ones(len(table), dtype=np.int64), begin, end, years)
    days, size = None, profile.work_day
    if size is None:
        days, size = _office_days(profile, table, lengths, hours)
    unknown = tuple(
        UnknownYear(year, midnight(date(year, 1, 1)), midnight(date(year + 1, 1, 1)))
        for year in range(years[0], years[1] + 1)
        if year not in calendar.known_years
    )
    return Clock(profile, calendar, refuses_unknown_years, hours, days, size, unknown)


def _office_days(profile: Profile, table: np.ndarray, lengths: list[int], hours: Scale) -> tuple[Scale, int]:
    """Return the scale on which every office day counts the same, whatever its length in minutes."""
    size = math.lcm(*set(lengths)) * MINUTE if lengths else DAY
    if size * (len(lengths) + 1) > _LARGEST:
        raise ConfigError(
            Text(
                f"作息 {profile.name}：上班日的长短种类太多，不能按 office_day 精确计算",
                f"profile {profile.name}: office days of so many lengths cannot be counted exactly as office_day",
            ),
            Text('用 work_day = "hours"', 'use work_day = "hours"'),
        )
    rates = np.array([size // (minutes * MINUTE) for minutes in lengths], dtype=np.int64)
    return Scale.of(table, rates, hours.low, hours.high, hours.years), size


def beijing(instant: datetime) -> datetime:
    """Return an instant in Beijing time; one without a zone is taken as such."""
    return instant.replace(tzinfo=BEIJING) if instant.tzinfo is None else instant.astimezone(BEIJING)
