"""The chain of a case: whatever is done to a record is found, and named."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from operations.ledger.recording import record
from operations.states.walking import START as T
from operations.states.walking import walk
from xiancheng.operations.ledger.canonical import canonical
from xiancheng.operations.ledger.chain import START, ChainError, Entry, append, case_of, from_line, seal, to_line
from xiancheng.operations.ledger.events import Noted, Rated
from xiancheng.operations.ledger.verifying import check_chain, verify
from xiancheng.operations.states.loading import load_states

WALKS = 60


def faults(entries):
    return [(f.kind, f.number) for f in verify(entries)]


def test_whole_records_are_whole_and_give_the_case_back():
    table = load_states()
    everything = []
    for seed in range(WALKS):
        case_id = f"c{seed:04}"
        entries = record(seed, case_id)
        assert len({e.hash for e in entries}) == len(entries)
        *_, (_, _, after) = walk(table, seed, case_id=case_id)
        assert case_of(table, case_id, entries) == after
        everything.extend(entries)
    assert list(verify(everything)) == []
    assert [from_line(to_line(e)) for e in everything] == everything


def test_the_hash_recomputed_with_the_standard_library_alone():
    for entry in record(1):
        header = {
            "at": entry.at.strftime("%Y-%m-%dT%H:%M:%S.%f") + "Z" if entry.at.utcoffset() == timedelta() else None,
            "case": entry.case_id, "kind": entry.kind, "number": entry.number, "version": entry.version,
        }  # fmt: skip
        if header["at"] is None:
            header["at"] = (entry.at - entry.at.utcoffset()).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        head = json.dumps(header, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()
        body = json.dumps(json.loads(entry.body), sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()
        parts = b"xiancheng-case-1\n" + bytes.fromhex(entry.previous) + head + b"\n" + body
        assert hashlib.sha256(parts).hexdigest() == entry.hash


TAMPERED = {
    "case_id": lambda e: replace(e, case_id=e.case_id + "x"),
    "at": lambda e: replace(e, at=e.at + timedelta(microseconds=1)),
    "kind": lambda e: replace(e, kind="noted" if e.kind != "noted" else "rated"),
    "version": lambda e: replace(e, version=e.version + 1),
    "body": lambda e: replace(e, body=e.body[:-1] + b',"x":1}'),
    "space": lambda e: replace(e, body=e.body + b" "),
    "previous": lambda e: replace(e, previous="1" + e.previous[1:] if e.previous[0] != "1" else "2" + e.previous[1:]),
    "previous_not_hex": lambda e: replace(e, previous="z" * 64),
    "hash": lambda e: replace(e, hash=e.hash[::-1]),
}


@pytest.mark.parametrize("what", TAMPERED)
@settings(deadline=None)
@given(data=st.data())
def test_a_tampered_entry_is_named(what, data):
    entries = list(record(data.draw(st.integers(0, 30))))
    at = data.draw(st.integers(0, len(entries) - 1))
    if what == "hash" and entries[at].hash == entries[at].hash[::-1]:
        return
    entries[at] = TAMPERED[what](entries[at])
    if what == "case_id":
        assert ("tampered", entries[at].number) in faults(entries)
        return
    assert faults(entries)[0] == ("tampered", entries[at].number)


@settings(deadline=None)
@given(data=st.data())
def test_a_tampered_entry_with_a_hash_made_to_fit_breaks_the_link(data):
    entries = list(record(data.draw(st.integers(0, 30))))
    at = data.draw(st.integers(0, len(entries) - 2))
    e = replace(entries[at], body=canonical({"by": "x", "text": "y"}), kind="noted")
    entries[at] = replace(e, hash=seal(e.case_id, e.number, e.at, e.kind, e.version, e.body, e.previous))
    assert faults(entries) == [("unlinked", entries[at + 1].number)]


@settings(deadline=None)
@given(data=st.data())
def test_a_missing_entry_is_named(data):
    entries = list(record(data.draw(st.integers(0, 30))))
    at = data.draw(st.integers(0, len(entries) - 2))
    number = entries.pop(at).number
    assert faults(entries) == [("missing", number)]


@settings(deadline=None)
@given(data=st.data())
def test_a_missing_entry_whose_followers_are_renumbered(data):
    entries = list(record(data.draw(st.integers(0, 30))))
    at = data.draw(st.integers(0, len(entries) - 2))
    del entries[at]
    entries[at:] = [replace(e, number=e.number - 1) for e in entries[at:]]
    assert faults(entries)[0] == ("tampered", at + 1)


@settings(deadline=None)
@given(data=st.data())
def test_reordered_entries_are_named(data):
    entries = list(record(data.draw(st.integers(0, 30))))
    a = data.draw(st.integers(0, len(entries) - 2))
    b = data.draw(st.integers(a + 1, len(entries) - 1))
    entries[a], entries[b] = entries[b], entries[a]
    assert faults(entries) == [("reordered", b + 1)]
    kinds = {f.kind for f in check_chain(entries)}
    assert kinds <= {"reordered", "backdated"}
    assert [f.kind for f in check_chain(entries)].count("reordered") >= 2


@settings(deadline=None)
@given(data=st.data())
def test_a_doubled_entry_is_named(data):
    entries = list(record(data.draw(st.integers(0, 30))))
    at = data.draw(st.integers(0, len(entries) - 1))
    entries.insert(at, entries[at])
    assert faults(entries) == [("duplicate", entries[at].number)]


def test_an_entry_of_another_case_does_not_fit():
    entries, other = list(record(1)), record(2, "c2")
    entries[3] = replace(other[3], case_id="c1")
    assert faults(entries) == [("tampered", 4)]


def test_cases_out_of_order_are_told():
    assert [f.kind for f in verify([*record(1, "c2"), *record(2, "c1")])] == ["scattered"]


def test_a_swap_of_times_keeps_no_hash():
    first = append(None, "c", T, Noted("a", "x"))
    earlier = replace(append(first, "c", T + timedelta(1), Noted("a", "y")), at=T - timedelta(1))
    e = replace(earlier, hash=seal("c", 2, earlier.at, earlier.kind, 1, earlier.body, first.hash))
    assert faults([first, e]) == [("backdated", 2)]


def test_what_cannot_be_appended():
    first = append(None, "c", T, Rated(5, solved=True))
    assert first.previous == START
    with pytest.raises(ChainError, match="before the entry that it follows"):
        append(first, "c", T - timedelta(microseconds=1), Rated(1))
    with pytest.raises(ChainError, match="cannot follow an entry of c"):
        append(first, "d", T, Rated(1))


@pytest.mark.parametrize("line", [b"", b"[]", b"{}", b'{"case":"c"}', to_line(record(1)[0])[:-10], b"\xff"])
def test_lines_that_are_no_entries(line):
    with pytest.raises(ChainError, match="not an entry"):
        from_line(line)


def test_a_line_that_was_changed_is_found():
    lines = [to_line(e) for e in record(3)]
    at = next(i for i, line in enumerate(lines) if b'"reason"' in line)
    lines[at] = lines[at].replace("不属于".encode(), "属于".encode())
    assert faults([from_line(line) for line in lines]) == [("tampered", at + 1)]


def test_entries_are_small():
    assert isinstance(record(1)[1], Entry)
    assert max(len(to_line(e)) for e in record(1)) < 1000
