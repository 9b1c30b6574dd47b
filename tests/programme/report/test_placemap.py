from __future__ import annotations

import re
from xml.etree import ElementTree as ET

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from programme.report import _factory
from xiancheng.programme.measurement import Short
from xiancheng.programme.report import basemap, placemap


@pytest.fixture(scope="module")
def base() -> basemap.Base:
    lon, lat = _factory.town(500, 1)
    made = basemap.draw({}, np.empty((0, 2)), _factory.CRS)
    x, y = made._transformer.transform(lon, lat)
    return basemap.draw({}, np.column_stack([x, y]), _factory.CRS)


def parsed(drawn: placemap.PlaceMap) -> ET.Element:
    return ET.fromstring(str(drawn.svg))


def test_few_places_are_points(base) -> None:
    short = _factory.short_places(120)
    drawn = placemap.draw_places(base, short, "x")
    assert drawn is not None
    assert not drawn.binned
    points = re.findall(r"M-?\d+ -?\d+h0", str(drawn.svg))
    assert len(points) == 120
    assert len(parsed(drawn).findall(".//circle")) == placemap.LISTED
    assert [item.label for item in drawn.legend][-1].endswith(f"{int(short.amount.max())}")


def test_many_places_are_hexagons(base) -> None:
    drawn = placemap.draw_places(base, _factory.short_places(100_000), "x")
    assert drawn is not None
    assert drawn.binned
    assert len(drawn.legend) == 5
    assert len(drawn.svg) < 60_000


@settings(deadline=None, max_examples=30)
@given(st.integers(1, 400), st.floats(5, 60), st.integers(0, 10))
def test_every_place_lies_in_its_hexagon(n: int, radius: float, seed: int) -> None:
    random = np.random.default_rng(seed)
    xy = random.uniform(0, 1000, (n, 2))
    amount = np.ones(n)
    body, _ = placemap._hexagons(xy, amount, radius)
    tops = np.array(re.findall(r"M(-?\d+) (-?\d+)l", body), dtype=float)
    centres = tops + np.array([0, 0.97 * radius])
    nearest = np.sqrt(((xy[:, None] - centres[None]) ** 2).sum(axis=2)).min(axis=1)
    assert nearest.max() <= radius + 1.5


def test_hexagon_sums_are_all_of_the_amount() -> None:
    xy = np.array([[0.0, 0.0], [1.0, 1.0], [500.0, 500.0]])
    _, legend = placemap._hexagons(xy, np.array([3.0, 4.0, 20.0]), 30)
    assert legend[0].label.startswith("7")
    assert legend[-1].label.endswith("20")


def test_places_without_coordinates_and_far_away_are_told(base) -> None:
    made = _factory.short_places(400)
    lon, lat = made.lon.copy(), made.lat.copy()
    lon[:3] = np.nan
    lon[3] = 118.0
    short = Short(made.feature_class, made.ids, made.names, lon, lat, made.amount, made.in_area, made.unit)
    drawn = placemap.draw_places(base, short, "x")
    assert drawn is not None
    assert drawn.nowhere == 3
    assert drawn.outside >= 1
    nowhere = Short(made.feature_class, made.ids, made.names, lon * np.nan, lat, made.amount, made.in_area, made.unit)
    assert placemap.draw_places(base, nowhere, "x") is None


@pytest.mark.parametrize(
    "amount", [np.zeros(5), np.full(5, np.nan), np.full(5, 7.0), np.array([0.1, 0.2, 0.3, 0.4, 0.5])]
)
def test_unusual_amounts(base, amount) -> None:
    made = _factory.short_places(5)
    short = Short(made.feature_class, made.ids, made.names, made.lon, made.lat, amount, made.in_area, "beds")
    drawn = placemap.draw_places(base, short, "x")
    assert drawn is not None
    assert parsed(drawn) is not None


def test_one_place(base) -> None:
    assert placemap.draw_places(base, _factory.short_places(1), "x") is not None
