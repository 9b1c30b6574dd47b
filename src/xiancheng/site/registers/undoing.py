"""Undoing a change set: what it would undo, who may, and what stands in the way."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from xiancheng.city.history import ChangeSet, StoreError, time_text
from xiancheng.city.store import Store
from xiancheng.city.undo import later_changes
from xiancheng.foundation.text import Text
from xiancheng.site.county import catalogue, writing
from xiancheng.site.policy.needs import subject_of
from xiancheng.site.policy.subject import Subject
from xiancheng.site.problems import ConflictError, NotFoundError
from xiancheng.site.registers.listing import touched
from xiancheng.site.registers.telling import told
from xiancheng.site.registers.versions import differences, predecessor

SHOWN = 100
LINEAGE = "xc_lineage"


def change_named(store: Store, change_id: int) -> ChangeSet:
    """Return a change set.

    Raises
    ------
    NotFoundError
        If there is none with this number.
    """
    for change in store.changes():
        if change.id == change_id:
            return change
    raise NotFoundError(Text(f"没有第 {change_id} 次改动", f"there is no change {change_id}"))


def classes_of(change: ChangeSet) -> dict[str, dict[str, int]]:
    """Return class → records written and superseded by a change set."""
    return {name: counts for name, counts in change.detail.get("rows", {}).items() if name != LINEAGE}


def preview(store: Store, change_id: int, subject: Subject) -> dict[str, Any]:
    """Return what undoing a change set would do, for somebody who sees all its classes.

    Raises
    ------
    NotFoundError
        If there is no such change set.
    ForbiddenError
        If it touched a class that the subject may not see.
    """
    change = change_named(store, change_id)
    classes = classes_of(change)
    for name in classes:
        subject.require_class(name)
    blockers = _blockers(store, change)
    objects: list[dict[str, Any]] = []
    for name in classes:
        found = touched(store, name, time_text(change.recorded_at), SHOWN - len(objects))
        objects += [_object(store, name, object_id, change) for object_id in found]
    return {
        **shown_change(change),
        "objects": objects,
        "blocked_by": [shown_change(c) for c in blockers],
        "may_undo": bool(classes) and all(subject.may_edit(name) for name in classes),
    }


def shown_change(change: ChangeSet) -> dict[str, Any]:
    """Return a change set as the API shows it."""
    return {
        "id": change.id,
        "recorded_at": time_text(change.recorded_at),
        "kind": change.kind,
        "source": change.source,
        "reason": change.reason,
        "who": change.who or "",
        "file": change.file,
        "valid_from": None if change.valid_from is None else change.valid_from.isoformat(),
        "classes": [
            {"name": name, "title": catalogue()[name].title.as_dict(), **counts}
            for name, counts in classes_of(change).items()
        ],
    }


def undo(request: HttpRequest, change_id: int, reason: str) -> ChangeSet:
    """Believe again what was believed before a change set.

    Raises
    ------
    NotFoundError
        If there is no such change set.
    ForbiddenError
        If it touched a class that the subject may not edit.
    ConflictError
        If a later change depends on it.
    """
    subject = subject_of(request)
    with writing() as store:
        change = change_named(store, change_id)
        classes = classes_of(change)
        for name in classes:
            subject.require_class(name, edit=True)
        ids = {name: touched(store, name, time_text(change.recorded_at), SHOWN + 1) for name in classes}
        try:
            made = store.undo(change_id, reason=reason, who=subject.name)
        except StoreError as error:
            raise ConflictError(error.message, error.hint) from error
    for name in classes:
        told(request, "register.undo", name, ids[name], made)
    return made


def _blockers(store: Store, change: ChangeSet) -> list[ChangeSet]:
    time = time_text(change.recorded_at)
    later = {
        moment for name in classes_of(change) for moment in later_changes(store.backend, store.catalogue[name], time)
    }
    return [c for c in store.changes() if time_text(c.recorded_at) in later] if later else []


def _object(store: Store, class_name: str, object_id: str, change: ChangeSet) -> dict[str, Any]:
    feature_class = catalogue()[class_name]
    versions = store.history(class_name, object_id)
    made = [v for v in versions if v.recorded_from == change.recorded_at]
    fields = {d["field"] for v in made for d in differences(feature_class, predecessor(versions, v), v)}
    known = [v for v in versions if v.attributes.get("name")]
    return {
        "class_name": class_name,
        "object_id": object_id,
        "name": str(known[-1].attributes["name"]) if known else None,
        "added": all(v.recorded_from >= change.recorded_at for v in versions),
        "fields": sorted(fields),
    }
