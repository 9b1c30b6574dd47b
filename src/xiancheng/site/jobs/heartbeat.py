"""Signs of life: a job that runs beats; one that has stopped beating has lost its worker."""

from __future__ import annotations

import logging
import os
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

from django.db import DatabaseError, connection

from xiancheng.foundation.errors import XianchengError
from xiancheng.foundation.text import Text
from xiancheng.site.jobs.events import announce
from xiancheng.site.jobs.models import Job
from xiancheng.site.jobs.outcomes import brought_about
from xiancheng.site.jobs.registry import is_repeatable

logger = logging.getLogger(__name__)
BEAT_SECONDS = 5.0
DEAD_AFTER = timedelta(seconds=60)
MOST_ATTEMPTS = 2


@contextmanager
def beating(job: Job, every: float = BEAT_SECONDS) -> Iterator[None]:
    """Beat for a job from a thread of its own: work in one long step tells no progress."""
    stopped = threading.Event()

    def beat() -> None:
        while not stopped.wait(every):
            try:
                Job.objects.filter(pk=job.pk, worker=job.worker).update(heartbeat=datetime.now(UTC))
            except DatabaseError:
                # The next beat may reach it; a job is given up only after many are missed.
                logger.warning("the heartbeat of job %s could not be written", job.pk, exc_info=True)
            finally:
                connection.close()

    thread = threading.Thread(target=beat, name=f"heartbeat of job {job.pk}", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stopped.set()
        thread.join()


def recover(now: datetime | None = None) -> list[Job]:
    """Give up the jobs whose worker is dead: repeatable ones wait again, once; the others fail and say why.

    One that the model has all of is done, whenever its worker died.
    """
    now = now or datetime.now(UTC)
    recovered = []
    for job in Job.objects.filter(state=Job.State.RUNNING):
        if not _is_lost(job, now):
            continue
        lost = Job.objects.filter(pk=job.pk, state=Job.State.RUNNING, worker=job.worker)
        try:
            result = brought_about(job)
        except (DatabaseError, XianchengError):
            # Neither done nor failed can be said of it now; it is looked at again.
            logger.warning("what job %s %s has done cannot be found out yet", job.pk, job.kind, exc_info=True)
            continue
        if result is not None:
            changed = lost.update(state=Job.State.DONE, finished_at=now, result=result)
        elif job.cancel_requested:
            changed = lost.update(state=Job.State.CANCELLED, finished_at=now)
        elif is_repeatable(job.kind) and job.attempts < MOST_ATTEMPTS:
            changed = lost.update(state=Job.State.WAITING, worker="", started_at=None, heartbeat=None, done=0)
        else:
            changed = lost.update(state=Job.State.FAILED, finished_at=now, error=_explanation(job))
        if changed:
            logger.warning("job %s %s lost its worker %s", job.pk, job.kind, job.worker)
            job.refresh_from_db()
            announce(job)
            recovered.append(job)
    return recovered


def _is_lost(job: Job, now: datetime) -> bool:
    host, _, rest = job.worker.partition(":")
    process = rest.partition(":")[0]
    if host == socket.gethostname()[:60] and process.isdigit() and not _is_alive(int(process)):
        return True
    return job.heartbeat is None or now - job.heartbeat > DEAD_AFTER


def _is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _explanation(job: Job) -> dict[str, dict[str, str]]:
    if is_repeatable(job.kind):
        message = Text(
            "任务两次中断（进程被终止或内存不足）", "the job was broken off twice (killed, or out of memory)"
        )
        hint = Text("请管理员查看日志和内存", "ask an administrator to look at the log and the memory")
    else:
        message = Text(
            "任务中断：执行它的进程被终止（重启、断电或内存不足）",
            "the job was broken off: its process ended (restart, power or memory)",
        )
        hint = Text(
            "模型的修改要么全部写入、要么完全没有写入；请先查看历史，再决定是否重做",
            "a change of the model is recorded wholly or not at all: look at the history before you repeat it",
        )
    return {"message": message.as_dict(), "hint": hint.as_dict()}
