"""Conditions on rows: what the formulas of the rules are made of."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from xiancheng.operations.evaluation.columns import Columns
from xiancheng.operations.evaluation.period import Period

Mask = npt.NDArray[np.bool_]
Condition = Callable[[Columns, Period], Mask]


def _falls(column: str) -> Condition:
    """In the period, as far as is known."""

    def of(c: Columns, p: Period) -> Mask:
        at = c[column]
        found: Mask = (at >= p.begin) & (at < p.end)
        return found & (at <= p.known) if p.known < p.end else found

    return of


def _happened(column: str) -> Condition:
    """As far as is known."""
    return lambda c, p: c[column] <= p.known


def _kept(done: str, due: str) -> Condition:
    """Done by the deadline, as far as is known. NaT compares as false."""
    return lambda c, p: (c[done] <= c[due]) & (c[done] <= p.known)


def _flag(column: str) -> Condition:
    return lambda c, _: c[column]


def _not(condition: Condition) -> Condition:
    return lambda c, p: ~condition(c, p)


def _both(*conditions: Condition) -> Condition:
    def of(c: Columns, p: Period) -> Mask:
        found = conditions[0](c, p)
        for condition in conditions[1:]:
            found = found & condition(c, p)
        return found

    return of


def _either(a: Condition, b: Condition) -> Condition:
    return lambda c, p: a(c, p) | b(c, p)


def _suspended(c: Columns, p: Period) -> Mask:
    """Under suspension when the statement is made; one that was resumed has its deadline moved instead."""
    return (c["suspended_at"] <= p.known) & ~(c["resumed_at"] <= p.known)


_EXCLUSIONS: dict[str, Condition] = {
    "suspended": _suspended,
    "extended": _happened("extended_at"),
    "not_accepted": _happened("refused_at"),
}

CONDITIONS: dict[str, dict[str, Condition]] = {
    "cases": {
        "reported": _falls("reported_at"),
        "filed": _happened("filed_at"),
        "filed_in_period": _falls("filed_at"),
        "file_due": _falls("file_due"),
        "decided_on_time": _either(_kept("filed_at", "file_due"), _kept("refused_at", "file_due")),
        "handle_due": _falls("handle_due"),
        "handled": _happened("handled_at"),
        "handled_on_time": _kept("handled_at", "handle_due"),
        "handled_in_period": _falls("handled_at"),
        "overdue": _both(_falls("handle_due"), _not(_happened("handled_at"))),
        "close_due": _falls("close_due"),
        "closed": _happened("closed_at"),
        "closed_on_time": _kept("closed_at", "close_due"),
        "reworked": lambda c, _: c["reworks"] > 0,
        "filing_error": _flag("filing_error"),
        "found_or_missed": _both(_falls("reported_at"), _either(_flag("by_inspector"), _flag("missed"))),
        "missed": _flag("missed"),
    },
    "assignments": {
        "dispatched": _falls("dispatched_at"),
        "returned": _happened("returned_at"),
        "kept": _not(_happened("returned_at")),
        "dispatch_due": _falls("dispatch_due"),
        "dispatched_on_time": _kept("dispatched_at", "dispatch_due"),
    },
    "checks": {
        "pre_filing_due": _both(_falls("due_at"), _not(_flag("closure"))),
        "closure_due": _both(_falls("due_at"), _flag("closure")),
        "done_on_time": _kept("done_at", "due_at"),
        "closure_checked": _both(_falls("done_at"), _flag("closure")),
        "passed": _flag("passed"),
    },
    "patrols": {"due": _falls("on"), "covered": _flag("covered")},
    "tickets": {
        "sign_due": _falls("sign_due"),
        "signed_on_time": _kept("signed_at", "sign_due"),
        "contact_due": _falls("contact_due"),
        "contacted_on_time": _kept("contacted_at", "contact_due"),
        "ticket_due": _falls("due_at"),
        "completed_on_time": _kept("completed_at", "due_at"),
        "called_back": _falls("called_back_at"),
        "solved": _flag("solved"),
        "satisfied": _flag("satisfied"),
    },
}
"""Table → condition → whether it holds, shape (n,). What the flags say is as known when the columns were made."""

EXCLUSIONS: dict[str, dict[str, Condition]] = {
    "cases": {**_EXCLUSIONS, "appeal_upheld": _flag("appeal_upheld")},
    "assignments": {},
    "checks": {},
    "patrols": {},
    "tickets": {**_EXCLUSIONS, "unreachable": _not(_flag("reached")), "not_a_request": _not(_flag("request"))},
}
"""Table → reason → whether a row is left out for it."""


BUCKETS = 2**20
REPEATED = "repeated"
"""A condition of cases that needs the whole table, see :func:`repeated`."""


def known_conditions(table: str) -> set[str]:
    """Return the conditions that formulas on a table may use."""
    return {*CONDITIONS[table], *([REPEATED] if table == "cases" else [])}


def repeated(columns: Columns, period: Period, days: int) -> Mask:
    """Whether an earlier case at the same place, of the same category, was reported at most `days` days before.

    Looked at are the cases reported in the period and in the days before it; times count to the second. A case without
    place or category repeats none.

    Returns
    -------
    numpy.ndarray
        Shape (n,).
    """
    found = np.zeros(columns.size, bool)
    begin = period.begin - np.timedelta64(days, "D")
    at, place, category = columns["reported_at"], columns["place"], columns["category"]
    rows = np.flatnonzero((at >= begin) & (at < period.end) & (place >= 0) & (category >= 0))
    if not len(rows):
        return found
    key = place[rows].astype(np.int64) * (int(category[rows].max()) + 1) + category[rows]
    # Most places have one case of a category: what shares its remainder with nothing need not be sorted.
    remainder = key % BUCKETS
    shared = np.flatnonzero(np.bincount(remainder, minlength=BUCKETS)[remainder] > 1)
    rows, key = rows[shared], key[shared]
    if not len(rows):
        return found
    seconds = (at[rows] - begin).astype(np.int64) // 1_000_000
    span = int(seconds.max()) + 1
    if int(key.max()) >= (2**63 - 1) // span:
        key = np.unique(key, return_inverse=True)[1]
    packed = key * span + seconds
    order = np.argsort(packed)
    one, before = order[1:], order[:-1]
    found[rows[one]] = (key[one] == key[before]) & (seconds[one] - seconds[before] <= days * 86_400)
    return found
