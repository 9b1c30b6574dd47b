"""Making accounts, from the command line and the site."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import transaction
from django.http import HttpRequest

from xiancheng.foundation.errors import UnknownNameError
from xiancheng.foundation.text import Text
from xiancheng.site.accounts.models import Membership, Unit, User
from xiancheng.site.accounts.passwords import require_strong
from xiancheng.site.accounts.people import Held, require_grantable
from xiancheng.site.accounts.remembering import forget
from xiancheng.site.audit.chain import record
from xiancheng.site.county import folder
from xiancheng.site.policy.needs import subject_of
from xiancheng.site.policy.roles import role_named
from xiancheng.site.problems import ConflictError

COMMAND_LINE = "cli"


def unit_named(code: str) -> Unit:
    """Return a unit.

    Raises
    ------
    UnknownNameError
        If there is none with this code.
    """
    unit = Unit.objects.filter(code=code).first()
    if unit is None:
        raise UnknownNameError(Text("单位", "unit"), code, list(Unit.objects.values_list("code", flat=True)))
    return unit


def make_account(
    name: str, *, password: str | None, roles: Iterable[str], unit: str | None = None, full_name: str = ""
) -> User:
    """Make an account with roles in one unit, for the command line.

    Raises
    ------
    ConflictError
        If the name is taken.
    InvalidError
        If the password is too weak.
    UnknownNameError
        If a role or the unit does not exist.
    """
    where = unit_named(unit) if unit else None
    if password is not None:
        require_strong(password, User(username=name, full_name=full_name))
    return add_account(None, User(username=name, full_name=full_name), password, [(role, where) for role in roles])


def add_account(request: HttpRequest | None, user: User, password: str | None, roles: Iterable[Held]) -> User:
    """Save a new account with its password and roles; without a request it was made by the command line.

    Raises
    ------
    ConflictError
        If the name is taken, also in other capitals, or a unit is not active.
    UnknownNameError
        If a role does not exist.
    """
    held = sorted({(role_named(folder(), role).name, unit) for role, unit in roles}, key=str)
    require_grantable(subject_of(request) if request is not None else None, [role_named(folder(), r) for r, _ in held])
    for _, unit in held:
        if unit is not None and not unit.active:
            raise ConflictError(Text(f"单位 {unit.code} 已停用", f"the unit {unit.code} is not active"))
    with transaction.atomic():
        if User.objects.filter(username__iexact=user.username).exists():
            raise ConflictError(Text(f"账号 {user.username} 已存在", f"the account {user.username} exists already"))
        user.set_password(password)
        user.save()
        Membership.objects.bulk_create(Membership(user=user, role=role, unit=unit) for role, unit in held)
        forget()
        record(
            request,
            "account.create",
            user.username,
            roles=[f"{role}@{unit.code}" if unit is not None else role for role, unit in held],
            **({"user_name": COMMAND_LINE} if request is None else {}),
        )
    return user
