"""Versions of standards in the county directory: ``operations/standard/<name>-<valid from>.json``."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import orjson

from xiancheng.foundation.errors import ConfigError, UnknownNameError, XianchengError
from xiancheng.foundation.files import write_whole
from xiancheng.foundation.text import Text
from xiancheng.operations.standard.model import Finding, Level, RowLimit, SheetLayout, Standard, StandardRow, Units
from xiancheng.operations.tables import Cell, Sheet
from xiancheng.operations.terms import CategoryKey, Limit, LimitUnit

SCHEMA = "xiancheng-standard-1"
FOLDER = Path("operations") / "standard"

_FILE = re.compile(r"(?P<name>.+)-(?P<day>\d{4}-\d{2}-\d{2})\.json")
_NAME = re.compile(r"[\w][\w.-]*")


@dataclass(frozen=True, slots=True)
class Version:
    """A stored version: holds from its first day until the next version's (None: it is the last)."""

    name: str
    valid_from: date
    valid_to: date | None
    path: Path


def versions(county_folder: Path, name: str | None = None) -> list[Version]:
    """Return the stored versions by name and first day."""
    found: dict[str, list[tuple[date, Path]]] = {}
    for path in (county_folder / FOLDER).glob("*.json"):
        match = _FILE.fullmatch(path.name)
        if match and name in {None, match["name"]}:
            try:
                day = date.fromisoformat(match["day"])
            except ValueError:
                continue
            found.setdefault(match["name"], []).append((day, path))
    out: list[Version] = []
    for known, entries in sorted(found.items()):
        entries.sort()
        ends = [day for day, _ in entries[1:]]
        out += [Version(known, day, end, path) for (day, path), end in zip(entries, [*ends, None], strict=True)]
    return out


def version_on(county_folder: Path, name: str, day: date | None = None) -> Version | None:
    """Return the version that holds on a day (None: the last); None if there is none."""
    found = [v for v in versions(county_folder, name) if day is None or v.valid_from <= day]
    return found[-1] if found else None


def load_standard(county_folder: Path, name: str, day: date | None = None) -> Standard:
    """Return the version of a standard that holds on a day (None: the last).

    Raises
    ------
    UnknownNameError
        If there is no such standard, or no version of that day.
    ConfigError
        If its file is damaged.
    """
    version = version_on(county_folder, name, day)
    if version is None:
        listed = versions(county_folder, name) or versions(county_folder)
        if listed and listed[0].name == name:
            first = listed[0].valid_from
            raise XianchengError(
                Text(f"标准 {name} 在 {day} 还没有版本", f"standard {name} has no version on {day}"),
                Text(f"最早的版本自 {first} 起", f"its first version holds from {first}"),
            )
        raise UnknownNameError(Text("标准", "standard"), name, sorted({v.name for v in listed}))
    return read_standard(version.path)


def read_standard(path: Path) -> Standard:
    """Read one stored version.

    Raises
    ------
    ConfigError
        If it is no stored standard.
    """
    try:
        data = orjson.loads(path.read_bytes())
        return from_dict(data)
    except (OSError, KeyError, TypeError, ValueError, IndexError) as error:
        raise ConfigError(
            Text(f"{path} 不是已存的标准：{error}", f"{path} is no stored standard: {error}"),
            Text("从备份恢复，或从工作簿重新导入", "restore it from a backup, or import the workbook again"),
        ) from error


def save_standard(standard: Standard, county_folder: Path, *, replace: bool = False) -> Path:
    """Write a version: canonical JSON, as a whole or not at all.

    Raises
    ------
    XianchengError
        If the name is none for a file, or there is another version of the same day and `replace` is not given.
    """
    if not _NAME.fullmatch(standard.name):
        raise XianchengError(
            Text(f"“{standard.name}”不能作标准的名称", f"{standard.name!r} cannot be the name of a standard"),
            Text("用字母、汉字、数字、- 和 _", "use letters, digits, - and _"),
        )
    path = county_folder / FOLDER / f"{standard.name}-{standard.valid_from}.json"
    content = to_json(standard)
    if path.exists() and not replace and path.read_bytes() != content:
        raise XianchengError(
            Text(f"{standard.name} 已有自 {standard.valid_from} 起的版本", f"{path.stem} is there already"),
            Text(
                "新版本用 --valid-from 给出生效日；确要更正这一版本用 --replace",
                "give a new version its first day with --valid-from; correct this one with --replace",
            ),
        )
    write_whole(path, content)
    return path


def to_json(standard: Standard) -> bytes:
    """Return canonical JSON: sorted keys, so that equal standards are equal bytes."""
    return orjson.dumps(
        as_dict(standard), option=orjson.OPT_SORT_KEYS | orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE
    )


def as_dict(standard: Standard) -> dict[str, Any]:
    """Return what JSON holds."""
    return {
        "schema": SCHEMA,
        "name": standard.name,
        "title": standard.title,
        "scheme": standard.scheme,
        "valid_from": standard.valid_from.isoformat(),
        "source": standard.source,
        "sha256": standard.sha256,
        "rows": [row_as_dict(row) for row in standard.rows],
        "aside": [_finding_as_dict(f) for f in standard.aside],
        "layouts": [_layout_as_dict(layout) for layout in standard.layouts],
    }


