"""Forgetting jobs that ended long ago."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from xiancheng.site.jobs.models import Job

KEPT = timedelta(days=90)
ENDED = (Job.State.DONE, Job.State.FAILED, Job.State.CANCELLED)


def prune_jobs(now: datetime | None = None) -> int:
    """Delete jobs that ended more than 90 days ago; return how many. What they did stays in history and audit."""
    before = (now or datetime.now(UTC)) - KEPT
    return Job.objects.filter(state__in=ENDED, finished_at__lt=before).delete()[0]
