"""Logging in and out, one's own password and sessions, and what the application must know about who uses it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated, Any, cast

from django.contrib.auth import authenticate, logout
from django.http import HttpRequest
from django.middleware.csrf import get_token
from ninja import Router, Schema, Status
from pydantic import StringConstraints

from xiancheng import __version__
from xiancheng.foundation.text import Text
from xiancheng.site.accounts.lockout import attempt_succeeded, begin_attempt
from xiancheng.site.accounts.models import BrowserSession, User
from xiancheng.site.accounts.oidc import button
from xiancheng.site.accounts.passwords import require_strong
from xiancheng.site.accounts.sessions import begin_session, end_sessions, handle_of, keep_only_this_session
from xiancheng.site.accounts.subjects import subject_of_browser
from xiancheng.site.audit.chain import record
from xiancheng.site.county import county, folder
from xiancheng.site.live_address import live_address
from xiancheng.site.policy.needs import ACCOUNT, PUBLIC, UNREADY_ACCOUNT, needs, subject_of
from xiancheng.site.policy.roles import load_roles
from xiancheng.site.problems import AuthenticationNeededError, InvalidError, NotFoundError
from xiancheng.site.schemas import Line, Problem, TextOut

router = Router(tags=["session"])
Name = Annotated[Line, StringConstraints(min_length=1, max_length=64)]
Password = Annotated[str, StringConstraints(min_length=1, max_length=256, pattern=r"^[^\x00]*$")]


class HeldRole(Schema):
    """A role that somebody holds, in words; without a unit it is held in the whole county."""

    title: TextOut
    unit: TextOut | None


class Account(Schema):
    """Who is logged in."""

    id: int
    username: str
    full_name: str
    phone: str
    roles: list[str]
    units: list[str]
    bureaus: list[str]
    permissions: list[str]
    sees: list[str]
    edits: list[str]
    must_change_password: bool
    held: list[HeldRole]


class County(Schema):
    """The county of this site."""

    name: TextOut
    code: str
    synthetic: bool
    programmes: list[str]


class Oidc(Schema):
    """Where to log in with the county's own identity service."""

    name: str
    url: str


class Session(Schema):
    """What the application must know to start."""

    county: County
    account: Account | None
    live: str
    version: str
    oidc: Oidc | None


class Credentials(Schema):
    """Name and password."""

    username: Name
    password: Password


class PasswordChange(Schema):
    """One's own password, the present one and the new one."""

    current: Password
    new: Password


class OwnData(Schema):
    """What somebody may change of their own account."""

    phone: Annotated[Line, StringConstraints(max_length=32)]


class BrowserSessionOut(Schema):
    """A browser in which somebody is logged in."""

    id: str
    begun_at: datetime
    seen_at: datetime
    address: str
    agent: str
    this: bool


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
            "phone": user.phone,
            "roles": sorted(subject.roles),
            "units": sorted(subject.units),
            "bureaus": sorted(subject.bureaus),
            "permissions": sorted(subject.permissions),
            "sees": sorted(subject.sees),
            "edits": sorted(subject.edits),
            "must_change_password": user.must_change_password,
            "held": _held(user),
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
        "oidc": button(),
    }


@router.post("/login", response={200: Session, 422: Problem, 429: Problem}, summary="log in")
@needs(PUBLIC)
def log_in(request: HttpRequest, credentials: Credentials) -> dict[str, Any]:
    """Begin a session. Each wrong password makes the next attempt wait longer."""
    wait = begin_attempt(request, credentials.username)
    user = authenticate(request, username=credentials.username, password=credentials.password)
    if not isinstance(user, User):
        _note_refusal(request, credentials.username, wait)
        raise InvalidError(
            Text("账号或口令不对", "wrong name or password"), _waiting(wait) if wait else None,
        )  # fmt: skip
    attempt_succeeded(request, credentials.username)
    begin_session(request, user)
    _renew_subject(request)
    record(request, "session.begin", method="password")
    return read(request)


@router.post("/logout", response={200: Session, 401: Problem}, summary="log out")
@needs(UNREADY_ACCOUNT)
def log_out(request: HttpRequest) -> dict[str, Any]:
    """End the session."""
    record(request, "session.end")
    logout(request)
    _renew_subject(request)
    return read(request)


