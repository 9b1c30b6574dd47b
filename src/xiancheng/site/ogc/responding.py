"""Answers in the representation that was asked for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from http import HTTPStatus
from typing import Any, TypeVar

import orjson
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils.cache import patch_vary_headers

from xiancheng.site.ogc import links
from xiancheng.site.ogc.links import Link
from xiancheng.site.ogc.pages import render

Response = TypeVar("Response", bound=HttpResponseBase)
DOCUMENT = {"json": links.JSON, "html": links.HTML}
"""Representations of a resource that is not a feature."""
FEATURES = {"json": links.GEOJSON, "html": links.HTML}


def document(content: Any, media: str, status: HTTPStatus = HTTPStatus.OK) -> HttpResponse:  # noqa: ANN401 - any JSON
    """Return a JSON document."""
    return negotiated(HttpResponse(orjson.dumps(content), content_type=media, status=status))


def page(request: HttpRequest, template: str, content: Mapping[str, Any]) -> HttpResponse:
    """Return a page for people."""
    return negotiated(HttpResponse(render(request, template, content), content_type="text/html; charset=utf-8"))


def negotiated(response: Response) -> Response:
    """Mark a response whose form depends on what was accepted and on who asked."""
    patch_vary_headers(response, ["Accept", "Accept-Language", "Authorization", "Cookie"])
    response.headers.setdefault("Cache-Control", "private, no-cache")
    return response


def with_links(response: Response, found: Iterable[Link]) -> Response:
    """Say the links in the header too."""
    response["Link"] = ", ".join(link.header for link in found)
    return response
