"""Every address of the site, what it says it needs, and values for its parameters."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse
from django.urls import URLPattern, URLResolver, get_resolver
from ninja.operation import PathView

from xiancheng.site.policy.needs import MARK

CLASS_PARAMETERS = {"class_name", "collection_id", "collection", "collectionId"}
"""Names of parameters that hold a feature class: a view that takes one must name it in `sees` or `edits`."""

MADE_BY_NINJA = {"api-root", "openapi-json"}
"""The list of the API's operations, and an address that only says 404."""

SAMPLES: dict[str, object] = {
    "account_id": 1,
    "attribute": "use",
    "change_id": 1,
    "clause": "24.2",
    "column": "用途",
    "content_hash": "0" * 16,
    "first": "2023-12-31",
    "handle": "0" * 32,
    "indicator": "park-500m",
    "job_id": 1,
    "kind": "csv",
    "lat": 40.55,
    "lon": 110.53,
    "matrix_set_id": "WebMercatorQuad",
    "name": "access.residents_within",
    "number": 1,
    "on": "2025-12-31",
    "path": "",
    "publication_id": 1,
    "q": "school",
    "scenario_id": 1,
    "second": "2025-12-31",
    "start": "2023-12-31",
    "token_id": 1,
    "unit_id": 1,
    "upload_id": 1,
    "x": 1652,
    "y": 772,
    "z": 11,
}
"""A value for each parameter in a path and each that a query must have. Those of a class are chosen by the test."""


@dataclass(frozen=True)
class Route:
    """One address and method."""

    method: str
    pattern: str
    view: Any
    parameters: tuple[str, ...]
    query: tuple[str, ...] = ()

    @property
    def optional_class(self) -> str | None:
        """The name of a class parameter that may be left out."""
        names = {n for n, p in inspect.signature(self.view).parameters.items() if p.default is not p.empty}
        return next(iter((names & CLASS_PARAMETERS) - {self.class_parameter}), None)

    @property
    def label(self) -> str:
        return f"{self.method} /{self.pattern}"

    @property
    def mark(self) -> tuple[tuple[Any, ...], str | None, str | None] | None:
        return getattr(self.view, MARK, None)

    @property
    def class_parameter(self) -> str | None:
        return (self.mark or ((), None, None))[1] or (self.mark or ((), None, None))[2]

    def address(self, samples: dict[str, object]) -> str:
        """Return the address with sample values."""
        path = re.sub(r"<(?:\w+:)?(\w+)>", lambda m: str(samples[m[1]]), self.pattern)
        path = re.sub(r"\^?\(\?P<(\w+)>.*\)\$?$", lambda m: str(samples[m[1]]), path)
        query = urlencode({self.sent_as(name): samples[name] for name in self.query})
        return f"/{path}" + (f"?{query}" if query else "")

    def sent_as(self, name: str) -> str:
        """Return the name of a parameter in the query, where it may have another than in the code."""
        for more in getattr(inspect.signature(self.view).parameters[name].annotation, "__metadata__", ()):
            if getattr(more, "alias", None):
                return str(more.alias)
        return name

    def unknown(self) -> list[str]:
        """Return the parameters without a sample value."""
        names = {*self.parameters, *self.query} - CLASS_PARAMETERS - {"object_id", "feature_id"}
        return sorted(name for name in names if name not in SAMPLES)


def all_routes() -> list[Route]:
    """Return every route of the urlconf."""
    return [route for pattern, entry in _walk(get_resolver().url_patterns, "") for route in _routes(pattern, entry)]


def _walk(entries: list[Any], before: str) -> Iterator[tuple[str, URLPattern]]:
    for entry in entries:
        if isinstance(entry, URLResolver):
            yield from _walk(entry.url_patterns, before + str(entry.pattern))
        else:
            yield before + str(entry.pattern), entry


def _routes(pattern: str, entry: URLPattern) -> Iterator[Route]:
    if entry.name in MADE_BY_NINJA:
        return
    parameters = tuple(name for name in entry.pattern.regex.groupindex if name not in entry.default_args)
    operations = _operations(entry.callback)
    if not operations:
        for method in ("GET", "POST", "PUT", "PATCH", "DELETE"):
            yield Route(method, pattern, entry.callback, parameters)
    for operation in operations:
        query = tuple(_required_query(operation.view_func, parameters)) if "GET" in operation.methods else ()
        for method in operation.methods:
            yield Route(method, pattern, operation.view_func, parameters, query)


def _operations(callback: Any) -> list[Any]:
    for cell in getattr(callback, "__closure__", None) or ():
        if isinstance(cell.cell_contents, PathView):
            return list(cell.cell_contents.operations)
    return []


def _required_query(view: Any, parameters: tuple[str, ...]) -> Iterator[str]:
    for name, parameter in list(inspect.signature(view).parameters.items())[1:]:
        simple = parameter.annotation is not HttpResponse and not hasattr(parameter.annotation, "model_fields")
        needed = parameter.default is inspect.Parameter.empty
        if name not in parameters and simple and needed and not _is_filter(parameter.annotation):
            yield name


def _is_filter(annotation: Any) -> bool:
    """Whether an annotation is ``Query[Schema]``: all of whose fields have defaults here."""
    return any(hasattr(a, "model_fields") for a in getattr(annotation, "__args__", ())) or any(
        hasattr(getattr(a, "annotation", None), "model_fields") for a in getattr(annotation, "__metadata__", ())
    )
