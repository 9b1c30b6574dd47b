"""An assessment as the API and the Programme page have it: the documented form, lighter, with words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from xiancheng.city.classes import Catalogue
from xiancheng.programme.assessment import STATUSES, Assessment, ClauseResult, IndicatorResult
from xiancheng.programme.measurement import Measurement
from xiancheng.programme.model import CLAUSE_KINDS, Programme
from xiancheng.programme.registry import measure_spec
from xiancheng.programme.report import figures
from xiancheng.programme.report.charts import scale_for
from xiancheng.programme.report.grouping import counts
from xiancheng.programme.report.json import as_dict, measurement_as_dict, plain
from xiancheng.site.assessments.current import places_visible
from xiancheng.site.assessments.wording import parameters_out, shortfall
from xiancheng.site.policy.subject import Subject


def programme_out(plan: Programme) -> dict[str, Any]:
    """Return a programme: articles, clauses, bureaus, kinds, term."""
    return {
        "id": plan.id,
        "title": plan.title.as_dict(),
        "starts": plan.starts,
        "ends": plan.ends,
        "source": plan.source,
        "bureaus": {name: title.as_dict() for name, title in plan.bureaus.items()},
        "kinds": {name: title.as_dict() for name, title in CLAUSE_KINDS.items()},
        "statuses": {name: title.as_dict() for name, title in STATUSES.items()},
        "articles": [{"id": a.id, "title": a.title.as_dict()} for a in plan.articles],
        "clauses": [
            {
                "id": c.id,
                "article": c.article,
                "kind": c.kind,
                "title": c.title.as_dict(),
                "text": c.text.as_dict() if c.text else None,
                "bureaus": list(c.bureaus),
                "indicators": [{"id": i.id, "title": i.title.as_dict(), "measure": i.measure} for i in c.indicators],
            }
            for c in plan.clauses
        ],
    }


def assessment_out(assessment: Assessment, pending: Sequence[date], subject: Subject) -> dict[str, Any]:
    """Return an assessment with every clause and indicator, without what stands behind the figures."""
    # What stands behind the figures is not part of this form: it would take most of the time and be thrown away.
    head = as_dict(replace(assessment, clauses=()), short_limit=0)
    del head["clauses"], head["population"]
    by_article = {
        a.id: counts(tuple(c for c in assessment.clauses if c.clause.article == a.id))
        for a in assessment.programme.articles
    }
    return {
        **head,
        "counts": counts(assessment.clauses),
        "articles": [{**article, "counts": by_article[article["id"]]} for article in head["articles"]],
        "pending": list(pending),
        "clauses": [clause_out(c, subject) for c in assessment.clauses],
    }


def clause_out(result: ClauseResult, subject: Subject) -> dict[str, Any]:
    """Return a clause with its indicators, as the overview shows it."""
    clause, deciding = result.clause, figures.headline(result)
    return {
        "id": clause.id,
        "article": clause.article,
        "kind": clause.kind,
        "title": clause.title.as_dict(),
        "text": clause.text.as_dict() if clause.text else None,
        "bureaus": list(clause.bureaus),
        "status": result.status,
        "headline": deciding.indicator.id if deciding is not None else None,
        "indicators": [indicator_out(r, subject) for r in result.indicators],
    }


def indicator_out(result: IndicatorResult, subject: Subject) -> dict[str, Any]:
    """Return an indicator: figure, target, gap, trend, and each of them in words."""
    indicator, found = result.indicator, result.measurement
    target, unit, lacking = indicator.target, figures.unit_of(result), shortfall(result)
    change = figures.change_of(result)
    return {
        "id": indicator.id,
        "title": indicator.title.as_dict(),
        "status": result.status,
        "measure": indicator.measure,
        "params": plain(indicator.params),
        "target": None
        if target is None
        else {"at_least": plain(target.at_least), "at_most": plain(target.at_most), "by": target.by},
        "value": None if found is None else plain(found.value),
        "unit": None if found is None else found.unit,
        "gap": plain(result.gap),
        "missing": [m.as_dict() for m in result.missing],
        "note": indicator.note.as_dict() if indicator.note else None,
        "certainty": indicator.certainty,
        "since": None if result.since is None else {"as_of": result.since.as_of, "value": plain(result.since.value)},
        "trend": [{"as_of": p.as_of, "value": plain(p.value), "snapshot": p.snapshot} for p in result.trend],
        "change": None
        if change is None
        else {"arrow": change.arrow, "delta": plain(change.delta), "better": change.better},
        "places": _places_out(found, subject),
        "shortfall": None if lacking is None else plain(lacking[0]),
        "scale": scale_for(unit, target, [None if found is None else found.value]).top,
        "words": {
            "value": figures.figure_text(result).as_dict(),
            "target": figures.indicator_target_text(result).as_dict(),
            "gap": figures.gap_text(result.gap, unit).as_dict(),
            "unit": figures.unit_text(unit).as_dict(),
            "shortfall": None if lacking is None else lacking[1].as_dict(),
        },
    }


def clause_detail_out(
    assessment: Assessment, result: ClauseResult, catalogue: Catalogue, subject: Subject
) -> dict[str, Any]:
    """Return a clause with everything that stands behind its figures, except the places."""
    order = [c.id for c in assessment.programme.clauses]
    at = order.index(result.clause.id)
    plan = assessment.programme
    article = next(a for a in plan.articles if a.id == result.clause.article)
    return {
        **clause_out(result, subject),
        "programme": {"id": plan.id, "title": plan.title.as_dict(), "starts": plan.starts, "ends": plan.ends},
        "article_title": article.title.as_dict(),
        "bureau_titles": {b: plan.bureaus[b].as_dict() for b in result.clause.bureaus if b in plan.bureaus},
        "as_of": assessment.as_of,
        "snapshot": assessment.snapshot,
        "snapshot_as_of": assessment.snapshot_as_of,
        "closed": assessment.closed,
        "synthetic": assessment.synthetic,
        "source": plan.source,
        "previous": order[at - 1] if at else None,
        "next": order[at + 1] if at + 1 < len(order) else None,
        "indicators": [_indicator_detail_out(r, catalogue, subject) for r in result.indicators],
    }


def _indicator_detail_out(result: IndicatorResult, catalogue: Catalogue, subject: Subject) -> dict[str, Any]:
    indicator, found = result.indicator, result.measurement
    certainty = figures.CERTAINTIES.get(indicator.certainty or "")
    spec = measure_spec(indicator.measure) if indicator.measure is not None else None
    return {
        **indicator_out(result, subject),
        "measure_title": spec.title.as_dict() if spec is not None else None,
        "certainty_text": certainty.as_dict() if certainty is not None else None,
        "parameters": []
        if found is None or indicator.measure is None
        else parameters_out(indicator.measure, found.params, indicator.params, catalogue),
        "measurement": None if found is None else measurement_out(found),
        "history": [
            {
                "as_of": point.as_of,
                "value": plain(point.value),
                "text": figures.value_text(
                    point.value,
                    figures.unit_of(result),
                    against=figures.bound(indicator.target, point.value),
                ).as_dict(),
                "met": None
                if point.value is None or indicator.target is None
                else indicator.target.reached(point.value),
                "snapshot": point.snapshot,
            }
            for point in result.trend
        ],
    }


def measurement_out(found: Measurement) -> dict[str, Any]:
    """Return a measurement in its documented form without places, numbers also in words."""
    return {
        **measurement_as_dict(found, short_limit=0),
        "words": {
            "value": figures.value_text(found.value, found.unit).as_dict(),
            "numerator": figures.number_text(found.numerator),
            "denominator": figures.number_text(found.denominator),
            "excluded": [figures.value_text(e.count, e.unit).as_dict() for e in found.excluded],
            "by_area": [figures.value_text(a.value, found.unit).as_dict() for a in found.by_area],
        },
    }


def _places_out(found: Measurement | None, subject: Subject) -> dict[str, Any] | None:
    if found is None or found.short is None:
        return None
    short = found.short
    return {
        "total": len(short),
        "classes": short.feature_class.split(","),
        "unit": short.unit,
        "unit_text": figures.unit_text(short.unit).as_dict(),
        "visible": places_visible(short.feature_class, subject),
    }
