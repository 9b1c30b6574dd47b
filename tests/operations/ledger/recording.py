"""Records of walked cases."""

from __future__ import annotations

from functools import cache

from operations.states.walking import walk
from xiancheng.operations.ledger.chain import Entry, append
from xiancheng.operations.ledger.events import Acted, Described, Notified
from xiancheng.operations.states.loading import load_states


@cache
def record(seed: int, case_id: str = "c1") -> tuple[Entry, ...]:
    """The record of one walk: what was reported, every action, a notification now and then."""
    table = load_states()
    entries: list[Entry] = []

    def add(at, event):
        entries.append(append(entries[-1] if entries else None, case_id, at, event))

    for before, action, _ in walk(table, seed, case_id=case_id):
        if before.number == 0:
            add(action.at, Described("gbt47678.5-2026/matter/06010", 1105_300_000, 405_600_000, area="萨拉齐镇"))
        add(action.at, Acted(table.fingerprint, action))
        if before.number % 7 == 3:
            add(action.at, Notified("sms", "0" * 64, "进度"))
    return tuple(entries)
