"""Filters by HTTP give what plain Python gives over all features, whichever part the database judges."""

import json

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from shapely.geometry import shape

from xiancheng.site.county import catalogue
from xiancheng.site.ogc.cql2 import checked, from_text, to_json
from xiancheng.site.ogc.properties import kinds

from .cql2.plain import evaluate

ITEMS = "/collections/school/items"


@pytest.fixture
def schools(api):
    """Return the schools as plain dictionaries, by identifier."""
    out = {}
    for feature in api.every(ITEMS, limit=1000):
        values = feature["properties"]
        values = {k: float(v) if isinstance(v, bool | int) else v for k, v in values.items()}
        out[feature["id"]] = {**values, "object_id": feature["id"], "geometry": shape(feature["geometry"])}
    return out


def expected(text, schools):
    known = kinds(catalogue()["school"])
    node = checked(from_text(text), known)
    return [i for i, values in schools.items() if evaluate(node, values, known) is True]


FILTERS = [
    "level = 'primary'",
    "level <> 'primary'",
    "NOT (level = 'primary')",
    "level IN ('primary', 'junior') AND places > 100",
    "places_junior IS NULL",
    "places_junior IS NOT NULL OR classes < 10",
    "places BETWEEN 50 AND 300",
    "NOT (places BETWEEN 50 AND 300)",
    "places_primary > places_junior",
    "places / classes > 40",
    "name LIKE '%第一%'",
    "name LIKE '%小学' AND CASEI(object_id) LIKE CASEI('xx%')",
    "digital_resources = true",
    "digital_resources",
    "object_id > 'XX0005'",
    "'XX0005' < object_id AND 300 >= places",
    "valid_from <= DATE('2024-06-30')",
    "valid_to IS NULL",
    "valid_to > DATE('2020-01-01')",
    "T_INTERSECTS(INTERVAL(valid_from, '..'), INTERVAL('2024-01-01', '2026-01-01'))",
    "T_AFTER(recorded_from, TIMESTAMP('2020-01-01T00:00:00Z'))",
    "cim_level IS NULL",
    "source LIKE '%教育%'",
    "S_INTERSECTS(geometry, BBOX(110, 40.5, 110.52, 40.6))",
    "S_WITHIN(geometry, POLYGON((110 40, 110.53 40, 110.53 41, 110 41, 110 40))) AND level = 'primary'",
    "S_DISJOINT(geometry, BBOX(110, 40.5, 110.52, 40.6))",
    "S_INTERSECTS(geometry, BBOX(110, 40, 110.5, 41)) OR level = 'senior'",
    "places > -1 AND places < 1e9 AND NOT (name = '无')",
    "nonexistent = 1 OR level = 'primary'",
]


@pytest.mark.parametrize("text", FILTERS[:-1])
def test_filter_agrees_with_plain_python(api, schools, text):
    wanted = expected(text, schools)
    answer = api.get(ITEMS, filter=text, limit=1000)
    assert answer.status == 200, answer.body
    assert answer.ids == wanted
    as_json = json.dumps(to_json(from_text(text)))
    assert api.get(ITEMS, filter=as_json, filter__lang="cql2-json", limit=1000).ids == wanted
    assert [f["id"] for f in api.every(ITEMS, filter=text, limit=3)] == wanted


simple = st.one_of(
    st.builds(
        lambda c, o, v: f"{c} {o} {v}",
        st.sampled_from(["places", "classes", "pupils", "land_area", "places_junior", "cim_level"]),
        st.sampled_from(["=", "<>", "<", "<=", ">", ">="]),
        st.sampled_from([0, 90, 145.5, 300, 1000]),
    ),
    st.builds(
        lambda c, o, v: f"{c} {o} '{v}'",
        st.sampled_from(["level", "ownership", "name", "object_id"]),
        st.sampled_from(["=", "<>", "<", ">="]),
        st.sampled_from(["primary", "public", "XX0007", "", "土默特右旗第一小学"]),
    ),
    st.sampled_from(["pupils IS NULL", "digital_resources", "S_INTERSECTS(geometry, BBOX(110, 40, 110.52, 41))"]),
)
compound = st.recursive(
    simple,
    lambda inner: st.one_of(
        st.builds(lambda a, o, b: f"({a} {o} {b})", inner, st.sampled_from(["AND", "OR"]), inner),
        inner.map(lambda a: f"NOT ({a})"),
    ),
    max_leaves=5,
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=compound, limit=st.sampled_from([2, 1000]))
def test_random_filters_agree_with_plain_python(api, schools, text, limit):
    assert [f["id"] for f in api.every(ITEMS, filter=text, limit=limit)] == expected(text, schools)


def test_counts_are_right_where_they_are_given(api, schools):
    answer = api.get(ITEMS, filter="level = 'primary'", limit=2).json
    assert answer["numberMatched"] == len(expected("level = 'primary'", schools))
    assert answer["numberReturned"] == 2
    assert "numberMatched" not in api.get(ITEMS, filter="name LIKE '%学%'", limit=2).json


@pytest.mark.parametrize(
    ("text", "place"), [("level = ", "9"), ("levl = 'x'", "1"), ("places = 'x'", "10"), ("level ~ 1", "7")]
)
def test_mistakes_are_told_with_their_place(api, text, place):
    answer = api.get(ITEMS, filter=text, lang="en")
    assert answer.status == 400
    assert f"character {place}:" in answer.json["title"]
    assert answer.json["message"]["zh"]


def test_queryables_are_what_filters_may_name(api):
    queryables = api.get("/collections/school/queryables")
    assert queryables.headers["Content-Type"] == "application/schema+json"
    document = queryables.json
    assert document["additionalProperties"] is False
    for name in document["properties"]:
        assert api.get(ITEMS, filter=f'"{name}" IS NOT NULL').status == 200


def test_class_without_places(api):
    assert api.get("/collections/statistic/items", limit=5).status == 200
    assert api.get("/collections/statistic/items", bbox="0,0,180,90").ids == []
    assert api.get("/collections/statistic/items", filter="S_INTERSECTS(geometry, POINT(1 1))").status == 400


def test_arrays_of_codes(api):
    points = api.every("/collections/community_service_point/items")
    wanted = [p["id"] for p in points if {"health", "canteen"} <= set(p["properties"]["functions"] or ())]
    text = "A_CONTAINS(functions, ('health', 'canteen'))"
    assert api.get("/collections/community_service_point/items", filter=text).ids == wanted
    assert np.all([isinstance(p["properties"]["functions"], list) for p in points])
