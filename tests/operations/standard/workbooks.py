"""Workbooks as counties write them, made with openpyxl, which the project itself does not use."""

from __future__ import annotations

import csv
from dataclasses import replace
from datetime import date
from pathlib import Path

import openpyxl

from xiancheng.operations.standard.importing import ImportSettings, import_standard

SETTINGS = ImportSettings("standard", date(2026, 1, 1))
HEADER = ["大类代码", "大类名称", "小类代码", "小类名称", "立案条件", "处置时限", "结案条件", "主管部门", "处置单位"]


def yuncheng_cells(shared):
    """The cells of the shared workbook: title, header, 279 rows; pandas' names of nameless columns are blank."""
    path = shared / "cn_case_standards" / "yuncheng_parts_standard.csv"
    with path.open(encoding="utf-8-sig", newline="") as file:
        cells = list(csv.reader(file))
    cells[0] = [v if not v.startswith("Unnamed: ") else "" for v in cells[0]]
    return cells


def write_book(path, sheets, *, merged=()):
    """Write sheets (name → rows); columns in `merged` are merged downwards over the blank cells below a value."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, cells in sheets.items():
        page = book.create_sheet(name)
        for row, values in enumerate(cells, 1):
            for column, value in enumerate(values, 1):
                if value not in {"", None}:
                    cell = page.cell(row, column, value)
                    if isinstance(value, str):
                        cell.data_type = "s"
        for column in merged:
            top = None
            for row in range(2, len(cells) + 2):
                blank = row < len(cells) and cells[row][column] == ""
                if not blank:
                    if top is not None and row - 1 > top:
                        page.merge_cells(start_row=top + 1, end_row=row, start_column=column + 1, end_column=column + 1)
                    top = row
    book.save(path)
    return path


def seen(path):
    """What openpyxl sees: sheet → (cell → value, merged ranges)."""
    book = openpyxl.load_workbook(path)
    return {
        page.title: (
            {cell.coordinate: cell.value for row in page.iter_rows() for cell in row if cell.value not in {None, ""}},
            {str(r) for r in page.merged_cells.ranges},
        )
        for page in book.worksheets
    }


def one_sheet(tmp_path, rows, *, header=HEADER, name="事件", title="标准"):
    """A workbook of one sheet with a title and a header."""
    return write_book(tmp_path / "book.xlsx", {name: [[title], header, *rows]})


def imported(path: Path, **settings):
    return import_standard(path, replace(SETTINGS, **settings))
