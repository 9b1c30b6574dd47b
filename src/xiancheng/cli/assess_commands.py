"""The assess command: the programme against the model."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import click

from xiancheng.city.publish import open_snapshot, published
from xiancheng.city.snapshot import Snapshot
from xiancheng.cli.app import DATE, Context, pass_context, print_json, root
from xiancheng.cli.bilingual import command, option
from xiancheng.cli.progress import Bars
from xiancheng.cli.snapshots import all_snapshots, publish_on, refresh, today
from xiancheng.foundation.errors import XianchengError
from xiancheng.foundation.text import Language, Text
from xiancheng.programme.assess import assess
from xiancheng.programme.assessment import Assessment
from xiancheng.programme.loader import load_programme
from xiancheng.programme.model import Programme
from xiancheng.programme.report import html, terminal, xlsx
from xiancheng.programme.report import json as json_report


@command(
    root,
    "assess",
    Text(
        "评估方案：每条的数值、目标、差距、责任单位",
        "assess the programme: figure, target, gap and bureau of every clause",
    ),
    "xiancheng -C tumed assess",
    "xiancheng -C tumed assess --clause 24.2",
    "xiancheng -C tumed assess --as-of 2025-12-31 --html report.html --xlsx report.xlsx",
)
@option(
    "--programme",
    "programme_name",
    text=Text("方案名称或文件（默认 county.toml 所列）", "programme name or file (default: of county.toml)"),
)
@option(
    "--as-of",
    type=DATE,
    text=Text(
        "日期（默认：已到期的方案为最后一天，否则今天）",
        "date (default: the last day of a closed programme, else today)",
    ),
)
@option("--clause", text=Text("只看一条", "one clause only"))
@option("--json", "as_json", is_flag=True, text=Text("输出 JSON", "print JSON"))
@option("--xlsx", "xlsx_path", type=click.Path(path_type=Path, dir_okay=False), text=Text("写入 Excel", "write Excel"))
@option(
    "--html", "html_path", type=click.Path(path_type=Path, dir_okay=False), text=Text("写入 HTML 报告", "write HTML")
)
@option("--report-lang", type=click.Choice(["zh", "en"]), text=Text("报告语言（默认同界面）", "language of the report"))
@pass_context
def assess_command(
    context: Context,
    *,
    programme_name: str | None,
    as_of: date | None,
    clause: str | None,
    as_json: bool,
    xlsx_path: Path | None,
    html_path: Path | None,
    report_lang: Language | None,
) -> None:
    """Assess and report."""
    programme = _programme(context, programme_name)
    snapshots = _snapshots(context, programme, as_of)
    with Bars(context.err) as progress:
        result = assess(snapshots, programme, as_of=as_of, today=today(), clause=clause, progress=progress)
    if xlsx_path is not None:
        xlsx.write(result, xlsx_path, language=report_lang)
        context.note(Text(f"已写入 {xlsx_path}", f"wrote {xlsx_path}"))
    if html_path is not None:
        write_html(result, snapshots, html_path, report_lang)
        context.note(Text(f"已写入 {html_path}", f"wrote {html_path}"))
    if as_json:
        print_json(json_report.as_dict(result))
    elif xlsx_path is None and html_path is None:
        terminal.render(result, context.out, language=None, clause=clause)


def write_html(result: Assessment, snapshots: list[Snapshot], path: Path, language: Language | None) -> None:
    """Write the HTML report with maps drawn from the snapshot that was assessed."""
    used = next(s for s in snapshots if s.hash == result.snapshot)
    html.write(result, path, language=language, maps=html.map_layers(used))


def _programme(context: Context, name: str | None) -> Programme:
    names = (name,) if name else context.county.programmes
    if not names:
        raise XianchengError(
            Text("county.toml 没有列出方案", "county.toml names no programme"),
            Text(
                '用 --programme baotou-2023，或在 county.toml 写 programmes = ["baotou-2023"]',
                'use --programme baotou-2023, or write programmes = ["baotou-2023"] in county.toml',
            ),
        )
    return load_programme(names[0], county_folder=context.folder)


def _snapshots(context: Context, programme: Programme, as_of: date | None) -> list[Snapshot]:
    """Return the published snapshots, publishing the one the assessment needs if it is not there."""
    day = today()
    wanted = as_of or (programme.ends if programme.closed_on(day) else None)
    dates = published(context.county)
    if wanted is None and dates:
        refresh(context, max(dates))
    elif wanted is not None and wanted in dates:
        refresh(context, wanted)
    else:
        publish_on(context, wanted or day)
        if not sum(
            entry["rows"]
            for entry in open_snapshot(context.county, context.catalogue, wanted).manifest["classes"].values()
        ):
            context.warn(
                Text(
                    f"{wanted or day} 模型中没有要素；导入时用 --valid-from 说明数据的日期，或用 --as-of 评估另一天",
                    f"the model holds nothing on {wanted or day}; say with --valid-from at the import which day the "
                    "data describe, or assess another day with --as-of",
                )
            )
    return all_snapshots(context)
