"""Tables that people bring as workbooks or text: every cell with its type and place, merged ranges kept."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from pathlib import Path

import python_calamine as calamine

from xiancheng.city.readers._encoding import decode
from xiancheng.city.readers._magic import OLE, SQLITE, ZIP, head, wrong_content
from xiancheng.city.readers._ods import merged_ranges
from xiancheng.city.readers.table_csv import delimiter_of
from xiancheng.foundation.errors import SourceError
from xiancheng.foundation.text import Text
from xiancheng.operations._sheet_xml import Scan, scan

Cell = str | float | bool | date | time | timedelta
"""What a cell holds; empty text for a blank one, :class:`datetime` among the dates."""

Merge = tuple[int, int, int, int]
"""First row, first column, last row, last column of merged cells, counted from 0."""

LONGEST_CELL = 32_767
"""Characters that a cell of a workbook can hold."""
MOST_CELLS = 8_000_000
MOST_ROWS = 100_000

_TEXT = frozenset([".csv", ".tsv", ".txt"])


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet as it was read.

    Attributes
    ----------
    name
        Name of the sheet; of a text file its name without the ending.
    cells
        Rows from the first row of the sheet, every row as long as its last cell that holds something.
    merges
        Merged ranges; none overlap.
    unvalued
        Row and column of formulas whose result the file does not hold: their cells are blank here.
    formulas
        How many cells are formulas.
    """

    name: str
    cells: tuple[tuple[Cell, ...], ...]
    merges: tuple[Merge, ...] = ()
    unvalued: frozenset[tuple[int, int]] = field(default_factory=frozenset)
    formulas: int = 0

    def at(self, row: int, column: int) -> Cell:
        """Return a cell; empty text beyond the sheet's edge."""
        return self.cells[row][column] if row < len(self.cells) and column < len(self.cells[row]) else ""

    @property
    def width(self) -> int:
        """Columns up to the last that holds something or is merged."""
        return max(max((len(row) for row in self.cells), default=0), *(m[3] + 1 for m in self.merges), 0)

    def anchors(self) -> dict[tuple[int, int], tuple[int, int]]:
        """Return, for every cell that a merge covers, the cell that holds the merge's value."""
        return {
            (row, column): (top, left)
            for top, left, bottom, right in self.merges
            for row in range(top, bottom + 1)
            for column in range(left, right + 1)
        }


def cell_text(value: Cell) -> str:
    """Return what a person reads in a cell: a whole number without ``.0``, a date as YYYY-MM-DD; not stripped."""
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    if isinstance(value, datetime):
        return value.isoformat(" ")
    if isinstance(value, (date, time)):
        return value.isoformat()
    return value if isinstance(value, str) else str(value)


def column_letter(column: int) -> str:
    """Return the letters of a column counted from 0: A, B, …, Z, AA."""
    letters = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def read_sheets(path: Path) -> tuple[Sheet, ...]:
    """Read every sheet of a workbook (.xlsx, .xlsm, .xls, .xlsb, .ods), or a text table as one sheet.

    Raises
    ------
    SourceError
        If it is neither, damaged, protected by a password, empty, or larger than any standard or catalogue.
    """
    sheets = _read_text(path) if path.suffix.lower() in _TEXT else _read_workbook(path)
    if not any(sheet.cells for sheet in sheets):
        raise SourceError(
            path,
            Text("是空的，没有一个有内容的单元格", "it is empty: no cell holds anything"),
            hint=Text("是否选错了文件，或没有保存？", "is it the right file, and was it saved?"),
        )
    return sheets


def _read_text(path: Path) -> tuple[Sheet, ...]:
    if head(path, 16).startswith((SQLITE, ZIP, OLE)):
        raise wrong_content(path, Text("文本表格", "a table of text"), "csv")
    text = decode(path, path.read_bytes(), None)
    if "\0" in text:
        raise SourceError(path, Text("含有空字符，不是文本表格", "it holds NUL characters and is no table of text"))
    previous = csv.field_size_limit(1 << 28)
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter_of(text)))
    except csv.Error as error:
        raise SourceError(path, Text(f"不是有效的 CSV：{error}", f"it is not valid CSV: {error}")) from error
    finally:
        csv.field_size_limit(previous)
    _check_size(path, path.stem, len(rows), max(map(len, rows), default=0))
    return (Sheet(path.stem, _trimmed(rows)),)


