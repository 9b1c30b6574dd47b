"""What holds of every start, limit and pause; and a year of cases counted again by brute force."""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from operations.clock.brute import ANY_TIME, FIRST, PERIODS, brute_deadline, brute_elapsed, worked
from xiancheng.operations.clock import (
    CalendarGapError,
    ClockError,
    deadline,
    deadlines,
    elapsed,
    elapsed_times,
    explain,
    explain_deadline,
    load_clocks,
)
from xiancheng.operations.terms import BEIJING, Limit, LimitUnit

CLOCKS = load_clocks()
EXACT = ["county", "inner_mongolia", "summer", "saturday", "always"]
EVERY = list(CLOCKS.profiles)
MICROSECOND = timedelta(microseconds=1)

instants = st.datetimes(datetime.fromisoformat("2015-01-01"), datetime.fromisoformat("2025-06-01")).map(
    lambda t: t.replace(tzinfo=BEIJING)
)
limits = st.builds(Limit, st.integers(1, 40), st.sampled_from(LimitUnit))
clocks = st.sampled_from(EXACT).map(CLOCKS.named)
every_clock = st.sampled_from(EVERY).map(CLOCKS.named)


@st.composite
def with_pauses(draw):
    start = draw(instants)
    spans = st.tuples(st.integers(-20_000, 80_000), st.integers(0, 20_000))
    pauses = [
        (start + timedelta(minutes=a), start + timedelta(minutes=a + n)) for a, n in draw(st.lists(spans, max_size=4))
    ]
    return start, pauses


@given(with_pauses(), limits, every_clock)
def test_as_much_passes_as_the_limit_says(case, limit, clock):
    start, pauses = case
    end = deadline(start, limit, clock, pauses=pauses)
    assert end >= start
    assert elapsed(start, end, limit.unit, clock, pauses=pauses).amount == limit.amount
    # It is the first such instant.
    assert elapsed(start, end - MICROSECOND, limit.unit, clock, pauses=pauses).amount < limit.amount


@given(instants, st.timedeltas(timedelta(), timedelta(days=20)), limits, every_clock)
def test_later_starts_do_not_end_earlier(start, later, limit, clock):
    assert deadline(start, limit, clock) <= deadline(start + later, limit, clock)


@given(with_pauses(), limits, every_clock)
def test_more_time_ends_later(case, limit, clock):
    start, pauses = case
    more = Limit(limit.amount + 1, limit.unit)
    assert deadline(start, limit, clock, pauses=pauses) < deadline(start, more, clock, pauses=pauses)


@given(with_pauses(), limits, every_clock)
def test_pausing_never_shortens(case, limit, clock):
    start, pauses = case
    ends = [deadline(start, limit, clock, pauses=pauses[:n]) for n in range(len(pauses) + 1)]
    assert ends == sorted(ends)


@given(with_pauses(), limits, st.integers(1, 20), every_clock)
def test_an_extension_is_a_longer_limit(case, limit, more, clock):
    start, pauses = case
    longer = Limit(limit.amount + more, limit.unit)
    extended = deadline(start, limit, clock, pauses=pauses, extensions=[Limit(more, limit.unit)])
    assert extended == deadline(start, longer, clock, pauses=pauses)


@given(with_pauses(), st.lists(st.integers(0, 100_000), min_size=1, max_size=4), st.sampled_from(LimitUnit), clocks)
def test_splitting_an_interval_changes_nothing(case, cuts, unit, clock):
    start, pauses = case
    points = [start, *(start + timedelta(minutes=c) for c in sorted(cuts))]
    whole = elapsed(points[0], points[-1], unit, clock, pauses=pauses)
    parts = [elapsed(a, b, unit, clock, pauses=pauses) for a, b in pairwise(points)]
    assert sum(p.amount for p in parts) == whole.amount
    assert sum((p.counted for p in parts), timedelta()) == whole.counted


@given(with_pauses(), st.integers(0, 50_000), st.sampled_from(LimitUnit), every_clock)
def test_the_explanation_adds_up(case, minutes, unit, clock):
    start, pauses = case
    end = start + timedelta(minutes=minutes)
    intervals = explain(start, end, unit, clock, pauses=pauses)
    assert [i.begin for i in intervals] == [start, *(i.end for i in intervals[:-1])][: len(intervals)]
    assert (intervals[-1].end if intervals else start) == end
    total = sum((i.end - i.begin for i in intervals if i.counted), timedelta())
    assert total == (intervals[-1].total if intervals else timedelta())
    assert total == elapsed(start, end, unit, clock, pauses=pauses).counted
    for before, after in pairwise(intervals):
        assert (before.counted, before.reason) != (after.counted, after.reason)


@given(with_pauses(), limits, st.lists(limits, max_size=2), every_clock)
def test_the_explained_deadline_is_the_deadline(case, limit, extensions, clock):
    start, pauses = case
    result = explain_deadline(start, limit, clock, pauses=pauses, extensions=extensions)
    assert result.deadline == deadline(start, limit, clock, pauses=pauses, extensions=extensions)
    assert result.intervals[0].begin == start
    assert result.intervals[-1].end == result.deadline
    assert result.intervals[-1].counted
    assert not result.warnings


# Many at once


def utc(instants):
    return np.array([t.astimezone(BEIJING).replace(tzinfo=None) for t in instants], "datetime64[us]") - np.timedelta64(
        8, "h"
    )


