"""Daily roots: an end that was cut off, a chain written anew, and proofs for one case."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import date, timedelta
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from operations.ledger.recording import record
from xiancheng.operations.ledger import merkle
from xiancheng.operations.ledger.chain import append
from xiancheng.operations.ledger.daily import (
    Head,
    KeyTooShortError,
    day_of,
    heads_by_day,
    make_root,
    prove,
    proved,
    signed_by,
)
from xiancheng.operations.ledger.events import Noted
from xiancheng.operations.ledger.verifying import verify, verify_roots

KEY = b"k" * 32

# The leaves and roots of the reference implementation of RFC 6962.
LEAVES = [bytes.fromhex(x) for x in (
    "", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f",
)]  # fmt: skip
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]


def test_published_roots():
    assert merkle.root_of([]).hex() == hashlib.sha256(b"").hexdigest()
    assert [merkle.root_of(LEAVES[: n + 1]).hex() for n in range(8)] == ROOTS


def recursive(leaves):
    """RFC 6962, 2.1, word by word."""
    if len(leaves) == 1:
        return hashlib.sha256(b"\x00" + leaves[0]).digest()
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    return hashlib.sha256(b"\x01" + recursive(leaves[:k]) + recursive(leaves[k:])).digest()


@given(st.lists(st.binary(max_size=4), min_size=1, max_size=70), st.data())
def test_trees_and_paths(leaves, data):
    root = merkle.root_of(leaves)
    assert root == recursive(leaves)
    at = data.draw(st.integers(0, len(leaves) - 1))
    path = merkle.path_of(leaves, at)
    assert merkle.root_by(path, leaves[at]) == root
    assert merkle.root_by(path, leaves[at] + b"x") != root
    if path.hashes:
        assert merkle.root_by(replace(path, hashes=path.hashes[:-1]), leaves[at]) is None
    assert merkle.root_by(replace(path, hashes=(*path.hashes, b"x" * 32)), leaves[at]) is None
    assert merkle.root_by(replace(path, index=len(leaves)), leaves[at]) is None
    with pytest.raises(IndexError):
        merkle.path_of(leaves, len(leaves))


@cache
def county():
    """Entries of some cases, the heads by day, and the roots from the first day to the last."""
    entries = [e for seed in range(12) for e in record(seed, f"c{seed:03}")]
    pairs = list(heads_by_day(entries))
    days = sorted(day for day, _ in pairs)
    roots, before = [], None
    for n in range((days[-1] - days[0]).days + 1):
        day = days[0] + timedelta(days=n)
        before = make_root(day, [h for d, h in pairs if d == day], before, KEY)
        roots.append(before)
    return entries, pairs, roots


def heads_of(day):
    return [h for d, h in county()[1] if d == day]


def found(entries):
    _, pairs, roots = county()
    return [(f.kind, f.case_id, f.number) for f in verify(entries, pairs, {r.day for r in roots})]


def test_a_whole_county():
    entries, _, roots = county()
    assert found(entries) == []
    deposited = {r.day: r.printed().rpartition("/")[2] for r in roots}
    assert list(verify_roots(roots, heads_of, key=KEY, deposited=deposited)) == []
    assert sum(r.cases for r in roots) == len({(e.case_id, day_of(e.at)) for e in entries})


@settings(deadline=None, max_examples=40)
@given(data=st.data())
def test_an_end_that_was_cut_off_is_named(data):
    entries, _, _ = county()
    case_id = data.draw(st.sampled_from(sorted({e.case_id for e in entries})))
    of_case = [e for e in entries if e.case_id == case_id]
    keep = data.draw(st.integers(0, len(of_case) - 1))
    left = [e for e in entries if e.case_id != case_id or e.number <= keep]
    assert found(left) == [("cut", case_id, keep + 1)]
    assert list(verify(left)) == [], "the chain alone does not show it"


@settings(deadline=None, max_examples=40)
@given(data=st.data())
def test_a_chain_written_anew_is_named(data):
    entries, _, _ = county()
    case_id = data.draw(st.sampled_from(sorted({e.case_id for e in entries})))
    of_case = [e for e in entries if e.case_id == case_id]
    at = data.draw(st.integers(0, len(of_case) - 1))
    forged = of_case[:at]
    for n, e in enumerate(of_case[at:]):
        forged.append(append(forged[-1] if forged else None, case_id, e.at, Noted("x", "y") if n == 0 else e.event()))
    rest = [e for e in entries if e.case_id != case_id]
    anew = sorted([*rest, *forged], key=lambda e: (e.case_id, e.number))
    assert list(verify(anew)) == [], "the chain alone does not show it"
    ((kind, case, number),) = found(anew)
    assert (kind, case) == ("rewritten", case_id)
    assert number >= at + 1


def test_an_entry_that_came_in_afterwards():
    entries, _, roots = county()
    last = max(entries, key=lambda e: (e.at, e.number))
    late = append(last, last.case_id, last.at, Noted("x", "y"))
    more = sorted([*entries, late], key=lambda e: (e.case_id, e.number))
    assert found(more) == [("unsealed", last.case_id, late.number)]
    tomorrow = append(last, last.case_id, last.at + timedelta(days=2), Noted("x", "y"))
    assert day_of(tomorrow.at) > roots[-1].day
    assert found(sorted([*entries, tomorrow], key=lambda e: (e.case_id, e.number))) == []


def test_an_invented_case_of_a_day_that_is_over():
    entries, _, _ = county()
    invented = append(None, "c0005", entries[0].at, Noted("x", "y"))
    assert found(sorted([*entries, invented], key=lambda e: (e.case_id, e.number))) == [("unsealed", "c0005", 1)]


@pytest.mark.parametrize(
    ("change", "match"),
    [
        (lambda r: replace(r, cases=r.cases + 1), "content does not match its hash"),
        (lambda r: replace(r, tree="0" * 64), "content does not match its hash"),
        (lambda r: replace(r, signature="0" * 64), "signature is wrong"),
        (lambda r: make_root(r.day, [*heads_of(r.day), Head("x", 1, "0" * 64)], None, KEY), "heads kept with it"),
    ],
)
def test_a_changed_root_is_named(change, match):
    roots = list(county()[2])
    roots[2] = change(roots[2])
    told = [f.message.en for f in verify_roots(roots, heads_of, key=KEY)]
    assert any(match in text for text in told)
    assert str(roots[2].day) in told[0]


def test_missing_roots_and_what_was_deposited():
    _, _, roots = county()
    deposited = {r.day: r.hash for r in roots}
    gap = [f.message.en for f in verify_roots(roots[:3] + roots[4:], key=KEY, deposited=deposited)]
    assert any("days are missing" in text for text in gap)
    assert any(f"the root of {roots[3].day} is missing" in text for text in gap)
    anew, before = [], None
    for root in roots:
        before = make_root(root.day, [], before, KEY)
        anew.append(before)
    assert list(verify_roots(anew, key=KEY)) == [], "whoever has the key can write everything anew"
    assert {f.day for f in verify_roots(anew, key=KEY, deposited=deposited)} == {r.day for r in roots}


def test_proofs_for_one_case():
    _, _, roots = county()
    root = max(roots, key=lambda r: r.cases)
    heads = heads_of(root.day)
    for head in heads:
        proof = prove(root.day, heads, head.case_id)
        assert proof.head == head
        assert proved(proof, root)
        assert not proved(replace(proof, head=replace(head, number=head.number + 1)), root)
        assert not proved(proof, replace(root, tree="0" * 64))
        assert len(proof.path.hashes) <= len(heads).bit_length()
    with pytest.raises(KeyError):
        prove(root.day, heads, "nobody")


def test_keys_and_days():
    day = date(2026, 2, 13)
    head = Head("c", 1, "0" * 64)
    unsigned = make_root(day, [head])
    assert unsigned.signature == ""
    assert not signed_by(unsigned, KEY)
    assert signed_by(make_root(day, [head], None, KEY), KEY)
    assert not signed_by(make_root(day, [head], None, KEY), b"o" * 32)
    assert make_root(day, [head], None, KEY).hash == unsigned.hash
    with pytest.raises(KeyTooShortError, match="only 5 bytes"):
        make_root(day, [head], None, b"12345")
    with pytest.raises(ValueError, match="2026-02-13"):
        make_root(day, [head, head])
    with pytest.raises(ValueError, match="2026-02-15"):
        make_root(date(2026, 2, 15), [head], unsigned)
    assert unsigned.printed().startswith("2026-02-13 / 1 / ")
