from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from itertools import combinations

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from operations.routing import oracle
from operations.routing.test_router import BASE, CODES, SETTINGS, key, rules
from xiancheng.foundation.errors import XianchengError
from xiancheng.operations.routing import (
    Area,
    AreaIndex,
    Facts,
    History,
    Router,
    Rule,
    RuleSet,
    Window,
    chains_of,
    holes,
    overlaps,
    try_rules,
)

CHAINS = [("150221",), ("150221", "150221001"), ("150221", "150221001", "150221001002", "150221001002003"), ()]
LITTER, SOIL = key("06010"), key("06011")
WEEK = [BASE + timedelta(hours=h, minutes=30) for h in range(240)]


@settings(max_examples=60, deadline=None)
@given(rules)
def test_overlaps_are_the_pairs_that_tie_for_some_case(chosen):
    named = [Rule(**{**{f: getattr(r, f) for f in Rule.__slots__}, "id": str(i)}) for i, r in enumerate(chosen)]
    router = Router(RuleSet(tuple(named), "centre"), SETTINGS)
    found = {(o.first.id, o.second.id) for o in overlaps(router)}
    # Every owner, area, category and half hour that could tell rules apart, tried one by one, without other rules.
    expected = set()
    for a, b in combinations(named, 2):
        if a.owner != b.owner:
            continue
        # The windows and days of the strategies change at whole hours.
        moments = [w for w in WEEK if oracle.fits_time(a, w) and oracle.fits_time(b, w)]
        for area in (*CODES, None):
            for code in ("", "0", "06", "06010", "06011", "01001"):
                for kind in ("matter", "component"):
                    case = Facts(key(code, kind), moments[0] if moments else BASE, (area,) if area else (), a.owner)
                    one, two = (oracle.best_fit(r, case, router.size) for r in (a, b))
                    if one is not None and one == two:
                        expected.add((a.id, b.id))
    assert expected <= found
    # A pair may also tie by its less specific areas or categories; nothing else may be found.
    for first, second in found - expected:
        a, b = named[int(first)], named[int(second)]
        assert a.owner == b.owner
        assert len(a.categories) > 1 or len(b.categories) > 1 or len(a.areas) > 1 or len(b.areas) > 1 or not any(
            oracle.fits_time(a, w) and oracle.fits_time(b, w) for w in WEEK
        )  # fmt: skip


def test_overlapping_outlines_of_one_size():
    box = shapely.box(110, 40, 110.1, 40.1)
    areas = AreaIndex(
        [Area("a", "police", box), Area("b", "party", box), Area("c", "party", shapely.box(111, 40, 111.1, 40.1))]
    )
    chosen = (Rule("1", "x", areas=("a",)), Rule("2", "y", areas=("b",)), Rule("3", "z", areas=("c",)))
    (found,) = overlaps(Router(RuleSet(chosen, "centre"), SETTINGS, areas))
    assert (found.first.id, found.second.id, found.areas, found.harmless) == ("1", "2", ("a", "b"), False)


@settings(max_examples=60, deadline=None)
@given(rules)
def test_holes_are_where_a_default_decides_at_some_hour(chosen):
    ruleset = RuleSet(tuple(chosen), "centre", {key("06"): "sanitation"})
    router = Router(ruleset, SETTINGS)
    on = date(2026, 2, 11)
    found = {(h.category, h.area): h for h in holes(router, [LITTER, SOIL], CHAINS, on)}
    valid = [Rule(**{**{f: getattr(r, f) for f in Rule.__slots__}, "valid_from": None, "valid_until": None})
             for r in chosen if (r.valid_from or on) <= on <= (r.valid_until or on)]  # fmt: skip
    for chain in CHAINS:
        for category in (LITTER, SOIL):
            cases = [Facts(category, BASE + timedelta(hours=h, minutes=30), chain) for h in range(168)]
            covered = sum(bool(oracle.route(RuleSet(tuple(valid), "centre"), c, router.size)) for c in cases) / 168
            area = min(chain, key=router.size) if chain else None
            hole = found.get((category, area))
            assert (hole is None) == (covered == 1)
            if hole:
                assert hole.covered == pytest.approx(covered)
                assert hole.unit == "sanitation"


def test_chains_come_from_the_outlines():
    town, grid = shapely.box(110, 40, 110.1, 40.1), shapely.box(110, 40, 110.01, 40.01)
    areas = AreaIndex([Area("town", "township", town), Area("grid", "grid", grid)])
    router = Router(RuleSet((Rule("p", "x", polygon=town),), "centre"), SETTINGS, areas)
    assert set(map(frozenset, chains_of(router))) == {frozenset({"town"}), frozenset({"grid", "town"})}
    in_town = Router(RuleSet((Rule("g", "x", areas=("town",)),), "centre"), SETTINGS, areas)
    found = holes(in_town, [LITTER], [("grid",), ("town", "grid")], date(2026, 1, 1))
    assert [hole.area for hole in found] == ["grid"]


@settings(max_examples=30, deadline=None)
@given(rules, rules, st.integers(0, 2**32 - 1))
def test_a_trial_is_both_decisions_of_every_case(old_rules, new_rules, seed):
    random = np.random.default_rng(seed)
    old, new = (Router(RuleSet(tuple(r), "centre"), SETTINGS) for r in (old_rules, new_rules))
    n = 50
    history = History(
        [str(i) for i in range(n)],
        [(LITTER, SOIL, key("01001"))[i] for i in random.integers(0, 3, n)],
        [BASE + timedelta(hours=float(h)) for h in random.uniform(0, 240, n)],
        np.full(n, np.nan),
        np.full(n, np.nan),
        [CHAINS[i] for i in random.integers(0, len(CHAINS), n)],
        [(None, "water", "power")[i] for i in random.integers(0, 3, n)],
    )
    trial = try_rules(old, new, history)
    expected = Counter()
    for i in range(n):
        facts = Facts(history.categories[i], history.when[i], history.areas[i], history.owners[i])
        a, b = (oracle.unit(r.rules, facts, r.size) for r in (old, new))
        if a != b:
            expected[(a, b)] += 1
    assert trial.moves == expected
    assert len(trial.moved) == sum(expected.values())
    assert sum(trial.load().values()) == 0
    assert trial.as_dict()["cases"] == n


def test_columns_of_a_history_have_one_length():
    with pytest.raises(XianchengError, match="differ in length"):
        History(["1"], [], [], np.zeros(0), np.zeros(0), [], [])


def test_half_covered_weeks_are_told():
    rule = Rule("n", "night", window=Window.of([], ["18:00-06:00"]))
    (hole,) = holes(Router(RuleSet((rule,), "centre"), SETTINGS), [LITTER], [()], date(2026, 1, 1))
    assert hole.covered == 0.5
