"""Working time as one growing number: where an instant stands on it, and when a number is reached.

The cumulative working time before each office period is computed once; a position is then one binary search, an
instant another. Pauses and limits are sums on this number, so nothing is ever counted minute by minute.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from xiancheng.foundation.text import Text
from xiancheng.operations.clock.instants import ClockError, moment

Array = npt.NDArray[np.int64]


class CalendarGapError(ClockError):
    """A year is needed whose holidays are not known."""

    def __init__(self, year: int) -> None:
        super().__init__(
            Text(
                f"没有 {year} 年的工作日历，算不出工作时间",
                f"there is no working calendar of {year}, so working time cannot be counted",
            ),
            Text(
                f"按国务院办公厅放假通知写 calendar/{year}.csv（列 date,type,name），放在县域目录；"
                '或在 clock.toml 中设 unknown_year = "warn"',
                f"write calendar/{year}.csv (columns date,type,name) from the State Council's notice into the county "
                'directory; or set unknown_year = "warn" in clock.toml',
            ),
        )
        self.year = year


@dataclass(frozen=True, slots=True)
class Scale:
    """Office periods from the first to the last year, and the counted amount before, in and after each.

    Attributes
    ----------
    begins, ends
        Of the n periods, microseconds since 1970, ascending; shape (n,).
    before, after
        Amount counted up to the begin and the end of each; shape (n,). Both ascend strictly.
    rates
        Amount counted in one microsecond of each; shape (n,).
    low, high
        Begin of the first and end of the last year.
    years
        First and last year.
    arrays
        The first five as arrays: single instants are looked up faster in lists.
    """

    begins: list[int]
    ends: list[int]
    before: list[int]
    after: list[int]
    rates: list[int]
    low: int
    high: int
    years: tuple[int, int]
    arrays: tuple[Array, Array, Array, Array, Array]

    @classmethod
    def of(cls, periods: Array, rates: Array, low: int, high: int, years: tuple[int, int]) -> Scale:
        """Build from periods, shape (n, 2), and the rate of each, shape (n,)."""
        begins, ends = periods[:, 0].copy(), periods[:, 1].copy()
        after = np.cumsum((ends - begins) * rates, dtype=np.int64)
        before = after - (ends - begins) * rates
        return cls(
            begins.tolist(),
            ends.tolist(),
            before.tolist(),
            after.tolist(),
            rates.tolist(),
            low,
            high,
            years,
            (begins, ends, before, after, rates),
        )

    def position(self, us: int) -> int:
        """Return the amount counted up to an instant.

        Raises
        ------
        CalendarGapError
            If the instant lies in a year before the first or after the last.
        """
        if not self.low <= us <= self.high:
            raise CalendarGapError(moment(us).year)
        i = bisect_right(self.begins, us) - 1
        if i < 0:
            return 0
        return self.before[i] + (min(us, self.ends[i]) - self.begins[i]) * self.rates[i]

    def instant(self, amount: int) -> int:
        """Return the first instant at which `amount` (positive) is counted: a closing time, not the next opening.

        Raises
        ------
        CalendarGapError
            If it is not counted by the end of the last year.
        """
        i = bisect_left(self.after, amount)
        if i == len(self.after):
            raise CalendarGapError(self.years[1] + 1)
        return self.begins[i] - (self.before[i] - amount) // self.rates[i]

    def positions(self, us: Array) -> Array:
        """Return :meth:`position` of each instant; same shape.

        Raises
        ------
        CalendarGapError
            As :meth:`position`, of the first that is outside.
        """
        if len(us) and (us.min() < self.low or us.max() > self.high):
            raise self._first_outside(us)
        begins, ends, before, _, rates = self.arrays
        if not len(begins):
            return np.zeros_like(us)
        i = np.searchsorted(begins, us, side="right") - 1
        known = np.maximum(i, 0)
        counted = before[known] + (np.minimum(us, ends[known]) - begins[known]) * rates[known]
        return np.where(i < 0, 0, counted)

    def instants(self, amounts: Array) -> Array:
        """Return :meth:`instant` of each amount; same shape.

        Raises
        ------
        CalendarGapError
            As :meth:`instant`.
        """
        begins, _, before, after, rates = self.arrays
        i = np.searchsorted(after, amounts, side="left")
        if (i == len(after)).any():
            raise CalendarGapError(self.years[1] + 1)
        return begins[i] - (before[i] - amounts) // rates[i]

    def _first_outside(self, us: Array) -> CalendarGapError:
        return CalendarGapError(moment(int(us[(us < self.low) | (us > self.high)][0])).year)
