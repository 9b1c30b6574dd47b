from __future__ import annotations

from datetime import date

import openpyxl
import pytest

from xiancheng.foundation.errors import ConfigError, SourceError
from xiancheng.operations.routing import find_rules, load_settings, read_rules
from xiancheng.operations.routing.reading import RuleFileError
from xiancheng.operations.terms import CategoryKey

SETTINGS = load_settings()
LITTER = CategoryKey("gbt47678.5-2026", "matter", "06010")
COVER = CategoryKey("gbt47678.5-2026", "component", "01001")

TOML = """
[defaults]
unit = "centre"
[defaults.classes]
"06" = "sanitation"
[units]
centre = { zh = "指挥中心", en = "command centre" }
sanitation = "环卫中心"
water = "供水公司"

[[rule]]
id = "litter-night"
category = ["06010", "gbt47678.5-2026/matter/06011"]
areas = ["150221001", "150221002"]
weekdays = [6, 7]
hours = ["18:00-08:00"]
lead = "sanitation"
assisting = ["centre"]
priority = 3
basis = "条例"
valid_from = 2026-07-01

[[rule]]
id = "covers"
category = "部件/01001"
owner = "water"
polygon = [[110.5, 40.5], [110.6, 40.5], [110.6, 40.6]]
lead = "water"
"""


def test_toml(tmp_path):
    path = tmp_path / "rules.toml"
    path.write_text(TOML, encoding="utf-8")
    rules = read_rules(path, SETTINGS)
    assert rules.overall == "centre"
    assert rules.class_defaults == {CategoryKey("gbt47678.5-2026", "matter", "06"): "sanitation"}
    assert rules.unit("centre").en == "command centre"
    assert rules.unit("x").zh == "x"
    first, second = rules.rules
    assert [c.code for c in first.categories] == ["06010", "06011"]
    assert first.window.seconds == 28 * 3600
    assert (first.assisting, first.priority, first.valid_from) == (("centre",), 3, date(2026, 7, 1))
    assert second.categories == (COVER,)
    assert second.polygon.area == pytest.approx(0.005)


def workbook(path, rows, title="立案派遣表"):
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append([title])
    for row in rows:
        sheet.append(row)
    book.save(path)
    return path


HEADER = [
    "备注",
    "规则编号",
    "类别（代码）",
    "区 域",
    "主办单位",
    "协办单位",
    "星期",
    "时段",
    "启用日期",
    "优先级",
    "兜底",
]
ROWS = [
    ["夜间", "r1", "06010、06011", "150221001，150221002", "sanitation", "centre;water", "周一至周五", "18:00 - 08:00",
     date(2026, 7, 1), 2.0, None],
    [None, 7, "部件/01001", None, "water", None, None, None, "2026/7/1", None, ""],
    [None, None, None, None, None, None, None, None, None, None, None],
    [None, None, None, None, "centre", None, None, None, None, None, "是"],
    [None, None, "06", None, "sanitation", None, None, None, None, None, "是"],
]  # fmt: skip


def test_a_workbook_and_its_csv_say_the_same(tmp_path):
    from_book = read_rules(workbook(tmp_path / "rules.xlsx", [HEADER, *ROWS]), SETTINGS)
    path = tmp_path / "rules.csv"
    lines = [HEADER, *([("" if c is None else c) for c in row] for row in ROWS)]
    lines[1][8] = "2026-07-01"
    path.write_text("\n".join(",".join(f'"{c}"' for c in line) for line in lines), encoding="gb18030")
    assert read_rules(path, SETTINGS) == from_book
    first, second = from_book.rules
    assert first.categories[0] == LITTER
    assert first.areas == ("150221001", "150221002")
    assert first.assisting == ("centre", "water")
    assert first.window.seconds == 5 * 14 * 3600
    assert (first.note, first.priority) == ("夜间", 2)
    assert (second.id, second.valid_from) == ("7", date(2026, 7, 1))
    assert from_book.overall == "centre"


