"""The registry of measures and computing one on request: the API."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from ninja import Router

from xiancheng.programme.registry import MeasureSpec, measures
from xiancheng.programme.report.json import measurement_as_dict
from xiancheng.site.assessments.adhoc import compute
from xiancheng.site.assessments.answers import json_answer
from xiancheng.site.assessments.current import places_visible
from xiancheng.site.assessments.schemas import MeasureIn, MeasurementOut, MeasuresOut
from xiancheng.site.assessments.wording import parameter_titles
from xiancheng.site.assessments.work import readable_programmes
from xiancheng.site.policy.needs import needs, subject_of
from xiancheng.site.policy.permission import Permission
from xiancheng.site.schemas import Problem

router = Router(tags=["measures"])
LISTED = 1000
"""Places that fall short listed with a figure."""


@router.get("", response={200: MeasuresOut}, summary="the registry of measures")
@needs(Permission.PROGRAMME_VIEW)
def read_measures(request: HttpRequest) -> dict[str, Any]:
    """Return every measure: name, unit, what it means, its parameters, the clauses that use it."""
    del request
    used: dict[str, list[str]] = {}
    for plan in readable_programmes():
        for clause in plan.clauses:
            for indicator in clause.indicators:
                if indicator.measure is not None and clause.id not in used.setdefault(indicator.measure, []):
                    used[indicator.measure].append(clause.id)
    items = [_measure_out(spec, used.get(name, [])) for name, spec in measures().items()]
    return {"items": items, "total": len(items), "more": False}


@router.post(
    "/{name}",
    response={200: MeasurementOut, 403: Problem, 404: Problem, 422: Problem, 429: Problem},
    summary="compute a measure on a published snapshot",
)
@needs(Permission.PROGRAMME_VIEW)
def compute_measure(request: HttpRequest, name: str, wanted: MeasureIn) -> HttpResponse:
    """Return the figure with everything that makes it checkable; of what one may not see nothing is computed."""
    subject = subject_of(request)
    found = compute(name, wanted.params, wanted.on, subject)
    listed = found.short is None or places_visible(found.short.feature_class, subject)
    return json_answer(measurement_as_dict(found, short_limit=LISTED if listed else 0))


def _measure_out(spec: MeasureSpec, used_by: list[str]) -> dict[str, Any]:
    entry = spec.as_dict()
    titles = parameter_titles()
    return {
        **entry,
        "parameters": [
            {**p, "title": titles[p["name"]].as_dict() if p["name"] in titles else {"zh": p["name"], "en": p["name"]}}
            for p in entry["parameters"]
        ],
        "used_by": used_by,
    }
