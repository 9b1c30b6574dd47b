"""Filters over columns give what plain Python gives feature by feature."""

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from xiancheng.site.ogc.cql2 import checked, from_text, to_json
from xiancheng.site.ogc.cql2.evaluating import like, matches
from xiancheng.site.ogc.crs import DEFAULT
from xiancheng.site.ogc.filters import placed

from .plain import evaluate
from .strategies import KINDS, features, filters


class Table:
    """Features as columns."""

    def __init__(self, rows):
        self.rows = rows

    def __len__(self):
        return len(self.rows)

    def kind(self, name):
        return KINDS[name]

    def values(self, name):
        column = [row[name] for row in self.rows]
        if KINDS[name] in {"number", "boolean"}:
            return np.array([np.nan if v is None else v for v in column], dtype=np.float64)
        out = np.empty(len(column), dtype=object)
        out[:] = column
        return out

    def geometry(self):
        return self.values("geometry")


@settings(max_examples=300, deadline=None)
@given(filters, st.lists(features, max_size=6))
def test_columns_agree_with_plain_python(node, rows):
    found = matches(placed(checked(node, KINDS), DEFAULT), Table(rows))
    assert found.tolist() == [evaluate(node, row, KINDS) is True for row in rows]


@pytest.mark.parametrize(
    ("pattern", "text", "fits"),
    [
        ("a%", "abc", True), ("a_", "abc", False), ("_中%", "一中学", True), (r"100\%", "100%", True),
        (r"100\%", "1000", False), ("a.c", "abc", False), ("%", "", True), ("%\n%", "a\nb", True), ("\\", "\\", True),
    ],
)  # fmt: skip
def test_like(pattern, text, fits):
    assert (like(pattern).fullmatch(text) is not None) is fits


@pytest.mark.peer
@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(
        [
            "name LIKE 'a%'", "floors + 1 > height", "floors IN (1, 2)", "NOT (floors BETWEEN 0 AND 2)",
            "S_INTERSECTS(geometry, BBOX(1, 1, 3, 3))", "S_WITHIN(geometry, POLYGON((0 0, 5 0, 5 5, 0 5, 0 0)))",
            "S_DISJOINT(geometry, POINT(1 1))", "CASEI(name) = CASEI('AB')", "name <> 'a' AND floors < 2",
            "name = 'a' OR lift = TRUE",
        ]
    ),
    features,
)  # fmt: skip
def test_peer_agrees_where_everything_is_known(text, feature):
    cql2 = pytest.importorskip("cql2")
    if any(feature[name] is None for name in ("name", "floors", "height", "lift", "geometry")):
        return
    properties = {
        **{name: feature[name] for name in ("name", "floors", "height")},
        "lift": bool(feature["lift"]),
    }
    document = {
        "type": "Feature", "id": "1", "properties": properties,
        "geometry": shapely.geometry.mapping(feature["geometry"]),
    }  # fmt: skip
    node = checked(from_text(text), KINDS)
    ours = bool(matches(placed(node, DEFAULT), Table([feature]))[0])
    assert ours is cql2.parse_json(orjson_text(node)).matches(document)


def orjson_text(node):
    import orjson

    return orjson.dumps(to_json(node)).decode()
