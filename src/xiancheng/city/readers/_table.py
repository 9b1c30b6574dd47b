"""From the cells of a sheet to a layer: where the header is, what merged cells mean, which rows are no features."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import numpy as np

from xiancheng.city._code_lookup import squeeze
from xiancheng.city.layer import Rejection, SourceLayer
from xiancheng.city.readers._geometry import assemble
from xiancheng.city.readers._places import find_places
from xiancheng.city.readers.registry import ReadOptions
from xiancheng.foundation.errors import SourceError
from xiancheng.foundation.text import Text

Merge = tuple[int, int, int, int]
"""First row, first column, last row, last column of merged cells, counted from 0."""

_SEARCHED = 40
_MAX_DEPTH = 4
_TOTALS = frozenset(["合计", "总计", "小计", "总和", "共计", "累计", "total", "subtotal", "grandtotal", "sum"])
_NOTES = re.compile(
    r"\s*(?:注|备注|附注|说明|填表说明|填表人|填报人|制表人?|制表单位|审核人?|负责人|单位负责人|联系人|联系电话|数据来源|资料来源|"
    r"填报日期|统计日期|source|note|notes|remark|remarks)\s*(?:[:：]|[0-9]+[.、．]|$)",
    re.IGNORECASE,
)


_BY_CHINESE = re.compile(r"(?<=[\u3000-\u9fff\uff00-\uffef]) | (?=[\u3000-\u9fff\uff00-\uffef])")
_NO_WORD = re.compile(r"[\s0-9０-９.,:/%+\-－，。]*|Unnamed: [0-9]+")


@dataclass
class Sheet:
    """The cells of one sheet, row by row from the first row of the sheet, and its merged ranges."""

    name: str
    cells: list[list[Any]]
    merges: Sequence[Merge] = field(default_factory=tuple)


class NoHeader(Exception):  # noqa: N818 - not an error of the file: one sheet of many may have none
    """No row of the sheet can be its header."""


def no_header(path: Path, sheet: str) -> SourceError:
    """Return the error for a sheet whose header cannot be found."""
    return SourceError(
        path,
        Text(f"工作表“{sheet}”中找不到表头", f"no header was found in sheet {sheet!r}"),
        hint=Text(
            "表头是写着各列名称的一行；用 --header-row 指明行号（从 1 起）",
            "the header is the row with the names of the columns; give its number with --header-row (from 1)",
        ),
    )


def to_layer(path: Path, sheet: Sheet, options: ReadOptions) -> SourceLayer:
    """Return the layer that a sheet is.

    Raises
    ------
    NoHeader
        If no row can be the header.
    SourceError
        If the row said to be the header is not there, or the coordinate columns are incomplete.
    """
    cells = [[_cell(v) for v in row] for row in sheet.cells]
    if options.header_row is not None:
        first = options.header_row - 1
        if not 0 <= first < len(cells) or not any(v is not None for v in cells[first]):
            raise SourceError(
                path,
                Text(f"第 {options.header_row} 行不是表头（空行或超出范围）", f"row {options.header_row} is no header"),
                hint=Text("核对 --header-row", "check --header-row"),
            )
    else:
        first = find_header(cells, sheet.merges)
    depth = _header_depth(cells, first, sheet.merges)
    names = _names(cells, first, depth, sheet.merges)
    _fill_down(cells, first + depth, sheet.merges)
    width = len(names)
    rejections: list[Rejection] = []
    kept: list[list[Any]] = []
    rows: list[int] = []
    sections = _wide(sheet.merges, width)
    for index in range(first + depth, len(cells)):
        row = cells[index]
        if all(v is None for v in row):
            continue
        reason = _not_a_feature(row, index, width, sections)
        if reason is None:
            kept.append(row[:width] + [None] * (width - len(row)))
            rows.append(index + 1)
        else:
            shown = next(str(v) for v in row if v is not None)
            rejections.append(Rejection(index + 1, None, None, reason, shown[:80]))
    columns: dict[str, Sequence[Any]] = {
        name: list(values) for name, values in zip(names, _transposed(kept, width), strict=True) if name
    }
    places = find_places(path, columns, options)
    layer = assemble(
        sheet.name,
        columns,
        places.geometry,
        np.array(rows, dtype=np.int64),
        reasons=places.reasons,
        rejections=rejections,
        datum=places.datum,
        notes=_header_note(sheet.name, first, depth),
    )
    layer.place_columns = places.columns
    return layer


def _header_note(name: str, first: int, depth: int) -> list[Text]:
    """Say where the header was found unless it is where everyone expects it: the first row alone."""
    if first == 0 and depth == 1:
        return []
    rows = f"{first + 1}" if depth == 1 else f"{first + 1}-{first + depth}"
    return [Text(f"“{name}”的表头取第 {rows} 行", f"the header of {name!r} is taken from row {rows}")]


def _transposed(rows: list[list[Any]], width: int) -> list[tuple[Any, ...]]:
    return list(zip(*rows, strict=True)) if rows else [()] * width


def _cell(value: Any) -> Any:  # noqa: ANN401 - what a sheet may hold
    if isinstance(value, str):
        return value.strip() or None
    if isinstance(value, float):
        return None if np.isnan(value) else value
    if value is None or isinstance(value, (bool, int, datetime, date)):
        return value
    if isinstance(value, time):
        return value.isoformat()
    return str(value) if isinstance(value, timedelta) else str(value).strip() or None


def _filled(row: Sequence[Any]) -> int:
    return sum(v is not None for v in row)


def _is_word(value: Any) -> bool:  # noqa: ANN401
    """Whether a cell can be the name of a column.

    Text that is no number can (2015年, not 1,200 or 2023-05-01); ``Unnamed: 3`` is what pandas writes for no name.
    """
    return isinstance(value, str) and _NO_WORD.fullmatch(value) is None


def find_header(cells: Sequence[Sequence[Any]], merges: Sequence[Merge] = ()) -> int:
    """Return the first row of the header, counted from 0.

    It is the first row that names most of the table's columns: nearly all its cells are words, no two alike, and it
    is not a title (one cell, or one cell merged over the table).

    Raises
    ------
    NoHeader
        If no row is.
    """
    counts = [_filled(row) for row in cells]
    body = sorted((c for c in counts if c), reverse=True)
    if not body:
        raise NoHeader
    # The usual width of a row: titles and notes are narrower, and must not make the table look narrow.
    usual = body[len(body) // 4]
    wide = {(top, left): right - left + 1 for top, left, _, right in merges if right > left}
    for index, row in enumerate(cells[:_SEARCHED]):
        spanned = sum(wide.get((index, column), 1) for column, v in enumerate(row) if v is not None)
        words = [v for v in row if _is_word(v)]
        if counts[index] == 0 or len(words) < 0.75 * counts[index]:
            continue
        if usual > 1 and (counts[index] < 2 or spanned < max(2, 0.5 * usual)):
            continue
        # A header may repeat a word (below merged cells); a row of data that repeats most of its words is no header.
        if len(set(words)) < 0.6 * len(words):
            continue
        return index
    raise NoHeader


def _header_depth(cells: Sequence[Sequence[Any]], first: int, merges: Sequence[Merge]) -> int:
    """Return how many rows the header has: as deep as cells merged downwards, and one below cells merged sideways."""
    last = first
    while last - first + 1 < _MAX_DEPTH:
        deepest = max((bottom for top, _, bottom, _ in merges if first <= top <= last < bottom), default=last)
        sideways = any(
            top <= last <= bottom and right > left and top >= first and bottom == last
            and last + 1 < len(cells)
            and sum(_is_word(v) for v in cells[last + 1][left : right + 1]) > (right - left + 1) // 2
            for top, left, bottom, right in merges
        )  # fmt: skip
        if deepest > last:
            last = min(deepest, first + _MAX_DEPTH - 1)
        elif sideways:
            last += 1
        else:
            break
    return last - first + 1


def _names(cells: Sequence[Sequence[Any]], first: int, depth: int, merges: Sequence[Merge]) -> list[str]:
    """Return the names of the columns, rows of the header joined by ``/``; empty for a column without a name."""
    width = max((len(row) for row in cells[first : first + depth]), default=0)
    header = [[*row, *[None] * (width - len(row))] for row in cells[first : first + depth]]
    for top, left, bottom, right in merges:
        if first <= top < first + depth and left < width:
            for r in range(top, min(bottom, first + depth - 1) + 1):
                for c in range(left, min(right, width - 1) + 1):
                    header[r - first][c] = cells[top][left] if left < len(cells[top]) else None
    names: list[str] = []
    for column in range(width):
        parts: list[str] = []
        for row in header:
            text = _header_text(row[column])
            if text and (not parts or parts[-1] != text):
                parts.append(text)
        name = "/".join(parts)
        count = sum(1 for n in names if n == name or n.rsplit(" #", 1)[0] == name) if name else 0
        names.append(f"{name} #{count + 1}" if count else name)
    while names and not names[-1]:
        names.pop()
    return names


def _header_text(value: Any) -> str:  # noqa: ANN401
    if value is None:
        return ""
    if isinstance(value, float) and value == int(value):
        value = int(value)
    # Words that a line break in the cell separates belong together; Chinese needs no space between them.
    return _BY_CHINESE.sub("", re.sub(r"\s+", " ", str(value))).strip()


def _fill_down(cells: list[list[Any]], first: int, merges: Sequence[Merge]) -> None:
    """Give every row of cells merged downwards the value of the first; `cells` is this function's own copy."""
    for top, left, bottom, _ in merges:
        if top < first or bottom == top or top >= len(cells) or left >= len(cells[top]):
            continue
        value = cells[top][left]
        for row in range(top + 1, min(bottom, len(cells) - 1) + 1):
            if left < len(cells[row]) and cells[row][left] is None:
                cells[row][left] = value


def _wide(merges: Sequence[Merge], width: int) -> set[int]:
    """Return rows where cells are merged sideways over most of the table: headings of sections."""
    return {top for top, left, bottom, right in merges if bottom == top and right - left + 1 >= max(3, 0.6 * width)}


def _not_a_feature(row: Sequence[Any], index: int, width: int, sections: set[int]) -> Text | None:
    filled = _filled(row)
    first = next(v for v in row if v is not None)
    words = [v for v in row if v is not None][:2]
    if any(isinstance(v, str) and squeeze(v) in _TOTALS for v in words):
        return Text("合计行，不是要素", "a row of totals, not a feature")
    if index in sections and filled <= 2:
        return Text("分节标题，不是要素", "the heading of a section, not a feature")
    if isinstance(first, str) and filled <= max(2, width // 3) and _NOTES.match(first):
        return Text("注释行，不是要素", "a note, not a feature")
    overflow = any(v is not None for v in row[width:])
    return Text("单元格多于表头的列数", "more cells than the header has columns") if overflow else None
