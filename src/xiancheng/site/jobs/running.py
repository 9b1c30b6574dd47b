"""Do the jobs that wait, one at a time."""

from __future__ import annotations

import logging
import time
from datetime import UTC, datetime
from typing import Any

from django.db import transaction

from xiancheng.foundation.errors import XianchengError
from xiancheng.foundation.text import Text
from xiancheng.site.accounts.subjects import subject_of_user
from xiancheng.site.jobs.models import Event, Job
from xiancheng.site.jobs.registry import work_of
from xiancheng.site.policy.subject import Subject

logger = logging.getLogger(__name__)
TELL_EVERY = 0.5


def enqueue(kind: str, parameters: dict[str, Any], user_id: int | None) -> Job:
    """Put a job at the end of the queue."""
    work_of(kind)
    job = Job.objects.create(kind=kind, parameters=parameters, user_id=user_id)
    announce(job)
    return job


def announce(job: Job) -> None:
    """Tell open pages of the person who asked how a job stands."""
    Event.objects.create(
        topic="job",
        user_id=job.user_id,
        payload={
            "id": job.pk, "kind": job.kind, "state": job.state, "step": job.step, "done": job.done,
            "total": job.total,
        },
    )  # fmt: skip


def run_next() -> Job | None:
    """Do the job that waits longest; return it, or None if none waits."""
    with transaction.atomic():
        waiting = Job.objects.select_for_update(skip_locked=True) if _can_lock() else Job.objects
        job = waiting.filter(state=Job.State.WAITING).order_by("id").first()
        if job is None:
            return None
        job.state, job.started_at = Job.State.RUNNING, datetime.now(UTC)
        job.heartbeat = job.started_at
        job.save()
    announce(job)
    _do(job)
    announce(job)
    return job


def run_pending() -> list[Job]:
    """Do all jobs that wait, in order."""
    done = []
    while (job := run_next()) is not None:
        done.append(job)
    return done


def _can_lock() -> bool:
    from django.db import connection  # noqa: PLC0415

    return connection.features.has_select_for_update_skip_locked


def _do(job: Job) -> None:
    try:
        subject = subject_of_user(job.user) if job.user is not None else Subject()
        job.result = work_of(job.kind)(job.parameters, subject, JobProgress(job))
        job.state = Job.State.DONE
    except XianchengError as error:
        job.error = {
            "message": error.message.as_dict(),
            "hint": error.hint.as_dict() if error.hint is not None else None,
        }
        job.state = Job.State.FAILED
    except Exception:
        # Whatever happens in one job, the next ones must be done; the log has the traceback.
        logger.exception("job %s %s failed", job.pk, job.kind)
        text = Text("任务因内部错误中止，日志中有详情", "the job stopped with an internal error; the log has it")
        job.error = {"message": text.as_dict(), "hint": None}
        job.state = Job.State.FAILED
    job.finished_at = datetime.now(UTC)
    job.save()


class JobProgress:
    """Writes progress to the job, not more often than people can read it."""

    def __init__(self, job: Job) -> None:
        self.job = job
        self.told = 0.0

    def step(self, title: Text, total: int | None = None) -> None:
        """Begin a new step."""
        self.job.step, self.job.done, self.job.total = title.as_dict(), 0, total
        self._tell(now=True)

    def advance(self, count: int = 1) -> None:
        """Report `count` more units of the present step done."""
        self.job.done += count
        self._tell(now=False)

    def _tell(self, *, now: bool) -> None:
        if not now and time.monotonic() - self.told < TELL_EVERY:
            return
        self.told = time.monotonic()
        self.job.heartbeat = datetime.now(UTC)
        self.job.save(update_fields=["step", "done", "total", "heartbeat"])
        announce(self.job)
