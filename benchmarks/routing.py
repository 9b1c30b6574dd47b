"""Routing decisions per second at 10,000 rules and 500 units, beside a scan of all rules sorted by rank (first match).

Run: ``python benchmarks/routing.py [--rules 10000] [--cases 200000]``. Both ways give the same units, which is checked
on the cases that the scan gets before anything is told. Seconds are of the processor: others may be at work beside.
Compare the ratios.
"""

from __future__ import annotations

import argparse
import time
from datetime import date, datetime, timedelta, timezone

import numpy as np
import shapely

from xiancheng.operations.routing import (
    Area,
    AreaIndex,
    Facts,
    History,
    Router,
    Rule,
    RuleSet,
    Window,
    load_settings,
    overlaps,
    try_rules,
)
from xiancheng.operations.routing.specificity import match_of
from xiancheng.operations.routing.week import moment
from xiancheng.operations.terms import CategoryKey

WEST, SOUTH, STEP = 110.4, 40.4, 0.0012
SIDE = 64  # grids: 64 by 64; a community is 8 by 8, a township 32 by 32
HERE = timezone(timedelta(hours=8))
CLASSES = {"component": ("01", "02", "03", "04", "05"), "matter": ("06", "07", "08", "09", "10")}


def town() -> AreaIndex:
    areas = []
    for level, n in (("unit_grid", 1), ("community", 8), ("township", 32), ("county", 64)):
        width = {"unit_grid": 15, "community": 12, "township": 9, "county": 6}[level]
        for i in range(0, SIDE, n):
            for j in range(0, SIDE, n):
                code = f"{i // n * 64 + j // n:0{width}d}"
                west, south = WEST + i * STEP, SOUTH + j * STEP
                areas.append(Area(code, level, shapely.box(west, south, west + n * STEP, south + n * STEP)))
    return AreaIndex(areas)


def category(random: np.random.Generator) -> CategoryKey:
    kind = ("component", "matter")[random.integers(2)]
    return CategoryKey("gbt47678.5-2026", kind, f"{CLASSES[kind][random.integers(5)]}{random.integers(1, 51):03d}")


def county(n: int, areas: AreaIndex, random: np.random.Generator) -> RuleSet:
    levels: dict[str, list[str]] = {}
    for area in areas.areas:
        levels.setdefault(area.level, []).append(area.code)
    names = list(levels)
    rules = []
    for i in range(n):
        key = category(random)
        level = names[random.choice(4, p=[0.3, 0.5, 0.15, 0.05])]
        rules.append(
            Rule(
                f"r{i}",
                f"unit{random.integers(500)}",
                categories=(key if random.random() < 0.8 else CategoryKey(key.scheme, key.kind, key.code[:2]),),
                areas=() if random.random() < 0.1 else (levels[level][random.integers(len(levels[level]))],),
                owner=f"owner{random.integers(40)}" if random.random() < 0.15 else None,
                valid_from=date(2025, 1, 1) + timedelta(days=int(random.integers(500)))
                if random.random() < 0.3
                else None,
                window=Window.of([], ["18:00-08:00"]) if random.random() < 0.1 else None,
                priority=int(random.integers(3)),
            )
        )
    return RuleSet(tuple(rules), "centre", {CategoryKey("gbt47678.5-2026", "matter", "06"): "sanitation"})


class Scan:
    """Every rule in the order of its rank; the first that fits decides."""

    def __init__(self, router: Router) -> None:
        self.router = router
        self.matches = sorted(
            (
                match_of(rule, i, area, 0.0 if area is None else router.size(area), key)
                for i, rule in enumerate(router.rules.rules)
                for area in rule.area_codes or (None,)
                for key in rule.categories or (None,)
            ),
            key=lambda m: (m.rank, m.order),
        )

    def lead(self, facts: Facts) -> str:
        day, second = moment(facts.when)
        for match in self.matches:
            if (
                (match.rule.owner is None or match.rule.owner == facts.owner)
                and (match.area is None or match.area in facts.areas)
                and (match.category is None or facts.category.within(match.category))
                and match.holds(day, second)
            ):
                return match.rule.lead
        return self.router.default(facts.category).lead


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rules", type=int, default=10_000)
    parser.add_argument("--cases", type=int, default=200_000)
    parser.add_argument("--scanned", type=int, default=500)
    given = parser.parse_args()
    random = np.random.default_rng(1)
    settings, areas = load_settings(), town()

    start = time.process_time()
    router = Router(county(given.rules, areas, random), settings, areas)
    print(f"compiled {given.rules} rules, {len(areas)} areas: {time.process_time() - start:.2f} s")

    n = given.cases
    lon, lat = WEST + random.uniform(0, SIDE * STEP, n), SOUTH + random.uniform(0, SIDE * STEP, n)
    categories = [category(random) for _ in range(n)]
    owners = [f"owner{i}" if i < 40 else None for i in random.integers(0, 120, n)]
    first = datetime(2026, 2, 9, tzinfo=HERE)
    when = [first + timedelta(seconds=int(s)) for s in random.integers(0, 30 * 86_400, n)]

    start = time.process_time()
    found = router.locate_many(lon, lat)
    spent = time.process_time() - start
    print(f"areas of places, all at once:        {n / spent:>10,.0f} /s")
    places = list(zip(lon.tolist(), lat.tolist(), strict=True))
    for title in ("cold", "warm"):
        start = time.process_time()
        alone = [router.areas.at(*place) for place in places]
        print(f"areas of places, one by one ({title}):  {n / (time.process_time() - start):>10,.0f} /s")
    assert alone == found

    cases = [Facts(*case) for case in zip(categories, when, found, owners, strict=True)]
    start = time.process_time()
    decisions = [router.decide(case) for case in cases]
    fast = time.process_time() - start
    by = {name: sum(d.by == name for d in decisions) / n for name in ("rule", "class_default", "overall_default")}
    print(f"decisions:                           {n / fast:>10,.0f} /s   ({by['rule']:.0%} by a rule)")

    start = time.process_time()
    fitting = sum(len(d.explanation()) for d in decisions[: n // 20])
    spent = time.process_time() - start
    print(f"explanations:                        {n // 20 / spent:>10,.0f} /s   ({fitting / (n // 20):.1f} sentences)")

    start = time.process_time()
    for (x, y), facts in zip(places, cases, strict=True):
        router.decide(Facts(facts.category, facts.when, router.locate(x, y), facts.owner))
    print(f"decisions from longitude, latitude:  {n / (time.process_time() - start):>10,.0f} /s")

    scan = Scan(router)
    some = cases[: given.scanned]
    start = time.process_time()
    slow = [scan.lead(case) for case in some]
    spent = time.process_time() - start
    assert slow == [d.lead for d in decisions[: given.scanned]]
    print(f"first match in a scan:               {given.scanned / spent:>10,.0f} /s   (same units)")
    print(f"ratio:                               {spent / given.scanned / (fast / n):>10,.0f}")

    changed = Router(county(given.rules, areas, np.random.default_rng(2)), settings, areas)
    history = History([str(i) for i in range(n)], categories, when, lon, lat, [()] * n, owners)
    start = time.process_time()
    trial = try_rules(router, changed, history)
    print(f"changed rules over {n} cases: {time.process_time() - start:.2f} s, {len(trial.moved)} moved")
    start = time.process_time()
    print(f"overlaps: {len(overlaps(router))} in {time.process_time() - start:.2f} s")


if __name__ == "__main__":
    main()
