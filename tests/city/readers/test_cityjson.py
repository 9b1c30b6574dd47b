from __future__ import annotations

import json
from datetime import date

import numpy as np
import pytest
import shapely

from xiancheng.city.readers import ReadOptions, read
from xiancheng.foundation.errors import SourceError

CUBE = [[0, 0, 0], [10, 0, 0], [10, 10, 0], [0, 10, 0], [0, 0, 9], [10, 0, 9], [10, 10, 9], [0, 10, 9]]
SHELL = [[[0, 3, 2, 1]], [[4, 5, 6, 7]], [[0, 1, 5, 4]], [[1, 2, 6, 5]], [[2, 3, 7, 6]], [[3, 0, 4, 7]]]


def model(objects, vertices=CUBE, version="2.0", **members):
    return {"type": "CityJSON", "version": version, "CityObjects": objects, "vertices": vertices, **members}


@pytest.fixture
def layers(tmp_path, catalogue):
    def read_all(content, name="a.city.json", **options):
        path = tmp_path / name
        path.write_text(
            content if isinstance(content, str) else json.dumps(content, ensure_ascii=False), encoding="utf-8"
        )
        return {layer.name: layer for layer in read(path, ReadOptions(catalogue, **options))}

    return read_all


def solid(lod="1", **members):
    return {"type": "Solid", "lod": lod, "boundaries": [SHELL], **members}


@pytest.mark.parametrize("name", ["delft", "denhaag_subset", "rotterdam_subset"])
def test_real_models_against_their_raw_json(shared, catalogue, name):
    path = shared / f"citymodels/cityjson_{name}.json"
    raw = json.loads(path.read_text())
    found = {layer.name: layer for layer in read(path, ReadOptions(catalogue))}
    counts = {
        kind: sum(o["type"] == kind for o in raw["CityObjects"].values())
        for kind in ("Building", "WaterBody", "PlantCover")
    }
    assert (
        len(found["building"])
        == counts["Building"]
        == {"delft": 160, "denhaag_subset": 4, "rotterdam_subset": 16}[name]
    )
    for kind, layer in (("WaterBody", "water_body"), ("PlantCover", "green_space")):
        assert (len(found[layer]) if layer in found else 0) == counts[kind]
    assert not any(layer.rejections for layer in found.values())
    assert shapely.is_valid(found["building"].geometry).all()
    vertices = np.array(raw["vertices"]) * raw["transform"]["scale"] + raw["transform"]["translate"]
    for identifier, height, footprint in zip(
        found["building"].ids, found["building"].columns["height"], found["building"].geometry, strict=True
    ):
        item = raw["CityObjects"][identifier]
        pieces = [item, *(raw["CityObjects"][c] for c in item.get("children", ()))]
        numbers = [n for p in pieces for g in p.get("geometry", ()) for n in flat(g["boundaries"])]
        points = vertices[numbers]
        assert height == pytest.approx(np.ptp(points[:, 2]), abs=1e-3)
        # The shadow of the faces one by one, by Shapely alone: the footprint lies in it, and fills it but for eaves.
        shadow = shapely.union_all(
            [
                shapely.make_valid(shapely.Polygon(p[:, :2]))
                for p in (vertices[ring] for piece in pieces for g in piece.get("geometry", ()) for ring in outlines(g))
            ]
        )
        assert footprint.difference(shadow.buffer(0.01)).area < 0.01
        assert footprint.area > 0.9 * shadow.area
    assert found["building"].datum == ("EPSG:28992" if name == "delft" else None)


def flat(nested):
    return [nested] if isinstance(nested, int) else [n for part in nested for n in flat(part)]


def outlines(geometry):
    faces = geometry["boundaries"] if geometry["type"] == "MultiSurface" else geometry["boundaries"][0]
    return [face[0] for face in faces]


def test_ground_surfaces_are_the_footprint_and_eaves_are_not(layers):
    vertices = [*CUBE, [-1, -1, 9], [11, -1, 9], [11, 11, 9], [-1, 11, 9]]
    geometry = {
        "type": "Solid",
        "lod": "2.2",
        "boundaries": [[*SHELL[:1], [[8, 9, 10, 11]], *SHELL[2:]]],
        "semantics": {
            "surfaces": [{"type": "GroundSurface"}, {"type": "RoofSurface"}],
            "values": [[0, 1, None, None, None, None]],
        },
    }
    building = layers(model({"b": {"type": "Building", "geometry": [solid("0.5"), geometry]}}, vertices))["building"]
    assert building.geometry[0].equals(shapely.box(0, 0, 10, 10))
    del geometry["semantics"]
    building = layers(model({"b": {"type": "Building", "geometry": [geometry]}}, vertices))["building"]
    assert building.geometry[0].area == 144


