"""Imports that happened: change sets of the model, with the reports kept beside them."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import orjson

from xiancheng.city.history import ChangeSet, time_text
from xiancheng.city.import_report import ClassCounts, ImportReport, ObjectChange
from xiancheng.city.layer import Rejection
from xiancheng.city.store import Store
from xiancheng.foundation.text import Text
from xiancheng.site.county import catalogue, county
from xiancheng.site.policy.permission import Permission
from xiancheng.site.policy.subject import Subject
from xiancheng.site.problems import NotFoundError


def imports_seen_by(store: Store, subject: Subject, *, class_name: str = "", source: str = "") -> list[dict[str, Any]]:
    """Return the imports of which somebody may see a class, newest first."""
    changes = store.changes()
    undone = undone_by(changes)
    found = []
    for change in reversed(changes):
        if change.kind != "import" or (source and change.source != source):
            continue
        shown = summary(change, undone, subject)
        if shown["classes"] and (not class_name or any(c["name"] == class_name for c in shown["classes"])):
            found.append(shown)
    return found


def import_seen_by(store: Store, subject: Subject, change_id: int) -> tuple[ChangeSet, dict[str, Any]]:
    """Return an import as recorded and as shown.

    Raises
    ------
    NotFoundError
        If there is none of this number of which `subject` may see a class.
    """
    changes = store.changes()
    for change in changes:
        if change.id == change_id and change.kind == "import":
            shown = summary(change, undone_by(changes), subject)
            if shown["classes"]:
                return change, shown
    raise NotFoundError(Text(f"没有第 {change_id} 次导入", f"there is no import {change_id}"))


def undone_by(changes: list[ChangeSet]) -> dict[int, int]:
    """Return change set → the change set that undoes it; an undone undo does not count."""
    found: dict[int, int] = {}
    for change in reversed(changes):
        if change.kind == "undo" and change.id not in found:
            found[int(change.detail["undoes"])] = change.id
    return found


def summary(change: ChangeSet, undone: dict[int, int], subject: Subject) -> dict[str, Any]:
    """Return an import with the counts of those classes that somebody may see."""
    counts: dict[str, dict[str, int]] = change.detail.get("classes", {})
    known = {c.name for c in catalogue()}
    visible = [name for name in subject.visible(sorted(counts)) if name in known]
    return {
        "change_id": change.id,
        "recorded_at": time_text(change.recorded_at),
        "source": change.source,
        "file": change.file or "",
        "reason": change.reason,
        "who": change.who or "",
        "valid_from": None if change.valid_from is None else change.valid_from.isoformat(),
        "classes": [{"name": n, "title": catalogue()[n].title.as_dict(), **counts[n]} for n in visible],
        "rejected": sum(counts[name].get("rejected", 0) for name in visible),
        "undone_by": undone.get(change.id),
        "may_undo": change.id not in undone
        and subject.may(Permission.MODEL_IMPORT)
        and all(subject.may_edit(name) for name in counts),
        "has_report": report_path(change.id).exists(),
    }


def report_path(change_id: int) -> Path:
    """Return where the report of an import is kept."""
    return county().folder / "imports" / f"{change_id}.json"


def report_of(change: ChangeSet, subject: Subject) -> ImportReport:
    """Return the report of an import, reduced to the classes that somebody may see.

    Raises
    ------
    NotFoundError
        If none was kept.
    """
    path = report_path(change.id)
    if not path.exists():
        raise NotFoundError(Text("这次导入没有留下报告", "no report was kept of this import"))
    content = orjson.loads(path.read_bytes())
    return ImportReport(
        path=Path(content["file"]),
        sha256=content["sha256"],
        source=content["source"],
        valid_from=date.fromisoformat(content["valid_from"]),
        dry_run=content["dry_run"],
        change_id=content["change_id"],
        classes={name: ClassCounts(**c) for name, c in content["classes"].items() if subject.may_see(name)},
        rejections=[
            (r["class"], Rejection(r["row"], r["object_id"], r["field"], Text.of(r["reason"]), r["value"]))
            for r in content["rejections"]
            if subject.may_see(r["class"])
        ],
        changes=[
            ObjectChange(c["class"], c["object_id"], c["name"], c["kind"], tuple(c["fields"]))
            for c in content["changes"]
            if subject.may_see(c["class"])
        ],
        notes=[Text.of(note) for note in content["notes"]],
    )
