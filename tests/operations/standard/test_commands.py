"""The commands: import, see what changed, check, export, in both languages."""

from __future__ import annotations

import json

import openpyxl
import pytest
from click.testing import CliRunner

from operations.standard.workbooks import one_sheet, seen
from xiancheng.cli import app
from xiancheng.foundation.errors import XianchengError

ROWS = [
    ["01", "市容环境", "10", "暴露垃圾", "有暴露垃圾", "4小时", "清除", "城管局", "环卫处"],
    ["01", "", "12", "道路不洁", "路面有泥沙", "两小时", "清扫", "城管局", "环卫处"],
]


@pytest.fixture
def county(tmp_path):
    folder = tmp_path / "county"
    folder.mkdir()
    (folder / "county.toml").write_text('[county]\nname="x"\ncode="150221"\ncrs="EPSG:4546"\n', encoding="utf-8")
    return folder


def run(folder, *arguments):
    app._register()
    result = CliRunner().invoke(app.root, ["-C", str(folder), *map(str, arguments)])
    if isinstance(result.exception, XianchengError):
        raise result.exception
    assert result.exit_code == 0, result.output
    return result.stdout


def test_from_import_to_export(county, tmp_path):
    book = one_sheet(tmp_path, ROWS)
    dry = json.loads(run(county, "standard", "import", book, "--valid-from", "2026-01-01", "--dry-run", "--json"))
    assert (dry["rows"], dry["aside"], dry["saved"], dry["limits"]) == (1, 1, None, {"work_hour": 1})
    assert not (county / "operations").exists()
    report = tmp_path / "report.xlsx"
    text = run(county, "standard", "import", book, "--valid-from", "2026-01-01", "--report", report)
    assert "1 rows kept aside" in text
    assert "F4" in text
    assert openpyxl.load_workbook(report)["事件"]["F4"].comment is not None
    assert "1 the same" in run(county, "standard", "import", book, "--valid-from", "2026-02-01")
    assert len(json.loads(run(county, "standard", "list", "--json"))) == 1

    run(county, "standard", "export", tmp_path / "out.xlsx")
    assert seen(tmp_path / "out.xlsx") == seen(book)

    better = one_sheet(tmp_path, [ROWS[0], [*ROWS[1][:5], "2小时", *ROWS[1][6:]]])
    out = json.loads(run(county, "standard", "import", better, "--valid-from", "2026-07-01", "--json"))
    assert (len(out["changes"]["added"]), out["changes"]["unchanged"], out["previous"]) == (1, 1, "2026-01-01")
    with pytest.raises(XianchengError, match="there already"):
        run(county, "standard", "import", one_sheet(tmp_path, ROWS), "--valid-from", "2026-07-01")
    assert "2026-07-01" in run(county, "standard", "list")


def test_check_a_file_and_a_stored_standard(county, tmp_path):
    book = one_sheet(tmp_path, ROWS)
    units = tmp_path / "units.csv"
    units.write_text("城管局\n环卫所\n", encoding="utf-8")
    out = json.loads(run(county, "standard", "check", book, "--units", units, "--json"))
    assert {f["check"] for f in out["findings"]} == {"limit-unreadable", "unit-unknown"}
    run(county, "standard", "import", book)
    assert "limit" in run(county, "--lang", "en", "standard", "check", "standard")
    assert "时限" in run(county, "--lang", "zh", "standard", "check", "standard")


def test_what_hours_and_days_mean_is_given_for_a_workbook(county, tmp_path):
    book = one_sheet(tmp_path, [ROWS[0], [*ROWS[0][:4], "很多", "1天", *ROWS[0][6:]]])
    arguments = ["--hour-means", "urgent_hour", "--day-means", "natural_day", "--dry-run", "--json"]
    out = json.loads(run(county, "standard", "import", book, *arguments))
    assert out["limits"] == {"natural_day": 1, "urgent_hour": 1}


def test_categories(county, tmp_path):
    assert len(json.loads(run(county, "category", "list", "--json"))) >= 3
    assert json.loads(run(county, "category", "find", "暴露垃圾", "--json"))[0]["title"]["en"] == "exposed refuse"
    table = tmp_path / "own.csv"
    table.write_text("大类代码,小类代码,小类名称\n1,99,违规小产权房\n1,x,坏\n", encoding="utf-8")
    arguments = ["category", "import", table, "--scheme", "city-30428", "--kind", "matter", "--json"]
    out = json.loads(run(county, *arguments))
    assert (out["added"], [f["row"] for f in out["faults"]]) == (1, [3])
    assert "违规小产权房" in run(county, "category", "list", "--scheme", "city-30428", "--kind", "matter")
    assert json.loads(run(county, "category", "translate", "0110", "--json"))["targets"] == [
        "gbt47678.5-2026/matter/06010"
    ]
    assert "same number" in run(county, "category", "translate", "0111")
