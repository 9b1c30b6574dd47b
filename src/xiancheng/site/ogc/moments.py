"""The ``datetime`` and ``recorded`` parameters.

The validity of a feature counts in calendar days. A time selects the day that is written in it, whatever its offset:
``2025-07-01T00:00:00+08:00`` and ``2025-07-01T00:00:00Z`` both mean 2025-07-01.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from email.utils import format_datetime

from xiancheng.city.history import today
from xiancheng.foundation.text import Text
from xiancheng.site.ogc.errors import BadParameterError

_RFC3339 = re.compile(
    r"(\d{4}-\d{2}-\d{2})(?:[Tt]\d{2}:\d{2}:\d{2}(?:\.\d+)?(?:[Zz]|[+-]\d{2}:\d{2}))?", re.ASCII
)  # fmt: skip
_EXPECTED = Text(
    "日期或 RFC 3339 时间，或以 / 分隔的时段，.. 表示不限，如 2023-12-31、2023-12-31/..",
    "a date, an RFC 3339 time, or an interval with / and .. for no end, such as 2023-12-31 or 2023-12-31/..",
)


@dataclass(frozen=True, slots=True)
class When:
    """The days that are asked for, both included.

    Attributes
    ----------
    is_interval
        Whether several versions of one feature may answer.
    """

    first: date
    last: date
    is_interval: bool = False
    is_now: bool = False

    @property
    def day(self) -> date:
        """The day, of an instant."""
        return self.first


def now() -> When:
    """Return what is meant without ``datetime``."""
    day = today()
    return When(day, day, is_now=True)


def when(text: str | None) -> When:
    """Return what a ``datetime`` parameter means.

    Raises
    ------
    BadParameterError
        If it means nothing.
    """
    if text is None:
        return now()
    if "/" not in text:
        day = _day(text)
        return When(day, day)
    ends = text.split("/")
    if len(ends) != 2 or all(end in {"", ".."} for end in ends):
        raise BadParameterError("datetime", Text(f"“{text}”不是时段", f"{text!r} is no interval"), _EXPECTED)
    first = date.min if ends[0] in {"", ".."} else _day(ends[0])
    last = date.max if ends[1] in {"", ".."} else _day(ends[1])
    if first > last:
        raise BadParameterError("datetime", Text("时段的开始晚于结束", "the interval begins after its end"), _EXPECTED)
    return When(first, last, is_interval=True)


def recorded(text: str | None) -> datetime | None:
    """Return the time of belief that a ``recorded`` parameter names; a day means its last moment (UTC).

    Raises
    ------
    BadParameterError
        If it is no time.
    """
    if text is None:
        return None
    match = _RFC3339.fullmatch(text)
    try:
        if match is not None and len(text) == 10:
            return datetime.combine(date.fromisoformat(text), time(23, 59, 59, 999000), UTC)
        if match is not None:
            return datetime.fromisoformat(text.upper()).astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    raise BadParameterError(
        "recorded",
        Text(f"“{text}”不是时间", f"{text!r} is no time"),
        Text("带时区的时间，如 2025-12-31T08:00:00Z", "a time with its zone such as 2025-12-31T08:00:00Z"),
    )


def timestamp(day: str) -> str:
    """Return the instant at which a day begins, as addresses of versions name it."""
    return f"{day}T00:00:00Z"


def http_date(day: str) -> str:
    """Return the instant at which a day begins as HTTP writes it: ``Sun, 31 Dec 2023 00:00:00 GMT``."""
    return format_datetime(datetime.combine(date.fromisoformat(day), time(), UTC), usegmt=True)


def _day(text: str) -> date:
    match = _RFC3339.fullmatch(text)
    try:
        if match is not None:
            if len(text) > 10:
                datetime.fromisoformat(text.upper())
            return date.fromisoformat(match[1])
    except ValueError:
        pass
    raise BadParameterError("datetime", Text(f"“{text}”不是日期或时间", f"{text!r} is no date or time"), _EXPECTED)
