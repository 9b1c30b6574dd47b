"""Office hours as a county writes them into clock.toml."""

from __future__ import annotations

import os
from datetime import datetime

import pytest

from xiancheng.foundation.errors import ConfigError, UnknownNameError
from xiancheng.operations.clock import deadline, load_clocks, make_clock
from xiancheng.operations.clock.calendar import WorkCalendar
from xiancheng.operations.clock.hours import read_profile
from xiancheng.operations.terms import BEIJING, Limit, LimitUnit

HOUR = Limit(1, LimitUnit.WORK_HOUR)


def at(text):
    return datetime.fromisoformat(text).replace(tzinfo=BEIJING)


def clocks(folder, text):
    (folder / "clock.toml").write_text(text, encoding="utf-8")
    return load_clocks(folder)


def test_a_county_overrides_what_it_names(tmp_path):
    found = clocks(
        tmp_path,
        """
        default = "ours"
        [units]
        "150221-water" = "always"
        [profile.ours]
        [[profile.ours.hours]]
        periods = ["09：00-11:00", "13:00 至 17:00"]
        [stage]
        appeal = { zh = "申诉", en = "appeal" }
        """,
    )
    assert deadline(at("2026-03-09T08:00"), HOUR, found.of_unit("150221-education")) == at("2026-03-09T10:00")
    assert deadline(at("2026-03-09T03:00"), HOUR, found.of_unit("150221-water")) == at("2026-03-09T04:00")
    assert found.of_unit("a") is found.of_unit("b") is found.named()
    assert list(found.stages) == ["dispatch", "handle", "check", "total", "appeal"]
    assert [lamp.name for lamp in found.lamps] == ["green", "yellow", "red"]


def test_files_are_read_again_when_they_change(tmp_path):
    first = clocks(tmp_path, 'default = "always"\n')
    assert load_clocks(tmp_path) is first
    second = clocks(tmp_path, 'default = "saturday"\n')
    assert second is not first
    os.utime(tmp_path / "clock.toml", ns=(1, 1))
    assert load_clocks(tmp_path) is not second


def test_dates_seasons_and_days_of_rest(tmp_path):
    clock = clocks(
        tmp_path,
        """
        [profile.ours]
        makeup_like = "none"
        [[profile.ours.hours]]
        periods = ["09:00-17:00"]
        [[profile.ours.hours]]
        season = ["11-01", "02-29"]
        periods = ["10:00-16:00"]
        [[profile.ours.hours]]
        from = 2026-03-11
        to = 2026-03-12
        periods = []
        """,
    ).named("ours")
    for start, end in (
        ("2026-03-02T00:00", "2026-03-02T10:00"),
        ("2026-02-27T00:00", "2026-02-27T11:00"),
        ("2025-11-03T00:00", "2025-11-03T11:00"),
        ("2025-10-31T00:00", "2025-10-31T10:00"),
        ("2024-02-29T00:00", "2024-02-29T11:00"),
        ("2026-03-10T17:00", "2026-03-13T10:00"),
        ("2026-02-14T00:00", "2026-02-24T11:00"),
    ):
        assert deadline(at(start), HOUR, clock) == at(end)


@pytest.mark.parametrize(
    ("entry", "says"),
    [
        ({}, "has no office periods"),
        ({"hours": [{"periods": []}]}, "has no office periods"),
        ({"hours": [{"periods": ["08:00-12:00"]}], "nap": 1}, "unknown key nap"),
        ({"hours": [{"nap": 1, "periods": ["08:00-12:00"]}]}, "unknown key nap"),
        ({"hours": [{"days": ["monday"], "periods": ["08:00-12:00"]}]}, "days cannot be 'monday'"),
        ({"hours": [{"periods": ["22:00-06:00"]}]}, "'22:00-06:00' is not an office period"),
        ({"hours": [{"periods": ["08:00-08:00"]}]}, "is not an office period"),
        ({"hours": [{"periods": ["08:00-24:30"]}]}, "is not an office period"),
        ({"hours": [{"periods": ["08:60-12:00"]}]}, "is not an office period"),
        ({"hours": [{"periods": ["morning"]}]}, "is not an office period"),
        ({"hours": [{"periods": ["08:00-12:00", "11:00-13:00"]}]}, "office periods overlap"),
        ({"hours": [{"season": ["05-01"], "periods": ["08:00-12:00"]}]}, "season needs two days"),
        ({"hours": [{"season": ["05-01", "09-31"], "periods": ["08:00-12:00"]}]}, "'09-31' is not a month and day"),
        ({"hours": [{"from": "2026-05-01", "periods": ["08:00-12:00"]}]}, "from and to must be dates"),
        ({"hours": [{"periods": ["08:00-12:00"]}], "makeup_like": "some"}, "makeup_like cannot be 'some'"),
        ({"hours": [{"periods": ["08:00-12:00"]}], "holidays": "some"}, "holidays cannot be 'some'"),
        ({"hours": [{"periods": ["08:00-12:00"]}], "work_day": "day"}, "work_day cannot be 'day'"),
        ({"hours": [{"periods": ["08:00-12:00"]}], "work_day_hours": 0}, "work_day_hours must be"),
        ({"hours": [{"periods": ["08:00-12:00"]}], "work_day_hours": True}, "work_day_hours must be"),
        ({"hours": [{"periods": ["08:00-12:00"]}], "first_day": "yes"}, "first_day cannot be 'yes'"),
    ],
)
def test_a_wrong_profile_is_refused_by_name(entry, says):
    with pytest.raises(ConfigError) as refused:
        read_profile("ours", entry)
    assert refused.value.message.en.startswith("clock.toml, profile ours: ")
    assert says in refused.value.message.en


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('unknown_year = "guess"', "unknown_year cannot be 'guess'"),
        ("nap = 1", "unknown key nap"),
        ('[[lamp]]\nname = "blue"\n', "incomplete"),
        ("[[lamp]]\nfrom = 0.5\n", "incomplete"),
        ('[[lamp]]\nname = "blue"\nfrom = 0.5\noverdue = true\n', "incomplete"),
    ],
)
def test_wrong_settings_are_refused(tmp_path, text, says):
    with pytest.raises(ConfigError, match=says):
        clocks(tmp_path, text)


@pytest.mark.parametrize("text", ['default = "contry"', '[units]\n"150221-water" = "contry"'])
def test_a_profile_that_is_not_there(tmp_path, text):
    with pytest.raises(UnknownNameError, match="contry"):
        clocks(tmp_path, text)
    with pytest.raises(UnknownNameError, match="contry"):
        load_clocks().named("contry")


def test_what_cannot_be_counted_exactly_is_refused():
    days = [
        {"days": [name], "periods": [f"08:00-{12 + i}:{minute:02d}"]}
        for i, (name, minute) in enumerate(
            [("mon", 1), ("tue", 13), ("wed", 17), ("thu", 37), ("fri", 59), ("sat", 53), ("sun", 29)]
        )
    ]
    profile = read_profile("odd", {"work_day": "office_day", "hours": days})
    with pytest.raises(ConfigError, match="so many lengths"):
        make_clock(profile, load_clocks().calendar)
    with pytest.raises(ConfigError, match="calendar is empty"):
        make_clock(profile, WorkCalendar({}, frozenset()))
