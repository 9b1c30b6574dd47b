"""The command line as people use it: a county from nothing to an assessed programme, and what goes wrong on the way."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import subprocess
import sys
import tomllib
from pathlib import Path

import jsonschema
import openpyxl
import pyogrio
import pytest
from click.testing import CliRunner

from xiancheng.cli import app
from xiancheng.foundation.text import set_language
from xiancheng.programme.report import json as json_report


def xiancheng(folder: Path, *arguments: str | Path, lang: str = "en") -> subprocess.CompletedProcess[str]:
    """Run ``xiancheng -C folder …`` in its own process."""
    return subprocess.run(
        [sys.executable, "-m", "xiancheng", "-C", folder, *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "XIANCHENG_LANG": lang},
    )


def ok(folder: Path, *arguments: str | Path, lang: str = "en") -> str:
    """Run and return what is printed."""
    result = xiancheng(folder, *arguments, lang=lang)
    assert result.returncode == 0, result.stderr
    return result.stdout


def refused(folder: Path, *arguments: str | Path, lang: str = "en") -> str:
    """Run and return the error, which is never a traceback."""
    result = xiancheng(folder, *arguments, lang=lang)
    assert result.returncode != 0
    assert "Traceback" not in result.stderr
    return result.stderr


@pytest.fixture(scope="module")
def county(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small sample county."""
    folder = tmp_path_factory.mktemp("cli") / "county"
    ok(folder.parent, "sample", folder, "--people", "2000", "--seed", "3")
    return folder


@pytest.fixture
def park(tmp_path: Path) -> Path:
    """A GeoJSON file with one park that states no datum."""
    path = tmp_path / "parks.geojson"
    ring = [[110.52, 40.56], [110.521, 40.56], [110.521, 40.561], [110.52, 40.561], [110.52, 40.56]]
    feature = {
        "type": "Feature",
        "properties": {"名称": "河滨公园"},
        "geometry": {"type": "Polygon", "coordinates": [ring]},
    }
    path.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}), encoding="utf-8")
    return path


def test_help_is_bilingual_and_has_examples(tmp_path: Path) -> None:
    app._register()
    for command in app.root.commands:
        set_language("zh")
        zh = CliRunner().invoke(app.root, [command, "--help"]).output
        set_language("en")
        en = CliRunner().invoke(app.root, [command, "--help"]).output
        assert "示例" in zh
        assert "Examples" in en
        assert f"xiancheng {command}" in en or f" {command}" in en
    assert "county directory" in ok(tmp_path, "--help", "--lang", "en", lang="zh")


def test_from_nothing_to_a_measure(tmp_path: Path, park: Path) -> None:
    folder = tmp_path / "tumed"
    assert "created" in ok(folder, "init", "--name", "土默特右旗", "--code", "150221")
    assert tomllib.loads((folder / "county.toml").read_text(encoding="utf-8"))["county"]["crs"] == "auto"
    hint = refused(folder, "import", park, "--class", "park")
    assert "GCJ" in hint
    assert "--datum" in hint
    dry = json.loads(ok(folder, "import", park, "--class", "park", "--datum", "CGCS2000", "--dry-run", "--json"))
    assert dry["classes"]["park"]["added"] == 1
    assert json.loads(ok(folder, "classes", "park", "--json"))[0]["features"] == 0
    ok(folder, "import", park, "--class", "park", "--datum", "CGCS2000", "--valid-from", "2024-01-01")
    assert tomllib.loads((folder / "county.toml").read_text(encoding="utf-8"))["county"]["crs"] == "EPSG:4546"
    again = json.loads(ok(folder, "import", park, "--class", "park", "--datum", "CGCS2000",
                          "--valid-from", "2024-01-01", "--json"))  # fmt: skip
    assert again["classes"]["park"]["unchanged"] == 1
    assert [c["kind"] for c in json.loads(ok(folder, "changes", "--json"))] == ["import"]
    figure = json.loads(ok(folder, "measure", "density.area", "of=park", "within=all", "--json"))
    assert figure["value"] is None
    assert figure["missing"]
    assert "undid" in ok(folder, "undo", "1", "--reason", "wrong file")
    # The snapshot of today follows the model; an earlier day's is kept, with a warning.
    assert json.loads(ok(folder, "measure", "presence.count", "of=park", "--json"))["value"] in {None, 0}
    ok(folder, "publish", "--as-of", "2024-06-01")
    ok(folder, "import", park, "--class", "park", "--datum", "CGCS2000", "--valid-from", "2024-02-01")
    kept = xiancheng(folder, "measure", "presence.count", "of=park", "--as-of", "2024-06-01")
    assert "publish --as-of 2024-06-01" in kept.stderr
    assert json.loads(ok(folder, "measure", "presence.count", "of=park", "--json"))["value"] == 1
    ok(folder, "undo", "3", "--reason", "again")
    assert json.loads(ok(folder, "classes", "park", "--json"))[0]["features"] == 0


