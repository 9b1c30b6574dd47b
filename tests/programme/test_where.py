"""The filter language, against Python's own comparisons."""

from __future__ import annotations

import operator

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from programme._county import shipped, table
from xiancheng.city.snapshot import FeatureTable
from xiancheng.foundation.errors import UnknownNameError, XianchengError
from xiancheng.programme.where import check_where, choose, parse_where, split_codes


def hospitals() -> FeatureTable:
    return table(
        "hospital", None,
        beds=[100, 500, None, 800], kind=["general", "chinese", "general", None], county_level=[1, 0, None, 1],
        name=["一院", "二院", None, "四院"],
    )  # fmt: skip


@pytest.mark.parametrize(
    ("where", "met", "unknown"),
    [
        ("", [0, 1, 2, 3], []),
        ("kind=general", [0, 2], [3]),
        ("kind=general|chinese", [0, 1, 2], [3]),
        ("kind!=general", [1], [3]),
        ("beds>=500", [1, 3], [2]),
        ("beds < 500", [0], [2]),
        ("county_level=true", [0, 3], [2]),
        ("county_level=否", [1], [2]),
        ("name=一院", [0], [2]),
        # One condition certainly missed rejects, whatever else is not known.
        ("kind=chinese,beds>=500", [1], [3]),
        ("kind=general,beds>=500", [], [2, 3]),
        ("hospital.beds>=500", [1, 3], [2]),
        ("school.places>=500", [0, 1, 2, 3], []),
    ],
)
def test_what_is_chosen(where: str, met: list[int], unknown: list[int]) -> None:
    chosen = choose(where, hospitals())
    assert np.flatnonzero(chosen.met).tolist() == met
    assert np.flatnonzero(chosen.unknown).tolist() == unknown


def test_lists_of_codes() -> None:
    points = table("community_service_point", None, functions=["canteen; sport", "sport", None])
    assert choose("functions=canteen|health", points).met.tolist() == [True, False, False]
    assert choose("functions!=canteen", points).met.tolist() == [False, True, False]
    assert split_codes("canteen; sport;") == ["canteen", "sport"]


def test_dates() -> None:
    trees = table("old_tree", None, recognised_on=["2019-05-01", "2024-01-01", None])
    assert choose("recognised_on>=2020-01-01", trees).met.tolist() == [False, True, False]


@settings(max_examples=100, deadline=None)
@given(
    st.lists(st.one_of(st.none(), st.integers(0, 5)), min_size=1, max_size=20),
    st.sampled_from(["=", "!=", ">=", "<=", ">", "<"]),
    st.integers(0, 5),
)
def test_numbers_compare_as_in_python(values: list[int | None], sign: str, limit: int) -> None:
    compare = {
        "=": operator.eq,
        "!=": operator.ne,
        ">=": operator.ge,
        "<=": operator.le,
        ">": operator.gt,
        "<": operator.lt,
    }
    chosen = choose(f"beds{sign}{limit}", table("hospital", None, beds=values))
    assert chosen.met.tolist() == [v is not None and compare[sign](v, limit) for v in values]
    assert chosen.unknown.tolist() == [v is None for v in values]


@pytest.mark.parametrize(
    ("where", "classes", "told"),
    [
        ("kinds=general", ["hospital"], "did you mean: kind"),
        ("kind=genral", ["hospital"], "did you mean: general"),
        ("hospitals.kind=general", ["hospital"], "did you mean: hospital"),
        ("beds>=many", ["hospital"], "takes a number, not 'many'"),
        ("county_level=perhaps", ["hospital"], "takes true or false"),
        ("kind>general", ["hospital"], "has no order"),
        ("beds>=1|2", ["hospital"], "only one value"),
        ("kind", ["hospital"], "not a condition"),
        ("recognised_on=spring", ["old_tree"], "a date"),
        ("beds=1", ["hospital", "park"], "no attribute of park named 'beds'"),
    ],
)
def test_mistakes_are_told(where: str, classes: list[str], told: str) -> None:
    with pytest.raises(XianchengError) as error:
        check_where(where, classes, shipped())
    assert told in str(error.value)


def test_a_condition_may_concern_one_class_of_several() -> None:
    check_where("childcare.kind!=kindergarten_class", ["childcare", "kindergarten"], shipped())
    with pytest.raises(UnknownNameError):
        check_where("kind!=kindergarten_class", ["childcare", "kindergarten"], shipped())


def test_spaces_do_not_matter() -> None:
    assert parse_where(" kind = park | garden , ") == parse_where("kind=park|garden")
