"""Making tiles as a job."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from xiancheng.city.publish import published
from xiancheng.foundation.progress import Progress
from xiancheng.foundation.text import Text
from xiancheng.site.county import catalogue, county, snapshot
from xiancheng.site.jobs.models import Job
from xiancheng.site.jobs.registry import job
from xiancheng.site.jobs.running import enqueue
from xiancheng.site.model.searching import keep_index
from xiancheng.site.policy.subject import Subject
from xiancheng.site.tiles.archives import current_hash, tile_folder, tile_hash, tile_sets
from xiancheng.site.tiles.making import make_tiles

KIND = "tiles"


@job(KIND, repeatable=True)
def work(parameters: Mapping[str, Any], subject: Subject, progress: Progress) -> dict[str, Any]:
    """Make the tiles of one published snapshot (``date``), or of all that have none."""
    del subject
    home = county()
    days = [date.fromisoformat(parameters["date"])] if parameters.get("date") else published(home)
    made = [make_tiles(home, catalogue(), day, progress).name for day in days]
    for day in days:
        found = snapshot(day)
        progress.step(Text(f"编制 {day} 的检索", f"indexing {day} for search"))
        keep_index(found, tile_folder(home.folder, tile_hash(found.hash)))
    return {"dates": [day.isoformat() for day in days], "hashes": made}


def ask_for_tiles(days: Iterable[date] | None = None) -> list[date]:
    """Ask for the tiles of the days that have none (all published days for None), once a snapshot; return the days."""
    home = county()
    missing = tile_sets(home)[1] if days is None else list(days)
    if not missing:
        return []
    asked = set(
        Job.objects.filter(kind=KIND, state__in=(Job.State.WAITING, Job.State.RUNNING, Job.State.FAILED)).values_list(
            "parameters__hash", flat=True
        )
    )
    for day in missing:
        wanted = current_hash(home, day)
        # One that failed is not begun again at every look at a map; the command line does.
        if wanted not in asked:
            enqueue(KIND, {"date": day.isoformat(), "hash": wanted}, None)
    return missing
