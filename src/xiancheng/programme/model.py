"""A programme: articles, clauses, indicators, targets, bureaus. Read from TOML by :mod:`.loader`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, Literal

from xiancheng.foundation.text import Text

ClauseKind = Literal["target", "rule", "deliverable", "service"]

CLAUSE_KINDS: dict[str, Text] = {
    "target": Text("目标", "target"),
    "rule": Text("规则", "rule"),
    "deliverable": Text("任务", "deliverable"),
    "service": Text("服务", "service"),
}


@dataclass(frozen=True, slots=True)
class Target:
    """A figure to reach: at least, at most, by a date."""

    at_least: float | None = None
    at_most: float | None = None
    by: date | None = None

    def reached(self, value: float) -> bool:
        """Whether `value` meets the target (a billionth is forgiven to floating point)."""
        return (self.at_least is None or value >= self.at_least - 1e-9) and (
            self.at_most is None or value <= self.at_most + 1e-9
        )

    def gap(self, value: float) -> float:
        """How far `value` is from the target, in its own unit; 0 if reached."""
        if self.at_least is not None and value < self.at_least:
            return self.at_least - value
        if self.at_most is not None and value > self.at_most:
            return value - self.at_most
        return 0.0


@dataclass(frozen=True, slots=True)
class Indicator:
    """One figure of a clause: a measure with parameters and, where the plan sets one, a target.

    Attributes
    ----------
    later
        Set where the machinery comes later: what is missing until then. Such an indicator has no measure.
    certainty
        ``V`` verified, ``S`` secondary, ``M`` from memory: of the definition or norm.
    """

    id: str
    title: Text
    measure: str | None
    params: Mapping[str, Any] = field(default_factory=dict)
    target: Target | None = None
    note: Text | None = None
    certainty: str | None = None
    later: Text | None = None


@dataclass(frozen=True, slots=True)
class Clause:
    """One clause of the plan. The first of `bureaus` leads unless the programme says otherwise."""

    id: str
    kind: ClauseKind
    title: Text
    bureaus: tuple[str, ...]
    indicators: tuple[Indicator, ...]
    text: Text | None = None

    @property
    def article(self) -> str:
        """Number of the article the clause belongs to."""
        return self.id.split(".", maxsplit=1)[0]


@dataclass(frozen=True, slots=True)
class Article:
    """One article of the plan."""

    id: str
    title: Text


@dataclass(frozen=True, slots=True)
class Programme:
    """A plan with its term."""

    id: str
    title: Text
    starts: date
    ends: date
    articles: tuple[Article, ...]
    clauses: tuple[Clause, ...]
    bureaus: Mapping[str, Text]
    path: Path | None = None
    source: str = ""

    def closed_on(self, day: date) -> bool:
        """Whether the programme's term is over on `day`."""
        return day > self.ends
