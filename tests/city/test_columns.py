"""Columns and cells, against what people write in registers and against Python's own number and date reading."""

from __future__ import annotations

from datetime import UTC, date, datetime

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from xiancheng.city.classes import Attribute
from xiancheng.city.columns import Problem, match_columns, parse_values
from xiancheng.foundation.text import Text

TITLE = Text("值", "value")
NUMBER = Attribute("height", TITLE, "number", unit="m")
AREA = Attribute("area", TITLE, "number", unit="m2")
INTEGER = Attribute("beds", TITLE, "integer")
YEAR = Attribute("year", TITLE, "integer")
BOOLEAN = Attribute("free", TITLE, "boolean")
DATE = Attribute("opened", TITLE, "date")
TEXT = Attribute("name", TITLE, "text")
JSON = Attribute("extra", TITLE, "json")
CODE = Attribute("ownership", TITLE, "code", codes="ownership")
CODES = Attribute("functions", TITLE, "codes", codes="functions")
LISTS = {
    "ownership": {
        "public": Text("公办", "public"),
        "private_inclusive": Text("普惠性民办", "inclusive private"),
        "private": Text("民办", "private"),
    },
    "functions": {
        "canteen": Text("食堂（助餐）", "canteen"),
        "sport": Text("体育健身", "sport"),
        "reading": Text("公共阅读空间", "reading room"),
    },
}


@pytest.mark.parametrize(
    ("class_name", "columns", "expected"),
    [
        ("elderly_care", ["机构名称", "床位数（张）", "护理型床位"], ["name", "beds", "nursing_beds"]),
        ("elderly_care", ["床位/总床位", "床位/护理型"], ["beds", "nursing_beds"]),
        ("elderly_care", ["床位/护理型（张）"], ["nursing_beds"]),
        ("population_cell", ["POP_2015", "lng", "lat", ""], ["persons", None, None, None]),
        ("population_cell", ["POP", "POP_2015"], ["persons", None]),
        ("census", ["人口数2020"], ["persons"]),
        ("census", ["人口数2010", "人口数2020"], [None, None]),
        ("census", ["常住人口（万人）", "AREA CODE"], ["persons", "area_code"]),
        ("building", ["Ｈｅｉｇｈｔ", " floors ", "建筑用途", "FLOOR_AREA"], ["height", "floors", "use", "floor_area"]),
        ("building", ["height", "建筑高度"], ["height", None]),
        ("building", ["protected_"], ["protected_status"]),
        ("building", ["建成年代 ", "户数(户)", "楼\n层"], ["year", "dwellings", "floors"]),
        ("school", ["学校名"], ["name"]),
        ("building", ["nothing", "未知的列"], [None, None]),
    ],
)
def test_columns_are_matched(catalogue, class_name, columns, expected):
    matched = match_columns(columns, catalogue[class_name])
    assert [matched.get(column) for column in columns] == expected


def test_every_attribute_matches_its_own_words(catalogue):
    for feature_class in catalogue:
        for attribute in feature_class.attributes:
            assert match_columns([attribute.name], feature_class) == {attribute.name: attribute.name}
            title = attribute.title.zh
            if sum(a.title.zh == title for a in feature_class.attributes) == 1:
                assert match_columns([f" {title}（单位） "], feature_class).get(f" {title}（单位） ") in {
                    attribute.name,
                    None,
                }


@given(st.lists(st.text(max_size=12), max_size=12))
def test_any_columns_match_each_attribute_once(catalogue, columns):
    matched = match_columns(columns, catalogue["building"])
    assert set(matched) <= set(columns)
    assert len(set(matched.values())) == len(matched)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1,200", 1200),
        ("1，200.5", 1200.5),
        ("１２", 12),
        ("35 m", 35),
        ("3层", 3),
        ("约50", 50),
        ("-3.2", -3.2),
        ("1.2万", 12000),
        ("三层", 3),
        ("二十三", 23),
        ("十二层", 12),
        ("两层", 2),
        ("200cm", 2),
        ("1.5千米", 1500),
        ("1 200", 1200),
        ("1e5", 1e5),
        (".5", 0.5),
        ("5.", 5),
        ("+7", 7),
        ("50余", 50),
        ("20左右", 20),
        ("第3", 3),
        (True, 1),
        (7, 7),
        (np.int64(7), 7),
        (np.float64(2.5), 2.5),
    ],
)
def test_numbers(text, expected):
    values, problems = parse_values([text], NUMBER, {})
    assert values[0] == pytest.approx(expected, rel=1e-12)
    assert problems == []


