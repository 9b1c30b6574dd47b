"""Find out who makes a request: a browser's session, or an API token (Bearer, or the password of Basic)."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import CsrfViewMiddleware

from xiancheng.site.accounts.sessions import keep_session
from xiancheng.site.accounts.subjects import subject_of_browser, subject_of_token
from xiancheng.site.problems import AuthenticationNeededError, problem_of


def subject(next_handler: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Set ``request.subject``; a token that is not valid is refused even where nothing is needed."""
    origin_check = CsrfViewMiddleware(next_handler)

    def handle(request: HttpRequest) -> HttpResponse:
        token = token_of(request.headers.get("Authorization", ""))
        if token is not None:
            found = subject_of_token(token)
            if found is None:
                return problem_of(request, AuthenticationNeededError())
            request.subject = found  # type: ignore[attr-defined]
            # Only browsers send cookies by themselves; a token is sent on purpose.
            request._dont_enforce_csrf_checks = True  # type: ignore[attr-defined]  # noqa: SLF001
            return next_handler(request)
        # Ninja exempts its views from Django's own check; here nothing that a browser sends is exempt.
        refused = origin_check.process_view(request, _unexempted, (), {})
        if refused is not None:
            return refused
        if request.user.is_authenticated:
            keep_session(request)
        request.subject = subject_of_browser(request.user)  # type: ignore[attr-defined]
        return next_handler(request)

    return handle


def token_of(authorization: str) -> str | None:
    """Return the token of an ``Authorization`` header; None if there is none."""
    scheme, _, value = authorization.partition(" ")
    if scheme.lower() == "bearer":
        return value.strip()
    if scheme.lower() == "basic":
        # QGIS and GDAL ask for a name and a password: the token is the password.
        try:
            return base64.b64decode(value, validate=True).decode().partition(":")[2]
        except (binascii.Error, UnicodeDecodeError):
            return ""
    return None


def _unexempted(request: HttpRequest) -> HttpResponse:
    raise AssertionError(request)
