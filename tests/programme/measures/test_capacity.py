"""School places: by catchment, nearest first, sums, and per 1,000 residents."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from programme._county import CODE, boundaries, county, people, random_county, table
from programme.measures.brute import Streets, inside
from xiancheng.programme.registry import run_measure

CODES = [CODE + "100", CODE + "101"]


@pytest.mark.parametrize("seed", range(3))
def test_nearest_first(seed) -> None:
    """One claim after the other, the shortest walk first."""
    city = random_county(seed, n=60)
    rows = [i for i in inside(city) if city.population.ages["age_6_11"][i] > 0]
    schools = city.table("school")
    metres = Streets(city).distances(
        [shapely.Point(*city.population.xy[i]) for i in rows], [[shapely.Point(*p)] for p in schools.xy]
    )
    left, free = city.population.ages["age_6_11"][rows].copy(), schools.column("places").copy() * 0.3
    schools.columns["places"][:] = free  # type: ignore[index]
    for i, j in sorted(np.ndindex(*metres.shape), key=lambda ij: metres[ij]):
        if metres[i, j] <= 2000:
            amount = min(left[i], free[j])
            left[i] -= amount
            free[j] -= amount
    total = city.population.ages["age_6_11"][rows].sum()
    figure = run_measure(city, "capacity.school_places", {"level": "primary", "metres": 2000})
    assert figure.value == pytest.approx(1 - left.sum() / total, abs=1e-6)
    assert figure.short is not None
    assert figure.short.amount.sum() == pytest.approx(left.sum(), abs=1e-3)
    sums = run_measure(city, "capacity.school_places", {"level": "primary", "method": "total"})
    assert sums.value == pytest.approx(min(1, schools.column("places").sum() / total))


def test_by_catchment() -> None:
    """A school has 10 places for 20 children of two catchments; another lies in the third; one child is in none."""
    zones = [shapely.box(0, 0, 1000, 1000), shapely.box(1000, 0, 2000, 1000), shapely.box(2000, 0, 3000, 1000)]
    schools = [shapely.Point(3500, 500), shapely.Point(2500, 500)]
    city = county(
        boundaries(),
        table("catchment", zones, level=["primary"] * 3, school_id=["school-0", "school-0", None],
              name=["甲", "乙", "丙"]),
        table("school", schools, level=["primary", "nine_year"], places=[10, 900], places_primary=[None, 8]),
        population=people([[500, 500], [1500, 500], [2500, 500], [500, 3000]], [5, 15, 6, 1],
                          ages={"age_6_11": [5, 15, 6, 1]}, in_area=[CODES[0], CODES[0], CODES[1], CODES[0]]),
    )  # fmt: skip
    figure = run_measure(city, "capacity.school_places", {"level": "primary"})
    assert figure.denominator == 27
    assert figure.numerator == pytest.approx(10 + 6)
    assert figure.short is not None
    assert dict(zip(figure.short.names, figure.short.amount, strict=True)) == pytest.approx({"乙": 7.5, "甲": 2.5})
    assert "1 children live in no catchment" in figure.notes[1].en
    more = run_measure(city, "capacity.school_places", {"level": "primary", "attendance": 1.5})
    assert more.denominator == pytest.approx(40.5)
    lacking = run_measure(city, "capacity.school_places", {"level": "junior", "method": "catchment"})
    assert lacking.value is None


def test_places_of_schools_with_several_levels_and_of_schools_known_by_classes() -> None:
    city = county(
        boundaries(),
        table("school", [shapely.Point(100, 100)] * 5, in_area=[CODES[0]] * 5,
              level=["primary", "nine_year", "junior", "complete", "primary"], places=[100, 900, None, 600, None],
              places_primary=[None, 300, None, None, None], places_junior=[None, 250, None, 200, None],
              classes=[3, 20, 4, 12, None]),
        population=people([[100, 100], [3000, 100]], [1500, 500], in_area=CODES),
    )  # fmt: skip
    primary = run_measure(city, "capacity.places_per_1000", {"level": "primary", "at_least": 100})
    assert primary.numerator == 100 + 300
    assert primary.value == pytest.approx(200)
    assert [e.reason.en for e in primary.excluded] == ["primary: places not known"]
    assert primary.short is not None
    assert dict(zip(primary.short.names, primary.short.amount, strict=True)) == pytest.approx({"东镇": 50})
    junior = run_measure(city, "capacity.places_per_1000", {"level": "junior", "class_size": 50})
    assert junior.numerator == 250 + 4 * 50 + 200
    assert junior.notes[0].en == "places of 1 estimated as classes times 50"
    assert run_measure(city, "capacity.places_per_1000", {"level": "senior"}).numerator == 400
    assert run_measure(city, "capacity.places_per_1000", {"level": "kindergarten"}).value is None
