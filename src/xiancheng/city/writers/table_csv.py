"""CSV: one class, with titles instead of codes and the representative point, as the workbook has them."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from xiancheng.city.classes import Catalogue
from xiancheng.city.snapshot import CountyInfo, FeatureTable
from xiancheng.city.writers.registry import writer
from xiancheng.city.writers.xlsx import SYNTHETIC, sheet_columns
from xiancheng.foundation.errors import XianchengError
from xiancheng.foundation.text import Language, Text, current_language

_FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""Beginnings that a spreadsheet takes for a formula."""


@writer("csv", ".csv")
def write_csv(
    tables: Mapping[str, FeatureTable],
    path: Path,
    *,
    county: CountyInfo,
    catalogue: Catalogue,
    language: Language | None = None,
) -> None:
    """Write a table in UTF-8 (with the mark by which Excel knows it), one file a class.

    Several classes make a folder. A synthetic county is told in a column of its own. Text that a spreadsheet would run
    as a formula gets an apostrophe before it.

    Raises
    ------
    XianchengError
        If there is nothing to write.
    """
    if not tables:
        raise XianchengError(Text("没有可写的要素", "there is nothing to write"))
    spoken = language or current_language()
    if len(tables) == 1:
        _write(next(iter(tables.values())), path, county, catalogue, spoken)
        return
    path.mkdir()
    for name, table in tables.items():
        _write(table, path / f"{name}.csv", county, catalogue, spoken)


def _write(table: FeatureTable, path: Path, county: CountyInfo, catalogue: Catalogue, language: Language) -> None:
    headers, columns = sheet_columns(table, catalogue, language)
    if county.synthetic:
        said = SYNTHETIC.get(language)
        headers, columns = [*headers, Text("说明", "note").get(language)], [*columns, [said] * len(table)]
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(headers)
        rows.writerows([*map(_safe, cells)] for cells in zip(*columns, strict=True))


def _safe(cell: Any) -> Any:  # noqa: ANN401 - any cell
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_FORMULA) else cell
