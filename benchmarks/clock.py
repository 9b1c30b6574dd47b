"""Decisions of the clock a second: one deadline, a million at once, a naive minute loop, and pandas' business hours.

All work on the same office hours and holidays, and the peers' answers are compared with ours before they are timed.
Times are the best of three.

    python benchmarks/clock.py [CASES]
"""

from __future__ import annotations

import sys
import time
from datetime import date, datetime, timedelta

import chinese_calendar
import numpy as np
import pandas as pd

from xiancheng.operations.clock import deadline, deadlines, elapsed, elapsed_times, explain_deadline, load_clocks
from xiancheng.operations.terms import BEIJING, Limit, LimitUnit

LIMIT = Limit(5, LimitUnit.WORK_DAY)
HOURS = 40
FIRST, LAST = date(2024, 1, 1), date(2026, 12, 31)


def minute_loop(start: datetime, minutes: int) -> datetime:
    """Walk from minute to minute, as a first version of such a clock does."""
    while minutes:
        at = start.hour * 60 + start.minute
        if (480 <= at < 720 or 840 <= at < 1080) and chinese_calendar.is_workday(start.date()):
            minutes -= 1
        start += timedelta(minutes=1)
    return start


def business_hours() -> pd.offsets.CustomBusinessHour:
    """Return pandas' offset for the same calendar: every day may be worked, and those that are not are holidays."""
    days = [FIRST + timedelta(days=n) for n in range((LAST - FIRST).days + 1)]
    rest = [day for day in days if not chinese_calendar.is_workday(day)]
    return pd.offsets.CustomBusinessHour(
        HOURS, weekmask="1111111", holidays=rest, start=["08:00", "14:00"], end=["12:00", "18:00"]
    )


def best(function) -> float:
    """Return the shortest of three runs, in seconds."""
    seconds = []
    for _ in range(3):
        begin = time.perf_counter()
        function()
        seconds.append(time.perf_counter() - begin)
    return min(seconds)


def rate(function, cases) -> float:
    """Return calls a second."""
    return len(cases) / best(lambda: [function(case) for case in cases])


def show(what: str, a_second: float) -> None:
    print(f"{what:<58} {a_second:14,.0f}/s {1e6 / a_second:12,.2f} us")


def main(n: int) -> None:
    random = np.random.default_rng(1)
    span = int((datetime(2026, 10, 1, tzinfo=BEIJING) - datetime(2024, 1, 1, tzinfo=BEIJING)).total_seconds())
    begin = np.datetime64("2023-12-31T16:00", "us")
    starts = begin + (random.integers(0, span // 60, n) * 60_000_000).astype("timedelta64[us]")
    some = [
        datetime.fromtimestamp(s, BEIJING) for s in starts[:20_000].astype("datetime64[s]").astype(np.int64).tolist()
    ]
    naive = [s.replace(tzinfo=None) for s in some]

    loading = time.perf_counter()
    clock = load_clocks().named()
    print(f"calendar and office hours read and compiled in {(time.perf_counter() - loading) * 1000:.0f} ms")
    offset = business_hours()
    ours = [deadline(s, LIMIT, clock).replace(tzinfo=None) for s in some]
    assert [minute_loop(s, HOURS * 60) for s in naive[:20]] == ours[:20]
    # Of a deadline exactly at closing pandas says the next opening: no working time lies between the two.
    theirs = [(pd.Timestamp(s) + offset).to_pydatetime() for s in naive[:300]]
    same = sum(a == b for a, b in zip(theirs, ours, strict=False))
    spans = [sorted((a.replace(tzinfo=BEIJING), b.replace(tzinfo=BEIJING))) for a, b in zip(theirs, ours, strict=False)]
    near = sum(elapsed(*span, LimitUnit.WORK_HOUR, clock).amount == 0 for span in spans)
    print(f"minute loop: 20 of 20 the same; pandas: {same} of 300 the same, {near} with no working time between\n")

    show("one deadline, 5 work days", rate(lambda s: deadline(s, LIMIT, clock), some))
    pauses = [(some[0], some[0] + timedelta(days=2)), (some[1], some[1] + timedelta(hours=3))]
    more = [Limit(2, LimitUnit.WORK_DAY)]
    show(
        "one deadline with two pauses and an extension",
        rate(lambda s: deadline(s, LIMIT, clock, pauses=pauses, extensions=more), some),
    )
    end = datetime(2026, 12, 1, tzinfo=BEIJING)
    show("one elapsed time", rate(lambda s: elapsed(s, end, LimitUnit.WORK_HOUR, clock), some))
    show("one deadline explained", rate(lambda s: explain_deadline(s, LIMIT, clock), some[:2000]))
    show("minute loop", rate(lambda s: minute_loop(s, HOURS * 60), naive[:20]))
    show("pandas.offsets.CustomBusinessHour", rate(lambda s: pd.Timestamp(s) + offset, naive[:300]))

    limits = [Limit(amount, unit) for amount in range(1, 16) for unit in LimitUnit]
    which = random.integers(0, len(limits), n)
    ends = np.full_like(starts, starts.max())
    print(f"\n{n:,} at once; seconds")
    for what, function in (
        ("deadlines, one limit", lambda: deadlines(starts, LIMIT, clock)),
        ("deadlines, 75 limits of five units", lambda: deadlines(starts, limits, clock, which=which)),
        ("deadlines, a limit object a case", lambda cases=[limits[i] for i in which]: deadlines(starts, cases, clock)),
        ("elapsed work hours", lambda: elapsed_times(starts, ends, LIMIT.unit, clock)),
    ):
        seconds = best(function)
        print(f"{what:<58} {seconds:8.3f} s {n / seconds:14,.0f}/s")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000)
