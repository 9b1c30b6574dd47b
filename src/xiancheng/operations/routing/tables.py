"""Tables that people keep: the sheets of a workbook or a CSV, and the row that is the header."""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import python_calamine as calamine

from xiancheng.foundation.errors import SourceError
from xiancheng.foundation.text import Text

Cells = list[list[Any]]

_SEARCHED = 30
_WORKBOOKS = frozenset([".xlsx", ".xlsm", ".xls", ".xlsb", ".ods"])
_BRACKETS = re.compile(r"[(（\[【].*?[)）\]】]")


def sheets_of(path: Path) -> list[tuple[str, Cells]]:
    """Return the sheets of a workbook with their names; a CSV is one sheet without a name.

    Raises
    ------
    SourceError
        If the file cannot be read, or is neither.
    """
    suffix = path.suffix.lower()
    if suffix == ".csv":
        return [("", _csv_rows(path))]
    if suffix not in _WORKBOOKS:
        raise SourceError(
            path,
            Text("不是表格", "is no table"),
            hint=Text("用 .xlsx 或 .csv（规则也可用 .toml）", "use .xlsx or .csv (rules may be .toml as well)"),
        )
    try:
        with calamine.CalamineWorkbook.from_path(str(path)) as workbook:
            names = workbook.sheet_names
            return [(name, workbook.get_sheet_by_name(name).to_python(skip_empty_area=False)) for name in names]
    except (calamine.CalamineError, OSError, ValueError) as error:
        raise SourceError(
            path,
            Text(f"工作簿打不开：{error}", f"the workbook cannot be opened: {error}"),
            hint=Text("用 Excel 打开并另存", "open and save it with Excel"),
        ) from error


def records(
    sheets: Iterable[tuple[str, Cells]],
    columns: Mapping[str, Sequence[str]],
    needed: Sequence[str],
    missing: SourceError,
) -> Iterator[tuple[Text, int, dict[str, Any]]]:
    """Yield the rows below the header of every sheet that has one: what names the row, its number, field → value.

    Parameters
    ----------
    columns
        As for :func:`find_header`.
    needed
        The fields that a header must have; the first finds it.
    missing
        Raised at the end if no sheet has a header.
    """
    found = False
    for sheet, rows in sheets:
        header = find_header(rows, columns, needed[0])
        if header is None or not header[1].keys() >= set(needed):
            continue
        found = True
        start, places = header
        name = f"{sheet} " if sheet else ""
        for number, row in enumerate(rows[start + 1 :], start=start + 2):
            raw = {field: row[column] for field, column in places.items() if column < len(row)}
            if any(value not in (None, "") for value in raw.values()):
                yield Text(f"{name}第 {number} 行", f"{name}row {number}"), number, raw
    if not found:
        raise missing


def find_header(
    rows: Sequence[Sequence[Any]], columns: Mapping[str, Sequence[str]], needed: str
) -> tuple[int, dict[str, int]] | None:
    """Return the row of the header and field → column; None if no row is one.

    Parameters
    ----------
    rows
        Cells of a sheet.
    columns
        Field → headers that people write.
    needed
        The field without which, and one field more, a row is no header.
    """
    names = {squeezed(name): field for field, aliases in columns.items() for name in aliases}
    for index, row in enumerate(rows[:_SEARCHED]):
        found: dict[str, int] = {}
        for column, cell in enumerate(row):
            field = names.get(squeezed(cell))
            if field is not None:
                found.setdefault(field, column)
        if needed in found and len(found) > 1:
            return index, found
    return None


def squeezed(cell: object) -> str:
    """Return a header as it is compared: half width, lower case, without spaces and what stands in brackets."""
    text = unicodedata.normalize("NFKC", "" if cell is None else str(cell))
    return re.sub(r"\s+", "", _BRACKETS.sub("", text)).lower()


def _csv_rows(path: Path) -> list[list[Any]]:
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise SourceError(path, Text(f"打不开：{error.strerror}", f"cannot be opened: {error.strerror}")) from error
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return list(csv.reader(io.StringIO(raw.decode(encoding), newline="")))
        except UnicodeDecodeError:
            continue
        except csv.Error as error:
            raise SourceError(path, Text(f"不是有效的 CSV：{error}", f"is not valid CSV: {error}")) from error
    raise SourceError(
        path,
        Text("文字编码既不是 UTF-8 也不是 GBK", "its text is neither UTF-8 nor GBK"),
        hint=Text("另存为 UTF-8", "save it as UTF-8"),
    )
