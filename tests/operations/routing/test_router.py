from __future__ import annotations

from datetime import date, datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from operations.routing import oracle
from xiancheng.foundation.errors import ConfigError
from xiancheng.operations.routing import Facts, Router, Rule, RuleSet, Window, load_settings
from xiancheng.operations.terms import CategoryKey

SETTINGS = load_settings()
BASE = datetime(2026, 2, 9, tzinfo=timezone(timedelta(hours=8)))  # a Monday
CODES = ["150221", "150221001", "150221001002", "150221001002003", "150221002"]


def key(code, kind="matter"):
    return CategoryKey("gbt47678.5-2026", kind, code)


categories = st.builds(
    key, st.sampled_from(["", "0", "06", "06010", "06011", "01001"]), st.sampled_from(["matter", "component"])
)
windows = st.none() | st.builds(
    Window.of,
    st.lists(st.integers(1, 7), max_size=3),
    st.lists(st.sampled_from(["08:00-12:00", "22:00-06:00", "00:00-24:00", "18:00-08:00"]), max_size=2),
)
days = st.none() | st.dates(date(2026, 2, 7), date(2026, 2, 18))
rules = st.lists(
    st.builds(
        Rule,
        id=st.just(""),
        lead=st.sampled_from("abcde"),
        categories=st.lists(categories, max_size=2, unique=True).map(tuple),
        areas=st.lists(st.sampled_from(CODES), max_size=2, unique=True).map(tuple),
        owner=st.none() | st.sampled_from(["water", "power"]),
        valid_from=days,
        valid_until=days,
        window=windows,
        priority=st.integers(0, 1),
    ),
    max_size=14,
)
facts = st.builds(
    Facts,
    category=categories,
    when=st.integers(0, 10 * 86400).map(lambda s: BASE + timedelta(seconds=s)),
    areas=st.lists(st.sampled_from([*CODES, "elsewhere"]), max_size=5, unique=True).map(tuple),
    owner=st.none() | st.sampled_from(["water", "power", "nobody"]),
)
defaults = st.dictionaries(categories, st.sampled_from("xyz"), max_size=3)


@settings(max_examples=150, deadline=None)
@given(rules, defaults, st.lists(facts, min_size=1, max_size=8))
def test_the_index_decides_as_a_scan_of_all_rules(chosen, class_defaults, cases):
    ruleset = RuleSet(tuple(chosen), "everything", class_defaults)
    router = Router(ruleset, SETTINGS)
    for case in cases:
        decision = router.decide(case)
        ranked = oracle.route(ruleset, case, router.size)
        assert [m.order for m in decision.matches] == [i for _, i, _ in ranked]
        assert decision.lead == oracle.unit(ruleset, case, router.size)
        ties = [r for rank, _, r in ranked[1:] if rank == ranked[0][0] and not r.same_units(ranked[0][2])]
        assert list(decision.tied) == ties
        assert all(text.zh and text.en for text in decision.explanation())
        assert decision.as_dict()["lead"] == decision.lead
    assert router.leads((c.category, c.areas, c.owner, c.when) for c in cases) == [router.decide(c).lead for c in cases]


def decide(*given_rules, areas=(), owner=None, when=BASE, code="06010"):
    ruleset = RuleSet(tuple(given_rules), "centre", {key("06"): "sanitation"})
    return Router(ruleset, SETTINGS).decide(Facts(key(code), when, areas, owner))


TOWN, GRID = "150221001", "150221001002003"


