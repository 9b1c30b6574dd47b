"""The result of assessing a programme: what every report is made from."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

from xiancheng.foundation.text import Text
from xiancheng.programme.measurement import Measurement
from xiancheng.programme.model import Clause, Indicator, Programme

Status = Literal["met", "short", "informative", "no_data"]

STATUSES: dict[Status, Text] = {
    "met": Text("已达标", "met"),
    "short": Text("未达标", "short"),
    "informative": Text("仅供参考", "no target"),
    "no_data": Text("无数据", "no data"),
}


@dataclass(frozen=True, slots=True)
class TrendPoint:
    """The figure at another published date."""

    as_of: date
    value: float | None
    snapshot: str


@dataclass(frozen=True)
class IndicatorResult:
    """One indicator's figure against its target.

    Attributes
    ----------
    measurement
        The figure as of the assessment's date (the last day of a closed programme).
    gap
        Distance to the target in the figure's unit; 0 if met; None without figure or target.
    since
        The figure today, where the programme's term is over and a later snapshot exists.
    trend
        The figure at every published date, oldest first.
    """

    indicator: Indicator
    measurement: Measurement | None
    status: Status
    gap: float | None
    missing: tuple[Text, ...] = ()
    since: Measurement | None = None
    trend: tuple[TrendPoint, ...] = ()


@dataclass(frozen=True)
class ClauseResult:
    """One clause: its status is the worst of its indicators that have a target, else the best known."""

    clause: Clause
    status: Status
    indicators: tuple[IndicatorResult, ...]


@dataclass(frozen=True)
class Assessment:
    """A programme assessed for a county.

    Attributes
    ----------
    as_of
        Date of the figures: the last day of a closed programme unless another was asked for.
    closed
        Whether the programme's term was over on `assessed_on`.
    followed_until
        Date of the later snapshot that `since` figures come from, if any.
    """

    programme: Programme
    county_name: Text
    county_code: str
    synthetic: bool
    as_of: date
    snapshot: str
    snapshot_as_of: date
    assessed_on: date
    closed: bool
    followed_until: date | None
    clauses: tuple[ClauseResult, ...]
    population_summary: dict[str, object]
    quality_notes: tuple[Text, ...] = ()

    def count(self, status: Status) -> int:
        """Number of clauses with `status`."""
        return sum(1 for c in self.clauses if c.status == status)
