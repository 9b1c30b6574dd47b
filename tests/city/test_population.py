"""Residents: totals are kept, shares follow floor area, and nobody is lost without a reason."""

from __future__ import annotations

import csv
from collections import defaultdict

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from xiancheng.city._census import normal_code
from xiancheng.city.classes import load_catalogue
from xiancheng.city.population import locate_population
from xiancheng.city.snapshot import AGE_BANDS, FeatureTable, empty_table

CATALOGUE = load_catalogue()
CRS = "EPSG:4546"
NUMERIC = {"integer", "number", "boolean"}


def table(name, rows):
    """Build a table from dictionaries of attributes plus id, xy, area, in_area, geometry."""
    feature_class = CATALOGUE[name]
    n = len(rows)
    columns = {}
    for a in feature_class.attributes:
        values = [row.get(a.name) for row in rows]
        if a.type in NUMERIC:
            columns[a.name] = np.array([np.nan if v is None else float(v) for v in values])
        else:
            columns[a.name] = np.array([*values, None], dtype=object)[:-1]

    def objects(key, default=None):
        out = np.full(n, None, dtype=object)
        for i, row in enumerate(rows):
            out[i] = row.get(key, default)
        return out

    ids = np.array([*(str(row.get("id", f"{name}{i}")) for i, row in enumerate(rows)), None], dtype=object)[:-1]
    xy = np.array([row.get("xy", (np.nan, np.nan)) for row in rows], dtype=float).reshape(n, 2)
    area = np.array([row.get("area", 0.0) for row in rows], dtype=float)
    return FeatureTable(
        feature_class, ids, objects("geometry"), columns, xy, area, np.zeros(n), objects("in_area"), CRS
    )


def locate(buildings=(), cells=(), census=(), areas=()):
    return locate_population(
        buildings=table("building", list(buildings)),
        cells=table("population_cell", list(cells)),
        census=table("census", list(census)),
        areas=table("admin_area", list(areas)),
    )


def home(area, floors=None, **more):
    return {"use": "residential", "area": area, "floors": floors, "xy": (0.0, 0.0), "in_area": "150221100", **more}


def ages(*persons):
    return dict(zip(AGE_BANDS, persons, strict=True))


def test_by_floor_area_registered_computed_and_assumed():
    p = locate(
        [
            home(100, 6, id="computed"),  # 600
            home(100, 6, floor_area=900, id="registered"),  # 900
            home(50, None, id="assumed"),  # the median of 6, 6 floors: 300
            {**home(1000, 10, id="office"), "use": "office"},
            {**home(1000, 10, id="shed"), "use": "unknown"},
        ],
        census=[{"area_code": "150221100", "persons": 1800, "basis": "resident"}],
    )
    assert dict(zip(p.ids, p.persons, strict=True)) == pytest.approx(
        {"computed": 600.0, "registered": 900.0, "assumed": 300.0}
    )
    assert p.method == "census_floor_area"
    assert p.feature_class == "building"
    assert p.summary["floor_area_sources"] == {"registered": 1, "floors": 1, "assumed": 1}
    assert p.summary["unknown_use_unused"] == 1
    assert p.summary["basis"] == "resident"
    assert p.ages == {}
    assert p.group(["age_0_2"]) is None


def test_unknown_use_stands_in_only_without_homes():
    p = locate(
        [{**home(100, 2, id="u"), "use": None, "in_area": "150221101"}, home(100, 2, id="h")],
        census=[{"area_code": "150221101", "persons": 10}, {"area_code": "150221100", "persons": 20}],
    )
    assert dict(zip(p.ids, p.persons, strict=True)) == pytest.approx({"u": 10, "h": 20})
    assert p.summary["unknown_use_areas"] == ["150221101"]


def test_the_county_row_fills_what_townships_leave():
    p = locate(
        [home(100, 1, id="a", in_area="150221100"), home(100, 3, id="b", in_area="150221101")],
        census=[
            {"area_code": "150221", "persons": 1000, **ages(20, 20, 60, 50, 50, 600, 200)},
            {"area_code": "150221100", "persons": 400, **ages(10, 10, 30, 30, 20, 250, 50)},
        ],
    )
    assert dict(zip(p.ids, p.persons, strict=True)) == pytest.approx({"a": 400, "b": 600})
    b = list(p.ids).index("b")
    assert [p.ages[band][b] for band in AGE_BANDS] == pytest.approx([10, 10, 30, 20, 30, 350, 150])
    assert p.summary["total"] == pytest.approx(1000)


