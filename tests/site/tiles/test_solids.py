"""3D Tiles: closed solids of the right volume in the right place, and files as the standards want them."""

import json
import math
import struct
from itertools import pairwise

import numpy as np
import pyarrow.parquet as pq
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Transformer
from shapely.geometry import MultiPolygon, Polygon

from xiancheng.site.tiles.solids.extruding import extrude
from xiancheng.site.tiles.solids.frame import Frame
from xiancheng.site.tiles.solids.making import METRES_A_FLOOR, drawn_heights
from xiancheng.site.tiles.solids.quadtree import divide

from .conftest import DAY

HERE = Frame(110.5, 40.5)
METRE = np.array([1 / (111_320 * math.cos(math.radians(40.5))), 1 / 111_035])
COMPONENTS = {5126: "<f4", 5125: "<u4"}


def ground(*rings):
    """A polygon in degrees of rings in metres about the frame's place."""
    outer, *holes = (np.array(r) * METRE + [HERE.lon, HERE.lat] for r in rings)
    return Polygon(outer, holes)


def volume(mesh):
    a, b, c = (mesh.positions[mesh.triangles[:, i]] for i in range(3))
    return float(np.einsum("ij,ij->i", a, np.cross(b, c)).sum() / 6)


def assert_closed(mesh):
    """Every edge is shared by two triangles that run along it in opposite directions; normals agree with winding."""
    _, place = np.unique(np.round(mesh.positions, 6), axis=0, return_inverse=True)
    corners = place.ravel()[mesh.triangles]
    edges = np.concatenate([corners[:, [0, 1]], corners[:, [1, 2]], corners[:, [2, 0]]])
    there, counts = np.unique(edges, axis=0, return_counts=True)
    back = {tuple(e): n for e, n in zip(there, counts, strict=True)}
    assert all(back.get((b, a)) == n for (a, b), n in back.items())
    a, b, c = (mesh.positions[mesh.triangles[:, i]] for i in range(3))
    face = np.cross(b - a, c - a)
    large = np.linalg.norm(face, axis=1) > 1e-6
    said = mesh.normals[mesh.triangles[:, 0]]
    assert (np.einsum("ij,ij->i", face[large], said[large]) > 0).all()
    assert np.allclose(np.linalg.norm(mesh.normals, axis=1), 1)


SHAPES = {
    "square": (ground([(0, 0), (10, 0), (10, 10), (0, 10)]), 100),
    "dart": (ground([(0, 0), (10, 5), (0, 10), (3, 5)]), 35),
    "ell": (ground([(0, 0), (20, 0), (20, 5), (5, 5), (5, 20), (0, 20)]), 175),
    "courtyard": (ground([(0, 0), (30, 0), (30, 30), (0, 30)], [(10, 10), (20, 10), (20, 20), (10, 20)]), 800),
    "two": (MultiPolygon([ground([(0, 0), (4, 0), (4, 4), (0, 4)]), ground([(9, 0), (13, 0), (13, 4)])]), 24),
}


@pytest.mark.parametrize("name", SHAPES)
@pytest.mark.parametrize("reverse", [False, True])
def test_volume_is_area_times_height_and_the_solid_is_closed(name, reverse):
    footprint, area = SHAPES[name]
    mesh = extrude(np.array([shapely.reverse(footprint) if reverse else footprint]), np.array([12.5]), HERE)
    assert volume(mesh) == pytest.approx(area * 12.5, rel=2e-3)
    assert_closed(mesh)


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.tuples(st.floats(0, 2 * math.pi), st.floats(3, 40)), min_size=3, max_size=14),
    st.floats(1, 120),
)
def test_any_star_shaped_footprint(corners, height):
    ordered = sorted({round(a, 3): r for a, r in corners}.items())
    footprint = ground([(r * math.cos(a), r * math.sin(a)) for a, r in ordered]) if len(ordered) > 2 else None
    if footprint is None or not footprint.is_valid or footprint.area < 1e-10:
        return
    mesh = extrude(np.array([footprint]), np.array([height]), HERE)
    area = shapely.transform(footprint, lambda p: (p - [HERE.lon, HERE.lat]) / METRE).area
    assert volume(mesh) == pytest.approx(area * height, rel=5e-3)
    assert_closed(mesh)


