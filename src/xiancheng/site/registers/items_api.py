"""One object: made, read, edited, corrected, closed, and its history.

Identifiers may hold slashes, so addresses that end in a word come before the one of the object itself.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from django.http import HttpRequest, HttpResponse
from ninja import Query, Status

from xiancheng.site.county import catalogue, reading
from xiancheng.site.policy.needs import needs, subject_of
from xiancheng.site.policy.permission import Permission
from xiancheng.site.registers import editing
from xiancheng.site.registers.detail import detail_of
from xiancheng.site.registers.findings import findings_of
from xiancheng.site.registers.routing import READ, WRITE, router
from xiancheng.site.registers.schemas import Closing, Correction, Edit, History, ItemDetail, NewItem, Saved
from xiancheng.site.registers.versions import predecessor, shown_version


@router.post("/{class_name}/items", response={201: Saved, **WRITE}, summary="add an object")
@needs(Permission.MODEL_EDIT, edits="class_name")
def create_item(request: HttpRequest, class_name: str, body: NewItem) -> Status[dict[str, Any]]:
    """Let a new object exist from a day."""
    object_id, change = editing.create(
        request, class_name, object_id=body.object_id, attributes=body.attributes, geometry=body.geometry,
        valid_from=body.valid_from, reason=body.reason,
    )  # fmt: skip
    item = detail_of(subject_of(request), class_name, object_id, body.valid_from)
    return Status(201, {"change": change.id, "item": item})


@router.get(
    "/{class_name}/items/{path:object_id}/history",
    response={200: History, **READ},
    summary="every version of an object",
)
@needs(Permission.MODEL_HISTORY, sees="class_name")
def read_history(request: HttpRequest, class_name: str, object_id: str) -> dict[str, Any]:
    """Return every record with both time axes, and what changed between neighbours."""
    del request
    feature_class = catalogue()[class_name]
    with reading() as store:
        versions = store.history(class_name, object_id)
        changes = {change.recorded_at: change for change in store.changes()}
    if not versions:
        raise editing.missing(feature_class, object_id)
    return {
        "items": [
            shown_version(feature_class, v, predecessor(versions, v), changes.get(v.recorded_from)) for v in versions
        ]
    }


@router.post("/{class_name}/items/{path:object_id}/correct", response={200: Saved, **WRITE}, summary="correct an error")
@needs(Permission.MODEL_EDIT, edits="class_name")
def correct_item(request: HttpRequest, class_name: str, object_id: str, body: Correction) -> dict[str, Any]:
    """Say that the record was wrong: the version keeps its validity."""
    change = editing.edit(
        request, class_name, object_id, attributes=body.attributes, geometry=body.geometry, day=body.on,
        reason=body.reason, expected=body.expected, correction=True,
    )  # fmt: skip
    return {
        "change": None if change is None else change.id,
        "item": detail_of(subject_of(request), class_name, object_id, body.on),
    }


@router.post("/{class_name}/items/{path:object_id}/close", response={200: Saved, **WRITE}, summary="close an object")
@needs(Permission.MODEL_EDIT, edits="class_name")
def close_item(request: HttpRequest, class_name: str, object_id: str, body: Closing) -> dict[str, Any]:
    """Say that an object ceased: it exists until before `valid_to`."""
    change = editing.close(
        request, class_name, object_id, valid_to=body.valid_to, reason=body.reason, expected=body.expected
    )
    return {"change": change.id, "item": detail_of(subject_of(request), class_name, object_id, body.valid_to)}


@router.patch("/{class_name}/items/{path:object_id}", response={200: Saved, **WRITE}, summary="edit an object")
@needs(Permission.MODEL_EDIT, edits="class_name")
def edit_item(request: HttpRequest, class_name: str, object_id: str, body: Edit) -> dict[str, Any]:
    """Say that the world changed: a new version begins on `valid_from`."""
    change = editing.edit(
        request, class_name, object_id, attributes=body.attributes, geometry=body.geometry, day=body.valid_from,
        reason=body.reason, expected=body.expected, correction=False,
    )  # fmt: skip
    return {
        "change": None if change is None else change.id,
        "item": detail_of(subject_of(request), class_name, object_id, body.valid_from),
    }


@router.get(
    "/{class_name}/items/{path:object_id}",
    response={200: ItemDetail, **READ},
    summary="one object",
)
@needs(sees="class_name")
def read_item(
    request: HttpRequest,
    response: HttpResponse,
    class_name: str,
    object_id: str,
    on: date | None = None,
    findings: Annotated[bool, Query(description="with findings of quality (of the newest snapshot)")] = False,
) -> dict[str, Any]:
    """Return an object as it is on a day (as it was last, if it ceased), with its state as ETag."""
    item = detail_of(subject_of(request), class_name, object_id, on)
    if findings:
        item["findings"] = findings_of(class_name, object_id)
    response["ETag"] = f'"{item["version"]}"'
    return item
