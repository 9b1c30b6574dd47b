"""The assessment of a programme as it stands, put together from the figures that have been computed."""

from __future__ import annotations

import hashlib
import json
import threading
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
from django.utils import timezone

from xiancheng.city.publish import published
from xiancheng.city.snapshot import MANIFEST, CountyInfo, Population, Snapshot
from xiancheng.foundation.errors import UnknownNameError
from xiancheng.foundation.text import Text
from xiancheng.programme.assess import assess
from xiancheng.programme.assessment import STATUSES, Assessment, ClauseResult, IndicatorResult
from xiancheng.programme.measurement import Measurement
from xiancheng.programme.model import Programme
from xiancheng.site.assessments.figures import figure_key, kept, places_of, wanted_by
from xiancheng.site.county import catalogue, county, current_snapshot_folder, programme
from xiancheng.site.policy.subject import Subject
from xiancheng.site.problems import NotFoundError

ASSESSMENTS_KEPT = 8
_assessed: OrderedDict[tuple[object, ...], Assessment] = OrderedDict()
_manifests: dict[Path, tuple[int, Snapshot]] = {}
_lock = threading.Lock()


@dataclass(frozen=True)
class Standing:
    """An assessment, None while the figures of its date are not computed; and the dates that still are to be."""

    assessment: Assessment | None
    pending: tuple[date, ...]


def outlines() -> list[Snapshot]:
    """Return the published snapshots, oldest first, as far as their manifests tell: without features."""
    return [_outline(current_snapshot_folder(day) / MANIFEST) for day in published(county())]


def _outline(path: Path) -> Snapshot:
    # A day that is published again gives a new directory under the same name.
    changed = path.stat().st_ino
    found = _manifests.get(path)
    if found is None or found[0] != changed:
        found = _manifests[path] = (changed, _read_outline(json.loads(path.read_text(encoding="utf-8"))))
    return found[1]


def _read_outline(manifest: Mapping[str, Any]) -> Snapshot:
    nobody, summary, home = np.empty(0, dtype=object), manifest["population"], manifest["county"]
    method = str(summary["method"]) if summary.get("rows") else "none"
    return Snapshot(
        county=CountyInfo(Text.of(home["name"]), home["code"], home["crs"], bool(home["synthetic"])),
        as_of=date.fromisoformat(manifest["as_of"]),
        content_hash=manifest["hash"],
        catalogue=catalogue(),
        tables={},
        population=Population(nobody, "building", np.empty((0, 2)), np.empty(0), {}, nobody, method, summary),
        rows={},
        manifest=manifest,
    )


def standing(name: str | None = None, on: date | None = None) -> Standing:
    """Return a programme's assessment.

    Parameters
    ----------
    name
        Of the programme; the county's first one for None.
    on
        Date of the figures; by default the last day of a closed programme, else today.

    Raises
    ------
    NotFoundError
        If there is no such programme, or no snapshot as old as the date.
    """
    plan, snapshots, today = programme(name), outlines(), timezone.localdate()
    day = on or (plan.ends if plan.closed_on(today) else today)
    fitting = [s for s in snapshots if s.as_of <= day]
    if not fitting:
        raise NotFoundError(
            Text(f"没有 {day} 或更早的快照", f"there is no snapshot of {day} or earlier"),
            Text("请数据管理员先发布", "ask a data steward to publish one"),
        )
    figures = {s.hash: kept(s) for s in snapshots}
    wanted = set(wanted_by([plan]))
    ready = [s for s in snapshots if wanted <= figures[s.hash].keys()]
    pending = tuple(s.as_of for s in snapshots if s not in ready)
    if fitting[-1] not in ready:
        return Standing(None, pending)
    key = (id(plan), day, today, *((s.hash, len(figures[s.hash])) for s in ready))
    with _lock:
        found = _assessed.get(key)
        if found is None:
            found = _assessed[key] = _assemble(plan, ready, figures, on, today)
            while len(_assessed) > ASSESSMENTS_KEPT:
                _assessed.popitem(last=False)
        _assessed.move_to_end(key)
    return Standing(found, pending)


def _assemble(
    plan: Programme,
    ready: Sequence[Snapshot],
    figures: Mapping[str, Mapping[str, Measurement]],
    on: date | None,
    today: date,
) -> Assessment:
    def look_up(snapshot: Snapshot, measure: str, params: Mapping[str, Any]) -> Measurement:
        return figures[snapshot.hash][figure_key(measure, params)]

    return assess(ready, plan, as_of=on, today=today, compute=look_up)


def state_of_all(plans: Sequence[Programme]) -> str:
    """Return a hash of what figures depend on: it changes when there is something new to compute."""
    hashes = [s.hash for s in outlines()]
    text = json.dumps([hashes, sorted(wanted_by(plans))])
    return hashlib.sha256(text.encode()).hexdigest()


def filtered(
    assessment: Assessment, *, bureau: str = "", article: str = "", status: str = "", clause: str = ""
) -> Assessment:
    """Return the assessment with those clauses that meet every filter.

    Raises
    ------
    UnknownNameError
        If there is no such bureau, article, status or clause.
    """
    plan = assessment.programme
    for kind, value, known in (
        (Text("责任单位", "bureau"), bureau, list(plan.bureaus)),
        (Text("条", "article"), article, [a.id for a in plan.articles]),
        (Text("状态", "status"), status, [*map(str, STATUSES)]),
        (Text("条款", "clause"), clause, [c.id for c in plan.clauses]),
    ):
        if value and value not in known:
            raise UnknownNameError(kind, value, known)

    def fits(result: ClauseResult) -> bool:
        return (
            (not bureau or bureau in result.clause.bureaus)
            and (not article or article == result.clause.article)
            and (not status or status == result.status)
            and (not clause or clause == result.clause.id)
        )

    return replace(assessment, clauses=tuple(c for c in assessment.clauses if fits(c)))


def with_places(assessment: Assessment, subject: Subject) -> Assessment:
    """Return the assessment with the places that somebody may see; others stay counted."""

    def loaded(found: Measurement | None, result: IndicatorResult) -> Measurement | None:
        if found is None or found.short is None or result.indicator.measure is None:
            return found
        short = None
        if places_visible(found.short.feature_class, subject):
            short = places_of(found.snapshot, figure_key(result.indicator.measure, result.indicator.params))
        return found if short is None else replace(found, short=short)

    def indicator(result: IndicatorResult) -> IndicatorResult:
        return replace(result, measurement=loaded(result.measurement, result), since=loaded(result.since, result))

    return replace(
        assessment,
        clauses=tuple(replace(c, indicators=tuple(map(indicator, c.indicators))) for c in assessment.clauses),
    )


def places_visible(feature_class: str, subject: Subject) -> bool:
    """Whether somebody may see places of a class, or of several that are listed together."""
    return all(subject.may_see(name) for name in feature_class.split(","))


def indicator_of(assessment: Assessment, clause: str, indicator: str) -> IndicatorResult:
    """Return one indicator.

    Raises
    ------
    UnknownNameError
        If there is no such clause or indicator.
    """
    (found,) = filtered(assessment, clause=clause).clauses
    for result in found.indicators:
        if result.indicator.id == indicator:
            return result
    raise UnknownNameError(Text("指标", "indicator"), indicator, [r.indicator.id for r in found.indicators])
