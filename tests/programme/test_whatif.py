"""What-if against the truth: the same edits really made, published and assessed in full."""

from __future__ import annotations

import json
import shutil
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from programme._county import boundaries, county, random_county, shipped, table
from xiancheng.city.classes import load_catalogue
from xiancheng.city.county import County
from xiancheng.city.publish import open_snapshot, publish
from xiancheng.city.snapshot import Snapshot
from xiancheng.city.store import Store
from xiancheng.foundation.errors import XianchengError
from xiancheng.foundation.text import Text
from xiancheng.programme.loader import load_programme
from xiancheng.programme.measurement import Measurement
from xiancheng.programme.model import Article, Clause, Indicator, Programme, Target
from xiancheng.programme.registry import run_measure
from xiancheng.programme.whatif.compare import what_if
from xiancheng.programme.whatif.prepared import Prepared, prepare
from xiancheng.programme.whatif.scenario import EditError, read_edits
from xiancheng.programme.whatif.tables import Outcome, apply_edits
from xiancheng.sample import import_sources, write_sources

DAY = date(2025, 12, 31)
NAMES = ["park", "green_space", "hospital", "school", "kindergarten", "elderly_care", "childcare", "sports_ground",
         "park_entrance", "road", "building", "catchment", "coverage_area", "land_use", "clinic"]  # fmt: skip


def close(one: float | None, other: float | None) -> bool:
    if one is None or other is None:
        return one is other
    return one == pytest.approx(other, rel=1e-9, abs=1e-9)


def assert_same(found: Measurement, truth: Measurement, what: str) -> None:
    assert close(found.value, truth.value), f"{what}: {found.value} instead of {truth.value}"
    assert close(found.numerator, truth.numerator), what
    assert close(found.denominator, truth.denominator), what
    assert [a.code for a in found.by_area] == [a.code for a in truth.by_area], what
    for a, b in zip(found.by_area, truth.by_area, strict=True):
        assert close(a.value, b.value), f"{what} in {a.name}: {a.value} instead of {b.value}"


# ------------------------------------------------------------------ a county published anew


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("what-if-county")
    write_sources(folder / "sources", people=1500, seed=3)
    import_sources(folder / "sources", folder)
    home, catalogue = County.load(folder), load_catalogue(folder)
    with Store.open(home.model_place, catalogue, read_only=True) as store:
        publish(store, home, catalogue, DAY)
    return folder


@pytest.fixture(scope="module")
def ready(sample: Path) -> Prepared:
    home, catalogue = County.load(sample), load_catalogue(sample)
    return prepare(open_snapshot(home, catalogue, DAY), load_programme("baotou-2023", county_folder=sample))


def random_edits(city: Snapshot, random: np.random.Generator, count: int, names: list[str]) -> list[dict[str, Any]]:
    """Edits of any kind to any class, with plausible attributes taken from features that exist."""
    edits: list[dict[str, Any]] = []
    removed: set[str] = set()
    while len(edits) < count:
        name = str(random.choice(names))
        features = city.table(name)
        if not len(features):
            continue
        row = int(random.integers(len(features)))
        identity, geometry = str(features.ids[row]), features.geometry[row]
        if identity in removed or geometry is None:
            continue
        known = {k: v[row] for k, v in features.columns.items() if v[row] is not None and v[row] == v[row]}
        attributes = {k: v.item() if isinstance(v, np.generic) else v for k, v in known.items()}
        shift = random.uniform(-0.004, 0.004, 2)
        moved = shapely.transform(geometry, lambda xy, by=shift: xy + by)
        place = json.loads(shapely.to_geojson(moved))
        kind = str(random.choice(["add", "remove", "resize", "move"]))
        if kind == "remove":
            edits.append({"op": "remove", "class": name, "id": identity})
            removed.add(identity)
        elif kind == "add":
            edits.append(
                {"op": "add", "class": name, "id": f"new-{len(edits)}", "geometry": place, "attributes": attributes}
            )
        elif kind == "move":
            edits.append({"op": "move", "class": name, "id": identity, "geometry": place})
        else:
            numbers = {k: float(int(v * 2) + 1) for k, v in attributes.items() if k in {"beds", "places", "area_m2"}}
            entry: dict[str, Any] = {"op": "resize", "class": name, "id": identity, "attributes": numbers}
            if shapely.get_dimensions(geometry) == 2:
                entry["area_m2"] = min(float(features.area[row] * random.uniform(0.3, 4) + 1), 1e8)
            if numbers or "area_m2" in entry:
                edits.append(entry)
    return edits


