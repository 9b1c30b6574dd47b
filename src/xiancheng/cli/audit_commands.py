"""The audit log from the command line."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import click

from xiancheng.cli.app import DATE, JSON, Context, pass_context, root
from xiancheng.cli.bilingual import Group, command, option
from xiancheng.cli.people_commands import COMMAND_LINE, start_site
from xiancheng.cli.progress import Bars
from xiancheng.cli.verification import tell
from xiancheng.foundation.errors import XianchengError
from xiancheng.foundation.text import Text


@root.group(
    "audit",
    cls=Group,
    text=Text("审计日志", "the audit log"),
    examples=("xiancheng -C baotou-tumed audit verify",),
)
def audit() -> None:
    """Group of the commands about the audit log."""


@command(
    audit,
    "verify",
    Text(
        "核对整条审计链；有问题则退出码为 1，并指出第一条",
        "verify the whole log; exits with 1 and names the first bad entry if it was tampered with",
    ),
    "xiancheng -C baotou-tumed audit verify",
    "xiancheng -C baotou-tumed audit verify --json",
)
@option("--json", "as_json", is_flag=True, text=JSON)
@pass_context
def verify(context: Context, *, as_json: bool) -> None:
    """Verify the log."""
    start_site(context)
    from xiancheng.site.audit.verifying import verify as go_through  # noqa: PLC0415

    with Bars(context.err) as bars:
        found = go_through(bars)
    tell(context, found, as_json=as_json)


@command(
    audit,
    "export",
    Text("导出审计日志为 .xlsx 或 .jsonl", "export the audit log as .xlsx or .jsonl"),
    "xiancheng -C baotou-tumed audit export --from 2026-01-01 --to 2026-03-31 audit.xlsx",
    "xiancheng -C baotou-tumed audit export --user zhang --action register. zhang.jsonl",
)
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@option("--from", "since", type=DATE, default=None, text=Text("第一天", "first day"))
@option("--to", "until", type=DATE, default=None, text=Text("最后一天", "last day"))
@option("--user", default="", text=Text("账号", "account"))
@option("--action", default="", text=Text("操作的开头，如 register.", "beginning of the action, such as register."))
@pass_context
def export(context: Context, *, file: Path, since: date | None, until: date | None, user: str, action: str) -> None:
    """Export the log."""
    start_site(context)
    from xiancheng.site.audit.chain import record  # noqa: PLC0415
    from xiancheng.site.audit.export import audit_lines, audit_workbook  # noqa: PLC0415
    from xiancheng.site.audit.selection import entries  # noqa: PLC0415

    if file.suffix not in {".xlsx", ".jsonl"}:
        raise XianchengError(
            Text(f"不认识的格式：{file.suffix or file.name}", f"unknown format: {file.suffix or file.name}"),
            Text("文件名以 .xlsx 或 .jsonl 结尾", "let the name end with .xlsx or .jsonl"),
        )
    found = entries(user=user, action=action, since=since, until=until)
    count = found.count()
    if file.suffix == ".xlsx":
        file.write_bytes(audit_workbook(found).content)
    else:
        with file.open("wb") as stream:
            stream.writelines(audit_lines(found))
    record(None, "audit.export", file.name, user_name=COMMAND_LINE, entries=count)
    context.out.print(Text(f"{count} 条记录写入 {file}", f"wrote {count} entries to {file}").get(), markup=False)
