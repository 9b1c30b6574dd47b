from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from xiancheng.foundation.errors import UnknownNameError
from xiancheng.operations.routing import Dispatching, load_settings
from xiancheng.operations.routing.dispatching import DispatchError

SETTINGS = load_settings()
START = datetime(2026, 2, 9, 9, tzinfo=timezone(timedelta(hours=8)))


def at(minutes):
    return START + timedelta(minutes=minutes)


def returned(dispatching, unit, minutes):
    held = dispatching.dispatch(unit, at=at(minutes), by="dispatcher", settings=SETTINGS, reason="by area")
    asked = held.give_back("not_ours", "not our road", at=at(minutes + 1), by=unit, settings=SETTINGS)
    return asked.review(grant=True, opinion="", at=at(minutes + 2), by="dispatcher")


def test_the_ordinary_way():
    case = Dispatching().dispatch("a", at=at(0), by="d", settings=SETTINGS, assisting=("b", "a", "b"))
    assert (case.state, case.unit, case.assisting) == ("dispatched", "a", ("b",))
    assert case.accept(at=at(1), by="a").state == "accepted"


def test_a_refused_return_leaves_everything_as_it_was():
    held = Dispatching().dispatch("a", at=at(0), by="d", settings=SETTINGS).accept(at=at(1), by="a")
    asked = held.give_back("not_ours", "no", at=at(2), by="a", settings=SETTINGS)
    back = asked.review(grant=False, opinion="it is yours", at=at(3), by="d")
    assert (back.state, back.unit, back.bounces) == ("accepted", "a", 0)
    assert [s.act for s in back.steps] == ["dispatch", "accept", "return", "return_refused"]


def test_bounces_up_to_the_limit_then_a_supervisor():
    case = Dispatching()
    for i, unit in enumerate("abc"):
        assert not case.at_limit(SETTINGS)
        case = returned(case, unit, 10 * i)
    assert case.at_limit(SETTINGS)
    assert case.refused_by == ("a", "b", "c")
    with pytest.raises(DispatchError, match="cannot be dispatched"):
        case.dispatch("d", at=at(90), by="d", settings=SETTINGS, reason="x")
    fixed = case.arbitrate("a", "it is its road", at=at(90), by="s")
    with pytest.raises(DispatchError, match="a supervisor decided"):
        fixed.give_back("not_ours", "still not", at=at(91), by="a", settings=SETTINGS)


def test_what_is_refused():
    case = Dispatching()
    with pytest.raises(DispatchError, match="the case is waiting"):
        case.accept(at=at(0), by="a")
    with pytest.raises(DispatchError, match="no unit"):
        case.dispatch(" ", at=at(0), by="d", settings=SETTINGS)
    held = case.dispatch("a", at=at(0), by="d", settings=SETTINGS)
    with pytest.raises(DispatchError, match="the case is dispatched"):
        held.dispatch("b", at=at(1), by="d", settings=SETTINGS)
    with pytest.raises(UnknownNameError, match="nonsense"):
        held.give_back("nonsense", "x", at=at(1), by="a", settings=SETTINGS)
    with pytest.raises(DispatchError, match="no reason"):
        held.give_back("not_ours", "  ", at=at(1), by="a", settings=SETTINGS)
    with pytest.raises(DispatchError, match="before the last"):
        held.accept(at=at(-1), by="a")
    asked = held.give_back("not_ours", "x", at=at(1), by="a", settings=SETTINGS)
    with pytest.raises(DispatchError, match="no reason"):
        asked.review(grant=False, opinion="", at=at(2), by="d")
    free = asked.review(grant=True, opinion="", at=at(2), by="d")
    with pytest.raises(DispatchError, match="was granted"):
        free.dispatch("a", at=at(3), by="d", settings=SETTINGS, reason="x")
    with pytest.raises(DispatchError, match="no reason"):
        free.dispatch("b", at=at(3), by="d", settings=SETTINGS)


@settings(max_examples=100, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["dispatch", "accept", "back", "grant", "refuse", "arbitrate"]), st.sampled_from("abcde")
        ),
        max_size=40,
    )
)
def test_whatever_is_tried_the_books_agree(attempts):
    case = Dispatching()
    for minute, (act, unit) in enumerate(attempts):
        before = case
        try:
            if act == "dispatch":
                case = case.dispatch(unit, at=at(minute), by="d", settings=SETTINGS, reason="r")
            elif act == "accept":
                case = case.accept(at=at(minute), by="u")
            elif act == "back":
                case = case.give_back("unclear", "w", at=at(minute), by="u", settings=SETTINGS)
            elif act == "arbitrate":
                case = case.arbitrate(unit, "r", at=at(minute), by="s")
            else:
                case = case.review(grant=act == "grant", opinion="o", at=at(minute), by="d")
        except DispatchError:
            assert case is before
        assert case.bounces == sum(s.act == "return_granted" for s in case.steps)
        assert case.bounces <= SETTINGS.bounce_limit or any(s.act == "arbitrate" for s in case.steps)
        assert (case.unit == "") == (case.state == "waiting")
        assert case.steps[: len(before.steps)] == before.steps
