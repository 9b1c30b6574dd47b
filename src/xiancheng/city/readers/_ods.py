"""Merged ranges of an OpenDocument spreadsheet, which calamine does not give (it does for .xlsx and .xls)."""

from __future__ import annotations

import zipfile
from pathlib import Path
from xml.etree.ElementTree import ParseError, iterparse

from xiancheng.city.readers._table import Merge

_TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
_LARGEST = 1 << 29


def merged_ranges(path: Path) -> dict[str, list[Merge]]:
    """Return the merged ranges of every sheet; none of a file that cannot be understood.

    An OpenDocument cell says how many columns and rows it spans; rows and cells may be repeated.
    """
    found: dict[str, list[Merge]] = {}
    try:
        with zipfile.ZipFile(path) as archive:
            if archive.getinfo("content.xml").file_size > _LARGEST:
                return {}
            with archive.open("content.xml") as content:
                merges: list[Merge] = []
                row = column = 0
                for event, element in iterparse(content, ("start", "end")):  # noqa: S314
                    if event == "start" and element.tag == f"{_TABLE}table":
                        merges = found.setdefault(element.get(f"{_TABLE}name", ""), [])
                        row = column = 0
                    elif event == "start" and element.tag == f"{_TABLE}table-row":
                        column = 0
                    elif event == "end" and element.tag in {f"{_TABLE}table-cell", f"{_TABLE}covered-table-cell"}:
                        down = int(element.get(f"{_TABLE}number-rows-spanned", 1)) - 1
                        right = int(element.get(f"{_TABLE}number-columns-spanned", 1)) - 1
                        if down or right:
                            merges.append((row, column, row + down, column + right))
                        column += int(element.get(f"{_TABLE}number-columns-repeated", 1))
                        element.clear()
                    elif event == "end" and element.tag == f"{_TABLE}table-row":
                        row += int(element.get(f"{_TABLE}number-rows-repeated", 1))
                        element.clear()
    except (zipfile.BadZipFile, KeyError, ParseError, ValueError, OSError):
        return {}
    return found
