"""Accounts, units and tokens from the command line: what an administrator needs before and beside the site."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import click
from rich.table import Table

from xiancheng.cli.app import JSON, Context, pass_context, print_json, root
from xiancheng.cli.bilingual import Group, command, option
from xiancheng.foundation.errors import XianchengError
from xiancheng.foundation.text import Text

if TYPE_CHECKING:
    from xiancheng.site.accounts.models import User

UNIT = Text("单位代码", "code of the unit")
COMMAND_LINE = "cli"


def start_site(context: Context) -> None:
    """Make Django serve the county and bring its civic database to the present schema."""
    from xiancheng.site.setup import migrate, start_django  # noqa: PLC0415 - Django is not loaded for other commands

    _ = context.county
    start_django(context.folder)
    migrate()


@root.group("user", cls=Group, text=Text("账号", "accounts"), examples=("xiancheng -C baotou-tumed user list",))
def user() -> None:
    """Group of the commands about accounts."""


@command(
    user,
    "add",
    Text("新建账号", "make an account"),
    "xiancheng -C baotou-tumed user add zhang --role steward --unit 150221-education",
    "xiancheng -C baotou-tumed user add admin --role administrator --full-name 王强",
)
@click.argument("name")
@option("--role", "roles", multiple=True, required=True, text=Text("角色，可多次", "role; may be given several times"))
@option("--unit", default=None, text=UNIT)
@option("--full-name", default="", text=Text("姓名", "name of the person"))
@option("--password", default=None, text=Text("口令；不写则询问", "password; asked for if not given"))
@pass_context
def add(
    context: Context, *, name: str, roles: tuple[str, ...], unit: str | None, full_name: str, password: str | None
) -> None:
    """Make an account."""
    start_site(context)
    from xiancheng.site.accounts.making import make_account  # noqa: PLC0415

    make_account(name, password=_password(password), roles=roles, unit=unit, full_name=full_name)
    _say(context, Text(f"已新建账号 {name}", f"made the account {name}"))


@command(
    user,
    "list",
    Text("列出账号及其角色", "list the accounts and their roles"),
    "xiancheng -C baotou-tumed user list",
    "xiancheng -C baotou-tumed user list --role steward --json",
)
@option("--role", default=None, text=Text("只列某角色", "only those with a role"))
@option("--json", "as_json", is_flag=True, text=JSON)
@pass_context
def list_users(context: Context, *, role: str | None, as_json: bool) -> None:
    """List the accounts."""
    start_site(context)
    from xiancheng.site.accounts.lockout import locked_accounts  # noqa: PLC0415
    from xiancheng.site.accounts.models import User  # noqa: PLC0415

    found = User.objects.prefetch_related("memberships__unit")
    people = list(found.filter(memberships__role=role).distinct() if role else found)
    locked = locked_accounts([person.username for person in people])
    rows: list[dict[str, Any]] = [
        {
            "name": person.username,
            "full_name": person.full_name,
            "roles": [f"{m.role}@{m.unit.code}" if m.unit else m.role for m in person.memberships.all()],
            "active": person.is_active,
            "locked_until": locked[person.username].isoformat() if person.username in locked else None,
        }
        for person in people
    ]
    if as_json:
        print_json(rows)
        return
    table = Table(box=None, pad_edge=False)
    for heading in (Text("账号", "account"), Text("姓名", "name"), Text("角色", "roles"), Text("状态", "state")):
        table.add_column(heading.get())
    for row in rows:
        state = Text("启用", "active") if row["active"] else Text("停用", "not active")
        if row["locked_until"]:
            state = Text("锁定", "locked")
        table.add_row(row["name"], row["full_name"], ", ".join(row["roles"]), state.get())
    context.out.print(table)


@command(
    user,
    "lock",
    Text("停用账号：退出所有登录，令牌失效", "deactivate an account: logged out everywhere, tokens refused"),
    "xiancheng -C baotou-tumed user lock zhang",
)
@click.argument("name")
@pass_context
def lock(context: Context, *, name: str) -> None:
    """Deactivate an account."""
    start_site(context)
    _set_active(_account(name), active=False)
    _say(context, Text(f"已停用 {name}", f"{name} is deactivated"))


@command(
    user,
    "unlock",
    Text("启用账号，并解除登录失败后的等待", "activate an account and end the waiting after failed logins"),
    "xiancheng -C baotou-tumed user unlock zhang",
)
@click.argument("name")
@pass_context
def unlock(context: Context, *, name: str) -> None:
    """Activate an account and forget its failed logins."""
    start_site(context)
    from xiancheng.site.accounts.lockout import unlock as forget_failures  # noqa: PLC0415
    from xiancheng.site.audit.chain import record  # noqa: PLC0415

    person = _account(name)
    _set_active(person, active=True)
    forget_failures(name)
    record(None, "account.unlock", name, user_name=COMMAND_LINE)
    _say(context, Text(f"{name} 可以登录了", f"{name} can log in"))


@command(
    user,
    "password",
    Text("重设口令；首次登录时必须修改", "reset a password, to be changed at the next login"),
    "xiancheng -C baotou-tumed user password zhang",
    "xiancheng -C baotou-tumed user password zhang --one-time",
)
@click.argument("name")
@option("--password", default=None, text=Text("口令；不写则询问", "password; asked for if not given"))
@option("--one-time", is_flag=True, text=Text("生成并显示一次性口令", "make and print a one-time password"))
@pass_context
def password(context: Context, *, name: str, password: str | None, one_time: bool) -> None:
    """Reset a password."""
    start_site(context)
    from xiancheng.site.accounts.lockout import unlock as forget_failures  # noqa: PLC0415
    from xiancheng.site.accounts.passwords import one_time_password, require_strong  # noqa: PLC0415
    from xiancheng.site.accounts.sessions import end_sessions  # noqa: PLC0415
    from xiancheng.site.audit.chain import record  # noqa: PLC0415

    person = _account(name)
    chosen = one_time_password() if one_time else _password(password)
    require_strong(chosen, person)
    person.set_password(chosen)
    person.must_change_password = True
    person.save(update_fields=["password", "must_change_password"])
    forget_failures(name)
    record(None, "password.reset", name, user_name=COMMAND_LINE, sessions_ended=end_sessions(person))
    if one_time:
        click.echo(chosen)
    else:
        _say(context, Text(f"已重设 {name} 的口令", f"the password of {name} is reset"))


@command(
    user,
    "roles",
    Text("查看或设置账号的角色：角色 或 角色@单位", "show or set roles: ROLE or ROLE@UNIT"),
    "xiancheng -C baotou-tumed user roles zhang",
    "xiancheng -C baotou-tumed user roles zhang steward@150221-education planner",
)
@click.argument("name")
@click.argument("roles", nargs=-1)
@pass_context
def roles(context: Context, *, name: str, roles: tuple[str, ...]) -> None:
    """Show or replace the roles of an account."""
    start_site(context)
    from django.db import transaction  # noqa: PLC0415

    from xiancheng.site.accounts.making import unit_named  # noqa: PLC0415
    from xiancheng.site.accounts.people import set_roles  # noqa: PLC0415
    from xiancheng.site.audit.chain import record  # noqa: PLC0415

    person = _account(name)
    if roles:
        parts = [role.partition("@") for role in roles]
        with transaction.atomic():
            before, after = set_roles(person, [(r, unit_named(u) if u else None) for r, _, u in parts], None)
            record(
                None, "account.roles", name, user_name=COMMAND_LINE, before={"roles": before}, after={"roles": after}
            )
    for held in person.memberships.select_related("unit").order_by("role", "unit__code"):
        click.echo(f"{held.role}@{held.unit.code}" if held.unit is not None else held.role)


@root.group("unit", cls=Group, text=Text("单位", "units"), examples=("xiancheng -C baotou-tumed unit list",))
def unit() -> None:
    """Group of the commands about units."""


@command(
    unit,
    "list",
    Text("列出单位及代码", "list the units and their codes"),
    "xiancheng -C baotou-tumed unit list",
    "xiancheng -C baotou-tumed unit list --json",
)
@option("--json", "as_json", is_flag=True, text=JSON)
@pass_context
def list_units(context: Context, *, as_json: bool) -> None:
    """List the units."""
    start_site(context)
    from xiancheng.site.accounts.models import Unit  # noqa: PLC0415

    units = list(Unit.objects.select_related("parent"))
    if as_json:
        rows = [
            {
                "code": u.code, "name": {"zh": u.name_zh, "en": u.name_en or u.name_zh},
                "parent": u.parent.code if u.parent else None, "bureau": u.bureau, "active": u.active,
            }
            for u in units
        ]  # fmt: skip
        print_json(rows)
        return
    table = Table(box=None, pad_edge=False)
    for heading in (Text("代码", "code"), Text("名称", "name"), Text("上级", "above"), Text("状态", "state")):
        table.add_column(heading.get())
    for u in units:
        state = Text("启用", "active") if u.active else Text("停用", "not active")
        title = Text(u.name_zh, u.name_en or u.name_zh).get()
        table.add_row(u.code, title, u.parent.code if u.parent else "", state.get())
    context.out.print(table)


@root.group(
    "token",
    cls=Group,
    text=Text("API 令牌", "API tokens"),
    examples=("xiancheng -C baotou-tumed token make qgis --name 'QGIS 桌面' --scope read",),
)
def token() -> None:
    """Group of the commands about tokens."""


@command(
    token,
    "make",
    Text("为账号生成 API 令牌，只显示一次", "make an API token for an account; it is printed once"),
    "xiancheng -C baotou-tumed token make qgis --name 'QGIS 桌面' --scope read",
    "xiancheng -C baotou-tumed token make sync --name sync --scope read --scope write --days 30",
)
@click.argument("account")
@option("--name", required=True, text=Text("用途", "what it is for"))
@option(
    "--scope",
    "scopes",
    multiple=True,
    required=True,
    type=click.Choice(["read", "export", "write", "manage"]),
    text=Text("范围，可多次", "scope; may be given several times"),
)
@option(
    "--days",
    type=click.IntRange(1, 3660),
    default=365,
    show_default=True,
    text=Text("有效天数", "days until it expires"),
)
@pass_context
def make(context: Context, *, account: str, name: str, scopes: tuple[str, ...], days: int) -> None:
    """Make a token."""
    start_site(context)
    from django.utils import timezone  # noqa: PLC0415

    from xiancheng.site.accounts.tokens import make_token  # noqa: PLC0415
    from xiancheng.site.audit.chain import record  # noqa: PLC0415
    from xiancheng.site.policy.permission import Scope  # noqa: PLC0415

    expires = timezone.now() + timedelta(days=days)
    chosen = [scope for scope in Scope if scope in scopes]
    made, text = make_token(_account(account), name[:80], chosen, expires_at=expires)
    record(
        None, "token.create", made.prefix, user_name=COMMAND_LINE, owner=account, name=made.name, scopes=made.scopes,
        expires_at=expires,
    )  # fmt: skip
    click.echo(text)


def _account(name: str) -> User:
    from xiancheng.site.accounts.people import account_named  # noqa: PLC0415

    return account_named(name)


def _set_active(person: User, *, active: bool) -> None:
    from django.db import transaction  # noqa: PLC0415

    from xiancheng.site.accounts.people import keeping_an_administrator  # noqa: PLC0415
    from xiancheng.site.accounts.sessions import end_sessions  # noqa: PLC0415
    from xiancheng.site.audit.chain import record  # noqa: PLC0415

    if person.is_active == active:
        return
    with transaction.atomic(), keeping_an_administrator():
        person.is_active = active
        person.save(update_fields=["is_active"])
        if not active:
            end_sessions(person)
        record(
            None, "account.update", person.username, user_name=COMMAND_LINE, before={"is_active": not active},
            after={"is_active": active},
        )  # fmt: skip


def _password(given: str | None) -> str:
    chosen = given
    if chosen is None:
        chosen = click.prompt(Text("口令", "password").get(), hide_input=True, confirmation_prompt=True)
    if not chosen:
        raise XianchengError(Text("口令不能为空", "the password must not be empty"))
    return str(chosen)


def _say(context: Context, text: Text) -> None:
    context.out.print(text.get(), markup=False)