def row_as_dict(row: StandardRow) -> dict[str, Any]:
    """Return a row for JSON."""
    return {
        "id": row.id,
        "kind": row.category.kind,
        "code": row.category.code,
        "class_title": row.class_title,
        "title": row.title,
        "filing_condition": row.filing_condition,
        "closing_condition": row.closing_condition,
        "handling_units": {"text": row.handling_units.text, "names": list(row.handling_units.names)},
        "supervising_units": {"text": row.supervising_units.text, "names": list(row.supervising_units.names)},
        "limits": [
            {"label": e.label, "text": e.text}
            | ({"amount": e.limit.amount, "unit": e.limit.unit.value, "note": e.limit.note} if e.limit else {})
            for e in row.limits
        ],
        "legal_basis": row.legal_basis,
        "article": row.article,
        "collection": row.collection,
        "extension": row.extension,
        "sheet": row.sheet,
        "row": row.row,
    }


def from_dict(data: Mapping[str, Any]) -> Standard:
    """Return the standard that :func:`as_dict` gave.

    Raises
    ------
    ValueError
        If it is of another schema, or something in it is not as it should be (also KeyError, TypeError, IndexError).
    """
    if data["schema"] != SCHEMA:
        raise ValueError(data["schema"])
    return Standard(
        name=data["name"],
        title=data["title"],
        scheme=data["scheme"],
        valid_from=date.fromisoformat(data["valid_from"]),
        rows=tuple(_row(entry, data["scheme"]) for entry in data["rows"]),
        aside=tuple(_finding(entry) for entry in data["aside"]),
        layouts=tuple(_layout(entry) for entry in data["layouts"]),
        source=data["source"],
        sha256=data["sha256"],
    )


def _row(entry: Mapping[str, Any], scheme: str) -> StandardRow:
    texts = {
        k: v for k, v in entry.items() if k not in {"kind", "code", "handling_units", "supervising_units", "limits"}
    }
    return StandardRow(
        category=CategoryKey(scheme, entry["kind"], entry["code"]),
        handling_units=_units(entry["handling_units"]),
        supervising_units=_units(entry["supervising_units"]),
        limits=tuple(
            RowLimit(
                e["label"], e["text"], Limit(e["amount"], LimitUnit(e["unit"]), e["note"]) if "unit" in e else None
            )
            for e in entry["limits"]
        ),
        **texts,
    )


def _units(entry: Mapping[str, Any]) -> Units:
    return Units(entry["text"], tuple(entry["names"]))


def _finding_as_dict(finding: Finding) -> dict[str, Any]:
    return finding.as_dict() | {"column": finding.column, "value": finding.value}


def _finding(entry: Mapping[str, Any]) -> Finding:
    hint = entry["hint"]
    return Finding(
        Level(entry["level"]), entry["check"], entry["sheet"], entry["row"], entry["column"], entry["value"],
        Text.of(entry["message"]), Text.of(hint) if hint else None,
    )  # fmt: skip


def _layout_as_dict(layout: SheetLayout) -> dict[str, Any]:
    sheet = layout.sheet
    return {
        "name": sheet.name,
        "kind": layout.kind,
        "extension": layout.extension,
        "header": list(layout.header),
        "columns": {k: list(v) for k, v in layout.columns.items()} if layout.columns else None,
        "labels": list(layout.labels),
        "cells": [[_cell_as_json(v) for v in row] for row in sheet.cells],
        "merges": [list(m) for m in sheet.merges],
        "formulas": sheet.formulas,
        "unvalued": [list(place) for place in sorted(sheet.unvalued)],
    }


def _layout(entry: Mapping[str, Any]) -> SheetLayout:
    columns = entry["columns"]
    return SheetLayout(
        sheet=Sheet(
            entry["name"],
            tuple(tuple(_cell_from_json(v) for v in row) for row in entry["cells"]),
            tuple((m[0], m[1], m[2], m[3]) for m in entry["merges"]),
            frozenset((row, column) for row, column in entry["unvalued"]),
            entry["formulas"],
        ),
        kind=entry["kind"],
        extension=entry["extension"],
        header=(entry["header"][0], entry["header"][1]),
        columns={k: tuple(v) for k, v in columns.items()} if columns else None,
        labels=tuple(entry["labels"]),
    )


def _cell_as_json(value: Cell) -> object:
    if isinstance(value, datetime):
        return {"datetime": value.isoformat()}
    if isinstance(value, date):
        return {"date": value.isoformat()}
    if isinstance(value, time):
        return {"time": value.isoformat()}
    if isinstance(value, timedelta):
        return {"seconds": value.total_seconds()}
    return value


def _cell_from_json(value: Any) -> Cell:  # noqa: ANN401 - what JSON holds
    if not isinstance(value, dict):
        return value if isinstance(value, (str, bool)) else float(value)
    ((kind, written),) = value.items()
    if kind == "datetime":
        return datetime.fromisoformat(written)
    if kind == "date":
        return date.fromisoformat(written)
    return time.fromisoformat(written) if kind == "time" else timedelta(seconds=written)
