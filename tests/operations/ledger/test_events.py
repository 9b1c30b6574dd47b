"""Events to canonical JSON and back, and versions."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xiancheng.operations.ledger import events
from xiancheng.operations.ledger.canonical import CanonicalError, canonical
from xiancheng.operations.ledger.codec import CodecError
from xiancheng.operations.ledger.events import (
    Acted,
    Amended,
    Attached,
    Change,
    Described,
    Linked,
    Noted,
    Notified,
    Rated,
    UnreadableEventError,
    commitment,
    decode,
    encode,
    kinds,
    recorded,
    upgraded,
)
from xiancheng.operations.states.case import Action
from xiancheng.operations.terms import Limit, LimitUnit

words = st.text(st.characters(exclude_characters="\x00", exclude_categories=("Cs",)), max_size=12)
names = st.lists(words, max_size=3).map(tuple)
YEARS = datetime(1980, 1, 1), datetime(2100, 1, 1)  # noqa: DTZ001 - Hypothesis puts them into the zones
instants = st.datetimes(*YEARS, timezones=st.sampled_from([UTC, ZoneInfo("Asia/Shanghai")]))
numbers = st.integers(-(2**53) + 1, 2**53 - 1)
limits = st.builds(Limit, st.integers(1, 99), st.sampled_from(LimitUnit), words)
actions = st.builds(
    Action, words, words, instants, words, words, words, words, words, words, names, words, words, names, names,
    st.none() | limits, st.none() | instants, words,
)  # fmt: skip
everything = st.one_of(
    st.builds(Acted, words, actions),
    st.builds(Described, words, st.none() | numbers, st.none() | numbers, words, words, words, words),
    st.builds(Amended, words, words, st.lists(st.builds(Change, words, words, words), max_size=3).map(tuple)),
    st.builds(Noted, words, words),
    st.builds(Attached, words, words, words, numbers, words),
    st.builds(Linked, words, words, words, st.booleans()),
    st.builds(Notified, words, words, words, words),
    st.builds(Rated, st.integers(1, 5), st.none() | st.booleans(), words),
)


@given(everything)
def test_events_come_back(event):
    kind, version, body = encode(event)
    found = decode(kind, version, body)
    assert found == event
    assert encode(found) == (kind, version, body)


keys = st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=6)
json_values = st.recursive(
    st.none() | st.booleans() | numbers | words,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(keys, inner, max_size=4),
    max_leaves=12,
)


@given(json_values)
def test_the_form_is_what_the_standard_library_writes(value):
    expected = json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()
    assert canonical(value) == expected
    assert json.loads(canonical(value)) == value


@pytest.mark.parametrize(
    ("value", "match"),
    [
        ({"a": [1, 0.5]}, r"\$\.a\[1\]: a fraction"),
        (2**53, "beyond"),
        ("a\x00", "NUL"),
        ("\ud800", "lone surrogate"),
        ({"数": 1}, "not ASCII"),
        ({1: 1}, "not ASCII"),
        (float("nan"), "cannot record float"),
        (object(), "cannot record object"),
    ],
)
def test_what_has_no_single_form(value, match):
    with pytest.raises(CanonicalError, match=match):
        canonical(value)


def test_what_is_recorded_stays_as_it_is():
    """These bytes are in the records of counties: they must not change with the program."""
    at = datetime(2026, 2, 13, 17, 0, tzinfo=ZoneInfo("Asia/Shanghai"))
    action = Action("approve_extension", "值班员", at, limit=Limit(2, LimitUnit.WORK_DAY))
    assert encode(Acted("11b9b7b6d8bb48b5", action)) == (
        "acted",
        1,
        '{"action":{"actor":"值班员","at":"2026-02-13T09:00:00.000000Z","limit":{"amount":2,"unit":"work_day"},'
        '"name":"approve_extension"},"table":"11b9b7b6d8bb48b5"}'.encode(),
    )
    assert kinds() == dict.fromkeys(
        ("acted", "described", "amended", "noted", "attached", "linked", "notified", "rated"), 1
    )


@pytest.mark.parametrize(
    ("body", "match"),
    [
        (b'{"by":"a"}', r"Noted\.text: is missing"),
        (b'{"by":"a","text":1}', r"Noted\.text: has to be str"),
        (b'{"by":"a","text":"b","c":1}', r"Noted\.c: there is no such field"),
        (b"[]", "Noted: has to be dict"),
    ],
)
def test_bodies_that_do_not_fit(body, match):
    with pytest.raises(CodecError, match=match):
        decode("noted", 1, body)


def test_instants_and_names_of_units_that_do_not_fit():
    with pytest.raises(CodecError, match="not an instant"):
        decode("acted", 1, b'{"action":{"actor":"a","at":"yesterday","name":"b"},"table":"t"}')
    limit = b'"limit":{"amount":1,"unit":"x"}'
    body = b'{"action":{"actor":"a","at":"2026-02-13T09:00:00.000000Z",' + limit + b',"name":"b"},"table":"t"}'
    with pytest.raises(CodecError, match="has no 'x'"):
        decode("acted", 1, body)
    with pytest.raises(CodecError, match="no time zone"):
        encode(Acted("t", Action("a", "b", datetime(2026, 1, 1))))  # noqa: DTZ001


@pytest.fixture
def _own_registry(monkeypatch) -> Iterator[None]:
    for name in ("_classes", "_kinds", "_upgrades"):
        monkeypatch.setattr(events, name, dict(getattr(events, name)))
    return


@pytest.mark.usefixtures("_own_registry")
def test_old_versions_stay_readable():
    @recorded("weighed", 3)
    @dataclass(frozen=True, slots=True)
    class Weighed:
        grams: int
        by: str

    with pytest.raises(UnreadableEventError, match="no upgrade from version 1"):
        decode("weighed", 1, b'{"kilograms":2}')
    upgraded("weighed", 1)(lambda old: {"grams": old["kilograms"] * 1000})
    upgraded("weighed", 2)(lambda old: {**old, "by": "unknown"})
    assert decode("weighed", 1, b'{"kilograms":2}') == Weighed(2000, "unknown")
    assert decode("weighed", 2, b'{"grams":5}') == Weighed(5, "unknown")
    with pytest.raises(UnreadableEventError, match="newer than this program"):
        decode("weighed", 4, b"{}")
    with pytest.raises(UnreadableEventError, match="no event 'sung'"):
        decode("sung", 1, b"{}")
    with pytest.raises(ValueError, match="weighed"):
        recorded("weighed")(Weighed)


def test_every_kind_is_frozen_and_tested():
    classes = {cls for cls, _ in events._classes.values()}
    assert classes == {Acted, Described, Amended, Noted, Attached, Linked, Notified, Rated}
    assert all(cls.__dataclass_params__.frozen and fields(cls) for cls in classes)


def test_commitments():
    content = {"name": "王某", "phone": "13800000000"}
    assert commitment(b"s" * 16, content) == commitment(b"s" * 16, dict(reversed(content.items())))
    assert commitment(b"t" * 16, content) != commitment(b"s" * 16, content)
    with pytest.raises(ValueError, match="8"):
        commitment(b"s" * 8, content)
