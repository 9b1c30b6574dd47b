"""Which of two rules is the more specific: the documented order, and how it is told."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

from xiancheng.foundation.text import Text
from xiancheng.operations.routing.rule import Rule
from xiancheng.operations.routing.week import WEEK, Window
from xiancheng.operations.terms import CategoryKey

NOWHERE_SPECIAL = float("inf")
"""Size that counts for a rule without an area: larger than every area."""


class Rank(NamedTuple):
    """What decides between rules that fit a case: the smaller wins, compared from the first to the last.

    Attributes
    ----------
    owner
        0 if the rule names the owner of the component, else 1.
    anywhere
        0 if it names an area, else 1.
    area
        Size of the area in m².
    category
        Minus the number of characters of the category that fits, so a subclass wins over a class; 1 for any category.
    week
        Seconds of the week on which it holds: a time window wins over none, a shorter one over a longer.
    age
        Minus the day from which it is valid: the newer wins; one without a day is the oldest.
    priority
        Minus the explicit priority.
    """

    owner: int
    anywhere: int
    area: float
    category: int
    week: int
    age: int
    priority: int


class Match(NamedTuple):
    """A rule that fits a case, by which of its areas and categories, and how specific that is.

    Attributes
    ----------
    rank
        How specific.
    order
        Place of the rule in its set; decides ties so that the answer is always the same.
    rule
        The rule.
    area, category
        What of the rule fitted; None where the rule does not care.
    timed
        Whether the rule holds at some times only.
    first, last
        Ordinals of the first and last day on which it holds.
    """

    rank: Rank
    order: int
    rule: Rule
    area: str | None
    category: CategoryKey | None
    timed: bool
    first: int
    last: int

    def holds(self, day: int, second: int) -> bool:
        """Whether the rule holds on a day (ordinal) at a second of the week."""
        window = self.rule.window
        return self.first <= day <= self.last and (window is None or window.holds(second))


def match_of(rule: Rule, order: int, area: str | None, size: float, category: CategoryKey | None) -> Match:
    """Return how a rule fits by one of its areas (`size` in m²) and one of its categories."""
    rank = Rank(
        owner=0 if rule.owner is not None else 1,
        anywhere=0 if area is not None else 1,
        area=size if area is not None else NOWHERE_SPECIAL,
        category=1 if category is None else -len(category.code),
        week=_seconds(rule.window),
        age=-(rule.valid_from.toordinal() if rule.valid_from else 0),
        priority=-rule.priority,
    )
    timed = bool(rule.valid_from or rule.valid_until or rule.window)
    first = rule.valid_from.toordinal() if rule.valid_from else date.min.toordinal()
    last = rule.valid_until.toordinal() if rule.valid_until else date.max.toordinal()
    return Match(rank, order, rule, area, category, timed, first, last)


def _seconds(window: Window | None) -> int:
    return WEEK if window is None else window.seconds


def why_lost(winner: Match, loser: Match) -> Text:
    """Say why a rule that fits a case as well gave way to the one that won."""
    a, b = winner.rank, loser.rank
    if a.owner != b.owner:
        return Text("胜出规则指定了部件权属单位", "the winner names the owner of the component")
    if a.anywhere != b.anywhere:
        return Text("胜出规则指定了区域", "the winner names an area")
    if a.area != b.area:
        return Text(
            f"胜出规则的区域更小（{winner.area} {_area(a.area)}，{loser.area} {_area(b.area)}）",
            f"the winner's area is smaller ({winner.area} {_area(a.area)}, {loser.area} {_area(b.area)})",
        )
    if a.category != b.category:
        return Text(
            f"胜出规则的类别更细（{winner.category}）", f"the winner's category is more precise ({winner.category})"
        )
    if a.week != b.week:
        return Text("胜出规则的时段更短", "the winner holds for a shorter part of the week")
    if a.age != b.age:
        return Text(
            f"胜出规则更新（{winner.rule.valid_from} 起）", f"the winner is newer (from {winner.rule.valid_from})"
        )
    if a.priority != b.priority:
        return Text(
            f"胜出规则的优先级更高（{winner.rule.priority} 对 {loser.rule.priority}）",
            f"the winner's priority is higher ({winner.rule.priority} against {loser.rule.priority})",
        )
    return Text(
        "同样具体：按规则文件中的先后取前者，请给出优先级",
        "equally specific: the first in the file was taken; give one of them a priority",
    )


def _area(square_metres: float) -> str:
    if square_metres == NOWHERE_SPECIAL:
        return "?"
    return f"{square_metres / 1e6:.3g} km²" if square_metres >= 1e5 else f"{square_metres:.0f} m²"
