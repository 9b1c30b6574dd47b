"""What a person should look at in a standard that could be read."""

from __future__ import annotations

from dataclasses import replace

from operations.standard.workbooks import imported, one_sheet
from xiancheng.operations.categories.loading import load_schemes
from xiancheng.operations.standard.checks import check_standard

SCHEME = load_schemes()["city-30428"]


def found(path, *, complete=False, units=(), kind="matter"):
    standard = imported(path, scheme="city-30428", kind=kind).standard
    return [(f.row, f.check) for f in check_standard(standard, replace(SCHEME, complete=complete), units=units)]


def test_a_good_standard_has_nothing(tmp_path):
    rows = [["01", "市容环境", "10", "暴露垃圾", "有", "4小时", "清除", "城管局", "环卫处"]]
    assert found(one_sheet(tmp_path, rows), units=["城管局", "环卫处"]) == []


def test_holes_duplicates_and_unknown_names(tmp_path):
    rows = [
        ["01", "市容环境", "10", "暴露垃圾", "有", "4小时", "清除", "城管局", "环卫处"],
        ["01", "", "10", "", "有 ", "4小时", "清除", "", ""],
        ["01", "", "10", "", "有。", "5小时", "清除", "", ""],
        ["01", "", "12", "道路不洁", "", "", "", "", "环卫所"],
        ["02", "宣传", "01", "完全不同的事", "x", "无", "y", "", ""],
        ["02", "", "07", "小广告", "x", "1天", "y", "城管局", "环卫处"],
        ["02", "", "99", "我们自己的", "x", "1天", "y", "城管局", "环卫处"],
    ]
    path = one_sheet(tmp_path, rows)
    assert found(path, complete=True, units=["城管局", "环卫处"]) == [
        (4, "duplicate"),
        (5, "conflicting-duplicate"),
        (6, "no-closing"),
        (6, "no-condition"),
        (6, "no-limit"),
        (6, "unit-unknown"),
        (7, "no-limit"),
        (7, "no-unit"),
        (7, "title-differs"),
        (8, "category-unknown"),
        (9, "category-local"),
    ]
    assert (8, "category-unchecked") in found(path)


def test_nearest_names_are_suggested(tmp_path):
    rows = [["02", "宣传广告", "07", "非法小广告", "x", "1天", "y", "城管局", "环卫处处"]]
    standard = imported(one_sheet(tmp_path, rows), scheme="city-30428").standard
    hints = {
        f.check: f.hint.en for f in check_standard(standard, replace(SCHEME, complete=True), units=["环卫处", "城管局"])
    }
    assert "0201 非法小广告" in hints["category-unknown"]
    assert "环卫处" in hints["unit-unknown"]


def test_a_limit_unlike_all_others_with_the_same_condition(tmp_path):
    rows = [["01", "公用设施", str(n), f"井盖{n}", "缺失", "2紧急工作时", "补装", "局", "处"] for n in range(1, 6)]
    rows[3][5] = "2工作日"
    assert (6, "limit-strange") in found(one_sheet(tmp_path, rows, name="部件"), kind="component")
    rows[3][5] = "4紧急工作时"
    assert (6, "limit-strange") not in found(one_sheet(tmp_path, rows, name="部件"), kind="component")


def test_an_urgent_limit_longer_than_an_ordinary_one(tmp_path):
    header = ["大类代码", "小类代码", "小类名称", "立案条件", "A类", "B类", "结案条件", "处置单位"]
    rows = [
        ["1", "10", "暴露垃圾", "有", "2天", "4小时", "清", "处"],
        ["1", "12", "道路不洁", "有", "4小时", "2天", "清", "处"],
    ]
    assert found(one_sheet(tmp_path, rows, header=header)) == [(3, "limits-out-of-order")]
