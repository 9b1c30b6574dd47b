"""Workbooks: sheets with their merged cells, and marks on the cells that something is wrong with."""

from __future__ import annotations

import io
import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import xlsxwriter

from xiancheng.foundation.errors import XianchengError
from xiancheng.foundation.files import write_whole
from xiancheng.foundation.text import Text
from xiancheng.operations.standard.model import Finding, Level
from xiancheng.operations.tables import LONGEST_CELL, Cell, Sheet, column_letter

_FORBIDDEN = re.compile(r"[\[\]:*?/\\]")
_COLOURS = {Level.ERROR: "#F8B4B4", Level.WARNING: "#FCE4A6", Level.NOTE: "#D6E4F5"}
_OPTIONS = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
_DATE, _DATETIME, _TIME = "yyyy-mm-dd", "yyyy-mm-dd hh:mm:ss", "[hh]:mm:ss"


def write_workbook(path: Path, sheets: Sequence[Sheet], headers: Mapping[str, int]) -> None:
    """Write sheets as they are.

    Parameters
    ----------
    headers
        Sheet → last row of its header, counted from 0: it is set off and stays in view.

    Raises
    ------
    XianchengError
        If a cell holds more than a workbook can.
    """
    content = io.BytesIO()
    with xlsxwriter.Workbook(content, _OPTIONS) as book:
        formats = _Formats(book)
        for sheet, name in zip(sheets, sheet_names([s.name for s in sheets]), strict=True):
            _write_sheet(book.add_worksheet(name), sheet, headers.get(sheet.name, -1), formats, {})
    write_whole(path, content.getvalue())


def write_report(path: Path, sheets: Sequence[Sheet], headers: Mapping[str, int], findings: Sequence[Finding]) -> None:
    """Write the sheets with every cell marked that something was found about, and a sheet that lists the findings.

    Reasons are comments of the marked cells, in the language of this process. Errors are red, warnings yellow.
    """
    content = io.BytesIO()
    title = Text("问题", "findings").get()
    with xlsxwriter.Workbook(content, _OPTIONS) as book:
        formats = _Formats(book)
        names = sheet_names([*(s.name for s in sheets), title])
        for sheet, name in zip(sheets, names, strict=False):
            marks: dict[tuple[int, int], list[Finding]] = {}
            for finding in findings:
                if finding.sheet == sheet.name and finding.row is not None:
                    marks.setdefault((finding.row - 1, finding.column or 0), []).append(finding)
            _write_sheet(book.add_worksheet(name), sheet, headers.get(sheet.name, -1), formats, marks, shorten=True)
        _write_list(book.add_worksheet(names[-1]), findings, formats)
    write_whole(path, content.getvalue())


def sheet_names(names: Sequence[str]) -> list[str]:
    """Return names that a workbook can have for these: 31 characters, none forbidden, no two alike."""
    out: list[str] = []
    for name in names:
        base = (_FORBIDDEN.sub("_", name).strip("'") or "Sheet")[:31]
        made, count = base, 1
        while made.casefold() in {n.casefold() for n in out} or made.casefold() == "history":
            count += 1
            made = f"{base[: 30 - len(str(count))]}_{count}"
        out.append(made)
    return out


class _Formats:
    """The formats of a workbook, made once each."""

    def __init__(self, book: Any) -> None:  # noqa: ANN401 - xlsxwriter has no types
        self.book = book
        self.made: dict[tuple[str, str, str], Any] = {}

    def get(self, style: str, number: str = "", colour: str = "") -> Any:  # noqa: ANN401
        key = style, number, colour
        if key not in self.made:
            options: dict[str, Any] = {"valign": "vcenter", "text_wrap": style != "title"}
            if style == "title":
                options |= {"bold": True, "align": "center", "font_size": 14}
            elif style == "header":
                options |= {"bold": True, "align": "center", "border": 1, "bg_color": "#E8EEF0"}
            else:
                options |= {"border": 1}
            options |= ({"num_format": number} if number else {}) | ({"bg_color": colour} if colour else {})
            self.made[key] = self.book.add_format(options)
        return self.made[key]


