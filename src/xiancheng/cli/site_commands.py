"""The site: serving it, accounts, the audit log."""

from __future__ import annotations

import click

from xiancheng.cli.app import Context, pass_context, root
from xiancheng.cli.bilingual import Group, command, option
from xiancheng.foundation.errors import XianchengError
from xiancheng.foundation.text import Text

PORT = 8017


@command(
    root,
    "serve",
    Text("提供网站", "serve the site"),
    "xiancheng -C baotou-tumed serve",
    "xiancheng -C baotou-tumed serve --host 0.0.0.0 --port 8017",
)
@option(
    "--host", default="127.0.0.1", show_default=True, text=Text("监听地址；0.0.0.0 为所有网卡", "address to listen on")
)
@option(
    "--port",
    type=click.IntRange(1, 65534),
    default=PORT,
    show_default=True,
    text=Text("端口；实时更新用下一个", "port; the live updates take the next one"),
)
@option("--log", "access_log", is_flag=True, text=Text("每个请求写一行日志", "write a line a request"))
@pass_context
def serve(context: Context, *, host: str, port: int, access_log: bool) -> None:
    """Serve the county until interrupted."""
    from xiancheng.site.serving import serve as run  # noqa: PLC0415 - Django is not loaded for other commands

    _ = context.county

    def tell(text: Text) -> None:
        context.out.print(text.get(), markup=False, highlight=False, soft_wrap=True)

    run(context.folder, host, port, access_log=access_log, tell=tell)


@root.group("user", cls=Group, text=Text("账号", "accounts"))
def user() -> None:
    """Group of the commands about accounts."""


@command(
    user,
    "add",
    Text("新建账号", "make an account"),
    "xiancheng -C baotou-tumed user add zhang --role steward --unit 150221-education",
)
@click.argument("name")
@option("--role", "roles", multiple=True, required=True, text=Text("角色，可多次", "role; may be given several times"))
@option("--unit", default=None, text=Text("单位代码", "code of the unit"))
@option("--full-name", default="", text=Text("姓名", "name of the person"))
@option("--password", default=None, text=Text("口令；不写则询问", "password; asked for if not given"))
@pass_context
def add(
    context: Context, *, name: str, roles: tuple[str, ...], unit: str | None, full_name: str, password: str | None
) -> None:
    """Make an account."""
    from xiancheng.site.setup import migrate, start_django  # noqa: PLC0415

    _ = context.county
    start_django(context.folder)
    migrate()
    from xiancheng.site.accounts.making import make_account  # noqa: PLC0415

    if password is None:
        password = click.prompt(Text("口令", "password").get(), hide_input=True, confirmation_prompt=True)
    if not password:
        raise XianchengError(Text("口令不能为空", "the password must not be empty"))
    make_account(name, password=password, roles=roles, unit=unit, full_name=full_name)
    context.out.print(Text(f"已新建账号 {name}", f"made the account {name}").get(), markup=False)
