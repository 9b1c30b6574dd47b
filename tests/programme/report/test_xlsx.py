from __future__ import annotations

import time
from datetime import date
from pathlib import Path

import openpyxl
import pytest

from programme.report import _factory
from xiancheng.programme.report import xlsx

ZH = ["概览", "责任单位", "指标", "分区", "短板", "排除", "说明"]
EN = ["Overview", "Bureaus", "Indicators", "Townships", "Places short", "Excluded", "Notes"]


def table(sheet) -> list[dict[str, object]]:
    rows = list(sheet.iter_rows(min_row=2, values_only=True))
    return [dict(zip(rows[0], row, strict=True)) for row in rows[1:]]


@pytest.fixture(scope="module")
def book(tmp_path_factory):
    path = tmp_path_factory.mktemp("xlsx") / "报告.xlsx"
    xlsx.write(_factory.assessment(), path, language="en")
    return openpyxl.load_workbook(path)


def test_sheets(book, tmp_path: Path) -> None:
    assert book.sheetnames == EN
    xlsx.write(_factory.assessment(), tmp_path / "a.xlsx", language="zh")
    assert openpyxl.load_workbook(tmp_path / "a.xlsx").sheetnames == ZH


def test_every_clause_and_indicator_is_there(book) -> None:
    made = _factory.assessment()
    assert [r["clause"] for r in table(book["Overview"])] == [c.clause.id for c in made.clauses]
    assert len(table(book["Indicators"])) == sum(len(c.indicators) for c in made.clauses)
    assert len(table(book["Bureaus"])) == sum(len(c.clause.bureaus) for c in made.clauses)


def test_numbers_are_numbers(book) -> None:
    park = next(r for r in table(book["Indicators"]) if r["indicator id"] == "park-500m")
    assert park["figure"] == 0.612
    assert park["numerator"] == 61_234
    assert park["by"].date() == date(2025, 12, 31)
    assert park["gap"] == pytest.approx(38.8)
    assert park["places short"] == 2_400
    cell = next(c for c in book["Indicators"]["E"] if c.value == 0.612)
    assert cell.number_format == "0.0%"
    nothing = next(r for r in table(book["Indicators"]) if r["indicator id"] == "meters")
    assert nothing["figure"] == "—"


def test_places_are_limited_and_the_total_told(book) -> None:
    park = [r for r in table(book["Places short"]) if r["indicator id"] == "park-500m"]
    assert len(park) == xlsx.PLACES_PER_INDICATOR + 1
    assert park[-1]["name"] == "2,400 places in all, 1,400 not listed"


def test_printing_filters_and_panes(book) -> None:
    for name in EN[:-1]:
        sheet = book[name]
        assert sheet.freeze_panes == "D3"
        assert sheet.auto_filter.ref.startswith("A2:")
        assert sheet.page_setup.orientation == "landscape"
        assert int(sheet.page_setup.paperSize) == 9
        assert sheet.print_title_rows == "$2:$2"
        assert "synthetic data" in str(sheet["A1"].value)


def test_same_assessment_same_bytes() -> None:
    first = xlsx.as_bytes(_factory.assessment(big=20), language="zh")
    time.sleep(1.1)
    assert xlsx.as_bytes(_factory.assessment(big=20), language="zh") == first


def test_data_never_becomes_a_formula(tmp_path: Path) -> None:
    xlsx.write(_factory.assessment(big=3, hostile="=1+1\x01<b>"), tmp_path / "a.xlsx", language="en")
    sheet = openpyxl.load_workbook(tmp_path / "a.xlsx")["Places short"]
    names = [c for c in sheet["E"] if str(c.value).startswith("=1+1")]
    assert len(names) == 3
    assert all(c.data_type == "s" for c in names)
