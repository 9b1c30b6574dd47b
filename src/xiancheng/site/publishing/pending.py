"""What has changed in the model since a snapshot was published."""

from __future__ import annotations

from collections import Counter
from datetime import date
from typing import Any

from xiancheng.city.history import StoreError
from xiancheng.site.county import catalogue, reading, snapshot, snapshot_dates
from xiancheng.site.policy.subject import Subject
from xiancheng.site.registers.undoing import classes_of, shown_change

LISTED = 200


def pending_changes(on: date | None, subject: Subject) -> dict[str, Any]:
    """Return the changes recorded since the snapshot of a day (else the latest before, else all), as one may see them.

    A change that only concerns later days is among them: what a publication really moves, it says itself.
    """
    days = [d for d in snapshot_dates() if on is None or d <= on]
    since = snapshot(days[-1]) if days else None
    known = 0 if since is None else since.manifest["published_from"]["change"] or 0
    try:
        with reading() as store:
            changes = [c for c in store.changes() if c.id > known]
    except StoreError:
        changes = []
    records: Counter[str] = Counter()
    people: Counter[str] = Counter()
    shown = []
    for change in changes:
        seen = subject.visible(classes_of(change))
        if not seen:
            continue
        for name in seen:
            records[name] += max(classes_of(change)[name].values())
        people[change.who or ""] += 1
        out = shown_change(change)
        shown.append({**out, "classes": [c for c in out["classes"] if c["name"] in seen]})
    return {
        "since": None if since is None else {"as_of": since.as_of, "hash": since.hash},
        "total": len(shown),
        "classes": [
            {"name": name, "title": catalogue()[name].title.as_dict(), "records": count}
            for name, count in records.most_common()
        ],
        "people": [{"who": who, "changes": count} for who, count in people.most_common()],
        "changes": shown[::-1][:LISTED],
    }
