"""Commands on the filing, handling and closing standard and on the catalogues of categories."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import click
from rich.table import Table

from xiancheng.cli import category_commands  # noqa: F401 - registers the commands on catalogues beside these
from xiancheng.cli.app import DATE, JSON, Context, pass_context, print_json, root
from xiancheng.cli.bilingual import Group, command, option
from xiancheng.cli.snapshots import today
from xiancheng.foundation.errors import SourceError
from xiancheng.foundation.text import Text
from xiancheng.operations.categories.loading import load_schemes, scheme_named
from xiancheng.operations.standard.checks import check_standard
from xiancheng.operations.standard.comparing import Changes, compare
from xiancheng.operations.standard.exporting import export_standard
from xiancheng.operations.standard.importing import ImportSettings, StandardImport, import_standard
from xiancheng.operations.standard.model import Finding, Level, Standard, StandardRow, count_levels
from xiancheng.operations.standard.storing import load_standard, read_standard, save_standard, version_on, versions
from xiancheng.operations.standard.writing import write_report
from xiancheng.operations.tables import cell_text, column_letter, read_sheets
from xiancheng.operations.terms import LimitUnit

NAME = Text("标准的名称", "name of the standard")
_SHOWN = 30
_DEFAULT = "standard"
_HOURS = (LimitUnit.WORK_HOUR.value, LimitUnit.URGENT_HOUR.value)
_DAYS = (LimitUnit.WORK_DAY.value, LimitUnit.NATURAL_DAY.value, LimitUnit.URGENT_DAY.value)


@root.group(
    "standard",
    cls=Group,
    text=Text(
        "立案、处置和结案标准：导入、检查、导出工作簿，保存各版本",
        "filing, handling and closing standards: import, check and export the workbook, keep its versions",
    ),
    examples=(
        "xiancheng -C tumed standard import 立结案标准.xlsx --valid-from 2026-07-01 --dry-run",
        "xiancheng -C tumed standard check 立结案标准.xlsx --report 问题.xlsx",
        "xiancheng -C tumed standard export 立结案标准.xlsx",
    ),
)
def standard_group() -> None:
    """Group the commands on standards."""


def _reading_options(function: Any) -> Any:  # noqa: ANN401 - a decorator of click's
    for one in (
        option(
            "--day-means",
            "day",
            type=click.Choice(_DAYS),
            text=Text("“天”指什么", "what 天 (day) means in this workbook"),
        ),
        option(
            "--hour-means",
            "hour",
            type=click.Choice(_HOURS),
            text=Text("“小时”指什么", "what 小时 (hour) means in this workbook"),
        ),
        option(
            "--kind",
            type=click.Choice(["component", "matter", "service"]),
            text=Text("工作表名称没有说明时的种类", "kind of sheets whose name does not say it"),
        ),
        option(
            "--scheme",
            default="",
            text=Text("编码方案（默认按代码判断）", "scheme of the codes (default: the one that fits)"),
        ),
        option(
            "--report",
            type=click.Path(path_type=Path, dir_okay=False),
            text=Text("把问题标在工作簿副本中", "mark the findings in a copy of the workbook"),
        ),
    ):
        function = one(function)
    return function


@command(
    standard_group,
    "import",
    Text(
        "导入工作簿（xlsx、xls、csv）；再次导入即为新版本，并说明改了什么",
        "import a workbook (xlsx, xls, csv); importing again makes a new version and says what changed",
    ),
    "xiancheng -C tumed standard import 立结案标准.xlsx --valid-from 2026-07-01 --dry-run",
    "xiancheng -C tumed standard import 部件.csv --name parts --kind component --report 问题.xlsx",
    "xiancheng -C tumed standard import 立结案标准.xlsx --day-means natural_day --json",
)
@click.argument("path", metavar="FILE", type=click.Path(path_type=Path, dir_okay=False))
@option("--name", default=_DEFAULT, show_default=True, text=NAME)
@option("--valid-from", type=DATE, text=Text("自哪天起施行（默认今天）", "first day it holds (default: today)"))
@_reading_options
@option("--replace", "overwrite", is_flag=True, text=Text("更正同一天的版本", "correct the version of the same day"))
@option("--dry-run", is_flag=True, text=Text("只看结果，不保存", "show what would happen, save nothing"))
@option("--json", "as_json", is_flag=True, text=JSON)
@pass_context
def import_command(
    context: Context,
    /,
    *,
    path: Path,
    name: str,
    valid_from: date | None,
    overwrite: bool,
    dry_run: bool,
    as_json: bool,
    **reading: Any,  # noqa: ANN401 - the options of _reading_options
) -> None:
    """Read the workbook, compare it with the version before, save it."""
    folder = context.county.folder
    day = valid_from or today()
    before = version_on(folder, name, day)
    former = read_standard(before.path) if before else None
    result = _read(path, name, day, folder, former.rows if former else (), reading)
    changes = compare(former.rows if former else (), result.standard.rows)
    same = former is not None and replace(result.standard, valid_from=former.valid_from) == former
    saved = None if dry_run or same else save_standard(result.standard, folder, replace=overwrite)
    _write_report(context, result.standard, result.findings, reading["report"])
    if as_json:
        print_json(
            _summary(result.standard)
            | {
                "dry_run": dry_run,
                "saved": str(saved) if saved else None,
                "previous": before.valid_from.isoformat() if before else None,
                "changes": changes.as_dict(),
                "findings": [f.as_dict() for f in result.findings],
            }
        )
        return
    _show_summary(context, result.standard)
    _show_findings(context, result.findings)
    if former is not None:
        _show_changes(context, former, changes)
    if same:
        context.note(Text("与现有版本相同，没有保存", "the same as the version there is: nothing saved"))
    elif saved:
        context.note(Text(f"已保存 {saved}", f"saved {saved}"))
    else:
        context.note(Text("试运行：没有保存", "dry run: nothing saved"))


@command(
    standard_group,
    "check",
    Text(
        "检查工作簿或已存的标准：重复、缺时限或条件、未知类别和单位、反常的时限",
        "check a workbook or a stored standard: duplicates, missing limits or conditions, unknown categories and units",
    ),
    "xiancheng -C tumed standard check 立结案标准.xlsx --units 单位名录.csv",
    "xiancheng -C tumed standard check standard --report 问题.xlsx",
)
@click.argument("what", metavar="FILE|NAME")
@option(
    "--units",
    type=click.Path(path_type=Path, dir_okay=False),
    text=Text("单位名录（第一列为单位名称）", "list of units (names in the first column)"),
)
@_reading_options
@option("--json", "as_json", is_flag=True, text=JSON)
@pass_context
def check_command(
    context: Context,
    /,
    *,
    what: str,
    units: Path | None,
    as_json: bool,
    **reading: Any,  # noqa: ANN401 - the options of _reading_options
) -> None:
    """Find what a person should look at."""
    path = Path(what)
    notes: list[Finding] = []
    if path.suffix or path.exists():
        result = _read(path, path.stem, today(), context.folder, (), reading)
        standard = result.standard
        notes = [f for f in result.findings if f.level is not Level.ERROR]
    else:
        standard = load_standard(context.folder, what)
    scheme = scheme_named(load_schemes(context.folder), standard.scheme)
    findings = [*check_standard(standard, scheme, units=_unit_names(units) if units else ()), *notes]
    _write_report(context, standard, findings, reading["report"])
    if as_json:
        print_json(_summary(standard) | {"levels": count_levels(findings), "findings": [f.as_dict() for f in findings]})
        return
    _show_summary(context, standard)
    _show_findings(context, findings)


@command(
    standard_group,
    "export",
    Text("按导入时的版式导出（xlsx、csv）", "export in the layout that was imported (xlsx, csv)"),
    "xiancheng -C tumed standard export 立结案标准.xlsx",
    "xiancheng -C tumed standard export 部件.csv --name parts --on 2026-06-30",
)
@click.argument("path", metavar="FILE", type=click.Path(path_type=Path, dir_okay=False))
@option("--name", default=_DEFAULT, show_default=True, text=NAME)
@option("--on", type=DATE, text=Text("哪天的版本（默认最新）", "version of which day (default: the last)"))
@pass_context
def export_command(context: Context, *, path: Path, name: str, on: date | None) -> None:
    """Write a stored version as a workbook."""
    standard = load_standard(context.folder, name, on)
    export_standard(standard, path, county_folder=context.folder)
    context.note(
        Text(
            f"已写入 {path}：{name} 自 {standard.valid_from} 起的版本，{len(standard.rows)} 行",
            f"wrote {path}: {name} as of {standard.valid_from}, {len(standard.rows)} rows",
        )
    )


@command(
    standard_group,
    "list",
    Text("列出已存的标准和版本", "list the stored standards and their versions"),
    "xiancheng -C tumed standard list",
)
@option("--json", "as_json", is_flag=True, text=JSON)
@pass_context
def list_command(context: Context, *, as_json: bool) -> None:
    """List the versions by name and first day."""
    entries = [
        _summary(read_standard(v.path)) | {"valid_to": v.valid_to.isoformat() if v.valid_to else None}
        for v in versions(context.folder)
    ]
    if as_json:
        print_json(entries)
        return
    if not entries:
        context.out.print(Text("还没有导入标准", "no standard imported yet").get())
        return
    table = Table(box=None, pad_edge=False)
    for title in ("name", "valid_from", "valid_to", "scheme", "rows", "aside", "source"):
        table.add_column(title)
    for e in entries:
        table.add_row(
            e["name"], e["valid_from"], e["valid_to"] or "", e["scheme"], str(e["rows"]), str(e["aside"]), e["source"]
        )
    context.out.print(table)


def _read(
    path: Path, name: str, day: date, folder: Path, former: Sequence[StandardRow], reading: dict[str, Any]
) -> StandardImport:
    settings = ImportSettings(
        name=name,
        valid_from=day,
        scheme=reading["scheme"],
        kind=reading["kind"] or "",
        hour=LimitUnit(reading["hour"]) if reading["hour"] else None,
        day=LimitUnit(reading["day"]) if reading["day"] else None,
    )
    return import_standard(path, settings, county_folder=folder, former=former)


def _unit_names(path: Path) -> list[str]:
    names = [cell_text(row[0]).strip() for sheet in read_sheets(path) for row in sheet.cells if row]
    found = [n for n in names if n]
    if not found:
        raise SourceError(path, Text("第一列没有单位名称", "its first column holds no names of units"))
    return found


def _write_report(context: Context, standard: Standard, findings: Sequence[Finding], path: Path | None) -> None:
    if path is None:
        return
    headers = {layout.name: layout.header[1] for layout in standard.layouts if layout.columns}
    write_report(path, [layout.sheet for layout in standard.layouts], headers, findings)
    context.note(Text(f"已写入 {path}", f"wrote {path}"))


def _summary(standard: Standard) -> dict[str, Any]:
    aside = {(f.sheet, f.row) for f in standard.aside}
    return {
        "name": standard.name,
        "title": standard.title,
        "source": standard.source,
        "scheme": standard.scheme,
        "valid_from": standard.valid_from.isoformat(),
        "rows": len(standard.rows),
        "categories": len({r.category for r in standard.rows}),
        "aside": len(aside),
        "limits": dict(sorted(Counter(e.limit.unit.value for r in standard.rows for e in r.limits if e.limit).items())),
    }


def _show_summary(context: Context, standard: Standard) -> None:
    summary = _summary(standard)
    limits = ", ".join(f"{unit} {count}" for unit, count in summary["limits"].items())
    context.out.print(
        Text(
            f"{summary['rows']} 行标准，{summary['categories']} 个小类（{standard.scheme}），"
            f"另有 {summary['aside']} 行有误；时限：{limits or '无'}",
            f"{summary['rows']} rows of {summary['categories']} subclasses ({standard.scheme}), "
            f"{summary['aside']} rows kept aside; limits: {limits or 'none'}",
        ).get(),
        markup=False,
    )


def _show_findings(context: Context, findings: Sequence[Finding]) -> None:
    ordered = sorted(findings, key=lambda f: list(Level).index(f.level))
    for f in ordered[:_SHOWN]:
        place = f.sheet + ("" if f.row is None else f" {column_letter(f.column or 0)}{f.row}")
        hint = f"  → {f.hint.get()}" if f.hint else ""
        context.out.print(f"[{f.level.value}] {place}: {f.message.get()}{hint}", markup=False)
    if len(ordered) > _SHOWN:
        context.note(
            Text(
                f"另有 {len(ordered) - _SHOWN} 条，用 --report 或 --json 查看全部",
                f"{len(ordered) - _SHOWN} more: see all with --report or --json",
            )
        )


def _show_changes(context: Context, former: Standard, changes: Changes) -> None:
    context.out.print(
        Text(
            f"与 {former.valid_from} 版相比：新增 {len(changes.added)}，删除 {len(changes.removed)}，"
            f"修改 {len(changes.changed)}，不变 {changes.unchanged}",
            f"since {former.valid_from}: {len(changes.added)} added, {len(changes.removed)} removed, "
            f"{len(changes.changed)} changed, {changes.unchanged} the same",
        ).get(),
        markup=False,
    )
    lines = [
        *(f"+ {_named(r)}" for r in changes.added),
        *(f"- {_named(r)}" for r in changes.removed),
        *(f"~ {_named(c.after)}: {', '.join(c.fields)}" for c in changes.changed),
    ]
    _print_lines(context, lines)


def _print_lines(context: Context, lines: Sequence[str]) -> None:
    for line in lines[:_SHOWN]:
        context.out.print(line, markup=False)
    if len(lines) > _SHOWN:
        context.note(Text(f"另有 {len(lines) - _SHOWN} 条", f"{len(lines) - _SHOWN} more"))


def _named(row: StandardRow) -> str:
    return f"{row.category.code} {row.title} {row.filing_condition[:40]} ({row.sheet} {row.row})"
