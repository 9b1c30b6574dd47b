"""CityJSON as written: structure by the specification's rules, and back through the reader."""

from __future__ import annotations

import json
from collections import Counter

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from xiancheng.city.readers import ReadOptions, read
from xiancheng.city.snapshot import project
from xiancheng.city.writers import write
from xiancheng.city.writers._solids import VertexPool, solids
from xiancheng.foundation.errors import XianchengError

# The rules of CityJSON 2.0 that concern us (the official schema files are not part of the project).
SCHEMA = {
    "type": "object",
    "required": ["type", "version", "CityObjects", "vertices", "transform"],
    "properties": {
        "type": {"const": "CityJSON"},
        "version": {"const": "2.0"},
        "transform": {
            "required": ["scale", "translate"],
            "properties": {
                k: {"type": "array", "items": {"type": "number"}, "minItems": 3, "maxItems": 3}
                for k in ("scale", "translate")
            },
        },
        "metadata": {
            "properties": {
                "geographicalExtent": {"type": "array", "items": {"type": "number"}, "minItems": 6, "maxItems": 6},
                "referenceSystem": {
                    "type": "string",
                    "pattern": r"^https://www\.opengis\.net/def/crs/[A-Za-z0-9]+/[A-Za-z0-9.]+/[A-Za-z0-9]+$",
                },
                "title": {"type": "string"},
            },
            "additionalProperties": False,
        },
        "CityObjects": {
            "additionalProperties": {
                "required": ["type", "geometry"],
                "properties": {
                    "type": {"const": "Building"},
                    "attributes": {"properties": {"measuredHeight": {"type": "number", "exclusiveMinimum": 0}}},
                    "geometry": {
                        "type": "array",
                        "items": {
                            "required": ["type", "lod", "boundaries"],
                            "properties": {"type": {"enum": ["Solid", "MultiSolid"]}, "lod": {"const": "1"}},
                        },
                    },
                },
            }
        },
        "vertices": {
            "type": "array",
            "items": {"type": "array", "items": {"type": "integer"}, "minItems": 3, "maxItems": 3},
        },
    },
}


def check_shell(faces, vertices):
    """A shell is closed (every edge once in each direction) and turned outward (positive volume); return volume."""
    edges = Counter()
    volume = 0.0
    for face in faces:
        for ring in face:
            assert len(ring) >= 3
            assert len(set(ring)) == len(ring)
            points = vertices[ring]
            for a, b in zip(ring, ring[1:] + ring[:1], strict=True):
                edges[a, b] += 1
            # Divergence theorem; a hole's ring is turned the other way and takes its share off.
            for i in range(1, len(ring) - 1):
                volume += np.dot(points[0], np.cross(points[i], points[i + 1])) / 6
    assert set(edges.values()) == {1}
    assert all(edges[b, a] == 1 for a, b in edges)
    return volume


def shells(geometry):
    solids = geometry["boundaries"] if geometry["type"] == "MultiSolid" else [geometry["boundaries"]]
    return [solid[0] for solid in solids]


@pytest.fixture
def buildings(make_table):
    hole = shapely.box(110.51, 40.55, 110.512, 40.552).difference(shapely.box(110.5105, 40.5505, 110.511, 40.551))
    two = shapely.MultiPolygon([shapely.box(x, 40.55, x + 0.001, 40.551) for x in (110.53, 110.54)])
    return make_table(
        "building",
        [shapely.box(110.52, 40.55, 110.521, 40.5505), hole, two, None],
        name=["一号楼", None, None, None],
        height=[20.25, np.nan, np.nan, 5],
        floors=[6, 2.5, np.nan, np.nan],
        use=["residential", "office", None, None],
        year=[1998, np.nan, np.nan, np.nan],
    )


@pytest.fixture
def model(buildings, tmp_path, catalogue, synthetic):
    path = tmp_path / "town.city.json"
    write({"building": buildings}, path, county=synthetic, catalogue=catalogue)
    return path, json.loads(path.read_text(encoding="utf-8"))


def test_structure(model):
    jsonschema = pytest.importorskip("jsonschema")
    _, data = model
    jsonschema.validate(data, SCHEMA)
    vertices = np.array(data["vertices"], dtype=float)
    assert len(np.unique(vertices, axis=0)) == len(vertices)
    used = set()
    for item in data["CityObjects"].values():
        for geometry in item["geometry"]:
            for shell in shells(geometry):
                used |= {n for face in shell for ring in face for n in ring}
    assert used == set(range(len(vertices)))
    low, high = np.array(data["metadata"]["geographicalExtent"]).reshape(2, 3)
    real = vertices * data["transform"]["scale"] + data["transform"]["translate"]
    np.testing.assert_allclose([real.min(axis=0), real.max(axis=0)], [low, high], atol=1e-3)


