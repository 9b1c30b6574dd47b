from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xiancheng.operations.duplicates import MergeGroup
from xiancheng.operations.duplicates.merging import MergeError

AT = datetime(2026, 2, 9, tzinfo=UTC)
HOW = {"by": "operator", "at": AT, "reason": "the same pothole"}


def test_every_reporter_is_kept():
    a = MergeGroup.of("a", ("ann", "bob", "ann"))
    b = MergeGroup.of("b", ("bob", "cem"))
    both = a.merge(b, **HOW)
    assert (both.primary, both.followers) == ("a", ("b",))
    assert both.to_inform() == {"ann": ("a",), "bob": ("a", "b"), "cem": ("b",)}
    assert both.members[1].reason == "the same pothole"


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), max_size=20), st.integers(0, 9))
def test_nothing_is_lost_and_unmerging_undoes_merging(pairs, promoted):
    groups = {i: MergeGroup.of(str(i), (f"r{i}", "everybody")) for i in range(10)}
    for i, j in pairs:
        a, b = groups[i], groups[j]
        if a is b:
            continue
        both = a.merge(b, **HOW)
        stays, out = both.unmerge(b.primary)
        assert (stays, out) == (a, b)
        for member in both.members:
            groups[int(member.case)] = both
    distinct = {id(g): g for g in groups.values()}.values()
    assert sorted(m.case for g in distinct for m in g.members) == [str(i) for i in range(10)]
    for group in distinct:
        assert set(group.to_inform()) == {f"r{m.case}" for m in group.members} | {"everybody"}
    group = groups[promoted]
    turned = group.promote(str(promoted), **HOW)
    assert turned.primary == str(promoted)
    assert turned.to_inform().keys() == group.to_inform().keys()
    assert {m.case: m.reporters for m in turned.members} == {m.case: m.reporters for m in group.members}
    # Everything still hangs on the new primary.
    above = {m.case: m.follows for m in turned.members}
    for start in list(above):
        place, steps = start, 0
        while above[place] is not None:
            place, steps = above[place], steps + 1
            assert steps <= len(above)
        assert place == turned.primary


def test_what_cannot_be():
    both = MergeGroup.of("a").merge(MergeGroup.of("b"), **HOW)
    with pytest.raises(MergeError, match="same group"):
        both.merge(MergeGroup.of("b"), **HOW)
    with pytest.raises(MergeError, match="no reason"):
        both.merge(MergeGroup.of("c"), by="x", at=AT, reason=" ")
    with pytest.raises(MergeError, match="is the primary"):
        both.unmerge("a")
    with pytest.raises(MergeError, match="not in this group"):
        both.unmerge("z")
    with pytest.raises(MergeError, match="no reason"):
        both.promote("b", by="x", at=AT, reason="")
    assert both.promote("a", **HOW) is both
