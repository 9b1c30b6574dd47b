"""A quality report in the terminal and as an Excel workbook."""

from __future__ import annotations

import io
from datetime import datetime
from pathlib import Path

import xlsxwriter
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text as Line

from xiancheng.city.quality.report import SEVERITIES, QualityReport, Severity
from xiancheng.foundation.text import Language, Text, current_language

_STYLES: dict[Severity, str] = {"error": "bold red", "warning": "yellow", "info": "dim"}
_EXAMPLES = 3
_CREATED = datetime(2000, 1, 1)  # noqa: DTZ001 - a fixed date without a place, so that equal reports are equal bytes
_SHEET_ROWS = 1_000_000

NOTHING = Text("没有发现问题", "nothing found")


def render(report: QualityReport, console: Console, language: Language | None = None) -> None:
    """Print a report by class: severity, what, how many of how many, and a few objects."""
    language = language or current_language()

    def say(zh: str, en: str) -> str:
        return Text(zh, en).get(language)

    heading = Line(report.county.get(language), style="bold")
    if report.synthetic:
        heading.append("  " + say("【合成数据】", "[synthetic data]"), "bold yellow")
    counts = report.counts()
    objects = sum(total for _, total in report.checked.values())
    heading.append(
        say(
            f"  检查了 {len(report.checked)} 类 {objects:,} 个对象，{len(report.checks)} 项检查",
            f"  {objects:,} objects of {len(report.checked)} classes, {len(report.checks)} checks",
        )
    )
    console.print(heading)
    if not report.findings:
        console.print(NOTHING.get(language), style="green")
    for name, title, total, findings in report.by_class():
        console.print()
        console.print(Line.assemble((title.get(language), "bold"), f"  {name}  {total:,}"))
        table = Table(box=box.SIMPLE, show_header=False, show_edge=False, pad_edge=False, expand=False)
        table.add_column(no_wrap=True, min_width=7)
        table.add_column(justify="right", no_wrap=True, min_width=8)
        table.add_column(overflow="fold")
        for finding in findings:
            text = Line(finding.message.get(language))
            text.append(f"  {finding.check}", "dim")
            for found in [o for o in finding.objects[:_EXAMPLES] if o.name is not None or o.detail is not None]:
                label = found.id if found.name is None else f"{found.id} {found.name}"
                text.append(f"\n  {label}", "dim")
                if found.detail is not None:
                    text.append(say("：", ": ") + found.detail.get(language), "dim")
            severity = Line(SEVERITIES[finding.severity].get(language), style=_STYLES[finding.severity])
            table.add_row(severity, f"{finding.count:,}", text)
        console.print(table)
    console.print()
    for note in report.notes:
        console.print(Line(note.get(language), style="dim"))
    console.print(
        Line(
            say("，", ", ").join(f"{SEVERITIES[s].get(language)} {n}" for s, n in counts.items()),
            style="bold",
        )
    )


def write_xlsx(report: QualityReport, path: Path, language: Language | None = None) -> None:
    """Write a report as a workbook: one sheet of findings, one of objects to work through.

    Raises
    ------
    OSError
        If `path` cannot be written.
    """
    path.write_bytes(_as_bytes(report, language or current_language()))


def _as_bytes(report: QualityReport, language: Language) -> bytes:
    def say(zh: str, en: str) -> str:
        return Text(zh, en).get(language)

    buffer = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(buffer, options) as book:
        book.set_properties({"title": report.county.get(language), "created": _CREATED})
        bold = book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"})
        wrap = book.add_format({"text_wrap": True, "valign": "top"})
        sheet = book.add_worksheet(say("问题", "findings"))
        columns = (
            (say("要素类", "class"), 20),
            (say("名称", "title"), 18),
            (say("程度", "severity"), 9),
            (say("检查项", "check"), 28),
            (say("数量", "count"), 9),
            (say("总数", "of"), 9),
            (say("说明", "message"), 90),
        )
        for i, (title, width) in enumerate(columns):
            sheet.set_column(i, i, width)
            sheet.write_string(0, i, title, bold)
        sheet.freeze_panes(1, 0)
        for row, f in enumerate(report.findings, start=1):
            sheet.write_string(row, 0, f.feature_class)
            sheet.write_string(row, 1, report.checked[f.feature_class][0].get(language))
            sheet.write_string(row, 2, SEVERITIES[f.severity].get(language))
            sheet.write_string(row, 3, f.check)
            sheet.write_number(row, 4, f.count)
            sheet.write_number(row, 5, f.total)
            sheet.write_string(row, 6, f.message.get(language), wrap)
        for row, note in enumerate(report.notes, start=len(report.findings) + 2):
            sheet.write_string(row, 6, note.get(language), wrap)
        if report.findings:
            sheet.autofilter(0, 0, len(report.findings), len(columns) - 1)
        _objects(book.add_worksheet(say("对象", "objects")), bold, report, language)
    return buffer.getvalue()


def _objects(sheet: xlsxwriter.worksheet.Worksheet, bold: object, report: QualityReport, language: Language) -> None:
    def say(zh: str, en: str) -> str:
        return Text(zh, en).get(language)

    columns = (
        (say("要素类", "class"), 20),
        (say("检查项", "check"), 28),
        (say("程度", "severity"), 9),
        (say("标识", "identifier"), 24),
        (say("名称", "name"), 28),
        (say("经度", "longitude"), 12),
        (say("纬度", "latitude"), 12),
        (say("详情", "detail"), 60),
    )
    for i, (title, width) in enumerate(columns):
        sheet.set_column(i, i, width)
        sheet.write_string(0, i, title, bold)
    sheet.freeze_panes(1, 0)
    row = 0
    for f in report.findings:
        for found in f.objects:
            row += 1
            if row > _SHEET_ROWS:
                return
            sheet.write_string(row, 0, f.feature_class)
            sheet.write_string(row, 1, f.check)
            sheet.write_string(row, 2, SEVERITIES[f.severity].get(language))
            sheet.write_string(row, 3, found.id)
            sheet.write_string(row, 4, found.name or "")
            if found.lon is not None and found.lat is not None:
                sheet.write_number(row, 5, found.lon)
                sheet.write_number(row, 6, found.lat)
            sheet.write_string(row, 7, found.detail.get(language) if found.detail is not None else "")
    if row:
        sheet.autofilter(0, 0, row, len(columns) - 1)
