"""Office hours of a unit: periods by day of the week, season and date, and how its days of work are counted."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Any

from xiancheng.foundation.errors import ConfigError
from xiancheng.foundation.text import Text
from xiancheng.operations.clock.calendar import DayType
from xiancheng.operations.clock.instants import HOUR

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

Periods = tuple[tuple[int, int], ...]
"""From and to in minutes since midnight, in order, not overlapping."""
_MonthDay = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Hours:
    """When a unit works on some days of the week.

    Attributes
    ----------
    days
        Days of the week, Monday is 0.
    periods
        Office periods; none is a day of rest.
    season
        First and last month and day, every year; may run across the new year.
    first, last
        Dates between which these hours are valid, both inclusive.
    """

    days: frozenset[int]
    periods: Periods
    season: tuple[_MonthDay, _MonthDay] | None = None
    first: date | None = None
    last: date | None = None

    def fits(self, day: date, weekday: int) -> bool:
        """Whether these are the hours of `day`, worked as if it were `weekday`."""
        if weekday not in self.days or (self.first and day < self.first) or (self.last and day > self.last):
            return False
        if self.season is None:
            return True
        begin, end = self.season
        today = (day.month, day.day)
        return begin <= today <= end if begin <= end else today >= begin or today <= end


@dataclass(frozen=True, slots=True)
class Profile:
    """The hours of a kind of unit.

    Attributes
    ----------
    hours
        Of several that fit a date, the last one counts.
    makeup_like
        The day of the week whose hours a make-up working day has; ``None``: the unit rests on it.
    works_on_holidays
        Whether holidays are worked by the day of the week.
    work_day
        Microseconds of working time that are one work day; ``None``: one office day, however long it is.
    first_day_counts
        Whether a limit in days begins at once, or with the day after.
    """

    name: str
    title: Text
    hours: tuple[Hours, ...]
    makeup_like: int | None = 0
    works_on_holidays: bool = False
    work_day: int | None = 8 * HOUR
    first_day_counts: bool = True

    def periods(self, day: date, kind: DayType | None) -> Periods:
        """Return the office periods of a day that is a holiday, a make-up working day or neither (``None``)."""
        weekday = day.weekday()
        if kind is DayType.HOLIDAY and not self.works_on_holidays:
            return ()
        if kind is DayType.WORKDAY:
            if self.makeup_like is None:
                return ()
            weekday = self.makeup_like
        for hours in reversed(self.hours):
            if hours.fits(day, weekday):
                return hours.periods
        return ()


def read_profile(name: str, entry: Mapping[str, Any]) -> Profile:
    """Build a profile from its table in ``clock.toml``.

    Raises
    ------
    ConfigError
        If something in it is unknown or impossible; names the profile.
    """
    known = {"title", "hours", "makeup_like", "holidays", "work_day", "work_day_hours", "first_day"}
    _refuse_unknown(name, entry, known)
    makeup = _one_of(name, "makeup_like", entry.get("makeup_like", "mon"), (*WEEKDAYS, "none"))
    hours = entry.get("hours", [])
    if not isinstance(hours, list) or not any(item.get("periods") for item in hours):
        raise _wrong(
            name,
            Text("没有上班时间", "has no office periods"),
            Text(f"加一个带 periods 的 [[profile.{name}.hours]]", f"add a [[profile.{name}.hours]] with periods"),
        )
    length = entry.get("work_day_hours", 8)
    if isinstance(length, bool) or not isinstance(length, int | float) or not 0 < length <= 24:
        raise _wrong(name, Text("work_day_hours 应是 0 到 24 的数", "work_day_hours must be a number up to 24"))
    by_hours = _one_of(name, "work_day", entry.get("work_day", "hours"), ("hours", "office_day")) == "hours"
    return Profile(
        name=name,
        title=Text.of(entry.get("title", name)),
        hours=tuple(_hours(name, item) for item in hours),
        makeup_like=None if makeup == "none" else WEEKDAYS.index(makeup),
        works_on_holidays=_one_of(name, "holidays", entry.get("holidays", "rest"), ("rest", "work")) == "work",
        work_day=round(length * HOUR) if by_hours else None,
        first_day_counts=_one_of(name, "first_day", entry.get("first_day", "counted"), ("counted", "not_counted"))
        == "counted",
    )


def _hours(name: str, entry: Mapping[str, Any]) -> Hours:
    _refuse_unknown(name, entry, {"days", "periods", "season", "from", "to"})
    days = [WEEKDAYS.index(_one_of(name, "days", day, WEEKDAYS)) for day in entry.get("days", WEEKDAYS[:5])]
    season = entry.get("season")
    if season is not None and (not isinstance(season, list) or len(season) != 2):
        raise _wrong(
            name, Text("season 要写两个月日", "season needs two days"), Text('["05-01", "09-30"]', '["05-01", "09-30"]')
        )
    first, last = entry.get("from"), entry.get("to")
    for value in (first, last):
        if value is not None and type(value) is not date:
            raise _wrong(
                name,
                Text("from 和 to 要写日期", "from and to must be dates"),
                Text("不加引号，如 2026-05-01", "without quotes, such as 2026-05-01"),
            )
    return Hours(
        frozenset(days),
        _periods(name, entry.get("periods", [])),
        (_month_day(name, season[0]), _month_day(name, season[1])) if season else None,
        first,
        last,
    )


_PERIOD = re.compile(r"(\d{1,2}):(\d{2})\s*[-–~至]\s*(\d{1,2}):(\d{2})")


def _periods(name: str, texts: list[object]) -> Periods:
    periods = []
    for text in texts:
        match = _PERIOD.fullmatch(str(text).strip().replace("：", ":"))
        hour, minute, to_hour, to_minute = map(int, match.groups()) if match else (0, 99, 0, 99)
        begin, end = hour * 60 + minute, to_hour * 60 + to_minute
        if minute > 59 or to_minute > 59 or end > 24 * 60 or begin >= end:
            raise _wrong(
                name,
                Text(f"“{text}”不是上班时段", f"{text!r} is not an office period"),
                Text(
                    "写成 08:00-12:00；跨零点的写成两段，如 22:00-24:00 和 00:00-06:00",
                    "write 08:00-12:00; one across midnight as two, such as 22:00-24:00 and 00:00-06:00",
                ),
            )
        periods.append((begin, end))
    periods.sort()
    for (_, end), (begin, _) in pairwise(periods):
        if begin < end:
            raise _wrong(name, Text(f"上班时段重叠：{texts}", f"office periods overlap: {texts}"))
    return tuple(periods)


def _month_day(name: str, text: object) -> _MonthDay:
    try:
        day = date.fromisoformat(f"2000-{text}")
    except ValueError:
        raise _wrong(
            name, Text(f"“{text}”不是月日", f"{text!r} is not a month and day"), Text("写成 05-01", "write 05-01")
        ) from None
    return day.month, day.day


def _one_of(name: str, key: str, value: object, allowed: tuple[str, ...]) -> str:
    if value not in allowed:
        raise _wrong(
            name,
            Text(f"{key} 的值“{value}”不存在", f"{key} cannot be {value!r}"),
            Text("可用的有：" + "、".join(allowed), "there are: " + ", ".join(allowed)),
        )
    return str(value)


def _refuse_unknown(name: str, entry: Mapping[str, Any], known: set[str]) -> None:
    for key in entry.keys() - known:
        raise _wrong(
            name,
            Text(f"不认识的项 {key}", f"unknown key {key}"),
            Text("可用的有：" + "、".join(sorted(known)), "there are: " + ", ".join(sorted(known))),
        )


def _wrong(name: str, message: Text, hint: Text | None = None) -> ConfigError:
    return ConfigError(
        Text(f"clock.toml 的作息 {name}：{message.zh}", f"clock.toml, profile {name}: {message.en}"), hint
    )