def test_init_refuses_a_second_time(tmp_path: Path) -> None:
    ok(tmp_path, "init", "--name", "A", "--code", "150221")
    assert "already" in refused(tmp_path, "init", "--name", "A", "--code", "150221")
    assert "已经是" in refused(tmp_path, "init", "--name", "A", "--code", "150221", lang="zh")


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["import", "no-such-file.shp"], "no such file"),
        (["import", "{park}", "--class", "parc", "--datum", "WGS84"], "did you mean: park"),
        (["import", "{park}", "--class", "park", "--datum", "Mars"], "Mars"),
        (["import", "{park}", "--class", "park", "--datum", "WGS84", "--map", "name"], "ATTRIBUTE=COLUMN"),
        (["import", "{park}", "--class", "park", "--datum", "WGS84", "--set", "kind=castle"], "castle"),
        (["measure", "access.residents_wihtin", "of=park"], "access.residents_within"),
        (["measure", "access.residents_within", "of=park", "meters=500"], "metres"),
        (["measure", "access.residents_within", "of=prak", "metres=500"], "park"),
        (["assess", "--clause", "99.9"], "99.9"),
        (["publish", "--as-of", "yesterday"], "2025-12-31"),
        (["history", "park", "w0"], "w0"),
        (["undo", "12345", "--reason", "x"], "12345"),
        (["export", "x.docx"], "docx"),
    ],
)
def test_errors_say_what_to_do(county: Path, park: Path, arguments: list[str], expected: str) -> None:
    assert expected in refused(county, *(a.format(park=park) for a in arguments))


def test_model_opens_in_gdal(county: Path) -> None:
    layers = {str(name) for name, _ in pyogrio.list_layers(county / "city.gpkg")}
    assert {"building", "building_current", "park", "park_current", "school_current", "census"} <= layers
    assert pyogrio.read_info(county / "city.gpkg", layer="building_current")["features"] > 100
    with sqlite3.connect(county / "city.gpkg") as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_assess_in_every_form(county: Path, tmp_path: Path) -> None:
    table = ok(county, "assess")
    assert "24.2" in table
    result = json.loads(ok(county, "assess", "--json"))
    jsonschema.validate(result, json_report.schema())
    assert len(result["clauses"]) == 55
    assert result["as_of"] == "2025-12-31"
    workbook, page = tmp_path / "r.xlsx", tmp_path / "r.html"
    ok(county, "assess", "--xlsx", workbook, "--html", page, "--report-lang", "zh")
    assert "概览" in openpyxl.load_workbook(workbook).sheetnames
    assert "土默特右旗" in page.read_text(encoding="utf-8")
    one = json.loads(ok(county, "assess", "--clause", "24.2", "--json"))
    assert [c["id"] for c in one["clauses"]] == ["24.2"]


def test_as_of_another_date_is_another_figure(county: Path) -> None:
    early = json.loads(ok(county, "assess", "--as-of", "2023-12-31", "--clause", "20.6", "--json"))
    late = json.loads(ok(county, "assess", "--clause", "20.6", "--json"))
    assert early["snapshot"] != late["snapshot"]
    assert early["as_of"] == "2023-12-31"


def test_quality_export_and_doctor(county: Path, tmp_path: Path) -> None:
    report = json.loads(ok(county, "quality", "--json"))
    assert report["findings"]
    ok(county, "quality", "--xlsx", tmp_path / "q.xlsx")
    for name in ("parks.geojson", "parks.gpkg", "parks.xlsx", "parks.parquet"):
        ok(county, "export", tmp_path / name, "--class", "park")
        assert (tmp_path / name).exists()
    ok(county, "export", tmp_path / "b.city.json", "--class", "building")
    checks = json.loads(ok(county, "doctor", "--json"))
    assert {c["state"] for c in checks} <= {"ok", "warning"}


def test_doctor_finds_an_altered_snapshot(county: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(county, copy)
    path = copy / "snapshots" / "2025-12-31" / "park.parquet"
    path.write_bytes(path.read_bytes() + b"x")
    result = xiancheng(copy, "doctor")
    assert result.returncode == 1
    assert "2025-12-31" in result.stdout


def test_sample_never_overwrites_a_real_county(tmp_path: Path) -> None:
    ok(tmp_path / "real", "init", "--name", "A", "--code", "150221")
    assert "real county" in refused(tmp_path, "sample", tmp_path / "real", "--people", "1000")
