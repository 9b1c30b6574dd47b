"""Reading the table, and what is refused."""

from __future__ import annotations

import copy
import tomllib

import pytest

from xiancheng.foundation.errors import ConfigError
from xiancheng.foundation.resources import data_folder
from xiancheng.operations.states.loading import load_states, read_states

RAW = tomllib.loads((data_folder("catalogues") / "operations" / "states.toml").read_text(encoding="utf-8"))


def changed(change):
    raw = copy.deepcopy(RAW)
    change(raw)
    return raw


def add_action(kind, to, *come_from, **keys):
    entry = {"permission": "case.file", "kind": kind, "to": to, "from": list(come_from), **keys}
    return lambda raw: raw["actions"].update(x=entry)


def put(part, name, **keys):
    return lambda raw: raw[part].setdefault(name, {}).update(keys)


def drop_action(name):
    def change(raw):
        del raw["actions"][name]

    return change


@pytest.mark.parametrize(
    ("change", "match"),
    [
        (add_action("forward", "handling", "reported"), "handling can be reached without filing"),
        (add_action("forward", "nowhere", "reported"), "no state 'nowhere'"),
        (add_action("leap", "@same", "reported"), "no kind 'leap'"),
        (add_action("side", "@same", "reported", requires=["luck"]), "no requirement 'luck'"),
        (add_action("side", "@same"), "either creates a case or has from"),
        (add_action("return", "pending_close", "returned", requires=["reason"]), "wrong way"),
        (add_action("return", "reported", "pending_register"), "needs a reason"),
        (add_action("reopen", "@before", "reported"), "only states aside"),
        (add_action("aside", "suspended", "merged"), "cannot be put aside again"),
        (add_action("side", "reported", "closed"), "kind reopen"),
        (put("actions", "file", requires=[]), "has to require a standard"),
        (put("actions", "close", requires=[]), "has to require a standard"),
        (put("actions", "force_close", permission="case.close"), "must not allow ordinary actions"),
        (put("actions", "dispatch", permission="case.nothing"), "no permission 'case.nothing'"),
        (put("actions", "dispatch", starts=["egg"]), "no timer 'egg'"),
        (put("actions", "dispatch", colour="red"), "there is no such key"),
        (put("actions", "dispatch", files="yes"), "true or false"),
        (put("actions", "appeal", within_days=-1), "whole number"),
        (put("actions", "appeal", since=[]), "go together"),
        (put("actions", "dispatch", requires="unit"), "list of names"),
        (put("actions", "dispatch", to=3), "has to be text"),
        (put("actions", "rework", forgets=["unit"]), "keeps the unit"),
        (put("actions", "supervise", sets=["supervised"], clears=["supervised"]), "contradict"),
        (put("states", "closed", filed=False), "has to be filed"),
        (put("states", "limbo", stage="filing"), "no way leads to limbo"),
        (put("states", "handling", stage="moon"), "no stage 'moon'"),
        (put("states", "handling", aside=True), "either has a stage or is aside"),
        (put("states", "closed", final="lost"), "no final 'lost'"),
        (put("sources", "resident", requires=["luck"]), "no requirement 'luck'"),
        (lambda raw: raw["actions"]["resume"].update({"from": ["merged"]}), None),
        (drop_action("unmerge"), None),
        (put("actions", "accept", title={"zh": "{nothing}", "en": "x"}), r"\[words\] does not have nothing"),
        (lambda raw: raw.update(extra={}), "no part extra"),
        (lambda raw: raw["actions"].update(x=1), "has to be a table"),
    ],
)  # fmt: skip
def test_faults_are_told(change, match):
    if match is None:
        read_states(changed(change))
        return
    with pytest.raises(ConfigError, match=match):
        read_states(changed(change))


def test_dead_ends_are_told():
    def strand(raw):
        raw["states"]["swamp"] = {"stage": "dispatch", "filed": True}
        raw["actions"]["sink"] = {
            "permission": "case.dispatch", "kind": "side", "from": ["pending_dispatch"], "to": "swamp",
        }  # fmt: skip

    with pytest.raises(ConfigError, match="swamp is a dead end"):
        read_states(changed(strand))


def test_a_case_could_get_stuck_aside():
    def strand(raw):
        raw["states"]["suspended"]["filed"] = True
        del raw["actions"]["resume"]
        raw["actions"]["force_close"]["from"].remove("suspended")

    with pytest.raises(ConfigError, match="suspended is a dead end"):
        read_states(changed(strand))


def test_a_county_changes_single_keys(tmp_path):
    folder = tmp_path / "catalogues" / "operations"
    folder.mkdir(parents=True)
    (folder / "states.toml").write_text(
        'version = "tumed-1"\n[words]\npre_filing_check = { zh = "核查", en = "first check" }\n'
        'closure_check = { zh = "核实", en = "last check" }\n[actions.appeal]\nwithin_days = 3\n'
        '[sources.drone]\ntitle = { zh = "无人机", en = "drone" }\nrequires = ["photo_before"]\n',
        encoding="utf-8",
    )
    own, shipped = load_states(tmp_path), load_states()
    assert own.version == "tumed-1"
    assert own.states["pending_verify"].title.zh == "待核查"
    assert own.states["pending_check"].title.en == "last check under way"
    assert own.actions["appeal"].within_days == 3
    assert own.actions["appeal"].since == shipped.actions["appeal"].since
    assert "drone" in own.sources
    assert own.fingerprint != shipped.fingerprint


def test_titles_do_not_change_the_fingerprint():
    only_words = read_states(changed(put("words", "closure_check", zh="核实", en="x")))
    assert only_words.fingerprint == load_states().fingerprint
    assert read_states(changed(put("actions", "appeal", within_days=4))).fingerprint != load_states().fingerprint


def test_the_shipped_words_are_those_of_the_standard():
    table = load_states()
    assert table.words["pre_filing_check"].zh == "核实"
    assert table.words["closure_check"].zh == "核查"
    assert all("{" not in entry.title.zh + entry.title.en for part in (table.states, table.actions, table.timers,
               table.marks, table.permissions, table.stages) for entry in part.values())  # fmt: skip


def test_roles_are_those_of_the_site():
    roles = set(tomllib.loads((data_folder("catalogues") / "site" / "roles.toml").read_text(encoding="utf-8")))
    assert set(load_states().roles()) <= roles
