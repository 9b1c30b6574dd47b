"""The audit log: the API."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router, Schema
from pydantic import Field, StringConstraints

from xiancheng.foundation.text import Text
from xiancheng.site.accounts.export import XLSX
from xiancheng.site.audit.chain import record
from xiancheng.site.audit.export import audit_workbook, entry_row
from xiancheng.site.audit.models import Entry
from xiancheng.site.audit.selection import entries, known_actions
from xiancheng.site.audit.work import VERIFY
from xiancheng.site.jobs.running import enqueue
from xiancheng.site.openapi import a_file
from xiancheng.site.policy.needs import needs, subject_of
from xiancheng.site.policy.permission import Permission
from xiancheng.site.problems import NotFoundError
from xiancheng.site.schemas import Line, Problem

router = Router(tags=["audit"])
MOST = 500
LARGEST = 2**63 - 1
REFUSALS = {401: Problem, 403: Problem}


class EntryOut(Schema):
    """One thing that somebody saw or did; `hash` covers it and the hash of the entry before."""

    number: int
    at: datetime
    user_id: int | None
    user_name: str
    token_id: int | None
    address: str
    action: str
    target: str
    detail: dict[str, Any]
    previous: str
    hash: str


class EntriesOut(Schema):
    """Some entries, the newest first; `next` is the `before` of the following page."""

    items: list[EntryOut]
    more: bool
    next: int | None


class JobStarted(Schema):
    """Work that was put into the queue; ask ``/api/jobs/{id}`` how it stands."""

    job: int


class Filter(Schema):
    """Which entries: by account, beginning of the action and of the target, first and last day."""

    user: Annotated[Line, StringConstraints(max_length=64)] = ""
    action: Annotated[Line, StringConstraints(max_length=64)] = ""
    target: Annotated[Line, StringConstraints(max_length=200)] = ""
    since: date | None = Field(default=None, alias="from")
    until: date | None = Field(default=None, alias="to")


@router.get("", response={200: EntriesOut, **REFUSALS}, summary="entries, the newest first")
@needs(Permission.AUDIT_VIEW)
def list_entries(
    request: HttpRequest,
    filters: Query[Filter],
    before: Annotated[int | None, Query(ge=1, le=LARGEST)] = None,
    limit: Annotated[int, Query(ge=1, le=MOST)] = 100,
) -> dict[str, Any]:
    """Return a page of entries. Pages are by number, so that they do not move while entries are added."""
    del request
    found = entries(**filters.dict())
    if before is not None:
        found = found.filter(number__lt=before)
    rows = list(found[: limit + 1])
    more = len(rows) > limit
    rows = rows[:limit]
    return {"items": [entry_row(row) for row in rows], "more": more, "next": rows[-1].number if more else None}


@router.get("/actions", response={200: list[str], **REFUSALS}, summary="the actions that occur")
@needs(Permission.AUDIT_VIEW)
def list_actions(request: HttpRequest) -> list[str]:
    """Return the actions that occur in the log."""
    del request
    return known_actions()


@router.get("/export.xlsx", response=REFUSALS, summary="entries as a workbook", openapi_extra=a_file(XLSX))
@needs(Permission.AUDIT_VIEW)
def export_entries(request: HttpRequest, filters: Query[Filter]) -> HttpResponse:
    """Return a workbook of the entries that pass the filters."""
    record(request, "audit.export", filters=filters.dict(exclude_defaults=True))
    return audit_workbook(entries(**filters.dict()))


@router.post("/verify", response={200: JobStarted, **REFUSALS}, summary="verify the whole log")
@needs(Permission.AUDIT_VIEW)
def verify_log(request: HttpRequest) -> dict[str, int]:
    """Begin to verify the log; the job's result says what was found."""
    record(request, "audit.verify")
    return {"job": enqueue(VERIFY, {}, subject_of(request).user_id).pk}


@router.get("/{int:number}", response={200: EntryOut, **REFUSALS, 404: Problem}, summary="one entry")
@needs(Permission.AUDIT_VIEW)
def read_entry(request: HttpRequest, number: int) -> dict[str, Any]:
    """Return an entry by its number."""
    del request
    entry = Entry.objects.filter(number=number).first() if number <= LARGEST else None
    if entry is None:
        raise NotFoundError(Text("没有这条记录", "no such entry"))
    return entry_row(entry)
