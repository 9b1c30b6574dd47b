"""The workbook that a bureau fills in: headers, code lists to choose from, explanations, one example."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import xlsxwriter

from xiancheng.city.classes import Attribute, Catalogue, FeatureClass
from xiancheng.foundation.text import Language, Text
from xiancheng.site.registers.definition import unit_title
from xiancheng.site.registers.sheets.layout import LATITUDE, LONGITUDE, header_of, headers

ROWS = 5000
"""Rows below the header in which Excel offers codes and checks numbers."""
OPTIONS = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
_CREATED = datetime(2000, 1, 1)  # noqa: DTZ001 - a fixed day of no zone, so that the same class gives the same bytes
_LIST_SHEET = "codes"
_TYPES = {
    "text": Text("文字", "text"),
    "integer": Text("整数", "whole number"),
    "number": Text("数字", "number"),
    "boolean": Text("是 / 否", "yes / no"),
    "date": Text("日期，如 2025-09-01", "date, such as 2025-09-01"),
    "code": Text("从列表中选一项", "one of a list"),
    "codes": Text("列表中的一项或多项，用“；”隔开", "one or several of a list, separated by ;"),
    "json": Text("JSON", "JSON"),
}
_GEOMETRIES = {
    "point": Text("点：填写经度、纬度", "point: fill in longitude and latitude"),
    "any": Text("点或面：点在此填写经度、纬度，面在地图上绘制", "point or area: points here, areas on the map"),
    "line": Text("线：在地图上绘制，此表不能新增", "line: drawn on the map, none can be added here"),
    "polygon": Text("面：在地图上绘制，此表不能新增", "area: drawn on the map, none can be added here"),
}


def template(feature_class: FeatureClass, catalogue: Catalogue, language: Language) -> bytes:
    """Return the empty workbook of a class."""
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {**OPTIONS, "in_memory": True}) as book:
        book.set_properties({"title": feature_class.title.get(language), "created": _CREATED})
        sheet = book.add_worksheet(sheet_name(feature_class, language))
        write_headers(book, sheet, feature_class, language, 0)
        _explain(book, feature_class, catalogue, language)
        add_choices(book, sheet, feature_class, catalogue, language, list(_columns(feature_class)), 0, ROWS)
    return buffer.getvalue()


def sheet_name(feature_class: FeatureClass, language: Language) -> str:
    """Return the name of the sheet that holds the objects."""
    title = feature_class.title.get(language)
    return "".join(" " if c in "[]:*?/\\" else c for c in title)[:31].strip("' ")


def _columns(feature_class: FeatureClass) -> list[tuple[Attribute, int]]:
    return [(attribute, i) for i, attribute in enumerate(feature_class.attributes, start=1)]


def write_headers(book: Any, sheet: Any, feature_class: FeatureClass, language: Language, row: int) -> None:  # noqa: ANN401
    """Write the headers, what is required in another colour."""
    plain = {"bold": True, "text_wrap": True, "valign": "top", "border": 1, "border_color": "#B8C4C4"}
    usual, needed = (book.add_format({**plain, "bg_color": c}) for c in ("#E8F0F2", "#FBE7C6"))
    required = {header_of(a, language) for a in feature_class.attributes if a.required}
    titles = headers(feature_class, language)
    for column, title in enumerate(titles):
        sheet.write_string(row, column, title, needed if title in required else usual)
    sheet.set_column(0, len(titles) - 1, 16)
    sheet.freeze_panes(row + 1, 1)


def add_choices(
    book: Any,  # noqa: ANN401 - xlsxwriter has no types
    sheet: Any,  # noqa: ANN401
    feature_class: FeatureClass,
    catalogue: Catalogue,
    language: Language,
    columns: Sequence[tuple[Attribute, int]],
    header: int,
    rows: int,
) -> None:
    """Let Excel offer the codes of code lists and check numbers and dates while people type."""
    del feature_class
    lists = book.add_worksheet(_LIST_SHEET)
    lists.hide()
    used = 0
    for attribute, column in columns:
        rule: dict[str, Any] | None = None
        if attribute.type == "code":
            titles = [t.get(language) for t in catalogue.codes.get(attribute.codes or "", {}).values()]
            lists.write_column(0, used, titles)
            letter = xlsxwriter.utility.xl_col_to_name(used)
            rule = {"validate": "list", "source": f"='{_LIST_SHEET}'!${letter}$1:${letter}${max(1, len(titles))}"}
            used += 1
        elif attribute.type == "boolean":
            rule = {"validate": "list", "source": [Text("是", "yes").get(language), Text("否", "no").get(language)]}
        elif attribute.type in {"integer", "number"}:
            rule = _number_rule(attribute)
        if rule is not None:
            # A warning, not a wall: units such as 12亩 are understood at the upload.
            rule |= {"error_type": "warning", "ignore_blank": True}
            sheet.data_validation(header + 1, column, header + rows, column, rule)


def _number_rule(attribute: Attribute) -> dict[str, Any] | None:
    low, high = attribute.minimum, attribute.maximum
    kind = {"validate": "integer" if attribute.type == "integer" else "decimal"}
    if low is None and high is None:
        return None
    if high is None:
        return {**kind, "criteria": ">=", "value": low}
    if low is None:
        return {**kind, "criteria": "<=", "value": high}
    return {**kind, "criteria": "between", "minimum": low, "maximum": high}


def _explain(book: Any, feature_class: FeatureClass, catalogue: Catalogue, language: Language) -> None:  # noqa: ANN401
    def say(zh: str, en: str) -> str:
        return Text(zh, en).get(language)

    sheet = book.add_worksheet(say("填表说明", "how to fill it in"))
    bold, wrap = book.add_format({"bold": True}), book.add_format({"text_wrap": True, "valign": "top"})
    sheet.set_column(0, 0, 22)
    sheet.set_column(1, 1, 26)
    sheet.set_column(2, 4, 14)
    sheet.set_column(5, 5, 60)
    notes = [
        say(
            "标识留空为新增；标识与登记册相同为修改。",
            "Leave the identifier empty for a new object; the same one edits.",
        ),
        say("表中没有的对象不受影响；空单元格表示“不清楚”。", "Objects not listed stay; an empty cell means unknown."),
        say("上传后先试算，确认后才写入。", "After the upload a trial run shows what would change."),
    ]
    for row, note in enumerate(notes):
        sheet.write_string(row, 0, note)
    top = len(notes) + 1
    titles = (
        say("列", "column"), say("类型", "type"), say("单位", "unit"), say("必填", "required"), say("范围", "range"),
        say("可选值", "values"), say("示例", "example"),
    )  # fmt: skip
    for column, title in enumerate(titles):
        sheet.write_string(top, column, title, bold)
    for row, attribute in enumerate(feature_class.attributes, start=top + 1):
        unit = unit_title(attribute.unit)
        codes = catalogue.codes.get(attribute.codes or "", {})
        cells = (
            header_of(attribute, language),
            _TYPES[attribute.type].get(language),
            "" if unit is None else unit.get(language),
            say("是", "yes") if attribute.required else "",
            _range(attribute),
            say("、", ", ").join(title.get(language) for title in codes.values()),
        )
        for column, cell in enumerate(cells):
            sheet.write_string(row, column, cell, wrap)
        sheet.write(row, len(cells), example(attribute, catalogue, language))
    if feature_class.has_geometry:
        row = top + 1 + len(feature_class.attributes)
        sheet.write_string(row, 0, f"{LONGITUDE.get(language)} / {LATITUDE.get(language)}", wrap)
        sheet.write_string(row, 1, _GEOMETRIES[feature_class.geometry].get(language), wrap)
        sheet.write_string(row, 6, "110.526543 / 40.563210")


def _range(attribute: Attribute) -> str:
    low, high = attribute.minimum, attribute.maximum
    if low is None and high is None:
        return ""
    if high is None:
        return f"≥ {low:g}"
    return f"≤ {high:g}" if low is None else f"{low:g}–{high:g}"


def example(attribute: Attribute, catalogue: Catalogue, language: Language) -> Any:  # noqa: ANN401 - any cell
    """Return one value that would be accepted."""
    if attribute.type in {"code", "codes"}:
        return next((t.get(language) for t in catalogue.codes.get(attribute.codes or "", {}).values()), "")
    if attribute.type in {"integer", "number"}:
        low = attribute.minimum if attribute.minimum is not None else 0
        high = attribute.maximum if attribute.maximum is not None else low + 200
        return round((low + high) / 2)
    if attribute.type == "boolean":
        return Text("是", "yes").get(language)
    if attribute.type == "date":
        return "2025-09-01"
    if attribute.type == "json":
        return "{}"
    return {"name": Text("第一小学", "First Primary School"), "address": Text("站前路 1 号", "1 Station Road")}.get(
        attribute.name, Text("文字", "text")
    ).get(language)