def test_a_township_without_ages_takes_the_countys_shares():
    p = locate(
        [home(100, 1, id="a"), home(100, 3, id="b", in_area="150221101")],
        census=[
            {"area_code": "150221000000", "persons": 1000, **ages(20, 20, 60, 50, 50, 600, 200)},
            {"area_code": "150221100", "persons": 400},
            {"area_code": "150221101", "persons": 600},
        ],
    )
    assert p.persons.sum() == pytest.approx(1000)
    assert p.ages["age_60_up"][list(p.ids).index("a")] == pytest.approx(80)
    assert sum(p.ages[band].sum() for band in AGE_BANDS) == pytest.approx(1000)
    assert "take the age shares" in str(p.summary["notes"])


def test_inner_areas_above_the_outer_total_are_told():
    p = locate(
        [home(100, 1)],
        census=[{"area_code": "150221", "persons": 300}, {"area_code": "150221100", "persons": 400}],
    )
    assert p.persons.sum() == pytest.approx(400)
    assert "100 persons more" in str(p.summary["notes"])


def test_ages_are_scaled_to_the_total_and_told():
    p = locate([home(100, 1)], census=[{"area_code": "150221100", "persons": 200, **ages(1, 1, 1, 1, 1, 90, 5)}])
    assert p.persons.sum() == 200
    assert sum(p.ages[b].sum() for b in AGE_BANDS) == pytest.approx(200)
    assert p.ages["age_60_up"][0] == pytest.approx(10)
    assert "do not sum" in str(p.summary["notes"])


def test_residents_count_before_registered_population():
    rows = [
        {"area_code": "150221100", "persons": 999, "basis": "registered", "id": "1"},
        {"area_code": "150221100", "persons": 200, "basis": "resident", "id": "2"},
        {"area_code": "150221100", "persons": 777, "basis": "resident", "id": "3"},
    ]
    p = locate([home(100, 1)], census=rows)
    assert p.persons.sum() == 200
    assert "repeat an area" in str(p.summary["notes"])
    registered = locate([home(100, 1)], census=rows[:1])
    assert registered.summary["basis"] == "registered"
    assert "registered population only" in str(registered.summary["notes"])


def test_nobody_is_lost_silently():
    p = locate(
        [home(100, 1), home(0, None, in_area="150221103")],
        census=[
            {"area_code": "150221100", "persons": 200},
            {"area_code": "150221102", "persons": 50, "name": "沟门镇"},
            {"area_code": "150221103", "persons": 30},
            {"area_code": "999999", "persons": 7},
        ],
        areas=[{"code": "150221102", "level": "township", "geometry": shapely.box(111, 40, 111.1, 40.1)}],
    )
    gone = {e["area"]: (e["persons"], e["reason"]["en"]) for e in p.summary["undistributed"]}
    assert gone["150221102"] == (50.0, "the area has neither buildings to use nor population cells")
    assert gone["150221103"] == (30.0, "the residential buildings of the area have no floor area")
    assert "no building lies in an area of this code" in gone["999999"][1]
    assert p.summary["total"] == pytest.approx(p.summary["distributed"] + sum(v for v, _ in gone.values()))
    assert next(e["name"] for e in p.summary["undistributed"] if e["area"] == "150221102") == "沟门镇"


def test_cells_stand_in_for_areas_without_buildings():
    p = locate(
        [home(100, 1, id="a")],
        cells=[
            {"id": "c1", "persons": 1, "xy": (1, 1), "in_area": "150221101"},
            {"id": "c2", "persons": 3, "xy": (2, 1), "in_area": "150221101"},
            {"id": "c3", "persons": 5, "xy": (0, 0), "in_area": "150221100"},
        ],
        census=[{"area_code": "150221100", "persons": 100}, {"area_code": "150221101", "persons": 80}],
    )
    assert dict(zip(p.ids, p.persons, strict=True)) == pytest.approx(
        {"a": 100, "population_cell/c1": 20, "population_cell/c2": 60}
    )
    assert p.summary["from_cells"] == 2
    only = locate(
        cells=[{"id": "c1", "persons": 2, "xy": (1, 1), "in_area": "150221100"}],
        census=[{"area_code": "150221100", "persons": 100}],
    )
    assert (only.method, only.feature_class, list(only.ids)) == ("cells", "population_cell", ["c1"])
    assert only.persons.sum() == 100


