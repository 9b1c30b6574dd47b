"""The working calendar: holidays and make-up working days, one CSV a year, and what a county adds.

The State Council announces each year's arrangement in the November before. A year is known when a file named after it
(``2027.csv``) is shipped or lies in ``calendar/`` of the county directory; files of other names there (``local.csv``)
add or change single days.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from pathlib import Path

from xiancheng.foundation.errors import SourceError
from xiancheng.foundation.resources import data_folder
from xiancheng.foundation.text import Text


class DayType(StrEnum):
    """What a special day is."""

    HOLIDAY = "holiday"
    """法定节假日: everybody rests."""
    WORKDAY = "workday"
    """调休工作日: a Saturday or Sunday that is worked."""
    NORMAL = "normal"
    """As the day of the week says: takes back what a file read before says."""


@dataclass(frozen=True, slots=True)
class SpecialDay:
    """A day that is not as its day of the week says, and the holiday it belongs to."""

    type: DayType
    name: Text


@dataclass(frozen=True, slots=True)
class WorkCalendar:
    """Special days, and the years of which all special days are known.

    Attributes
    ----------
    days
        Holidays and make-up working days.
    known_years
        Years whose arrangement is known. Of others it is not known which days are worked.
    """

    days: Mapping[date, SpecialDay]
    known_years: frozenset[int]

    def __getitem__(self, day: date) -> SpecialDay | None:
        """Return what is special about a day; nothing of an ordinary one."""
        return self.days.get(day)

    def plus(self, other: WorkCalendar) -> WorkCalendar:
        """Return both calendars; of a day in both, `other` counts."""
        return WorkCalendar({**self.days, **other.days}, self.known_years | other.known_years)


_DATE = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?")
_YEAR_FILE = re.compile(r"(\d{4})\.csv")
_HEADERS = {"日期": "date", "类型": "type", "名称": "name", "英文名称": "name_en"}
_TYPES = {
    **{kind.value: kind for kind in DayType},
    **dict.fromkeys(("法定节假日", "节假日", "假日", "休"), DayType.HOLIDAY),
    **dict.fromkeys(("调休工作日", "调休上班", "工作日", "班"), DayType.WORKDAY),
    **dict.fromkeys(("平日", "正常"), DayType.NORMAL),
}


def calendar_files(county_folder: Path | None = None) -> list[Path]:
    """Return the files of the calendar in the order they are read: shipped years, then the county's, years first."""
    files = sorted((data_folder("catalogues") / "operations" / "calendar").glob("*.csv"))
    if county_folder is not None:
        files += sorted((county_folder / "calendar").glob("*.csv"), key=lambda p: (not _year(p), p.name))
    return files


def load_calendar(county_folder: Path | None = None, extra: Iterable[Path] = ()) -> WorkCalendar:
    """Read the shipped calendar, the county's, and further files, each overriding the ones before it.

    Parameters
    ----------
    county_folder
        With ``calendar/*.csv`` or without.
    extra
        Further files; every year in which they have a day counts as known.

    Raises
    ------
    SourceError
        If a file cannot be read; names file, row and field.
    """
    calendar = WorkCalendar({}, frozenset())
    for path in calendar_files(county_folder):
        year = _year(path)
        calendar = calendar.plus(WorkCalendar(read_days(path, year), frozenset({year} if year else ())))
    for path in extra:
        days = read_days(path)
        calendar = calendar.plus(WorkCalendar(days, frozenset(day.year for day in days)))
    return calendar


def _year(path: Path) -> int | None:
    match = _YEAR_FILE.fullmatch(path.name)
    return int(match[1]) if match else None


def read_days(path: Path, year: int | None = None) -> dict[date, SpecialDay]:
    """Read one file with the columns ``date,type,name`` (and ``name_en``), also as Excel saves it in Chinese.

    Parameters
    ----------
    path
        CSV in UTF-8 or GB 18030; headers and types in English or Chinese.
    year
        The year that every day must be in, if the file is of one.

    Raises
    ------
    SourceError
        If a column, date or type is wrong, or a day stands there twice.
    """
    lines = csv.reader(_text(path).splitlines())
    header = [_HEADERS.get(cell.strip(), cell.strip().lower()) for cell in next(lines, [])]
    for column in ("date", "type", "name"):
        if column not in header:
            raise SourceError(
                path,
                Text(f"缺少列 {column}", f"there is no column {column}"),
                hint=Text("第一行写 date,type,name", "the first row must be date,type,name"),
            )
    days: dict[date, SpecialDay] = {}
    for number, cells in enumerate(lines, start=2):
        row = dict(zip(header, (cell.strip() for cell in cells), strict=False))
        if not any(row.values()):
            continue
        day = _day(path, number, row.get("date", ""), year)
        if day in days:
            raise SourceError(path, Text(f"{day} 出现了两次", f"{day} is there twice"), row=number, field="date")
        kind = _TYPES.get(row.get("type", ""))
        if kind is None:
            raise SourceError(
                path,
                Text(f"不认识的类型“{row.get('type', '')}”", f"unknown type {row.get('type', '')!r}"),
                row=number,
                field="type",
                hint=Text("可用的有：" + "、".join(DayType), "there are: " + ", ".join(DayType)),
            )
        name = row.get("name", "")
        days[day] = SpecialDay(kind, Text(name, row.get("name_en") or name))
    return days


def _text(path: Path) -> str:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise SourceError(path, Text(f"读不了：{error}", f"cannot be read: {error}")) from error
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise SourceError(path, Text("不是 UTF-8 或 GB 18030 文本", "is neither UTF-8 nor GB 18030 text"))


def _day(path: Path, row: int, text: str, year: int | None) -> date:
    match = _DATE.fullmatch(text)
    try:
        day = date(*map(int, match.groups())) if match else None
    except ValueError:
        day = None
    if day is None:
        raise SourceError(
            path,
            Text(f"“{text}”不是日期", f"{text!r} is not a date"),
            row=row,
            field="date",
            hint=Text("写成 2027-01-01", "write 2027-01-01"),
        )
    if year is not None and day.year != year:
        raise SourceError(
            path,
            Text(f"{day} 不在 {year} 年", f"{day} is not in {year}"),
            row=row,
            field="date",
            hint=Text("每年一个文件，文件名是年份", "one file a year, named after the year"),
        )
    return day
