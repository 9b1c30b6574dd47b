"""What there is: the landing page, the collections and their schemas, the conformance classes, the API itself."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any, cast

from django.http import HttpRequest, HttpResponse

from xiancheng.city.classes import CIM_CLASSES
from xiancheng.foundation.text import Text
from xiancheng.site.county import catalogue, county, reading
from xiancheng.site.ogc import links
from xiancheng.site.ogc.conformance import CLASSES
from xiancheng.site.ogc.describing import MADE_UP, collection, counted, described, visible
from xiancheng.site.ogc.errors import BadParameterError
from xiancheng.site.ogc.links import Link
from xiancheng.site.ogc.negotiation import check_parameters, representation
from xiancheng.site.ogc.openapi import describe
from xiancheng.site.ogc.properties import Purpose, kinds, schema
from xiancheng.site.ogc.responding import DOCUMENT, document, page
from xiancheng.site.policy.needs import PUBLIC, needs, subject_of
from xiancheng.site.problems import problem

DESCRIPTION = {"openapi": links.OPENAPI, "json": links.OPENAPI, "html": links.HTML}
PURPOSES = ("return", "create", "replace", "update")


@needs(PUBLIC)
def landing(request: HttpRequest) -> HttpResponse:
    """Answer the landing page."""
    check_parameters(request, ())
    form = representation(request, DOCUMENT)
    home, base = county(), links.root(request)
    said = Text(f"{home.name.zh}城市模型", f"City model of {home.name.en}")
    about = Text(
        "按 OGC API 提供的县域要素：现势与历史版本、过滤、坐标系，以及（有权者）维护。",
        "The features of a county by the OGC API: present and past versions, filters, coordinate systems, and changes "
        "by those who keep them.",
    )
    found = [
        *links.same_in(request, DOCUMENT, form),
        Link(f"{base}/api", "service-desc", links.OPENAPI),
        Link(f"{base}/api?f=html", "service-doc", links.HTML),
        Link(f"{base}/conformance", "conformance", links.JSON),
        Link(f"{base}/conformance", "http://www.opengis.net/def/rel/ogc/1.0/conformance", links.JSON),
        Link(f"{base}/collections", "data", links.JSON),
        Link(f"{base}/collections", "http://www.opengis.net/def/rel/ogc/1.0/data", links.JSON),
        Link(f"{base}/tileMatrixSets", "http://www.opengis.net/def/rel/ogc/1.0/tiling-schemes", links.JSON),
    ]
    made_up = MADE_UP.get() if home.synthetic else ""
    content = {
        "title": said.get(),
        "description": f"{about.get()} {made_up}".strip(),
        "links": [link.as_dict() for link in found],
    }
    if form == "json":
        return document(content, links.JSON)
    return page(request, "landing.html", {**content, "anonymous": subject_of(request).is_anonymous})


@needs(PUBLIC)
def conformance(request: HttpRequest) -> HttpResponse:
    """Answer the conformance classes."""
    check_parameters(request, ())
    if representation(request, DOCUMENT) == "json":
        return document({"conformsTo": list(CLASSES)}, links.JSON)
    return page(request, "conformance.html", {"classes": CLASSES})


@needs(PUBLIC)
def description(request: HttpRequest) -> HttpResponse:
    """Answer the OpenAPI document, of the collections that the asker sees."""
    check_parameters(request, ())
    form = representation(request, DESCRIPTION)
    content = describe(request, [c.name for c in visible(request)])
    if form != "html":
        return document(content, links.OPENAPI)
    operations = [
        {"method": method.upper(), "path": path, **operation}
        for path, methods in content["paths"].items()
        for method, operation in methods.items()
        if method != "parameters"
    ]
    return page(request, "api.html", {"operations": operations, "info": content["info"]})


@needs(PUBLIC)
def collections(request: HttpRequest) -> HttpResponse:
    """Answer the collections that the asker sees."""
    check_parameters(request, ())
    form = representation(request, DOCUMENT)
    classes = visible(request)
    if form == "json":
        with reading() as store:
            found = [collection(request, store, c) for c in classes]
        own = [link.as_dict() for link in links.same_in(request, DOCUMENT, form)]
        return document({"links": own, "collections": found}, links.JSON)
    with reading() as store:
        sizes = {c.name: counted(store, c) for c in classes}
    groups = [
        {"title": title.get(), "classes": [c for c in classes if c.cim_class == name]}
        for name, title in CIM_CLASSES.items()
        if any(c.cim_class == name for c in classes)
    ]
    anonymous = subject_of(request).is_anonymous
    return page(request, "collections.html", {"groups": groups, "sizes": sizes, "anonymous": anonymous})


@needs(PUBLIC, sees="class_name")
def one_collection(request: HttpRequest, class_name: str) -> HttpResponse:
    """Answer a collection."""
    check_parameters(request, ())
    form = representation(request, DOCUMENT)
    feature_class = catalogue()[class_name]
    with reading() as store:
        content = collection(request, store, feature_class)
        size = counted(store, feature_class)
    if form == "json":
        return document(content, links.JSON)
    codes = catalogue().codes
    return page(
        request,
        "collection.html",
        {"collection": content, "feature_class": feature_class, "size": size, "codes": codes,
         "said": described(feature_class).get()},
    )  # fmt: skip


@needs(PUBLIC, sees="class_name")
def class_schema(request: HttpRequest, class_name: str) -> HttpResponse:
    """Answer the JSON Schema of a collection's features, or (``type``) of what may be sent."""
    check_parameters(request, ("type",))
    purpose = request.GET.get("type", "return")
    if purpose not in PURPOSES:
        listed = ", ".join(PURPOSES)
        raise BadParameterError("type", Text(f"没有“{purpose}”", f"there is no {purpose!r}"), Text(listed, listed))
    return _schema(request, class_name, cast("Purpose", purpose))


@needs(PUBLIC, sees="class_name")
def queryables(request: HttpRequest, class_name: str) -> HttpResponse:
    """Answer the JSON Schema of the properties that filters may name."""
    check_parameters(request, ())
    return _schema(request, class_name, "query")


@needs(PUBLIC)
def missing(request: HttpRequest, path: str = "") -> HttpResponse:
    """Answer for an address that there is not."""
    del request
    return problem(HTTPStatus.NOT_FOUND, Text(f"没有 /ogc/{path}", f"there is no /ogc/{path}"))


def _schema(request: HttpRequest, class_name: str, purpose: Purpose) -> HttpResponse:
    form = representation(request, {"json": links.SCHEMA, "html": links.HTML})
    feature_class = catalogue()[class_name]
    content = schema(feature_class, catalogue(), purpose, links.here(request, f=None, lang=None))
    if form == "json":
        return document(content, links.SCHEMA)
    rows: dict[str, dict[str, Any]] = content["properties"]
    shown_kinds = {name: kind.value for name, kind in kinds(feature_class).items()}
    return page(
        request,
        "schema.html",
        {"feature_class": feature_class, "rows": rows, "purpose": purpose, "kinds": shown_kinds,
         "required": content.get("required", [])},
    )  # fmt: skip