@given(st.lists(st.tuples(instants, limits), max_size=20), every_clock)
def test_many_are_as_one_by_one(cases, clock):
    starts, wanted = [c[0] for c in cases], [c[1] for c in cases]
    expected = utc([deadline(s, limit, clock) for s, limit in cases])
    assert (deadlines(utc(starts), wanted, clock) == expected).all()
    which = np.arange(len(cases))[::-1].copy()
    assert (deadlines(utc(starts), wanted[::-1], clock, which=which) == expected).all()
    for unit in LimitUnit:
        passed = elapsed_times(utc(starts), expected, unit, clock)
        single = [
            elapsed(s, deadline(s, limit, clock), unit, clock).counted for s, limit in zip(starts, wanted, strict=True)
        ]
        assert passed.tolist() == single


def test_many_with_one_limit_and_missing_ends():
    clock = CLOCKS.named()
    starts = np.array(["2026-02-13T09:00", "2026-02-17T00:00"], "datetime64[m]")
    ends = deadlines(starts, Limit(4, LimitUnit.WORK_HOUR), clock)
    assert ends.astype(str).tolist() == ["2026-02-14T03:00:00.000000", "2026-02-24T04:00:00.000000"]
    passed = elapsed_times(starts, np.array(["2026-02-14T03:00", "NaT"], "datetime64[us]"), LimitUnit.WORK_HOUR, clock)
    assert passed[0] == np.timedelta64(4, "h")
    assert np.isnat(passed[1])
    assert deadlines(starts, Limit(0, LimitUnit.WORK_HOUR), clock).tolist() == starts.tolist()


def test_many_that_cannot_be_counted():
    clock = CLOCKS.named()
    four = Limit(4, LimitUnit.WORK_HOUR)
    starts = np.array(["2026-12-31T12:00", "2026-02-17T00:00"], "datetime64[us]")
    with pytest.raises(CalendarGapError, match="2027"):
        deadlines(starts, four, clock)
    with pytest.raises(CalendarGapError, match="2031"):
        deadlines(starts + np.timedelta64(5 * 365, "D"), four, clock)
    with pytest.raises(ClockError, match="missing"):
        deadlines(np.array(["NaT"], "datetime64[us]"), four, clock)
    with pytest.raises(ClockError, match="2 starts but 1 limits"):
        deadlines(starts, [four], clock)
    with pytest.raises(ClockError, match="negative"):
        deadlines(starts, Limit(-4, LimitUnit.WORK_HOUR), clock)
    with pytest.raises(ClockError, match="before their starts"):
        elapsed_times(starts, starts - np.timedelta64(1, "h"), LimitUnit.WORK_HOUR, clock)


# Brute force


def sizes(unit):
    """Return the length of a unit in minutes, and whether it runs in office hours only."""
    return {
        LimitUnit.URGENT_HOUR: (60, False),
        LimitUnit.URGENT_DAY: (24 * 60, False),
        LimitUnit.NATURAL_DAY: (24 * 60, False),
        LimitUnit.WORK_HOUR: (60, True),
        LimitUnit.WORK_DAY: (8 * 60, True),
    }[unit]


@pytest.mark.parametrize("profile", PERIODS)
def test_a_year_of_cases_minute_by_minute(profile):
    chance, clock, minutes = random.Random(2025), CLOCKS.named(profile), worked(PERIODS[profile])
    for _ in range(400):
        start = FIRST + timedelta(minutes=chance.randrange(365 * 24 * 60))
        pauses = []
        for _ in range(chance.randrange(3)):
            begin = start + timedelta(minutes=chance.randrange(-600, 4000))
            pauses.append((max(begin, FIRST), max(begin, FIRST) + timedelta(minutes=chance.randrange(2000))))
        unit = chance.choice(list(LimitUnit))
        amount = chance.randint(1, 8 if unit in {LimitUnit.WORK_HOUR, LimitUnit.URGENT_HOUR} else 5)
        length, office = sizes(unit)
        counted = minutes if office else ANY_TIME
        expected = brute_deadline(start, amount * length, counted, pauses)
        zoned = [(a.replace(tzinfo=BEIJING), b.replace(tzinfo=BEIJING)) for a, b in pauses]
        begun = start.replace(tzinfo=BEIJING)
        case = (profile, start, amount, unit, pauses)
        assert deadline(begun, Limit(amount, unit), clock, pauses=zoned).replace(tzinfo=None) == expected, case
        end = start + timedelta(minutes=chance.randrange(6000))
        passed = elapsed(begun, end.replace(tzinfo=BEIJING), unit, clock, pauses=zoned)
        assert passed.counted == timedelta(minutes=brute_elapsed(start, end, counted, pauses)), case


def test_cases_second_by_second():
    chance, clock, minutes = random.Random(7), CLOCKS.named(), worked(PERIODS["county"])
    for _ in range(12):
        start = FIRST + timedelta(seconds=chance.randrange(300 * 86400))
        begin = start + timedelta(seconds=chance.randrange(20_000))
        pause = (begin, begin + timedelta(seconds=chance.randrange(20_000)))
        expected = brute_deadline(start, 2 * 3600, minutes, [pause], per_minute=60)
        zoned = (pause[0].replace(tzinfo=BEIJING), pause[1].replace(tzinfo=BEIJING))
        result = deadline(start.replace(tzinfo=BEIJING), Limit(2, LimitUnit.WORK_HOUR), clock, pauses=[zoned])
        assert result.replace(tzinfo=None) == expected
