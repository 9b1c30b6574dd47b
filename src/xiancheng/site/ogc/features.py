"""Reading features: pages of a collection, one feature, its versions."""

from __future__ import annotations

import hashlib
import re
from datetime import UTC, date, datetime
from http import HTTPStatus
from typing import Any

import orjson
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse

from xiancheng.city.classes import FeatureClass
from xiancheng.city.history import OPEN_DATE_TEXT
from xiancheng.city.store import Store
from xiancheng.foundation.text import Text
from xiancheng.site.county import catalogue, reading
from xiancheng.site.ogc import links, moments
from xiancheng.site.ogc.crs import DEFAULT, Reference
from xiancheng.site.ogc.describing import sees_history
from xiancheng.site.ogc.drawing import draw
from xiancheng.site.ogc.encoding import features, stream, version_id
from xiancheng.site.ogc.errors import BadParameterError
from xiancheng.site.ogc.finding import Found
from xiancheng.site.ogc.finding import page as found_page
from xiancheng.site.ogc.links import Link
from xiancheng.site.ogc.negotiation import check_parameters, representation
from xiancheng.site.ogc.query import Query, crs_of, query_of, recorded_of, token
from xiancheng.site.ogc.responding import FEATURES, document, negotiated, page, with_links
from xiancheng.site.ogc.versions import (
    Versions,
    history_links,
    latest_link,
    memento,
    memento_links,
    neighbour_links,
    versions_of,
)
from xiancheng.site.policy.needs import PUBLIC, needs, subject_of
from xiancheng.site.problems import GoneError, NotFoundError, problem_of

TIME_MAP = {"json": links.JSON, "link-format": links.LINK_FORMAT, "html": links.HTML}
COLUMNS_SHOWN = 10
_VERSION_ID = re.compile(r"(.+)\.(\d{4})(\d{2})(\d{2})", re.DOTALL)
_FOREVER = "private, max-age=31536000, immutable"


@needs(PUBLIC, sees="class_name")
def items(request: HttpRequest, class_name: str) -> HttpResponseBase:
    """Answer a page of features."""
    feature_class = catalogue()[class_name]
    query = query_of(request, feature_class)
    form = representation(request, FEATURES)
    with reading() as store:
        found = found_page(store, query.wanted, after=query.after, limit=query.limit)
    own = _page_links(request, feature_class, query, found, form)
    if form == "html":
        return _items_page(request, feature_class, query, found, own)
    about: dict[str, Any] = {
        "type": "FeatureCollection",
        "timeStamp": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}",
        "numberReturned": len(found.records),
        **({} if found.matched is None else {"numberMatched": found.matched}),
        "links": [link.as_dict() for link in own],
    }
    head = orjson.dumps(about)[:-1] + b',"features":['
    body = stream(found.records, query.crs, head, b"]}", unique_ids=query.unique_ids)
    response = StreamingHttpResponse(body, content_type=links.GEOJSON)
    response["Content-Crs"] = f"<{query.crs.uri}>"
    profile = [Link(f"http://www.opengis.net/def/profile/OGC/0/{query.profile}", "profile")]
    with_links(response, [*own, *(profile if query.when.is_interval else [])])
    return negotiated(response)


@needs(PUBLIC, sees="class_name")
def item(request: HttpRequest, class_name: str, feature_id: str) -> HttpResponse:
    """Answer the version of a feature that holds now, or on the day of ``datetime``."""
    check_parameters(request, ("crs", "datetime", "recorded"))
    when = moments.when(request.GET.get("datetime"))
    if when.is_interval:
        raise BadParameterError(
            "datetime", Text("一个要素要一个时刻", "one feature needs one instant"), Text("时刻", "an instant")
        )
    crs, recorded = crs_of(request), recorded_of(request)
    with reading() as store:
        object_id, day, versions = _resolved(store, class_name, feature_id, when.day, recorded)
    index = versions.on(day)
    if index is None:
        return _gone(request, class_name, object_id, versions, day)
    is_forever = recorded is not None and "datetime" in request.GET and recorded < datetime.now(UTC)
    return _answered(request, class_name, object_id, versions, index, crs, is_forever=is_forever)


