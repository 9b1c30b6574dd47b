"""What a publication moved: objects by class, figures and statuses by clause."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from xiancheng.city.snapshot import Snapshot
from xiancheng.programme.assess import assess
from xiancheng.programme.assessment import Assessment, IndicatorResult
from xiancheng.programme.measurement import Measurement
from xiancheng.programme.model import Programme
from xiancheng.programme.report.json import plain
from xiancheng.site.assessments.figures import figure_key, kept
from xiancheng.site.model.comparing import compare

NAMED = 20
"""Objects of each class that a summary names; it counts all."""


def class_changes(former: Snapshot | None, new: Snapshot) -> list[dict[str, Any]]:
    """Return what was added, changed and closed by class since the former snapshot, the most first."""
    if former is None:
        return [
            _class(new, name, {"added": entry["rows"], "changed": 0, "closed": 0}, [])
            for name, entry in sorted(new.manifest["classes"].items())
        ]
    out = []
    names = sorted({*former.manifest["classes"], *new.manifest["classes"]})
    for name in names:
        difference = compare(former, new, name)
        counts = difference.counts()
        if sum(counts.values()):
            objects = [
                {key: found[key] for key in ("object_id", "name", "change", "fields")}
                for found in difference.features()[:NAMED]
            ]
            out.append(_class(new, name, counts, objects))
    return sorted(out, key=lambda c: -(c["added"] + c["changed"] + c["closed"]))


def _class(new: Snapshot, name: str, counts: Mapping[str, int], objects: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    return {"name": name, "title": new.catalogue[name].title.as_dict(), **counts, "objects": list(objects)}


def assessed(snapshot: Snapshot, plan: Programme, on: date, today: date) -> Assessment:
    """Return the assessment of a programme from one snapshot whose figures are computed."""
    figures = kept(snapshot)

    def look_up(_: Snapshot, measure: str, params: Mapping[str, Any]) -> Measurement:
        return figures[figure_key(measure, params)]

    return assess([snapshot], plan, as_of=on, today=today, compute=look_up)


def programme_changes(plan: Programme, before: Assessment | None, after: Assessment) -> dict[str, Any]:
    """Return figure and status of every indicator before and after, what moved first."""
    former = {} if before is None else {c.clause.id: c for c in before.clauses}
    clauses, figures = [], []
    for result in after.clauses:
        old = former.get(result.clause.id)
        title = result.clause.title.as_dict()
        clauses.append(
            {
                "id": result.clause.id,
                "title": title,
                "status_before": None if old is None else old.status,
                "status_after": result.status,
            }
        )
        olds: Sequence[IndicatorResult | None] = [None] * len(result.indicators) if old is None else old.indicators
        figures += [
            {"clause": result.clause.id, "clause_title": title, **_figure(was, now)}
            for was, now in zip(olds, result.indicators, strict=True)
            if now.measurement is not None
        ]
    # Stable: what moved alike stays in the order of the programme.
    figures.sort(key=lambda f: (f["status_before"] == f["status_after"], -f["weight"]))
    return {
        "id": plan.id,
        "title": plan.title.as_dict(),
        "clauses": clauses,
        "figures": [{k: v for k, v in f.items() if k != "weight"} for f in figures],
    }


def _figure(was: IndicatorResult | None, now: IndicatorResult) -> dict[str, Any]:
    before = None if was is None or was.measurement is None else was.measurement.value
    after = None if now.measurement is None else now.measurement.value
    target = now.indicator.target
    return {
        "indicator": now.indicator.id,
        "title": now.indicator.title.as_dict(),
        "unit": None if now.measurement is None else now.measurement.unit,
        "before": plain(before),
        "after": plain(after),
        "status_before": None if was is None else was.status,
        "status_after": now.status,
        "at_least": None if target is None else target.at_least,
        "at_most": None if target is None else target.at_most,
        "moved": before != after or (was is not None and was.status != now.status),
        "weight": _weight(before, after),
    }


def _weight(before: float | None, after: float | None) -> float:
    """Return how far a figure moved, relative to itself, so that shares and counts can be sorted together."""
    if before is None or after is None:
        return 0.0 if before is after else 1.0
    size = max(abs(before), abs(after))
    return 0.0 if size == 0 else abs(after - before) / size
