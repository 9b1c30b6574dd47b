"""What is wrong with a set of rules: rules that cannot be told apart, and cases that only a default takes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import combinations

import shapely

from xiancheng.operations.routing.router import Router
from xiancheng.operations.routing.rule import Rule
from xiancheng.operations.routing.specificity import Match, Rank, match_of
from xiancheng.operations.routing.week import WEEK, merged
from xiancheng.operations.terms import CategoryKey


@dataclass(frozen=True, slots=True)
class Overlap:
    """Two rules that are equally specific for some case.

    Attributes
    ----------
    first, second
        The rules; the first is the one that decides.
    harmless
        Whether both name the same units: one of them is superfluous. Otherwise they contradict each other.
    areas, category
        For which cases: the areas by which they fit, and the category; None where both do not care.
    """

    first: Rule
    second: Rule
    harmless: bool
    areas: tuple[str, ...]
    category: CategoryKey | None


@dataclass(frozen=True, slots=True)
class Hole:
    """A category in an area for which a default decides.

    Attributes
    ----------
    category
        The category.
    area
        Code of the area, None for a place outside all of them.
    unit
        The unit that takes its cases.
    covered
        Share of the week for which some rule is there (0: never).
    """

    category: CategoryKey
    area: str | None
    unit: str
    covered: float


def overlaps(router: Router) -> list[Overlap]:
    """Return every pair of rules that ties for some case, contradictions first.

    Two rules tie if they name the same owner, categories that fit the same case with the same length (so the same
    one), areas of the same size that have a place in common, a common time in windows of the same length, the same
    first day and the same priority. Different areas of one size have a common place only if their outlines are known
    and intersect with their interiors.
    """
    groups: dict[tuple[str | None, CategoryKey | None, Rank], list[tuple[Match, str | None]]] = defaultdict(list)
    for order, rule in enumerate(router.rules.rules):
        for area in rule.area_codes or (None,):
            size = 0.0 if area is None else router.size(area)
            for category in rule.categories or (None,):
                match = match_of(rule, order, area, size, category)
                groups[(rule.owner, category, match.rank)].append((match, area))
    found: dict[tuple[str, str, CategoryKey | None], Overlap] = {}
    shapes = {area.code: area for area in router.areas.areas}
    for (_, category, _), members in groups.items():
        by_area: dict[str | None, list[tuple[Match, str | None]]] = defaultdict(list)
        for member in members:
            by_area[member[1]].append(member)
        pairs = [pair for same in by_area.values() for pair in combinations(same, 2)]
        outlined = [member for member in members if member[1] in shapes]
        pairs += [(a, b) for a, b in combinations(outlined, 2) if a[1] != b[1]]
        for (a, area_a), (b, area_b) in pairs:
            if a.order == b.order or not _at_one_time(a, b):
                continue
            if area_a is not None and area_b is not None and area_a != area_b:
                one, two = shapes[area_a], shapes[area_b]
                if one.level == two.level or not shapely.relate_pattern(one.geometry, two.geometry, "T********"):
                    continue
            first, second = (a.rule, b.rule) if a.order < b.order else (b.rule, a.rule)
            areas = tuple(sorted({x for x in (area_a, area_b) if x is not None}))
            key = (first.id, second.id, category)
            known = found.get(key)
            if known is None:
                found[key] = Overlap(first, second, first.same_units(second), areas, category)
            else:
                found[key] = replace(known, areas=tuple(sorted({*known.areas, *areas})))
    return sorted(found.values(), key=lambda o: o.harmless)


def _at_one_time(a: Match, b: Match) -> bool:
    if a.first > b.last or b.first > a.last:
        return False
    one, two = a.rule.window, b.rule.window
    return one is None or two is None or one.meets(two)


def holes(
    router: Router, categories: Sequence[CategoryKey], chains: Iterable[tuple[str, ...]], on: date
) -> list[Hole]:  # fmt: skip
    """Return every category and area for which no rule decides all week.

    Parameters
    ----------
    router
        The compiled rules.
    categories
        The categories to ask for.
    chains
        One entry an area: its own code and those of the areas around it (community, township …), in any order. The
        smallest names the area. Rules that name an owner are not counted: a case may have none.
    on
        The day on which the rules have to be valid.
    """
    out = []
    day = on.toordinal()
    for chain in chains:
        area = min(chain, key=router.size) if chain else None
        for category in categories:
            parts: list[tuple[int, int]] = []
            for match in router.candidates(category, chain, None):
                if match.first <= day <= match.last:
                    window = match.rule.window
                    parts += [(0, WEEK)] if window is None else window.intervals
                    if window is None:
                        break
            seconds = sum(end - start for start, end in merged(parts))
            if seconds < WEEK:
                out.append(Hole(category, area, router.default(category).lead, seconds / WEEK))
    return out


def chains_of(router: Router) -> list[tuple[str, ...]]:
    """Return, for each known area that is no rule's own polygon, the codes of the areas at a point inside it."""
    own = {rule.polygon_code for rule in router.rules.rules}
    out = []
    for area in router.areas.areas:
        if area.code not in own:
            point = shapely.point_on_surface(area.geometry)
            codes = tuple(c for c in router.areas.at(point.x, point.y) if c not in own)
            out.append(
                tuple(dict.fromkeys((area.code, *(c for c in codes if router.size(c) >= router.size(area.code)))))
            )
    return out
