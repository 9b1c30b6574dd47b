"""The city model for the map: search, identify, compare, quality, time: the API."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

import orjson
import shapely
from django.http import HttpRequest, HttpResponse
from ninja import Query, Router
from pydantic import Field

from xiancheng.city.history import today
from xiancheng.foundation.text import Text
from xiancheng.site.county import catalogue, county, reading, snapshot, snapshot_dates
from xiancheng.site.model import schemas
from xiancheng.site.model.classes import describe_classes
from xiancheng.site.model.comparing import KINDS, compare
from xiancheng.site.model.describing import describe_feature
from xiancheng.site.model.quality import quality_report
from xiancheng.site.model.searching import search_index
from xiancheng.site.model.times import geojson_at, times_of
from xiancheng.site.openapi import a_file
from xiancheng.site.policy.needs import ACCOUNT, PUBLIC, needs, subject_of
from xiancheng.site.problems import InvalidError
from xiancheng.site.schemas import Problem
from xiancheng.site.tiles.archives import tile_folder, tile_hash

router = Router(tags=["model"])
GEOJSON = "application/geo+json"
MOST_FEATURES = 20_000

Limit = Annotated[int, Field(ge=1, le=200)]
Offset = Annotated[int, Field(ge=0, le=10_000_000)]
Word = Annotated[str, Field(max_length=80)]


@router.get("/snapshots", response=schemas.SnapshotsOut, summary="published snapshots")
@needs(PUBLIC)
def snapshots(request: HttpRequest) -> dict[str, Any]:
    """Return the published snapshots with the number of features of every visible class."""
    subject = subject_of(request)
    items = []
    for day in snapshot_dates():
        found = snapshot(day)
        rows = {name: int(entry["rows"]) for name, entry in found.manifest["classes"].items()}
        items.append(
            {
                "date": day,
                "hash": tile_hash(found.hash),
                "synthetic": found.county.synthetic,
                "classes": {name: rows[name] for name in subject.visible(rows)},
            }
        )
    return {"items": items}


@router.get("/classes", response=schemas.ClassesOut, summary="feature classes and their codes")
@needs(PUBLIC)
def classes(request: HttpRequest) -> dict[str, Any]:
    """Return the visible feature classes, their attributes and the code lists that they use."""
    return describe_classes(catalogue(), subject_of(request))


@router.get("/search", response={200: schemas.Hits, 404: Problem}, summary="search by name, address, pinyin or id")
@needs(PUBLIC)
def search(request: HttpRequest, q: Word, on: date | None = None, limit: Limit = 20) -> dict[str, Any]:
    """Return the features of a published snapshot (the newest unless `on` is given) that fit, the best first.

    Every word must occur: in the name, the address or the identifier, in the pinyin of the name or its initials.
    """
    found = snapshot(on)
    index = search_index(found, tile_folder(county().folder, tile_hash(found.hash)))
    items, total = index.find(q, subject_of(request).visible(found.catalogue.classes), limit)
    for item in items:
        item["class_title"] = catalogue()[item["class_name"]].title.as_dict()
    return {"items": items, "total": total, "more": total > len(items), "on": found.as_of}


@router.get(
    "/feature/{class_name}/{path:object_id}", response={200: schemas.FeatureOut, 404: Problem}, summary="identify"
)
@needs(PUBLIC, sees="class_name")
def feature(request: HttpRequest, class_name: str, object_id: str, on: date | None = None) -> dict[str, Any]:
    """Return everything about one feature on a day (today unless `on` is given)."""
    with reading() as store:
        return describe_feature(
            store, catalogue(), subject_of(request), class_name, object_id, on or today(), county().crs
        )


@router.get("/changes", response={200: schemas.ChangesOut, 404: Problem}, summary="compare two snapshots")
@needs(PUBLIC)
def changes(
    request: HttpRequest,
    first: Annotated[date, Query(alias="from")],
    second: Annotated[date, Query(alias="to")],
    class_name: Annotated[list[str], Query(alias="class")] = [],  # noqa: B006 - a declaration that Ninja copies
    limit: Limit = 100,
    offset: Offset = 0,
) -> dict[str, Any]:
    """Return what was added, changed and closed between two published snapshots.

    Counts are of every visible class; the list is of the asked classes (all for none).
    """
    counts, features = _changes(request, first, second, class_name)
    shown = [{k: v for k, v in f.items() if k != "geometry"} for f in features[offset : offset + limit]]
    return {
        "first": first,
        "second": second,
        "counts": counts,
        "items": shown,
        "total": len(features),
        "more": offset + len(shown) < len(features),
    }


@router.get(
    "/changes.geojson",
    response={404: Problem},
    summary="compare two snapshots on a map",
    openapi_extra=a_file(GEOJSON),
)
@needs(PUBLIC)
def changes_geojson(
    request: HttpRequest,
    first: Annotated[date, Query(alias="from")],
    second: Annotated[date, Query(alias="to")],
    class_name: Annotated[list[str], Query(alias="class")] = [],  # noqa: B006 - a declaration that Ninja copies
) -> HttpResponse:
    """Return the features that differ between two published snapshots as GeoJSON, at most 20,000."""
    _, features = _changes(request, first, second, class_name)
    given = [f for f in features[:MOST_FEATURES] if f["geometry"] is not None]
    content = {
        "type": "FeatureCollection",
        "numberMatched": len(features),
        "numberReturned": len(given),
        "features": [
            {
                "type": "Feature",
                "id": f["object_id"],
                "geometry": orjson.Fragment(shapely.to_geojson(f["geometry"])),
                "properties": {
                    "object_id": f["object_id"],
                    "name": f["name"],
                    "class": f["class_name"],
                    "change": f["change"],
                },
            }
            for f in given
        ],
    }
    return HttpResponse(orjson.dumps(content), content_type=GEOJSON)


@router.get("/quality", response=schemas.QualityOut, summary="quality findings")
@needs(ACCOUNT)
def quality(
    request: HttpRequest,
    class_name: Annotated[str, Query(alias="class")] = "",
    check: str = "",
    severity: Literal["", "error", "warning", "info"] = "",
    limit: Annotated[int, Field(ge=1, le=5000)] = 100,
    offset: Offset = 0,
) -> dict[str, Any]:
    """Return what the checks find in the model of today: counts of all findings, and the features of those asked for.

    A finding lists at most 1,000 features; its count is of all.
    """
    subject = subject_of(request)
    with reading() as store:
        change, report = quality_report(store)
    findings, items = [], []
    for name in subject.visible(report["classes"]):
        for found in report["classes"][name]["findings"]:
            entry = {k: found[k] for k in ("check", "title", "severity", "count", "total", "message")}
            findings.append({**entry, "class_name": name, "class_title": report["classes"][name]["title"]})
            if class_name in {"", name} and check in {"", found["check"]} and severity in {"", found["severity"]}:
                shared = {"check": found["check"], "class_name": name, "severity": found["severity"]}
                items += [
                    {**shared, "object_id": o["id"], **{k: o[k] for k in ("name", "lon", "lat", "detail")}}
                    for o in found["objects"]
                ]
    order = ["error", "warning", "info"]
    findings.sort(key=lambda f: (order.index(f["severity"]), -f["count"]))
    shown = items[offset : offset + limit]
    return {
        "change": change,
        "findings": findings,
        "items": shown,
        "total": len(items),
        "more": offset + len(shown) < len(items),
    }


@router.get("/times", response=schemas.TimesOut, summary="when something changed")
@needs(PUBLIC)
def times(
    request: HttpRequest,
    class_name: Annotated[list[str], Query(alias="class")] = [],  # noqa: B006 - a declaration that Ninja copies
    by: Literal["month", "year"] = "month",
) -> dict[str, Any]:
    """Return how many records begin and end in each month or year, by class: the scale of a time slider."""
    visible = subject_of(request).visible(catalogue().classes)
    chosen = [name for name in visible if not class_name or name in class_name]
    with reading() as store, store.reading():
        return times_of(store, chosen, by)


@router.get("/at", response={404: Problem, 422: Problem}, summary="a class on any day", openapi_extra=a_file(GEOJSON))
@needs(PUBLIC, sees="class_name")
def at(
    request: HttpRequest,
    class_name: Annotated[str, Query(alias="class")],
    on: date,
    bbox: str = "",
    limit: Annotated[int, Field(ge=0, le=MOST_FEATURES)] = 5000,
) -> HttpResponse:
    """Return the features of a class that exist on a day as GeoJSON; `bbox` is west, south, east, north in degrees.

    If there are more than `limit`, none is given and ``capped`` is true: ask for a smaller box.
    """
    del request
    feature_class = catalogue()[class_name]
    with reading() as store:
        content = geojson_at(store, feature_class, on, _box(bbox), limit)
    return HttpResponse(content, content_type=GEOJSON)


def _changes(
    request: HttpRequest, first: date, second: date, class_names: list[str]
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    subject = subject_of(request)
    for name in class_names:
        _ = catalogue()[name]
        subject.require_class(name)
    one, other = snapshot(first), snapshot(second)
    present = [c.name for c in catalogue() if one.has(c.name) or other.has(c.name)]
    counts, features = [], []
    for name in subject.visible(present):
        found = compare(one, other, name)
        if not any(found.counts().values()):
            continue
        counts.append({"class_name": name, "class_title": catalogue()[name].title.as_dict(), **found.counts()})
        if not class_names or name in class_names:
            features += found.features()
    order = {kind: i for i, kind in enumerate(KINDS)}
    features.sort(key=lambda f: (f["class_name"], order[f["change"]], f["object_id"]))
    return counts, features


def _box(text: str) -> tuple[float, float, float, float] | None:
    if not text:
        return None
    try:
        west, south, east, north = (float(part) for part in text.split(","))
    except ValueError:
        west = south = east = north = float("nan")
    if not (-360 <= west <= east <= 360 and -90 <= south <= north <= 90):
        raise InvalidError(
            Text("bbox 要写成 西,南,东,北（度）", "write bbox as west,south,east,north in degrees"),
            fields={"bbox": Text("格式不对", "not a box")},
        )
    return west, south, east, north