@needs(PUBLIC, sees="class_name")
def time_map(request: HttpRequest, class_name: str, feature_id: str) -> HttpResponse:
    """Answer the versions of a feature."""
    check_parameters(request, ("recorded",))
    form = representation(request, TIME_MAP)
    recorded = recorded_of(request)
    with reading() as store:
        versions = versions_of(store, class_name, feature_id, recorded)
    if not len(versions):
        raise _missing(class_name, feature_id)
    found = [
        Link(links.here(request), "self", TIME_MAP[form]),
        *(x for x in history_links(request, class_name, feature_id) if x.rel in {"original", "timegate"}),
        *memento_links(request, class_name, feature_id, versions),
        latest_link(request, class_name, feature_id, versions),
    ]
    if form == "link-format":
        text = ",\n".join(link.header for link in found) + "\n"
        return negotiated(HttpResponse(text, content_type=links.LINK_FORMAT))
    if form == "json":
        return document({"links": [link.as_dict() for link in found]}, links.JSON)
    return page(request, "versions.html", _history(request, class_name, feature_id, versions, None))


@needs(PUBLIC, sees="class_name")
def version(request: HttpRequest, class_name: str, feature_id: str, start: str) -> HttpResponse:
    """Answer the version of a feature that begins on a day."""
    check_parameters(request, ("crs", "recorded"))
    crs, recorded = crs_of(request), recorded_of(request)
    day = moments.when(start).day.isoformat() if "/" not in start else ""
    with reading() as store:
        versions = versions_of(store, class_name, feature_id, recorded)
    index = versions.starting(day)
    if index is None:
        raise NotFoundError(
            Text(f"{feature_id} 没有自 {start} 起的版本", f"{feature_id} has no version that begins on {start}"),
            Text("版本见 versions", "see its versions"),
        )
    return _answered(request, class_name, feature_id, versions, index, crs)


def state_tag(versions: Versions, index: int) -> str:
    """Return the tag of the state of a version: it changes when the version is recorded anew."""
    records = versions.records.part(index, index + 1)
    said = (*(records.plain(n)[0] for n in ("object_id", "valid_from", "valid_to", "recorded_from")),)
    return hashlib.sha256(repr(said).encode()).hexdigest()[:20]


def _resolved(
    store: Store, class_name: str, feature_id: str, day: date, recorded: datetime | None
) -> tuple[str, date, Versions]:
    """Return the object, day and versions that an identifier means; it may name a version too."""
    versions = versions_of(store, class_name, feature_id, recorded)
    if len(versions):
        return feature_id, day, versions
    match = _VERSION_ID.fullmatch(feature_id)
    if match:
        start = "-".join(match.groups()[1:])
        versions = versions_of(store, class_name, match[1], recorded)
        if versions.starting(start) is not None:
            return match[1], date.fromisoformat(start), versions
    raise _missing(class_name, feature_id)


def _answered(
    request: HttpRequest,
    class_name: str,
    object_id: str,
    versions: Versions,
    index: int,
    crs: Reference,
    *,
    is_forever: bool = False,
) -> HttpResponse:
    """Return the response of one version."""
    form = representation(request, FEATURES)
    records = versions.records.part(index, index + 1)
    own = [
        *links.same_in(request, FEATURES, form),
        Link(links.collection(request, class_name), "collection", links.JSON),
        *history_links(request, class_name, object_id),
        *neighbour_links(request, class_name, object_id, versions, index),
    ]
    tag = f'"{state_tag(versions, index)};{crs.short};{form}"'
    if tag in [part.strip() for part in request.headers.get("If-None-Match", "").split(",")]:
        response = HttpResponse(status=HTTPStatus.NOT_MODIFIED)
    elif form == "html":
        feature = features(records, DEFAULT)[0]
        drawing = None if records.shapes[0] is None else draw(records.shapes[0])
        response = page(
            request,
            "item.html",
            {"feature": feature, "drawing": drawing, "title": feature["properties"].get("name") or object_id,
             **_history(request, class_name, object_id, versions, index)},
        )  # fmt: skip
    else:
        feature = features(records, crs)[0]
        if sees_history(request):
            feature["properties"]["reason"] = records.plain("reason")[0]
        response = document({**feature, "links": [link.as_dict() for link in own]}, links.GEOJSON)
    if is_forever:
        response["Cache-Control"] = _FOREVER
    response["ETag"] = tag
    response["Content-Crs"] = f"<{crs.uri}>"
    response["Memento-Datetime"] = moments.http_date(versions.starts[index])
    return with_links(negotiated(response), own)


