"""A standard: its rows, what could not be taken, and the workbook that it came in."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import lru_cache
from typing import Any

from xiancheng.foundation.errors import UnknownNameError
from xiancheng.foundation.text import Text
from xiancheng.operations.tables import Merge, Sheet, column_letter
from xiancheng.operations.terms import CategoryKey, Limit

_SEPARATORS = frozenset("、，,；;／/\n|")
_OPENING, _CLOSING = frozenset("（([【〔"), frozenset("）)]】〕")


@dataclass(frozen=True, slots=True)
class Units:
    """Units as the standard writes them, and their names one by one."""

    text: str = ""
    names: tuple[str, ...] = ()

    @staticmethod
    @lru_cache(maxsize=4096)
    def of(text: str) -> Units:
        """Split at 、，,；;/ and line breaks, but not within brackets: 园林局（含养护一、二所） is one unit."""
        names: list[str] = []
        depth, part = 0, ""
        for character in text:
            depth = max(0, depth + (character in _OPENING) - (character in _CLOSING))
            if character in _SEPARATORS and (depth == 0 or character == "\n"):
                names.append(part)
                part = ""
            else:
                part += character
        names.append(part)
        cleaned = (re.sub(r"\s+", " ", n).strip(" 。.") for n in names)
        return Units(text, tuple(dict.fromkeys(n for n in cleaned if n)))


@dataclass(frozen=True, slots=True)
class RowLimit:
    """One limit of a row.

    Attributes
    ----------
    label
        Heading of its column where a standard has several by area or severity (``A类``); else empty.
    text
        What the cell says.
    limit
        What it means; None if the cell says that there is none (``—``).
    """

    label: str
    text: str
    limit: Limit | None


@dataclass(frozen=True, slots=True)
class StandardRow:
    """One row: a filing condition of a category and what follows from it.

    Attributes
    ----------
    id
        Stays the same when the standard is imported again, even if its wording changes a little.
    class_title, title
        Titles as this standard writes them.
    limits
        One, or one a column by area or severity; none if the cell is blank.
    collection
        What inspectors have to record (采集要求).
    extension
        Whether it stands in a sheet of the county's own subclasses.
    sheet, row
        Where it stands in the workbook; the row as Excel counts.
    """

    id: str
    category: CategoryKey
    class_title: str
    title: str
    filing_condition: str
    closing_condition: str
    handling_units: Units
    supervising_units: Units
    limits: tuple[RowLimit, ...]
    legal_basis: str
    article: str
    collection: str
    extension: bool
    sheet: str
    row: int

    def limit(self, label: str = "") -> Limit | None:
        """Return the limit of an area or severity; of a standard with one limit, that one whatever the label."""
        if len(self.limits) == 1:
            return self.limits[0].limit
        return next((entry.limit for entry in self.limits if entry.label == label), None)


class Level(StrEnum):
    """How serious a finding is: an error keeps the row aside, a warning should be looked at, a note is told."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class Finding:
    """Something about a row or a cell.

    Attributes
    ----------
    check
        Stable name of what was looked for, such as ``limit-unreadable``.
    row, column
        As Excel counts, column from 0; None for a sheet or a row as a whole.
    value
        What stands there.
    """

    level: Level
    check: str
    sheet: str
    row: int | None
    column: int | None
    value: str
    message: Text
    hint: Text | None = None

    def as_dict(self) -> dict[str, Any]:
        """Return what JSON holds."""
        return {
            "level": self.level.value,
            "check": self.check,
            "sheet": self.sheet,
            "row": self.row,
            "column": None if self.column is None else column_letter(self.column),
            "value": self.value[:200],
            "message": self.message.as_dict(),
            "hint": self.hint.as_dict() if self.hint else None,
        }


@dataclass(frozen=True, slots=True)
class SheetLayout:
    """A sheet as it came, and where its columns are.

    Attributes
    ----------
    kind
        Kind of the categories in it; empty for a sheet that holds no standard.
    header
        First and last row of the header, counted from 0.
    columns
        Field → its columns in order; only ``limit`` may have several.
    labels
        Of each limit column what distinguishes it.
    """

    sheet: Sheet
    kind: str = ""
    extension: bool = False
    header: tuple[int, int] = (0, 0)
    columns: Mapping[str, tuple[int, ...]] | None = None
    labels: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """Name of the sheet."""
        return self.sheet.name

    def column(self, field: str) -> int | None:
        """Return the (first) column of a field."""
        found = (self.columns or {}).get(field, ())
        return found[0] if found else None


@dataclass(frozen=True, slots=True)
class Standard:
    """One version of a county's standard.

    Attributes
    ----------
    name
        What the county calls it; versions of one standard share it.
    title
        Title row of the workbook.
    scheme
        Which codes its categories are of.
    valid_from
        First day; it holds until the next version's.
    rows
        In the order of the workbook.
    aside
        Errors, by row: what stands there is in `layouts` and in no row.
    layouts
        The workbook as it came.
    source, sha256
        Name and hash of the file.
    """

    name: str
    title: str
    scheme: str
    valid_from: date
    rows: tuple[StandardRow, ...]
    aside: tuple[Finding, ...]
    layouts: tuple[SheetLayout, ...]
    source: str
    sha256: str

    def row(self, row_id: str) -> StandardRow:
        """Return a row by its id.

        Raises
        ------
        UnknownNameError
            If there is none.
        """
        for row in self.rows:
            if row.id == row_id:
                return row
        raise UnknownNameError(Text("立结案标准", "row of the standard"), row_id, [r.id for r in self.rows])

    def by_category(self) -> dict[CategoryKey, tuple[StandardRow, ...]]:
        """Return the rows of every category, in order: build once, then look up."""
        found: dict[CategoryKey, list[StandardRow]] = {}
        for row in self.rows:
            found.setdefault(row.category, []).append(row)
        return {key: tuple(rows) for key, rows in found.items()}


def count_levels(findings: Sequence[Finding]) -> dict[str, int]:
    """Return how many findings there are of each level."""
    return {level.value: sum(f.level is level for f in findings) for level in Level}


__all__ = ["Finding", "Level", "Merge", "RowLimit", "SheetLayout", "Standard", "StandardRow", "Units", "count_levels"]
