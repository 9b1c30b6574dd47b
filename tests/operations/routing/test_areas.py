from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from xiancheng.foundation.errors import XianchengError
from xiancheng.operations.routing import Area, AreaIndex, Router, Rule, RuleSet, load_settings

STEP = 0.001  # about 100 m
WEST, SOUTH = 110.5, 40.5


def square(code, level, i, j, n=1):
    west, south = WEST + i * STEP, SOUTH + j * STEP
    return Area(code, level, shapely.box(west, south, west + n * STEP, south + n * STEP))


GRIDS = [square(f"g{i}{j}", "grid", i, j) for i in range(4) for j in range(4)]
TOWN = Area("town", "township", shapely.box(WEST, SOUTH, WEST + 4 * STEP, SOUTH + 2 * STEP))
SLANTED = Area(
    "slanted", "duty", shapely.Polygon([(WEST, SOUTH), (WEST + 4 * STEP, SOUTH), (WEST, SOUTH + 3.3 * STEP)])
)
AREAS = [*GRIDS, TOWN, SLANTED]


def brute(lon, lat):
    """Every area asked one by one: border included; the smallest code of each level."""
    point = shapely.Point(lon, lat)
    levels: dict[str, str] = {}
    for area in sorted(AREAS, key=lambda a: a.code):
        if area.geometry.covers(point):
            levels.setdefault(area.level, area.code)
    return set(levels.values())


# Corners and edges on purpose: a tenth of a cell, so every fifth is half a cell and every tenth a border.
coordinate = st.integers(-5, 50).map(lambda k: k * STEP / 10)
places = st.tuples(coordinate, coordinate) | st.tuples(st.floats(-0.001, 0.005), st.floats(-0.001, 0.005))


@settings(max_examples=100, deadline=None)
@given(st.lists(places, min_size=1, max_size=20), st.sampled_from([7.0, 33.0, 100.0, 1000.0]))
def test_cache_and_tree_answer_as_every_area_asked(offsets, cell):
    index = AreaIndex(AREAS, cell)
    lon = np.array([WEST + x for x, _ in offsets])
    lat = np.array([SOUTH + y for _, y in offsets])
    many = index.at_many(lon, lat)
    for i in range(len(lon)):
        first, again = index.at(lon[i], lat[i]), index.at(lon[i], lat[i])
        assert first == again == many[i]
        assert set(first) == brute(lon[i], lat[i])
        sizes = [index.size(code) for code in first]
        assert sizes == sorted(sizes)


def test_a_place_on_a_border_is_in_exactly_one_area_of_a_level():
    index = AreaIndex(GRIDS)
    assert index.at(WEST + STEP, SOUTH + STEP / 2) == ("g00",)
    assert index.at(GRIDS[5].geometry.bounds[0], GRIDS[5].geometry.bounds[1]) == ("g00",)


def test_outside_and_nowhere():
    index = AreaIndex(AREAS)
    assert index.at(0, 0) == ()
    assert index.at(float("nan"), 40) == ()
    assert index.at_many(np.array([0.0, np.nan]), np.array([0.0, np.nan])) == [(), ()]
    assert AreaIndex(()).at(110, 40) == ()


def test_sizes_are_those_of_the_ellipsoid():
    # A degree square at the equator: 12,309 km2 on GRS 80 (Moritz's formulas integrated).
    size = AreaIndex([Area("a", "x", shapely.box(0, 0, 1, 1))]).size("a")
    assert size == pytest.approx(12_308.8e6, rel=1e-3)


def test_wrong_areas_are_refused():
    with pytest.raises(XianchengError, match="two areas have the code"):
        AreaIndex([TOWN, TOWN])
    with pytest.raises(XianchengError, match="has no polygon"):
        AreaIndex([Area("p", "x", shapely.Point(0, 0))])


def test_a_rule_may_bring_its_own_polygon():
    rule = Rule("park", "gardens", polygon=shapely.box(WEST, SOUTH, WEST + STEP / 2, SOUTH + STEP / 2))
    router = Router(RuleSet((rule,), "centre"), load_settings(), AreaIndex(AREAS))
    assert router.locate(WEST + STEP / 4, SOUTH + STEP / 4, ["150221"])[:2] == ("150221", "polygon:park")
    assert "polygon:park" in router.locate(WEST + STEP / 2, SOUTH + STEP / 2)
    assert "polygon:park" not in router.locate(WEST + STEP * 0.6, SOUTH)
