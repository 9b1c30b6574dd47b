"""Every boundary of the clock, as a table.

2026-02-14 and -28 are Saturdays that are worked, 15 to 23 February is the Spring Festival; 9 to 13 March 2026 is an
ordinary week, Monday to Friday. 2026 begins with a holiday of three days and a Sunday that is worked.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from fractions import Fraction

import pytest

from xiancheng.operations.clock import CalendarGapError, ClockError, deadline, elapsed, explain_deadline, load_clocks
from xiancheng.operations.limits import load_limit_words, parse_limit
from xiancheng.operations.terms import BEIJING, Limit, LimitUnit

WORDS = load_limit_words()
CLOCKS = load_clocks()
COUNTY = CLOCKS.named()


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=BEIJING)


def limit(text: str) -> Limit:
    return parse_limit(text, WORDS).limit


def test_a_clock_for_every_shipped_profile():
    for name in CLOCKS.profiles:
        assert CLOCKS.named(name).profile.name == name


@pytest.mark.parametrize(
    ("case", "profile", "start", "text", "end"),
    [
        ("within a morning", "county", "2026-03-09T09:00", "2工作时", "2026-03-09T11:00"),
        ("at opening", "county", "2026-03-09T08:00", "1工作时", "2026-03-09T09:00"),
        ("before opening", "county", "2026-03-09T07:00", "1工作日", "2026-03-09T18:00"),
        ("exactly at noon", "county", "2026-03-09T12:00", "1工作时", "2026-03-09T15:00"),
        ("in lunch", "county", "2026-03-09T13:00", "1工作时", "2026-03-09T15:00"),
        ("as lunch ends", "county", "2026-03-09T14:00", "1工作时", "2026-03-09T15:00"),
        ("across lunch", "county", "2026-03-09T11:30", "1工作时", "2026-03-09T14:30"),
        ("ends exactly at noon", "county", "2026-03-09T08:00", "4工作时", "2026-03-09T12:00"),
        ("ends exactly at closing", "county", "2026-03-09T16:00", "2工作时", "2026-03-09T18:00"),
        ("ends at closing on Friday", "county", "2026-03-13T14:00", "4小时", "2026-03-13T18:00"),
        ("exactly at closing", "county", "2026-03-09T18:00", "1工作时", "2026-03-10T09:00"),
        ("after closing", "county", "2026-03-09T23:59:59", "1工作时", "2026-03-10T09:00"),
        ("at midnight", "county", "2026-03-10T00:00", "1工作时", "2026-03-10T09:00"),
        ("half a second before closing", "county", "2026-03-09T17:59:59.5", "1工作时", "2026-03-10T08:59:59.5"),
        ("Friday evening", "county", "2026-03-13T19:00", "1工作时", "2026-03-16T09:00"),
        ("on a Saturday", "county", "2026-03-14T10:00", "1工作日", "2026-03-16T18:00"),
        ("five days from Friday 16:00", "county", "2026-03-06T16:00", "5工作日", "2026-03-13T16:00"),
        ("a work day is eight hours", "county", "2026-03-09T10:00", "1天", "2026-03-10T10:00"),
        ("on a holiday", "county", "2026-02-17T10:00", "1工作时", "2026-02-24T09:00"),
        ("before a holiday", "county", "2026-02-14T17:00", "2工作时", "2026-02-24T09:00"),
        ("on a make-up Saturday", "county", "2026-02-14T10:00", "1工作时", "2026-02-14T11:00"),
        ("across a make-up Saturday", "county", "2026-02-13T17:00", "4工作时", "2026-02-14T11:00"),
        ("from a make-up Saturday", "county", "2026-02-14T10:00", "1工作日", "2026-02-24T10:00"),
        ("after a make-up Saturday", "county", "2026-02-28T18:00", "1工作时", "2026-03-02T09:00"),
        ("across the year end", "county", "2025-12-31T17:00", "2工作时", "2026-01-04T09:00"),
        ("on New Year's day", "county", "2026-01-01T10:00", "1工作日", "2026-01-04T18:00"),
        ("across a leap day", "county", "2024-02-28T16:00", "2工作日", "2024-03-01T16:00"),
        ("urgent, at night", "county", "2026-02-14T23:00", "2紧急工作时制止", "2026-02-15T01:00"),
        ("urgent, across the year end", "county", "2025-12-31T23:30", "1紧急工作时", "2026-01-01T00:30"),
        ("urgent day on a holiday", "county", "2026-02-17T10:00", "1紧急工作日", "2026-02-18T10:00"),
        ("natural days on a holiday", "county", "2026-02-14T10:00", "3自然日", "2026-02-17T10:00"),
        ("urgent needs no calendar", "county", "2031-01-01T10:00", "2紧急工作时", "2031-01-01T12:00"),
        ("shorter afternoons", "inner_mongolia", "2026-03-09T17:00", "1工作时", "2026-03-10T09:00"),
        ("eight hours of six and a half a day", "inner_mongolia", "2026-03-09T08:30", "1工作日", "2026-03-10T10:00"),
        ("summer hours", "summer", "2026-05-08T18:00", "1工作时", "2026-05-09T08:30"),
        ("the day before summer hours", "summer", "2026-04-30T18:00", "1工作时", "2026-05-06T09:00"),
        ("the last day of summer hours", "summer", "2026-09-30T18:30", "1工作时", "2026-10-08T09:00"),
        ("a unit that works on Saturdays", "saturday", "2026-03-13T17:00", "4工作时", "2026-03-14T11:00"),
        ("its Saturday afternoon", "saturday", "2026-03-14T12:00", "1工作时", "2026-03-16T09:00"),
        ("its make-up Saturday is a full day", "saturday", "2026-02-14T12:00", "1工作时", "2026-02-14T15:00"),
        ("its Saturday in a holiday", "saturday", "2026-02-21T09:00", "1工作时", "2026-02-24T09:00"),
        ("a company on duty", "always", "2026-02-17T23:30", "1工作时", "2026-02-18T00:30"),
        ("a licence: the first day does not count", "licensing", "2026-03-09T09:00", "5工作日", "2026-03-16T18:00"),
        ("a licence asked for before opening", "licensing", "2026-03-09T07:00", "1工作日", "2026-03-10T18:00"),
        ("a licence asked for on a Saturday", "licensing", "2026-03-14T07:00", "1工作日", "2026-03-16T18:00"),
        ("hours of a licence begin at once", "licensing", "2026-03-09T09:00", "1工作时", "2026-03-09T10:00"),
        ("natural days end at midnight there", "licensing", "2026-03-09T09:00", "2自然日", "2026-03-12T00:00"),
    ],
)
def test_deadline(case, profile, start, text, end):
    clock, wanted = CLOCKS.named(profile), limit(text)
    result = deadline(at(start), wanted, clock)
    assert result == at(end), case
    assert result.tzinfo is BEIJING
    assert elapsed(at(start), result, wanted.unit, clock).amount == wanted.amount
    assert explain_deadline(at(start), wanted, clock).deadline == result


@pytest.mark.parametrize(
    ("case", "start", "text", "pauses", "extensions", "end"),
    [
        ("in office hours", "2026-03-09T09:00", "2工作时", ["09:30/10:30"], [], "2026-03-09T12:00"),
        ("across lunch", "2026-03-09T11:00", "2工作时", ["11:30/14:30"], [], "2026-03-09T16:00"),
        ("only in lunch", "2026-03-09T11:00", "2工作时", ["12:10/13:50"], [], "2026-03-09T15:00"),
        ("of zero length", "2026-03-09T09:00", "2工作时", ["10:00/10:00"], [], "2026-03-09T11:00"),
        ("from the start", "2026-03-09T09:00", "1工作时", ["09:00/10:00"], [], "2026-03-09T11:00"),
        ("begun before the start", "2026-03-09T09:00", "1工作时", ["08:00/09:30"], [], "2026-03-09T10:30"),
        ("before the start", "2026-03-09T09:00", "1工作时", ["08:00/08:30"], [], "2026-03-09T10:00"),
        ("exactly at the deadline", "2026-03-09T09:00", "1工作时", ["10:00/11:00"], [], "2026-03-09T10:00"),
        ("after the deadline", "2026-03-09T09:00", "1工作时", ["10:30/11:00"], [], "2026-03-09T10:00"),
        ("overlapping", "2026-03-09T08:00", "1工作时", ["08:30/09:00", "08:45/09:30"], [], "2026-03-09T10:00"),
        ("adjoining", "2026-03-09T08:00", "1工作时", ["09:00/09:30", "08:30/09:00"], [], "2026-03-09T10:00"),
        (
            "that pushes into another",
            "2026-03-09T08:00",
            "1工作时",
            ["08:30/09:00", "09:15/10:15"],
            [],
            "2026-03-09T10:30",
        ),
        ("urgent", "2026-03-09T08:00", "2紧急工作时", ["09:00/10:00"], [], "2026-03-09T11:00"),
        ("natural day", "2026-03-09T08:00", "1自然日", ["09:00/10:00"], [], "2026-03-10T09:00"),
        ("from closing", "2026-03-09T16:00", "2工作时", ["18:00/20:00"], [], "2026-03-09T18:00"),
        ("extended", "2026-03-09T16:00", "2工作时", [], ["1工作时"], "2026-03-10T09:00"),
        ("extended twice", "2026-03-09T16:00", "2工作时", [], ["1工作时", "1工作日"], "2026-03-11T09:00"),
        ("extended by urgent time", "2026-03-09T16:00", "2工作时", [], ["1紧急工作时"], "2026-03-09T19:00"),
        ("paused in the extension", "2026-03-09T09:00", "1工作时", ["10:00/11:00"], ["1工作时"], "2026-03-09T12:00"),
    ],
)
def test_pauses_and_extensions(case, start, text, pauses, extensions, end):
    day = start[:11]
    spans = [(at(day + a), at(day + b)) for a, b in (p.split("/") for p in pauses)]
    more = [limit(e) for e in extensions]
    result = deadline(at(start), limit(text), COUNTY, pauses=spans, extensions=more)
    assert result == at(end), case
    assert deadline(at(start), limit(text), COUNTY, pauses=iter(spans[::-1]), extensions=iter(more)) == result
    assert explain_deadline(at(start), limit(text), COUNTY, pauses=spans, extensions=more).deadline == result


def test_a_rest_of_zero_length_is_none(tmp_path):
    (tmp_path / "clock.toml").write_text(
        '[[profile.through.hours]]\nperiods = ["08:00-12:00", "12:00-16:00"]\n', encoding="utf-8"
    )
    clock = load_clocks(tmp_path).named("through")
    for start, hours, end in (("11:00", 1, "12:00"), ("11:00", 2, "13:00"), ("12:00", 1, "13:00")):
        assert deadline(at(f"2026-03-09T{start}"), Limit(hours, LimitUnit.WORK_HOUR), clock) == at(f"2026-03-09T{end}")


def test_an_office_day_counts_one_however_long_it_is(tmp_path):
    (tmp_path / "clock.toml").write_text(
        """
        [profile.days]
        work_day = "office_day"
        [[profile.days.hours]]
        periods = ["08:00-12:00", "14:00-18:00"]
        [[profile.days.hours]]
        days = ["fri"]
        periods = ["08:00-12:00"]
        """,
        encoding="utf-8",
    )
    clock = load_clocks(tmp_path).named("days")
    day = Limit(1, LimitUnit.WORK_DAY)
    # Half of Thursday and half of the half Friday.
    assert deadline(at("2026-03-12T14:00"), day, clock) == at("2026-03-13T10:00")
    assert deadline(at("2026-03-13T10:00"), day, clock) == at("2026-03-16T12:00")
    assert deadline(at("2026-03-12T08:00"), Limit(2, LimitUnit.WORK_DAY), clock) == at("2026-03-13T12:00")
    passed = elapsed(at("2026-03-12T14:00"), at("2026-03-13T10:00"), LimitUnit.WORK_DAY, clock)
    assert passed.amount == 1
    assert passed.counted == timedelta(hours=6)


def test_elapsed_in_every_unit():
    start, end = at("2026-02-13T17:00"), at("2026-02-24T09:00")
    expected = {
        LimitUnit.URGENT_HOUR: Fraction(256),
        LimitUnit.URGENT_DAY: Fraction(256, 24),
        LimitUnit.NATURAL_DAY: Fraction(256, 24),
        LimitUnit.WORK_HOUR: Fraction(10),
        LimitUnit.WORK_DAY: Fraction(10, 8),
    }
    for unit, amount in expected.items():
        assert elapsed(start, end, unit, COUNTY).amount == amount
    # What lies in lunch or at night passes no time.
    assert elapsed(at("2026-03-09T12:00"), at("2026-03-09T14:00"), LimitUnit.WORK_HOUR, COUNTY).amount == 0
    assert elapsed(start, start, LimitUnit.WORK_DAY, COUNTY).counted == timedelta()


def test_any_zone_is_understood():
    start = datetime(2026, 2, 13, 9, tzinfo=UTC)
    assert deadline(start, limit("4工作时"), COUNTY) == datetime(2026, 2, 14, 3, tzinfo=UTC)


def test_what_cannot_be_counted_is_refused():
    with pytest.raises(ClockError, match="no time zone"):
        deadline(datetime(2026, 2, 13, 9), limit("4工作时"), COUNTY)  # noqa: DTZ001 - that is the point
    with pytest.raises(ClockError, match="before the start"):
        elapsed(at("2026-02-14T09:00"), at("2026-02-13T09:00"), LimitUnit.WORK_HOUR, COUNTY)
    pause = (at("2026-02-14T09:00"), at("2026-02-13T09:00"))
    with pytest.raises(ClockError, match="before it begins"):
        deadline(at("2026-02-13T09:00"), limit("4工作时"), COUNTY, pauses=[pause])
    with pytest.raises(ClockError, match="negative"):
        deadline(at("2026-02-13T09:00"), Limit(-1, LimitUnit.WORK_HOUR), COUNTY)
    with pytest.raises(ClockError, match="9999"):
        deadline(at("2026-02-13T09:00"), Limit(10**9, LimitUnit.NATURAL_DAY), COUNTY)


@pytest.mark.parametrize("unit", [LimitUnit.WORK_HOUR, LimitUnit.WORK_DAY])
def test_a_year_without_a_calendar_is_named(unit):
    last = max(COUNTY.calendar.known_years)
    for start in (f"{last}-12-31T18:00", f"{last + 1}-01-01T00:00"):
        with pytest.raises(CalendarGapError) as refused:
            deadline(at(start), Limit(1, unit), COUNTY)
        assert refused.value.year == last + 1
        assert f"calendar/{last + 1}.csv" in refused.value.hint.en
    with pytest.raises(CalendarGapError, match="2014"):
        elapsed(at("2014-12-31T18:00"), at("2015-03-01T18:00"), unit, COUNTY)
    # The last day of the last year is still known.
    assert deadline(at(f"{last}-12-31T17:00"), Limit(1, LimitUnit.WORK_HOUR), COUNTY) == at(f"{last}-12-31T18:00")
