"""Do the jobs that wait, one at a time."""

from __future__ import annotations

import logging
import os
import secrets
import socket
import threading
import time
from datetime import UTC, datetime
from typing import Any

from django.db import DatabaseError, connection, transaction

from xiancheng.foundation.errors import XianchengError
from xiancheng.foundation.text import Text
from xiancheng.site.accounts.subjects import subject_of_user
from xiancheng.site.jobs.cancelling import JobCancelledError
from xiancheng.site.jobs.events import announce
from xiancheng.site.jobs.heartbeat import beating
from xiancheng.site.jobs.models import Job
from xiancheng.site.jobs.outcomes import brought_about
from xiancheng.site.jobs.registry import kind_of
from xiancheng.site.policy.subject import Subject

__all__ = ["JobProgress", "announce", "enqueue", "run_next", "run_pending"]

logger = logging.getLogger(__name__)
TELL_EVERY = 0.5
STOPPING = threading.Event()
"""Set when this process is to end: the running job then goes back to the queue at its next progress point."""
WORKER = f"{socket.gethostname()[:60]}:{os.getpid()}:{secrets.token_hex(4)}"


class _StoppingError(BaseException):
    """Raised at a progress point of a job whose worker is to end; no error, so that no handler of errors takes it."""


def enqueue(kind: str, parameters: dict[str, Any], user_id: int | None) -> Job:
    """Put a job at the end of the queue."""
    kind_of(kind)
    job = Job.objects.create(kind=kind, parameters=parameters, user_id=user_id)
    announce(job)
    return job


def take_next(worker: str = WORKER) -> Job | None:
    """Take the job that waits longest, so that no other worker does; None if none waits."""
    with transaction.atomic():
        locks = connection.features.has_select_for_update_skip_locked
        waiting = Job.objects.select_for_update(skip_locked=True) if locks else Job.objects
        job = waiting.filter(state=Job.State.WAITING).order_by("id").first()
        if job is None:
            return None
        now = datetime.now(UTC)
        # Asked again while writing: SQLite has no row locks, and a cancel may come between.
        taken = Job.objects.filter(pk=job.pk, state=Job.State.WAITING).update(
            state=Job.State.RUNNING, started_at=now, heartbeat=now, worker=worker, attempts=job.attempts + 1
        )
        if not taken:
            return None
    job.refresh_from_db()
    return job


def run_next() -> Job | None:
    """Do the job that waits longest; return it, or None if none waits."""
    job = take_next()
    if job is None:
        return None
    announce(job)
    with beating(job):
        outcome = _do(job)
    if not outcome:
        return job
    if outcome["state"] != Job.State.WAITING:
        outcome["finished_at"] = datetime.now(UTC)
    finished = Job.objects.filter(pk=job.pk, worker=job.worker, state=Job.State.RUNNING).update(**outcome)
    job.refresh_from_db()
    if finished:
        announce(job)
    else:
        logger.error("job %s %s was given up while it ran; its outcome is not recorded", job.pk, job.kind)
    return job


def run_pending() -> list[Job]:
    """Do all jobs that wait, in order."""
    done = []
    while (job := run_next()) is not None:
        done.append(job)
    return done


def _do(job: Job) -> dict[str, Any]:
    """Return the fields that say how a job ended: done as well if it broke off after the model had all of it.

    Nothing if that cannot be said, because a database is away: then the job stops beating and is looked at again.
    """
    try:
        subject = subject_of_user(job.user) if job.user is not None else Subject()
        return {"state": Job.State.DONE, "result": kind_of(job.kind).work(job.parameters, subject, JobProgress(job))}
    except JobCancelledError:
        return {"state": Job.State.CANCELLED}
    except _StoppingError:
        return {"state": Job.State.WAITING, "worker": "", "attempts": job.attempts - 1}
    except Exception as error:
        # Whatever happens in one job, the next ones must be done.
        try:
            result = brought_about(job)
        except (DatabaseError, XianchengError):
            logger.exception("what job %s %s has done cannot be found out yet", job.pk, job.kind)
            return {}
        if result is not None:
            logger.warning("job %s %s broke off when it was recorded already", job.pk, job.kind, exc_info=True)
            return {"state": Job.State.DONE, "result": result}
        return {"state": Job.State.FAILED, "error": _explanation(job, error)}


def _explanation(job: Job, error: Exception) -> dict[str, Any]:
    if isinstance(error, XianchengError):
        hint = error.hint.as_dict() if error.hint is not None else None
        return {"message": error.message.as_dict(), "hint": hint}
    logger.error("job %s %s failed", job.pk, job.kind, exc_info=error)
    text = Text("任务因内部错误中止，日志中有详情", "the job stopped with an internal error; the log has it")
    return {"message": text.as_dict(), "hint": None}


class JobProgress:
    """Writes progress to the job, not more often than people can read it; where it is told, a job can be cancelled."""

    def __init__(self, job: Job) -> None:
        self.job = job
        self.told = 0.0

    def step(self, title: Text, total: int | None = None) -> None:
        """Begin a new step.

        Raises
        ------
        JobCancelledError
            If the job is to stop.
        """
        self.job.step, self.job.done, self.job.total = title.as_dict(), 0, total
        self._tell(now=True)

    def advance(self, count: int = 1) -> None:
        """Report `count` more units of the present step done.

        Raises
        ------
        JobCancelledError
            If the job is to stop.
        """
        self.job.done += count
        self._tell(now=False)

    def _tell(self, *, now: bool) -> None:
        if not now and time.monotonic() - self.told < TELL_EVERY:
            return
        if STOPPING.is_set():
            raise _StoppingError
        self.told = time.monotonic()
        mine = Job.objects.filter(pk=self.job.pk, worker=self.job.worker, state=Job.State.RUNNING)
        if not mine.filter(cancel_requested=False).update(
            step=self.job.step, done=self.job.done, total=self.job.total, heartbeat=datetime.now(UTC)
        ):
            raise JobCancelledError
        announce(self.job)
