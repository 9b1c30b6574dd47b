from __future__ import annotations

import re

import numpy as np
import pytest
import shapely

from programme.report import _factory
from xiancheng.city.classes import Catalogue
from xiancheng.programme.report import basemap
from xiancheng.programme.report.basemap import MapLayer

NOBODY = np.empty((0, 2))


def decode(path: str, unit: float, origin: tuple[float, float]) -> list[shapely.Geometry]:
    """Read a path back to metres, by the rules of SVG."""
    shapes = []
    for part in re.findall(r"M[^M]+", path):
        start, steps = re.fullmatch(r"M(-?\d+ ?-?\d+)l(.*?)z?", part).groups()
        first = np.array(re.findall(r"-?\d+", start), dtype=float)
        moves = np.array(re.findall(r"-?\d+", steps), dtype=float).reshape(-1, 2)
        xy = np.vstack([first, first + np.cumsum(moves, axis=0)])
        if part.endswith("z"):
            xy = np.vstack([xy, xy[:1]])
        shapes.append(shapely.LineString(np.column_stack([origin[0] + xy[:, 0] * unit, origin[1] - xy[:, 1] * unit])))
    return shapes


def test_layers_of_a_snapshot(catalogue: Catalogue) -> None:
    layers = basemap.map_layers(_factory.snapshot(catalogue, buildings=50))
    assert set(layers) == set(basemap.KINDS)
    assert all(layer.crs == _factory.CRS for layer in layers.values())
    assert len(layers["road_major"].geometries) == 3
    assert len(layers["area"].geometries) == 9
    assert list(layers["area"].labels) == list(_factory.TOWNSHIPS)
    assert len(layers["green"].geometries) == 49


def test_classes_without_features_give_no_layer(catalogue: Catalogue) -> None:
    layers = basemap.map_layers(_factory.snapshot(catalogue, only=frozenset(["road"])))
    assert set(layers) == {"road_major", "road_minor", "road_local"}
    assert basemap.map_layers(_factory.snapshot(catalogue, only=frozenset())) == {}


@pytest.mark.parametrize("kind", ["road_major", "road_minor", "road_local", "water", "green", "waterway"])
def test_a_drawn_layer_lies_where_its_geometries_lie(catalogue: Catalogue, kind: str) -> None:
    layers = basemap.map_layers(_factory.snapshot(catalogue, buildings=50))
    base = basemap.draw(layers, NOBODY, _factory.CRS)
    drawn = shapely.union_all(decode(base.paths[kind], base.unit, base.origin))
    west, south, east, north = basemap.focus_box(layers, NOBODY)
    window = shapely.box(west, south, east, north)
    lines = layers[kind].geometries
    real = shapely.union_all(shapely.boundary(lines) if kind in {"water", "green"} else lines).intersection(window)
    shown = drawn.intersection(window)
    assert shapely.hausdorff_distance(real.segmentize(20), shown.segmentize(20)) < 25
    assert drawn.distance(real) < 2 * base.unit


def test_building_cells_hold_every_building(catalogue: Catalogue) -> None:
    layers = basemap.map_layers(_factory.snapshot(catalogue, buildings=3000))
    base = basemap.draw(layers, NOBODY, _factory.CRS)
    runs = [(int(x), int(y), int(n)) for x, y, n in re.findall(r"M(-?\d+) (-?\d+)h(\d+)", base.paths["building"])]
    half = base.building_cell / 2 + 1
    cells = shapely.union_all([shapely.box(x, y - half, x + n, y + half) for x, y, n in runs])
    xy = shapely.get_coordinates(layers["building"].geometries)
    units = np.column_stack([(xy[:, 0] - base.origin[0]) / base.unit, (base.origin[1] - xy[:, 1]) / base.unit])
    assert shapely.intersects(cells.buffer(1.5), shapely.points(units)).all()


def test_any_number_of_features_stays_small() -> None:
    random = np.random.default_rng(1)
    start = random.uniform(0, 8000, (30_000, 1, 2))
    lines = shapely.linestrings(np.concatenate([start, start + random.normal(0, 60, (30_000, 4, 2))], axis=1))
    points = shapely.points(random.uniform(0, 8000, (100_000, 2)))
    layers = {
        "road_local": MapLayer("road_local", lines, _factory.CRS),
        "building": MapLayer("building", points, _factory.CRS),
    }
    base = basemap.draw(layers, NOBODY, _factory.CRS)
    assert len(base.paths["road_local"]) < 500_000
    assert len(base.paths["building"]) < 300_000


def test_places_fall_on_the_base(catalogue: Catalogue) -> None:
    layers = basemap.map_layers(_factory.snapshot(catalogue, buildings=500))
    base = basemap.draw(layers, NOBODY, _factory.CRS)
    lon, lat = np.array([_factory.CENTRE[0], np.nan]), np.array([_factory.CENTRE[1], 40.0])
    xy = base.place(lon, lat)
    middle = np.array([base.focus[2], base.focus[3]]) / 2
    assert np.abs(xy[0] - middle).max() * base.unit < 100
    assert np.isnan(xy[1]).all()


def test_without_anything_there_is_still_a_base() -> None:
    base = basemap.draw({}, NOBODY, _factory.CRS)
    assert base.paths == {}
    assert base.focus[2] > 0
