"""The ledger of cases in the database: entries are added, never changed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from xiancheng.operations.ledger.chain import START, Entry, append
from xiancheng.operations.ledger.events import Acted, Event
from xiancheng.site.cases.models import Case, CaseEvent

CHUNK = 2000


def add(case: Case, at: datetime, *events: Event) -> None:
    """Add events to a saved case whose row is locked; the row's head, count and time follow, and are not saved here."""
    last = _last(case)
    rows = []
    for event in events:
        entry = append(last, case.number, at, event)
        action = event.action if isinstance(event, Acted) else None
        rows.append(
            CaseEvent(
                case=case,
                number=entry.number,
                at=entry.at,
                kind=entry.kind,
                version=entry.version,
                body=entry.body.decode(),
                previous=entry.previous,
                hash=entry.hash,
                action=action.name if action else "",
                actor=action.actor if action else getattr(event, "by", ""),
            )
        )
        last = entry
    CaseEvent.objects.bulk_create(rows)
    if last is not None:
        case.events_count, case.head, case.changed_at = last.number, last.hash, last.at


def entries(case: Case | None = None) -> Iterator[Entry]:
    """Give the entries of a case, or of all cases in the order of their numbers, without holding them in memory."""
    found = CaseEvent.objects.order_by("case__number", "number")
    if case is not None:
        found = found.filter(case=case)
    rows = found.values_list("case__number", "number", "at", "kind", "version", "body", "previous", "hash")
    for number, position, at, kind, version, body, previous, sealed in rows.iterator(chunk_size=CHUNK):
        yield Entry(number, position, at, kind, version, body.encode(), previous, sealed)


def _last(case: Case) -> Entry | None:
    if not case.events_count:
        return None
    # Of the entry before, only its number, time and hash go into the next one.
    return Entry(case.number, case.events_count, case.changed_at, "", 0, b"", START, case.head)
