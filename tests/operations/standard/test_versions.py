"""Identifiers that survive, versions and their days, and what a new version changes."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from operations.standard.workbooks import SETTINGS, imported, one_sheet
from xiancheng.foundation.errors import ConfigError, UnknownNameError, XianchengError
from xiancheng.operations.standard.comparing import compare
from xiancheng.operations.standard.importing import import_standard
from xiancheng.operations.standard.model import Units
from xiancheng.operations.standard.storing import load_standard, read_standard, save_standard, version_on, versions

ROWS = [
    ["01", "市容环境", "10", "暴露垃圾", "有暴露垃圾一处", "4小时", "清除", "城管局", "环卫处"],
    ["01", "", "10", "", "有暴露垃圾三处以上", "2小时", "清除", "", ""],
    ["01", "市容环境", "12", "道路不洁", "路面有泥沙", "2小时", "清扫", "城管局", "环卫处"],
]


def test_rows_keep_their_identifiers_when_they_move_and_change_a_little(tmp_path):
    before = imported(one_sheet(tmp_path, ROWS)).standard.rows
    new = [
        ROWS[2],
        [*ROWS[0][:4], "有暴露垃圾一处的", "3小时", *ROWS[0][6:]],
        ["01", "", "10", "", "全新的条件", "1天", "清除", "", ""],
    ]
    after = import_standard(one_sheet(tmp_path, new), SETTINGS, former=before).standard.rows
    assert [r.id for r in after[:2]] == [before[2].id, before[0].id]
    assert after[2].id not in {r.id for r in before}
    changes = compare(before, after)
    assert [r.id for r in changes.added] == [after[2].id]
    assert [r.id for r in changes.removed] == [before[1].id]
    assert [(c.after.id, c.fields) for c in changes.changed] == [(before[0].id, ("filing_condition", "limits"))]
    assert changes.unchanged == 1
    assert not compare(before, before)


def test_two_equal_rows_have_two_identifiers(tmp_path):
    before = imported(one_sheet(tmp_path, [ROWS[0], ROWS[0]])).standard.rows
    assert before[0].id != before[1].id
    again = import_standard(one_sheet(tmp_path, [ROWS[0], ROWS[0]]), SETTINGS, former=before).standard.rows
    assert again == before


def test_versions_hold_from_day_to_day(tmp_path):
    standard = imported(one_sheet(tmp_path, ROWS)).standard
    save_standard(standard, tmp_path)
    later = replace(standard, valid_from=date(2026, 7, 1), rows=standard.rows[:2])
    save_standard(later, tmp_path)
    assert [(v.valid_from, v.valid_to) for v in versions(tmp_path)] == [
        (date(2026, 1, 1), date(2026, 7, 1)),
        (date(2026, 7, 1), None),
    ]
    assert load_standard(tmp_path, "standard", date(2026, 6, 30)) == standard
    assert load_standard(tmp_path, "standard") == later
    assert version_on(tmp_path, "standard", date(2025, 12, 31)) is None
    with pytest.raises(XianchengError, match="no version on"):
        load_standard(tmp_path, "standard", date(2025, 12, 31))
    with pytest.raises(UnknownNameError):
        load_standard(tmp_path, "standart")


def test_a_version_is_not_overwritten_unawares(tmp_path):
    standard = imported(one_sheet(tmp_path, ROWS)).standard
    path = save_standard(standard, tmp_path)
    assert save_standard(standard, tmp_path) == path
    other = replace(standard, rows=standard.rows[:1])
    with pytest.raises(XianchengError, match="there already"):
        save_standard(other, tmp_path)
    save_standard(other, tmp_path, replace=True)
    assert read_standard(path) == other
    assert [p.name for p in path.parent.iterdir()] == [path.name]


@pytest.mark.parametrize("name", ["", "../x", "a/b", ".x"])
def test_names_that_are_no_names_of_files(tmp_path, name):
    with pytest.raises(XianchengError):
        save_standard(replace(imported(one_sheet(tmp_path, ROWS)).standard, name=name), tmp_path)


@pytest.mark.parametrize("content", [b"", b"{}", b"[]", b'{"schema": "xiancheng-standard-9"}'])
def test_a_damaged_version(tmp_path, content):
    path = tmp_path / "x.json"
    path.write_bytes(content)
    with pytest.raises(ConfigError):
        read_standard(path)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("城管局、环卫处", ("城管局", "环卫处")),
        ("城管局/环卫处，园林局；水务局", ("城管局", "环卫处", "园林局", "水务局")),
        ("园林局（一所、二所）、城管局", ("园林局（一所、二所）", "城管局")),
        ("城管局\n城管局", ("城管局",)),
        ("（没有右括号、城管局\n水务局", ("（没有右括号、城管局", "水务局")),
        ("", ()),
        ("、，", ()),
    ],
)
def test_units_one_by_one(text, names):
    assert Units.of(text) == Units(text, names)
