"""``xiancheng clock`` as people use it."""

from __future__ import annotations

import json
from fractions import Fraction

import pytest
from click.testing import CliRunner

from xiancheng.cli import app, clock_commands
from xiancheng.foundation.errors import XianchengError
from xiancheng.foundation.text import set_language


def run(*arguments):
    return CliRunner().invoke(app.root, ["clock", *map(str, arguments)], catch_exceptions=False)


def told(*arguments):
    result = run(*arguments)
    assert result.exit_code == 0, result.output
    return result.stdout


def as_json(*arguments):
    return json.loads(told(*arguments, "--json"))


def test_a_deadline_is_explained_in_both_languages():
    arguments = ("deadline", "--limit", "4工作时", "--start", "2026-02-13T17:00")
    en = told(*arguments)
    assert "office hours, make-up working day (Spring Festival)" in en
    assert "deadline: 2026-02-14 11:00 (county bureaus, 4 work hours)" in en
    set_language("zh")
    zh = told(*arguments)
    assert "办公时间，调休上班（春节）" in zh
    assert "到期：2026-02-14 11:00（县直单位，4 工作时）" in zh


def test_json_is_exact():
    found = as_json(
        "deadline", "--limit", "2工作日制止", "--start", "2026-02-13T09:00:30.000001Z", "--extend", "1紧急工作时",
        "--pause", "2026-02-14T09:00/2026-02-24T09:00",
    )  # fmt: skip
    assert found["start"] == "2026-02-13T17:00:30.000001+08:00"
    assert found["limit"] == {"text": "2工作日制止", "amount": 2, "unit": "work_day", "note": "制止"}
    assert found["extensions"] == [{"text": "1紧急工作时", "amount": 1, "unit": "urgent_hour"}]
    assert found["deadline"] == "2026-02-25T18:00:30.000001+08:00"
    assert found["profile"] == "county"
    assert found["warnings"] == []
    last = found["intervals"][-1]
    assert last["end"] == found["deadline"]
    assert last["total_us"] == 17 * 3600 * 1_000_000
    assert any(not i["counted"] and "suspended" in i["reason"]["en"] for i in found["intervals"])


def test_elapsed_is_the_way_back():
    span = ("--start", "2026-02-13T17:00", "--end", "2026-02-24T09:00")
    found = as_json("elapsed", *span, "--unit", "work_day")
    assert Fraction(found["exact"]) == Fraction(5, 4)
    assert found["amount"] == 1.25
    assert found["counted_us"] == found["intervals"][-1]["total_us"] == 10 * 3600 * 1_000_000
    assert as_json("elapsed", *span, "--unit", "工作日") == found
    assert "passed: 10 work hours (county bureaus)" in told("elapsed", *span, "--unit", "work_hour")
    assert "passed: 0.166667 work days" in told(
        "elapsed", "--start", "2026-03-09T08:00", "--end", "2026-03-09T09:20", "--unit", "work_day"
    )


def test_what_words_mean_and_whose_hours():
    def end(*more):
        return as_json("deadline", "--start", "2026-03-13T17:00", *more)["deadline"]

    assert end("--limit", "1天") == "2026-03-16T17:00:00+08:00"
    assert end("--limit", "1天", "--day-means", "natural_day") == "2026-03-14T17:00:00+08:00"
    assert end("--limit", "2小时", "--hour-means", "urgent_hour") == "2026-03-13T19:00:00+08:00"
    assert end("--limit", "2小时", "--profile", "saturday") == "2026-03-14T09:00:00+08:00"


def test_a_county_directory_is_not_needed_but_used(tmp_path):
    (tmp_path / "clock.toml").write_text('default = "always"\nunknown_year = "warn"\n', encoding="utf-8")
    arguments = ["-C", str(tmp_path), "clock", "deadline", "--limit", "9工作时", "--start", "2026-12-31T17:00"]
    # Without county.toml the folder is not a county's.
    with pytest.raises(XianchengError, match="2027"):
        CliRunner().invoke(app.root, arguments, catch_exceptions=False)
    (tmp_path / "county.toml").write_text("", encoding="utf-8")
    result = CliRunner().invoke(app.root, arguments, catch_exceptions=False)
    assert "deadline: 2027-01-01 02:00" in result.stdout
    assert "no working calendar of 2027" in result.stderr


def test_a_further_calendar(tmp_path):
    path = tmp_path / "2027.csv"
    path.write_text("date,type,name\n2027-01-01,holiday,元旦\n", encoding="utf-8")
    told_of = told("deadline", "--limit", "1工作日", "--start", "2026-12-31T18:00", "--calendar", path)
    assert "deadline: 2027-01-04 18:00" in told_of


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("deadline", "--limit", "1天", "--start", "tomorrow"), "'tomorrow' is not a time; write"),
        (("deadline", "--limit", "1天", "--start", "2026-03-09", "--pause", "2026-03-09"), "must be BEGIN/END"),
        (("deadline", "--limit", "1天", "--start", "2026-03-09", "--pause", "a/b"), "'a' is not a time"),
    ],
)
def test_wrong_options_say_what_is_expected(arguments, says):
    result = run(*arguments)
    assert result.exit_code == 2
    assert says in result.output


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("deadline", "--limit", "先2紧急工作时制止,15天", "--start", "2026-03-09"), "several limits"),
        (("elapsed", "--start", "2026-03-09", "--end", "2026-03-10", "--unit", "weeks"), "no unit 'weeks'"),
        (("elapsed", "--start", "2026-03-09", "--end", "2026-03-08", "--unit", "work_day"), "before the start"),
        (("deadline", "--limit", "1天", "--start", "2026-03-09", "--profile", "contry"), "'contry'"),
    ],
)
def test_what_cannot_be_counted_is_told(arguments, says):
    with pytest.raises(XianchengError, match=says):
        run(*arguments)


@pytest.mark.parametrize(
    ("microseconds", "shown"),
    [
        (0, "0:00"),
        (3_600_000_000, "1:00"),
        (61_000_000, "0:01:01"),
        (500_000, "0:00:00.5"),
        (90_000_000_001, "25:00:00.000001"),
    ],
)
def test_spans_are_written_exactly(microseconds, shown):
    from datetime import timedelta

    assert clock_commands._span(timedelta(microseconds=microseconds)) == shown
