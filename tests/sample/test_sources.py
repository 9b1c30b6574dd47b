"""The source files: the same bytes again, readable by others, with what is planted in them."""

from __future__ import annotations

import csv
import hashlib
import json
import subprocess
from pathlib import Path

import openpyxl
import osmium
import pyogrio
import pyogrio.raw
import pytest

from xiancheng.city.classes import load_catalogue
from xiancheng.foundation.errors import XianchengError
from xiancheng.sample import write_sources
from xiancheng.sample.manifest import read_manifest
from xiancheng.sample.osm import GENERATOR


def _hashes(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_the_same_seed_gives_the_same_bytes(sources, tmp_path):
    again = write_sources(tmp_path / "again", people=4_000, seed=1)
    assert _hashes(again.folder) == _hashes(sources.folder)


def test_another_seed_gives_another_town(sources, tmp_path):
    other = _hashes(write_sources(tmp_path / "other", people=4_000, seed=2).folder)
    first = _hashes(sources.folder)
    assert other.keys() == first.keys()
    assert other["2025/tumed_right_2025.osm.pbf"] != first["2025/tumed_right_2025.osm.pbf"]


@pytest.mark.parametrize(("people", "seed"), [(10, 1), (3_000_000, 1), (5_000, -1)])
def test_impossible_sizes_are_refused(tmp_path, people, seed):
    with pytest.raises(XianchengError):
        write_sources(tmp_path, people=people, seed=seed)
    assert not list(tmp_path.iterdir())


def test_counts_are_plausible(sources):
    counts = sources.counts
    assert counts["residents"] == round(4_000 * 2.37421)
    assert counts["residents"] / counts["dwellings"] == pytest.approx(2.6, abs=0.7)
    assert counts["residents"] / counts["buildings"] == pytest.approx(6.5, abs=2)


def test_every_file_is_in_the_manifest_and_says_that_it_is_synthetic(sources):
    listed = {file.path for file in read_manifest(sources.folder)}
    assert listed == {file.path for file in sources.files}
    data = {
        str(p.relative_to(sources.folder))
        for p in sources.folder.rglob("*")
        if p.is_file() and p.suffix in {".pbf", ".shp", ".xlsx", ".csv", ".geojson"}
    }
    assert listed == data
    assert "合成数据" in (sources.folder / "README.txt").read_text(encoding="utf-8")
    for path in sources.folder.rglob("*.xlsx"):
        assert "合成数据" in openpyxl.load_workbook(path).worksheets[0]["A1"].value


def test_pbf_is_sorted_whole_and_dated(sources):
    path = sources.folder / "2025" / "tumed_right_2025.osm.pbf"
    with osmium.io.Reader(str(path)) as reader:
        header = reader.header()
        assert header.get("generator") == GENERATOR
        assert header.get("osmosis_replication_timestamp") == "2025-12-31T00:00:00Z"
    last: tuple[str, int] = ("", 0)
    nodes: set[int] = set()
    kinds = {"n": 0, "w": 1, "r": 2}
    for entry in osmium.FileProcessor(str(path)):
        kind = entry.type_str()
        if last[0]:
            assert (kinds[kind], entry.id) > (kinds[last[0]], last[1])
        last = (kind, entry.id)
        if kind == "n":
            nodes.add(entry.id)
        elif kind == "w":
            assert all(n.ref in nodes for n in entry.nodes)
            assert len(entry.nodes) > 1


def test_identifiers_are_stable_and_changes_are_versions(sources):
    tags = []
    for year in (2023, 2025):
        path = sources.folder / str(year) / f"tumed_right_{year}.osm.pbf"
        tags.append({
            w.id: (w.version, dict(w.tags)) for w in osmium.FileProcessor(str(path), osmium.osm.WAY)
        })  # fmt: skip
    before, after = tags
    common = before.keys() & after.keys()
    assert len(common) > 0.9 * len(before)
    changed = {i for i in common if before[i][1] != after[i][1]}
    assert changed
    assert changed == {i for i in common if after[i][0] == 2}
    assert after.keys() - before.keys()
    assert before.keys() - after.keys()


def test_registers_have_merged_headers(sources):
    sheet = openpyxl.load_workbook(sources.folder / "2025" / "elderly_care.xlsx").worksheets[0]
    merged = {str(r) for r in sheet.merged_cells.ranges}
    beds = next(c for c in sheet[3] if c.value == "床位")
    group = sheet.cell(3, beds.column).coordinate
    assert any(r.startswith(f"{group}:") for r in merged)
    assert [sheet.cell(4, beds.column + i).value for i in range(3)] == ["合计", "护理型", "普惠型"]
    assert any(row[0].value == "合计" for row in sheet.iter_rows(min_row=5))


@pytest.mark.parametrize("name", ["admin_areas", "land_use", "parks", "catchments", "heritage_sites", "water_bodies"])
def test_shapefiles_open_with_gdal(sources, name):
    path = sources.folder / "2025" / f"{name}.shp"
    info = pyogrio.read_info(path, encoding="GBK")
    assert info["crs"] == "EPSG:4546"
    assert info["features"] > 0
    assert "标识码" in info["fields"]
    assert path.with_suffix(".cpg").read_text() == "GBK"
    assert path.with_suffix(".dbf").read_bytes()[1:4] == bytes([2025 - 1900, 12, 31])
    output = subprocess.run(
        ["ogrinfo", "-ro", "-so", "-al", "--config", "SHAPE_ENCODING", "GBK", str(path)],
        capture_output=True, check=True, text=True,
    ).stdout  # fmt: skip
    assert f"Feature Count: {info['features']}" in output


def test_one_layer_tells_neither_encoding_nor_datum(sources):
    path = sources.folder / "2023" / "heritage_zones.shp"
    assert path.exists()
    assert not path.with_suffix(".prj").exists()
    assert not path.with_suffix(".cpg").exists()


def test_tables_are_gbk_and_coverage_states_its_crs(sources):
    with (sources.folder / "2025" / "meters.csv").open(encoding="gbk", newline="") as file:
        rows = list(csv.DictReader(file))
    assert {r["表计类型"] for r in rows} == {"电表", "水表", ""}
    # GCJ-02 is some 550 m from CGCS2000 here, so the seat's middle (110.52, 40.56) is not in the middle of the meters.
    assert sum(float(r["经度"]) for r in rows) / len(rows) == pytest.approx(110.526, abs=0.004)
    content = json.loads((sources.folder / "2025" / "coverage.geojson").read_text(encoding="utf-8"))
    assert content["crs"]["properties"]["name"] == "urn:ogc:def:crs:EPSG::4490"
    assert {f["properties"]["kind"] for f in content["features"]} == {"5g", "gigabit", "hdtv"}


def test_faults_are_documented(sources, faults):
    catalogue = load_catalogue()
    files = {file.path for file in sources.files}
    assert {f["kind"] for f in faults} >= {
        "bowtie", "zero_floors", "floors_999", "missing_floors", "outside_county", "duplicate_row", "unknown_code",
        "disconnected_road", "swapped_coordinates", "missing_required", "no_datum", "totals_row",
    }  # fmt: skip
    for fault in faults:
        assert fault["file"] in files
        assert fault["class"] in catalogue.classes
        assert fault["expect"] in {"rejected", "repaired", "quality", "refused"}
        assert fault["text"]["zh"]
        assert fault["text"]["en"]
        if fault["attribute"]:
            catalogue[fault["class"]].attribute(fault["attribute"])
