"""Verifies that the chains of the ledger hold, and that every case says what its ledger says."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

from xiancheng.foundation.errors import XianchengError
from xiancheng.foundation.progress import Progress
from xiancheng.foundation.text import Text
from xiancheng.operations.ledger.chain import Entry
from xiancheng.operations.ledger.verifying import verify
from xiancheng.site.cases import ledger
from xiancheng.site.cases.acting import matches_record
from xiancheng.site.cases.models import Case, CaseEvent

MOST = 100
"""Faults that are listed; the rest is counted."""


@dataclass(slots=True)
class Verification:
    """What was looked through and what is wrong."""

    cases: int = 0
    events: int = 0
    faults: list[Text] = field(default_factory=list)
    faults_count: int = 0

    @property
    def in_order(self) -> bool:
        """Whether nothing is wrong."""
        return not self.faults_count

    def add(self, message: Text) -> None:
        """Count a fault, and list it if there are not too many."""
        self.faults_count += 1
        if len(self.faults) < MOST:
            self.faults.append(message)

    def summary(self) -> Text:
        """Return the result in one sentence."""
        if self.in_order:
            return Text(
                f"{self.cases} 件案件、{self.events} 条记录完整无误",
                f"{self.cases} cases and {self.events} entries are complete and unchanged",
            )
        return Text(f"发现 {self.faults_count} 处问题", f"{self.faults_count} faults found")

    def as_dict(self) -> dict[str, Any]:
        """Return what JSON holds."""
        return {
            "in_order": self.in_order,
            "cases": self.cases,
            "events": self.events,
            "faults_count": self.faults_count,
            "faults": [{"zh": f.zh, "en": f.en} for f in self.faults],
        }


def go_through(progress: Progress) -> Verification:
    """Verify the chain of every case, and its row against it."""
    found = Verification(cases=Case.objects.count(), events=CaseEvent.objects.count())
    progress.step(Text("核对案件与记录", "verifying cases and their records"), found.events)
    records = groupby(ledger.entries(), key=lambda entry: entry.case_id)
    number, record = next(records, (None, iter(())))
    for case in Case.objects.select_related("reporter").order_by("number").iterator(chunk_size=500):
        entries: list[Entry] = []
        if number == case.number:
            entries = list(record)
            number, record = next(records, (None, iter(())))
        for fault in verify(entries):
            found.add(fault.message)
        if not _matches(case, entries):
            found.add(
                Text(f"案件 {case.number} 的现值与记录不符", f"case {case.number} does not say what its record says")
            )
        progress.advance(len(entries))
    return found


def _matches(case: Case, entries: list[Entry]) -> bool:
    try:
        return matches_record(case, entries)
    except XianchengError:
        return False
