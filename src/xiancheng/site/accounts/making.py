"""Making accounts, from the command line and the site."""

from __future__ import annotations

from collections.abc import Iterable

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction

from xiancheng.foundation.errors import UnknownNameError
from xiancheng.foundation.text import Text
from xiancheng.site.accounts.models import Membership, Unit, User
from xiancheng.site.audit.chain import record
from xiancheng.site.county import folder
from xiancheng.site.policy.roles import role_named
from xiancheng.site.problems import ConflictError, InvalidError


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
    """Make an account with roles in one unit.

    Raises
    ------
    ConflictError
        If the name is taken.
    InvalidError
        If the password is too weak.
    UnknownNameError
        If a role or the unit does not exist.
    """
    chosen = [role_named(folder(), role) for role in roles]
    where = unit_named(unit) if unit else None
    if User.objects.filter(username=name).exists():
        raise ConflictError(Text(f"账号 {name} 已存在", f"the account {name} exists already"))
    if password is not None:
        try:
            validate_password(password, User(username=name, full_name=full_name))
        except ValidationError as error:
            raise InvalidError(
                Text("口令太弱", "the password is too weak"), Text(" ".join(error.messages), " ".join(error.messages))
            ) from error
    with transaction.atomic():
        user = User.objects.create_user(name, password, full_name=full_name)
        for role in chosen:
            Membership.objects.create(user=user, role=role.name, unit=where)
        record(None, "account.create", name, roles=[role.name for role in chosen], unit=unit, user_name="cli")
    return user