@pytest.mark.parametrize(
    ("winner", "loser", "why"),
    [
        ({"owner": "water"}, {"areas": (GRID,), "categories": (key("06010"),)}, "names the owner"),
        ({"areas": (GRID,)}, {"areas": (TOWN,), "categories": (key("06010"),)}, "area is smaller"),
        ({"areas": (TOWN,)}, {"categories": (key("06010"),)}, "names an area"),
        ({"categories": (key("06010"),)}, {"categories": (key("06"),), "window": Window.of([1])}, "more precise"),
        ({"categories": (key("06"),)}, {"window": Window.of([1])}, "more precise"),
        ({"window": Window.of([1])}, {"valid_from": date(2026, 1, 1)}, "shorter part of the week"),
        ({"valid_from": date(2026, 1, 1)}, {"valid_from": date(2025, 1, 1), "priority": 9}, "newer"),
        ({"priority": 2}, {"priority": 1}, "priority is higher"),
        ({}, {}, "equally specific"),
    ],
)
def test_the_documented_order(winner, loser, why):
    a, b = Rule("a", "unit-a", **winner), Rule("b", "unit-b", **loser)
    for order in ((a, b), (b, a)) if why != "equally specific" else ((a, b),):
        decision = decide(*order, areas=("150221", TOWN, GRID), owner="water")
        assert decision.rule is a
        assert decision.others == (b,)
        assert why in decision.explanation()[-1].en
    assert bool(decision.tied) == (why == "equally specific")


def test_defaults():
    assert decide().lead == "sanitation"
    assert decide().by == "class_default"
    assert decide(code="10001").lead == "centre"
    assert decide(code="10001").by == "overall_default"
    assert "06" in decide().explanation()[0].en


def test_assisting_units_and_basis_are_told():
    decision = decide(Rule("r", "unit", ("b", "c"), basis="《条例》第三条"))
    assert decision.assisting == ("b", "c")
    assert [t.en for t in decision.explanation()][1:] == ["assisting: b, c", "legal basis: 《条例》第三条"]


def test_rules_that_say_the_same_do_not_tie():
    assert decide(Rule("a", "unit"), Rule("b", "unit")).tied == ()


def test_an_instant_needs_a_zone():
    with pytest.raises(ConfigError, match="no time zone"):
        decide(Rule("a", "unit", window=Window.of([1])), when=datetime(2026, 2, 9))  # noqa: DTZ001


@pytest.mark.parametrize(
    ("when", "holds"),
    [
        ("2026-02-13T17:59:59+08:00", False),  # Friday
        ("2026-02-13T18:00:00+08:00", True),
        ("2026-02-14T07:59:59+08:00", True),  # Friday's night
        ("2026-02-14T08:00:00+08:00", False),
        ("2026-02-14T19:00:00+08:00", False),  # Saturday
        ("2026-02-13T23:00:00+00:00", True),  # 07:00 on Saturday in China
    ],
)
def test_a_night_belongs_to_the_day_it_begins(when, holds):
    rule = Rule("n", "night", window=Window.of([5], ["18:00-08:00"]))
    assert (decide(rule, when=datetime.fromisoformat(when)).lead == "night") is holds


def test_the_night_of_sunday_ends_on_monday():
    rule = Rule("n", "night", window=Window.of([7], ["22:00-06:00"]))
    assert decide(rule, when=BASE + timedelta(hours=3)).lead == "night"
    assert decide(rule, when=BASE + timedelta(hours=6)).lead == "sanitation"


def test_first_and_last_day_are_included():
    rule = Rule("r", "unit", valid_from=date(2026, 2, 10), valid_until=date(2026, 2, 10))
    assert [decide(rule, when=BASE + timedelta(days=d)).lead == "unit" for d in range(3)] == [False, True, False]
    assert decide(rule, when=BASE + timedelta(days=1, hours=23, minutes=59)).lead == "unit"


def test_areas_of_one_size_are_compared_by_what_follows():
    a = Rule("a", "unit-a", areas=("150221001",))
    b = Rule("b", "unit-b", areas=("150221002",), categories=(key("06010"),))
    for areas in (("150221001", "150221002"), ("150221002", "150221001")):
        assert decide(a, b, areas=areas).rule is b


@pytest.mark.parametrize("hours", ["8", "25:00-26:00", "08:00-08:00", "08:60-09:00"])
def test_wrong_hours(hours):
    with pytest.raises(ConfigError, match="not understood"):
        Window.of([1], [hours])
    with pytest.raises(ConfigError, match="weekdays"):
        Window.of([8])
