"""The workbook given back: the uploaded cells, a column that says what became of each row, faults marked."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Any

import xlsxwriter

from xiancheng.city.classes import Attribute, Catalogue, FeatureClass
from xiancheng.foundation.text import Language, Text
from xiancheng.site.registers.sheets.comparing import GEOMETRY, Comparison
from xiancheng.site.registers.sheets.layout import STATUS
from xiancheng.site.registers.sheets.template import OPTIONS, add_choices

MOST_COMMENTS = 5000
"""Comments that are written; beyond that the column of results says the reasons."""
NEW = Text("新增", "new")
UNCHANGED = Text("无变化", "unchanged")
CHANGED = Text("修改：{fields}", "changed: {fields}")
REJECTED = Text("退回：{reasons}", "rejected: {reasons}")
_COLOURS = {"new": "#DCF0E3", "changed": "#FBF0D3", "rejected": "#FBE4E2"}


def write_marked(
    path: Path, found: Comparison, feature_class: FeatureClass, catalogue: Catalogue, language: Language
) -> None:
    """Write the uploaded workbook anew with its faults marked."""
    upload, layout = found.upload, found.upload.layout
    options = {**OPTIONS, "default_date_format": "yyyy-mm-dd", "remove_timezone": True}
    with xlsxwriter.Workbook(str(path), options) as book:
        marked = book.add_format({"bg_color": "#F6B8B2", "border": 1, "border_color": "#B3261E"})
        heading = book.add_format({"bold": True, "text_wrap": True, "bg_color": "#E8F0F2"})
        fills = {kind: book.add_format({"bg_color": colour}) for kind, colour in _COLOURS.items()}
        for name, cells in upload.sheets.items():
            if name == "codes":
                continue
            sheet = book.add_worksheet(name)
            for row, line in enumerate(cells):
                heads = name == upload.name and row == layout.header
                for column, value in enumerate(line):
                    _write(sheet, row, column, value, heading if heads else None)
            if name != upload.name:
                continue
            _mark(sheet, found, marked, language)
            column = _status_column(found)
            sheet.write_string(layout.header, column, STATUS.get(language), heading)
            for row, kind, said in statuses(found, feature_class, language):
                sheet.write_string(upload.numbers[row], column, said, fills.get(kind))
            sheet.set_column(0, column - 1, 16)
            sheet.set_column(column, column, 48)
            sheet.freeze_panes(layout.header + 1, 1)
            last = max(upload.numbers, default=layout.header)
            sheet.autofilter(layout.header, 0, max(last, layout.header + 1), column)
            main = sheet
        columns: list[tuple[Attribute, int]] = [
            (a, layout.attributes[a.name]) for a in feature_class.attributes if a.name in layout.attributes
        ]
        add_choices(book, main, feature_class, catalogue, language, columns, layout.header, len(upload) + 1000)
        main.activate()


def _status_column(found: Comparison) -> int:
    """Return the column of the results: a former one is written over."""
    layout = found.upload.layout
    former = [i for i, name in enumerate(layout.names) if name in {STATUS.zh, STATUS.en}]
    return former[0] if former else len(layout.names)


def statuses(
    found: Comparison, feature_class: FeatureClass, language: Language
) -> list[tuple[int, str, str]]:  # fmt: skip
    """Return row, kind and what is to be said of every row."""
    comma, semicolon = Text("、", ", ").get(language), Text("；", "; ").get(language)
    out = [(row, "new", NEW.get(language)) for row in found.new]
    out += [(row, "unchanged", UNCHANGED.get(language)) for row in found.unchanged]
    for row, fields in zip(found.changed, found.fields, strict=True):
        titles = comma.join(field_title(feature_class, name).get(language) for name in fields)
        out.append((row, "changed", CHANGED.get(language).format(fields=titles)))
    for row, faults in found.rejected.items():
        reasons = semicolon.join(
            f"{found.upload.layout.names[f.column]} {f.reason.get(language)}"
            if 0 <= f.column < len(found.upload.layout.names)
            else f.reason.get(language)
            for f in faults
        )
        out.append((row, "rejected", REJECTED.get(language).format(reasons=reasons)))
    return out


def field_title(feature_class: FeatureClass, name: str) -> Text:
    """Return how a field is called."""
    return Text("位置", "place") if name == GEOMETRY else feature_class.attribute(name).title


def _mark(sheet: Any, found: Comparison, marked: Any, language: Language) -> None:  # noqa: ANN401 - xlsxwriter has no types
    comments = 0
    cells = found.upload.sheets[found.upload.name]
    for row, faults in found.rejected.items():
        number = found.upload.numbers[row]
        for fault in faults:
            if fault.column < 0:
                continue
            line = cells[number]
            _write(sheet, number, fault.column, line[fault.column] if fault.column < len(line) else None, marked)
            if comments < MOST_COMMENTS:
                sheet.write_comment(number, fault.column, fault.reason.get(language), {"x_scale": 1.6})
                comments += 1


def _write(sheet: Any, row: int, column: int, value: Any, cell_format: Any) -> None:  # noqa: ANN401
    if value is None or value == "":
        if cell_format is not None:
            sheet.write_blank(row, column, None, cell_format)
    elif isinstance(value, bool):
        sheet.write_boolean(row, column, value, cell_format)
    elif isinstance(value, int | float):
        sheet.write_number(row, column, value, cell_format)
    elif isinstance(value, datetime | date):
        sheet.write_datetime(row, column, value, cell_format)
    else:
        sheet.write_string(row, column, str(value), cell_format)
