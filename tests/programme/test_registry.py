"""Measures by name, and parameters from text."""

from __future__ import annotations

import re
from typing import Any, Literal

import pytest
import shapely

from programme._county import boundaries, county, people, random_county, shipped, table
from xiancheng.foundation.errors import XianchengError
from xiancheng.foundation.text import Text
from xiancheng.programme.params import parameters_of
from xiancheng.programme.registry import measure, measures, run_measure
from xiancheng.programme.report.json import measurement_as_dict, schema


def test_text_and_values_give_the_same_figure() -> None:
    city = random_county(3)
    told = {
        "of": "park,green_space",
        "metres": "500",
        "min_area_m2": "4000",
        "metric": "straight",
        "public_only": "false",
    }
    typed = {
        "of": ["park", "green_space"],
        "metres": 500,
        "min_area_m2": 4000.0,
        "metric": "straight",
        "public_only": False,
    }
    one = run_measure(city, "access.residents_within", told)
    other = run_measure(random_county(3), "access.residents_within", typed)
    assert measurement_as_dict(one) == measurement_as_dict(other)


def test_every_default_is_among_the_parameters() -> None:
    figure = run_measure(random_county(1), "access.residents_within", {"of": "park", "metres": 500})
    assert figure.params == {
        "of": ("park",), "metres": 500.0, "min_area_m2": 0.0, "metric": "network", "from": "boundary", "mode": "walk",
        "ages": (), "within": "auto", "where": "", "public_only": True, "area": "computed",
    }  # fmt: skip
    assert figure.measure == "access.residents_within"
    assert figure.unit == "share"
    assert figure.snapshot == "sha256:test"


@pytest.mark.parametrize(
    ("name", "params", "told"),
    [
        ("access.residents_witin", {}, "did you mean: access.residents_within"),
        ("access.residents_within", {"of": "park", "metre": 5}, "did you mean: metres"),
        ("access.residents_within", {"of": "park"}, "needs metres"),
        ("access.residents_within", {"of": "prak", "metres": 5}, "did you mean: park"),
        ("access.residents_within", {"of": "", "metres": 5}, "at least 1 value"),
        ("access.residents_within", {"of": "park", "metres": "far"}, "must be a number"),
        ("access.residents_within", {"of": "park", "metres": True}, "must be a number"),
        ("access.residents_within", {"of": "park", "metres": "inf"}, "must be finite"),
        ("access.residents_within", {"of": "park", "metres": -1}, "must lie between"),
        ("access.residents_within", {"of": "park", "metres": 5, "metric": "strait"}, "did you mean: straight"),
        ("access.residents_within", {"of": "park", "metres": 5, "public_only": "maybe"}, "true or false"),
        ("access.residents_within", {"of": "park", "metres": 5, "ages": "age_0_3"}, "age_0_2"),
        ("access.residents_within", {"of": "park", "metres": 5, "where": "kind=gardn"}, "did you mean: garden"),
        ("access.residents_within", {"of": "park", "metres": 5, "within": "150299"}, "extent or area code"),
        ("access.count_within", {"of": "park", "metres": 5, "at_least": 1.5}, "must be an integer"),
        ("ratio.per_1000", {"of": "hospital", "attribute": "bed"}, "did you mean: beds"),
        ("ratio.per_1000", {"of": "hospital", "attribute": "kind"}, "not a numeric attribute"),
        ("ratio.per_1000", {"of": "hospital", "attribute": "clinic.beds"}, "among those chosen named 'clinic'"),
        ("presence.kinds", {"of": "hospital", "kinds": "maternl"}, "did you mean: maternal"),
        ("access.two_step_enhanced", {"of": "clinic", "attribute": "beds", "zones": "9,5", "weights": "1,1"}, "ascend"),
    ],
)  # fmt: skip
def test_mistakes_are_told(name: str, params: dict[str, Any], told: str) -> None:
    with pytest.raises(XianchengError) as error:
        run_measure(random_county(1), name, params)
    assert told in str(error.value)


def test_repeated_numbers_of_a_list_are_kept() -> None:
    spec = measures()["access.two_step_enhanced"]
    given = {"of": "hospital", "attribute": "beds", "zones": "500,1000,2000", "weights": "1,1,0.5"}
    assert spec.read(given, shipped())["weights"] == (1.0, 1.0, 0.5)


def test_an_optional_parameter_can_be_left_empty() -> None:
    spec = measures()["share.features"]
    assert spec.read({"of": "park", "condition": "free=true", "weight": "none"}, shipped())["weight"] is None


