"""Publishing as a job: the snapshot, the programme before and after, who is told."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.db import transaction
from django.utils import timezone

from xiancheng.city.publish import publish, published
from xiancheng.city.snapshot import Snapshot
from xiancheng.foundation.progress import Progress
from xiancheng.foundation.text import Text
from xiancheng.site.assessments.figures import compute_figures, wanted_by
from xiancheng.site.assessments.work import readable_programmes
from xiancheng.site.audit.chain import record
from xiancheng.site.county import catalogue, county, reading, snapshot
from xiancheng.site.jobs.events import tell
from xiancheng.site.jobs.registry import job
from xiancheng.site.policy.permission import Permission
from xiancheng.site.policy.subject import Subject
from xiancheng.site.publishing.hooks import Published, run_hooks
from xiancheng.site.publishing.models import Publication
from xiancheng.site.publishing.summary import assessed, class_changes, programme_changes

KIND = "publish"
TOPIC = "published"


@job(KIND)
def work(parameters: Mapping[str, Any], subject: Subject, progress: Progress) -> dict[str, Any]:
    """Publish the day ``date``; return which publication it is."""
    subject.require(Permission.MODEL_PUBLISH)
    made = publish_day(date.fromisoformat(parameters["date"]), subject, progress)
    return {"publication": made.pk, "date": made.as_of.isoformat(), "hash": made.hash}


def publish_day(day: date, subject: Subject, progress: Progress) -> Publication:
    """Publish the model as of a day and keep what it moved."""
    plans, today = readable_programmes(), timezone.localdate()
    wanted = wanted_by(plans)
    former = former_of(day)
    befores = {}
    if former is not None:
        # Before publishing: a snapshot that is replaced moves to another folder and can be read no more.
        progress.step(Text("计算发布前的指标", "computing the figures before"), len(wanted))
        compute_figures(former, wanted, progress)
        befores = {plan.id: assessed(former, plan, day, today) for plan in plans}
        for name in former.manifest["classes"]:
            former.table(name)
    with reading() as store:
        publish(store, county(), catalogue(), day, progress=progress)
    new = snapshot(day)
    progress.step(Text("计算发布后的指标", "computing the figures after"), len(wanted))
    compute_figures(new, wanted, progress)
    progress.step(Text("比较发布前后", "comparing before and after"))
    summary = {
        "classes": class_changes(former, new),
        "programmes": [
            programme_changes(plan, befores.get(plan.id), assessed(new, plan, day, today)) for plan in plans
        ],
    }
    with transaction.atomic():
        made = Publication.objects.create(
            as_of=day,
            hash=new.hash,
            former_as_of=None if former is None else former.as_of,
            former_hash="" if former is None else former.hash,
            change=new.manifest["published_from"]["change"],
            user_id=subject.user_id,
            summary=summary,
        )
        record(None, "model.publish", day.isoformat(), user_name=subject.name, hash=new.hash, publication=made.pk)
        tell(TOPIC, {"date": day.isoformat(), "hash": new.hash, "publication": made.pk, "who": subject.name})
    run_hooks(Published(day, new.hash, subject.user_id))
    return made


def former_of(day: date) -> Snapshot | None:
    """Return the snapshot that a publication of a day is compared with: the day's own, else the latest before."""
    days = [d for d in published(county()) if d <= day]
    return snapshot(days[-1]) if days else None
