"""The same change to many objects; change sets and undoing them."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from xiancheng.foundation.text import Text
from xiancheng.site.county import reading
from xiancheng.site.policy.needs import needs, subject_of
from xiancheng.site.policy.permission import Permission
from xiancheng.site.problems import InvalidError
from xiancheng.site.registers import bulk as many
from xiancheng.site.registers import undoing
from xiancheng.site.registers.routing import WRITE, router
from xiancheng.site.registers.schemas import Bulk, BulkCounts, ChangePreview, Undoing, Undone


@router.post("/{class_name}/bulk", response={200: BulkCounts, **WRITE}, summary="the same change to many objects")
@needs(Permission.MODEL_EDIT, edits="class_name")
def bulk_change(request: HttpRequest, class_name: str, body: Bulk) -> dict[str, Any]:
    """Count what a change of many objects would do; with `expected` from that answer, make it."""
    if body.expected is not None and not body.reason:
        raise InvalidError(Text("请写明原因", "say the reason"), fields={"reason": Text("必填", "required")})
    return many.bulk(
        request, class_name, body.object_ids, attributes=body.attributes, close=body.close, day=body.valid_from,
        reason=body.reason, expected=body.expected,
    )  # fmt: skip


@router.get(
    "/changes/{int:change_id}", response={200: ChangePreview, **WRITE}, summary="a change, and what undoing it does"
)
@needs(Permission.MODEL_HISTORY)
def read_change(request: HttpRequest, change_id: int) -> dict[str, Any]:
    """Return a change set, the objects it touched and the later changes that depend on it."""
    with reading() as store:
        return undoing.preview(store, change_id, subject_of(request))


@router.post("/changes/{int:change_id}/undo", response={200: Undone, **WRITE}, summary="undo a change")
@needs(Permission.MODEL_EDIT)
def undo_change(request: HttpRequest, change_id: int, body: Undoing) -> dict[str, Any]:
    """Believe again what was believed before a change of one's own registers."""
    return {"change": undoing.undo(request, change_id, body.reason).id}