def test_cells_alone():
    p = locate(
        cells=[
            {"id": "a", "persons": 10, "xy": (1, 1), **ages(1, 1, 1, 1, 1, 3, 2)},
            {"id": "b", "persons": 20, "xy": (1, 2), **ages(1, 1, 1, 1, 1, 3, 2)},
            {"id": "c", "persons": 0, "xy": (1, 3)},
            {"id": "d", "xy": (1, 4)},
        ]
    )
    assert list(p.ids) == ["a", "b"]
    assert p.summary["total"] == 30
    assert p.ages["age_60_up"] == pytest.approx([2, 4])
    assert "1 cells have no persons" in str(p.summary["notes"])
    assert p.method == "cells"


def test_a_band_unknown_somewhere_is_unknown():
    p = locate(
        cells=[
            {"persons": 10, "xy": (1, 1), "age_0_2": 2, "age_60_up": 3},
            {"persons": 20, "xy": (1, 2), "age_0_2": 1},
        ]
    )
    assert list(p.ages) == ["age_0_2"]
    assert p.group(["age_60_up"]) is None


def test_nothing_known():
    p = locate([home(100, 1)])
    assert (p.method, len(p), p.summary["distributed"]) == ("none", 0, 0.0)
    unplaced = locate(census=[{"area_code": "150221", "persons": 9}])
    assert unplaced.method == "none"
    assert unplaced.summary["undistributed"][0]["persons"] == 9
    empty = locate_population(
        **{
            k: empty_table(CATALOGUE[c], CRS)
            for k, c in (
                ("buildings", "building"),
                ("cells", "population_cell"),
                ("census", "census"),
                ("areas", "admin_area"),
            )
        }
    )
    assert empty.method == "none"


def test_codes_that_match_nothing_fall_back_to_cells():
    p = locate(
        cells=[{"id": "a", "persons": 10, "xy": (1, 1), "in_area": "150221100"}],
        census=[{"area_code": "330000", "persons": 100}],
    )
    assert (p.method, p.persons.sum()) == ("cells", 10)
    assert "fit no building or cell" in str(p.summary["notes"])


def test_boundaries_place_what_codes_do_not():
    """A community inside a township, and a county abroad whose areas have no codes of townships."""
    areas = [
        {"code": "ES705", "level": "county", "geometry": shapely.box(110.4, 40.4, 110.6, 40.6)},
        {
            "code": "ES705-1",
            "parent_code": "ES705",
            "level": "community",
            "geometry": shapely.box(110.5, 40.5, 110.51, 40.51),
        },
    ]
    probe = table("admin_area", areas)
    inside = shapely.centroid(probe.projected[1])
    x, y = shapely.get_x(inside), shapely.get_y(inside)
    table_areas = [{**a, "area": float(s)} for a, s in zip(areas, shapely.area(probe.projected), strict=True)]
    p = locate(
        [
            home(100, 1, id="in", xy=(x, y), in_area=None),
            home(100, 1, id="round", xy=(x - 3000, y), in_area=None),
            home(100, 1, id="out", xy=(x + 90000, y), in_area=None),
        ],
        census=[{"area_code": "ES705", "persons": 100}, {"area_code": "ES705-1", "persons": 30}],
        areas=table_areas,
    )
    assert dict(zip(p.ids, p.persons, strict=True)) == pytest.approx({"in": 30, "round": 70})
    assert "lie in no area" in str(p.summary["notes"])


def test_one_row_without_any_boundary_takes_all_buildings():
    p = locate(
        [home(100, 1, in_area=None), home(300, 1, in_area=None)],
        census=[{"area_code": "X", "persons": 40}],
    )
    assert list(p.persons) == pytest.approx([10, 30])


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("150221000000", "150221"),
        ("150221100000", "150221100"),
        ("150221100003", "150221100003"),
        ("150200", "1502"),
        ("150000", "15"),
        ("150221", "150221"),
        ("35016", "35016"),
        ("ES705", "ES705"),
        (" ", None),
        (None, None),
    ],
)
def test_normal_code(code, expected):
    assert normal_code(code) == expected


