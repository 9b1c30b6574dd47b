"""Telling open pages what happened."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from django.db.models import Max

from xiancheng.site.jobs.models import Event, Job
from xiancheng.site.policy.permission import Permission
from xiancheng.site.policy.subject import Subject

KEPT = timedelta(hours=24)


def tell(
    topic: str,
    payload: dict[str, Any],
    *,
    permission: Permission | None = None,
    class_name: str = "",
    user_id: int | None = None,
) -> Event:
    """Tell the pages of those who may know; of all that are named, every one must hold.

    Parameters
    ----------
    permission, class_name
        Only those who have the permission; who may see the class.
    user_id
        Only this account.
    """
    return Event.objects.create(
        topic=topic, permission=permission or "", class_name=class_name, user_id=user_id, payload=payload
    )


def announce(job: Job) -> None:
    """Tell open pages of the person who asked how a job stands."""
    if job.user_id is None:
        return
    tell(
        "job",
        {
            "id": job.pk, "kind": job.kind, "state": job.state, "step": job.step, "done": job.done,
            "total": job.total,
        },
        user_id=job.user_id,
    )  # fmt: skip


def may_receive(subject: Subject, event: Event) -> bool:
    """Whether somebody may be told an event."""
    return (
        not subject.is_anonymous
        and (event.user_id is None or event.user_id == subject.user_id)
        and (not event.permission or event.permission in subject.permissions)
        and (not event.class_name or subject.may_see(event.class_name))
    )


def prune_events(now: datetime | None = None) -> int:
    """Delete events that no page can still ask for; return how many. The newest stays: it shows where the count is."""
    newest = Event.objects.aggregate(newest=Max("pk"))["newest"]
    if newest is None:
        return 0
    before = (now or datetime.now(UTC)) - KEPT
    return Event.objects.filter(at__lt=before, pk__lt=newest).delete()[0]
