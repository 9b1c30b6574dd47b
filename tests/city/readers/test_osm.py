from __future__ import annotations

import gzip
import shutil
from datetime import date

import numpy as np
import pytest
import shapely

from xiancheng.city.classes import OsmAttribute, load_catalogue
from xiancheng.city.readers import ReadOptions, read
from xiancheng.city.readers.osm import read_osm
from xiancheng.city.readers.osm_opl import parse_opl, way_shape
from xiancheng.city.readers.osm_rules import attribute_value, compile_rules
from xiancheng.foundation.errors import SourceError

NODES = """
 <node id="1" lat="40.0" lon="110.0" version="1"><tag k="natural" v="tree"/><tag k="species" v="榆树, 老"/></node>
 <node id="2" lat="40.0" lon="110.1" version="1"/>
 <node id="3" lat="40.1" lon="110.1" version="1"/>
 <node id="4" lat="40.1" lon="110.0" version="1"/>
 <node id="5" lat="40.02" lon="110.02" version="1"/>
 <node id="6" lat="40.02" lon="110.04" version="1"/>
 <node id="7" lat="40.04" lon="110.04" version="1"/>
"""
RING = '<nd ref="1"/><nd ref="2"/><nd ref="3"/><nd ref="4"/><nd ref="1"/>'


def way(number, tags, nodes=RING):
    return f'<way id="{number}" version="1">{nodes}{tagged(tags)}</way>'


def relation(number, tags, members):
    ways = "".join(f'<member type="way" ref="{ref}" role="{role}"/>' for ref, role in members)
    return f'<relation id="{number}" version="1">{ways}{tagged(tags)}</relation>'


def tagged(tags):
    return "".join(f'<tag k="{k}" v="{v}"/>' for k, v in tags.items())


@pytest.fixture
def layers(tmp_path, catalogue):
    def read_all(*objects, classes=None):
        path = tmp_path / "map.osm"
        path.write_text(f'<osm version="0.6">{NODES}{"".join(objects)}</osm>', encoding="utf-8")
        return {layer.feature_class: layer for layer in read(path, ReadOptions(catalogue, classes=classes))}

    return read_all


def test_closed_ways_are_lines_or_areas_as_their_classes_and_tags_say(layers):
    found = layers(
        way(10, {"highway": "residential", "junction": "roundabout"}),
        way(11, {"highway": "pedestrian", "area": "yes"}),
        way(12, {"leisure": "park"}),
        way(13, {"leisure": "park", "area": "no"}),
        way(14, {"building": "no"}),
        way(15, {"highway": "service", "landuse": "grass"}),
    )
    assert found["road"].ids == ["w10", "w15"]
    assert found["road"].columns["oneway"] == ["forward", None]
    assert set(shapely.get_type_id(found["road"].geometry)) == {shapely.GeometryType.LINESTRING}
    assert found["park"].ids == ["w12"]
    assert found["green_space"].ids == ["w12", "w15"]
    assert found["green_space"].columns["kind"] == ["park", "grass"]
    assert "building" not in found
    np.testing.assert_allclose(shapely.area(found["park"].geometry), 0.01)


def test_layer_says_what_it_is(layers):
    tree = layers()["street_tree"]
    assert (tree.datum, tree.mapped, tree.name, tree.valid_on) == ("WGS84", True, "street_tree", None)
    assert tree.ids == ["n1"]
    assert tree.geometry[0].equals(shapely.Point(110.0, 40.0))
    assert tree.columns["species"] == ["榆树, 老"]
    assert tree.rows.tolist() == [1]


def test_multipolygon_has_its_hole_and_its_tags(layers):
    found = layers(
        way(20, {}, '<nd ref="1"/><nd ref="2"/><nd ref="3"/>'),
        way(21, {}, '<nd ref="3"/><nd ref="4"/><nd ref="1"/>'),
        way(22, {"landuse": "grass"}, '<nd ref="5"/><nd ref="6"/><nd ref="7"/><nd ref="5"/>'),
        relation(30, {"type": "multipolygon", "building": "school", "building:levels": "4", "name": "一中"},
                 [(20, "outer"), (21, "outer"), (22, "inner")]),
    )  # fmt: skip
    building = found["building"]
    assert building.ids == ["r30"]
    assert (building.columns["use"], building.columns["floors"]) == (["education"], ["4"])
    assert building.columns["name"] == ["一中"]
    assert len(building.geometry[0].interiors) == 1
    assert found["green_space"].ids == ["w22"]


def test_what_cannot_be_built_is_told_with_its_reason(layers):
    found = layers(
        way(40, {"building": "yes"}, '<nd ref="1"/><nd ref="2"/><nd ref="99"/><nd ref="1"/>'),
        way(41, {"building": "yes"}, '<nd ref="1"/><nd ref="3"/><nd ref="2"/><nd ref="4"/><nd ref="1"/>'),
        way(42, {"building": "yes"}, '<nd ref="1"/><nd ref="2"/><nd ref="1"/>'),
        way(43, {"highway": "path"}, '<nd ref="98"/><nd ref="1"/><nd ref="2"/>'),
        way(44, {"highway": "path"}, '<nd ref="1"/><nd ref="1"/>'),
        way(45, {}, '<nd ref="1"/><nd ref="2"/><nd ref="3"/>'),
        relation(50, {"type": "multipolygon", "natural": "water"}, [(45, "outer"), (77, "outer")]),
        relation(51, {"type": "multipolygon", "natural": "water"}, [(45, "outer")]),
        relation(52, {"type": "multipolygon", "natural": "water"}, []),
        relation(53, {"type": "route", "natural": "water"}, [(45, "outer")]),
        relation(54, {"type": "multipolygon", "natural": "water"}, [(40, "outer")]),
    )
    reasons = {r.object_id: (r.reason.en, r.value) for layer in found.values() for r in layer.rejections}
    assert reasons == {
        "w40": ("incomplete area: 1 of its 4 nodes are not in the file", None),
        "w41": ("broken area: its outline crosses or touches itself", None),
        "w42": ("an area needs three points", None),
        "w43": ("incomplete way: 1 of its 3 nodes are not in the file", None),
        "w44": ("a line needs two different points", None),
        "r50": ("incomplete multipolygon: 1 of its 2 ways are not in the file", "w77"),
        "r51": ("broken multipolygon: its rings do not close or cross", None),
        "r52": ("the multipolygon has no ways", None),
        "r54": ("incomplete multipolygon: 1 of its ways have nodes that are not in the file", "w40"),
    }
    assert all(len(layer) == 0 for name, layer in found.items() if name in {"building", "road", "water_body"})


