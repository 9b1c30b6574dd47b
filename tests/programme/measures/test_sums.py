"""Ratios, shares, presence, evidence, statistics, densities: against sums made by hand."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from programme._county import CODE, boundaries, county, people, random_county, table
from programme.measures.brute import inside
from xiancheng.programme.registry import run_measure

CODES = [CODE + "100", CODE + "101"]


@pytest.mark.parametrize("seed", range(4))
def test_per_1000(seed) -> None:
    city = random_county(seed)
    hospitals = city.table("hospital")
    beds = [
        b for b, k in zip(hospitals.column("beds"), hospitals.column("kind"), strict=True) if k == "general" and b == b
    ]
    persons = sum(city.population.persons[i] for i in inside(city))
    figure = run_measure(city, "ratio.per_1000", {"of": "hospital", "attribute": "beds", "where": "kind=general"})
    if not beds:
        assert figure.value is None or figure.value == 0
        return
    assert figure.value == pytest.approx(1000 * sum(beds) / persons)
    old = sum(city.population.ages["age_60_up"][i] for i in inside(city))
    by_age = run_measure(
        city, "ratio.per_1000", {"of": "hospital", "attribute": "beds", "ages": "age_60_up", "where": "kind=general"}
    )
    assert by_age.value == pytest.approx(1000 * sum(beds) / old)


def test_places_of_several_classes() -> None:
    city = county(
        table("childcare", [shapely.Point(0, 0)] * 4, places=[20, 30, None, 50],
              kind=["institution", "kindergarten_class", "community", None]),
        table("kindergarten", [shapely.Point(0, 0)] * 2, nursery_places=[10, None]),
        population=people([[0, 0]], [10000]),
    )  # fmt: skip
    params = {"of": "childcare,kindergarten", "attribute": "childcare.places,kindergarten.nursery_places"}
    figure = run_measure(city, "ratio.per_1000", {**params, "where": "childcare.kind!=kindergarten_class"})
    assert figure.value == pytest.approx(3.0)
    assert {(e.reason.en, e.count) for e in figure.excluded} == {
        ("childcare: not 'childcare.kind!=kindergarten_class'", 1),
        ("childcare: cannot be decided for 'childcare.kind!=kindergarten_class', attribute not known", 1),
        ("childcare: places not known", 1),
        ("kindergarten: places for ages 2-3 not known", 1),
    }
    assert run_measure(city, "ratio.per_1000", params).value == pytest.approx(11.0)


def test_attributes_that_nobody_filled_in_are_no_data() -> None:
    city = county(table("hospital", [shapely.Point(0, 0)], name=["一院"]), population=people([[0, 0]], [100]))
    figure = run_measure(city, "ratio.per_1000", {"of": "hospital", "attribute": "beds"})
    assert figure.value is None
    assert figure.missing[0].en == "no hospital has a value of beds (hospital.beds)"
    only_unknown = run_measure(city, "presence.count", {"of": "hospital", "where": "kind=general"})
    assert only_unknown.value is None
    assert "none with the attributes" in only_unknown.missing[0].en


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(st.none() | st.integers(0, 9), st.none() | st.integers(0, 9)), min_size=1, max_size=15))
def test_sums_count_only_features_with_both(rows) -> None:
    city = county(
        table("hospital", [shapely.Point(0, 0)] * len(rows), nurses=[r[0] for r in rows], beds=[r[1] for r in rows])
    )
    both = [(a, b) for a, b in rows if a is not None and b is not None]
    figure = run_measure(city, "ratio.sums", {"of": "hospital", "top": "nurses", "bottom": "beds", "at_least": 0.5})
    bottom = sum(b for _, b in both)
    if not bottom:
        assert figure.value is None
        return
    assert figure.value == pytest.approx(sum(a for a, _ in both) / bottom)
    assert figure.short is not None
    assert figure.short.amount.sum() == pytest.approx(sum(max(0.5 * b - a, 0) for a, b in both))
    assert sum(e.count for e in figure.excluded) == len(rows) - len(both)


@settings(max_examples=100, deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from(["public", "private", "private_inclusive", None]), st.none() | st.integers(0, 90)),
        min_size=1, max_size=15,
    )
)  # fmt: skip
def test_share_of_features_and_of_children(rows) -> None:
    city = county(
        table(
            "kindergarten",
            [shapely.Point(0, 0)] * len(rows),
            ownership=[r[0] for r in rows],
            children=[r[1] for r in rows],
        )
    )
    params = {"of": "kindergarten", "condition": "ownership=public|private_inclusive"}
    decided = [o for o, _ in rows if o is not None]
    figure = run_measure(city, "share.features", params)
    good = {"public", "private_inclusive"}
    assert figure.value == (pytest.approx(sum(o in good for o in decided) / len(decided)) if decided else None)
    weighted = [(o, c) for o, c in rows if o is not None and c is not None]
    total = sum(c for _, c in weighted)
    figure = run_measure(city, "share.features", {**params, "weight": "children"})
    assert figure.value == (pytest.approx(sum(c for o, c in weighted if o in good) / total) if total else None)


def test_presence() -> None:
    points = [shapely.Point(100, 100), shapely.Point(200, 200), shapely.Point(3000, 100)]
    city = county(boundaries(), table("relief_station", points, kind=["station", "point", "point"]))
    every = run_measure(city, "presence.per_area", {"of": "relief_station"})
    assert (every.value, every.numerator, every.denominator) == (1.0, 2, 2)
    two = run_measure(city, "presence.per_area", {"of": "relief_station", "at_least": 2})
    assert two.value == 0.5
    assert two.short is not None
    assert two.short.names.tolist() == ["东镇"]
    assert (
        run_measure(
            city, "presence.per_area", {"of": "relief_station", "where": "kind=station", "level": "county"}
        ).value
        == 1
    )
    assert (
        "no community"
        in run_measure(city, "presence.per_area", {"of": "relief_station", "level": "community"}).missing[0].en
    )
    kinds = run_measure(city, "presence.kinds", {"of": "relief_station", "kinds": "station,management_station"})
    assert kinds.value == 0.5
    assert kinds.notes[0].en == "none: relief management station"
    assert run_measure(city, "presence.count", {"of": "relief_station", "where": "kind=point"}).value == 2


def test_evidence() -> None:
    city = county(
        table("historic_building", [shapely.Point(i, 0) for i in range(4)], surveyed=[1, 0, None, 1],
              surveyed_on=["2023-01-01", None, None, None], in_area=[*CODES, *CODES]),
        table("document", None, clause=["17.3", "17.3", "18.1"], kind=["批复", "验收", "规划"],
              issued_on=["2023-01-01", "2024-01-01", None], issuer=["住建局", None, "卫健委"], name=["a", "b", "c"]),
    )  # fmt: skip
    params = {"of": "historic_building", "complete": "surveyed,surveyed_on"}
    figure = run_measure(city, "evidence.features", params)
    assert (figure.value, figure.numerator) == (0.25, 1)
    assert figure.short is not None
    assert dict(zip(figure.short.ids, figure.short.amount, strict=True)) == {
        "historic_building-1": 2, "historic_building-2": 2, "historic_building-3": 1,
    }  # fmt: skip
    documents = run_measure(city, "evidence.documents", {"clause": "17.3"})
    assert (documents.value, documents.denominator) == (1, 2)
    assert run_measure(city, "evidence.documents", {"clause": "17.3", "complete": "issued_on"}).value == 2
    assert run_measure(city, "evidence.documents", {"clause": "17.3", "kinds": "验收", "complete": ""}).value == 1
    assert run_measure(city, "evidence.documents", {"clause": "19.4"}).value == 0


def test_statistics_take_the_newest_year_and_the_countys_own_row() -> None:
    city = county(
        boundaries(),
        table("statistic", None, indicator=["pupils"] * 5 + ["other"], value=[90, 95, 40, 50, 999, 7],
              area_code=[CODE, CODE, CODES[0], CODES[1], CODE, None], year=[2023, 2025, 2025, 2025, 2026, None]),
        table("census", None, area_code=[*CODES, CODE], basis=["resident", "resident", "registered"],
              persons=[500, 500, 900], age_15_17=[50, 50, 80]),
        as_of=date(2025, 12, 31),
    )  # fmt: skip
    figure = run_measure(city, "statistic.ratio", {"top": "pupils", "ages": "age_15_17"})
    assert (figure.numerator, figure.denominator, figure.value) == (95, 100, pytest.approx(0.95))
    assert [(a.code, a.value) for a in figure.by_area] == [(CODES[0], 0.8), (CODES[1], 1.0)]
    assert figure.notes[0].en == "pupils: of 2025"
    registered = run_measure(city, "statistic.ratio", {"top": "pupils", "ages": "age_15_17", "basis": "registered"})
    assert registered.value == pytest.approx(95 / 80)
    assert run_measure(city, "statistic.ratio", {"top": "pupils,other", "bottom": "other"}).value == pytest.approx(
        102 / 7
    )
    assert run_measure(city, "statistic.value", {"of": "pupils"}).value == 95
    assert (
        run_measure(city, "statistic.value", {"of": "nothing"}).missing[0].en == "nothing is not reported (statistic)"
    )


def test_statistics_fall_back_on_the_people_placed() -> None:
    city = county(
        table("statistic", None, indicator=["pupils"], value=[8]),
        population=people([[0, 0]], [10], ages={"age_15_17": [10]}),
    )
    assert run_measure(city, "statistic.ratio", {"top": "pupils", "ages": "age_15_17"}).value == pytest.approx(0.8)
    lacking = run_measure(city, "statistic.ratio", {"top": "pupils", "ages": "age_15_17", "basis": "registered"})
    assert lacking.value is None


@pytest.mark.parametrize("seed", range(3))
def test_densities(seed) -> None:
    city = random_county(seed)
    square = city.table("admin_area").projected[0]
    roads = sum(line.intersection(square).length for line in city.table("road").projected)
    assert run_measure(city, "density.length", {"of": "road"}).value == pytest.approx(roads / square.area * 1e3)
    shapes = [*city.table("park").projected, *city.table("green_space").projected]
    green = shapely.union_all(shapes).intersection(square).area
    figure = run_measure(city, "density.area", {"of": "park,green_space"})
    assert figure.value == pytest.approx(green / square.area)
    assert sum(a.numerator or 0 for a in figure.by_area) == pytest.approx(green / 1e6)


def test_water_that_nearly_touches_is_connected() -> None:
    lines = [
        shapely.LineString([(0, 0), (100, 0)]),
        shapely.LineString([(130, 0), (200, 0)]),
        shapely.LineString([(900, 0), (950, 0)]),
    ]
    pond = shapely.box(110, -5, 120, 5)
    alone = county(table("waterway", lines))
    assert run_measure(alone, "connectivity.water", {"tolerance": 20}).value == pytest.approx(100 / 220)
    joined = county(table("waterway", lines), table("water_body", [pond]))
    figure = run_measure(joined, "connectivity.water", {"tolerance": 20})
    assert figure.value == pytest.approx(170 / 220)
    assert figure.short is not None
    assert figure.short.ids.tolist() == ["waterway-2"]
    assert figure.notes[0].en.startswith("2 systems")


def test_shared_sites() -> None:
    functions = [
        "elderly_care;canteen;sport",
        "elderly_care;sport;reading_room",
        "sport",
        None,
        "childcare;canteen;sport",
    ]
    city = county(
        table(
            "community_service_point",
            [shapely.Point(0, 0)] * 5,
            functions=functions,
            floor_area=[700, 900, 900, 900, None],
        )
    )
    figure = run_measure(city, "shared.sites", {})
    assert (figure.numerator, figure.denominator) == (2, 4)
    assert figure.short is not None
    assert dict(zip(figure.short.ids, figure.short.amount, strict=True)) == {
        "community_service_point-2": 2, "community_service_point-1": 1,
    }  # fmt: skip
    large = run_measure(city, "shared.sites", {"min_floor_area": 600})
    assert (large.numerator, large.denominator) == (1, 3)


def test_new_estates_need_their_kindergarten() -> None:
    boxes = [shapely.box(x, 0, x + 20, 20) for x in (0, 100, 1000, 2000, 3000)]
    homes = table("building", boxes, use=["residential"] * 5, district=["甲", "甲", "乙", "丙", None],
                  year=[2024, 2025, 2024, 2010, 2024], dwellings=[300, 300, 700, 900, 900])  # fmt: skip
    gardens = table("kindergarten", [shapely.Point(350, 0), shapely.Point(1100, 0)], estate_facility=[1, 0])
    figure = run_measure(county(homes, gardens), "guard.estate_kindergartens", {"since": 2023, "min_dwellings": 500})
    assert (figure.value, figure.denominator) == (1, 2)
    assert figure.short is not None
    assert figure.short.names.tolist() == ["乙"]
    small = run_measure(county(homes, gardens), "guard.estate_kindergartens", {"since": 2023, "min_dwellings": 701})
    assert (small.value, small.denominator) == (0, 0)


def test_short_is_by_amount_and_knows_where() -> None:
    city = county(
        boundaries(),
        population=people([[10, 10], [3000, 10], [3900, 10]], [1, 5, 3], in_area=[CODES[0], CODES[1], CODES[1]]),
    )
    city = county(boundaries(), table("hospital", [shapely.Point(0, 0)]), population=city.population)
    figure = run_measure(city, "access.residents_within", {"of": "hospital", "metres": 100, "metric": "straight"})
    assert figure.short is not None
    assert figure.short.amount.tolist() == [5, 3]
    assert figure.short.in_area.tolist() == [CODES[1], CODES[1]]
    assert np.all(np.abs(figure.short.lon - 110.55) < 0.2)
    assert np.all(np.abs(figure.short.lat - 40.56) < 0.2)
