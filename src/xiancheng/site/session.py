"""Logging in and out, and what the application must know about who uses it."""

from __future__ import annotations

from typing import Any

from django.contrib.auth import authenticate, login, logout
from django.http import HttpRequest
from django.middleware.csrf import get_token
from ninja import Router, Schema

from xiancheng import __version__
from xiancheng.foundation.text import Text
from xiancheng.site.accounts.models import User
from xiancheng.site.accounts.subjects import subject_of_user
from xiancheng.site.audit.chain import record
from xiancheng.site.county import county
from xiancheng.site.live_address import live_address
from xiancheng.site.policy.needs import PUBLIC, needs, subject_of
from xiancheng.site.problems import AuthenticationNeededError, InvalidError

router = Router(tags=["session"])


class TextOut(Schema):
    """One text in both languages."""

    zh: str
    en: str


class Account(Schema):
    """Who is logged in."""

    id: int
    username: str
    full_name: str
    roles: list[str]
    units: list[str]
    bureaus: list[str]
    permissions: list[str]
    sees: list[str]
    edits: list[str]
    must_change_password: bool


class County(Schema):
    """The county of this site."""

    name: TextOut
    code: str
    synthetic: bool
    programmes: list[str]


class Session(Schema):
    """What the application must know to start."""

    county: County
    account: Account | None
    live: str
    version: str


class Credentials(Schema):
    """Name and password."""

    username: str
    password: str


@router.get("", response=Session, summary="who am I, and whose county is this")
@needs(PUBLIC)
def read(request: HttpRequest) -> dict[str, Any]:
    """Return the session; also sets the cookie whose value writes must repeat as ``X-CSRFToken``."""
    get_token(request)
    home, subject = county(), subject_of(request)
    account = None
    if subject.user_id is not None:
        user = User.objects.get(pk=subject.user_id)
        account = {
            "id": user.pk,
            "username": user.username,
            "full_name": user.full_name,
            "roles": sorted(subject.roles),
            "units": sorted(subject.units),
            "bureaus": sorted(subject.bureaus),
            "permissions": sorted(subject.permissions),
            "sees": sorted(subject.sees),
            "edits": sorted(subject.edits),
            "must_change_password": user.must_change_password,
        }
    return {
        "county": {
            "name": home.name.as_dict(),
            "code": home.code,
            "synthetic": home.synthetic,
            "programmes": list(home.programmes),
        },
        "account": account,
        "live": live_address(request),
        "version": __version__,
    }


@router.post("/login", response=Session, summary="log in")
@needs(PUBLIC)
def log_in(request: HttpRequest, credentials: Credentials) -> dict[str, Any]:
    """Begin a session."""
    user = authenticate(request, username=credentials.username, password=credentials.password)
    if not isinstance(user, User):
        record(request, "session.refused", credentials.username)
        raise InvalidError(Text("账号或口令不对", "wrong name or password"))
    login(request, user)
    request.subject = subject_of_user(user)  # type: ignore[attr-defined]
    record(request, "session.begin")
    return read(request)


@router.post("/logout", response=Session, summary="log out")
@needs(PUBLIC)
def log_out(request: HttpRequest) -> dict[str, Any]:
    """End the session."""
    if subject_of(request).is_anonymous:
        raise AuthenticationNeededError
    record(request, "session.end")
    logout(request)
    request.subject = subject_of_user(request.user)  # type: ignore[attr-defined]
    return read(request)
