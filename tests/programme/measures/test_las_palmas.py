"""A real city: population cells near parks and greens, against geopandas on the same OpenStreetMap extract."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import pytest

from programme._county import shipped
from xiancheng.city.snapshot import CountyInfo, FeatureTable, Population, Snapshot
from xiancheng.foundation.text import Text
from xiancheng.programme.registry import run_measure

CRS = "EPSG:32628"
GREEN = {
    "leisure": ["park", "garden", "nature_reserve", "recreation_ground"],
    "landuse": ["grass", "forest", "recreation_ground", "village_green", "meadow", "greenfield"],
    "natural": ["wood", "grassland", "scrub", "heath"],
}

pytestmark = pytest.mark.peer


@pytest.fixture(scope="module")
def frames(shared: Path):
    """Polygons of OpenStreetMap, the boundary and the cells, as geopandas reads them."""
    gpd, pd = pytest.importorskip("geopandas"), pytest.importorskip("pandas")
    folder = shared / "osm_laspalmas"
    columns = ["osm_id", "osm_way_id", "leisure", "landuse", "natural"]
    pbf = folder / "laspalmas_2023.osm.pbf"
    shapes = gpd.read_file(pbf, layer="multipolygons", columns=columns, on_invalid="ignore")
    shapes = shapes[shapes.geometry.notna()].to_crs(CRS)
    grid = pd.read_csv(folder / "population_access_grid.csv")
    cells = gpd.GeoDataFrame(grid, geometry=gpd.points_from_xy(grid.lng, grid.lat), crs="EPSG:4326").to_crs(CRS)
    return shapes, gpd.read_file(folder / "boundary.geojson").to_crs(CRS), cells


def features(name: str, frame, **columns) -> FeatureTable:
    count = len(frame)
    stored = np.asarray(frame.to_crs("EPSG:4490").geometry.values, dtype=object)
    points = frame.representative_point()
    nothing = np.full(count, None, dtype=object)
    return FeatureTable(
        shipped()[name], np.arange(count).astype(str).astype(object), stored,
        {k: np.asarray(v, dtype=object) for k, v in columns.items()},
        np.column_stack([points.x, points.y]), frame.area.to_numpy(), np.zeros(count), nothing, CRS,
    )  # fmt: skip


@pytest.fixture(scope="module")
def city(frames) -> Snapshot:
    shapes, boundary, cells = frames
    green = shapes[np.any([shapes[k].isin(v) for k, v in GREEN.items()], axis=0)]
    nothing = np.full(len(cells), None, dtype=object)
    tables = [
        features("park", shapes[shapes.leisure == "park"]),
        features("green_space", green),
        features("admin_area", boundary, level=["county"] * len(boundary)),
    ]
    return Snapshot(
        county=CountyInfo(Text("拉斯帕尔马斯", "Las Palmas"), "350160", CRS, synthetic=False),
        as_of=date(2023, 2, 21), content_hash="sha256:laspalmas", catalogue=shipped(),
        tables={t.feature_class.name: t for t in tables},
        population=Population(
            cells.index.astype(str).to_numpy(dtype=object), "population_cell",
            np.column_stack([cells.geometry.x, cells.geometry.y]), cells.POP_2015.to_numpy(float), {}, nothing, "cells",
            {"method": "cells"},
        ),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("of", "metres", "least"),
    [("park", 500, 0), ("park", 500, 4000), ("park,green_space", 300, 0), ("park", 500, 5000)],
)
def test_share_of_residents(city: Snapshot, frames, of: str, metres: float, least: float) -> None:
    shapes, boundary, cells = frames
    inside = cells[cells.within(boundary.union_all())]
    wanted = shapes.leisure == "park"
    if "green" in of:
        wanted = wanted | np.any([shapes[k].isin(v) for k, v in GREEN.items()], axis=0)
    near = shapes[wanted & (shapes.area >= least)]
    distance = np.full(len(inside), np.inf)
    for shape in near.geometry:
        distance = np.minimum(distance, inside.distance(shape).to_numpy())
    expected = inside.POP_2015[distance <= metres].sum() / inside.POP_2015.sum()
    params = {"of": of, "metres": metres, "min_area_m2": least, "metric": "straight"}
    figure = run_measure(city, "access.residents_within", params)
    assert figure.value == pytest.approx(expected, abs=1e-4)
    assert figure.denominator == pytest.approx(inside.POP_2015.sum())
    assert 0.3 < figure.value < 1
