"""The site: serving it; accounts and the audit log are beside this module."""

from __future__ import annotations

import click

from xiancheng.cli import audit_commands, people_commands  # noqa: F401 - registers their commands
from xiancheng.cli.app import Context, pass_context, root
from xiancheng.cli.bilingual import command, option
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
    "--host",
    default="127.0.0.1",
    show_default=True,
    text=Text(
        "监听地址；0.0.0.0 为所有网卡。别的机器用的域名写进 county.toml 的 [site] allowed_hosts",
        "address to listen on, 0.0.0.0 for all; write names that others use in [site] allowed_hosts of county.toml",
    ),
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
