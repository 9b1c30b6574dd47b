"""What a period means.

A period is whole days in Beijing, from the first 00:00 to the 00:00 after the last: a case reported at that instant
belongs to the next period. Statements are made as of an instant, by default the end of the period: whatever happened
later is not known yet, so that a bulletin written again gives the same figures.

* A rate whose base is what came in (reported, dispatched) follows these cases until the statement: filing rate is how
  many of the cases reported in the period had been filed by then.
* A rate whose base is what fell due (handling, closing) counts the cases whose deadline, pauses and extensions
  included, lies in the period and has passed, whenever they were reported. A case handled on time in the month before
  its deadline counts in the month of the deadline.
* A rate whose base is what was done (handled, checked, called back) counts what was done in the period.
* A deadline is kept if the deed is not later than the deadline; the instant of the deadline itself is on time.
"""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

import numpy as np

from xiancheng.foundation.text import Text
from xiancheng.operations.terms import BEIJING


@dataclass(frozen=True, slots=True)
class Period:
    """Days from `first` to `last`, both included, as known at `as_of` (None: the end of `last`)."""

    first: date
    last: date
    as_of: datetime | None = None

    def __post_init__(self) -> None:
        if self.last < self.first or (self.as_of is not None and self.as_of.tzinfo is None):
            raise ValueError((self.first, self.last, self.as_of))

    @property
    def begin(self) -> np.datetime64:
        """The first instant, UTC."""
        return instant(_midnight(self.first))

    @property
    def end(self) -> np.datetime64:
        """The first instant after it, UTC."""
        return instant(_midnight(self.last + timedelta(days=1)))

    @property
    def known(self) -> np.datetime64:
        """The last instant that is known, UTC."""
        return instant(self.as_of) if self.as_of is not None else self.end

    def title(self) -> Text:
        """Return the period in words."""
        a, b = self.first, self.last
        as_of = (self.as_of or _midnight(b + timedelta(days=1))).astimezone(BEIJING)
        return Text(
            f"{a.year}年{a.month}月{a.day}日至{b.year}年{b.month}月{b.day}日（截至{as_of:%Y-%m-%d %H:%M}）",
            f"{a.isoformat()} to {b.isoformat()} (as of {as_of:%Y-%m-%d %H:%M})",
        )


def month(year: int, number: int, as_of: datetime | None = None) -> Period:
    """Return a calendar month."""
    return Period(date(year, number, 1), date(year, number, monthrange(year, number)[1]), as_of)


def week(day: date, as_of: datetime | None = None) -> Period:
    """Return the week from Monday to Sunday that a day is in."""
    monday = day - timedelta(days=day.weekday())
    return Period(monday, monday + timedelta(days=6), as_of)


def year(number: int, as_of: datetime | None = None) -> Period:
    """Return a calendar year."""
    return Period(date(number, 1, 1), date(number, 12, 31), as_of)


def instant(at: datetime) -> np.datetime64:
    """Return an aware datetime as numpy has it, UTC."""
    return np.datetime64(at.astimezone(UTC).replace(tzinfo=None), "us")


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), tzinfo=BEIJING)