def test_only_the_classes_asked_for(layers):
    objects = (way(10, {"highway": "residential"}), way(12, {"leisure": "park"}))
    assert set(layers(*objects, classes=frozenset(["road"]))) == {"road"}
    assert set(layers(*objects, classes=frozenset(["park"]))) == {"park"}
    assert set(layers(*objects, classes=frozenset(["street_tree"]))) == {"street_tree"}
    assert layers(*objects, classes=frozenset(["census"])) == {}


def test_chinese_names(shared, catalogue):
    layers = {
        layer.name: layer for layer in read(shared / "osm_china_small/beijing_haidian_2017.osm", ReadOptions(catalogue))
    }
    assert "北京大学" in " ".join(n for n in layers["school"].columns["name"] if n)
    assert layers["building"].valid_on is None


def test_date_of_the_header(shared, catalogue):
    path = shared / "osm_liechtenstein/liechtenstein_2013-08.osm.pbf"
    layer = next(read(path, ReadOptions(catalogue, classes=frozenset(["park"]))))
    assert layer.valid_on == date(2013, 8, 3)


def test_gzipped_and_plain_xml_read_the_same(shared, catalogue, tmp_path):
    packed = shared / "osm_monaco/monaco_2012-07.osm.gz"
    plain = tmp_path / "monaco.osm"
    with gzip.open(packed) as source, plain.open("wb") as target:
        shutil.copyfileobj(source, target)
    for one, other in zip(read(packed, ReadOptions(catalogue)), read(plain, ReadOptions(catalogue)), strict=True):
        assert (one.name, one.ids, one.columns) == (other.name, other.ids, other.columns)
        assert (one.geometry == other.geometry).all()


@pytest.mark.parametrize("keep", [0.9, 0.5, 0.01])
def test_cut_file_is_refused_whole(shared, catalogue, tmp_path, keep):
    whole = (shared / "osm_monaco/monaco_2021-04.osm.pbf").read_bytes()
    path = tmp_path / "cut.osm.pbf"
    path.write_bytes(whole[: int(len(whole) * keep)])
    with pytest.raises(SourceError, match="not a whole OpenStreetMap file"):
        list(read_osm(path, ReadOptions(catalogue)))


@pytest.mark.parametrize("content", [b"<html>404</html>", b"<osm><node id='1'", b"\x00" * 100, b"PK\x03\x04"])
def test_other_contents_are_refused(catalogue, tmp_path, content):
    for name in ("a.osm", "a.osm.pbf", "a.osm.gz", "a.osm.bz2"):
        path = tmp_path / name
        path.write_bytes(content)
        with pytest.raises(SourceError):
            list(read_osm(path, ReadOptions(catalogue)))


def test_attribute_takes_the_first_listed_value_then_the_default():
    osm = OsmAttribute(("oneway", "junction"), {"no": "no", "roundabout": "forward"}, "no")
    assert attribute_value({"oneway": "no", "junction": "roundabout"}, osm) == "no"
    assert attribute_value({"oneway": "alternating", "junction": "roundabout"}, osm) == "forward"
    assert attribute_value({"oneway": "alternating"}, osm) == "no"
    assert attribute_value({"name": "x"}, osm) is None
    assert attribute_value({"name": "名", "name:zh": "中"}, OsmAttribute(("name:zh", "name"))) == "中"


def test_rules_of_several_tags_and_exclusions():
    sorter = compile_rules(load_catalogue())

    def names(kind, **tags):
        return [sorter.classes[i].name for i in sorter.sort({k.replace("__", ":"): v for k, v in tags.items()}, kind)]

    assert names("node", natural="tree", denotation="natural_monument") == ["old_tree"]
    assert names("node", natural="tree") == ["street_tree"]
    assert names("node", man_made="mast") == []
    assert names("node", man_made="mast", tower__type="communication") == ["base_station"]
    assert names("area", historic="castle", building="yes") == ["building", "heritage_site"]
    assert names("area", amenity="social_facility", social_facility="shelter") == ["relief_station"]
    assert names("area", leisure="pitch", access="private") == []
    assert names("line", leisure="park") == []


def test_opl_lines():
    item = parse_opl("w7 Tname=红%20%旗%2c%%3d%%25%,ref=a%20%b Nn1,n2,n1\n", {"name"})
    assert (item.type, item.number, item.tags) == ("w", 7, {"name": "红 旗,=%", "ref": "a%20%b"})
    assert way_shape(item.rest) == (3, True)
    assert way_shape("Nn1,n21") == (2, False)
    assert way_shape("Nn1") == (1, False)
    assert way_shape("N") == (0, False)
