"""What routing decides, and how it explains it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from xiancheng.foundation.text import Text
from xiancheng.operations.routing.rule import Facts, Rule
from xiancheng.operations.routing.specificity import Match, why_lost
from xiancheng.operations.terms import CategoryKey

By = Literal["rule", "class_default", "overall_default"]


class Matcher(Protocol):
    """What finds every rule that fits a case: the router."""

    def matches(self, facts: Facts) -> tuple[Match, ...]:
        """Return them, the most specific first."""


@dataclass(frozen=True, slots=True)
class Decision:
    """Whose a case is.

    Attributes
    ----------
    lead
        Code of the lead unit.
    assisting
        Codes of the assisting units.
    by
        What decided: a rule, the default of the class, or the unit that takes everything else.
    match
        The rule that decided, and what of it fitted; None if a default did.
    default_of
        The class whose default it is, if a default of a class decided.
    """

    lead: str
    assisting: tuple[str, ...]
    by: By
    match: Match | None = None
    default_of: CategoryKey | None = None
    _matcher: Matcher | None = field(default=None, repr=False, compare=False)
    _facts: Facts | None = field(default=None, repr=False, compare=False)

    @property
    def matches(self) -> tuple[Match, ...]:
        """Every rule that fits the case, the most specific first: the first one decided. Found when asked for."""
        return () if self._matcher is None or self._facts is None else self._matcher.matches(self._facts)

    @property
    def rule(self) -> Rule | None:
        """The rule that decided; None if a default did."""
        return None if self.match is None else self.match.rule

    @property
    def others(self) -> tuple[Rule, ...]:
        """Rules that fit as well and gave way, the most specific first."""
        return tuple(match.rule for match in self.matches[1:])

    @property
    def tied(self) -> tuple[Rule, ...]:
        """Rules as specific as the one that decided that name other units: somebody has to look at them."""
        first = self.match
        if first is None:
            return ()
        return tuple(
            m.rule for m in self.matches[1:] if m.rank == first.rank and not m.rule.same_units(first.rule)
        )  # fmt: skip

    def explanation(self) -> list[Text]:
        """Say in sentences what decided, who else fitted and why they gave way."""
        first = self.match
        if first is None:
            if self.default_of is not None:
                return [
                    Text(
                        f"没有规则适用，按 {self.default_of} 的兜底单位派 {self.lead}",
                        f"no rule fits; {self.lead} is the default unit of {self.default_of}",
                    )
                ]
            return [
                Text(
                    f"没有规则适用，也没有大类兜底，派总兜底单位 {self.lead}",
                    f"no rule fits and the class has no default; {self.lead} takes everything else",
                )
            ]
        conditions = _conditions(first)
        out = [
            Text(
                f"按规则 {first.rule.id} 派 {self.lead}：" + "，".join(c.zh for c in conditions),
                f"rule {first.rule.id} names {self.lead}: " + ", ".join(c.en for c in conditions),
            )
        ]
        if self.assisting:
            out.append(Text(f"协办 {'、'.join(self.assisting)}", f"assisting: {', '.join(self.assisting)}"))
        if first.rule.basis:
            out.append(Text(f"依据 {first.rule.basis}", f"legal basis: {first.rule.basis}"))
        for match in self.matches[1:]:
            reason = why_lost(first, match)
            out.append(
                Text(
                    f"规则 {match.rule.id}（{match.rule.lead}）也适用：{reason.zh}",
                    f"rule {match.rule.id} ({match.rule.lead}) fits too: {reason.en}",
                )
            )
        return out

    def as_dict(self) -> dict[str, Any]:
        """Return what JSON holds."""
        first = self.match
        return {
            "lead": self.lead,
            "assisting": list(self.assisting),
            "by": self.by,
            "rule": None if first is None else first.rule.id,
            "default_of": None if self.default_of is None else str(self.default_of),
            "area": None if first is None else first.area,
            "category": None if first is None or first.category is None else str(first.category),
            "basis": "" if first is None else first.rule.basis,
            "note": "" if first is None else first.rule.note,
            "tied": [rule.id for rule in self.tied],
            "others": [
                {"rule": m.rule.id, "lead": m.rule.lead, "why": why_lost(first, m).as_dict()}
                for m in self.matches[1:]
                if first is not None
            ],
            "explanation": [text.as_dict() for text in self.explanation()],
        }


def _conditions(match: Match) -> list[Text]:
    """Return what of a rule fitted the case, one text a condition."""
    rule = match.rule
    out = []
    if rule.owner is not None:
        out.append(Text(f"权属单位 {rule.owner}", f"owner {rule.owner}"))
    if match.area is not None:
        own = match.area == rule.polygon_code
        out.append(
            Text("规则自带的范围", "the rule's own polygon")
            if own
            else Text(f"区域 {match.area}", f"area {match.area}")
        )
    if match.category is not None:
        out.append(Text(f"类别 {match.category}", f"category {match.category}"))
    if rule.window is not None:
        out.append(Text(f"时段 {rule.window.text}", f"time {rule.window.text}"))
    if rule.valid_from or rule.valid_until:
        days = f"{rule.valid_from or '…'} – {rule.valid_until or '…'}"
        out.append(Text(f"有效期 {days}", f"valid {days}"))
    return out or [Text("对所有案件", "for every case")]