def test_every_wrong_row_is_listed(tmp_path):
    rows = [
        HEADER,
        [None, "a", "06010", None, "", None, None, None, None, None, None],
        [None, "b", "a/b/c/d", None, "u", None, None, None, None, None, None],
        [None, "c", None, None, "u", None, "9", None, None, None, None],
        [None, "d", None, None, "u", None, None, "晚上", None, None, None],
        [None, "e", None, None, "u", None, None, None, "昨天", None, None],
        [None, "f", None, None, "u", None, None, None, None, "高", None],
        [None, "g", None, None, "u", None, None, None, None, None, None],
        [None, "g", None, None, "u", None, None, None, None, None, None],
    ]
    with pytest.raises(RuleFileError) as error:
        read_rules(workbook(tmp_path / "rules.xlsx", rows), SETTINGS)
    lines = [p.text().en for p in error.value.problems]
    assert lines[:6] == [
        "Sheet row 3, lead: is required",
        "Sheet row 4, category: category 'a/b/c/d' is not understood",
        "Sheet row 5, weekdays: '9' is not understood; write 1-5 or 6,7",
        "Sheet row 6, hours: hours '晚上' are not understood",
        "Sheet row 7, valid_from: '昨天' is no date; write 2026-07-01",
        "Sheet row 8, priority: '高' is no whole number",
    ]
    assert "rule g, id: the id is there twice" in lines
    assert any("no overall default" in line for line in lines)
    assert all(p.text().zh != p.text().en for p in error.value.problems)


@pytest.mark.parametrize(
    ("entry", "field"),
    [
        ('id = "a"\nlead = "nobody"', "lead"),
        ('id = "a"\nlead = "centre"\ncolour = "red"', "colour"),
        ('id = "a"\nlead = "centre"\npolygon = "POINT (1 2)"', "polygon"),
        ('id = "a"\nlead = "centre"\npolygon = "nonsense"', "polygon"),
        ('id = "a"\nlead = "centre"\npolygon = "POLYGON ((500 40, 501 40, 500 41, 500 40))"', "polygon"),
        ('id = "a"\nlead = "centre"\nvalid_from = 2026-07-02\nvalid_until = 2026-07-01', "valid_until"),
    ],
)  # fmt: skip
def test_wrong_entries(tmp_path, entry, field):
    path = tmp_path / "rules.toml"
    path.write_text(f'[defaults]\nunit = "centre"\n[units]\ncentre = "c"\n[[rule]]\n{entry}\n', encoding="utf-8")
    with pytest.raises(RuleFileError) as error:
        read_rules(path, SETTINGS)
    assert [p.field for p in error.value.problems] == [field]


def test_files_that_are_none(tmp_path):
    (tmp_path / "rules.txt").write_text("")
    with pytest.raises(SourceError, match="is no table"):
        read_rules(tmp_path / "rules.txt", SETTINGS)
    (tmp_path / "rules.xlsx").write_text("no workbook")
    with pytest.raises(SourceError, match="cannot be opened"):
        read_rules(tmp_path / "rules.xlsx", SETTINGS)
    (tmp_path / "rules.csv").write_text("a,b\n1,2\n")
    with pytest.raises(SourceError, match="no header"):
        read_rules(tmp_path / "rules.csv", SETTINGS)
    with pytest.raises(ConfigError, match="has no rules"):
        find_rules(tmp_path, SETTINGS)


def test_a_county_may_set_otherwise(tmp_path):
    (tmp_path / "operations").mkdir()
    (tmp_path / "operations" / "routing.toml").write_text('scheme = "own"\n[returns]\nlimit = 5\n', encoding="utf-8")
    own = load_settings(tmp_path)
    assert own.bounce_limit == 5
    assert own.reasons == SETTINGS.reasons
    assert str(own.category("06010")) == "own/matter/06010"
    (tmp_path / "operations" / "routing.toml").write_text('cell_metres = "wide"\n', encoding="utf-8")
    with pytest.raises(ConfigError, match="settings of routing"):
        load_settings(tmp_path)
