"""The words that all rules of cases share: what a category is called, and how long a limit is."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from zoneinfo import ZoneInfo

BEIJING = ZoneInfo("Asia/Shanghai")
"""Chinese civil time: what limits, office hours and days are counted in."""


@dataclass(frozen=True, slots=True, order=True)
class CategoryKey:
    """What identifies a category: codes of components and matters overlap, so the code alone does not.

    Attributes
    ----------
    scheme
        Name of the code list, such as ``gbt47678.5-2026``.
    kind
        ``component`` (部件), ``matter`` (事项, 事件) or another kind that the scheme has.
    code
        Class and subclass as the scheme writes them, such as ``01002``; of a whole class its two digits.
    """

    scheme: str
    kind: str
    code: str

    def __str__(self) -> str:
        return f"{self.scheme}/{self.kind}/{self.code}"

    def within(self, other: CategoryKey) -> bool:
        """Whether this is `other`, or a subclass of the class that `other` is."""
        return (self.scheme, self.kind) == (other.scheme, other.kind) and self.code.startswith(other.code)


class LimitUnit(StrEnum):
    """How the time of a limit is counted."""

    URGENT_HOUR = "urgent_hour"
    """紧急工作时: continuous, nights and holidays included."""
    URGENT_DAY = "urgent_day"
    """紧急工作日: 24 continuous hours."""
    WORK_HOUR = "work_hour"
    """工作时: within office hours of working days only."""
    WORK_DAY = "work_day"
    """工作日: as many working hours as the unit's calendar says a working day has (8 by default)."""
    NATURAL_DAY = "natural_day"
    """自然日: calendar days."""


@dataclass(frozen=True, slots=True)
class Limit:
    """A limit of a filing standard: ``Limit(2, LimitUnit.URGENT_HOUR, "制止")`` is 2紧急工作时制止.

    Attributes
    ----------
    amount
        How many units; positive.
    unit
        What is counted.
    note
        What the standard writes behind it.
    """

    amount: int
    unit: LimitUnit
    note: str = ""
