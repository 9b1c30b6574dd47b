"""The town: what stands where, and that it holds together."""

from __future__ import annotations

import networkx as nx
import numpy as np
import pytest
import shapely

from xiancheng.sample.fabric import Buildings
from xiancheng.sample.frame import (
    AFTER,
    CENSUS_RESIDENTS,
    DATES,
    TOWNSHIPS,
    age_shares,
    apportion,
    bend,
    degrees,
    metric,
    outline,
    residents,
    township_areas,
)
from xiancheng.sample.junctions import join
from xiancheng.sample.plan import FLOOR_AREA_PER_PERSON, chinese_number, lay_out
from xiancheng.sample.town import Town


def _in_seat(town: Town, b: Buildings) -> np.ndarray:
    west, south, east, _ = town.plan.bounds
    return (b.x > west) & (b.x < east) & (b.y > south) & (b.y < town.plan.railway)


def test_residents_are_those_of_the_census():
    now = residents(100_000, DATES[1])
    assert now.total == CENSUS_RESIDENTS
    assert now.seat == 100_000
    assert now.seat + int(now.rural.sum()) == now.total
    # Shares of the 2020 census: 12.4 % under 15 and 27.09 % of 60 and over.
    assert now.ages.sum(axis=0)[:4].sum() / now.total == pytest.approx(0.124, abs=0.0005)
    assert now.band("age_60_up") / now.total == pytest.approx(0.2709, abs=0.0005)
    assert age_shares().sum() == pytest.approx(1)


@pytest.mark.parametrize("people", [1_000, 4_000, 300_000])
def test_earlier_there_are_fewer_in_the_seat_and_more_in_villages(people):
    before, now = (residents(people, on) for on in DATES)
    assert before.seat < now.seat
    assert before.rural.sum() > now.rural.sum()
    assert (now.ages >= 0).all()


def test_apportion_is_exact():
    assert apportion(10, np.array([1.0, 1.0, 1.0])).tolist() == [4, 3, 3]
    assert apportion(0, np.array([2.0, 5.0])).tolist() == [0, 0]


def test_townships_partition_the_county():
    areas = township_areas()
    assert len(areas) == len(TOWNSHIPS)
    assert shapely.area(areas).sum() == pytest.approx(outline().area, rel=1e-9)
    assert outline().area / 1e6 == pytest.approx(2368, rel=0.05)  # km², published area of the banner
    overlaps = [a.intersection(b).area for i, a in enumerate(areas) for b in areas[:i]]
    assert max(overlaps) < 1.0


def test_places_go_to_degrees_and_back():
    xy = np.array([[0.0, 0.0], [1200.0, -800.0], [-7000.0, 20_000.0]])
    lonlat = degrees(xy)
    assert lonlat[0] == pytest.approx([110.52, 40.56], abs=1e-7)
    assert metric(lonlat[:, 0], lonlat[:, 1]) == pytest.approx(xy, abs=0.02)


def test_bending_keeps_sizes():
    rng = np.random.default_rng(3)
    places = rng.uniform(-4000, 4000, (500, 2))
    step = np.array([30.0, 0.0])
    assert np.linalg.norm(bend(places + step) - bend(places), axis=1) == pytest.approx(30.0, rel=0.01)


def test_the_seat_lies_in_its_township_at_every_size():
    for people in (1_000, 100_000, 300_000):
        west, south, east, _ = lay_out(people, 1).bounds
        corners = bend(np.array([(west, south), (east, south)]))
        assert shapely.covers(township_areas()[0], shapely.points(corners)).all()


def test_floor_area_houses_the_residents(town):
    b = town.buildings
    lived = b.residential & ((b.when & AFTER) > 0)
    seat = b.floor_area[lived & _in_seat(town, b)].sum() / town.people
    rural = b.floor_area[lived & ~_in_seat(town, b)].sum() / town.residents[1].rural.sum()
    assert seat == pytest.approx(FLOOR_AREA_PER_PERSON, rel=0.4)  # a town of 4,000 has few parcels to choose from
    assert rural == pytest.approx(FLOOR_AREA_PER_PERSON, rel=0.15)


def test_no_two_residential_buildings_overlap_much(town):
    b = town.buildings
    now = b.take((b.when & AFTER) > 0)
    shapes = shapely.polygons(now.corners())
    a, c = shapely.STRtree(shapes).query(shapes, predicate="overlaps")
    a, c = a[a < c], c[a < c]
    both = now.residential[a] & now.residential[c]
    shared = shapely.area(shapely.intersection(shapes[a[both]], shapes[c[both]]))
    assert shared.sum() < 0.001 * shapely.area(shapes).sum()


def test_roads_are_one_network_but_for_the_planted_piece(town):
    graph = nx.Graph()
    for line in town.lines:
        if "highway" in line.tags and line.when & AFTER:
            nodes = [tuple(p) for p in np.round(line.points * 100).astype(int).tolist()]
            nx.add_path(graph, nodes)
    parts = sorted(nx.connected_components(graph), key=len, reverse=True)
    assert len(parts[0]) / graph.number_of_nodes() > 0.995


def test_roads_cross_water_and_rails_only_by_bridges(town):
    roads = [x for x in town.lines if "highway" in x.tags and x.level == 0]
    barriers = [
        shapely.LineString(x.points)
        for x in town.lines
        if x.tags.get("waterway") or (x.tags.get("railway") == "rail" and "service" not in x.tags)
    ]
    lines = [shapely.LineString(x.points) for x in roads]
    assert len(shapely.STRtree(barriers).query(lines, predicate="crosses")[0]) == 0
    bridges = [x for x in town.lines if x.level == 1]
    assert bridges
    assert all(x.tags["bridge"] == "yes" and x.tags["layer"] == "1" for x in bridges)


def test_join_makes_common_nodes():
    cross = [np.array([[0.0, 0], [10, 0]]), np.array([[5.0, -5], [5, 5]])]
    a, b = join(cross, [0, 0])
    assert a.tolist() == [[0, 0], [5, 0], [10, 0]]
    assert b.tolist() == [[5, -5], [5, 0], [5, 5]]
    assert join(cross, [0, 1])[0].tolist() == cross[0].tolist()
    tee = join([cross[0], np.array([[3.0, 0], [3, 7]])], [0, 0])
    assert [3, 0] in tee[0].tolist()
    assert len(tee[1]) == 2


@pytest.mark.parametrize(("number", "text"), [(1, "一"), (10, "十"), (12, "十二"), (20, "二十"), (45, "四十五")])
def test_chinese_numbers(number, text):
    assert chinese_number(number) == text


def test_the_two_dates_differ(town):
    b = town.buildings
    assert (b.when == 1).any()
    assert (b.when == 2).any()
    parks = [a for a in town.areas if a.tags.get("leisure") == "park"]
    assert any(a.when == AFTER for a in parks)