def test_parts_make_one_building_and_attributes_are_read(layers):
    second = [[x + 10, y, z * 2] for x, y, z in CUBE]
    objects = {
        "b": {
            "type": "Building",
            "children": ["p", "q", "r"],
            "attributes": {
                "name": "教学楼",
                "storeysAboveGround": 5,
                "yearOfConstruction": "1996-01-01",
                "function": ["school"],
            },
        },
        "p": {"type": "BuildingPart", "parents": ["b"], "geometry": [solid()]},
        "q": {
            "type": "BuildingPart",
            "parents": ["b"],
            "children": ["b", "q"],
            "geometry": [
                {
                    "type": "Solid",
                    "lod": 1,
                    "boundaries": [[[[n + 8 for n in ring] for ring in face] for face in SHELL]],
                }
            ],
        },
        "r": {"type": "BuildingInstallation", "parents": ["b"], "geometry": []},
        "alone": {"type": "BuildingPart", "parents": ["elsewhere"], "geometry": [solid()]},
    }
    building = layers(model(objects, [*CUBE, *second]))["building"]
    assert building.ids == ["b", "alone"]
    assert building.geometry[0].equals(shapely.box(0, 0, 20, 10))
    columns = {k: v[0] for k, v in building.columns.items()}
    assert columns == {"name": "教学楼", "height": 18.0, "floors": 5, "year": 1996, "use": "education"}


def test_holes_and_several_solids(layers):
    inner = [[3, 3, 0], [7, 3, 0], [7, 7, 0], [3, 7, 0]]
    ring = {"type": "MultiSurface", "lod": "0", "boundaries": [[[0, 1, 2, 3], [8, 9, 10, 11]]]}
    far = [[x + 100, y, z] for x, y, z in CUBE]
    boundaries = [[SHELL], [[[[n + 12 for n in r] for r in face] for face in SHELL]]]
    objects = {
        "hole": {"type": "Building", "geometry": [ring], "attributes": {"measuredHeight": 6.5}},
        "two": {"type": "Building", "geometry": [{"type": "MultiSolid", "lod": "1", "boundaries": boundaries}]},
    }
    building = layers(model(objects, [*CUBE, *inner, *far]))["building"]
    assert building.geometry[0].area == 84
    assert building.columns["height"] == [6.5, 9.0]
    assert building.geometry[1].geom_type == "MultiPolygon"


def test_instances_of_templates(layers):
    templates = {
        "templates": [{"type": "MultiSurface", "lod": "2", "boundaries": [[[0, 1, 2, 3]]]}],
        "vertices-templates": [[-1, -1, 0], [1, -1, 0], [1, 1, 0], [-1, 1, 0]],
    }
    matrix = [2, 0, 0, 0, 0, 2, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1]
    instance = {"type": "GeometryInstance", "template": 0, "boundaries": [1], "transformationMatrix": matrix}
    objects = {
        "tree": {"type": "SolitaryVegetationObject", "geometry": [instance], "attributes": {"species": "杨"}},
        "grass": {"type": "PlantCover", "geometry": [instance]},
        "bad": {"type": "PlantCover", "geometry": [instance | {"template": 3}]},
    }
    found = layers(model(objects, **{"geometry-templates": templates}))
    assert found["street_tree"].geometry[0].equals(shapely.Point(10, 0))
    assert found["street_tree"].columns["species"] == ["杨"]
    assert found["green_space"].geometry[0].equals(shapely.box(8, -2, 12, 2))
    assert [(r.object_id, "template 3" in r.reason.en) for r in found["green_space"].rejections] == [("bad", True)]


def test_roads_only_as_lines_and_others_in_a_note(layers):
    line = {"type": "MultiLineString", "lod": "0", "boundaries": [[0, 1, 2]]}
    face = {"type": "MultiSurface", "lod": "1", "boundaries": [[[0, 1, 2, 3]]]}
    found = layers(
        model(
            {
                "a": {"type": "Road", "geometry": [line]},
                "b": {"type": "Road", "geometry": [face]},
                "c": {"type": "Bridge", "geometry": [face]},
                "d": {"type": "+Noise", "geometry": []},
            }
        )
    )
    assert found["road"].ids == ["a"]
    assert found["road"].geometry[0].length == 20
    assert [n.en for n in found["road"].notes] == [
        "city objects not taken: 1 +Noise, 1 Bridge",
        "1 roads not taken: they are areas without lines",
    ]
    assert not found["road"].rejections


