"""Evaluation of a month over a million cases at all levels, beside a pandas groupby of the same figures.

Run: ``python benchmarks/evaluation.py [--cases 1000000] [--repeat 5]``. Once with the cases spread over a year, of
which one month is evaluated, and once with all of them in that month. pandas computes the rates of cases by area and by
department only; that both give the same is checked before anything is timed. Medians of the wall clock and of the
process's own time, which other work on the machine does not lengthen.
"""

from __future__ import annotations

import argparse
import statistics
import time

import numpy as np
import pandas as pd

from xiancheng.operations.evaluation.columns import TABLES, Columns, columns_of
from xiancheng.operations.evaluation.compute import evaluate
from xiancheng.operations.evaluation.conditions import CONDITIONS, EXCLUSIONS
from xiancheng.operations.evaluation.period import Period, month
from xiancheng.operations.evaluation.rules import Rules, load_rules

GROUPS = {"area": 30, "department": 500, "inspector": 400, "operator": 40, "dispatcher": 30, "category": 1000}
PLACES = 20_000


def table(name: str, rows: int, begin: str, days: int, seed: int) -> Columns:
    """Return random rows: something reported within `days` days, and what followed."""
    random = np.random.default_rng(seed)

    def later(than, hours, share=1.0):
        at = than + (random.exponential(hours, rows) * 3_600_000_000).astype("timedelta64[us]")
        return np.where(random.random(rows) < share, at, np.datetime64("NaT"))

    reported = np.datetime64(begin, "us") + random.integers(0, days * 86_400_000_000, rows)
    limit = random.choice([2, 4, 24, 48, 120], rows).astype("timedelta64[h]")
    arrays = {
        "reported_at": reported,
        "file_due": reported + np.timedelta64(2, "h"),
        "filed_at": later(reported, 1, 0.93),
    }
    arrays["refused_at"] = np.where(np.isnat(arrays["filed_at"]), later(reported, 1, 0.9), np.datetime64("NaT"))
    arrays["handle_due"] = arrays["filed_at"] + limit
    arrays["handled_at"] = later(arrays["filed_at"], 20, 0.98)
    arrays["close_due"] = arrays["handle_due"] + np.timedelta64(24, "h")
    arrays["closed_at"] = later(arrays["handled_at"], 12, 0.99)
    arrays["suspended_at"] = later(arrays["filed_at"], 10, 0.02)
    arrays["resumed_at"] = later(arrays["suspended_at"], 500, 0.8)
    arrays["extended_at"] = later(arrays["filed_at"], 10, 0.05)
    arrays |= {"on": reported, "due_at": reported + limit, "done_at": later(reported, 20, 0.98)}
    arrays |= {"dispatched_at": later(reported, 2), "dispatch_due": reported + np.timedelta64(4, "h")}
    arrays |= {"sign_due": reported + np.timedelta64(24, "h"), "signed_at": later(reported, 8, 0.99)}
    arrays |= {"contact_due": reported + np.timedelta64(24, "h"), "contacted_at": later(reported, 10, 0.97)}
    arrays |= {"completed_at": later(reported, 60, 0.97), "called_back_at": later(reported, 100, 0.9)}
    arrays["returned_at"] = later(arrays["dispatched_at"], 5, 0.08)
    flags = {"closure": 0.7, "passed": 0.9, "covered": 0.95, "reached": 0.9, "request": 0.85, "solved": 0.8}
    flags |= {"satisfied": 0.85, "by_inspector": 0.7, "missed": 0.05, "filing_error": 0.02, "appeal_upheld": 0.01}
    for column, kind in TABLES[name].items():
        if kind == "code":
            arrays[column] = random.integers(-1, GROUPS.get(column, PLACES), rows).astype(np.int32)
        elif kind == "flag":
            arrays[column] = random.random(rows) < flags[column]
        elif kind != "time":
            arrays[column] = (
                (random.random(rows) < 0.08).astype(int) if kind == "count" else random.integers(0, 90_000, rows)
            )
    return columns_of(name, {column: arrays[column] for column in TABLES[name]})


def with_pandas(frame: pd.DataFrame, columns: Columns, period: Period, rules: Rules) -> dict[str, pd.DataFrame]:
    """Return numerators and denominators of the rates of cases by area and by department, the usual way."""
    found = {}
    for level in ("area", "department"):
        parts = {}
        for f in rules.of_level(level):
            if f.table != "cases" or f.kind != "rate" or f.hit == "repeated":
                continue
            base = CONDITIONS["cases"][f.base](columns, period)
            for reason in f.exclude:
                base = base & ~EXCLUSIONS["cases"][reason](columns, period)
            parts[f"{f.name}/below"] = base
            parts[f"{f.name}/above"] = base & CONDITIONS["cases"][f.hit](columns, period)
        found[level] = pd.DataFrame(parts).groupby(frame[level]).sum()
    return found


def timed(function, repeat: int) -> str:
    """Return the medians of wall clock and process time."""
    wall, own = [], []
    for _ in range(repeat):
        began, used = time.perf_counter(), time.process_time()
        function()
        wall.append((time.perf_counter() - began) * 1000)
        own.append((time.process_time() - used) * 1000)
    return f"{statistics.median(wall):.0f} ms ({statistics.median(own):.0f} ms of the process)"


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=1_000_000)
    parser.add_argument("--repeat", type=int, default=5)
    arguments = parser.parse_args()
    rules, period, n = load_rules(), month(2026, 3), arguments.cases
    labels = {level: [str(i) for i in range(GROUPS[rule.column])] for level, rule in rules.levels.items()}
    for title, begin, days in (("spread over a year", "2025-07-01", 365), ("all in the month", "2026-02-28T16:00", 31)):
        cases = table("cases", n, begin, days, 1)
        others = {
            name: table(name, rows, begin, days, seed)
            for seed, (name, rows) in enumerate(
                {"assignments": n * 5 // 4, "checks": n, "patrols": n // 4, "tickets": n // 4}.items(), start=2
            )
        }
        frame = pd.DataFrame({level: cases[level] for level in ("area", "department")})
        ours = evaluate({"cases": cases}, period, rules, labels)
        for level, theirs in with_pandas(frame, cases, period, rules).items():
            for f in (c.partition("/")[0] for c in theirs.columns if c.endswith("/below")):
                _, above, below, _ = ours.levels[level].figures[f]
                assert (theirs[f"{f}/below"].to_numpy() == below[theirs.index + 1]).all()
                assert (theirs[f"{f}/above"].to_numpy() == above[theirs.index + 1]).all()
        alone = timed(lambda c=cases: evaluate({"cases": c}, period, rules, labels), arguments.repeat)
        both = timed(lambda c=cases, o=others: evaluate({"cases": c, **o}, period, rules, labels), arguments.repeat)
        peer = timed(lambda c=cases, f=frame: with_pandas(f, c, period, rules), arguments.repeat)
        rows = n + sum(c.size for c in others.values())
        print(f"{n:,} cases {title}:")
        print(f"  cases, 4 levels, {sum(f.table == 'cases' for f in rules.figures.values())} figures: {alone}")
        print(f"  all five tables ({rows:,} rows), 6 levels: {both}")
        print(f"  pandas, rates of cases, 2 levels: {peer}")


if __name__ == "__main__":
    main()
