"""Routing: the rules compiled to an index, and the decision for one case or many."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from xiancheng.operations.routing.areas import Area, AreaIndex, Floats
from xiancheng.operations.routing.decision import Decision
from xiancheng.operations.routing.rule import Facts, Rule, RuleSet
from xiancheng.operations.routing.settings import RoutingSettings
from xiancheng.operations.routing.specificity import NOWHERE_SPECIAL, Match, match_of
from xiancheng.operations.routing.week import moment
from xiancheng.operations.terms import CategoryKey

_MOST_CATEGORIES = 100_000
ANY = 0
"""Number of the category of rules for any category."""

Bucket = list[Match]
Buckets = dict[int, Bucket]
Combination = tuple[CategoryKey, tuple[str, ...], str | None]


class Router:
    """Decides whose a case is.

    Of the rules that fit a case the most specific decides: one that names the owner of the component, then the smaller
    area, then the longer category code (subclass before class before any), then the shorter part of the week, then the
    newer (`valid_from`), then the higher priority. Rules equal in all of that are a tie: the first in the file decides
    and :attr:`Decision.tied` names the others.

    The rules lie in a table of owner → area → category; a case looks into the few places that can concern it, the most
    specific first, so the number of rules does not matter to the time of a decision.

    Parameters
    ----------
    rules
        The rules; areas named by them need not be known.
    settings
        Settings of routing.
    areas
        Outlines of the areas; without them only places with known codes can be routed by area, and areas are compared
        by the length of their codes.
    """

    def __init__(self, rules: RuleSet, settings: RoutingSettings, areas: AreaIndex | None = None) -> None:
        polygons = [Area(r.polygon_code, r.polygon_code, r.polygon) for r in rules.rules if r.polygon is not None]
        known = AreaIndex((), settings.cell_metres) if areas is None else areas
        self.rules, self.settings = rules, settings
        self.areas = known.with_areas(polygons)
        self._sizes: dict[str, float] = {}
        self._numbers: dict[tuple[str, str, str], int] = {}
        self._prefixes: dict[CategoryKey, tuple[int, ...]] = {}
        self._defaults: dict[CategoryKey, Decision] = {}
        self._tables: dict[str | None, dict[str | None, Buckets]] = {}
        for order, rule in enumerate(rules.rules):
            self._add(rule, order)
        for table in self._tables.values():
            for buckets in table.values():
                for bucket in buckets.values():
                    bucket.sort(key=_by_rank)

    def size(self, code: str) -> float:
        """Return the size of an area in m²: of its outline, else what is taken for a code of its length."""
        size = self._sizes.get(code)
        if size is None:
            known = self.areas.size(code)
            size = self._sizes[code] = self.settings.nominal_size(code) if known is None else known
        return size

    def locate(self, lon: float, lat: float, codes: Sequence[str] = ()) -> tuple[str, ...]:
        """Return the codes of all areas that a place is in, with `codes` that are known otherwise."""
        found = self.areas.at(lon, lat)
        return tuple(dict.fromkeys((*codes, *found))) if codes else found

    def locate_many(self, lon: Floats, lat: Floats) -> list[tuple[str, ...]]:
        """Return the codes of the areas of `n` places."""
        return self.areas.at_many(lon, lat)

    def candidates(self, category: CategoryKey, areas: tuple[str, ...], owner: str | None) -> list[Match]:
        """Return the rules that fit a case at one time or another, the most specific first."""
        return _once([match for bucket in self._buckets(category, areas, owner) for match in bucket])

    def matches(self, facts: Facts) -> tuple[Match, ...]:
        """Return every rule that fits a case, the most specific first."""
        day, second = moment(facts.when)
        found = self.candidates(facts.category, facts.areas, facts.owner)
        return tuple(match for match in found if match.holds(day, second))

    def decide(self, facts: Facts) -> Decision:
        """Decide whose a case is.

        Raises
        ------
        ConfigError
            If rules of certain times concern it and its instant has no time zone.
        """
        now: tuple[int, int] | None = None
        for bucket in self._buckets(facts.category, facts.areas, facts.owner):
            for match in bucket:
                if match.timed:
                    if now is None:
                        now = moment(facts.when)
                    if not match.holds(*now):
                        continue
                rule = match.rule
                return Decision(rule.lead, rule.assisting, "rule", match, None, self, facts)
        return self.default(facts.category)

    def default(self, category: CategoryKey) -> Decision:
        """Return the decision for a case that no rule is for."""
        decision = self._defaults.get(category)
        if decision is None:
            decision = self._default_of(category)
            if len(self._defaults) < _MOST_CATEGORIES:
                self._defaults[category] = decision
        return decision

    def leads(self, cases: Iterable[tuple[CategoryKey, tuple[str, ...], str | None, datetime]]) -> list[str]:
        """Return the lead unit of each of many cases, given as category, areas, owner and instant.

        Cases that differ in their instant only are looked up once.
        """
        memo: dict[Combination, tuple[list[Match], str]] = {}
        out: list[str] = []
        for category, areas, owner, when in cases:
            key = (category, areas, owner)
            known = memo.get(key)
            if known is None:
                known = memo[key] = self._until_sure(category, areas, owner)
            timed, otherwise = known
            lead = otherwise
            if timed:
                day, second = moment(when)
                lead = next((m.rule.lead for m in timed if m.holds(day, second)), otherwise)
            out.append(lead)
        return out

    def _until_sure(
        self, category: CategoryKey, areas: tuple[str, ...], owner: str | None
    ) -> tuple[list[Match], str]:  # fmt: skip
        """Return the rules of certain times before the first that always holds, and the unit if none of them does."""
        timed: list[Match] = []
        for bucket in self._buckets(category, areas, owner):
            for match in bucket:
                if not match.timed:
                    return timed, match.rule.lead
                timed.append(match)
        return timed, self.default(category).lead

    def _add(self, rule: Rule, order: int) -> None:
        table = self._tables.setdefault(rule.owner, {})
        for area in rule.area_codes or (None,):
            size = NOWHERE_SPECIAL if area is None else self.size(area)
            buckets = table.setdefault(area, {})
            for category in rule.categories or (None,):
                number = ANY
                if category is not None:
                    key = (category.scheme, category.kind, category.code)
                    number = self._numbers.setdefault(key, len(self._numbers) + 1)
                buckets.setdefault(number, []).append(match_of(rule, order, area, size, category))

    def _buckets(self, category: CategoryKey, areas: tuple[str, ...], owner: str | None) -> list[Bucket]:
        """Return the places of the table that can concern a case, the most specific first."""
        prefixes = self._prefixes.get(category) or self._prefixes_of(category)
        sizes = self._sizes
        ordered: list[str | None] = [None]
        mixed = False
        if areas:
            weighed = sorted([(sizes[code], code) for code in set(areas) if code in sizes])
            # Areas of one size share a rank: their rules have to be compared with each other.
            mixed = len({size for size, _ in weighed}) < len(weighed)
            ordered = [*[code for _, code in weighed], None]
        found: list[Bucket] = []
        for name in (owner, None) if owner is not None else (None,):
            table = self._tables.get(name)
            if table is None:
                continue
            for code in ordered:
                buckets = table.get(code)
                if buckets is not None:
                    found += [buckets[number] for number in prefixes if number in buckets]
        return [sorted((m for bucket in found for m in bucket), key=_by_rank)] if mixed else found

    def _default_of(self, category: CategoryKey) -> Decision:
        defaults = self.rules.class_defaults
        for length in range(len(category.code), -1, -1):
            key = CategoryKey(category.scheme, category.kind, category.code[:length])
            if key in defaults:
                return Decision(defaults[key], (), "class_default", default_of=key)
        return Decision(self.rules.overall, (), "overall_default")

    def _prefixes_of(self, category: CategoryKey) -> tuple[int, ...]:
        """Return the numbers of the categories of rules that a category is within, the longest first."""
        scheme, kind, code = category.scheme, category.kind, category.code
        known = (self._numbers.get((scheme, kind, code[:length])) for length in range(len(code), -1, -1))
        numbers = (*(number for number in known if number is not None), ANY)
        if len(self._prefixes) < _MOST_CATEGORIES:
            self._prefixes[category] = numbers
        return numbers


def _by_rank(match: Match) -> tuple[object, int]:
    return match.rank, match.order


def _once(found: list[Match]) -> list[Match]:
    """Keep the most specific match of each rule: one fits twice by two of its areas or categories."""
    seen: set[int] = set()
    out = []
    for match in found:
        if match.order not in seen:
            seen.add(match.order)
            out.append(match)
    return out
