"""The shared workbook of one city: every row, every limit, and back again cell by cell."""

from __future__ import annotations

import csv
import json
import re
from collections import Counter
from dataclasses import replace

import pytest

from operations.standard.workbooks import imported, seen, write_book, yuncheng_cells
from xiancheng.operations.standard.exporting import export_standard
from xiancheng.operations.standard.storing import from_dict, read_standard, save_standard, to_json

MERGED = [0, 1, 2, 3, 7, 8, 9, 10, 11]


@pytest.fixture(scope="module")
def cells(shared):
    return yuncheng_cells(shared)


@pytest.fixture(scope="module")
def book(cells, tmp_path_factory):
    return write_book(tmp_path_factory.mktemp("book") / "运城.xlsx", {"部件": cells}, merged=MERGED)


@pytest.fixture(scope="module")
def result(book):
    return imported(book)


def filled(cells):
    """Every data row with the blank cells of the merged columns filled from above: the simplest reading there is."""
    above = [""] * 12
    for row in cells[2:]:
        above = [v or (above[i] if i in MERGED else "") for i, v in enumerate(row)]
        yield [v.strip() for v in above]


def test_every_row_is_taken_or_kept_aside(cells, result):
    expected = list(filled(cells))
    assert len(expected) == 279
    assert [(f.row, f.check, f.value) for f in result.standard.aside] == [(230, "limit-unreadable", "种植季节15工作日")]
    del expected[230 - 3]
    got = [
        [
            r.category.code[:2], r.class_title, r.category.code[2:], r.title, r.filing_condition, r.limits[0].text,
            r.closing_condition, r.supervising_units.text, r.handling_units.text, r.legal_basis, r.article,
            r.collection,
        ]
        for r in result.standard.rows
    ]  # fmt: skip
    assert got == expected
    assert result.standard.title == "运城市城市综合管理服务立案、处置和结案标准（部件）"
    assert result.standard.scheme == "city-30428"


def test_limits_by_unit(cells, result):
    words = {"紧急工作时": "urgent_hour", "工作时": "work_hour", "工作日": "work_day"}
    plain = [re.fullmatch(r"\s*(\d+)(紧急工作时|工作时|工作日)", row[5]) for row in cells[2:]]
    expected = Counter((int(m[1]), words[m[2]]) for m in plain if m)
    assert sum(expected.values()) == 278
    got = Counter((e.limit.amount, e.limit.unit.value) for r in result.standard.rows for e in r.limits)
    assert got == expected


def test_export_equals_the_source_cell_by_cell(book, result, tmp_path):
    export_standard(result.standard, tmp_path / "out.xlsx")
    assert seen(tmp_path / "out.xlsx") == seen(book)
    again = imported(tmp_path / "out.xlsx")
    assert again.standard.rows == result.standard.rows
    assert again.standard.aside == result.standard.aside


def test_the_text_table_gives_the_same_rows_and_comes_back_equal(shared, result, tmp_path):
    path = shared / "cn_case_standards" / "yuncheng_parts_standard.csv"
    table = imported(path)
    assert [replace(r, sheet="部件") for r in table.standard.rows] == list(result.standard.rows)
    export_standard(table.standard, tmp_path / "out.csv")
    with (
        path.open(encoding="utf-8-sig", newline="") as a,
        (tmp_path / "out.csv").open(encoding="utf-8-sig", newline="") as b,
    ):
        assert list(csv.reader(a)) == list(csv.reader(b))


def test_stored_and_read_again(result, tmp_path):
    path = save_standard(result.standard, tmp_path)
    assert path == tmp_path / "operations" / "standard" / "standard-2026-01-01.json"
    assert read_standard(path) == result.standard
    assert to_json(read_standard(path)) == path.read_bytes()
    assert from_dict(json.loads(path.read_text(encoding="utf-8"))) == result.standard


def test_identifiers_are_distinct_and_the_same_again(book, result):
    ids = [r.id for r in result.standard.rows]
    assert len(set(ids)) == len(ids)
    assert [r.id for r in imported(book).standard.rows] == ids
