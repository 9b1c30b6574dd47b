"""The programme, its figures, the measures: the API."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router

from xiancheng.foundation.text import current_language
from xiancheng.site.assessments.answers import assessed, file_answer, json_answer, overview_answer, ready
from xiancheng.site.assessments.current import filtered, indicator_of, with_places
from xiancheng.site.assessments.documents import documents_out
from xiancheng.site.assessments.export import TYPES, export_assessment, export_places, snapshot_of
from xiancheng.site.assessments.forms import clause_detail_out, programme_out
from xiancheng.site.assessments.places import chosen, collection_out, places_for, require_visible, rows_out
from xiancheng.site.assessments.schemas import (
    AssessmentOut,
    ClauseDetailOut,
    ComputingOut,
    ExportFormat,
    PlacesFormat,
    PlacesMapOut,
    PlacesPageOut,
    ProgrammesOut,
    SortName,
    StatusName,
)
from xiancheng.site.assessments.work import readable_programmes, start
from xiancheng.site.audit.chain import record
from xiancheng.site.county import catalogue
from xiancheng.site.jobs.api import JobOut, job_out
from xiancheng.site.policy.needs import needs, subject_of
from xiancheng.site.policy.permission import Permission
from xiancheng.site.schemas import Problem

router = Router(tags=["programme"])
PAGE, MOST = 50, 1000
ON_MAP = 5000

Programme = Annotated[str | None, Query(max_length=200, description="name of a programme; the first one if left out")]
On = Annotated[date | None, Query(description="date of the figures; by default the programme's last day, or today")]
Word = Annotated[str, Query(max_length=200)]


@router.get("", response={200: ProgrammesOut}, summary="programmes of the county")
@needs(Permission.PROGRAMME_VIEW)
def programmes(request: HttpRequest) -> dict[str, Any]:
    """Return the programmes with their articles, clauses, bureaus, kinds and term."""
    del request
    items = [programme_out(plan) for plan in readable_programmes()]
    return {"items": items, "total": len(items), "more": False}


@router.get(
    "/assessment",
    response={200: AssessmentOut, 202: ComputingOut, 404: Problem},
    by_alias=True,
    summary="every clause: figure, target, gap, trend",
)
@needs(Permission.PROGRAMME_VIEW)
def read_assessment(
    request: HttpRequest,
    programme: Programme = None,
    on: On = None,
    bureau: Word = "",
    article: Word = "",
    status: StatusName | None = None,
) -> HttpResponse:
    """Return the assessment; 202 with the job while its figures are being computed."""
    found, waiting = assessed(request, programme, on)
    if found.assessment is None:
        assert waiting is not None
        return waiting
    return overview_answer(
        found.assessment, found.pending, subject_of(request), bureau=bureau, article=article, status=status or ""
    )


@router.post("/assessment", response={200: JobOut}, summary="compute what is missing again, after a failure")
@needs(Permission.ASSESSMENT_RUN)
def run_assessment(request: HttpRequest) -> dict[str, Any]:
    """Put the job in the queue."""
    job = start(subject_of(request).user_id)
    record(request, "assessment.run", str(job.pk))
    return job_out(job)


@router.get(
    "/clauses/{clause}",
    response={200: ClauseDetailOut, 202: ComputingOut, 404: Problem},
    by_alias=True,
    summary="a clause with everything behind its figures",
)
@needs(Permission.PROGRAMME_VIEW)
def read_clause(request: HttpRequest, clause: str, programme: Programme = None, on: On = None) -> HttpResponse:
    """Return a clause: definitions, parameters, numerators, what was excluded, areas, history, documents."""
    found, waiting = assessed(request, programme, on)
    if found.assessment is None:
        assert waiting is not None
        return waiting
    subject = subject_of(request)
    (result,) = filtered(found.assessment, clause=clause).clauses
    detail = clause_detail_out(found.assessment, result, catalogue(), subject)
    return json_answer({**detail, "documents": documents_out(found.assessment, clause, subject)})


@router.get(
    "/clauses/{clause}/indicators/{indicator}/places",
    response={200: PlacesPageOut, 404: Problem, 409: Problem},
    by_alias=True,
    summary="places that fall short",
)
@needs(Permission.PROGRAMME_VIEW)
def read_places(
    request: HttpRequest,
    clause: str,
    indicator: str,
    programme: Programme = None,
    on: On = None,
    sort: SortName = "rank",
    area: Word = "",
    search: Word = "",
    limit: Annotated[int, Query(ge=1, le=MOST)] = PAGE,
    offset: Annotated[int, Query(ge=0, le=10_000_000)] = 0,
) -> HttpResponse:
    """Return a page of them, the most affected first; places of a class that one may not see are only counted."""
    assessment = ready(request, programme, on)
    places = places_for(indicator_of(assessment, clause, indicator), subject_of(request))
    indices = chosen(places, sort=sort, area=area, search=search)
    items = rows_out(places, indices[offset : offset + limit])
    total = len(indices) if places.visible else places.total
    return json_answer(
        {
            "items": items,
            "total": total,
            "counted": places.total,
            "more": places.visible and offset + len(items) < total,
            "visible": places.visible,
            "classes": list(places.classes),
            "unit": places.unit,
            "unit_text": places.unit_text.as_dict(),
            "areas": places.areas_present(),
        }
    )


@router.get(
    "/clauses/{clause}/indicators/{indicator}/places/map",
    response={200: PlacesMapOut, 404: Problem, 409: Problem},
    summary="places that fall short, as GeoJSON",
)
@needs(Permission.PROGRAMME_VIEW)
def map_places(
    request: HttpRequest,
    clause: str,
    indicator: str,
    programme: Programme = None,
    on: On = None,
    area: Word = "",
    search: Word = "",
    limit: Annotated[int, Query(ge=1, le=ON_MAP)] = ON_MAP,
) -> HttpResponse:
    """Return the most affected of them with their shapes (or points, of very many)."""
    assessment = ready(request, programme, on)
    places = places_for(indicator_of(assessment, clause, indicator), subject_of(request))
    indices = chosen(places, area=area, search=search)
    drawn = collection_out(places, indices[:limit], snapshot_of(assessment), synthetic=assessment.synthetic)
    total = len(indices) if places.visible else places.total
    return json_answer({**drawn, "total": total, "visible": places.visible})


@router.get(
    "/clauses/{clause}/indicators/{indicator}/places.{kind}",
    response={200: None, 403: Problem, 404: Problem, 409: Problem},
    summary="places that fall short, as a file",
    openapi_extra={"responses": {200: {"description": "the file", "content": {t: {} for t in TYPES.values()}}}},
)
@needs(Permission.PROGRAMME_VIEW, Permission.ASSESSMENT_EXPORT)
def export_places_of(
    request: HttpRequest,
    clause: str,
    indicator: str,
    kind: PlacesFormat,
    programme: Programme = None,
    on: On = None,
    sort: SortName = "rank",
    area: Word = "",
    search: Word = "",
) -> HttpResponse:
    """Return all of them as CSV, Excel, GeoParquet or GeoJSON."""
    assessment = ready(request, programme, on)
    places = places_for(indicator_of(assessment, clause, indicator), subject_of(request))
    require_visible(places)
    indices = chosen(places, sort=sort, area=area, search=search)
    record(request, "places.export", f"{clause}/{indicator}", format=kind, rows=len(indices))
    content = export_places(places, indices, kind, assessment=assessment, language=current_language())
    return file_answer(content, kind, f"{clause}-{indicator}-{assessment.as_of}", assessment.synthetic)


@router.get(
    "/export.{kind}",
    response={200: None, 404: Problem, 409: Problem},
    summary="the assessment as a file",
    openapi_extra={"responses": {200: {"description": "the file", "content": {t: {} for t in TYPES.values()}}}},
)
@needs(Permission.PROGRAMME_VIEW, Permission.ASSESSMENT_EXPORT)
def export(
    request: HttpRequest,
    kind: ExportFormat,
    programme: Programme = None,
    on: On = None,
    bureau: Word = "",
    article: Word = "",
    status: StatusName | None = None,
    clause: Word = "",
) -> HttpResponse:
    """Return it whole or filtered, as JSON, CSV, Excel, a web page that needs no network, or Parquet."""
    some = filtered(ready(request, programme, on), bureau=bureau, article=article, status=status or "", clause=clause)
    record(
        request, "assessment.export", some.programme.id,
        format=kind, bureau=bureau, article=article, status=status, clause=clause,
    )  # fmt: skip
    content = export_assessment(with_places(some, subject_of(request)), kind, current_language())
    return file_answer(content, kind, f"{some.county_code}-{some.programme.id}-{some.as_of}", some.synthetic)