def really_make(folder: Path, outcome: Outcome) -> Snapshot:
    """Make the edits in the model itself, publish it and open the snapshot."""
    home, catalogue = County.load(folder), load_catalogue(folder)
    with Store.open(home.model_place, catalogue) as store, store.change(source="test", reason="what-if") as change:
        for step in outcome.steps:
            name, identity, after = step.edit.feature_class, step.edit.object_id, step.after
            if after is None:
                change.close_many(name, [identity], valid_to=DAY)
            elif step.before is None:
                change.add(name, identity, valid_from=DAY, geometry=after.geometry, attributes=after.attributes)
            else:
                change.update(name, identity, valid_from=DAY, geometry=after.geometry, attributes=after.attributes)
    with Store.open(home.model_place, catalogue, read_only=True) as store:
        publish(store, home, catalogue, DAY)
    return open_snapshot(home, catalogue, DAY)


@pytest.mark.parametrize(
    ("seed", "names"),
    [(1, ["park", "green_space"]), (2, ["school", "hospital", "catchment"]), (3, ["road", "building", "park"]),
     (4, NAMES), (5, NAMES), (6, NAMES)],
)  # fmt: skip
def test_every_figure_is_that_of_a_model_really_changed(sample, ready, tmp_path, seed, names):
    folder = tmp_path / "county"
    shutil.copytree(sample, folder, ignore=shutil.ignore_patterns("sources"))
    random = np.random.default_rng(seed)
    edits = read_edits(random_edits(ready.city.base, random, 6, names), ready.city.catalogue)
    found = what_if(ready, edits)
    truth = really_make(folder, apply_edits(ready.city, edits))
    moved = {m.entry.key: m.after for m in found.moved}
    assert not found.pending
    for entry in ready.entries:
        expected = run_measure(truth, entry.indicator.measure, entry.indicator.params)
        assert_same(moved.get(entry.key, entry.base), expected, entry.key)


# ------------------------------------------------------------------ many counties in memory

WITHIN = {"metres": 450, "of": ["park", "green_space"]}
ASKED = {
    "straight": ("access.residents_within", {**WITHIN, "metric": "straight", "min_area_m2": 900}),
    "old": ("access.residents_within", {**WITHIN, "metric": "straight", "ages": ["age_60_up"], "within": "all"}),
    "doors": ("access.residents_within", {**WITHIN, "of": ["park"], "metric": "network", "from": "entrances"}),
    "gates": ("access.residents_within", {**WITHIN, "of": ["park"], "metric": "straight", "from": "entrances"}),
    "walk": ("access.residents_within", {**WITHIN, "metric": "network", "within": "county_seat"}),
    "drive": ("access.residents_within",
              {"of": ["hospital"], "metres": 900, "mode": "drive", "from": "point", "where": "kind=general|chinese"}),
    "shared": ("access.two_step", {"of": ["hospital"], "attribute": "beds", "metres": 1500, "at_least": 3}),
    "shared-straight": ("access.two_step", {"of": ["hospital"], "attribute": "nurses", "metres": 900,
                                           "metric": "straight", "decay": "gaussian"}),
    "radius": ("coverage.service_radius", {"of": ["park"], "large_m2": 9000, "large_radius": 400, "small_m2": 1500,
                                           "small_radius": 200}),
    "nearest": ("access.nearest", {"of": ["hospital"]}),
    "nearest-park": ("access.nearest", {"of": ["park", "green_space"], "metric": "straight", "min_area_m2": 900}),
    "beds": ("ratio.per_1000", {"of": ["hospital"], "attribute": ["beds"]}),
    "primary": ("capacity.school_places", {"level": "primary"}),
    "green": ("density.area", {"of": ["park", "green_space"]}),
    "count": ("presence.count", {"of": ["park"]}),
}  # fmt: skip


