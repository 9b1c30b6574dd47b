"""A whole city from ordinary files, through the command line: counts, a no-op, and three figures recomputed by hand."""

from __future__ import annotations

import csv
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pyproj
import pytest
import shapely

pytestmark = pytest.mark.slow

CRS = "EPSG:32628"
GREEN = (
    "leisure in ('park','garden','nature_reserve','recreation_ground') "
    "or landuse in ('grass','forest','recreation_ground','village_green','meadow') "
    "or \"natural\" in ('wood','grassland','scrub','heath')"
)


def run(folder: Path, *arguments: str | Path) -> str:
    """Run the command line and return what it prints."""
    result = subprocess.run(
        [sys.executable, "-m", "xiancheng", "-C", folder, *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "XIANCHENG_LANG": "en"},
    )
    assert result.returncode == 0, result.stderr
    return result.stdout


@pytest.fixture(scope="module")
def county(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Las Palmas: OpenStreetMap, its boundary and its population cells, imported and published."""
    folder = tmp_path_factory.mktemp("laspalmas") / "county"
    data = shared / "osm_laspalmas"
    run(folder, "init", "--name", "Las Palmas", "--code", "350160", "--crs", CRS, "--no-programme")
    run(folder, "import", data / "laspalmas_2023.osm.pbf")
    run(
        folder, "import", data / "boundary.geojson", "--class", "admin_area", "--source", "boundary",
        "--map", "name=NAMEUNIT", "--map", "code=NATCODE", "--set", "level=county", "--valid-from", "2023-02-21",
    )  # fmt: skip
    run(
        folder, "import", data / "population_access_grid.csv", "--class", "population_cell", "--datum", "WGS84",
        "--map", "persons=POP_2015", "--valid-from", "2023-02-21",
    )  # fmt: skip
    run(folder, "publish", "--as-of", "2023-03-01")
    return folder


def classes(folder: Path) -> dict[str, int]:
    """Features of every class."""
    return {c["name"]: c["features"] for c in json.loads(run(folder, "classes", "--json"))}


def tags_filter_count(pbf: Path, expressions: list[str], folder: Path) -> int:
    """Count areas and nodes that match, with osmium-tool alone: filter, export to GeoJSON, count by kind."""
    filtered, exported = folder / "filtered.osm.pbf", folder / "exported.geojsonseq"
    subprocess.run(["osmium", "tags-filter", "-O", "-o", filtered, pbf, *expressions], check=True, capture_output=True)
    subprocess.run(
        ["osmium", "export", "-O", "-f", "geojsonseq", "-u", "type_id", "-o", exported, filtered],
        check=True,
        capture_output=True,
    )
    keys = {
        e.partition("=")[0].partition("/")[2]: set(filter(None, e.partition("=")[2].split(","))) for e in expressions
    }
    count = 0
    for line in exported.read_text(encoding="utf-8").split("\x1e"):
        if not line.strip():
            continue
        feature = json.loads(line)
        tags = feature["properties"]
        matches = any(k in tags and (not values or tags[k] in values) for k, values in keys.items())
        count += matches and feature["geometry"]["type"] in {"Polygon", "MultiPolygon"}
    return count


@pytest.mark.skipif(shutil.which("osmium") is None, reason="osmium-tool is not installed")
@pytest.mark.parametrize(
    ("class_name", "expressions"),
    [
        ("building", ["wr/building"]),
        ("park", ["wr/leisure=park"]),
        ("land_use", ["wr/landuse=residential,commercial,retail,industrial,farmland"]),
        ("water_body", ["wr/natural=water,wetland", "wr/landuse=reservoir,basin", "wr/waterway=riverbank"]),
    ],
)
def test_counts_equal_osmium(
    county: Path, shared: Path, tmp_path: Path, class_name: str, expressions: list[str]
) -> None:
    expected = tags_filter_count(shared / "osm_laspalmas" / "laspalmas_2023.osm.pbf", expressions, tmp_path)
    assert classes(county)[class_name] == expected


def test_second_import_changes_nothing(county: Path, shared: Path) -> None:
    before = json.loads(run(county, "changes", "--json"))
    out = json.loads(run(county, "import", shared / "osm_laspalmas" / "laspalmas_2023.osm.pbf", "--json"))
    assert all(c["added"] == c["changed"] == c["closed"] == 0 for c in out["classes"].values())
    assert sum(c["unchanged"] for c in out["classes"].values()) > 40_000
    assert json.loads(run(county, "changes", "--json")) == before


def brute_force(shared: Path, pbf_where: str, metres: float, min_area: float, folder: Path) -> tuple[float, float]:
    """Share of residents within `metres`: GDAL reads the areas, plain distances decide; nothing of Xiancheng."""
    out = folder / "areas.geojson"
    out.unlink(missing_ok=True)
    subprocess.run(
        [
            "ogr2ogr",
            "-f",
            "GeoJSON",
            out,
            shared / "osm_laspalmas" / "laspalmas_2023.osm.pbf",
            "multipolygons",
            "-where",
            pbf_where,
        ],
        check=True,
        capture_output=True,
    )
    transformer = pyproj.Transformer.from_crs("EPSG:4326", CRS, always_xy=True)

    def project(geometry: Any) -> Any:
        return shapely.transform(geometry, lambda p: np.column_stack(transformer.transform(p[:, 0], p[:, 1])))

    areas = [
        project(shapely.make_valid(shapely.from_geojson(json.dumps(f["geometry"]))))
        for f in json.loads(out.read_text())["features"]
    ]
    areas = [a for a in areas if a.area >= min_area]
    boundary = project(
        shapely.from_geojson(
            json.dumps(
                json.loads((shared / "osm_laspalmas" / "boundary.geojson").read_text())["features"][0]["geometry"]
            )
        )
    )
    inside = reached = 0.0
    union = shapely.union_all(areas)
    with (shared / "osm_laspalmas" / "population_access_grid.csv").open() as file:
        for row in csv.DictReader(file):
            point = shapely.Point(*transformer.transform(float(row["lng"]), float(row["lat"])))
            if not shapely.intersects(boundary, point):
                continue
            inside += float(row["POP_2015"])
            reached += float(row["POP_2015"]) * (shapely.distance(point, union) <= metres)
    return reached, inside


@pytest.mark.skipif(shutil.which("ogr2ogr") is None, reason="gdal-bin is not installed")
@pytest.mark.parametrize(
    ("parameters", "where", "metres", "min_area"),
    [
        (["of=park", "metres=500"], "leisure='park'", 500.0, 0.0),
        (["of=park", "metres=500", "min_area_m2=4000"], "leisure='park'", 500.0, 4000.0),
        (
            ["of=green_space", "metres=300"],
            GREEN,
            300.0,
            0.0,
        ),
    ],
)
def test_residents_within_equal_a_computation_by_hand(
    county: Path, shared: Path, tmp_path: Path, parameters: list[str], where: str, metres: float, min_area: float
) -> None:
    reached, inside = brute_force(shared, where, metres, min_area, tmp_path)
    out = json.loads(run(county, "measure", "access.residents_within", *parameters, "metric=straight", "--json"))
    assert out["denominator"] == pytest.approx(inside, rel=1e-9)
    assert out["numerator"] == pytest.approx(reached, rel=2e-3)
    assert out["value"] == pytest.approx(reached / inside, rel=2e-3)
    assert out["as_of"] == "2023-03-01"
    assert len(out["snapshot"]) == 64
