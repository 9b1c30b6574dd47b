"""The doctor looks at the site: settings, web pages, signing key, ports, database, accounts, companions."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from xiancheng.cli.app import Context
from xiancheng.cli.checks import Check
from xiancheng.cli.site_commands import PORT
from xiancheng.foundation.errors import XianchengError
from xiancheng.foundation.text import Text

if TYPE_CHECKING:
    from xiancheng.site.configuration import SiteConfiguration


def site_checks(context: Context) -> Iterator[Check]:
    """Yield what is well and what is wrong with the site; makes nothing that is not there yet."""
    from xiancheng.site.configuration import SIGNING_KEY_FILE, load_configuration  # noqa: PLC0415 - loads Django
    from xiancheng.site.databases import CIVIC  # noqa: PLC0415
    from xiancheng.site.web import DIST  # noqa: PLC0415

    configuration = load_configuration(context.folder)
    where = "PostgreSQL" if configuration.database else "SQLite"
    workers = configuration.workers
    yield Check(
        "ok", Text(f"网站设置：{where}，{workers} 个进程", f"settings of the site: {where}, {workers} processes")
    )
    yield Check(
        "ok" if (DIST / "index.html").exists() else "error",
        Text("网页应用", "web application"),
        Text("没有构建：在源码目录运行 make ui", "it is not built: run `make ui` in the checkout"),
    )
    yield _names(configuration)
    yield from _key(context.folder / SIGNING_KEY_FILE)
    yield from _ports()
    if not configuration.database and not (context.folder / CIVIC).exists():
        text = Text("网站还没有启动过（没有账号库）", "the site was never served (there is no civic database)")
        yield Check("ok", text)
        return
    yield from _database(context.folder)


def _names(configuration: SiteConfiguration) -> Check:
    from xiancheng.site.hosts import ANY_NAME, own_names  # noqa: PLC0415

    names = configuration.allowed_hosts or own_names()
    zh, en = "、".join(names), ", ".join(names)
    if ANY_NAME in names:
        return Check(
            "warning",
            Text("主机名：任何名字都接受（allowed_hosts 含 *）", "host names: any (allowed_hosts has *)"),
            Text("改为本站的域名，防止 DNS 重绑定", "write the names of this site, against DNS rebinding"),
        )
    if configuration.https and not configuration.allowed_hosts:
        return Check(
            "warning",
            Text("主机名：https 代理的域名没有设置", "host names: the name of the https proxy is not set"),
            Text('在 [site] 写 allowed_hosts = ["域名"]', 'write allowed_hosts = ["name"] in [site]'),
        )
    if configuration.allowed_hosts:
        return Check("ok", Text(f"主机名：{zh}", f"host names: {en}"))
    return Check(
        "ok",
        Text(
            f"主机名：IP 地址和 {zh}；别的域名写进 [site] allowed_hosts",
            f"host names: IP addresses and {en}; write others in [site] allowed_hosts",
        ),
    )


def _key(path: Path) -> Iterator[Check]:
    if not path.exists():
        return
    mode = stat.S_IMODE(path.stat().st_mode)
    yield Check(
        "error" if mode & 0o077 else "ok",
        Text(f"签名密钥 {path.name}（权限 {mode:o}）", f"signing key {path.name} (mode {mode:o})"),
        Text(f"别人能读它就能冒充任何人：chmod 600 {path}",
             f"whoever can read it can pretend to be anybody: chmod 600 {path}"),
    )  # fmt: skip


def _ports() -> Iterator[Check]:
    from xiancheng.site.serving import require_free  # noqa: PLC0415

    for port in (PORT, PORT + 1):
        try:
            require_free("127.0.0.1", port)
        except XianchengError:
            yield Check(
                "warning",
                Text(f"端口 {port} 已被占用", f"port {port} is taken"),
                Text(
                    "若不是本网站在运行，用 serve --port 换一个",
                    "unless this site is running, choose another: serve --port",
                ),
            )
        else:
            yield Check("ok", Text(f"端口 {port} 可用", f"port {port} is free"))


def _database(folder: Path) -> Iterator[Check]:
    from xiancheng.site.setup import pending_migrations, require_database, start_django  # noqa: PLC0415

    start_django(folder)
    require_database()
    yield Check("ok", Text("账号数据库可用", "the civic database can be reached"))
    pending = pending_migrations()
    if pending:
        yield Check(
            "warning",
            Text(f"数据库有 {len(pending)} 项结构更新未执行", f"{len(pending)} migrations of the database are pending"),
            Text("下次 serve 时自动执行；先备份", "the next `serve` makes them; take a backup before"),
        )
        return
    from xiancheng.site.accounts.models import User  # noqa: PLC0415
    from xiancheng.site.jobs.companions import LIVE, WORKER, lives  # noqa: PLC0415

    accounts = User.objects.filter(is_active=True).count()
    yield Check(
        "ok" if accounts else "warning",
        Text(f"{accounts} 个账号", f"{accounts} accounts"),
        Text("xiancheng user add 名字 --role administrator", "xiancheng user add NAME --role administrator"),
    )
    alive = [name for name in (WORKER, LIVE) if lives(name)]
    if len(alive) == 1:
        yield Check(
            "warning",
            Text(
                f"网站在运行，但只有 {alive[0]} 进程正常",
                f"the site runs, but of its companions only the {alive[0]} lives",
            ),
            Text("看 serve 的输出；重新启动网站", "look at what `serve` printed; start the site again"),
        )
    elif alive:
        yield Check("ok", Text("网站在运行", "the site is running"))