def _gone(request: HttpRequest, class_name: str, object_id: str, versions: Versions, day: date) -> HttpResponse:
    """Return the response for a day on which a feature does not exist."""
    last = versions.ends[-1]
    spans = f"{versions.starts[0]} – {'' if last == OPEN_DATE_TEXT else last}"
    error = GoneError(
        Text(f"{object_id} 在 {day} 不存在", f"{object_id} does not exist on {day}"),
        Text(f"它的存续期为 {spans}；各版本见 versions", f"it exists {spans}; see its versions"),
    )
    found = [latest_link(request, class_name, object_id, versions), *history_links(request, class_name, object_id)]
    return with_links(problem_of(request, error), [x for x in found if x.rel not in {"original", "timegate"}])


def _missing(class_name: str, feature_id: str) -> NotFoundError:
    return NotFoundError(Text(f"{class_name} 中没有 {feature_id}", f"there is no {feature_id} in {class_name}"))


def _page_links(
    request: HttpRequest, feature_class: FeatureClass, query: Query, found: Found, form: str
) -> list[Link]:  # fmt: skip
    out = links.same_in(request, FEATURES, form)
    out.append(Link(links.collection(request, feature_class.name), "collection", links.JSON))
    if found.following is not None:
        out.append(Link(links.here(request, after=token(found.following)), "next", FEATURES[form]))
    if query.after is not None:
        out.append(Link(links.here(request, after=None), "first", FEATURES[form]))
    return out


def _items_page(
    request: HttpRequest, feature_class: FeatureClass, query: Query, found: Found, own: list[Link]
) -> HttpResponse:  # fmt: skip
    attributes = [a for a in feature_class.attributes if a.type != "json"][:COLUMNS_SHOWN]
    rows = []
    for feature in features(found.records, DEFAULT):
        values = feature["properties"]
        address = links.item(request, feature_class.name, feature["id"])
        if not query.when.is_now:
            address = memento(request, feature_class.name, feature["id"], values["valid_from"])
        rows.append({"id": feature["id"], "address": address, "values": values})
    by_relation = {link.rel: link.href for link in own}
    content = {
        "feature_class": feature_class,
        "attributes": attributes,
        "rows": rows,
        "codes": catalogue().codes,
        "matched": found.matched,
        "next": by_relation.get("next"),
        "first": by_relation.get("first"),
        "datetime": request.GET.get("datetime", ""),
        "filter": request.GET.get("filter", ""),
        "limit": query.limit,
    }
    return page(request, "items.html", content)


def _history(
    request: HttpRequest, class_name: str, object_id: str, versions: Versions, index: int | None
) -> dict[str, Any]:
    """Return what a page shows of a feature's versions."""
    rows = [
        {
            "start": start,
            "end": None if end == OPEN_DATE_TEXT else end,
            "address": memento(request, class_name, object_id, start),
            "is_shown": i == index,
            "recorded": recorded,
            "source": source,
        }
        for i, (start, end, recorded, source) in enumerate(
            zip(
                versions.starts, versions.ends, versions.records.plain("recorded_from"),
                versions.records.plain("source"), strict=True,
            )
        )
    ]  # fmt: skip
    return {
        "feature_class": catalogue()[class_name],
        "codes": catalogue().codes,
        "object_id": object_id,
        "versions": rows,
        "editable": subject_of(request).may_edit(class_name),
        "version_id": None if index is None else version_id(object_id, versions.starts[index]),
    }
