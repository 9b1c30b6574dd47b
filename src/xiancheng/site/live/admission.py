"""Who may watch: the same accounts, tokens and rights as on the site, and only pages of the site itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http.cookies import CookieError, SimpleCookie
from importlib import import_module
from typing import Any, TypeVar
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth import get_user
from django.db import DatabaseError, connection
from django.http import HttpRequest

from xiancheng.site.accounts.subjects import subject_of_browser, subject_of_token
from xiancheng.site.hosts import is_ours
from xiancheng.site.policy.middleware import token_of
from xiancheng.site.policy.subject import Subject

Result = TypeVar("Result")
_DEFAULT_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a watcher showed; asked again while they watch."""

    session_key: str | None
    token: str | None


def in_database(work: Callable[[], Result]) -> Result:
    """Do `work` with the connection that this thread keeps; one that failed is given up, so that the next is new."""
    try:
        return work()
    except DatabaseError:
        connection.close()
        raise


def credentials_of(headers: Mapping[str, str]) -> Credentials:
    """Return the session and the token of a request's headers (lower-case names)."""
    try:
        cookie = SimpleCookie(headers.get("cookie", "")).get(settings.SESSION_COOKIE_NAME)
    except CookieError:
        cookie = None
    return Credentials(cookie.value if cookie is not None else None, token_of(headers.get("authorization", "")))


def subject_behind(credentials: Credentials) -> Subject | None:
    """Return whose credentials these are and what they may now; None if they are nobody's any more."""
    if credentials.token is not None:
        return subject_of_token(credentials.token)
    if credentials.session_key is None:
        return None
    request = HttpRequest()
    request.session = import_module(settings.SESSION_ENGINE).SessionStore(credentials.session_key)
    found = subject_of_browser(get_user(request))
    return None if found.is_anonymous else found


def allowed_origin(headers: Mapping[str, str], site_port: int) -> str | None:
    """Return the origin to allow: "" if the request names none (it is no page's), None if it is a stranger's.

    The site's own origin is the host that the browser reached us under, at the site's port; behind a proxy, the host
    that the proxy names.
    """
    host = headers.get("host", "")
    if settings.USE_X_FORWARDED_HOST:
        host = headers.get("x-forwarded-host", host)
    ours = _place(f"//{host}")
    if ours is None or not is_ours(host):
        return None
    origin = headers.get("origin", "")
    if not origin:
        return ""
    theirs = _place(origin)
    if theirs is None or theirs[0] != ours[0]:
        return None
    scheme = urlsplit(origin).scheme
    port = theirs[1] or _DEFAULT_PORTS.get(scheme, 0)
    own_port = ours[1] or _DEFAULT_PORTS.get(scheme, 0)
    return origin if scheme in _DEFAULT_PORTS and port in {site_port, own_port} else None


def _place(address: str) -> tuple[str, int | None] | None:
    try:
        parts = urlsplit(address)
        host, port = parts.hostname, parts.port
    except ValueError:
        return None
    return (host, port) if host else None


def decoded(raw: Any) -> dict[str, str]:  # noqa: ANN401 - as ASGI gives them
    """Return ASGI's headers by lower-case name."""
    return {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in raw}
