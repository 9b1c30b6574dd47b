"""A clock that counts one minute or second after another: what the tests compare with. It shares nothing with ours.

Working days are those of the package chinesecalendar; times are Beijing's, without a zone.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import chinese_calendar

PERIODS = {
    "county": (("08:00", "12:00"), ("14:00", "18:00")),
    "inner_mongolia": (("08:30", "12:00"), ("14:30", "17:30")),
}
FIRST = datetime.fromisoformat("2025-01-01")
DAYS = 730
ANY_TIME = None
"""Every minute counts."""


def worked(periods):
    """Return of every minute of 2025 and 2026 whether it is worked."""
    minutes = bytearray()
    for day in range(DAYS):
        works = chinese_calendar.is_workday((FIRST + timedelta(days=day)).date())
        for minute in range(24 * 60):
            clock = f"{minute // 60:02d}:{minute % 60:02d}"
            minutes.append(works and any(a <= clock < b for a, b in periods))
    return minutes


def ticks(moment, per_minute):
    return round((moment - FIRST).total_seconds() * per_minute / 60)


def brute_deadline(start, amount, minutes, pauses=(), per_minute=1):
    """Count `amount` ticks that are worked and not paused, and return when the last ends."""
    stops = [(ticks(a, per_minute), ticks(b, per_minute)) for a, b in pauses]
    tick = ticks(start, per_minute)
    while amount:
        if (minutes is None or minutes[tick // per_minute]) and not any(a <= tick < b for a, b in stops):
            amount -= 1
        tick += 1
    return FIRST + timedelta(minutes=tick / per_minute)


def brute_elapsed(start, end, minutes, pauses=()):
    """Return how many minutes between two times are worked and not paused."""
    stops = [(ticks(a, 1), ticks(b, 1)) for a, b in pauses]
    return sum(
        (minutes is None or minutes[tick]) and not any(a <= tick < b for a, b in stops)
        for tick in range(ticks(start, 1), ticks(end, 1))
    )
