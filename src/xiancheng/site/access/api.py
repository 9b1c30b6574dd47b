"""Access: who reaches what, and what would change: the API."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal
from urllib.parse import quote

import orjson
from django.http import HttpRequest, HttpResponse
from ninja import Query, Router

from xiancheng.foundation.text import Text
from xiancheng.programme.views.features import select
from xiancheng.programme.whatif.compare import what_if
from xiancheng.site.access import kept, schemas
from xiancheng.site.access.coverage import coverage, facilities, places_in
from xiancheng.site.access.describing import BACKGROUND, describe
from xiancheng.site.access.export import workbook
from xiancheng.site.access.questions import city_for, read_question, readable_edits
from xiancheng.site.access.scenarios import whatif_out
from xiancheng.site.access.standing import is_ready, prepared, traced
from xiancheng.site.access.ways import isochrones, nearest_of_each
from xiancheng.site.audit.chain import record
from xiancheng.site.county import county, programme
from xiancheng.site.openapi import a_file
from xiancheng.site.policy.needs import needs, subject_of
from xiancheng.site.policy.permission import Permission
from xiancheng.site.problems import InvalidError
from xiancheng.site.schemas import Problem

router = Router(tags=["access"])
router.add_router("/scenarios", kept.router)

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
Refused = {400: Problem, 403: Problem, 404: Problem, 422: Problem}
On = Annotated[date | None, Query(description="day of a published snapshot; the newest if left out")]


@router.get(
    "/classes", response={200: schemas.ClassesOut, 404: Problem}, summary="facilities and how to ask about them"
)
@needs(Permission.ACCESS_USE)
def classes(request: HttpRequest, on: On = None) -> HttpResponse:
    """Return the classes of facilities, what is usual for them, and how the programme's indicators ask about them."""
    city = traced(on)
    return _json({**describe(city, programme(), subject_of(request)), "ready": is_ready(on)})


@router.post("/coverage", response={200: schemas.CoverageOut, **Refused}, summary="who has a facility near")
@needs(Permission.ACCESS_USE)
def ask_coverage(request: HttpRequest, asked: schemas.Asked) -> HttpResponse:
    """Return the residents within each distance and without, by township and age, and in squares for the map."""
    city, _ = city_for(asked, subject_of(request))
    return _json(coverage(city, read_question(asked, city, subject_of(request))))


@router.post("/coverage/places", response={200: schemas.PlacesOut, **Refused}, summary="covered buildings of a window")
@needs(Permission.ACCESS_USE)
def ask_places(request: HttpRequest, asked: schemas.AskedPlaces) -> HttpResponse:
    """Return the buildings of a window with the first distance that each is within."""
    subject = subject_of(request)
    city, _ = city_for(asked, subject)
    subject.require_class(city.population.feature_class)
    return _json(places_in(city, read_question(asked, city, subject), asked.window))


@router.post("/facilities", response={200: schemas.GeoJSON, **Refused}, summary="facilities on the map")
@needs(Permission.ACCESS_USE)
def ask_facilities(request: HttpRequest, asked: schemas.Asked) -> HttpResponse:
    """Return the facilities of the classes as GeoJSON; ``counted`` tells those that the question counts."""
    city, _ = city_for(asked, subject_of(request))
    question = read_question(asked, city, subject_of(request))
    heavy = BACKGROUND.intersection(question.of)
    if heavy:
        title = city.catalogue[min(heavy)].title
        raise InvalidError(Text(f"“{title.zh}”太多，请用底图", f"{title.en}: too many, see the base map"))
    found = facilities(city, question, select(city, question.of))
    return _json({"type": "FeatureCollection", "features": found})


@router.post("/isochrones", response={200: schemas.GeoJSON, **Refused}, summary="the land within the distances")
@needs(Permission.ACCESS_USE)
def ask_isochrones(request: HttpRequest, asked: schemas.AskedIsochrones) -> HttpResponse:
    """Return a polygon for each distance, the widest first, from the facilities or from one point."""
    city, _ = city_for(asked, subject_of(request))
    question = read_question(asked, city, subject_of(request))
    return _json({"type": "FeatureCollection", "features": isochrones(city, question, asked.point)})


@router.get("/nearest", response={200: schemas.NearestsOut, **Refused}, summary="the nearest facility of every class")
@needs(Permission.ACCESS_USE)
def nearest(
    request: HttpRequest, lon: schemas.Longitude, lat: schemas.Latitude, on: On = None, mode: schemas.Mode = "walk"
) -> HttpResponse:
    """Return the nearest facility of every visible class around a place, with the way there."""
    city, subject = traced(on), subject_of(request)
    known = describe(city, programme(), subject)["items"]
    names = [item["name"] for item in known if item["asked"] and item["count"]]
    items = nearest_of_each(city, (lon, lat), mode, names)
    return _json({"on": city.as_of, "snapshot": city.hash, "mode": mode, "place": (lon, lat), "items": items})


@router.post("/whatif", response={200: schemas.WhatIfOut, **Refused}, summary="every figure that a scenario moves")
@needs(Permission.ACCESS_USE)
def ask_what_if(request: HttpRequest, asked: schemas.WhatIfIn) -> HttpResponse:
    """Return every indicator that depends on what is edited, before and after, and who gains or loses.

    Figures that would take longer than the budget are named as pending: ask for them with ``only``.
    """
    subject, ready = subject_of(request), prepared(asked.on)
    edits = readable_edits([e.as_entry() for e in asked.edits], ready.city, subject)
    budget = None if asked.budget_ms is None or asked.only else asked.budget_ms / 1000
    found = what_if(ready, edits, budget=budget, only=asked.only)
    return _json(whatif_out(ready, found, subject))


@router.post(
    "/whatif/export",
    response={200: schemas.WhatIfOut, **Refused},
    summary="a scenario as a file",
    openapi_extra=a_file(XLSX),
)
@needs(Permission.ACCESS_USE, Permission.ASSESSMENT_EXPORT)
def export_what_if(
    request: HttpRequest,
    asked: schemas.ExportIn,
    format: Literal["xlsx", "json"] = "xlsx",  # noqa: A002
) -> HttpResponse:
    """Return what a scenario moves as a workbook or as JSON, to keep and send on."""
    subject, ready, home = subject_of(request), prepared(asked.on), county()
    edits = readable_edits([e.as_entry() for e in asked.edits], ready.city, subject)
    answer = whatif_out(ready, what_if(ready, edits), subject)
    record(
        request, "whatif.export", asked.name or "-", format=format, edits=len(edits), on=ready.city.as_of.isoformat()
    )
    name = f"{asked.name or Text('推演', 'what-if').get()}{'-synthetic' if home.synthetic else ''}.{format}"
    if format == "xlsx":
        content = workbook(answer, county=home.name, synthetic=home.synthetic, name=asked.name, note=asked.note)
        response = HttpResponse(content, content_type=XLSX)
    else:
        response = _json(answer)
    response["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(name)}"
    return response


def _json(content: Any) -> HttpResponse:  # noqa: ANN401 - whatever the declared schema describes
    """Return JSON without checking it once more; tests hold it to its schema."""
    return HttpResponse(orjson.dumps(content, option=orjson.OPT_SERIALIZE_NUMPY), content_type="application/json")