def test_places_agree_with_proj():
    lon, lat, h = np.array([110.5, 110.9, 100.0]), np.array([40.5, 40.1, -30.0]), np.array([0.0, 50.0, 900.0])
    x, y, z = Transformer.from_crs("EPSG:4979", "EPSG:4978", always_xy=True).transform(lon, lat, h)
    matrix = np.array(HERE.transform()).reshape(4, 4).T
    local = np.column_stack([HERE.local(lon, lat, h), np.ones(3)])
    assert np.allclose((matrix @ local.T).T[:, :3], np.column_stack([x, y, z]), atol=1e-6)


def test_heights_say_where_they_come_from():
    heights, origin = drawn_heights(np.array([21.0, np.nan, np.nan, 0.0]), np.array([7.0, 5.0, np.nan, 2.0]))
    assert heights.tolist() == [21.0, 5 * METRES_A_FLOOR, METRES_A_FLOOR, 2 * METRES_A_FLOOR]
    assert origin.tolist() == ["surveyed", "floors", "assumed", "floors"]


def test_tree_holds_each_solid_once_and_what_it_leaves_out_is_smaller():
    random = np.random.default_rng(4)
    corners = random.random((5000, 2)) * 0.1 + [110, 40]
    boxes = np.hstack([corners, corners + 0.0001])
    sizes = random.random(5000) * 100
    tree = divide(boxes, sizes, sizes, limit=300)
    nodes = list(tree)
    drawn = np.concatenate([n.solids for n in nodes])
    assert sorted(drawn.tolist()) == list(range(5000))
    assert len({n.number for n in nodes}) == len(nodes)
    for node in nodes:
        for child in node.children:
            assert node.error >= child.error
            assert sizes[child.solids].max(initial=0) <= node.error
            assert (node.box[:2] <= child.box[:2]).all()
            assert (node.box[2:] >= child.box[2:]).all()


def read_glb(content):
    magic, version, total = struct.unpack_from("<III", content)
    assert (magic, version, total) == (0x46546C67, 2, len(content))
    length, kind = struct.unpack_from("<II", content, 12)
    assert kind == 0x4E4F534A
    gltf = json.loads(content[20 : 20 + length])
    size, kind = struct.unpack_from("<II", content, 20 + length)
    assert kind == 0x004E4942
    body = content[28 + length : 28 + length + size]
    assert gltf["buffers"][0]["byteLength"] == len(body)
    for view in gltf["bufferViews"]:
        assert view["byteOffset"] % 8 == 0
        assert view["byteOffset"] + view["byteLength"] <= len(body)
    arrays = []
    for accessor in gltf["accessors"]:
        view = gltf["bufferViews"][accessor["bufferView"]]
        width = {"SCALAR": 1, "VEC3": 3}[accessor["type"]]
        data = np.frombuffer(body, COMPONENTS[accessor["componentType"]], accessor["count"] * width, view["byteOffset"])
        data = data.reshape(-1, width)
        assert data.nbytes == view["byteLength"]
        for key, function in (("min", np.min), ("max", np.max)):
            if key in accessor:
                assert function(data, axis=0).tolist() == accessor[key]
        arrays.append(data)
    return gltf, body, arrays