@router.post("/password", response={200: Session, 401: Problem, 403: Problem, 422: Problem, 429: Problem})
@needs(UNREADY_ACCOUNT)
def change_password(request: HttpRequest, change: PasswordChange) -> dict[str, Any]:
    """Change one's own password; all other sessions end. Guessing the present one waits like guessing at login."""
    subject_of(request).require_browser()
    user = _own(request)
    wait = begin_attempt(request, user.username)
    if not user.check_password(change.current):
        _note_refusal(request, user.username, wait)
        text = Text("现在的口令不对", "this is not the present password")
        raise InvalidError(text, _waiting(wait) if wait else None, fields={"current": text})
    attempt_succeeded(request, user.username)
    if change.new == change.current:
        text = Text("新口令和原来的一样", "the new password is the same as before")
        raise InvalidError(text, fields={"new": text})
    require_strong(change.new, user, "new")
    user.set_password(change.new)
    user.must_change_password = False
    user.save(update_fields=["password", "must_change_password"])
    ended = keep_only_this_session(request, user)
    request.user = user
    _renew_subject(request)
    record(request, "password.change", user.username, sessions_ended=ended)
    return read(request)


@router.patch("/account", response={200: Session, 401: Problem, 403: Problem, 422: Problem}, summary="my own data")
@needs(ACCOUNT)
def change_own_data(request: HttpRequest, data: OwnData) -> dict[str, Any]:
    """Change one's telephone number; names, units and roles are changed by an administrator."""
    subject_of(request).require_browser()
    user = _own(request)
    before, user.phone = user.phone, data.phone
    user.save(update_fields=["phone"])
    record(request, "account.update", user.username, before={"phone": before}, after={"phone": user.phone})
    return read(request)


@router.get("/sessions", response={200: list[BrowserSessionOut], 401: Problem}, summary="where I am logged in")
@needs(UNREADY_ACCOUNT)
def list_sessions(request: HttpRequest) -> list[dict[str, Any]]:
    """Return the browsers in which one is logged in, the last used first."""
    here = handle_of(request.session.session_key or "")
    return [
        {
            "id": row.handle, "begun_at": row.begun_at, "seen_at": row.seen_at, "address": row.address,
            "agent": row.agent, "this": row.handle == here,
        }
        for row in BrowserSession.objects.filter(user=_own(request)).order_by("-seen_at")
    ]  # fmt: skip


@router.delete("/sessions/{handle}", response={204: None, 401: Problem, 403: Problem, 404: Problem})
@needs(UNREADY_ACCOUNT)
def end_session(request: HttpRequest, handle: str) -> Status[None]:
    """End one of one's own sessions."""
    subject_of(request).require_browser()
    ended, _ = BrowserSession.objects.filter(user=_own(request), handle=handle).delete()
    if not ended:
        raise NotFoundError(Text("没有这个登录", "no such session"))
    record(request, "session.end", handle=handle)
    if handle == handle_of(request.session.session_key or ""):
        logout(request)
    return Status(204, None)


@router.post("/logout-everywhere", response={200: Session, 401: Problem, 403: Problem}, summary="log out everywhere")
@needs(UNREADY_ACCOUNT)
def log_out_everywhere(request: HttpRequest) -> dict[str, Any]:
    """End all of one's sessions, this one too."""
    subject_of(request).require_browser()
    ended = end_sessions(_own(request))
    record(request, "session.end-all", sessions_ended=ended)
    logout(request)
    _renew_subject(request)
    return read(request)


def _held(user: User) -> list[dict[str, Any]]:
    roles = load_roles(folder())
    return [
        {
            "title": roles[m.role].title.as_dict(),
            "unit": {"zh": m.unit.name_zh, "en": m.unit.name_en or m.unit.name_zh} if m.unit is not None else None,
        }
        for m in user.memberships.select_related("unit").order_by("pk")
        if m.role in roles and (m.unit is None or m.unit.active)
    ]


def _own(request: HttpRequest) -> User:
    user_id = subject_of(request).user_id
    if user_id is None:
        raise AuthenticationNeededError
    return User.objects.get(pk=user_id)


def _renew_subject(request: HttpRequest) -> None:
    request.subject = subject_of_browser(cast("User", request.user))  # type: ignore[attr-defined]


def _note_refusal(request: HttpRequest, name: str, wait: timedelta) -> None:
    if wait:
        record(request, "session.locked", name, seconds=round(wait.total_seconds()))
    else:
        record(request, "session.refused", name)


def _waiting(wait: timedelta) -> Text:
    seconds = round(wait.total_seconds())
    return Text(f"失败次数过多，{seconds} 秒内不能再试", f"too many failures: no further attempt for {seconds} seconds")
