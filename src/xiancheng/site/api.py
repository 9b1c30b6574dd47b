"""``/api/``: one router a subject, one OpenAPI document."""

from __future__ import annotations

from http import HTTPStatus
from importlib import import_module
from typing import Any

import orjson
from django.http import Http404, HttpRequest, HttpResponse
from ninja.errors import HttpError, ValidationError
from ninja.renderers import BaseRenderer

from xiancheng import __version__
from xiancheng.foundation.errors import XianchengError
from xiancheng.foundation.text import Text
from xiancheng.site.openapi import Api
from xiancheng.site.problems import problem, problem_of

ROUTERS = {
    "/session": "xiancheng.site.session",
    "/programme/measures": "xiancheng.site.assessments.measures",
    "/programme": "xiancheng.site.assessments.api",
    "/model": "xiancheng.site.model.api",
    "/access": "xiancheng.site.access.api",
    "/registers": "xiancheng.site.registers.api",
    "/publishing": "xiancheng.site.publishing.api",
    "/imports": "xiancheng.site.imports.api",
    "/tiles": "xiancheng.site.tiles.api",
    "/jobs": "xiancheng.site.jobs.api",
    "/people": "xiancheng.site.accounts.api",
    "/audit": "xiancheng.site.audit.api",
}


class Renderer(BaseRenderer):
    """JSON by orjson: numbers of numpy, dates and NaN (as null) included."""

    media_type = "application/json"

    def render(self, request: HttpRequest, data: Any, *, response_status: int) -> bytes:  # noqa: ANN401
        """Return `data` as JSON."""
        del request, response_status
        return orjson.dumps(data, default=str, option=orjson.OPT_SERIALIZE_NUMPY | orjson.OPT_NON_STR_KEYS)


api = Api(
    title="县城 Xiancheng",
    version=__version__,
    description="一个县城的城市模型、建设方案与数值 / one county's city model, programme and figures",
    urls_namespace="api",
    renderer=Renderer(),
    docs_url=None,
    openapi_url="/openapi.json",
)
for prefix, module in ROUTERS.items():
    api.add_router(prefix, import_module(module).router)


@api.exception_handler(XianchengError)
def on_known_error(request: HttpRequest, error: XianchengError) -> HttpResponse:
    """Answer an error that a person can act on."""
    return problem_of(request, error)


@api.exception_handler(ValidationError)
def on_invalid(request: HttpRequest, error: ValidationError) -> HttpResponse:
    """Answer a request that does not fit the schema: which field, and what is wrong with it."""
    del request
    fields = {".".join(str(part) for part in item["loc"]): item["msg"] for item in error.errors}
    return problem(
        HTTPStatus.UNPROCESSABLE_ENTITY,
        Text("请求内容不对", "the request is not valid"),
        Text("；".join(f"{k}：{v}" for k, v in fields.items()), "; ".join(f"{k}: {v}" for k, v in fields.items())),
        fields={name: {"zh": text, "en": text} for name, text in fields.items()},
    )


@api.exception_handler(HttpError)
def on_unreadable(request: HttpRequest, error: HttpError) -> HttpResponse:
    """Answer a request whose body cannot be read at all; Ninja raises this for nothing else."""
    del request
    return problem(
        HTTPStatus(error.status_code),
        Text("请求内容无法读取", "the body of the request cannot be read"),
        Text("内容应为 UTF-8 编码的 JSON", "it must be JSON in UTF-8"),
    )


@api.exception_handler(Http404)
def on_missing(request: HttpRequest, error: Http404) -> HttpResponse:
    """Answer for something that is not there."""
    del request, error
    return problem(HTTPStatus.NOT_FOUND, Text("没有找到", "not found"))
