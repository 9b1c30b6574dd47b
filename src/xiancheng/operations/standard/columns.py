"""Which sheet holds what, where its header is, and which column is which, by the words that counties use."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from xiancheng.foundation.errors import ConfigError
from xiancheng.foundation.text import Text
from xiancheng.foundation.toml_file import optional_toml, read_toml
from xiancheng.operations.categories.loading import schemes_folder
from xiancheng.operations.categories.model import plain
from xiancheng.operations.standard.model import SheetLayout
from xiancheng.operations.tables import Sheet, cell_text

HEADER_ROWS = 10
"""In how many first rows the header is looked for."""
INHERITS = ("always", "class", "subclass", "merged")

_BRACKETS = re.compile(r"[（(【\[].*?[)）】\]]")
_ESSENTIAL = ("filing_condition", "limit", "closing_condition")
_IDENTIFYING = ("sub_code", "title")


@dataclass(frozen=True, slots=True)
class ColumnWords:
    """How one column may be headed, and how far a blank cell of it means "as above"."""

    field: str
    title: Text
    names: frozenset[str]
    patterns: tuple[re.Pattern[str], ...]
    inherits: str


@dataclass(frozen=True, slots=True)
class SheetWords:
    """A name that tells what a sheet holds."""

    name: str
    kind: str
    extension: bool


@dataclass(frozen=True, slots=True)
class WorkbookWords:
    """All the words of workbooks."""

    sheets: tuple[SheetWords, ...]
    columns: Mapping[str, ColumnWords]

    def kind_of(self, *texts: str) -> SheetWords | None:
        """Return what the first of the texts that says anything says: the longest name within it."""
        for text in texts:
            found = [s for s in self.sheets if s.name in plain(text)]
            if found:
                return max(found, key=lambda s: len(s.name))
        return None

    def field_of(self, heading: str) -> tuple[str, str] | None:
        """Return the field that a heading names, and what the heading says beyond it (``A类``)."""
        bare = plain(_BRACKETS.sub("", heading))
        whole = plain(heading)
        for text in (whole, bare):
            for field, words in self.columns.items():
                if text and text in words.names:
                    return field, _beyond(heading) if field == "limit" and text != whole else ""
        for field, words in self.columns.items():
            if any(p.fullmatch(re.sub(r"\s+", "", heading)) for p in words.patterns):
                return field, heading.strip()
        contained = [
            (len(name), field)
            for field, words in self.columns.items()
            for name in words.names
            if len(name) > 2 and name in bare
        ]
        if not contained:
            return None
        field = max(contained)[1]
        return field, _beyond(heading) if field == "limit" else ""


def _beyond(heading: str) -> str:
    found = _BRACKETS.search(heading)
    return found[0][1:-1].strip() if found else heading.strip()


def load_words(county_folder: Path | None = None) -> WorkbookWords:
    """Return the shipped words and those of ``operations/columns.toml`` in the county directory.

    Raises
    ------
    ConfigError
        If an entry is wrong.
    """
    path = schemes_folder() / "workbook" / "columns.toml"
    base = read_toml(path)
    own_path = county_folder / "operations" / "columns.toml" if county_folder is not None else None
    own = optional_toml(own_path) if own_path is not None else {}
    sheets = [
        SheetWords(plain(str(e["name"])), str(e["kind"]), bool(e.get("extension", False)))
        for e in [*base["sheet"], *own.get("sheet", [])]
    ]
    added: Mapping[str, Any] = own.get("column", {})
    unknown = [name for name in added if name not in base["column"]]
    if unknown:
        known = ", ".join(base["column"])
        raise ConfigError(
            Text(f"{own_path}：没有列 {unknown[0]}", f"{own_path}: there is no column {unknown[0]}"),
            Text(f"可用的有：{known}", f"there are: {known}"),
        )
    return WorkbookWords(
        tuple(sheets),
        {field: _column(field, entry, added.get(field, {})) for field, entry in base["column"].items()},
    )


def lay_out(sheet: Sheet, words: WorkbookWords, file_title: str) -> SheetLayout | None:
    """Find the header of a sheet and what its columns are; None if no row of the first ten is the header.

    A header may be two rows deep: cells merged downwards, and headings of several limits below one merged cell.
    """
    best: tuple[int, SheetLayout] | None = None
    for row in range(min(HEADER_ROWS, len(sheet.cells))):
        for depth in (1, 2):
            found = _try(sheet, words, row, depth)
            if found is not None and (best is None or found[0] > best[0]):
                best = found
    if best is None:
        return None
    layout = best[1]
    above = " ".join(cell_text(v) for cells in sheet.cells[: layout.header[0]] for v in cells)
    known = words.kind_of(sheet.name, above, file_title)
    return SheetLayout(
        sheet,
        known.kind if known else "",
        known.extension if known else False,
        layout.header,
        layout.columns,
        layout.labels,
    )


def _try(sheet: Sheet, words: WorkbookWords, top: int, depth: int) -> tuple[int, SheetLayout] | None:
    bottom = top + depth - 1
    if depth == 2 and not _is_two_deep(sheet, top):
        return None
    columns: dict[str, tuple[int, ...]] = {}
    labels: list[str] = []
    anchors = sheet.anchors() if depth == 2 else {}
    for column in range(sheet.width):
        parts = []
        for row in range(top, bottom + 1):
            text = cell_text(sheet.at(*anchors.get((row, column), (row, column)))).strip()
            if text and text not in parts:
                parts.append(text)
        found = next((f for text in ["".join(parts), *reversed(parts)] if (f := words.field_of(text))), None)
        if found is None:
            continue
        field, label = found
        if field == "limit":
            columns[field] = (*columns.get(field, ()), column)
            labels.append(parts[-1] if len(parts) > 1 else label)
        else:
            columns.setdefault(field, (column,))
    if not any(f in columns for f in _ESSENTIAL) or not any(f in columns for f in _IDENTIFYING) or len(columns) < 3:
        return None
    if len(labels) > 1:
        labels = [label if label and labels.count(label) == 1 else f"{label}#{i}" for i, label in enumerate(labels, 1)]
    elif labels:
        labels = [""]
    score = 10 * len(columns) + len(columns.get("limit", ())) - depth
    return score, SheetLayout(sheet, header=(top, bottom), columns=columns, labels=tuple(labels))


def _is_two_deep(sheet: Sheet, top: int) -> bool:
    return any(m[0] == top and (m[2] == top + 1 or (m[2] == top and m[3] > m[1])) for m in sheet.merges)


def _column(field: str, entry: Mapping[str, Any], own: Mapping[str, Any]) -> ColumnWords:
    inherits = str(own.get("inherits", entry["inherits"]))
    if inherits not in INHERITS:
        known = ", ".join(INHERITS)
        raise ConfigError(
            Text(f"columns.toml：{field} 的 inherits 有误", f"columns.toml: inherits of {field} is wrong"),
            Text(f"可用的有：{known}", f"there are: {known}"),
        )
    patterns = [*entry.get("patterns", ()), *own.get("patterns", ())]
    try:
        compiled = tuple(re.compile(p) for p in patterns)
    except re.error as error:
        raise ConfigError(
            Text(f"columns.toml：{field} 的 patterns 有误：{error}", f"columns.toml: patterns of {field}: {error}")
        ) from error
    names = frozenset(plain(str(n)) for n in [*entry["names"], *own.get("names", ())])
    return ColumnWords(field, Text.of(entry["title"]), names, compiled, inherits)
