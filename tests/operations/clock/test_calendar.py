"""The shipped calendar against two that others keep, and the county's own files."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import chinese_calendar
import holidays
import pytest

from xiancheng.foundation.errors import SourceError
from xiancheng.foundation.text import Text
from xiancheng.operations.clock import CalendarGapError, deadline, explain_deadline, load_clocks
from xiancheng.operations.clock.calendar import DayType, load_calendar, read_days
from xiancheng.operations.terms import BEIJING, Limit, LimitUnit

YEARS = range(2015, 2027)
CALENDAR = load_calendar()

CHANGED_IN_MARCH_2019 = {date(2019, 4, 28), date(2019, 5, 2), date(2019, 5, 3), date(2019, 5, 5)}
"""国办发明电〔2019〕3号 lengthened Labour Day after the year's arrangement; `holidays` keeps the first arrangement."""

ONE_DAY = Limit(1, LimitUnit.WORK_DAY)


def days():
    return (date(2015, 1, 1) + timedelta(days=n) for n in range((date(2027, 1, 1) - date(2015, 1, 1)).days))


def works(day):
    special = CALENDAR[day]
    return special.type is DayType.WORKDAY if special else day.weekday() < 5


def at(text):
    return datetime.fromisoformat(text).replace(tzinfo=BEIJING)


def write(folder, name, text, encoding="utf-8"):
    (folder / "calendar").mkdir(exist_ok=True)
    path = folder / "calendar" / name
    path.write_text(text, encoding=encoding)
    return path


def test_every_year_from_2015_is_known():
    assert CALENDAR.known_years == set(YEARS)


def test_every_day_as_chinesecalendar_has_it():
    assert [day for day in days() if works(day) != chinese_calendar.is_workday(day)] == []


def test_every_day_as_holidays_has_it():
    theirs = holidays.country_holidays("CN", years=YEARS)
    assert {day for day in days() if works(day) != theirs.is_working_day(day)} == CHANGED_IN_MARCH_2019


def test_make_up_days_are_weekends_and_every_day_has_its_names():
    for day, special in CALENDAR.days.items():
        assert special.name.zh
        assert special.name.en.isascii()
        if special.type is DayType.WORKDAY:
            assert day.weekday() >= 5


def test_a_county_adds_a_year_and_days(tmp_path):
    start = at("2026-12-31T18:00")
    write(tmp_path, "2027.csv", "date,type,name\n2027-01-01,holiday,元旦\n2027-01-03,workday,元旦\n")
    clock = load_clocks(tmp_path).named()
    assert deadline(start, ONE_DAY, clock) == at("2027-01-03T18:00")
    # Another file adds a day that only this county has, and takes another back; it makes no year known.
    write(
        tmp_path,
        "local.csv",
        "date,type,name\n2026-08-12,holiday,那达慕\n2026-02-14,normal,\n2028-01-03,holiday,元旦\n",
    )
    clock = load_clocks(tmp_path).named()
    assert deadline(at("2026-08-11T18:00"), ONE_DAY, clock) == at("2026-08-13T18:00")
    assert deadline(at("2026-02-13T18:00"), ONE_DAY, clock) == at("2026-02-24T18:00")
    assert 2028 not in clock.calendar.known_years
    with pytest.raises(CalendarGapError, match="2028"):
        deadline(at("2027-12-31T18:00"), ONE_DAY, clock)


def test_a_further_file_makes_its_years_known(tmp_path):
    path = write(tmp_path, "ours.csv", "date,type,name\n2027-01-01,holiday,元旦\n")
    clock = load_clocks(calendars=[path]).named()
    assert deadline(at("2026-12-31T18:00"), ONE_DAY, clock) == at("2027-01-04T18:00")


def test_a_year_that_is_missing_between_two_is_refused_too(tmp_path):
    write(tmp_path, "2028.csv", "date,type,name\n2028-01-01,holiday,元旦\n")
    clock = load_clocks(tmp_path).named()
    with pytest.raises(CalendarGapError, match="2027"):
        deadline(at("2026-12-31T17:00"), ONE_DAY, clock)
    assert deadline(at("2028-01-03T08:00"), ONE_DAY, clock) == at("2028-01-03T18:00")


def test_a_county_may_be_warned_instead(tmp_path):
    (tmp_path / "clock.toml").write_text('unknown_year = "warn"\n', encoding="utf-8")
    clock = load_clocks(tmp_path).named()
    explained = explain_deadline(at("2026-12-31T18:00"), ONE_DAY, clock)
    assert explained.deadline == at("2027-01-01T18:00") == deadline(at("2026-12-31T18:00"), ONE_DAY, clock)
    assert [w.en for w in explained.warnings] == [
        "there is no working calendar of 2027: Monday to Friday are taken as working days"
    ]
    assert explain_deadline(at("2026-03-09T18:00"), ONE_DAY, clock).warnings == ()
    urgent = explain_deadline(at("2026-12-31T18:00"), Limit(9, LimitUnit.URGENT_HOUR), clock)
    assert urgent.warnings == ()
    with pytest.raises(CalendarGapError, match="2041"):
        deadline(at("2041-01-01T18:00"), ONE_DAY, clock)


def test_a_file_as_excel_saves_it_in_chinese(tmp_path):
    text = "日期,类型,名称\r\n2027/1/1,法定节假日,元旦\r\n2027年1月3日,调休工作日,元旦\r\n,,\r\n"
    found = read_days(write(tmp_path, "2027.csv", text, "gb18030"), 2027)
    assert {day.isoformat(): special.type.value for day, special in found.items()} == {
        "2027-01-01": "holiday",
        "2027-01-03": "workday",
    }
    assert found[date(2027, 1, 1)].name == Text("元旦", "元旦")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("date,name\n2027-01-01,元旦\n", "2027.csv: there is no column type"),
        ("", "2027.csv: there is no column date"),
        ("date,type,name\n2027-01-32,holiday,元旦\n", "2027.csv, row 2, field 'date': '2027-01-32' is not a date"),
        ("date,type,name\n\n1 January,holiday,元旦\n", "2027.csv, row 3, field 'date': '1 January' is not a date"),
        ("date,type,name\n2026-01-01,holiday,元旦\n", "2027.csv, row 2, field 'date': 2026-01-01 is not in 2027"),
        ("date,type,name\n2027-01-01,party,元旦\n", "2027.csv, row 2, field 'type': unknown type 'party'"),
        (
            "date,type,name\n2027-01-01,holiday,a\n2027-01-01,workday,a\n",
            "row 3, field 'date': 2027-01-01 is there twice",
        ),
    ],
)
def test_a_wrong_file_is_refused_by_row_and_field(tmp_path, text, says):
    write(tmp_path, "2027.csv", text)
    with pytest.raises(SourceError) as refused:
        load_clocks(tmp_path)
    assert says in refused.value.message.en


def test_files_that_cannot_be_read(tmp_path):
    (tmp_path / "bad.csv").write_bytes(b"\xff\xff\xff\x00")
    with pytest.raises(SourceError, match="neither UTF-8 nor GB 18030"):
        read_days(tmp_path / "bad.csv")
    with pytest.raises(SourceError, match="cannot be read"):
        read_days(tmp_path / "absent.csv")