def test_the_2020_census_of_the_county(shared):
    """Real totals of 150221 on made-up buildings: 237,421 residents, and the ages that the census gives."""
    folder = shared / "cn_census2020"

    def row(name):
        with (folder / name).open(encoding="utf-8-sig") as file:
            return next(r for r in csv.DictReader(file) if r["CODE"] == "150221")

    total = int(row("population.csv")["POPU"])
    share = {k: float(v) for k, v in row("ages.csv").items() if k.startswith("AGES") and v}
    under_15 = share["AGES_0-14"] * total
    over_60 = (share["AGES_60-64"] + share["AGES_65P"]) * total
    rng = np.random.default_rng(1)
    townships = [f"1502211{i:02d}" for i in range(8)]
    buildings = [
        home(float(rng.uniform(80, 900)), int(rng.integers(1, 7)), in_area=townships[int(rng.integers(8))])
        for _ in range(4000)
    ]
    bands = ages(under_15 * 0.15, under_15 * 0.2, under_15 * 0.45, under_15 * 0.2, 0.04 * total, 0, over_60)
    bands["age_18_59"] = total - sum(bands.values())
    p = locate(buildings, census=[{"area_code": "150221", "persons": total, "basis": "resident", **bands}])
    assert total == 237421
    assert p.persons.sum() == pytest.approx(total, abs=1e-6)
    assert len(p) == 4000
    assert p.group(["age_60_up"]).sum() == pytest.approx(over_60)
    assert p.group(AGE_BANDS[:4]).sum() == pytest.approx(under_15)
    per_m2 = p.persons / np.array([b["area"] * b["floors"] for b in buildings])
    assert np.ptp(per_m2) < 1e-12


def brute(buildings, census):
    """Say the same with loops: area code → building → persons, for townships with one row each."""
    result = {}
    for row in census:
        inside = [b for b in buildings if b["in_area"] == row["area_code"]]
        homes = [b for b in inside if b["use"] == "residential"]
        weights = {}
        for group in (homes, [b for b in inside if b["use"] in (None, "unknown")]):
            floors = sorted(b["floors"] for b in group if b["floors"])
            middle = float(np.median(floors)) if floors else 1.0
            weights = {b["id"]: b["floor_area"] or b["area"] * (b["floors"] or middle) for b in group}
            if sum(weights.values()) > 0:
                break
        total = sum(weights.values())
        for key, weight in weights.items():
            if total and weight and row["persons"]:
                result[key] = row["persons"] * weight / total
    return result


BUILDINGS = st.lists(
    st.fixed_dictionaries(
        {
            "use": st.sampled_from(["residential", "unknown", None, "office"]),
            "area": st.sampled_from([0.0, 40.0, 55.5, 900.0]),
            "floors": st.sampled_from([None, 1, 2.5, 6]),
            "floor_area": st.sampled_from([None, 12.0, 3000.0]),
            "in_area": st.sampled_from(["150221100", "150221101", "150221102", None]),
        }
    ),
    max_size=25,
)
PERSONS = st.lists(st.integers(0, 5000), min_size=3, max_size=3)


@settings(max_examples=150, deadline=None)
@given(BUILDINGS, PERSONS, st.randoms(use_true_random=False))
def test_equal_to_loops_conserving_and_blind_to_order(buildings, persons, random):
    buildings = [{**b, "id": f"b{i}", "xy": (float(i), 0.0)} for i, b in enumerate(buildings)]
    census = [{"area_code": f"15022110{i}", "persons": n} for i, n in enumerate(persons)]
    areas = [{"code": f"15022110{i}", "level": "township", "geometry": shapely.Point(0, 0)} for i in range(3)]
    p = locate(buildings, census=census, areas=areas)
    expected = brute(buildings, census)
    assert dict(zip(p.ids, p.persons, strict=True)) == pytest.approx(expected)
    by_area = defaultdict(float)
    for area, n in zip(p.in_area, p.persons, strict=True):
        by_area[area] += n
    for entry in p.summary["undistributed"]:
        by_area[entry["area"]] += entry["persons"]
    for row in census:
        assert by_area[row["area_code"]] == pytest.approx(row["persons"])
    shuffled_buildings, shuffled_census = list(buildings), list(census)
    random.shuffle(shuffled_buildings)
    random.shuffle(shuffled_census)
    q = locate(shuffled_buildings, census=shuffled_census, areas=areas)
    assert dict(zip(q.ids, q.persons, strict=True)) == pytest.approx(dict(zip(p.ids, p.persons, strict=True)))
