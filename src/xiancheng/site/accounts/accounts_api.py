"""Accounts: the API."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from django.db import transaction
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from ninja import Query, Router, Schema, Status
from pydantic import Field, StringConstraints

from xiancheng.site.accounts.export import XLSX, accounts_workbook
from xiancheng.site.accounts.lockout import locked_accounts, unlock
from xiancheng.site.accounts.making import add_account, unit_named
from xiancheng.site.accounts.models import User
from xiancheng.site.accounts.passwords import one_time_password, require_strong
from xiancheng.site.accounts.people import (
    account_by_id,
    keeping_an_administrator,
    require_not_above,
    set_roles,
)
from xiancheng.site.accounts.sessions import end_sessions
from xiancheng.site.accounts.units import below
from xiancheng.site.audit.chain import record
from xiancheng.site.openapi import a_file
from xiancheng.site.policy.needs import needs, subject_of
from xiancheng.site.policy.permission import Permission
from xiancheng.site.schemas import Line, Problem, TextOut

router = Router(tags=["people"])
MOST = 500
REFUSALS = {401: Problem, 403: Problem, 404: Problem, 409: Problem, 422: Problem}
UserName = Annotated[Line, StringConstraints(min_length=1, max_length=64, pattern=r"^[\w.@+\-]+$")]
FullName = Annotated[Line, StringConstraints(max_length=80)]
Phone = Annotated[Line, StringConstraints(max_length=32)]
RoleName = Annotated[Line, StringConstraints(max_length=64)]
UnitCode = Annotated[Line, StringConstraints(max_length=64)]


class HeldUnit(Schema):
    """The unit in which a role is held."""

    id: int
    code: str
    name: TextOut
    active: bool


class HeldRole(Schema):
    """A role that somebody holds; without a unit it is held in the whole county."""

    role: str
    unit: HeldUnit | None


class AccountOut(Schema):
    """An account. `locked_until` is set while logins are refused after too many failures."""

    id: int
    username: str
    full_name: str
    phone: str
    active: bool
    must_change_password: bool
    locked_until: datetime | None
    last_login: datetime | None
    created_at: datetime
    roles: list[HeldRole]


class AccountsOut(Schema):
    """Some accounts, by name."""

    items: list[AccountOut]
    total: int
    more: bool


class RoleIn(Schema):
    """A role to be held in a unit, or in the whole county."""

    role: RoleName
    unit: UnitCode | None = None


class AccountIn(Schema):
    """A new account. Without a password one is made for the first login."""

    username: UserName
    full_name: FullName = ""
    phone: Phone = ""
    roles: Annotated[list[RoleIn], Field(max_length=50)] = []
    password: Annotated[str, StringConstraints(max_length=256, pattern=r"^[^\x00]*$")] | None = None


class AccountMade(Schema):
    """A new account and the password for its first login, which is not shown again; null if one was given."""

    account: AccountOut
    password: str | None


class AccountChange(Schema):
    """What changes of an account; what is left out stays."""

    full_name: FullName | None = None
    phone: Phone | None = None
    active: bool | None = None


class NewPassword(Schema):
    """A password for the next login, which is not shown again."""

    password: str


class Filter(Schema):
    """Which accounts: by part of a name or telephone number, role, unit (with those below it), whether in use."""

    q: Annotated[Line, StringConstraints(max_length=80)] = ""
    role: RoleName = ""
    unit: UnitCode = ""
    active: bool | None = None


@router.get("", response={200: AccountsOut, 401: Problem, 403: Problem, 404: Problem}, summary="accounts, by name")
@needs(Permission.PEOPLE_VIEW)
def list_accounts(
    request: HttpRequest,
    filters: Query[Filter],
    limit: Annotated[int, Query(ge=1, le=MOST)] = 50,
    offset: Annotated[int, Query(ge=0, le=1_000_000)] = 0,
) -> dict[str, Any]:
    """Return accounts that pass the filters."""
    found = _filtered(filters)
    total = found.count()
    items = account_rows(found[offset : offset + limit])
    record(request, "account.list", filters=filters.dict(exclude_defaults=True), offset=offset, shown=len(items))
    return {"items": items, "total": total, "more": offset + len(items) < total}


@router.get(
    "/export.xlsx",
    response={401: Problem, 403: Problem, 404: Problem},
    summary="accounts as a workbook",
    openapi_extra=a_file(XLSX),
)
@needs(Permission.PEOPLE_MANAGE)
def export_accounts(request: HttpRequest, filters: Query[Filter]) -> HttpResponse:
    """Return a workbook of the accounts that pass the filters, without passwords."""
    rows = account_rows(_filtered(filters))
    record(request, "account.export", filters=filters.dict(exclude_defaults=True), rows=len(rows))
    return accounts_workbook(rows)


@router.post("", response={201: AccountMade, **REFUSALS}, summary="make an account")
@needs(Permission.PEOPLE_MANAGE)
def make_account(request: HttpRequest, account: AccountIn) -> Status[dict[str, Any]]:
    """Make an account; whatever password it gets, its owner must change it at the first login."""
    user = User(username=account.username, full_name=account.full_name, phone=account.phone, must_change_password=True)
    if account.password is not None:
        require_strong(account.password, user)
    password = account.password or one_time_password()
    add_account(request, user, password, [(r.role, unit_named(r.unit) if r.unit else None) for r in account.roles])
    return Status(201, {"account": account_row(user), "password": None if account.password else password})


@router.get("/{int:account_id}", response={200: AccountOut, 401: Problem, 403: Problem, 404: Problem})
@needs(Permission.PEOPLE_VIEW)
def read_account(request: HttpRequest, account_id: int) -> dict[str, Any]:
    """Return an account."""
    user = account_by_id(account_id)
    record(request, "account.view", user.username)
    return account_row(user)


@router.patch("/{int:account_id}", response={200: AccountOut, **REFUSALS}, summary="change or deactivate an account")
@needs(Permission.PEOPLE_MANAGE)
def change_account(request: HttpRequest, account_id: int, change: AccountChange) -> dict[str, Any]:
    """Change an account. One that is deactivated is logged out everywhere and its tokens no longer work."""
    with transaction.atomic(), keeping_an_administrator():
        user = account_by_id(account_id)
        require_not_above(subject_of(request), user)
        names = {"full_name": "full_name", "phone": "phone", "active": "is_active"}
        sent = {names[k]: v for k, v in change.dict(exclude_unset=True).items() if v is not None}
        before = {name: getattr(user, name) for name in sent}
        for name, value in sent.items():
            setattr(user, name, value)
        user.save(update_fields=list(sent) or None)
        changed = [name for name in sent if sent[name] != before[name]]
        if not user.is_active:
            end_sessions(user)
        record(
            request,
            "account.update",
            user.username,
            before={name: before[name] for name in changed},
            after={name: sent[name] for name in changed},
        )
    return account_row(user)


@router.put("/{int:account_id}/roles", response={200: AccountOut, **REFUSALS}, summary="set the roles of an account")
@needs(Permission.PEOPLE_MANAGE)
def put_roles(request: HttpRequest, account_id: int, roles: list[RoleIn]) -> dict[str, Any]:
    """Replace the roles that somebody holds; they count from the next request on."""
    with transaction.atomic():
        user = account_by_id(account_id)
        require_not_above(subject_of(request), user)
        held = [(r.role, unit_named(r.unit) if r.unit else None) for r in roles]
        before, after = set_roles(user, held, subject_of(request))
        record(request, "account.roles", user.username, before={"roles": before}, after={"roles": after})
    return account_row(user)


@router.post("/{int:account_id}/password", response={200: NewPassword, **REFUSALS}, summary="reset a password")
@needs(Permission.PEOPLE_MANAGE)
def reset_password(request: HttpRequest, account_id: int) -> dict[str, str]:
    """Give an account a password for the next login, end its sessions and the waiting after failed logins."""
    password = one_time_password()
    with transaction.atomic():
        user = account_by_id(account_id)
        require_not_above(subject_of(request), user)
        user.set_password(password)
        user.must_change_password = True
        user.save(update_fields=["password", "must_change_password"])
        ended = end_sessions(user)
        unlock(user.username)
        record(request, "password.reset", user.username, sessions_ended=ended)
    return {"password": password}


@router.post("/{int:account_id}/unlock", response={200: AccountOut, **REFUSALS}, summary="end the waiting")
@needs(Permission.PEOPLE_MANAGE)
def unlock_account(request: HttpRequest, account_id: int) -> dict[str, Any]:
    """Forget the failed logins of an account, so that its owner can log in at once."""
    with transaction.atomic():
        user = account_by_id(account_id)
        unlock(user.username)
        record(request, "account.unlock", user.username)
    return account_row(user)


@router.post("/{int:account_id}/logout", response={200: AccountOut, **REFUSALS}, summary="log somebody out everywhere")
@needs(Permission.PEOPLE_MANAGE)
def log_account_out(request: HttpRequest, account_id: int) -> dict[str, Any]:
    """End all sessions of an account."""
    with transaction.atomic():
        user = account_by_id(account_id)
        require_not_above(subject_of(request), user)
        record(request, "session.end-all", user.username, sessions_ended=end_sessions(user))
    return account_row(user)


def account_row(user: User) -> dict[str, Any]:
    """Return an account as the API shows it."""
    return account_rows(User.objects.filter(pk=user.pk))[0]


def account_rows(users: QuerySet[User]) -> list[dict[str, Any]]:
    """Return accounts as the API shows them."""
    rows = list(users.prefetch_related("memberships__unit"))
    locked = locked_accounts([user.username for user in rows])
    return [
        {
            "id": user.pk,
            "username": user.username,
            "full_name": user.full_name,
            "phone": user.phone,
            "active": user.is_active,
            "must_change_password": user.must_change_password,
            "locked_until": locked.get(user.username),
            "last_login": user.last_login,
            "created_at": user.created_at,
            "roles": [
                {
                    "role": m.role,
                    "unit": {
                        "id": m.unit.pk,
                        "code": m.unit.code,
                        "name": {"zh": m.unit.name_zh, "en": m.unit.name_en or m.unit.name_zh},
                        "active": m.unit.active,
                    }
                    if m.unit is not None
                    else None,
                }
                for m in sorted(user.memberships.all(), key=lambda m: (m.role, m.pk))
            ],
        }
        for user in rows
    ]


def _filtered(filters: Filter) -> QuerySet[User]:
    found = User.objects.all()
    for word in filters.q.split():
        found = found.filter(Q(username__icontains=word) | Q(full_name__icontains=word) | Q(phone__icontains=word))
    if filters.role:
        found = found.filter(memberships__role=filters.role)
    if filters.unit:
        found = found.filter(memberships__unit__in=below(unit_named(filters.unit)))
    if filters.active is not None:
        found = found.filter(is_active=filters.active)
    return found.distinct()