def test_every_measure_is_described_in_both_languages() -> None:
    for spec in measures().values():
        for text in (spec.title, spec.definition):
            assert re.search(r"[\u4e00-\u9fff]", text.zh), spec.name
            assert text.en, spec.name
            assert not re.search(r"[\u4e00-\u9fff]", text.en), spec.name
        assert spec.as_dict()["parameters"] or spec.name == "connectivity.water"
        assert re.fullmatch(r"[a-z_]+\.[a-z0-9_]+", spec.name)


EXAMPLES: dict[str, dict[str, Any]] = {
    "access.count_within": {"of": "hospital", "metres": 1000},
    "access.gravity": {"of": "hospital", "metres": 1000},
    "access.nearest": {"of": "hospital"},
    "access.residents_within": {"of": "park", "metres": 500},
    "access.two_step": {"of": "hospital", "attribute": "beds", "metres": 1000},
    "access.two_step_enhanced": {"of": "hospital", "attribute": "beds", "zones": [500], "weights": [1]},
    "capacity.places_per_1000": {"level": "primary"},
    "capacity.school_places": {"level": "primary"},
    "connectivity.water": {},
    "coverage.given": {"kind": "5g"},
    "coverage.service_radius": {
        "of": "park", "large_m2": 5000, "large_radius": 500, "small_m2": 400, "small_radius": 300,
    },
    "density.area": {"of": "park"},
    "density.length": {"of": "road"},
    "evidence.documents": {"clause": "17.3"},
    "evidence.features": {"of": "hospital", "complete": "beds"},
    "guard.estate_kindergartens": {},
    "presence.count": {"of": "hospital"},
    "presence.kinds": {"of": "hospital", "kinds": "general"},
    "presence.per_area": {"of": "hospital"},
    "ratio.per_1000": {"of": "hospital", "attribute": "beds"},
    "ratio.per_person": {"of": "sports_ground", "attribute": "area_m2"},
    "ratio.sums": {"of": "hospital", "top": "nurses", "bottom": "beds"},
    "share.features": {"of": "hospital", "condition": "beds>=100"},
    "share.of_residents": {"of": "school", "attribute": "pupils"},
    "share.sum": {"of": "elderly_care", "top": "nursing_beds", "bottom": "beds"},
    "shared.sites": {},
    "statistic.ratio": {"top": "x", "ages": "age_15_17"},
    "statistic.value": {"of": "x"},
}  # fmt: skip


def test_there_is_an_example_of_every_measure() -> None:
    assert sorted(EXAMPLES) == list(measures())


@pytest.mark.parametrize("name", sorted(EXAMPLES))
def test_an_empty_model_gives_no_data_and_never_zero(name: str) -> None:
    empty = run_measure(county(), name, EXAMPLES[name])
    assert empty.value is None
    assert empty.missing
    assert all(m.zh and m.en for m in empty.missing)


@pytest.mark.parametrize("name", sorted(EXAMPLES))
def test_every_figure_has_the_documented_form(name: str) -> None:
    import jsonschema

    form = {**schema(), "$ref": "#/$defs/measurement"}
    form = {k: v for k, v in form.items() if k in {"$schema", "$defs", "$ref"}}
    for city in (random_county(2), county(), county(boundaries(), population=people([[1, 1]], [3]))):
        jsonschema.validate(measurement_as_dict(run_measure(city, name, EXAMPLES[name])), form)


@pytest.mark.parametrize("name", sorted(EXAMPLES))
def test_by_area_adds_up(name: str) -> None:
    """Where nobody lives outside the townships, the parts of numerator and denominator add up to the whole."""
    figure = run_measure(random_county(5, extra=0.0), name, EXAMPLES[name])
    parts = [a for a in figure.by_area if a.numerator is not None and a.denominator is not None]
    if figure.value is None or not parts or name in {"density.length", "presence.per_area"}:
        return
    assert sum(a.numerator or 0 for a in parts) == pytest.approx(figure.numerator)
    assert sum(a.denominator or 0 for a in parts) == pytest.approx(figure.denominator)


def test_two_measures_cannot_share_a_name() -> None:
    with pytest.raises(ValueError, match="two measures"):
        measure("access.nearest", unit="m", title=Text("", ""), definition=Text("", ""))(lambda city: None)  # type: ignore[arg-type, return-value]


def test_a_parameter_of_an_unknown_kind_is_found_at_import() -> None:
    def function(city: object, *, of: dict[str, int], mode: Literal["a"] = "a") -> None: ...

    with pytest.raises(TypeError, match="no parameter kind"):
        parameters_of(function)


def test_a_measure_of_a_county_with_one_class_names_what_lacks() -> None:
    city = county(table("park", [shapely.box(0, 0, 10, 10)]))
    figure = run_measure(city, "access.residents_within", {"of": "park,green_space", "metres": 500})
    assert "where residents live is not known" in figure.missing[0].en