def test_solids_are_closed_outward_and_as_big_as_footprint_times_height(model, buildings):
    _, data = model
    vertices = np.array(data["vertices"], dtype=float) * 0.001
    vertices -= vertices.mean(axis=0)
    areas = shapely.area(buildings.projected)
    for row, height in enumerate((20.25, 7.5, 3.0)):
        (geometry,) = data["CityObjects"][f"building-{row}"]["geometry"]
        volume = sum(check_shell(shell, vertices) for shell in shells(geometry))
        assert volume == pytest.approx(areas[row] * height, rel=1e-4)
    assert data["CityObjects"]["building-3"]["geometry"] == []


def test_attributes_say_what_the_height_stands_on(model):
    _, data = model
    told = [data["CityObjects"][f"building-{i}"]["attributes"] for i in range(4)]
    assert [t["heightBasis"] for t in told] == ["height", "floors", "assumed", "height"]
    assert "measuredHeight" not in told[1]
    assert told[0] == {
        "name": "一号楼", "measuredHeight": 20.25, "storeysAboveGround": 6, "function": "residential",
        "yearOfConstruction": 1998, "heightBasis": "height", "synthetic": True,
    }  # fmt: skip
    assert "synthetic" in data["metadata"]["title"]


def test_round_trip_through_the_reader(model, buildings, catalogue):
    path, _ = model
    (layer,) = read(path, ReadOptions(catalogue))
    assert layer.datum == "EPSG:4546"
    assert layer.ids == ["building-0", "building-1", "building-2"]
    assert [r.object_id for r in layer.rejections] == ["building-3"]
    np.testing.assert_allclose(shapely.area(layer.geometry), buildings.area[:3], rtol=1e-4)
    difference = shapely.area(shapely.symmetric_difference(layer.geometry, buildings.projected[:3]))
    assert (difference < 1e-3 * buildings.area[:3]).all()
    assert layer.columns["height"] == [20.25, 7.5, 3.0]
    assert layer.columns["floors"] == [6, 2.5, None]
    assert layer.columns["use"] == ["residential", "office", None]
    assert layer.columns["year"] == [1998, None, None]


@pytest.mark.parametrize("name", ["delft", "denhaag_subset", "rotterdam_subset"])
def test_real_models_survive_writing(shared, catalogue, make_table, real, tmp_path, name):
    layer = next(read(shared / f"citymodels/cityjson_{name}.json", ReadOptions(catalogue)))
    # Moved to the county, since the places themselves do not matter.
    moved = shapely.transform(layer.geometry, lambda xy: xy - xy.mean(axis=0) + (450_000, 4_490_000))
    geometry = shapely.transform(moved, lambda xy: np.column_stack(to_degrees(xy)))
    table = make_table("building", list(geometry), height=layer.columns["height"])
    write({"building": table}, tmp_path / "out.city.json", county=real, catalogue=catalogue)
    (back,) = read(tmp_path / "out.city.json", ReadOptions(catalogue))
    assert len(back) == len(layer)
    assert back.columns["height"] == pytest.approx(layer.columns["height"], abs=1e-3)
    np.testing.assert_allclose(shapely.area(back.geometry), shapely.area(project(geometry, "EPSG:4546")), rtol=2e-3)
    vertices = np.array(json.loads((tmp_path / "out.city.json").read_text())["vertices"], dtype=float)
    vertices -= vertices.mean(axis=0)
    for item in json.loads((tmp_path / "out.city.json").read_text())["CityObjects"].values():
        for shell in shells(item["geometry"][0]):
            assert check_shell(shell, vertices) > 0


def to_degrees(xy):
    from pyproj import Transformer

    return Transformer.from_crs("EPSG:4546", "EPSG:4490", always_xy=True).transform(xy[:, 0], xy[:, 1])


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(st.floats(0, 50), st.floats(0, 50)), min_size=3, max_size=12),
    st.floats(0.5, 300),
    st.booleans(),
)
def test_any_polygon_becomes_closed_outward_solids(points, height, hollow):
    polygon = shapely.buffer(shapely.convex_hull(shapely.multipoints(points)), 1.0, quad_segs=2)
    if hollow:
        polygon = polygon.difference(shapely.buffer(polygon.centroid, 0.5))
    pool = VertexPool(0.001, (0.0, 0.0))
    made = [*solids(polygon, height, pool)]
    vertices = np.array(pool.vertices, dtype=float) * 0.001
    volume = sum(check_shell(solid, vertices) for solid in made)
    assert volume == pytest.approx(polygon.area * round(height, 3), rel=1e-2)


def test_nothing_to_write(make_table, tmp_path, catalogue, real):
    school = make_table("school", [shapely.Point(110.5, 40.5)])
    with pytest.raises(XianchengError, match="no buildings"):
        write({"school": school}, tmp_path / "a.city.json", county=real, catalogue=catalogue)
    with pytest.raises(XianchengError, match="footprint"):
        write({"building": make_table("building", [None])}, tmp_path / "a.city.json", county=real, catalogue=catalogue)
    assert list(tmp_path.iterdir()) == []
