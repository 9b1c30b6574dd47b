"""What the parser of workbooks does not tell of .xlsx sheets: how far they reach, and formulas without a result."""

from __future__ import annotations

import posixpath
import re
import zipfile
from dataclasses import dataclass, field
from pathlib import Path
from xml.etree.ElementTree import Element, ParseError, fromstring

_MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_LARGEST = 1 << 29
_FILLED = re.compile(rb'<c r="([A-Z]{1,3})([0-9]{1,7})"(?:[^>]*[^/>])?>')
_FORMULA = re.compile(rb'<c r="([A-Z]{1,3})([0-9]{1,7})"((?:[^>]*[^/>])?)>(<f\b.*?)</c>', re.DOTALL)
_VALUE = re.compile(rb"<v>[^<]")


@dataclass(frozen=True, slots=True)
class Scan:
    """How far the cells of a sheet reach, its formulas, and row and column of those whose result is not stored."""

    rows: int = 0
    columns: int = 0
    formulas: int = 0
    unvalued: frozenset[tuple[int, int]] = field(default_factory=frozenset)


def scan(path: Path) -> dict[str, Scan]:
    """Return what each sheet is like; nothing of a file that is no .xlsx or cannot be understood."""
    try:
        with zipfile.ZipFile(path) as archive:
            return {name: _scan(_content(archive, part)) for name, part in _parts(archive).items()}
    except (zipfile.BadZipFile, KeyError, ParseError, ValueError, OSError, NotImplementedError, RuntimeError):
        return {}


def _content(archive: zipfile.ZipFile, name: str) -> bytes:
    if archive.getinfo(name).file_size > _LARGEST:
        raise ValueError(name)
    return archive.read(name)


def _parts(archive: zipfile.ZipFile) -> dict[str, str]:
    targets = {r.get("Id"): r.get("Target", "") for r in _root(archive, "xl/_rels/workbook.xml.rels")}
    return {
        sheet.get("name", ""): posixpath.normpath(posixpath.join("/xl", targets[sheet.get(_RELATION)])).lstrip("/")
        for sheet in _root(archive, "xl/workbook.xml").iter(f"{_MAIN}sheet")
    }


def _root(archive: zipfile.ZipFile, name: str) -> Element:
    return fromstring(_content(archive, name))  # noqa: S314 - expat of any supported Python bounds entities


def _scan(xml: bytes) -> Scan:
    rows = columns = 0
    seen: set[bytes] = set()
    for letters, number in _FILLED.findall(xml):
        rows = max(rows, int(number))
        seen.add(letters)
    columns = max((_column(letters) + 1 for letters in seen), default=0)
    # A result may be empty text; a blank result of any other type is none at all.
    formulas = [
        (int(number) - 1, _column(letters), b't="str"' in attributes or _VALUE.search(body) is not None)
        for letters, number, attributes, body in (_FORMULA.findall(xml) if b"<f" in xml else ())
    ]
    return Scan(rows, columns, len(formulas), frozenset((r, c) for r, c, valued in formulas if not valued))


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number - 1
