"""Long work: the API."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Query, Router, Schema

from xiancheng.site.jobs.cancelling import cancel
from xiancheng.site.jobs.models import Job
from xiancheng.site.jobs.visibility import job_seen_by, jobs_seen_by
from xiancheng.site.policy.needs import ACCOUNT, needs, subject_of
from xiancheng.site.schemas import Problem, TextOut

router = Router(tags=["jobs"])
MOST = 200


class ProblemOut(Schema):
    """Why a job failed, and what to do about it."""

    message: TextOut
    hint: TextOut | None


class JobOut(Schema):
    """One piece of long work. `total` is null while nobody knows how much there is to do."""

    id: int
    kind: str
    state: Job.State
    step: TextOut
    done: int
    total: int | None
    result: dict[str, Any] | None
    error: ProblemOut | None
    cancelling: bool
    user: str
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None


class JobsOut(Schema):
    """Some jobs, newest first."""

    items: list[JobOut]
    total: int
    more: bool


@router.get("", response=JobsOut, summary="jobs that I may see, newest first")
@needs(ACCOUNT)
def list_jobs(
    request: HttpRequest,
    kind: Annotated[str, Query(max_length=64)] = "",
    state: Job.State | None = None,
    limit: Annotated[int, Query(ge=1, le=MOST)] = 50,
    offset: Annotated[int, Query(ge=0, le=1_000_000)] = 0,
) -> dict[str, Any]:
    """Return one's own jobs; those who manage people see everybody's."""
    found = jobs_seen_by(subject_of(request)).select_related("user")
    if kind:
        found = found.filter(kind=kind)
    if state is not None:
        found = found.filter(state=state)
    total = found.count()
    items = [job_out(job) for job in found[offset : offset + limit]]
    return {"items": items, "total": total, "more": offset + len(items) < total}


@router.get("/{int:job_id}", response={200: JobOut, 404: Problem}, summary="how a job stands")
@needs(ACCOUNT)
def read_job(request: HttpRequest, job_id: int) -> dict[str, Any]:
    """Return a job; one of somebody else is not found."""
    return job_out(job_seen_by(subject_of(request), job_id))


@router.post("/{int:job_id}/cancel", response={200: JobOut, 404: Problem, 409: Problem}, summary="cancel a job")
@needs(ACCOUNT)
def cancel_job(request: HttpRequest, job_id: int) -> dict[str, Any]:
    """Stop a job: at once if it waits, at its next step if it runs. What it has not finished leaves nothing behind."""
    return job_out(cancel(request, job_seen_by(subject_of(request), job_id)))


def job_out(job: Job) -> dict[str, Any]:
    """Return a job as the API shows it."""
    return {
        "id": job.pk,
        "kind": job.kind,
        "state": job.state,
        "step": job.step or {"zh": "", "en": ""},
        "done": job.done,
        "total": job.total,
        "result": job.result,
        "error": job.error,
        "cancelling": job.cancel_requested and job.state == Job.State.RUNNING,
        "user": job.user.username if job.user is not None else "",
        "created_at": job.created_at,
        "started_at": job.started_at,
        "finished_at": job.finished_at,
    }