@pytest.mark.parametrize(
    "text", ["1,20", "abc", "50以上", "3-5", "不足10", "1_000", "inf", "1.2.3", "5公顷", "12/3", float("inf"), 10**400]
)
def test_what_is_no_number_is_told(text):
    values, problems = parse_values([1, text], NUMBER, {})
    assert np.isnan(values[1])
    assert [p.row for p in problems] == [1]


@pytest.mark.parametrize("text", [None, "", "  ", "-", "—", "无", "不详", "N/A", "null", float("nan")])
def test_unknown_is_no_problem(text):
    for attribute in (NUMBER, INTEGER, DATE, CODE):
        values, problems = parse_values([text], attribute, {"ownership": {}})
        assert values[0] is None or np.isnan(values[0])
        if not (attribute is CODE and text == "无"):
            assert problems == []


def test_areas_are_converted():
    values, problems = parse_values(["15亩", "1.5公顷", "3 km²", "100㎡", "200平方米", "7"], AREA, {})
    np.testing.assert_allclose(values, [10000, 15000, 3e6, 100, 200, 7])
    assert problems == []


def test_whole_numbers_and_years():
    values, problems = parse_values(["12", 12.0, "12.5"], INTEGER, {})
    np.testing.assert_array_equal(values, [12, 12, np.nan])
    assert problems[0][0] == 2
    assert parse_values(["2005", "2005年", "1998-05-03", date(2001, 1, 2)], YEAR, {})[0].tolist() == [
        2005,
        2005,
        1998,
        2001,
    ]


@given(st.floats(allow_nan=False, allow_infinity=False, width=64))
def test_numbers_agree_with_python(value):
    for text in (repr(value), f"{value:,.3f}", f" {value} "):
        got = parse_values([text], NUMBER, {})[0][0]
        assert got == pytest.approx(float(text.replace(",", "")), rel=1e-12)


def test_booleans():
    values, problems = parse_values(
        ["是", "否", "有", "无", "√", "×", "Yes", "no", "TRUE", "false", "1", "0", 1, 0, True, "1.0", None, "也许", 2],
        BOOLEAN,
        {},
    )
    np.testing.assert_array_equal(values[:16], [1, 0] * 6 + [1, 0, 1, 1])
    assert np.isnan(values[16:]).all()
    assert [p.row for p in problems] == [17, 18]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2023-05-01", "2023-05-01"),
        ("2023/5/1", "2023-05-01"),
        ("20230501", "2023-05-01"),
        (20230501, "2023-05-01"),
        ("2023年5月1日", "2023-05-01"),
        ("２０２３年５月", "2023-05-01"),
        ("2023年", "2023-01-01"),
        ("2023", "2023-01-01"),
        ("2023.5.1", "2023-05-01"),
        ("2023-05-01T10:00:00Z", "2023-05-01"),
        ("2023/5/1 0:00:00", "2023-05-01"),
        ("202305", "2023-05-01"),
        (45047, "2023-05-01"),
        (45047.75, "2023-05-01"),
        (datetime(2023, 5, 1, 8, tzinfo=UTC), "2023-05-01"),
        (date(2023, 5, 1), "2023-05-01"),
    ],
)
def test_dates(text, expected):
    values, problems = parse_values([text], DATE, {})
    assert values[0] == expected
    assert problems == []


@pytest.mark.parametrize("text", ["5/1/2023", "2023-13-01", "2023-02-30", "12345", "昨天", "2023-5-1-1", 12.5, True])
def test_what_is_no_date_is_told(text):
    values, problems = parse_values([text], DATE, {})
    assert values[0] is None
    assert problems[0].row == 0