def asked() -> Programme:
    indicators = tuple(
        Indicator(key, Text(key, key), measure, params, Target(at_least=0.5))
        for key, (measure, params) in ASKED.items()
    )
    clause = Clause("1.1", "target", Text("一", "one"), ("b",), indicators)
    return Programme("p", Text("方案", "plan"), DAY, DAY, (Article("1", Text("一", "one")),), (clause,), {})


def with_land(seed: int) -> Snapshot:
    base = random_county(seed, n=120)
    random = np.random.default_rng(seed)
    corners = random.uniform(0, 3800, (25, 2))
    land = table("land_use", [shapely.box(x, y, x + 180, y + 150) for x, y in corners], use=["residential"] * 25)
    names = ["admin_area", "park", "green_space", "park_entrance", "road", "hospital", "school"]
    return county(land, *(base.table(n) for n in names), population=base.population)


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 5))
def test_every_mover_gives_what_the_measure_gives(seed, count):
    base = with_land(seed % 7)
    ready = prepare(base, asked())
    random = np.random.default_rng(seed)
    names = [["park"], ["park", "green_space"], ["hospital"], ["park", "hospital", "school", "road", "park_entrance"]]
    edits = read_edits(random_edits(base, random, count, names[seed % 4]), shipped())
    found = what_if(ready, edits)
    outcome = apply_edits(base, edits)
    tables = {n: outcome.tables.get(n) for n in outcome.tables}
    others = [n for n in ("admin_area", "park", "green_space", "park_entrance", "road", "hospital", "school",
                          "land_use") if n not in tables]  # fmt: skip
    truth = county(*tables.values(), *(with_land(seed % 7).table(n) for n in others), population=base.population)
    moved = {m.entry.key: m for m in found.moved}
    for entry in ready.entries:
        expected = run_measure(truth, entry.indicator.measure, entry.indicator.params)
        mine = moved[entry.key].after if entry.key in moved else entry.base
        assert_same(mine, expected, f"{entry.key} after {[e.as_dict() for e in edits]}")
        gain = moved[entry.key].gain if entry.key in moved else None
        if gain is not None and entry.indicator.measure == "access.residents_within":
            assert gain.gained - gain.lost == pytest.approx((expected.numerator or 0) - (entry.base.numerator or 0))


def test_who_gains_is_who_was_far_and_is_near():
    base = with_land(1)
    ready = prepare(base, asked())
    # Midway between the places of all residents, where nothing is near.
    key = "1.1/old"
    lack = run_measure(base, *ASKED["old"]).short
    place = {"type": "Point", "coordinates": [float(lack.lon[0]), float(lack.lat[0])]}
    edit = {"op": "add", "class": "park", "id": "n", "geometry": place, "area_m2": 2500}
    found = what_if(ready, read_edits([edit], shipped()))
    (mine,) = [m for m in found.moved if m.entry.key == key]
    people = base.population
    centre = shapely.Point(*people.xy[people.ids.tolist().index(lack.ids[0])])
    square = shapely.box(centre.x - 25, centre.y - 25, centre.x + 25, centre.y + 25)
    near = shapely.distance(square, shapely.points(people.xy)) <= 450
    before = set(lack.ids.tolist())
    expected = {i for i, n in zip(people.ids.tolist(), near, strict=True) if n and i in before}
    assert {people.ids[r] for r in mine.gain.rows} == expected
    assert mine.gain.lost == 0
    assert set(mine.gain.by_age) == {"age_60_up"}
    assert mine.gain.by_age["age_60_up"][0] == pytest.approx(mine.gain.gained)


def test_edits_build_on_each_other_and_undo_themselves():
    ready = prepare(with_land(2), asked())
    place = {"type": "Point", "coordinates": list(ready.city.base.table("park").geometry[0].centroid.coords[0])}
    add = {"op": "add", "class": "park", "id": "n", "geometry": place, "area_m2": 5000}
    steps = [
        add,
        {"op": "resize", "class": "park", "id": "n", "area_m2": 800},
        {"op": "remove", "class": "park", "id": "n"},
    ]
    found = what_if(ready, read_edits(steps, shipped()))
    assert found.steps[0].after.geometry.area > found.steps[1].after.geometry.area
    assert found.steps[1].after.attributes["area_m2"] == 800
    assert [m for m in found.moved if m.moves] == []
    assert [(c.before, c.after) for c in found.clauses] == []


