"""Access measures against plain loops over buildings, parks and streets."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from programme._county import boundaries, county, people, random_county, table
from programme.measures.brute import Streets, inside, open_features
from xiancheng.programme.registry import run_measure

SEEDS = range(4)


def served(city, metres, least=0.0, classes=("park",), level="county", ages=()):
    """Persons inside with a facility near in a straight line, and all persons inside: one distance at a time."""
    shapes = []
    for name in classes:
        t = city.table(name)
        shapes += [t.projected[i] for i in open_features(t, "access" if name == "park" else "public", least)]
    near = total = 0.0
    for i in inside(city, level):
        persons = city.population.persons[i] if not ages else sum(city.population.ages[a][i] for a in ages)
        total += persons
        if any(shapely.Point(*city.population.xy[i]).distance(s) <= metres for s in shapes):
            near += persons
    return near, total


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize(
    ("params", "case"),
    [
        ({"of": "park", "metres": 500}, {"metres": 500}),
        ({"of": "park", "metres": 500, "min_area_m2": 4000}, {"metres": 500, "least": 4000}),
        ({"of": "park,green_space", "metres": 300}, {"metres": 300, "classes": ("park", "green_space")}),
        ({"of": "park", "metres": 500, "within": "county_seat"}, {"metres": 500, "level": "county_seat"}),
        ({"of": "park", "metres": 400, "ages": "age_0_2,age_60_up"}, {"metres": 400, "ages": ("age_0_2", "age_60_up")}),
        ({"of": "park", "metres": 0}, {"metres": 0}),
    ],
)
def test_residents_within_a_straight_distance(seed, params, case) -> None:
    city = random_county(seed)
    figure = run_measure(city, "access.residents_within", {**params, "metric": "straight"})
    near, total = served(city, **case)
    assert figure.numerator == pytest.approx(near)
    assert figure.denominator == pytest.approx(total)
    assert figure.value == pytest.approx(near / total)
    assert figure.short is not None
    assert figure.short.amount.sum() == pytest.approx(total - near)
    assert (np.diff(figure.short.amount) <= 0).all()


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**31), st.floats(0, 1500), st.floats(0, 1500))
def test_farther_never_serves_fewer(seed: int, one: float, other: float) -> None:
    city = random_county(seed, n=40)
    near, far = sorted([one, other])
    for metric in ("straight", "network"):
        a = run_measure(city, "access.residents_within", {"of": "park", "metres": near, "metric": metric})
        b = run_measure(city, "access.residents_within", {"of": "park", "metres": far, "metric": metric})
        assert a.value is None or (b.value is not None and a.value <= b.value + 1e-12)


def doors_of(city, from_):
    """Open parks and the points at which each is entered."""
    parks, gates = city.table("park"), city.table("park_entrance")
    rows = open_features(parks, "access")
    out = []
    for i in rows:
        own = [shapely.Point(*xy) for xy, p in zip(gates.xy, gates.column("park_id"), strict=True) if p == parks.ids[i]]
        if from_ == "point":
            own = [shapely.Point(*parks.xy[i])]
        elif from_ == "boundary" or not own:
            ring = shapely.segmentize(parks.projected[i].exterior, 25.0)
            own = [shapely.Point(*c) for c in ring.coords]
        out.append(own)
    return rows, out


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("from_", ["boundary", "entrances", "point"])
def test_residents_within_a_walk(seed, from_) -> None:
    city = random_county(seed, n=60)
    rows = [i for i in inside(city) if city.population.persons[i] > 0]
    _, doors = doors_of(city, from_)
    metres = Streets(city).distances([shapely.Point(*city.population.xy[i]) for i in rows], doors).min(axis=1)
    persons = city.population.persons[rows]
    for limit in (250.0, 700.0):
        figure = run_measure(city, "access.residents_within", {"of": "park", "metres": limit, "from": from_})
        assert figure.numerator == pytest.approx(persons[metres <= limit].sum())
    nearest = run_measure(city, "access.nearest", {"of": "park", "from": from_})
    reached = np.isfinite(metres)
    expected = (metres[reached] * persons[reached]).sum() / persons[reached].sum()
    assert nearest.value == pytest.approx(expected, abs=0.01)
    assert nearest.short is not None
    assert nearest.short.amount.sum() == pytest.approx(persons[reached].sum())


@pytest.mark.parametrize("seed", SEEDS)
def test_entrances_in_a_straight_line(seed) -> None:
    city = random_county(seed)
    parks, gates = city.table("park"), city.table("park_entrance")
    shapes = []
    for i in open_features(parks, "access"):
        own = [shapely.Point(*xy) for xy, p in zip(gates.xy, gates.column("park_id"), strict=True) if p == parks.ids[i]]
        shapes += own or [parks.projected[i]]
    near = sum(
        city.population.persons[i]
        for i in inside(city)
        if any(shapely.Point(*city.population.xy[i]).distance(s) <= 400 for s in shapes)
    )
    params = {"of": "park", "metres": 400, "metric": "straight", "from": "entrances"}
    assert run_measure(city, "access.residents_within", params).numerator == pytest.approx(near)


@pytest.mark.parametrize("seed", SEEDS)
def test_count_within(seed) -> None:
    city = random_county(seed, n=60)
    rows = [i for i in inside(city) if city.population.persons[i] > 0]
    hospitals = city.table("hospital")
    metres = Streets(city).distances(
        [shapely.Point(*city.population.xy[i]) for i in rows], [[shapely.Point(*p)] for p in hospitals.xy]
    )
    persons, count = city.population.persons[rows], (metres <= 900).sum(axis=1)
    figure = run_measure(city, "access.count_within", {"of": "hospital", "metres": 900, "at_least": 2})
    assert figure.value == pytest.approx((count * persons).sum() / persons.sum())
    assert figure.short is not None
    assert figure.short.amount.sum() == pytest.approx(persons[count < 2].sum())


def test_quantiles_are_of_persons_and_not_of_buildings() -> None:
    city = county(
        table("hospital", [shapely.Point(0, 0)]),
        population=people([[100, 0], [200, 0], [1000, 0]], [1, 8, 1]),
    )
    figure = run_measure(city, "access.nearest", {"of": "hospital", "metric": "straight"})
    assert "median 200 m, nine tenths within 200 m" in figure.notes[0].en
    assert figure.value == pytest.approx((100 + 8 * 200 + 1000) / 10)


def test_what_is_left_out_is_told() -> None:
    city = county(
        boundaries(1000, seat=False),
        table("park", [shapely.box(0, 0, 100, 100), shapely.box(0, 0, 10, 10), shapely.box(500, 0, 600, 100)],
              access=[None, 1, 0], area_m2=[3000, None, 20000]),
        population=people([[50, 50], [990, 990], [1500, 50]], [3, 4, 5]),
    )  # fmt: skip
    params = {"of": "park", "metres": 100, "metric": "straight", "min_area_m2": 4000}
    figure = run_measure(city, "access.residents_within", params)
    assert {(e.reason.en, e.count, e.unit) for e in figure.excluded} == {
        ("residents living outside the extent", 5, "residents"),
        ("park: closed to the public", 1, "features"),
        ("park: under 4,000 m²", 1, "features"),
    }
    assert (figure.numerator, figure.denominator) == (3, 7)
    assert "residents of the county" in figure.definition.en
    # The registered area of the large one is too small, that of the small one is not known.
    registered = run_measure(city, "access.residents_within", {**params, "area": "registered"})
    assert registered.numerator == 0
    assert ("park: area not known", 1) in {(e.reason.en, e.count) for e in registered.excluded}
    # Closed ones count where asked.
    all_of_them = run_measure(city, "access.residents_within", {**params, "public_only": False, "metres": 450})
    assert all_of_them.numerator == 3


def test_an_absent_class_is_no_data_but_one_of_two_is_told() -> None:
    city = county(boundaries(), table("park", [shapely.box(0, 0, 9, 9)]), population=people([[5, 5]], [1]))
    both = run_measure(city, "access.residents_within", {"of": "park,green_space", "metres": 9, "metric": "straight"})
    assert both.value == 1
    assert both.notes[0].en == "the city model has no green space (green_space)"
    none = run_measure(city, "access.residents_within", {"of": "green_space", "metres": 9, "metric": "straight"})
    assert none.value is None
    walk = run_measure(city, "access.residents_within", {"of": "park", "metres": 9})
    assert walk.missing[0].en == "the city model has no road (road)"


def test_residents_far_from_roads_are_told() -> None:
    city = county(
        table("road", [shapely.LineString([(0, 0), (2000, 0)])], road_class=["residential"]),
        table("hospital", [shapely.Point(0, 0)]),
        population=people([[100, 0], [100, 900]], [1, 2]),
    )
    figure = run_measure(city, "access.residents_within", {"of": "hospital", "metres": 5000})
    assert figure.value == pytest.approx(1 / 3)
    assert figure.notes[0].en.startswith("2 residents live over 500 m from a road")


def test_everybody_counts_without_a_boundary_and_by_township_with_one() -> None:
    park = table("park", [shapely.box(0, 0, 9, 9)])
    alone = county(park, population=people([[5, 5], [9000, 5]], [1, 1]))
    params = {"of": "park", "metres": 9, "metric": "straight"}
    assert run_measure(alone, "access.residents_within", params).denominator == 2
    codes = ["150221100", "150221101"]
    home = county(boundaries(), park, population=people([[5, 5], [3000, 5]], [1, 1], in_area=codes))
    figure = run_measure(home, "access.residents_within", params)
    assert [(a.code, a.name, a.value) for a in figure.by_area] == [(codes[0], "西镇", 1.0), (codes[1], "东镇", 0.0)]
    one = run_measure(home, "access.residents_within", {**params, "within": codes[1]})
    assert (one.value, one.denominator) == (0.0, 1.0)


def test_ages_that_are_not_known_are_no_data() -> None:
    city = county(table("park", [shapely.box(0, 0, 9, 9)]), population=people([[5, 5]], [1]))
    params = {"of": "park", "metres": 9, "metric": "straight", "ages": "age_0_2"}
    assert run_measure(city, "access.residents_within", params).missing[0].en == "the population data have no ages"


@pytest.mark.parametrize(
    ("name", "params"),
    [
        ("access.residents_within", {"of": "hospital", "metres": 2000}),
        ("access.residents_within", {"of": "hospital", "metres": 2000, "metric": "straight"}),
        ("access.residents_within", {"of": "hospital", "metres": 2000, "metric": "straight", "from": "point"}),
        ("access.residents_within", {"of": "hospital", "metres": 2000, "from": "entrances"}),
        ("access.nearest", {"of": "hospital"}),
        ("access.count_within", {"of": "hospital", "metres": 2000}),
        ("access.count_within", {"of": "hospital", "metres": 2000, "metric": "straight"}),
        ("access.gravity", {"of": "hospital", "metres": 2000}),
        ("access.two_step", {"of": "hospital", "metres": 2000, "attribute": "beds"}),
        ("presence.per_area", {"of": "hospital"}),
        ("density.area", {"of": "hospital"}),
    ],
)
@pytest.mark.parametrize("placed", [True, False])
def test_a_facility_without_a_place_serves_nobody(name, params, placed) -> None:
    """A register's row without coordinates, and none left at all, are no error."""
    base = random_county(2, n=40)

    def city(points):
        return county(
            base.table("admin_area"),
            base.table("road"),
            table("hospital", points, beds=[10] * len(points)),
            population=base.population,
        )

    here = [shapely.Point(2000, 2000)] if placed else []
    alone = run_measure(city([*here, None]), name, params)
    assert alone.value == (run_measure(city(here), name, params).value if placed else alone.value)
    assert alone.value is None or np.isfinite(alone.value)


@pytest.mark.parametrize("from_", ["boundary", "entrances", "point"])
@pytest.mark.parametrize("metric", ["network", "straight"])
def test_when_all_are_closed_nobody_is_served(from_, metric) -> None:
    base = random_county(2, n=40)
    closed = table("park", [shapely.box(0, 0, 500, 500)], access=[0])
    city = county(base.table("admin_area"), base.table("road"), closed, population=base.population)
    params = {"of": "park", "metres": 5000, "from": from_, "metric": metric}
    assert run_measure(city, "access.residents_within", params).value == 0
    assert run_measure(city, "access.nearest", {"of": "park", "from": from_, "metric": metric}).value is None
