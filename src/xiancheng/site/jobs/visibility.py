"""Who sees which jobs: everybody their own, those who manage people all."""

from __future__ import annotations

from django.db.models import QuerySet

from xiancheng.foundation.text import Text
from xiancheng.site.jobs.models import Job
from xiancheng.site.policy.permission import Permission
from xiancheng.site.policy.subject import Subject
from xiancheng.site.problems import NotFoundError

MOST_ID = 2**63 - 1


def jobs_seen_by(subject: Subject) -> QuerySet[Job]:
    """Return the jobs that somebody may see and cancel. A result may hold what only the one who asked may see."""
    if subject.may(Permission.JOBS_VIEW) and subject.may(Permission.PEOPLE_MANAGE):
        return Job.objects.all()
    return Job.objects.filter(user_id=subject.user_id) if subject.user_id is not None else Job.objects.none()


def job_seen_by(subject: Subject, job_id: int) -> Job:
    """Return a job.

    Raises
    ------
    NotFoundError
        If there is none of this number that `subject` may see.
    """
    job = jobs_seen_by(subject).select_related("user").filter(pk=job_id).first() if job_id <= MOST_ID else None
    if job is None:
        raise NotFoundError(Text("没有这个任务", "no such job"))
    return job
