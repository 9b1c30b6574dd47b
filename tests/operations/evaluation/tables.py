"""Random small tables, and the same counted row by row in plain Python."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np

from xiancheng.operations.evaluation.columns import TABLES, columns_of

GROUPS = {"area": 3, "department": 4, "inspector": 3, "operator": 2, "dispatcher": 2, "category": 2, "place": 3}


def random_table(name: str, rows: int, seed: int, begin="2026-02-20", days=50):
    rng = np.random.default_rng(seed)
    arrays = {}
    for column, kind in TABLES[name].items():
        if kind == "code":
            arrays[column] = rng.integers(-1, GROUPS[column], rows)
        elif kind == "time":
            # Whole hours, so that deadlines are met to the instant and days end on it.
            at = np.datetime64(begin, "us") + rng.integers(0, days * 24, rows) * np.timedelta64(1, "h")
            arrays[column] = np.where(rng.random(rows) < 0.7, at, np.datetime64("NaT"))
        elif kind == "flag":
            arrays[column] = rng.random(rows) < 0.4
        else:
            arrays[column] = rng.integers(-1 if kind == "seconds" else 0, 3 if kind == "count" else 9000, rows)
    return columns_of(name, arrays)


def labels(rules):
    return {name: [f"{name}{i}" for i in range(GROUPS[level.column])] for name, level in rules.levels.items()}


class Row:
    """One row, as Python values; a time that there is none of is None."""

    def __init__(self, columns, index):
        for name, array in columns.arrays.items():
            value = array[index]
            if array.dtype.kind == "M":
                value = None if np.isnat(value) else value.astype(datetime).replace(tzinfo=UTC)
            setattr(self, name, value.item() if isinstance(value, np.generic) else value)


def oracle(rule, rows, period, repetition_days):
    """Numerator, denominator and reasons of one figure over some rows, and `all_rows` for repetition."""
    begin = datetime.combine(period.first, datetime.min.time(), tzinfo=UTC) - timedelta(hours=8)
    end = datetime.combine(period.last, datetime.min.time(), tzinfo=UTC) + timedelta(hours=16)
    known = period.as_of or end

    def falls(at):
        return at is not None and begin <= at < end and at <= known

    def happened(at):
        return at is not None and at <= known

    def kept(done, due):
        return done is not None and due is not None and done <= due and done <= known

    def again(r):
        return any(
            o is not r and o.place == r.place >= 0 and o.category == r.category >= 0
            and o.reported_at is not None and r.reported_at is not None
            and timedelta() < r.reported_at - o.reported_at <= timedelta(days=repetition_days)
            for o in rows
        )  # fmt: skip

    tests = {
        "reported": lambda r: falls(r.reported_at),
        "repeated": again,
        "filed": lambda r: happened(r.filed_at),
        "filed_in_period": lambda r: falls(r.filed_at),
        "file_due": lambda r: falls(r.file_due),
        "decided_on_time": lambda r: kept(r.filed_at, r.file_due) or kept(r.refused_at, r.file_due),
        "handle_due": lambda r: falls(r.handle_due),
        "handled": lambda r: happened(r.handled_at),
        "handled_on_time": lambda r: kept(r.handled_at, r.handle_due),
        "handled_in_period": lambda r: falls(r.handled_at),
        "overdue": lambda r: falls(r.handle_due) and not happened(r.handled_at),
        "close_due": lambda r: falls(r.close_due),
        "closed": lambda r: happened(r.closed_at),
        "closed_on_time": lambda r: kept(r.closed_at, r.close_due),
        "reworked": lambda r: r.reworks > 0,
        "filing_error": lambda r: r.filing_error,
        "found_or_missed": lambda r: falls(r.reported_at) and (r.by_inspector or r.missed),
        "missed": lambda r: r.missed,
        "dispatched": lambda r: falls(r.dispatched_at),
        "returned": lambda r: happened(r.returned_at),
        "kept": lambda r: not happened(r.returned_at),
        "dispatch_due": lambda r: falls(r.dispatch_due),
        "dispatched_on_time": lambda r: kept(r.dispatched_at, r.dispatch_due),
        "pre_filing_due": lambda r: falls(r.due_at) and not r.closure,
        "closure_due": lambda r: falls(r.due_at) and r.closure,
        "done_on_time": lambda r: kept(r.done_at, r.due_at),
        "closure_checked": lambda r: falls(r.done_at) and r.closure,
        "passed": lambda r: r.passed,
        "due": lambda r: falls(r.on),
        "covered": lambda r: r.covered,
        "sign_due": lambda r: falls(r.sign_due),
        "signed_on_time": lambda r: kept(r.signed_at, r.sign_due),
        "contact_due": lambda r: falls(r.contact_due),
        "contacted_on_time": lambda r: kept(r.contacted_at, r.contact_due),
        "ticket_due": lambda r: falls(r.due_at),
        "completed_on_time": lambda r: kept(r.completed_at, r.due_at),
        "called_back": lambda r: falls(r.called_back_at),
        "solved": lambda r: r.solved,
        "satisfied": lambda r: r.satisfied,
        "suspended": lambda r: happened(r.suspended_at) and not happened(r.resumed_at),
        "extended": lambda r: happened(r.extended_at),
        "not_accepted": lambda r: happened(r.refused_at),
        "appeal_upheld": lambda r: r.appeal_upheld,
        "unreachable": lambda r: not r.reached,
        "not_a_request": lambda r: not r.request,
    }
    found = {}
    for r in rows:
        if not tests[rule["base"]](r):
            continue
        key = getattr(r, rule["column"])
        above, below, excluded = found.setdefault(key, [0, 0, {}])
        reason = next((e for e in rule.get("exclude", []) if tests[e](r)), None)
        if reason is None and "value" in rule and getattr(r, rule["value"]) < 0:
            reason = "unknown"
        if reason is not None:
            excluded[reason] = excluded.get(reason, 0) + 1
            continue
        hit = (
            getattr(r, rule["value"]) / rule["per"] if "value" in rule else not rule.get("hit") or tests[rule["hit"]](r)
        )
        found[key] = [above + hit, below + 1, excluded]
    return found
