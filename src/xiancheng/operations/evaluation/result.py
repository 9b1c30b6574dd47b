"""What an evaluation found: every figure with numerator, denominator and what was left out for which reason."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from xiancheng.operations.evaluation.period import Period
from xiancheng.operations.evaluation.rules import FigureRule, LevelRule, Rules, ScoreRule

Counts = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure of one group.

    Attributes
    ----------
    numerator
        Rows that hit; of a mean the sum in its unit; of a count the rows.
    denominator
        Rows that count.
    excluded
        Reason → rows of the base that were left out for it; each row for one reason.
    value
        Share, mean or count; None: no data.
    """

    rule: FigureRule
    numerator: float
    denominator: int
    excluded: Mapping[str, int]

    @property
    def value(self) -> float | None:
        """The share, mean or count; None if there is nothing to divide by."""
        if self.rule.kind == "count":
            return float(self.denominator)
        return self.numerator / self.denominator if self.denominator else None

    def as_dict(self) -> dict[str, Any]:
        """Return what JSON holds."""
        return {
            "numerator": self.numerator,
            "denominator": self.denominator,
            "excluded": dict(self.excluded),
            "value": self.value,
        }


@dataclass(frozen=True, slots=True)
class Score:
    """A score of one group, 0 to 100; None if it has no data. Equal scores have the same rank."""

    rule: ScoreRule
    value: float | None
    rank: int | None


@dataclass(frozen=True)
class Level:
    """The figures of one level.

    Attributes
    ----------
    labels
        Of the groups, shape (g,).
    figures
        Figure → its rule, numerators and denominators, each of shape (g + 1,), and reason → rows left out, likewise.
        Index 0 is what belongs to no group, so that nothing is lost from the total.
    """

    rule: LevelRule
    labels: tuple[str, ...]
    figures: Mapping[str, tuple[FigureRule, npt.NDArray[np.float64], Counts, Mapping[str, Counts]]]

    def figure(self, name: str, label: str | None) -> Figure:
        """Return a figure of a group; None: of what belongs to no group.

        Raises
        ------
        KeyError
            If there is no such figure or group.
        """
        if label is not None and label not in self.labels:
            raise KeyError(label)
        return self.at(name, 0 if label is None else self.labels.index(label) + 1)

    def at(self, name: str, index: int) -> Figure:
        """Return a figure by the index of the group, from 1; 0: of what belongs to no group."""
        rule, above, below, left_out = self.figures[name]
        excluded = {reason: int(counts[index]) for reason, counts in left_out.items()}
        return Figure(rule, float(above[index]), int(below[index]), excluded)

    def total(self, name: str) -> Figure:
        """Return a figure of everything, groups or not."""
        rule, above, below, left_out = self.figures[name]
        excluded = {reason: int(counts.sum()) for reason, counts in left_out.items()}
        return Figure(rule, float(above.sum()), int(below.sum()), excluded)

    def present(self) -> list[int]:
        """Return the indices of the groups that have anything in any figure."""
        something = np.zeros(len(self.labels) + 1, bool)
        for _, _, below, left_out in self.figures.values():
            something |= below > 0
            for counts in left_out.values():
                something |= counts > 0
        return [int(i) for i in np.flatnonzero(something) if i]

    def unassigned(self) -> bool:
        """Whether anything belongs to no group."""
        return any(
            below[0] > 0 or any(c[0] > 0 for c in left_out.values()) for _, _, below, left_out in self.figures.values()
        )


@dataclass(frozen=True)
class Evaluation:
    """The figures of a period at all levels; `scores` by name and label."""

    period: Period
    rules: Rules
    levels: Mapping[str, Level]
    scores: Mapping[str, Mapping[str, Score]]

    def as_dict(self) -> dict[str, Any]:
        """Return what JSON holds: levels, groups, figures; groups without anything are left out."""
        return {
            "period": {
                "first": self.period.first.isoformat(),
                "last": self.period.last.isoformat(),
                "as_of": f"{self.period.known}Z",
            },
            "levels": {
                name: {
                    "title": level.rule.title.as_dict(),
                    "total": {figure: level.total(figure).as_dict() for figure in level.figures},
                    "groups": [
                        {"label": level.labels[i - 1], **{f: level.at(f, i).as_dict() for f in level.figures}}
                        for i in level.present()
                    ],
                }
                for name, level in self.levels.items()
            },
            "scores": {
                name: {label: {"value": s.value, "rank": s.rank} for label, s in found.items()}
                for name, found in self.scores.items()
            },
        }
