"""Rules about accounts and the roles they hold."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from django.conf import settings
from django.db import connection
from django.db.models import Q

from xiancheng.foundation.text import Text
from xiancheng.site.accounts.models import Membership, Unit, User
from xiancheng.site.accounts.remembering import forget
from xiancheng.site.accounts.subjects import subject_of_user
from xiancheng.site.policy.permission import Permission
from xiancheng.site.policy.roles import Role, load_roles, role_named
from xiancheng.site.policy.subject import Subject
from xiancheng.site.problems import ConflictError, ForbiddenError, NotFoundError

Held = tuple[str, Unit | None]
"""A role and the unit in which it is held."""


def account_by_id(account_id: int) -> User:
    """Return an account.

    Raises
    ------
    NotFoundError
        If there is none.
    """
    user = User.objects.filter(pk=account_id).first()
    if user is None:
        raise NotFoundError(Text("没有这个账号", "no such account"))
    return user


def account_named(name: str) -> User:
    """Return the account of that name.

    Raises
    ------
    NotFoundError
        If there is none.
    """
    user = User.objects.filter(username=name).first()
    if user is None:
        raise NotFoundError(Text(f"没有账号 {name}", f"no account {name}"))
    return user


def lock_people() -> None:
    """Let changes of people follow one another: two administrators must not remove each other at once."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtext('xiancheng.people'))")


@contextmanager
def keeping_an_administrator() -> Iterator[None]:
    """Refuse, within a transaction, a change after which nobody could manage people any more.

    Raises
    ------
    ConflictError
        If no active account with the permission is left.
    """
    lock_people()
    before = _can_somebody_manage()
    yield
    if before and not _can_somebody_manage():
        raise ConflictError(
            Text("这样就没有系统管理员了", "nobody would be an administrator any more"),
            Text("先给另一个账号系统管理员角色", "give another account the role of administrator first"),
        )


def require_grantable(actor: Subject | None, roles: Iterable[Role]) -> None:
    """Refuse to give a role that allows more than the one who gives it may do; None is the command line.

    Raises
    ------
    ForbiddenError
        If a role allows more.
    """
    if actor is None:
        return
    for role in roles:
        beyond = role.grants - _whole(actor).permissions
        if beyond:
            raise ForbiddenError(
                Text(f"您不能授予角色“{role.title.zh}”", f"you cannot give the role {role.title.en!r}"),
                Text("它的权限超过您自己的", "it allows more than you may do yourself"),
            )


def require_not_above(actor: Subject | None, user: User) -> None:
    """Refuse to manage an account that may do more than oneself: resetting its password would be to become it.

    Raises
    ------
    ForbiddenError
        If it may do more.
    """
    if actor is not None and subject_of_user(user).permissions - _whole(actor).permissions:
        raise ForbiddenError(
            Text("这个账号的权限超过您自己的", "this account may do more than you"),
            Text("请系统管理员来做", "ask an administrator"),
        )


def set_roles(user: User, roles: Iterable[Held], actor: Subject | None) -> tuple[list[str], list[str]]:
    """Replace the roles of an account, within a transaction; return those before and after, in words for the audit log.

    Raises
    ------
    ForbiddenError, ConflictError, UnknownNameError
        If a role is not known, allows more than `actor` may do, is held in an inactive unit, or nobody would be an
        administrator any more.
    """
    wanted = {(role_named(settings.COUNTY_FOLDER, name).name, unit) for name, unit in roles}
    present = {(m.role, m.unit): m for m in user.memberships.select_related("unit")}
    new = [held for held in wanted if held not in present]
    require_grantable(actor, [role_named(settings.COUNTY_FOLDER, name) for name, _ in new])
    for _, unit in new:
        if unit is not None and not unit.active:
            raise ConflictError(Text(f"单位 {unit.code} 已停用", f"the unit {unit.code} is not active"))
    with keeping_an_administrator():
        for held, membership in present.items():
            if held not in wanted:
                membership.delete()
        Membership.objects.bulk_create(Membership(user=user, role=role, unit=unit) for role, unit in new)
        forget()
    return _words(present), _words(wanted)


def _can_somebody_manage() -> bool:
    managing = [r.name for r in load_roles(settings.COUNTY_FOLDER).values() if Permission.PEOPLE_MANAGE in r.grants]
    return Membership.objects.filter(
        Q(unit=None) | Q(unit__active=True), role__in=managing, user__is_active=True
    ).exists()


def _words(held: Iterable[Held]) -> list[str]:
    return sorted(f"{role}@{unit.code}" if unit is not None else role for role, unit in held)


def _whole(actor: Subject) -> Subject:
    """Return what the owner of a token may do: a token that may manage people manages them as its owner."""
    if actor.token_id is None or actor.user_id is None:
        return actor
    return subject_of_user(User.objects.get(pk=actor.user_id))
