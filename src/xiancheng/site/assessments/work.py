"""Computing the figures of new snapshots: a job."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from xiancheng.city.publish import open_snapshot
from xiancheng.foundation.errors import XianchengError
from xiancheng.foundation.progress import Progress
from xiancheng.foundation.text import Text
from xiancheng.programme.model import Programme
from xiancheng.site.assessments.current import outlines, state_of_all
from xiancheng.site.assessments.figures import compute_figures, kept, wanted_by
from xiancheng.site.county import catalogue, county, programme
from xiancheng.site.jobs.events import tell
from xiancheng.site.jobs.models import Job
from xiancheng.site.jobs.registry import job
from xiancheng.site.jobs.running import enqueue
from xiancheng.site.policy.permission import Permission
from xiancheng.site.policy.subject import Subject

KIND = "assess"
ASSESSED = "assessed"
"""Topic of the event that tells open pages of new figures."""


@job(KIND, repeatable=True)
def assess_snapshots(parameters: Mapping[str, Any], subject: Subject, progress: Progress) -> dict[str, Any]:
    """Compute what the county's programmes ask of every published snapshot and is not computed yet."""
    del parameters, subject
    wanted = wanted_by(readable_programmes())
    done: dict[str, int] = {}
    # The newest first: that is the one people wait for.
    for outline in reversed(outlines()):
        if wanted.keys() <= kept(outline).keys():
            continue
        day = outline.as_of
        progress.step(Text(f"计算 {day} 的指标", f"computing the figures of {day}"), len(wanted))
        done[day.isoformat()] = compute_figures(open_snapshot(county(), catalogue(), day), wanted, progress)
    if done:
        tell(ASSESSED, {"dates": sorted(done)}, permission=Permission.PROGRAMME_VIEW)
    return {"computed": done}


def readable_programmes() -> list[Programme]:
    """Return the programmes of the county; one whose file is wrong is told where it is asked for."""
    found = []
    for name in county().programmes:
        try:
            found.append(programme(name))
        except XianchengError:
            continue
    return found


def on_published(day: date, user_id: int | None = None) -> Job:
    """Have the figures of a snapshot computed; call it when one has been published."""
    del day
    return start(user_id)


def start(user_id: int | None) -> Job:
    """Put the job in the queue unless one waits there already."""
    waiting = Job.objects.filter(kind=KIND, state=Job.State.WAITING).first()
    return waiting or enqueue(KIND, {"of": state_of_all(readable_programmes())}, user_id)


def start_if_missing(pending: Sequence[date], user_id: int | None) -> Job | None:
    """Return the job that computes the figures of `pending` dates, beginning it if need be; None if there are none.

    One that failed is not tried again by itself: it would fail again at every look at the page.
    """
    if not pending:
        return None
    latest = Job.objects.filter(kind=KIND).select_related("user").order_by("-id").first()
    if latest is not None:
        if latest.state in {Job.State.WAITING, Job.State.RUNNING}:
            return latest
        stopped = latest.state in {Job.State.FAILED, Job.State.CANCELLED}
        if stopped and latest.parameters.get("of") == state_of_all(readable_programmes()):
            return latest
    return start(user_id)
