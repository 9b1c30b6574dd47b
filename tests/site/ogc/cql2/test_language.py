"""The two forms of CQL2: what they mean, that each becomes the other, and what is said of mistakes."""

import json

import pytest
from hypothesis import given, settings

from xiancheng.site.ogc.cql2 import FilterError, checked, from_json, from_text, to_json, to_text

from .strategies import KINDS, filters

PAIRS = {
    "city='Toronto'": {"op": "=", "args": [{"property": "city"}, "Toronto"]},
    "balance - 150.0 > 0": {"op": ">", "args": [{"op": "-", "args": [{"property": "balance"}, 150.0]}, 0]},
    "updated >= date('1970-01-01')": {"op": ">=", "args": [{"property": "updated"}, {"date": "1970-01-01"}]},
    "geometry IS NOT NULL": {"op": "not", "args": [{"op": "isNull", "args": [{"property": "geometry"}]}]},
    "name LIKE 'Smith%'": {"op": "like", "args": [{"property": "name"}, "Smith%"]},
    "a NOT LIKE 'x'": {"op": "not", "args": [{"op": "like", "args": [{"property": "a"}, "x"]}]},
    "depth BETWEEN 100.0 and 150.0": {"op": "between", "args": [{"property": "depth"}, 100.0, 150.0]},
    "c NOT IN (1,2)": {"op": "not", "args": [{"op": "in", "args": [{"property": "c"}, [1, 2]]}]},
    "CASEI(road) IN (CASEI('Straße'))": {
        "op": "in",
        "args": [{"op": "casei", "args": [{"property": "road"}]}, [{"op": "casei", "args": ["Straße"]}]],
    },
    "S_INTERSECTS(geometry,POINT(36.3 32.2))": {
        "op": "s_intersects",
        "args": [{"property": "geometry"}, {"type": "Point", "coordinates": [36.3, 32.2]}],
    },
    "s_within(location,BBOX(-118,33.8,-117.9,34))": {
        "op": "s_within",
        "args": [{"property": "location"}, {"bbox": [-118.0, 33.8, -117.9, 34.0]}],
    },
    "T_DURING(INTERVAL(starts, ends), INTERVAL('2017-06-10', '..'))": {
        "op": "t_during",
        "args": [
            {"interval": [{"property": "starts"}, {"property": "ends"}]},
            {"interval": ["2017-06-10", ".."]},
        ],
    },
    "A_CONTAINS(layer:ids, ('ca','us'))": {"op": "a_contains", "args": [{"property": "layer:ids"}, ["ca", "us"]]},
    "A_OVERLAPS(v, ('only'))": {"op": "a_overlaps", "args": [{"property": "v"}, ["only"]]},
    "a AND b OR NOT c": {
        "op": "or",
        "args": [
            {"op": "and", "args": [{"property": "a"}, {"property": "b"}]},
            {"op": "not", "args": [{"property": "c"}]},
        ],
    },
    "v = - foo * 2.0 + \"bar\" / 6.1 - x ^ 2.0": {
        "op": "=",
        "args": [
            {"property": "v"},
            {
                "op": "-",
                "args": [
                    {
                        "op": "+",
                        "args": [
                            {"op": "*", "args": [{"op": "*", "args": [-1, {"property": "foo"}]}, 2.0]},
                            {"op": "/", "args": [{"property": "bar"}, 6.1]},
                        ],
                    },
                    {"op": "^", "args": [{"property": "x"}, 2.0]},
                ],
            },
        ],
    },
    "'it''s' = 'it\\'s'": {"op": "=", "args": ["it's", "it's"]},
    "名称 = '一中'": {"op": "=", "args": [{"property": "名称"}, "一中"]},
    "S_EQUALS(MULTIPOINT ((1 2), (3 4)), g)": {
        "op": "s_equals",
        "args": [{"type": "MultiPoint", "coordinates": [[1.0, 2.0], [3.0, 4.0]]}, {"property": "g"}],
    },
    "S_WITHIN(POINT Z (1 2 3), g)": {
        "op": "s_within",
        "args": [{"type": "Point", "coordinates": [1.0, 2.0, 3.0]}, {"property": "g"}],
    },
    "S_DISJOINT(g, GEOMETRYCOLLECTION(POINT(1 2), LINESTRING(0 0, 1 1)))": {
        "op": "s_disjoint",
        "args": [
            {"property": "g"},
            {
                "type": "GeometryCollection",
                "geometries": [
                    {"type": "Point", "coordinates": [1.0, 2.0]},
                    {"type": "LineString", "coordinates": [[0.0, 0.0], [1.0, 1.0]]},
                ],
            },
        ],
    },
    "x div 2 = 1 % 2": {
        "op": "=",
        "args": [{"op": "div", "args": [{"property": "x"}, 2]}, {"op": "%", "args": [1, 2]}],
    },
}  # fmt: skip


