"""Edits, corrections, closings and undos of one object against a model that keeps every single day."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import count

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

pytestmark = pytest.mark.django_db
START, SPAN = date(2026, 1, 1), 8
JSON = "application/json"
ITEMS = "/api/registers/school/items"
Day = tuple[int, int]
"""Number of the version that holds on a day, and its value."""

DAYS = st.integers(0, SPAN - 1)
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("edit"), DAYS, st.integers(0, 3)),
        st.tuples(st.just("correct"), DAYS, st.integers(0, 3)),
        st.tuples(st.just("close"), DAYS, st.just(0)),
        st.tuples(st.just("undo"), st.integers(1, 3), st.just(0)),
    ),
    min_size=1,
    max_size=7,
)


def expected(days: list[Day | None], step: tuple[str, int, int], numbers: count) -> list[Day | None] | None:
    """The days after a step; None if it must be refused. The last day stands for all days after it."""
    kind, at, value = step
    here = days[at]
    if here is None:
        return None
    out = list(days)
    if kind == "close":
        begin = at
        while begin > 0 and days[begin - 1] is not None:
            begin -= 1
        if begin == at:
            return None
        end = at
        while end < SPAN and days[end] is not None:
            out[end] = None
            end += 1
        return out
    if here[1] == value:
        return out
    number = next(numbers)
    for d in range(SPAN):
        # A version is known by its number, which its cut part keeps: only days that adjoin are of one record.
        if days[d] is not None and days[d][0] == here[0] and (kind == "correct" or d >= at) and joined(days, at, d):
            out[d] = (number, value)
    return out


def joined(days: list[Day | None], one: int, other: int) -> bool:
    low, high = sorted((one, other))
    return all(days[d] is not None and days[d][0] == days[one][0] for d in range(low, high + 1))


def test_history_equals_a_model_of_single_days(writable_site, log_in):
    client = log_in("administrator")

    def day(index: int) -> str:
        return (START + timedelta(days=index)).isoformat()

    @settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
    @given(first=DAYS, steps=STEPS)
    def check(first, steps):
        numbers = count(1)
        made = client.post(
            ITEMS,
            {"attributes": {"places": 9}, "geometry": {"type": "Point", "coordinates": [110.5, 40.5]},
             "valid_from": day(first), "reason": "made"},
            content_type=JSON,
        ).json()  # fmt: skip
        object_id = made["item"]["object_id"]
        at = f"{ITEMS}/{object_id}"
        days: list[Day | None] = [None if d < first else (0, 9) for d in range(SPAN)]
        past: list[tuple[int, list[Day | None]]] = []
        moments = {made["item"]["version"]: days}
        for step in steps:
            kind, index, value = step
            if kind == "undo":
                for _ in range(min(index, len(past))):
                    change, days = past.pop()
                    answer = client.post(f"/api/registers/changes/{change}/undo", {"reason": "u"}, content_type=JSON)
                    assert answer.status_code == 200, answer.content
                    moments[client.get(at).json()["version"]] = days
                continue
            body = {"reason": kind, "expected": client.get(at).json()["version"]}
            after = expected(days, step, numbers)
            body["attributes"] = {"places": value}
            if kind == "close":
                answer = client.post(f"{at}/close", body | {"valid_to": day(index)}, content_type=JSON)
            elif kind == "edit":
                answer = client.patch(at, body | {"valid_from": day(index)}, content_type=JSON)
            else:
                answer = client.post(f"{at}/correct", body | {"on": day(index)}, content_type=JSON)
            if after is None:
                assert answer.status_code == 422, answer.content
                continue
            assert answer.status_code == 200, answer.content
            if answer.json()["change"] is None:
                assert after == days
                continue
            past.append((answer.json()["change"], days))
            days = after
            moments[client.get(at).json()["version"]] = days
        compare(client, at, moments)

    def compare(client, at, moments):
        history = client.get(f"{at}/history").json()["items"]
        for moment, days in moments.items():
            known = [
                v
                for v in history
                if v["recorded_from"] <= moment and (v["recorded_to"] is None or v["recorded_to"] > moment)
            ]
            for index in range(SPAN):
                holding = [
                    v["attributes"]["places"]
                    for v in known
                    if v["valid_from"] <= day(index) and (v["valid_to"] is None or v["valid_to"] > day(index))
                ]
                assert holding == ([] if days[index] is None else [days[index][1]]), (moment, index)

    check()
