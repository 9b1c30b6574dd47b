"""A thousand random walks by every role, judged by the TOML itself and by plain counting instead of the engine."""

from __future__ import annotations

from collections import Counter
from contextlib import suppress
from datetime import timedelta
from functools import cache
from pathlib import Path

import pytest

from operations.states.walking import walk
from xiancheng.foundation.resources import data_folder
from xiancheng.foundation.toml_file import read_toml
from xiancheng.operations.states.case import CaseState
from xiancheng.operations.states.engine import IllegalActionError, replay
from xiancheng.operations.states.loading import load_states

WALKS = 1000
RAW = read_toml(data_folder("catalogues") / Path("operations/states.toml"))


@cache
def walks():
    table = load_states()
    return [list(walk(table, seed)) for seed in range(WALKS)]


def test_every_step_is_one_of_the_file():
    for steps in walks():
        put_aside = None
        for before, action, after in steps:
            raw = RAW["actions"][action.name]
            if raw.get("creates"):
                assert before.state == ""
            else:
                assert before.state in raw["from"]
            if raw["to"] == "@same":
                assert after.state == before.state
            elif raw["to"] == "@before":
                assert after.state == put_aside
            else:
                assert after.state == raw["to"]
                if RAW["states"][raw["to"]].get("aside"):
                    put_aside = before.state


def test_nothing_is_filed_or_closed_without_a_standard():
    seen = Counter()
    for steps in walks():
        for _, _, after in steps:
            if RAW["states"][after.state].get("filed"):
                assert after.standard
                seen[after.state] += 1
    assert seen["closed"] > 100
    assert set(seen) == {name for name, state in RAW["states"].items() if state.get("filed")}


def test_every_state_and_every_action_is_met():
    actions = {action.name for steps in walks() for _, action, _ in steps}
    assert actions == set(RAW["actions"])
    assert {after.state for steps in walks() for *_, after in steps} == set(RAW["states"])


def test_returns_never_move_forward_and_have_a_reason():
    order = {name: i for i, name in enumerate(RAW["stages"])}
    for steps in walks():
        for before, action, after in steps:
            if RAW["actions"][action.name]["kind"] == "return":
                assert action.reason
                assert order[RAW["states"][after.state]["stage"]] <= order[RAW["states"][before.state]["stage"]]


def test_a_unit_gives_a_case_back_only_once_its_worker_is_off_it_and_never_sends_it_on():
    after_return = Counter()
    for steps in walks():
        for (before, action, after), later in zip(steps, [*steps[1:], None], strict=True):
            if action.name == "return_to_dispatcher":
                assert not before.worker
                assert before.unit == action.unit_of_actor
                assert after.last_unit == before.unit
                if later is not None:
                    after_return[later[1].name] += 1
            if before.state == "returned" and after.state != "returned":
                assert after.state in {"pending_handle", "pending_register", "suspended", "merged", "closed"}
                if after.state == "closed":
                    assert action.name == "force_close"
    assert after_return["dispatch"] > 10


def test_rework_keeps_the_unit_and_all_photographs():
    count = 0
    for steps in walks():
        for before, action, after in steps:
            if action.name == "rework":
                count += 1
                assert after.unit == before.unit != ""
            assert set(before.photos_before) <= set(after.photos_before)
            assert set(before.photos_after) <= set(after.photos_after)
    assert count > 50


def test_whoever_holds_a_case_is_known():
    for steps in walks():
        for *_, after in steps:
            if RAW["states"][after.state].get("holder") == "handling_unit":
                assert after.unit
            if after.state in {"handling", "handle_finish"}:
                assert after.worker
            if after.state in {"pending_verify", "pending_check"}:
                assert after.checker
            assert after.unit not in after.assisting or not after.unit


def test_reviews_are_by_another_person():
    for steps in walks():
        last = {}
        for _, action, _ in steps:
            for name in RAW["actions"][action.name].get("other_than", []):
                assert last.get(name) != action.actor
            last[action.name] = action.actor


def test_counters_count():
    for steps in walks():
        counted = Counter(RAW["actions"][a.name].get("counts") for _, a, _ in steps)
        if steps:
            for name in RAW["counters"]:
                assert steps[-1][2].count(name) == counted[name]
            assert steps[-1][2].number == len(steps)


def test_replay_gives_the_same_case():
    table = load_states()
    for steps in walks():
        if steps:
            events = [(table.fingerprint, action) for _, action, _ in steps]
            assert replay(table, "c1", events) == steps[-1][2]


def test_the_table_is_found_by_its_fingerprint():
    table, steps = load_states(), walks()[0]
    events = [(table.fingerprint, action) for _, action, _ in steps]
    assert replay({table.fingerprint: table}.__getitem__, "c1", events) == steps[-1][2]
    with pytest.raises(KeyError):
        replay({}.__getitem__, "c1", events)


def test_a_lost_or_moved_event_does_not_go_unseen():
    """Leaving out any step that changed something leads to a refusal or to another case."""
    table = load_states()
    for steps in walks()[:8]:
        actions = [(table.fingerprint, action) for _, action, _ in steps]
        for at in range(len(actions)):
            with suppress(IllegalActionError):
                assert replay(table, "c1", actions[:at] + actions[at + 1 :]) != steps[-1][2]


@pytest.mark.parametrize("name", list(RAW["timers"]))
def test_timers_against_a_step_by_step_account(name):
    """What the timers say against an account kept beside, step by step, from the words of the file."""
    for steps in walks()[:150]:
        status, ran, rounds, held, previous = "off", timedelta(), 0, set(), None
        for _, action, after in steps:
            raw = RAW["actions"][action.name]
            if previous is not None and status == "running":
                ran += action.at - previous
            previous = action.at
            entering = raw["to"] in RAW["states"] and RAW["states"][raw["to"]].get("aside", False)
            if status == "running" and ({"*", name} & set(raw.get("pauses", []))):
                status = "paused"
                if entering:
                    held = {name}
            if status in {"running", "paused"} and ({"*", name} & set(raw.get("finishes", []))):
                status = "finished"
            resumed = name in raw.get("resumes", []) or ("*" in raw.get("resumes", []) and name in held)
            if status == "paused" and resumed:
                status = "running"
            if raw["to"] == "@before":
                held = set()
            if name in raw.get("starts", []) and status in {"off", "finished"}:
                status, ran, rounds = "running", timedelta(), rounds + 1
            timer = after.timer(name)
            if timer is None:
                assert status == "off"
                continue
            assert (timer.status, timer.round, timer.ran(action.at)) == (status, rounds, ran)
            assert all(a <= b for a, b in timer.spans if b is not None)


def test_nothing_runs_once_a_case_has_ended():
    for steps in walks():
        for *_, after in steps:
            if RAW["states"][after.state].get("final") in {"closed", "refused", "voided", "transferred"}:
                assert all(t.status == "finished" for t in after.timers)
            if RAW["states"][after.state].get("aside"):
                assert all(t.status != "running" for t in after.timers)


def test_a_new_case_is_nowhere():
    assert CaseState("x").timer("total") is None
    assert CaseState("x").last("file") is None