def test_version_1_0_without_transform_and_with_it(layers):
    plain = model(
        {"b": {"type": "Building", "geometry": [solid(lod=1)]}},
        version="1.0",
        metadata={"referenceSystem": "urn:ogc:def:crs:EPSG::4546", "referenceDate": "2021-05-06"},
    )
    one = layers(plain)["building"]
    scaled = model(
        {"b": {"type": "Building", "geometry": [solid()]}},
        version="1.1",
        transform={"scale": [0.1, 0.1, 0.1], "translate": [500, 600, 0]},
    )
    other = layers(scaled)["building"]
    assert (one.datum, one.valid_on, one.geometry[0].bounds) == ("EPSG:4546", date(2021, 5, 6), (0, 0, 10, 10))
    assert (other.datum, other.geometry[0].bounds) == (None, (500, 600, 501, 601))
    assert other.columns["height"] == [0.9]


@pytest.mark.parametrize(
    "geometry",
    [
        {"type": "Solid", "lod": "1", "boundaries": [[[[0, 1, 99]]]]},
        {"type": "Solid", "lod": "1", "boundaries": [[[[0, 1, -1]]]]},
        {"type": "Solid", "lod": "1", "boundaries": [[[[0, 1, "x"]]]]},
        {"type": "Solid", "lod": "1", "boundaries": [[0, 1, 2]]},
        {"type": "Solid", "lod": "x", "boundaries": [SHELL]},
        {"type": "Solid", "lod": "1", "boundaries": None},
        {"type": "Blob", "lod": "1", "boundaries": [SHELL]},
        {"lod": "1"},
        solid(semantics={"surfaces": [], "values": [[0, 0, 0, 0, 0, 0]]}),
    ],
)
def test_wrong_geometry_is_a_rejection(layers, geometry):
    objects = {"bad": {"type": "Building", "geometry": [geometry]}, "good": {"type": "Building", "geometry": [solid()]}}
    building = layers(model(objects))["building"]
    assert building.ids == ["good"]
    assert [(r.row, r.object_id, r.field) for r in building.rejections] == [(1, "bad", "geometry")]


def test_sequence_is_read_line_by_line(layers):
    header = {
        "type": "CityJSON",
        "version": "2.0",
        "CityObjects": {},
        "vertices": [],
        "transform": {"scale": [1, 1, 1], "translate": [100, 0, 0]},
        "metadata": {"referenceSystem": "EPSG:4546"},
    }
    feature = {
        "type": "CityJSONFeature",
        "id": "b",
        "CityObjects": {"b": {"type": "Building", "geometry": [solid()]}},
        "vertices": CUBE,
    }
    lines = [
        header,
        feature,
        feature | {"CityObjects": {"c": {"type": "Building", "geometry": [solid()]}}},
        {"type": "Feature"},
    ]
    text = "\n".join(map(json.dumps, lines)) + "\n{broken\n\n"
    for name in ("a.city.jsonl", "b.jsonl"):
        building = layers(text, name)["building"]
        assert building.ids == ["b", "c"]
        assert building.rows.tolist() == [2, 3]
        assert building.geometry[0].bounds == (100, 0, 110, 10)
        assert [r.row for r in building.rejections] == [4, 5]
        assert building.datum == "EPSG:4546"


def test_json_is_read_as_what_it_says(layers):
    assert layers(model({"b": {"type": "Building", "geometry": [solid()]}}), "x.json")["building"].ids == ["b"]
    collection = {
        "type": "FeatureCollection",
        "features": [
            {"type": "Feature", "properties": {"a": 1}, "geometry": {"type": "Point", "coordinates": [110, 40]}}
        ],
    }
    (layer,) = layers(collection, "x.json").values()
    assert layer.geometry[0].equals(shapely.Point(110, 40))


@pytest.mark.parametrize(
    "content",
    [
        "[1]",
        "{",
        '{"type": "Topology"}',
        '{"type": "CityJSON"}',
        '{"type":"CityJSON","CityObjects":{},"vertices":[[1]]}',
    ],
)
def test_other_contents_are_refused(layers, content):
    for name in ("a.city.json", "a.city.jsonl"):
        if name.endswith("jsonl") and "CityJSON" in content:
            continue
        with pytest.raises(SourceError):
            layers(content, name)


def test_only_the_classes_asked_for(layers):
    assert layers(model({"b": {"type": "Building", "geometry": [solid()]}}), classes=frozenset(["road"])) == {}
