"""What a new version of a standard changes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from xiancheng.operations.standard.model import StandardRow

FIELDS = (
    "category",
    "class_title",
    "title",
    "filing_condition",
    "closing_condition",
    "handling_units",
    "supervising_units",
    "limits",
    "legal_basis",
    "article",
    "collection",
    "extension",
)
"""What counts as a change of a row; its place in the workbook does not."""


@dataclass(frozen=True, slots=True)
class RowChange:
    """A row that is in both versions, and the fields that differ."""

    before: StandardRow
    after: StandardRow
    fields: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Changes:
    """Rows that a version adds, no longer has, and has changed; and how many are the same."""

    added: tuple[StandardRow, ...]
    removed: tuple[StandardRow, ...]
    changed: tuple[RowChange, ...]
    unchanged: int

    def __bool__(self) -> bool:
        return bool(self.added or self.removed or self.changed)

    def as_dict(self) -> dict[str, Any]:
        """Return what JSON holds: identifiers and fields."""
        return {
            "added": [r.id for r in self.added],
            "removed": [r.id for r in self.removed],
            "changed": [{"id": c.after.id, "fields": list(c.fields)} for c in self.changed],
            "unchanged": self.unchanged,
        }


def compare(before: Sequence[StandardRow], after: Sequence[StandardRow]) -> Changes:
    """Return what differs between two versions, by the identifiers of their rows."""
    old = {row.id: row for row in before}
    new = {row.id for row in after}
    changed: list[RowChange] = []
    unchanged = 0
    for row in after:
        former = old.get(row.id)
        if former is None:
            continue
        fields = tuple(name for name in FIELDS if getattr(row, name) != getattr(former, name))
        if fields:
            changed.append(RowChange(former, row, fields))
        else:
            unchanged += 1
    return Changes(
        added=tuple(row for row in after if row.id not in old),
        removed=tuple(row for row in before if row.id not in new),
        changed=tuple(changed),
        unchanged=unchanged,
    )
