"""What an import did: counts by class, what changed, what was refused and why."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, Literal

import xlsxwriter

from xiancheng.city.layer import Rejection
from xiancheng.foundation.text import Text

SCHEMA = "xiancheng-import-1"
MOST_ADDED = 10_000
"""Added objects that a report lists one by one; more are only counted (a first import adds everything)."""

Kind = Literal["added", "changed", "closed"]


@dataclass
class ClassCounts:
    """Objects of one class.

    Attributes
    ----------
    read
        Rows that the source has: ``added + changed + unchanged + rejected``.
    rejected
        Rows not taken at all; a single value not taken is listed among the rejections and not counted here.
    repaired
        Rows taken after their geometry was made valid.
    """

    read: int = 0
    added: int = 0
    changed: int = 0
    unchanged: int = 0
    closed: int = 0
    rejected: int = 0
    repaired: int = 0


@dataclass(frozen=True, slots=True)
class ObjectChange:
    """One object that the import added, changed or closed; `fields` names what differs (or ``geometry``)."""

    feature_class: str
    object_id: str
    name: str | None
    kind: Kind
    fields: tuple[str, ...] = ()


@dataclass
class ImportReport:
    """What an import did, or would do.

    Attributes
    ----------
    change_id
        The change set recorded; None for a dry run, and if nothing changed.
    rejections
        Class → row or value refused, with its reason.
    notes
        What was assumed or done that a person should know.
    """

    path: Path
    sha256: str
    source: str
    valid_from: date
    dry_run: bool
    change_id: int | None = None
    classes: dict[str, ClassCounts] = field(default_factory=dict)
    rejections: list[tuple[str, Rejection]] = field(default_factory=list)
    changes: list[ObjectChange] = field(default_factory=list)
    notes: list[Text] = field(default_factory=list)

    def counts(self, class_name: str) -> ClassCounts:
        """Return the counts of a class, made if need be."""
        return self.classes.setdefault(class_name, ClassCounts())

    def reasons(self) -> list[tuple[str, str | None, Text, int]]:
        """Return class, field, reason and number of the rejections, most frequent first."""
        found = Counter((name, r.field, r.reason) for name, r in self.rejections)
        return [(name, attribute, reason, n) for (name, attribute, reason), n in found.most_common()]

    def summary(self) -> dict[str, Any]:
        """Return counts, reasons and notes, without the lists of objects."""
        return {
            "classes": {name: asdict(counts) for name, counts in sorted(self.classes.items())},
            "reasons": [
                {"class": name, "field": attribute, "reason": reason.as_dict(), "count": n}
                for name, attribute, reason, n in self.reasons()
            ],
            "notes": [note.as_dict() for note in self.notes],
        }

    def as_dict(self) -> dict[str, Any]:
        """Return what JSON holds."""
        listed = self._listed()
        return {
            "schema": SCHEMA,
            "file": self.path.name,
            "sha256": self.sha256,
            "source": self.source,
            "valid_from": self.valid_from.isoformat(),
            "dry_run": self.dry_run,
            "change_id": self.change_id,
            **self.summary(),
            "rejections": [
                {"class": name, "row": r.row, "object_id": r.object_id, "field": r.field, "value": r.value,
                 "reason": r.reason.as_dict()}
                for name, r in self.rejections
            ],
            "changes": [
                {"class": c.feature_class, "object_id": c.object_id, "name": c.name, "kind": c.kind,
                 "fields": list(c.fields)}
                for c in listed
            ],
            "changes_left_out": len(self.changes) - len(listed),
        }  # fmt: skip

    def save(self, folder: Path) -> Path:
        """Write the report as ``<change_id>.json`` into `folder`."""
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{self.change_id}.json"
        path.write_text(json.dumps(self.as_dict(), ensure_ascii=False, indent=1), encoding="utf-8")
        return path

    def write_xlsx(self, path: Path) -> None:
        """Write the report as a workbook: counts, rejections, changes, notes, in the language of this process."""
        rows = {
            Text("统计", "counts"): [
                ("class", *ClassCounts.__dataclass_fields__),
                *((name, *asdict(c).values()) for name, c in sorted(self.classes.items())),
            ],
            Text("拒绝", "rejections"): [
                ("class", "row", "object_id", "field", "value", "reason"),
                *((n, r.row, r.object_id, r.field, r.value, r.reason.get()) for n, r in self.rejections),
            ],
            Text("变化", "changes"): [
                ("class", "object_id", "name", "kind", "fields"),
                *((c.feature_class, c.object_id, c.name, c.kind, ";".join(c.fields)) for c in self._listed()),
            ],
            Text("说明", "notes"): [
                ("note",),
                (f"{self.path.name}  {self.source}  {self.valid_from}",),
                *((note.get(),) for note in self.notes),
            ],
        }
        options = {"strings_to_formulas": False, "strings_to_urls": False}
        with xlsxwriter.Workbook(str(path), options) as book:
            bold = book.add_format({"bold": True})
            for title, content in rows.items():
                _write_sheet(book.add_worksheet(title.get()), content, bold)

    def _listed(self) -> list[ObjectChange]:
        added = 0
        out = []
        for change in self.changes:
            added += change.kind == "added"
            if change.kind != "added" or added <= MOST_ADDED:
                out.append(change)
        return out


def _write_sheet(sheet: Any, rows: Sequence[Sequence[Any]], bold: Any) -> None:  # noqa: ANN401 - xlsxwriter has no types
    for i, row in enumerate(rows):
        for j, value in enumerate(row):
            if value is not None:
                sheet.write(i, j, value, bold if i == 0 else None)
    sheet.freeze_panes(1, 0)
    sheet.autofit()
