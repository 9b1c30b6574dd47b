"""A standard back in the layout that it came in: sheets, titles, headers and merged cells as they were."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from xiancheng.foundation.errors import XianchengError
from xiancheng.foundation.files import write_whole
from xiancheng.foundation.text import Text
from xiancheng.operations.standard.columns import WorkbookWords, load_words
from xiancheng.operations.standard.model import SheetLayout, Standard, StandardRow
from xiancheng.operations.standard.rows import effective_texts, field_columns
from xiancheng.operations.standard.writing import write_workbook
from xiancheng.operations.tables import Sheet, cell_text

_CODE_OF = {"class_title": "class_code", "title": "sub_code"}
_PASSES = 6
"""How often blank cells are looked at again after a change above them; two are enough for what people do."""


def export_standard(standard: Standard, path: Path, *, county_folder: Path | None = None) -> None:
    """Write a standard as a workbook (.xlsx), or, if it came in one sheet, as a text table (.csv).

    What the rows say now is written into their cells; all other cells (titles, headers, notes, rows kept aside,
    unknown columns) are written as they came. An unchanged standard gives an equal workbook.

    Raises
    ------
    XianchengError
        If a changed row has no place in the workbook, a cell is longer than a workbook can hold, or the format can not
        hold the sheets.
    """
    words = load_words(county_folder)
    sheets = [updated(layout, standard.rows, words).sheet for layout in standard.layouts]
    suffix = path.suffix.lower()
    if suffix == ".xlsx":
        write_workbook(path, sheets, {layout.name: layout.header[1] for layout in standard.layouts if layout.columns})
    elif suffix == ".csv":
        _write_csv(path, sheets)
    else:
        raise XianchengError(
            Text(f"不能导出为 {path.suffix or path.name}", f"cannot export to {path.suffix or path.name}"),
            Text("文件名用 .xlsx 或 .csv 结尾", "the file's name must end in .xlsx or .csv"),
        )


def updated(layout: SheetLayout, rows: Sequence[StandardRow], words: WorkbookWords) -> SheetLayout:
    """Return the layout with what the rows say now in its cells.

    A cell that inherits another value than its row has now is filled in, and its merged range is taken apart.

    Raises
    ------
    XianchengError
        If a text cannot be expressed: blank where a blank cell means "as above", or of a column that is not there.
    """
    if not layout.columns:
        return layout
    columns = field_columns(layout)
    wanted = {row.row - 1: _texts(row, layout, columns) for row in rows if row.sheet == layout.name}
    for _ in range(_PASSES):
        edits: dict[tuple[int, int], str] = {}
        for number, texts in effective_texts(layout, words):
            for name, text in wanted.get(number, {}).items():
                if name in columns and text != texts[name]:
                    edits[number, columns[name]] = text
                    # A title without its code would be read as another class or subclass.
                    code = _CODE_OF.get(name)
                    if code in columns and not cell_text(layout.sheet.at(number, columns[code])).strip():
                        edits[number, columns[code]] = texts[code]
        if not edits:
            return layout
        layout = replace(layout, sheet=_edited(layout.sheet, edits))
    row, column = min(edits)
    raise XianchengError(
        Text(
            f"{layout.name} 第 {row + 1} 行第 {column + 1} 列不能为空：空单元格表示与上行相同",
            f"{layout.name}, row {row + 1}, column {column + 1} cannot be blank: a blank cell means as above",
        ),
        Text("填“无”或写明内容", "write 无 or what it is"),
    )


def _texts(row: StandardRow, layout: SheetLayout, columns: Mapping[str, int]) -> dict[str, str]:
    texts = {
        "class_title": row.class_title,
        "title": row.title,
        "filing_condition": row.filing_condition,
        "closing_condition": row.closing_condition,
        "handling_units": row.handling_units.text,
        "supervising_units": row.supervising_units.text,
        "legal_basis": row.legal_basis,
        "article": row.article,
        "collection": row.collection,
    }
    by_label = {entry.label: entry.text for entry in row.limits}
    for i, label in enumerate(layout.labels):
        texts[f"limit {i}" if i else "limit"] = by_label.get(label, "")
    lost = [name for name, text in texts.items() if text and name not in columns]
    if lost:
        raise XianchengError(
            Text(f"{layout.name} 没有 {lost[0]} 列", f"{layout.name} has no column for {lost[0]}"),
            Text("在工作簿中加上这一列后重新导入", "add the column to the workbook and import it again"),
        )
    return texts


def _edited(sheet: Sheet, edits: Mapping[tuple[int, int], str]) -> Sheet:
    cells = [list(row) for row in sheet.cells]
    for (row, column), text in edits.items():
        cells[row] += [""] * (column + 1 - len(cells[row]))
        cells[row][column] = text
    broken = {m for m in sheet.merges if any(_covers(m, place) and place != m[:2] for place in edits)}
    return replace(
        sheet, cells=tuple(tuple(row) for row in cells), merges=tuple(m for m in sheet.merges if m not in broken)
    )


def _covers(merge: tuple[int, int, int, int], place: tuple[int, int]) -> bool:
    top, left, bottom, right = merge
    return top <= place[0] <= bottom and left <= place[1] <= right


def _write_csv(path: Path, sheets: Sequence[Sheet]) -> None:
    filled = [sheet for sheet in sheets if sheet.cells]
    if len(filled) != 1:
        raise XianchengError(
            Text(f"有 {len(filled)} 个工作表，CSV 只能放一个", f"{len(filled)} sheets, but a CSV file holds one"),
            Text("导出为 .xlsx", "export to .xlsx"),
        )
    text = io.StringIO()
    writer = csv.writer(text)
    for row in filled[0].cells:
        writer.writerow([cell_text(v) for v in row] + [""] * (filled[0].width - len(row)))
    write_whole(path, ("\ufeff" + text.getvalue()).encode())