@pytest.mark.parametrize("text", PAIRS)
def test_text_and_json_mean_the_same(text):
    assert to_json(from_text(text)) == PAIRS[text]
    assert from_json(json.dumps(PAIRS[text])) == from_text(text)


@settings(max_examples=150, deadline=None)
@given(filters)
def test_round_trips(node):
    assert from_text(to_text(node)) == node
    assert from_json(json.dumps(to_json(node))) == node


@settings(max_examples=60, deadline=None)
@given(filters)
def test_random_filters_fit_their_properties(node):
    assert to_text(checked(node, KINDS))


@pytest.mark.peer
@pytest.mark.parametrize("text", [t for t in PAIRS if " Z " not in t and "\\" not in t])
def test_peer_reads_the_same(text):
    cql2 = pytest.importorskip("cql2")
    assert cql2.parse_text(text).to_json() == PAIRS[text]
    assert cql2.parse_text(to_text(from_text(text))).to_json() == PAIRS[text]


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("", 0),
        ("name =", 6),
        ("name = 'x", 7),
        ("name LIKE", 9),
        ("name ? 1", 5),
        ("(name = 'x'", 11),
        ("name = 'x' name", 11),
        ("floors BETWEEN 1", 16),
        ("floors IN ()", 10),
        ("S_INTERSECTS(geometry)", 12),
        ("S_INTERSECTS(geometry, POINT(1))", 30),
        ("S_INTERSECTS(geometry, BBOX(1,2,3))", 23),
        ("S_INTERSECTS(geometry, POLYGON((0 0, 1 1)))", 23),
        ("built > DATE('2020-02-30')", 13),
        ("built > TIMESTAMP('2020-02-28')", 18),
        ("nmae = 'x'", 0),
        ("floors = 'x'", 9),
        ("name > 1", 7),
        ("lift > true", 0),
        ("floors", 0),
        ("foo(name)", 0),
        ("T_DURING(built, INTERVAL('2000-01-01','..'))", 9),
        ("T_BEFORE(built, name)", 16),
        ("name LIKE name", 10),
        ("S_WITHIN(geometry, POLYGON((0 0, 2 2, 2 0, 0 2, 0 0)))", 19),
        ("floors = 1e999", 9),
        ("(" * 100 + "lift" + ")" * 100, 60),
    ],
)  # fmt: skip
def test_mistakes_are_told_by_place(text, where):
    with pytest.raises(FilterError) as told:
        checked(from_text(text), KINDS)
    assert told.value.where == where
    assert told.value.message.zh
    assert str(where + 1) in told.value.message.en


@pytest.mark.parametrize(
    ("document", "where"),
    [
        ('{"op": "=", "args": [{"property": "name"}]}', "args"),
        ('{"op": "and", "args": [{"op": "=", "args": [{"property": "nmae"}, "x"]}, true]}', "args[0].args[0]"),
        ('{"op": "in", "args": [{"property": "name"}, "x"]}', "args[1]"),
        ('{"op": "t_after", "args": [{"property": "built"}, {"date": "x"}]}', "args[1]"),
        ('{"op": 3, "args": []}', "op"),
        ('{"args": []}', ""),
        ('{"op": "s_within", "args": [{"property": "geometry"}, {"type": "Point", "coordinates": ["x"]}]}', "args[1]"),
        ("nonsense", 0),
        ("[" * 5000 + "]" * 5000, 0),
    ],
)
def test_mistakes_in_json_are_told_by_path(document, where):
    with pytest.raises(FilterError) as told:
        checked(from_json(document), KINDS)
    if not document.startswith("[["):
        assert told.value.where == where


def test_texts_beside_dates_are_dates():
    node = checked(from_text("built >= '2010-01-01'"), KINDS)
    assert to_json(node)["args"][1] == {"date": "2010-01-01"}
    with pytest.raises(FilterError, match="no date or time"):
        checked(from_text("built >= 'spring'"), KINDS)
