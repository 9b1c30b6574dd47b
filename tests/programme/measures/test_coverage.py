"""Coverage against buffers and unions, and against one point at a time."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from programme._county import boundaries, county, people, random_county, table
from xiancheng.programme.registry import run_measure

RADII = {"of": "park", "large_m2": 5000, "large_radius": 500, "small_m2": 2000, "small_radius": 300}


def with_land(seed):
    random = np.random.default_rng(seed)
    base = random_county(seed)
    centres = random.uniform(0, 4000, (20, 2))
    land = [
        shapely.box(x, y, x + w, y + h)
        for (x, y), (w, h) in zip(centres, random.uniform(40, 400, (20, 2)), strict=True)
    ]
    use = random.choice(["residential", "commercial"], 20, p=[0.8, 0.2])
    return county(base.table("admin_area"), base.table("park"), table("land_use", land, use=use))


@pytest.mark.parametrize("seed", range(4))
def test_service_radius_is_the_union_of_buffers_over_residential_land(seed) -> None:
    city = with_land(seed)
    parks, land = city.table("park"), city.table("land_use")
    served = shapely.union_all([
        g.buffer(500 if g.area >= 5000 else 300, quad_segs=16)
        for g, a in zip(parks.projected, parks.column("access"), strict=True) if a != 0 and g.area >= 2000
    ])  # fmt: skip
    square = shapely.union_all(
        [g for g, k in zip(city.table("admin_area").projected, ["c", *"ttt"], strict=True) if k == "c"]
    )
    homes = [
        g for g, u, p in zip(land.projected, land.column("use"), land.xy, strict=True)
        if u == "residential" and square.covers(shapely.Point(*p))
    ]  # fmt: skip
    figure = run_measure(city, "coverage.service_radius", RADII)
    assert figure.numerator == pytest.approx(sum(g.intersection(served).area for g in homes) / 1e4, rel=1e-9)
    assert figure.denominator == pytest.approx(sum(g.area for g in homes) / 1e4)
    assert figure.short is not None
    assert figure.short.amount.sum() / 1e4 == pytest.approx(figure.denominator - figure.numerator, abs=1e-2)


def test_without_residential_land_there_is_no_data_unless_asked_for_an_approximation() -> None:
    city = county(
        table("park", [shapely.box(0, 0, 100, 100)]),
        table("building", [shapely.box(200, 0, 210, 10), shapely.box(2000, 0, 2010, 10)], use=["residential"] * 2),
    )
    assert run_measure(city, "coverage.service_radius", RADII).value is None
    figure = run_measure(city, "coverage.service_radius", {**RADII, "approximate": True})
    assert figure.value == pytest.approx(0.5)
    assert "approximated by residential footprints" in figure.notes[0].en


def test_given_areas_cover_residents() -> None:
    areas = [shapely.box(0, 0, 1000, 1000), shapely.box(500, 500, 2000, 2000), shapely.box(0, 0, 4000, 4000)]
    random = np.random.default_rng(1)
    xy, persons = random.uniform(0, 4000, (300, 2)), random.integers(1, 9, 300)
    city = county(
        boundaries(), table("coverage_area", areas, kind=["5g", "5g", "gigabit"]), population=people(xy, persons)
    )
    figure = run_measure(city, "coverage.given", {"kind": "5g"})
    inside = [any(a.covers(shapely.Point(*p)) for a in areas[:2]) for p in xy]
    assert figure.numerator == persons[inside].sum()
    assert figure.denominator == persons.sum()
    assert (
        run_measure(city, "coverage.given", {"kind": "hdtv"}).missing[0].en.startswith("the city model has no high-def")
    )


def test_a_building_is_covered_if_its_attribute_or_an_area_says_so() -> None:
    boxes = [shapely.box(x, 0, x + 10, 10) for x in (0, 100, 200, 300, 400)]
    homes = table("building", boxes, use=["residential"] * 4 + ["office"], gigabit=[1, 0, None, None, 1])
    city = county(homes, table("coverage_area", [shapely.box(150, -5, 250, 50)], kind=["gigabit"]))
    params = {"kind": "gigabit", "attribute": "gigabit", "count": "buildings", "where": "use=residential"}
    figure = run_measure(city, "coverage.given", params)
    assert (figure.numerator, figure.denominator) == (2, 4)
    assert figure.short is not None
    assert sorted(figure.short.ids) == ["building-1", "building-3"]
    # Without coverage areas only the attribute can tell, and who does not say is left out.
    alone = run_measure(county(homes), "coverage.given", params)
    assert (alone.numerator, alone.denominator) == (1, 2)
    assert {(e.reason.en, e.count) for e in alone.excluded} >= {("buildings whose coverage is not known", 2)}
    # Without an attribute, lying outside every area is an answer.
    assert run_measure(city, "coverage.given", {"kind": "gigabit", "count": "buildings"}).denominator == 5
    assert run_measure(city, "coverage.given", {}).missing[0].en == "give kind or attribute"
    unknown = county(table("building", boxes[:1], gigabit=[None]))
    assert run_measure(unknown, "coverage.given", {"attribute": "gigabit", "count": "buildings"}).value is None
