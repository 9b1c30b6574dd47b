"""Cases from the command line."""

from __future__ import annotations

from pathlib import Path

import click

from xiancheng.cli.app import JSON, Context, pass_context, root
from xiancheng.cli.bilingual import Group, command, option
from xiancheng.cli.people_commands import COMMAND_LINE, start_site
from xiancheng.cli.progress import Bars
from xiancheng.cli.verification import tell
from xiancheng.foundation.text import Text


@root.group(
    "cases",
    cls=Group,
    text=Text("案件", "cases"),
    examples=("xiancheng -C baotou-tumed cases verify",),
)
def cases() -> None:
    """Group of the commands about cases."""


@command(
    cases,
    "verify",
    Text(
        "核对每件案件的记录链，并与案件现值比对；有问题则退出码为 1",
        "verify the chain of every case's record and compare it with the case; exits with 1 if anything is wrong",
    ),
    "xiancheng -C baotou-tumed cases verify",
    "xiancheng -C baotou-tumed cases verify --json",
)
@option("--json", "as_json", is_flag=True, text=JSON)
@pass_context
def verify(context: Context, *, as_json: bool) -> None:
    """Verify the ledger."""
    start_site(context)
    from xiancheng.site.cases.verifying import go_through  # noqa: PLC0415

    with Bars(context.err) as bars:
        found = go_through(bars)
    tell(context, found, as_json=as_json, faults=found.faults)


@command(
    cases,
    "export",
    Text(
        "导出案件的全部记录（每行一条 JSON，可独立核对）",
        "export the record of all cases, one JSON a line, which can be verified by itself",
    ),
    "xiancheng -C baotou-tumed cases export cases.jsonl",
)
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@pass_context
def export(context: Context, *, file: Path) -> None:
    """Export the ledger."""
    start_site(context)
    from xiancheng.operations.ledger.chain import to_line  # noqa: PLC0415
    from xiancheng.site.audit.chain import record  # noqa: PLC0415
    from xiancheng.site.cases.ledger import entries  # noqa: PLC0415

    part, count = file.with_name(f".{file.name}.part"), 0
    with part.open("wb") as target:
        for entry in entries():
            target.write(to_line(entry) + b"\n")
            count += 1
    part.replace(file)
    record(None, "cases.export", file.name, user_name=COMMAND_LINE, entries=count)
    context.note(Text(f"已导出 {count} 条记录到 {file}", f"{count} entries exported to {file}"))
