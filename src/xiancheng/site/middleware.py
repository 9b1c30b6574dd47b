"""What happens around every request: security headers, language, errors."""

from __future__ import annotations

import logging
from collections.abc import Callable
from http import HTTPStatus
from typing import cast

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from xiancheng.foundation.errors import XianchengError
from xiancheng.foundation.text import Language, Text, speaking
from xiancheng.site.live_address import live_address
from xiancheng.site.problems import PROBLEM, problem, problem_of

Handler = Callable[[HttpRequest], HttpResponse]
LANGUAGE_COOKIE = "xiancheng_lang"
MOST_UPLOADED = 4 * 1024**3
logger = logging.getLogger(__name__)


def security_headers(next_handler: Handler) -> Handler:
    """Forbid everything from other hosts; only the live updates may come from this host's other port."""

    def handle(request: HttpRequest) -> HttpResponse:
        response = next_handler(request)
        if "Content-Security-Policy" not in response:
            response["Content-Security-Policy"] = (
                "default-src 'self'; img-src 'self' data: blob:; style-src 'self' 'unsafe-inline'; "
                "worker-src 'self' blob:; object-src 'none'; base-uri 'self'; form-action 'self'; "
                f"frame-ancestors 'none'; connect-src 'self' data: blob: {live_address(request)}"
            )
        response.headers.setdefault("X-Content-Type-Options", "nosniff")
        response.headers.setdefault("X-Frame-Options", "DENY")
        if request.path.startswith("/api/") and "ETag" not in response:
            response.headers.setdefault("Cache-Control", "private, no-store")
        response.headers.setdefault("Referrer-Policy", "same-origin")
        response.headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
        if settings.SITE.https:
            response.headers.setdefault("Strict-Transport-Security", "max-age=31536000")
        return response

    return handle


def size_limits(next_handler: Handler) -> Handler:
    """Refuse what is too large before reading it: files beyond 4 GiB, anything else beyond what fits in memory."""

    def handle(request: HttpRequest) -> HttpResponse:
        length = request.META.get("CONTENT_LENGTH") or "0"
        files = request.META.get("CONTENT_TYPE", "").startswith("multipart/form-data")
        most = MOST_UPLOADED if files else settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        if not length.isdigit() or int(length) > most:
            return problem(
                HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
                Text("请求太大", "the request is too large"),
                Text(f"最多 {most // 1024**2} MB", f"at most {most // 1024**2} MB"),
            )
        return next_handler(request)

    return handle


def chosen_language(request: HttpRequest) -> Language:
    """Return the language of a request: ``?lang=``, the cookie, ``Accept-Language``; else Chinese."""
    for value in (request.GET.get("lang"), request.COOKIES.get(LANGUAGE_COOKIE)):
        if value in {"zh", "en"}:
            return cast("Language", value)
    for part in request.headers.get("Accept-Language", "").split(","):
        tag = part.partition(";")[0].strip().lower()[:2]
        if tag in {"zh", "en"}:
            return cast("Language", tag)
    return "zh"


def language(next_handler: Handler) -> Handler:
    """Speak the language of the person who asks."""

    def handle(request: HttpRequest) -> HttpResponse:
        with speaking(chosen_language(request)):
            return next_handler(request)

    return handle


class Errors:
    """Turn an error that a person can act on into a problem document, whichever view raised it."""

    def __init__(self, next_handler: Handler) -> None:
        self.next_handler = next_handler

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Pass the request on; errors of views come to `process_exception`.

        The frameworks answer a method that an address does not know with plain text: it becomes a problem document.
        """
        response = self.next_handler(request)
        if response.status_code != HTTPStatus.METHOD_NOT_ALLOWED or response["Content-Type"] == PROBLEM:
            return response
        allowed = response.get("Allow", "")
        refused = problem(
            HTTPStatus.METHOD_NOT_ALLOWED,
            Text(f"这里不能用 {request.method}", f"{request.method} is not possible here"),
            Text(f"可用 {allowed}", f"possible are {allowed}"),
        )
        refused["Allow"] = allowed
        return refused

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """Answer for `XianchengError`; others are logged and become 500 without details."""
        if isinstance(error, XianchengError):
            return problem_of(request, error)
        return None


errors = Errors
