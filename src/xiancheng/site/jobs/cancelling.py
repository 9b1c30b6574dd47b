"""Cancelling a job: at once while it waits, at its next progress point while it runs."""

from __future__ import annotations

from datetime import UTC, datetime

from django.http import HttpRequest

from xiancheng.foundation.errors import XianchengError
from xiancheng.foundation.text import Text
from xiancheng.site.audit.chain import record
from xiancheng.site.jobs.events import announce
from xiancheng.site.jobs.models import Job
from xiancheng.site.problems import ConflictError


class JobCancelledError(XianchengError):
    """Raised at a progress point of a job that is to stop."""

    def __init__(self) -> None:
        super().__init__(Text("任务已取消", "the job was cancelled"))


def cancel(request: HttpRequest, job: Job) -> Job:
    """Cancel a job; return it as it then stands.

    Raises
    ------
    ConflictError
        If it is over already.
    """
    waiting = Job.objects.filter(pk=job.pk, state=Job.State.WAITING)
    running = Job.objects.filter(pk=job.pk, state=Job.State.RUNNING)
    if waiting.update(state=Job.State.CANCELLED, finished_at=datetime.now(UTC)) or running.update(
        cancel_requested=True
    ):
        job.refresh_from_db()
        record(request, "job.cancel", f"job/{job.pk}", kind=job.kind)
        announce(job)
        return job
    job.refresh_from_db()
    raise ConflictError(Text("任务已经结束，不能取消", "the job is over and cannot be cancelled"))
