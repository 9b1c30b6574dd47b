"""Schemes: codes as people write them, validity, the shipped lists against the published one, import of tables."""

from __future__ import annotations

import csv
from datetime import date

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from xiancheng.foundation.errors import ConfigError, SourceError, UnknownNameError
from xiancheng.foundation.text import Text
from xiancheng.operations.categories.importing import import_categories
from xiancheng.operations.categories.loading import load_schemes, save_own, scheme_named
from xiancheng.operations.categories.model import CodeError, Kind, plain
from xiancheng.operations.terms import CategoryKey

GB = "gbt47678.5-2026"
KIND = Kind("matter", Text("事项", "matter"), 2, 3, (900, 999))


@given(st.integers(1, 99), st.integers(1, 999), st.data())
def test_codes_as_people_write_them(class_number, sub_number, data):
    def written(number, width):
        forms = [number, float(number), str(number), f"{number:0{width}}", f"{number}.0", f" {number:0{width}} "]
        return data.draw(st.sampled_from([*forms, "".join(chr(ord(c) + 0xFEE0) for c in str(number))]))

    expected = f"{class_number:02}{sub_number:03}"
    assert KIND.code(written(class_number, 2), written(sub_number, 3)) == expected
    assert KIND.code(written(class_number, 2), expected) == expected
    assert KIND.code("", expected) == expected
    assert KIND.is_local(expected) == (sub_number >= 900)


@pytest.mark.parametrize(
    ("class_code", "code"),
    [
        ("", "1"),
        ("x", "1"),
        ("1", "x"),
        ("123", "1"),
        ("1", "1234"),
        ("1", "02001"),
        (1.5, "1"),
        (True, 1),
        (-1, 1),
        ("1", ""),
    ],
)
def test_what_is_no_code(class_code, code):
    with pytest.raises(CodeError) as error:
        KIND.code(class_code, code)
    assert error.value.hint is not None


def test_the_shipped_part_agrees_with_the_published_list(shared):
    """Codes exist, and titles are the published ones or a shorter form of them."""
    with (shared / "cn_case_standards" / "gbt47678_5_2026_catalogue.csv").open(
        encoding="utf-8-sig", newline=""
    ) as file:
        published = {(r["kind"], r["type_code"]): r for r in csv.DictReader(file)}
    classes = {(r["kind"], r["class_code"]): r["class_name"] for r in published.values()}
    scheme = load_schemes()[GB]
    for category in scheme.categories():
        place = category.key.kind, category.key.code
        if len(place[1]) == 2:
            assert classes[place] == category.title.zh
        else:
            theirs = iter(published[place]["sub_name"])
            assert all(character in theirs for character in plain(category.title.zh)), place
        assert category.title.en != category.title.zh


def test_the_full_list_is_imported(shared, tmp_path):
    path = shared / "cn_case_standards" / "gbt47678_5_2026_catalogue.csv"
    scheme = load_schemes(tmp_path)[GB]
    result = import_categories(path, scheme, complete=True)
    assert not result.faults
    assert not result.closed
    save_own(tmp_path / "categories" / f"{GB}.csv", result.entries, complete=True)
    full = load_schemes(tmp_path)[GB]
    assert full.complete
    subclasses = [c for c in full.categories() if len(c.key.code) == 5]
    assert sum(c.key.kind == "component" for c in subclasses) == 153
    assert sum(c.key.kind == "matter" for c in subclasses) == 97
    with path.open(encoding="utf-8-sig", newline="") as file:
        for row in csv.DictReader(file):
            assert full.lookup(CategoryKey(GB, row["kind"], row["type_code"])).title.zh == row["sub_name"]
    matters = {c.key.code for c in subclasses if c.key.kind == "matter"}
    derived = [full.get("matter", c.key.code) for c in subclasses if c.key.kind == "component"]
    assert len(matters | {c.key.code for c in derived}) == 250
    assert all(c.title.zh.endswith("异常") for c in derived)
    again = import_categories(path, full, complete=True)
    assert (again.added, again.renamed, again.closed) == ((), (), ())


def table(tmp_path, rows):
    book = openpyxl.Workbook()
    for row in [["小类名称", "小类代码", "大类代码"], *rows]:
        book.active.append(row)
    book.save(tmp_path / "local.xlsx")
    return tmp_path / "local.xlsx"


def test_a_later_table_makes_versions(tmp_path):
    def load():
        return load_schemes(tmp_path)["city-30428"]

    def bring(rows, **settings):
        result = import_categories(table(tmp_path, rows), load(), kind="matter", **settings)
        save_own(tmp_path / "categories" / "city-30428.csv", result.entries, complete=settings.get("complete", False))
        return result

    first = bring([["共享单车", 93, 4], ["违规小产权房", "99", "1.0"]])
    assert [(c.key.code, c.local) for c in first.added] == [("0493", True), ("0199", True)]
    second = bring([["共享单车管理", "93", "04"]], valid_from=date(2026, 7, 1))
    assert [(a.title.zh, b.title.zh) for a, b in second.renamed] == [("共享单车", "共享单车管理")]
    key = CategoryKey("city-30428", "matter", "0493")
    assert load().lookup(key, date(2026, 6, 30)).title.zh == "共享单车"
    assert load().lookup(key, date(2026, 7, 1)).title.zh == "共享单车管理"
    third = bring([["共享单车管理", "93", "04"]], valid_from=date(2027, 1, 1), complete=True)
    assert "0199" in {c.key.code for c in third.closed}
    assert load().get("matter", "0199", date(2026, 12, 31)) is not None
    with pytest.raises(UnknownNameError):
        load().lookup(CategoryKey("city-30428", "matter", "0199"), date(2027, 1, 1))


def test_rows_that_are_wrong_are_listed(tmp_path):
    rows = [["好", 51, 1], ["", 52, 1], ["坏", "x", 1], ["又一个", 51, 1]]
    result = import_categories(table(tmp_path, rows), load_schemes()["city-30428"], kind="matter")
    assert [(f.row, f.column) for f in result.faults] == [(3, "A"), (4, "B"), (5, "A")]
    assert len(result.added) == 1
    without = import_categories(table(tmp_path, rows[:1]), load_schemes()["city-30428"])
    assert len(without.faults) == 1
    book = openpyxl.Workbook()
    book.active.append(["a"])
    book.save(tmp_path / "no.xlsx")
    with pytest.raises(SourceError):
        import_categories(tmp_path / "no.xlsx", load_schemes()["city-30428"])


def test_find_by_code_and_title():
    scheme = load_schemes()[GB]
    assert scheme.find("06010")[0].title.zh == "暴露垃圾"
    assert scheme.find("exposed refuse")[0].key.code == "06010"
    assert scheme.find("爆露垃圾")[0].key.code == "06010"
    assert {c.title.zh for c in scheme.find("井盖", most=30)} >= {"供水井盖", "热力井盖"}
    assert scheme.find("（）") == []
    with pytest.raises(UnknownNameError):
        scheme.kind("event")
    with pytest.raises(UnknownNameError):
        scheme_named(load_schemes(), "gbt47678")


@pytest.mark.parametrize("text", ["", "[scheme]\nname='x'", "[scheme]\nname='x'\nvalid_from='y'\n[kind]"])
def test_a_wrong_scheme_of_the_county(tmp_path, text):
    (tmp_path / "categories").mkdir()
    (tmp_path / "categories" / "own.toml").write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError):
        load_schemes(tmp_path)
