"""What real workbooks do wrong: each is an error that names the place and says what to do, or a row kept aside."""

from __future__ import annotations

from datetime import date

import openpyxl
import pytest
import xlsxwriter

from operations.standard.workbooks import HEADER, imported, one_sheet, seen, write_book
from xiancheng.foundation.errors import SourceError, UnknownNameError, XianchengError
from xiancheng.operations.standard.exporting import export_standard
from xiancheng.operations.standard.writing import write_report

GOOD = ["01", "市容环境", "10", "暴露垃圾", "有垃圾", "4小时", "清除", "城管局", "环卫处"]


def errors(result):
    return [(f.row, f.check) for f in result.standard.aside]


@pytest.mark.parametrize("rows", [{"部件": []}, {"说明": [["只有说明"]]}, {"名单": [["姓名", "电话"], ["张三", "1"]]}])
def test_no_standard_in_it(tmp_path, rows):
    with pytest.raises(SourceError) as error:
        imported(write_book(tmp_path / "a.xlsx", rows))
    assert error.value.hint is not None


@pytest.mark.parametrize(
    "content", [b"", b"PK\x03\x04 broken", b"<html><table></table></html>", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"]
)
def test_no_workbook(tmp_path, content):
    path = tmp_path / "a.xlsx"
    path.write_bytes(content)
    with pytest.raises(SourceError):
        imported(path)
    with pytest.raises(SourceError):
        imported(tmp_path / "missing.xlsx")


def test_text_table_in_gbk(tmp_path):
    path = tmp_path / "事件.csv"
    path.write_bytes("\r\n".join(",".join(row) for row in [HEADER, GOOD]).encode("gb18030"))
    (row,) = imported(path).standard.rows
    assert (row.category.kind, row.category.code) == ("matter", "0110")


def test_every_error_has_its_place_and_nothing_is_lost(tmp_path):
    rows = [
        GOOD,
        ["01", "", "10", "", "没有单位的时限", "5", "x", "", ""],
        ["01", "", "A3", "", "代码不是数字", "1天", "x", "", ""],
        ["01", "", date(2026, 1, 2), "", "代码成了日期", "1天", "x", "", ""],
        ["02", "宣传广告", "", "从没听说过的事", "没有代码", "1天", "x", "局", "处"],
        ["02", "", "", "非法小广告", "按名称找到", "1天", "x", "局", "处"],
        ["1234", "", "1", "", "大类太长", "1天", "x", "局", "处"],
        ["注：以上时限自派遣起算", "", "", "", "", "", "", "", ""],
        [*GOOD[:5], "1天2小时", *GOOD[6:]],
    ]
    path = one_sheet(tmp_path, rows)
    result = imported(path)
    assert errors(result) == [
        (4, "limit-unreadable"),
        (5, "code-unreadable"),
        (6, "date-instead-of-text"),
        (6, "code-unreadable"),
        (7, "code-missing"),
        (9, "code-unreadable"),
        (11, "limit-unreadable"),
    ]
    assert [r.row for r in result.standard.rows] == [3, 8]
    assert [(f.row, f.check) for f in result.findings if f.level == "note"] == [(8, "code-by-title"), (10, "not-a-row")]
    assert {f.row for f in result.standard.aside} | {3, 8, 10} == set(range(3, 12))
    export_standard(result.standard, tmp_path / "out.xlsx")
    assert seen(tmp_path / "out.xlsx") == seen(path)
    write_report(
        tmp_path / "report.xlsx", [layout.sheet for layout in result.standard.layouts], {"事件": 1}, result.findings
    )
    page = openpyxl.load_workbook(tmp_path / "report.xlsx")["事件"]
    marked = {cell.coordinate for row in page.iter_rows() for cell in row if cell.comment is not None}
    assert marked == {"F4", "C5", "C6", "C7", "D8", "A9", "A10", "F11"}
    assert page["F4"].fill.fgColor.rgb == "FFF8B4B4"


def test_formulas_without_a_result_are_errors_and_others_are_read(tmp_path):
    with xlsxwriter.Workbook(str(tmp_path / "with.xlsx")) as book:
        page = book.add_worksheet("事件")
        for row, cells in enumerate([HEADER, GOOD]):
            page.write_row(row, 0, cells)
        page.write_formula(1, 5, '="2天"', value="2天")
    result = imported(tmp_path / "with.xlsx")
    assert [r.limits[0].text for r in result.standard.rows] == ["2天"]
    book = openpyxl.load_workbook(tmp_path / "with.xlsx")
    for column, value in enumerate([*GOOD[:4], '=A1&"x"', *GOOD[5:]], 1):
        book["事件"].cell(3, column, value)
    book["事件"]["F2"] = "2天"
    book.save(tmp_path / "without.xlsx")
    result = imported(tmp_path / "without.xlsx")
    assert [r.limits[0].text for r in result.standard.rows] == ["2天"]
    assert errors(result) == [(3, "formula-without-result")]
    assert "formulas" in {f.check for f in result.findings}


def test_a_cell_longer_than_a_workbook_can_hold(tmp_path):
    path = tmp_path / "事件.csv"
    path.write_text("\n".join([",".join(HEADER), ",".join([*GOOD[:4], "长" * 40_000, *GOOD[5:]])]), encoding="utf-8")
    result = imported(path)
    assert errors(result) == [(2, "cell-too-long")]
    with pytest.raises(XianchengError, match="too many"):
        export_standard(result.standard, tmp_path / "out.xlsx")
    export_standard(result.standard, tmp_path / "out.csv")
    assert imported(tmp_path / "out.csv").standard.layouts[0].sheet.cells == result.standard.layouts[0].sheet.cells


def test_one_cell_in_the_last_corner_is_refused_before_it_fills_the_memory(tmp_path):
    book = openpyxl.load_workbook(one_sheet(tmp_path, [GOOD]))
    book.active.cell(1_048_576, 16_384, "x")
    book.save(tmp_path / "far.xlsx")
    with pytest.raises(SourceError, match="too large"):
        imported(tmp_path / "far.xlsx")


def test_unknown_kind_of_sheet_is_told_and_can_be_given(tmp_path):
    path = write_book(tmp_path / "a.xlsx", {"Sheet1": [HEADER, GOOD]})
    result = imported(path)
    assert (result.standard.rows, [f.check for f in result.standard.aside]) == ((), ["kind-unknown"])
    assert len(imported(path, kind="matter").standard.rows) == 1


def test_unknown_scheme(tmp_path):
    with pytest.raises(UnknownNameError):
        imported(one_sheet(tmp_path, [GOOD]), scheme="gbt47678")


def test_three_limits_below_one_merged_heading(tmp_path):
    path = one_sheet(tmp_path, [])
    book = openpyxl.load_workbook(path)
    page = book["事件"]
    top = ["大类代码", "小类代码", "小类名称", "立案条件", "处置时限", None, None, "结案条件"]
    for column, value in enumerate(top, 1):
        page.cell(2, column, value)
    page.cell(2, 9).value = None
    for column in (1, 2, 3, 4, 8):
        page.merge_cells(start_row=2, end_row=3, start_column=column, end_column=column)
    page.merge_cells("E2:G2")
    for column, value in enumerate(["A类", "B类", "C类"], 5):
        page.cell(3, column, value)
    for column, value in enumerate([1, 10, "暴露垃圾", "有", "2小时", "4小时", "—", "清除"], 1):
        page.cell(4, column, value)
    for column, value in enumerate([1, 10, None, "多", "1天", None, None, "清除"], 1):
        page.cell(5, column, value)
    page.merge_cells("E5:G5")
    book.save(path)
    first, second = imported(path).standard.rows
    assert [(e.label, e.text) for e in first.limits] == [("A类", "2小时"), ("B类", "4小时"), ("C类", "—")]
    assert first.limit("B类").amount == 4
    assert first.limit("C类") is None
    assert [(e.label, e.text) for e in second.limits] == [("A类", "1天"), ("B类", "1天"), ("C类", "1天")]
    export_standard(imported(path).standard, tmp_path / "out.xlsx")
    assert seen(tmp_path / "out.xlsx") == seen(path)


def test_twenty_thousand_rows(tmp_path):
    path = tmp_path / "事件.xlsx"
    with xlsxwriter.Workbook(str(path), {"constant_memory": True}) as book:
        page = book.add_worksheet("事件")
        page.write_row(0, 0, HEADER)
        for n in range(20_000):
            page.write_row(
                n + 1,
                0,
                [n // 5000 + 1, "类", n // 60 % 83 + 1, "小类", f"条件{n}", f"{n % 9 + 1}天", "好", "局", "处"],
            )
    assert len(imported(path).standard.rows) == 20_000