def _read_workbook(path: Path) -> tuple[Sheet, ...]:
    if not head(path, 8).startswith((ZIP, OLE)):
        raise wrong_content(path, Text("Excel 工作簿", "an Excel workbook"), "xlsx")
    # The sheets are looked at before they are loaded: one stray cell in the last corner would take all memory.
    scans = scan(path)
    for name, found in scans.items():
        _check_size(path, name, found.rows, found.columns)
    try:
        with calamine.CalamineWorkbook.from_path(str(path)) as workbook:
            return tuple(_sheet(path, workbook, name, scans) for name in workbook.sheet_names)
    except calamine.PasswordError as error:
        raise SourceError(
            path,
            Text("工作簿有密码", "the workbook is protected by a password"),
            hint=Text("在 Excel 中取消密码后另存", "save it without the password"),
        ) from error
    except (calamine.CalamineError, OSError, ValueError) as error:
        raise SourceError(
            path,
            Text(f"工作簿损坏：{error}", f"the workbook is damaged: {error}"),
            hint=Text(
                "用 Excel 打开并另存，或请提供者重新导出", "open and save it with Excel, or have it exported again"
            ),
        ) from error


def _sheet(path: Path, workbook: calamine.CalamineWorkbook, name: str, scans: Mapping[str, Scan]) -> Sheet:
    try:
        sheet = workbook.get_sheet_by_name(name)
    except calamine.WorksheetNotFound:
        return Sheet(name, ())  # a chart has a tab, but no cells
    _check_size(path, name, sheet.total_height, sheet.total_width)
    cells = _trimmed([[_cell(v) for v in row] for row in sheet.to_python(skip_empty_area=False)])
    ranges = sheet.merged_cell_ranges
    if ranges is None:
        merges = merged_ranges(path).get(name, [])
    else:
        merges = [(top, left, bottom, right) for (top, left), (bottom, right) in ranges]
    found = scans.get(name, Scan())
    return Sheet(name, cells, _disjoint(merges), found.unvalued, found.formulas)


def _cell(value: object) -> Cell:
    if isinstance(value, bool):
        return value
    if isinstance(value, (int, float)):
        return float(value) if math.isfinite(value) else str(value)
    if isinstance(value, (str, date, time, timedelta)):
        return value
    return "" if value is None else str(value)


def _trimmed(rows: list[list[Cell]] | list[list[str]]) -> tuple[tuple[Cell, ...], ...]:
    out: list[tuple[Cell, ...]] = []
    for row in rows:
        end = len(row)
        while end and row[end - 1] == "":
            end -= 1
        out.append(tuple(row[:end]))
    while out and not out[-1]:
        out.pop()
    return tuple(out)


def _disjoint(merges: list[Merge]) -> tuple[Merge, ...]:
    """Keep of overlapping ranges (which only damaged files have) the first, and no range of one cell."""
    taken: set[tuple[int, int]] = set()
    kept: list[Merge] = []
    for top, left, bottom, right in merges:
        if (top, left) == (bottom, right) or (bottom - top + 1) * (right - left + 1) > MOST_CELLS:
            continue
        area = {(r, c) for r in range(top, bottom + 1) for c in range(left, right + 1)}
        if not area & taken:
            taken |= area
            kept.append((top, left, bottom, right))
    return tuple(sorted(kept))


def _check_size(path: Path, name: str, rows: int, columns: int) -> None:
    if rows > MOST_ROWS or rows * columns > MOST_CELLS:
        raise SourceError(
            path,
            Text(
                f"工作表“{name}”有 {rows} 行 {columns} 列，太大",
                f"sheet {name!r} has {rows} rows and {columns} columns: too large",
            ),
            hint=Text(
                "多半是表格下方或右方很远处有一个单元格：删除表格以外的行和列后另存",
                "most likely a cell far below or beside the table: delete the rows and columns beyond it and save",
            ),
        )
