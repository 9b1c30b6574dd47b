"""Publishing: the API."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime
from typing import Annotated, Any, Literal

from django.http import HttpRequest
from ninja import Query, Router, Schema, Status

from xiancheng.foundation.text import Text
from xiancheng.site.audit.chain import record
from xiancheng.site.county import snapshot_dates
from xiancheng.site.jobs.running import enqueue
from xiancheng.site.policy.needs import ACCOUNT, needs, subject_of
from xiancheng.site.policy.permission import Permission
from xiancheng.site.policy.subject import Subject
from xiancheng.site.problems import NotFoundError
from xiancheng.site.publishing.models import Publication
from xiancheng.site.publishing.pending import pending_changes
from xiancheng.site.publishing.work import KIND
from xiancheng.site.registers.editing import check_day
from xiancheng.site.registers.schemas import ChangeOut
from xiancheng.site.schemas import Problem, TextOut

router = Router(tags=["publishing"])
Standing = Literal["met", "short", "informative", "no_data"]


class Publish(Schema):
    """Which day to publish."""

    date: date


class Started(Schema):
    """The job that publishes; its result names the publication."""

    job: int


class ObjectMoved(Schema):
    """An object that was added, changed or closed."""

    object_id: str
    name: str | None
    change: Literal["added", "changed", "closed"]
    fields: list[str]


class ClassMoved(Schema):
    """What was added, changed and closed in one class; a few objects by name."""

    name: str
    title: TextOut
    added: int
    changed: int
    closed: int
    objects: list[ObjectMoved]


class ClauseMoved(Schema):
    """Status of a clause before and after."""

    id: str
    title: TextOut
    status_before: Standing | None
    status_after: Standing


class FigureMoved(Schema):
    """A figure before and after."""

    clause: str
    clause_title: TextOut
    indicator: str
    title: TextOut
    unit: str | None
    before: float | None
    after: float | None
    status_before: Standing | None
    status_after: Standing
    at_least: float | None
    at_most: float | None
    moved: bool


class ProgrammeMoved(Schema):
    """What a publication moved in one programme; the figures that moved most first."""

    id: str
    title: TextOut
    clauses: list[ClauseMoved]
    figures: list[FigureMoved]


class Counts(Schema):
    """A publication in numbers."""

    added: int
    changed: int
    closed: int
    figures_moved: int
    statuses_moved: int


class PublicationOut(Schema):
    """One publication, in numbers."""

    id: int
    as_of: date
    hash: str
    former_as_of: date | None
    former_hash: str
    change: int | None
    who: str
    published_at: datetime
    counts: Counts


class PublicationDetail(PublicationOut):
    """One publication and all that it moved."""

    classes: list[ClassMoved]
    programmes: list[ProgrammeMoved]


class Publications(Schema):
    """Publications, newest first, and the days of which a snapshot is published (by whatever way)."""

    items: list[PublicationOut]
    total: int
    more: bool
    dates: list[date]


class Since(Schema):
    """The snapshot since which changes are counted."""

    as_of: date
    hash: str


class ClassPending(Schema):
    """Records of a class that changes made or ended since then."""

    name: str
    title: TextOut
    records: int


class PersonPending(Schema):
    """Changes that one person made since then; empty: imports from the command line."""

    who: str
    changes: int


class Pending(Schema):
    """What has changed in the model since a snapshot."""

    since: Since | None
    total: int
    classes: list[ClassPending]
    people: list[PersonPending]
    changes: list[ChangeOut]


@router.post("", response={202: Started, 401: Problem, 403: Problem, 422: Problem}, summary="publish a day")
@needs(Permission.MODEL_PUBLISH)
def publish(request: HttpRequest, body: Publish) -> Status[dict[str, Any]]:
    """Publish the model as of a day: a job, see `/api/jobs/{id}`."""
    check_day(body.date, "date")
    job = enqueue(KIND, {"date": body.date.isoformat()}, subject_of(request).user_id)
    record(request, "model.ask_publish", body.date.isoformat(), job=job.pk)
    return Status(202, {"job": job.pk})


@router.get("", response={200: Publications, 401: Problem}, summary="publications, newest first")
@needs(ACCOUNT)
def list_publications(
    request: HttpRequest,
    limit: Annotated[int, Query(ge=1, le=200)] = 20,
    offset: Annotated[int, Query(ge=0, le=1_000_000)] = 0,
) -> dict[str, Any]:
    """Return what was published when by whom, with what it moved in numbers."""
    subject = subject_of(request)
    found = Publication.objects.select_related("user")
    total = found.count()
    items = [_shown(p, subject) for p in found[offset : offset + limit]]
    return {"items": items, "total": total, "more": offset + len(items) < total, "dates": snapshot_dates()}


@router.get("/pending", response={200: Pending, 401: Problem, 422: Problem}, summary="changes since the last snapshot")
@needs(ACCOUNT)
def read_pending(
    request: HttpRequest, on: Annotated[date | None, Query(description="the day to be published")] = None
) -> dict[str, Any]:
    """Return what a publication of a day would hold that its former snapshot does not, by class and by person."""
    return pending_changes(on, subject_of(request))


@router.get(
    "/{int:publication_id}", response={200: PublicationDetail, 401: Problem, 404: Problem}, summary="one publication"
)
@needs(ACCOUNT)
def read_publication(request: HttpRequest, publication_id: int) -> dict[str, Any]:
    """Return a publication with all that it moved, as far as the asker may see it."""
    found = Publication.objects.select_related("user").filter(pk=publication_id).first()
    if found is None:
        raise NotFoundError(Text("没有这次发布", "no such publication"))
    subject = subject_of(request)
    return {
        **_shown(found, subject),
        "classes": _classes(found, subject),
        "programmes": _programmes(found, subject),
    }


def _shown(found: Publication, subject: Subject) -> dict[str, Any]:
    classes, programmes = _classes(found, subject), _programmes(found, subject)
    return {
        "id": found.pk,
        "as_of": found.as_of,
        "hash": found.hash,
        "former_as_of": found.former_as_of,
        "former_hash": found.former_hash,
        "change": found.change,
        "who": found.user.username if found.user is not None else "",
        "published_at": found.published_at,
        "counts": {
            **{kind: sum(c[kind] for c in classes) for kind in ("added", "changed", "closed")},
            "figures_moved": sum(f["moved"] for p in programmes for f in p["figures"]),
            "statuses_moved": sum(c["status_before"] != c["status_after"] for p in programmes for c in p["clauses"]),
        },
    }


def _classes(found: Publication, subject: Subject) -> list[dict[str, Any]]:
    classes: list[dict[str, Any]] = found.summary.get("classes", [])
    seen: Collection[str] = subject.visible([c["name"] for c in classes])
    return [c for c in classes if c["name"] in seen]


def _programmes(found: Publication, subject: Subject) -> list[dict[str, Any]]:
    return list(found.summary.get("programmes", [])) if subject.may(Permission.PROGRAMME_VIEW) else []
