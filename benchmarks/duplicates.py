"""Suggesting duplicates among 1,000,000 cases, beside every case compared (arrays) and beside pairs one by one.

Run: ``python benchmarks/duplicates.py [--cases 1000000]``. Cases are crowded: half of them lie at 2,000 places that
people complain about again and again; a third is open. The first two ways give the same scores, which is checked
before anything is told. Milliseconds are of the clock and of the processor: others may be at work beside.
"""

from __future__ import annotations

import argparse
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np

from xiancheng.operations.duplicates import DuplicateIndex, Report, count_repetitions, load_policy
from xiancheng.operations.duplicates.grams import grams
from xiancheng.operations.duplicates.index import metres_between
from xiancheng.operations.terms import CategoryKey

WIDTH, NORTH = 0.12, 0.09  # degrees: 10 km by 10 km
METRES = (84_600.0, 111_200.0)
START = datetime(2023, 1, 1, tzinfo=UTC)
PLACES = [
    "人民路",
    "建设街",
    "敕勒川大街",
    "振华路",
    "公园北门",
    "医院门口",
    "学校东侧",
    "小区南门",
    "市场西口",
    "河堤上",
]
THINGS = [
    "有垃圾未清理",
    "井盖破损",
    "路灯不亮",
    "道路破损积水",
    "占道经营",
    "乱停车",
    "噪声扰民",
    "树枝折断",
    "污水外溢",
    "广告牌松动",
]
TAILS = ["", "，请尽快处理", "，已经三天了", "，影响通行", "，居民反映多次", "，有安全隐患"]


def category(random: np.random.Generator) -> CategoryKey:
    kind, code = ("component", random.integers(1, 6)) if random.random() < 0.4 else ("matter", random.integers(6, 11))
    return CategoryKey("gbt47678.5-2026", kind, f"{code:02d}{random.integers(1, 31):03d}")


def text(random: np.random.Generator) -> str:
    number = random.integers(1, 400)
    return f"{PLACES[random.integers(10)]}{number}号{THINGS[random.integers(10)]}{TAILS[random.integers(6)]}"


def town(n: int, random: np.random.Generator) -> list[Report]:
    hot = random.uniform(0, 1, (2000, 2))
    place = random.uniform(0, 1, (n, 2))
    crowded = random.random(n) < 0.5
    place[crowded] = hot[random.integers(0, 2000, crowded.sum())] + random.normal(0, 0.0015, (crowded.sum(), 2))
    days = random.uniform(0, 1100, n)
    return [
        Report(
            i,
            category(random),
            110.5 + WIDTH * place[i, 0],
            40.5 + NORTH * place[i, 1],
            START + timedelta(days=float(days[i])),
            text(random),
            (int(random.integers(0, 2**63)),) if i % 3 == 0 else (),
            bool(random.random() < 0.3),
        )
        for i in range(n)
    ]


class Everything:
    """The same arithmetic without a grid: every case is compared with the report."""

    def __init__(self, index: DuplicateIndex, cases: list[Report]) -> None:
        self.index, self.cases = index, cases
        self.lon, self.lat = np.array([c.lon for c in cases]), np.array([c.lat for c in cases])

    def near(self, report: Report) -> list[Report]:
        metres = metres_between(report.lon, report.lat, self.lon, self.lat)
        return [self.cases[i] for i in np.flatnonzero(metres <= self.index.policy.reach(report.category).metres)]

    def best(self, report: Report) -> list[float]:
        alone = DuplicateIndex(self.index.policy)
        for case in self.near(report):
            alone.add(case)
        return [s.score for s in alone.suggest(report)]


def one_by_one(policy, report: Report, cases: list[Report]) -> None:
    own = set(grams(report.text).tolist())
    for case in cases:
        abs(case.lon - report.lon), abs((case.at - report.at).total_seconds())
        len(own & set(grams(case.text).tolist()))
        policy.relation(report.category, case.category)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=1_000_000)
    parser.add_argument("--reports", type=int, default=300)
    given = parser.parse_args()
    random = np.random.default_rng(1)
    policy = load_policy()
    cases = town(given.cases, random)
    index = DuplicateIndex(policy)
    start = time.process_time()
    for case in cases:
        index.add(case)
    spent = time.process_time() - start
    print(f"{len(index)} cases added: {spent:.1f} s, {given.cases / spent:,.0f} /s")
    # New reports near cases that are there: the worst case for a grid, the usual one in a town.
    some = random.integers(0, given.cases, given.reports)
    reports = [
        replace(cases[i], id=f"new{i}", at=cases[i].at + timedelta(hours=9), lon=cases[i].lon + 1e-4, text=text(random))
        for i in some
    ]
    whole = Everything(index, cases)
    for report in reports[:5]:
        assert np.allclose(whole.best(report), [s.score for s in index.suggest(report)])
    clock, processor, found = [], [], []
    for report in reports:
        a, b = time.perf_counter(), time.process_time()
        found.append(len(index.suggest(report)))
        clock.append(time.perf_counter() - a)
        processor.append(time.process_time() - b)
    for title, times in (("clock", clock), ("processor", processor)):
        p50, p99, most = np.percentile(np.array(times) * 1000, [50, 99, 100])
        print(f"suggestion, ms of the {title}: p50 {p50:.2f}, p99 {p99:.2f}, max {most:.2f}")
    near = [len(whole.near(r)) for r in reports[:20]]
    print(f"cases within reach: median {np.median(near):.0f}, at most {max(near)}; suggested {np.mean(found):.1f}")
    start = time.process_time()
    for report in reports[:5]:
        whole.best(report)
    print(f"every case compared in arrays: {(time.process_time() - start) / 5 * 1000:.0f} ms")
    start = time.process_time()
    one_by_one(policy, reports[0], cases[:5000])
    print(f"pairs one by one: {(time.process_time() - start) / 5000 * given.cases:.1f} s")
    start = time.process_time()
    xy = np.array([[c.lon, c.lat] for c in cases]) * METRES
    at = np.array([c.at.replace(tzinfo=None) for c in cases], dtype="datetime64[us]")
    counts = count_repetitions([c.category for c in cases], xy, at, policy)
    print(f"repetitions of all cases: {time.process_time() - start:.1f} s, {(counts > 0).mean():.1%} repeated")


if __name__ == "__main__":
    main()