def test_what_there_is_no_time_for_is_pending_and_can_be_asked_for():
    ready = prepare(with_land(3), asked())
    edit = {"op": "remove", "class": "park", "id": "park-1"}
    edits = read_edits([edit], shipped())
    whole = what_if(ready, edits)
    first = what_if(ready, edits, budget=0.0)
    assert len(first.moved) == 1
    assert first.pending
    rest = what_if(ready, edits, only=first.pending)
    assert {m.entry.key for m in (*first.moved, *rest.moved)} == {m.entry.key for m in whole.moved}


@pytest.mark.parametrize(
    "edit",
    [
        {"op": "add", "class": "admin_area", "id": "x", "geometry": {"type": "Point", "coordinates": [110, 40]}},
        {"op": "add", "class": "park", "id": "x"},
        {"op": "add", "class": "park", "id": "x", "geometry": {"type": "Point", "coordinates": [110.5, 40.5]}},
        {"op": "add", "class": "park", "id": "x", "geometry": {"type": "Point", "coordinates": [1, 2]}, "area_m2": 9},
        {"op": "add", "class": "park", "id": "x", "geometry": {"type": "Point", "coordinates": [400, 2]}, "area_m2": 9},
        {"op": "add", "class": "park", "id": "x", "geometry": {"type": "Polygon", "coordinates": []}},
        {"op": "add", "class": "hospital", "id": "", "geometry": {"type": "Point", "coordinates": [110.5, 40.5]}},
        {"op": "resize", "class": "hospital", "id": "hospital-1", "attributes": {"bed": 3}},
        {"op": "resize", "class": "hospital", "id": "hospital-1", "attributes": {"beds": -3}},
        {"op": "resize", "class": "hospital", "id": "hospital-1", "attributes": {"beds": "many"}},
        {"op": "resize", "class": "hospital", "id": "hospital-1", "attributes": {"kind": "magic"}},
        {"op": "resize", "class": "hospital", "id": "hospital-1", "area_m2": 50},
        {"op": "resize", "class": "hospital", "id": "hospital-1"},
        {"op": "remove", "class": "hospital", "id": "nowhere"},
        {"op": "explode", "class": "hospital", "id": "hospital-1"},
        {"op": "remove", "class": "nothing", "id": "hospital-1"},
    ],
)
def test_what_cannot_be_is_refused_naming_the_edit(edit):
    base = with_land(1)
    with pytest.raises(XianchengError) as refused:
        apply_edits(base, read_edits([edit], base.catalogue))
    assert isinstance(refused.value, EditError)
    assert refused.value.position == 0


def test_a_town_boundary_tells_where_a_new_facility_lies():
    base = county(boundaries(), random_county(1).table("hospital"))
    row = base.table("admin_area").geometry[2].representative_point()
    edit = {"op": "add", "class": "hospital", "id": "n", "geometry": json.loads(shapely.to_geojson(row))}
    outcome = apply_edits(base, read_edits([edit], shipped()))
    assert outcome.tables["hospital"].in_area[-1] == base.table("admin_area").column("code")[2]


def test_a_moved_park_is_still_reached_by_its_entrances_where_they_are():
    ready = prepare(with_land(1), asked())
    city = ready.city.base
    gate = city.table("park_entrance")
    park = str(gate.column("park_id")[0])
    far = {"type": "Point", "coordinates": [float(gate.geometry[0].x) + 0.03, float(gate.geometry[0].y)]}
    edits = read_edits([{"op": "move", "class": "park", "id": park, "geometry": far}], shipped())
    found = {m.entry.indicator.id: m for m in what_if(ready, edits).moved}
    tables = apply_edits(city, edits).tables
    names = ["admin_area", "green_space", "park_entrance", "road", "hospital", "school", "land_use"]
    truth = county(*tables.values(), *(city.table(n) for n in names), population=city.population)
    for key in ("gates", "doors"):
        assert_same(found[key].after, run_measure(truth, *ASKED[key]), key)
