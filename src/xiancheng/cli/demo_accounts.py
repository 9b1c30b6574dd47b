"""Accounts of the demonstration: one for each kind of person who would use the site."""

from __future__ import annotations

import threading
import time
import urllib.error
import urllib.request
import webbrowser
from dataclasses import dataclass
from pathlib import Path

from rich.table import Table

from xiancheng.city.publish import published
from xiancheng.cli.app import Context
from xiancheng.cli.progress import Bars
from xiancheng.foundation.text import Text

DEMO_PASSWORD = "xiancheng-demo"  # noqa: S105 - made up data behind it, and printed on purpose
WAIT_SECONDS = 60


@dataclass(frozen=True, slots=True)
class DemoAccount:
    """Who logs in to see what."""

    name: str
    role: str
    bureau: str | None
    person: Text


ACCOUNTS = (
    DemoAccount("leader", "leader", None, Text("县领导：全部方案与地图", "county leader: the whole programme and map")),
    DemoAccount("office", "programme_office", None, Text("方案办：发布、评估", "programme office: publishes")),
    DemoAccount("planner", "planner", None, Text("规划师：可达与假设分析", "planner: access and what-if")),
    DemoAccount("education", "steward", "education", Text("教育局：学校登记册", "education bureau: its registers")),
    DemoAccount("health", "steward", "health", Text("卫健委：医院登记册", "health commission: its registers")),
    DemoAccount("green", "steward", "urban_management", Text("城管执法局：公园登记册", "urban management: parks")),
    DemoAccount("admin", "administrator", None, Text("系统管理员：人员与审计", "administrator: people and audit")),
)


def add_demo_accounts(folder: Path) -> None:
    """Make the accounts of the demonstration in a county of made-up data."""
    from xiancheng.site.setup import migrate, start_django  # noqa: PLC0415 - Django is not loaded for other commands

    start_django(folder)
    migrate()
    from xiancheng.site.accounts.making import make_account  # noqa: PLC0415
    from xiancheng.site.county import county  # noqa: PLC0415

    code = county().code
    for account in ACCOUNTS:
        make_account(
            account.name,
            password=DEMO_PASSWORD,
            roles=[account.role],
            unit=f"{code}-{account.bureau}" if account.bureau else None,
            full_name=account.person.zh.partition("：")[0],
        )


def prepare_pages(context: Context) -> None:
    """Make the tiles and keep the figures of the published snapshots, so that the first page opens at once."""
    from xiancheng.site.assessments.work import assess_snapshots  # noqa: PLC0415
    from xiancheng.site.policy.subject import Subject  # noqa: PLC0415
    from xiancheng.site.tiles.making import make_tiles  # noqa: PLC0415

    with Bars(context.err) as progress:
        for day in published(context.county):
            make_tiles(context.county, context.catalogue, day, progress)
        assess_snapshots({}, Subject(), progress)


def tell_accounts(context: Context, host: str, port: int) -> None:
    """Print the address of the site and who can log in."""
    table = Table(box=None, padding=(0, 2))
    table.add_column(Text("账号", "account").get())
    table.add_column(Text("口令", "password").get())
    table.add_column(Text("是谁", "who").get())
    for account in ACCOUNTS:
        table.add_row(account.name, DEMO_PASSWORD, account.person.get())
    context.out.print(table)
    address = f"http://{shown_host(host)}:{port}/"
    context.out.print(
        Text(f"网站      {address}（Ctrl+C 结束）", f"site       {address} (Ctrl+C ends it)").get(), markup=False
    )


def shown_host(host: str) -> str:
    """Return the name by which people on this machine reach a server that listens on `host`."""
    return "localhost" if host in {"127.0.0.1", "0.0.0.0", "::"} else host  # noqa: S104 - compared, not bound


def open_when_up(address: str) -> None:
    """Open a browser as soon as the site answers, without holding up the server."""

    def wait() -> None:
        end = time.monotonic() + WAIT_SECONDS
        while time.monotonic() < end:
            try:
                with urllib.request.urlopen(f"{address}healthz", timeout=2):  # noqa: S310 - our own address
                    webbrowser.open(address)
                    return
            except (urllib.error.URLError, OSError):
                time.sleep(0.5)

    threading.Thread(target=wait, daemon=True).start()
