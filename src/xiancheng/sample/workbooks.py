"""Writes workbooks as bureaus make them: title rows, merged headers, a row of totals, a note at the end."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import xlsxwriter

CREATED = datetime(2026, 1, 1)  # noqa: DTZ001 - the same bytes at any time and place
SYNTHETIC = "（合成数据，仅供演示，不反映真实情况）"


@dataclass(frozen=True)
class Sheet:
    """A sheet: title, header of one or two rows, rows, columns to sum."""

    name: str
    title: str
    filled_by: str
    on: date
    header: Sequence[tuple[str, ...]]
    rows: Sequence[Sequence[Any]]
    totals: Sequence[int] = ()
    note: str | None = None

    @property
    def first_row(self) -> int:
        """Row of the first feature, as the sheet counts."""
        return 3 + max(len(h) for h in self.header)


def write_workbook(path: Path, sheets: Sequence[Sheet]) -> None:
    """Write the sheets; the same content gives the same bytes."""
    with xlsxwriter.Workbook(str(path)) as workbook:
        workbook.set_properties({"title": "合成数据 synthetic", "author": "xiancheng sample", "created": CREATED})
        formats = {
            "title": workbook.add_format({"bold": True, "font_size": 14, "align": "center", "valign": "vcenter"}),
            "head": workbook.add_format(
                {"bold": True, "align": "center", "valign": "vcenter", "border": 1, "text_wrap": True}
            ),
            "cell": workbook.add_format({"border": 1}),
        }
        for sheet in sheets:
            _write(workbook, sheet, formats)


def _write(workbook: Any, sheet: Sheet, formats: Mapping[str, Any]) -> None:  # noqa: ANN401 - xlsxwriter has no types
    page = workbook.add_worksheet(sheet.name)
    last = len(sheet.header) - 1
    page.merge_range(0, 0, 0, last, f"土默特右旗{sheet.title}{SYNTHETIC}", formats["title"])
    page.merge_range(1, 0, 1, last, f"填报单位：{sheet.filled_by}　　截至日期：{sheet.on.isoformat()}", formats["cell"])
    depth = max(len(h) for h in sheet.header)
    column = 0
    while column <= last:
        head = sheet.header[column]
        if len(head) == depth:
            group = column
            while depth > 1 and group < last and sheet.header[group + 1][0] == head[0]:
                group += 1
            if group > column:
                page.merge_range(2, column, 2, group, head[0], formats["head"])
                for i in range(column, group + 1):
                    page.write_string(3, i, sheet.header[i][1], formats["head"])
            else:
                for row, text in enumerate(head):
                    page.write_string(2 + row, column, text, formats["head"])
            column = group + 1
        else:
            page.merge_range(2, column, 1 + depth, column, head[0], formats["head"])
            column += 1
    start = 2 + depth
    for row, values in enumerate(sheet.rows, start):
        page.write_row(row, 0, values, formats["cell"])
    end = start + len(sheet.rows)
    if sheet.totals:
        page.write_string(end, 0, "合计", formats["cell"])
        for i in sheet.totals:
            numbers = [
                row[i] for row in sheet.rows if isinstance(row[i], (int, float)) and not isinstance(row[i], bool)
            ]
            page.write_number(end, i, sum(numbers), formats["cell"])
        end += 1
    page.write_string(end, 0, f"注：{sheet.note or '本表为合成数据。'}")
    page.set_column(0, 0, 10)
    page.set_column(1, 1, 30)
    page.set_column(2, last, 13)
    page.freeze_panes(start, 2)
