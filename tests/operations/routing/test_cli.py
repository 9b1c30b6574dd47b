"""``xiancheng route`` as people use it."""

from __future__ import annotations

import json

import openpyxl
import pytest
from click.testing import CliRunner

from xiancheng.cli import app, route_commands
from xiancheng.foundation.errors import XianchengError
from xiancheng.foundation.text import set_language

RULES = """
[defaults]
unit = "centre"
[defaults.classes]
"06" = "sanitation"
[units]
centre = { zh = "指挥中心", en = "command centre" }
sanitation = "环卫中心"
night = "夜班"
gardens = "园林所"

[[rule]]
id = "litter"
category = "06010"
lead = "sanitation"
basis = "《条例》第三条"

[[rule]]
id = "litter-night"
category = "06010"
hours = ["22:00-06:00"]
lead = "night"
assisting = ["sanitation"]

[[rule]]
id = "park"
polygon = [[110.51, 40.54], [110.53, 40.54], [110.53, 40.56], [110.51, 40.56]]
lead = "gardens"
"""


def run(*arguments):
    assert route_commands.route.name == "route"
    return CliRunner().invoke(app.root, ["route", *map(str, arguments)], catch_exceptions=False)


@pytest.fixture
def rules(tmp_path):
    path = tmp_path / "rules.toml"
    path.write_text(RULES, encoding="utf-8")
    return path


def told(*arguments):
    result = run(*arguments)
    assert result.exit_code == 0, result.output
    return result.stdout


def test_explained_in_both_languages(rules):
    arguments = ("explain", "--rules", rules, "--category", "06010", "--when", "2026-02-13T23:00")
    en = told(*arguments)
    assert "rule litter-night names night" in en
    assert "rule litter (sanitation) fits too: the winner holds for a shorter part of the week" in en
    set_language("zh")
    zh = told(*arguments)
    assert "夜班" in zh
    assert "按规则 litter-night 派 night" in zh


def test_a_place_in_a_polygon_wins(rules):
    arguments = ("explain", "--rules", rules, "--category", "gbt47678.5-2026/matter/06010", "--json")
    noon = ("--when", "2026-02-13T12:00")
    answer = json.loads(told(*arguments, *noon, "--at", "110.52,40.55"))
    assert (answer["lead"], answer["rule"], answer["areas"]) == ("gardens", "park", ["polygon:park"])
    assert answer["others"][0]["rule"] == "litter"
    assert "names an area" in answer["others"][0]["why"]["en"]
    assert json.loads(told(*arguments, *noon, "--at", "110.6,40.55"))["lead"] == "sanitation"
    assert json.loads(told(*arguments[:3], "--category", "06011", "--json"))["by"] == "class_default"


def test_what_is_wrong_is_told(rules, tmp_path):
    with pytest.raises(XianchengError, match="must be LON,LAT"):
        run("explain", "--rules", rules, "--category", "06010", "--at", "here")
    assert "check the code" in run("explain", "--rules", rules, "--category", "06999").stderr
    assert "no scheme" in run("explain", "--rules", rules, "--category", "own/matter/1").stderr


def test_check(rules):
    answer = json.loads(told("check", "--rules", rules, "--json"))
    assert answer["rules"] == 3
    assert answer["overlaps"] == []
    empty = {hole["category"] for hole in answer["holes"]}
    assert "gbt47678.5-2026/matter/06011" in empty
    assert "gbt47678.5-2026/matter/06010" not in empty
    text = told("check", "--rules", rules)
    assert "3 rules, 0 pairs tie" in text


def test_contradictions_fail(rules):
    rules.write_text(RULES + '\n[[rule]]\nid = "again"\ncategory = "06010"\nlead = "gardens"\n', encoding="utf-8")
    with pytest.raises(XianchengError, match="1 pairs of rules contradict"):
        run("check", "--rules", rules)


def test_new_rules_over_history(rules, tmp_path):
    new = tmp_path / "new.toml"
    new.write_text(RULES.replace('lead = "night"', 'lead = "gardens"'), encoding="utf-8")
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(["案卷号", "类别代码", "立案时间", "经度", "纬度"])
    sheet.append(["c1", "06010", "2026-02-13 23:00", None, None])
    sheet.append(["c2", "06010", "2026/02/13 12:00", None, None])
    sheet.append(["c3", "06010", "2026-02-13T23:30:00", 110.52, 40.55])
    sheet.append(["c4", "06010", "yesterday", None, None])
    book.save(tmp_path / "cases.xlsx")
    arguments = ("try", "--old", rules, "--rules", new, "--history", tmp_path / "cases.xlsx")
    answer = json.loads(CliRunner().invoke(app.root, ["-q", "route", *map(str, arguments), "--json"]).stdout)
    assert (answer["cases"], answer["moved"]) == (3, 1)
    assert answer["cases_moved"] == [{"id": "c1", "from": "night", "to": "gardens"}]
    assert answer["load"] == {"gardens": 1, "night": -1}
    assert "Sheet row 5" in answer["left_out"][0]["en"]
    assert "3 cases, 1 would move" in told(*arguments)