def _write_sheet(
    page: Any,  # noqa: ANN401
    sheet: Sheet,
    header: int,
    formats: _Formats,
    marks: Mapping[tuple[int, int], Sequence[Finding]],
    *,
    shorten: bool = False,
) -> None:
    def style(row: int) -> str:
        return "body" if row > header else "header" if row == header else "title"

    for top, left, bottom, right in sheet.merges:
        page.merge_range(top, left, bottom, right, "", formats.get(style(bottom)))
    for row, cells in enumerate(sheet.cells):
        for column, value in enumerate(cells):
            if value != "":
                _write_cell(
                    page, (row, column), value, style(row), formats, _colour(marks.get((row, column), ())), shorten
                )
    for (row, column), found in marks.items():
        if sheet.at(row, column) == "":
            page.write_blank(row, column, None, formats.get(style(row), "", _colour(found)))
        lines = [f.message.get() + (f"\n→ {f.hint.get()}" if f.hint else "") for f in found]
        page.write_comment(row, column, "\n".join(lines)[:2000], {"x_scale": 2.5, "y_scale": 1.5})
    for column, width in enumerate(_widths(sheet, header)):
        page.set_column(column, column, width)
    if header >= 0:
        page.freeze_panes(header + 1, 0)


def _write_cell(
    page: Any,  # noqa: ANN401
    place: tuple[int, int],
    value: Cell,
    style: str,
    formats: _Formats,
    colour: str,
    shorten: bool,
) -> None:
    if isinstance(value, bool):
        page.write_boolean(*place, value, formats.get(style, "", colour))
    elif isinstance(value, float):
        page.write_number(*place, value, formats.get(style, "", colour))
    elif isinstance(value, datetime):
        page.write_datetime(*place, value, formats.get(style, _DATETIME, colour))
    elif isinstance(value, date):
        page.write_datetime(*place, value, formats.get(style, _DATE, colour))
    elif isinstance(value, (time, timedelta)):
        page.write_datetime(*place, value, formats.get(style, _TIME, colour))
    else:
        if len(value) > LONGEST_CELL:
            if not shorten:
                raise XianchengError(
                    Text(
                        f"单元格 {column_letter(place[1])}{place[0] + 1} 有 {len(value)} 个字符，Excel 放不下",
                        f"cell {column_letter(place[1])}{place[0] + 1} has {len(value)} characters, too many for Excel",
                    ),
                    Text("导出为 .csv，或缩短内容后重新导入", "export to .csv, or shorten it and import again"),
                )
            value = value[: LONGEST_CELL - 1] + "…"
        page.write_string(*place, value, formats.get(style, "", colour))


def _write_list(page: Any, findings: Sequence[Finding], formats: _Formats) -> None:  # noqa: ANN401
    header = [
        Text("级别", "level"), Text("工作表", "sheet"), Text("行", "row"), Text("列", "column"), Text("内容", "value"),
        Text("原因", "reason"), Text("怎么办", "what to do"), Text("检查项", "check"),
    ]  # fmt: skip
    for column, text in enumerate(header):
        page.write_string(0, column, text.get(), formats.get("header"))
    for row, f in enumerate(findings, 1):
        letter = "" if f.column is None else column_letter(f.column)
        hint = f.hint.get() if f.hint else ""
        number = "" if f.row is None else str(f.row)
        values = (f.level.value, f.sheet, number, letter, f.value[:500], f.message.get(), hint, f.check)
        for column, value in enumerate(values):
            page.write_string(row, column, value, formats.get("body", "", _COLOURS[f.level] if column == 0 else ""))
    for column, width in enumerate((9, 12, 7, 7, 30, 50, 50, 24)):
        page.set_column(column, column, width)
    page.freeze_panes(1, 0)
    page.activate()
    page.set_first_sheet()


def _colour(found: Sequence[Finding]) -> str:
    levels = {f.level for f in found}
    return next((_COLOURS[level] for level in Level if level in levels), "")


def _widths(sheet: Sheet, header: int) -> list[float]:
    widths = [8.0] * sheet.width
    for cells in sheet.cells[max(header, 0) : 300]:
        for column, value in enumerate(cells):
            text = value if isinstance(value, str) else "0000-00-00"
            widths[column] = min(42.0, max(widths[column], 1.5 * len(text)))
    return widths
