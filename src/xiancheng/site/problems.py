"""Errors as problem documents (RFC 9457), with one table from error to status."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

import orjson
from django.http import HttpRequest, HttpResponse

from xiancheng.city.history import StoreError
from xiancheng.foundation.errors import ConfigError, SourceError, UnknownNameError, XianchengError
from xiancheng.foundation.text import Text

PROBLEM = "application/problem+json"


class AuthenticationNeededError(XianchengError):
    """Nobody is logged in, or the token is not valid."""

    def __init__(self) -> None:
        super().__init__(Text("请先登录", "please log in"), Text("令牌可能已过期", "a token may have expired"))


class ForbiddenError(XianchengError):
    """The person may not do this."""


class NotFoundError(XianchengError):
    """There is no such thing."""


class GoneError(XianchengError):
    """It existed and does no longer."""


class ConflictError(XianchengError):
    """Somebody else changed it meanwhile, or the change contradicts the record."""


class InvalidError(XianchengError):
    """The request says something that cannot be.

    Attributes
    ----------
    fields
        What is wrong by name of field, for a form to show beside it.
    """

    def __init__(self, message: Text, hint: Text | None = None, *, fields: dict[str, Text] | None = None) -> None:
        super().__init__(message, hint)
        self.fields = fields or {}


class TooManyError(XianchengError):
    """Too many attempts; try again after `seconds`."""

    def __init__(self, message: Text, hint: Text | None = None, *, seconds: int | None = None) -> None:
        super().__init__(message, hint)
        self.seconds = seconds


class RefusedError(XianchengError):
    """A request that HTTP has a status of its own for, such as 406, 412 or 428.

    Attributes
    ----------
    status
        The status.
    """

    def __init__(self, status: HTTPStatus, message: Text, hint: Text | None = None) -> None:
        super().__init__(message, hint)
        self.status = status


STATUS: tuple[tuple[type[XianchengError], HTTPStatus], ...] = (
    (AuthenticationNeededError, HTTPStatus.UNAUTHORIZED),
    (ForbiddenError, HTTPStatus.FORBIDDEN),
    (NotFoundError, HTTPStatus.NOT_FOUND),
    (UnknownNameError, HTTPStatus.NOT_FOUND),
    (GoneError, HTTPStatus.GONE),
    (ConflictError, HTTPStatus.CONFLICT),
    (TooManyError, HTTPStatus.TOO_MANY_REQUESTS),
    (InvalidError, HTTPStatus.UNPROCESSABLE_ENTITY),
    (SourceError, HTTPStatus.UNPROCESSABLE_ENTITY),
    (StoreError, HTTPStatus.UNPROCESSABLE_ENTITY),
    (ConfigError, HTTPStatus.INTERNAL_SERVER_ERROR),
    (XianchengError, HTTPStatus.BAD_REQUEST),
)


def status_of(error: XianchengError) -> HTTPStatus:
    """Return the HTTP status of an error: the first entry of the table that fits."""
    if isinstance(error, RefusedError):
        return error.status
    return next(status for kind, status in STATUS if isinstance(error, kind))


def problem(status: HTTPStatus, message: Text, hint: Text | None = None, **more: Any) -> HttpResponse:  # noqa: ANN401
    """Return an ``application/problem+json`` response: title and detail in the asker's language, and both texts."""
    content = {
        "type": "about:blank",
        "status": status.value,
        "title": message.get(),
        "detail": hint.get() if hint is not None else "",
        "message": message.as_dict(),
        "hint": hint.as_dict() if hint is not None else None,
        **more,
    }
    response = HttpResponse(orjson.dumps(content), status=status.value, content_type=PROBLEM)
    if status is HTTPStatus.UNAUTHORIZED:
        response["WWW-Authenticate"] = 'Bearer realm="xiancheng"'
    return response


def problem_of(request: HttpRequest, error: XianchengError) -> HttpResponse:
    """Return the problem document of an error."""
    del request
    more: dict[str, Any] = {}
    if isinstance(error, InvalidError) and error.fields:
        more["fields"] = {name: text.as_dict() for name, text in error.fields.items()}
    seconds = error.seconds if isinstance(error, TooManyError) else None
    if seconds is not None:
        more["seconds"] = seconds
    response = problem(status_of(error), error.message, error.hint, **more)
    if seconds is not None:
        response["Retry-After"] = str(seconds)
    return response


def no_such_address(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Answer for an address that leads nowhere."""
    del request, exception
    return problem(HTTPStatus.NOT_FOUND, Text("没有这个地址", "no such address"))


def internal_error(request: HttpRequest) -> HttpResponse:
    """Answer for a fault of ours, without its details; the log has them."""
    del request
    return problem(
        HTTPStatus.INTERNAL_SERVER_ERROR,
        Text("服务器内部错误", "internal error of the server"),
        Text("日志中有详情，请联系系统管理员", "the log has the details; tell an administrator"),
    )


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Answer a request without the token that shows it comes from our own pages."""
    del request
    return problem(
        HTTPStatus.FORBIDDEN,
        Text("请求没有通过来源校验，请刷新页面再试", "the request failed the origin check; reload the page"),
        Text(reason, reason),
    )