def column(gltf, body, name):
    table = gltf["extensions"]["EXT_structural_metadata"]["propertyTables"][0]
    entry = table["properties"][name]

    def view(number, kind):
        found = gltf["bufferViews"][number]
        return np.frombuffer(body, kind, found["byteLength"] // np.dtype(kind).itemsize, found["byteOffset"])

    if "stringOffsets" not in entry:
        return view(entry["values"], "<f4").tolist()
    offsets, text = view(entry["stringOffsets"], "<u4"), view(entry["values"], "u1").tobytes()
    assert len(offsets) == table["count"] + 1
    return [text[a:b].decode() for a, b in pairwise(offsets)]


def test_tileset_holds_every_building_with_its_metadata(tiles_folder, sample_county):
    folder = tiles_folder / "3dtiles"
    tileset = json.loads((folder / "tileset.json").read_text())
    assert tileset["asset"]["version"] == "1.1"
    table = pq.read_table(sample_county / "snapshots" / DAY.isoformat() / "building.parquet").to_pylist()
    rows = {row["object_id"]: row for row in table}
    matrix = np.array(tileset["root"]["transform"]).reshape(4, 4).T
    back = Transformer.from_crs("EPSG:4978", "EPSG:4979", always_xy=True)
    seen, tiles, total = [], [tileset["root"]], 0.0
    while tiles:
        tile = tiles.pop()
        tiles += tile.get("children", [])
        if "content" not in tile:
            continue
        gltf, body, (positions, normals, owners, indices) = read_glb((folder / tile["content"]["uri"]).read_bytes())
        ids = column(gltf, body, "object_id")
        seen += ids
        names, uses = column(gltf, body, "name"), column(gltf, body, "use")
        heights, floors = column(gltf, body, "height"), column(gltf, body, "floors")
        assert owners.min() == 0
        assert owners.max() == len(ids) - 1
        assert indices.max() == len(positions) - 1
        assert np.allclose(np.linalg.norm(normals, axis=1), 1, atol=1e-5)
        # glTF has y up.
        local = positions.astype(float)[:, [0, 2, 1]] * [1, -1, 1]
        lon, lat, up = back.transform(*(np.column_stack([local, np.ones(len(local))]) @ matrix.T)[:, :3].T)
        west, south, east, north, low, high = tile["boundingVolume"]["region"]
        slack = 1e-8
        assert np.radians(lon).min() >= west - slack
        assert np.radians(lon).max() <= east + slack
        assert np.radians(lat).min() >= south - slack
        assert np.radians(lat).max() <= north + slack
        assert max(east - west, north - south) < math.radians(0.025), "too wide to be drawn in its place"
        assert up.min() >= low - 0.02
        assert up.max() <= high + 0.02
        for i, identifier in enumerate(ids):
            row = rows[identifier]
            mine = owners[:, 0] == i
            bounds = shapely.from_wkb(row["geometry"]).bounds
            assert np.allclose([lon[mine].min(), lat[mine].min(), lon[mine].max(), lat[mine].max()], bounds, atol=2e-7)
            assert (names[i] or None, uses[i] or None) == (row["name"], row["use"])
            expected = row["height"] or (row["floors"] or 1) * METRES_A_FLOOR
            assert heights[i] == pytest.approx(max(expected, 1), rel=1e-6)
            assert up[mine].max() == pytest.approx(heights[i], abs=0.02)
            assert floors[i] == pytest.approx(-1 if row["floors"] is None else row["floors"])
        a, b, c = (local[indices[k::3, 0]] for k in range(3))
        total += float(np.einsum("ij,ij->i", a, np.cross(b, c)).sum() / 6)
    assert sorted(seen) == sorted(rows)
    expected = sum(row["metric_area"] * max(row["height"] or (row["floors"] or 1) * METRES_A_FLOOR, 1) for row in table)
    assert total == pytest.approx(expected, rel=2e-3)


def test_groups_together_are_the_whole():
    random = np.random.default_rng(1)
    corners = random.random((20_000, 2)) * 0.05 + [110.5, 40.5]
    footprints = shapely.box(corners[:, 0], corners[:, 1], corners[:, 0] + 1e-4, corners[:, 1] + 1e-4)
    mesh = extrude(footprints, np.full(20_000, 9.0), HERE)
    assert len(mesh.triangles) == 20_000 * 12
    groups = np.array_split(random.permutation(20_000), 7)
    parts = list(mesh.split(groups, 20_000))
    assert sum(volume(part) for part in parts) == pytest.approx(volume(mesh), rel=1e-9)
    assert all(part.owner.max() == len(g) - 1 for part, g in zip(parts, groups, strict=True))
