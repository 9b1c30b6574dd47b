"""Excel: one sheet a class, with titles instead of codes, as a bureau's register looks."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import xlsxwriter

from xiancheng.city.classes import Attribute, Catalogue
from xiancheng.city.snapshot import CountyInfo, FeatureTable
from xiancheng.city.writers.fields import arrow_array, places, written_attributes
from xiancheng.city.writers.registry import writer
from xiancheng.foundation.errors import XianchengError
from xiancheng.foundation.text import Language, Text, current_language

MAX_ROWS = 1_048_576
"""Rows of an Excel sheet."""
_CREATED = datetime(2000, 1, 1)  # noqa: DTZ001 - a fixed day of no zone, so that the same rows give the same bytes
SYNTHETIC = Text("合成数据：并非真实情况", "synthetic data: not real")
"""What a file of a made-up county says of itself."""
_UNITS = {"m2": "m²", "1": ""}
_PERSONS = {"persons": Text("人", "persons"), "beds": Text("张", "beds"), "places": Text("个", "places")}


@writer("xlsx", ".xlsx")
def write_xlsx(
    tables: Mapping[str, FeatureTable],
    path: Path,
    *,
    county: CountyInfo,
    catalogue: Catalogue,
    language: Language | None = None,
) -> None:
    """Write one sheet a class: object identifier, attributes (codes as titles), longitude, latitude (CGCS2000).

    Headers carry units, panes are frozen below them and filters set; a synthetic county is told in the first row.

    Raises
    ------
    XianchengError
        If a class has more rows than a sheet can hold.
    """
    spoken = language or current_language()
    for table in tables.values():
        if len(table) + 2 > MAX_ROWS:
            title = table.feature_class.title
            raise XianchengError(
                Text(
                    f"“{title.zh}”有 {len(table)} 行，超过 Excel 上限",
                    f"{title.en}: {len(table)} rows do not fit in Excel",
                ),
                Text("改用 .gpkg 或 .parquet", "write .gpkg or .parquet instead"),
            )
    options = {
        "constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False,
    }  # fmt: skip
    with xlsxwriter.Workbook(str(path), options) as book:
        book.set_properties({"title": county.name.get(spoken), "created": _CREATED})
        bold = book.add_format({"bold": True, "text_wrap": True, "valign": "top"})
        note = book.add_format({"bold": True, "font_color": "#B00020"})
        names: set[str] = set()
        for table in tables.values():
            sheet = book.add_worksheet(_sheet_name(table.feature_class.title.get(spoken), names))
            top = 0
            if county.synthetic:
                sheet.write_string(0, 0, SYNTHETIC.get(spoken), note)
                top = 1
            headers, columns = sheet_columns(table, catalogue, spoken)
            sheet.freeze_panes(top + 1, 1)
            sheet.autofilter(top, 0, top + len(table), len(headers) - 1)
            sheet.set_column(0, len(headers) - 1, 14)
            for column, header in enumerate(headers):
                sheet.write_string(top, column, header, bold)
            for row, cells in enumerate(zip(*columns, strict=True), top + 1):
                for column, cell in enumerate(cells):
                    if cell is not None:
                        sheet.write(row, column, cell)


def sheet_columns(table: FeatureTable, catalogue: Catalogue, language: Language) -> tuple[list[str], list[list[Any]]]:
    """Return the headers and the columns of a table as people read it."""
    headers, columns = [Text("标识", "identifier").get(language)], [table.ids.tolist()]
    for attribute in written_attributes(table):
        headers.append(_header(attribute, language))
        values = arrow_array(attribute, table.columns[attribute.name]).to_pylist()
        columns.append([*map(_shown(attribute, catalogue, language), values)])
    if table.feature_class.has_geometry:
        lonlat = np.round(places(table), 7)
        for title, side in ((Text("经度", "longitude"), 0), (Text("纬度", "latitude"), 1)):
            headers.append(f"{title.get(language)} (CGCS2000)")
            columns.append([v if np.isfinite(v) else None for v in lonlat[:, side].tolist()])
    return headers, columns


def _header(attribute: Attribute, language: Language) -> str:
    title, unit = attribute.title.get(language), attribute.unit
    if not unit:
        return title
    shown = _PERSONS[unit].get(language) if unit in _PERSONS else _UNITS.get(unit, unit)
    if not shown or shown == title:
        return title
    return f"{title}（{shown}）" if language == "zh" else f"{title} ({shown})"


def _shown(attribute: Attribute, catalogue: Catalogue, language: Language) -> Callable[[Any], Any]:
    """Return what turns a stored value into what people read."""
    yes, no = Text("是", "yes").get(language), Text("否", "no").get(language)
    titles: dict[Any, Any] = {None: None}

    def code_titles(value: str) -> str:
        mark = "；" if language == "zh" else "; "
        return mark.join(catalogue.code_title(str(attribute.codes), code).get(language) for code in _split(value))

    def shown(value: Any) -> Any:  # noqa: ANN401 - any cell
        if attribute.type == "boolean":
            return None if value is None else yes if value else no
        if attribute.type in {"code", "codes"}:
            if value not in titles:
                titles[value] = code_titles(value)
            return titles[value]
        return value

    return shown


def _split(value: str) -> Iterator[str]:
    return (code.strip() for code in value.split(";") if code.strip())


def _sheet_name(title: str, taken: set[str]) -> str:
    """Return a sheet name that Excel allows (31 characters, no brackets, slashes…) and no other sheet has."""
    base = re.sub(r"[\[\]:*?/\\]", " ", title)[:31].strip("' ") or "-"
    name, number = base, 2
    while name.lower() in taken:
        name, number = f"{base[:27]} {number}", number + 1
    taken.add(name.lower())
    return name