@given(st.dates(min_value=date(1000, 1, 1)))
def test_dates_come_back(day):
    for text in (day.isoformat(), f"{day.year}年{day.month}月{day.day}日", f"{day:%Y%m%d}", day):
        assert parse_values([text], DATE, {})[0][0] == day.isoformat()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("public", "public"),
        ("PUBLIC", "public"),
        ("公办", "public"),
        ("公办园", "public"),
        (" 公 办 ", "public"),
        ("民办", "private"),
        ("民办（企业）", "private"),
        ("普惠性民办", "private_inclusive"),
        ("普惠", "private_inclusive"),
        ("private_inclusive", "private_inclusive"),
        ("非公办", None),
        ("not public", None),
        ("republic", None),
        ("民办普惠", None),
        ("办", None),
        ("火星", None),
    ],
)
def test_codes(text, expected):
    values, problems = parse_values([text], CODE, LISTS)
    assert values[0] == expected
    assert [p.value for p in problems] == ([] if expected else [text])


def test_code_titles_of_the_catalogue_mean_themselves(catalogue):
    for name, entries in catalogue.codes.items():
        attribute = Attribute("a", TITLE, "code", codes=name)
        for code, title in entries.items():
            assert parse_values([code], attribute, catalogue.codes)[0][0] == code
            if sum(t.zh == title.zh for t in entries.values()) == 1:
                assert parse_values([title.zh], attribute, catalogue.codes)[0][0] == code


@pytest.mark.parametrize(
    "text", ["食堂；体育健身", "食堂、体育健身", "canteen, sport", "食堂（助餐）/体育", ["食堂", "sport"]]
)
def test_lists_of_codes(text):
    assert parse_values([text], CODES, LISTS)[0][0] == "canteen;sport"


def test_unknown_codes_of_a_list_are_told_and_the_rest_kept():
    values, problems = parse_values(["食堂、瞎写", "瞎写", "", None], CODES, LISTS)
    assert values.tolist() == ["canteen", None, None, None]
    assert [(p.row, p.value) for p in problems] == [(0, "食堂、瞎写"), (1, "瞎写")]
    assert isinstance(problems[0], Problem)


def test_text_and_json():
    values, _ = parse_values([" 甲 ", 150221.0, 12, 1.5, True, "-", None, date(2020, 1, 2)], TEXT, {})
    assert values.tolist() == ["甲", "150221", "12", "1.5", "true", None, None, "2020-01-02"]
    values, problems = parse_values(['{"a": 1}', {"a": "中"}, "{", None], JSON, {})
    assert values.tolist() == ['{"a": 1}', '{"a": "中"}', None, None]
    assert [p.row for p in problems] == [2]


ANYTHING = st.one_of(
    st.text(),
    st.floats(),
    st.integers(),
    st.booleans(),
    st.none(),
    st.dates(),
    st.datetimes(),
    st.lists(st.text(), max_size=3),
    st.binary(max_size=4),
)


@settings(max_examples=200, deadline=None)
@given(st.lists(ANYTHING, max_size=8))
def test_nothing_makes_it_raise(values):
    for attribute in (NUMBER, AREA, INTEGER, YEAR, BOOLEAN, DATE, TEXT, JSON, CODE, CODES):
        out, problems = parse_values(values, attribute, LISTS)
        assert len(out) == len(values)
        assert out.dtype == (np.float64 if attribute.type in {"number", "integer", "boolean"} else object)
        for problem in problems:
            assert values[problem.row] is not None
            assert problem.reason.zh
            assert problem.reason.en


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet="0123456789０１.,，-/年月日万亿十二三层 mM²约公办非是否√；、\\nTZ:"))
def test_nothing_that_looks_right_makes_it_raise(text):
    for attribute in (NUMBER, AREA, INTEGER, YEAR, BOOLEAN, DATE, CODE, CODES):
        out, _ = parse_values([text], attribute, LISTS)
        assert out[0] is None or isinstance(out[0], (str, float))
