"""What may be done to objects, told by examples and by a brute-force model that replays everything day by day."""

from __future__ import annotations

import copy
import itertools
from datetime import date, timedelta

import hypothesis.strategies as st
import numpy as np
import pytest
import shapely
from hypothesis import HealthCheck, settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from xiancheng.city import recording
from xiancheng.city.change import Part
from xiancheng.city.classes import load_catalogue
from xiancheng.city.history import OPEN_DATE, OPEN_TIME
from xiancheng.city.store import Store, StoreError


@pytest.fixture
def store(store_backend, catalogue):
    with Store.create(store_backend.new(), catalogue) as made:
        yield made


def year(n):
    return date(n, 1, 1)


def edit(store, reason="r", source="s"):
    return store.change(source=source, reason=reason)


def place(x):
    return shapely.Point(110 + x / 1000, 40)


def believed(store, object_id="a"):
    return [
        (v.valid_from.year, v.valid_to.year, v.attributes["classes"])
        for v in sorted(store.history("school", object_id), key=lambda v: v.valid_from)
        if v.recorded_to is None
    ]


@pytest.fixture
def two_versions(store):
    """School a: 10 classes from 2010, 20 from 2015."""
    with edit(store) as change:
        change.add("school", "a", valid_from=year(2010), geometry=place(0), attributes={"classes": 10})
    with edit(store) as change:
        change.update("school", "a", valid_from=year(2015), attributes={"classes": 20})
    return store


def test_update_closes_and_adds_and_keeps_the_former_record(two_versions):
    versions = two_versions.history("school", "a")
    assert [(v.valid_from.year, v.valid_to.year, v.recorded_to is None) for v in versions] == [
        (2010, 9999, False), (2010, 2015, True), (2015, 9999, True),
    ]  # fmt: skip
    first, second = (c.recorded_at for c in two_versions.changes())
    assert versions[0].recorded_from == first
    assert {versions[0].recorded_to, versions[1].recorded_from, versions[2].recorded_from} == {second}


def test_back_dated_update_splits_the_middle(two_versions):
    with edit(two_versions) as change:
        change.update("school", "a", valid_from=year(2012), attributes={"classes": 12})
    assert believed(two_versions) == [(2010, 2012, 10), (2012, 2015, 12), (2015, 9999, 20)]


def test_correct_keeps_validity(two_versions):
    with edit(two_versions) as change:
        change.correct("school", "a", on=year(2013), attributes={"classes": 11}, geometry=place(5))
    assert believed(two_versions) == [(2010, 2015, 11), (2015, 9999, 20)]
    assert two_versions.history("school", "a")[-1].geometry == place(5)


def test_close_reopen_and_close_in_the_past(two_versions):
    with edit(two_versions) as change:
        change.close("school", "a", valid_to=year(2018))
    with edit(two_versions) as change:
        change.add("school", "a", valid_from=year(2020), geometry=place(0), attributes={"classes": 5})
    assert believed(two_versions) == [(2010, 2015, 10), (2015, 2018, 20), (2020, 9999, 5)]
    with edit(two_versions) as change:
        change.close("school", "a", valid_to=year(2012))
    assert believed(two_versions) == [(2010, 2012, 10), (2020, 9999, 5)]


def test_withdraw(two_versions):
    with pytest.raises(StoreError, match="withdraw it"), edit(two_versions) as change:
        change.close("school", "a", valid_to=year(2010))
    with edit(two_versions) as change:
        change.withdraw("school", "a", on=year(2012))
    assert believed(two_versions) == []
    assert len(two_versions.history("school", "a")) == 3


def test_very_many_records_keep_the_guards_and_the_index(store):
    n = 3000
    x = np.linspace(110, 111, n)
    for k in range(2):
        with edit(store) as change:
            change.add_many(
                "school", [f"{k}-{i}" for i in range(n)], valid_from=year(2010), geometry=shapely.points(x, x - 70 + k),
                columns={"classes": np.arange(n, dtype=float)},
            )  # fmt: skip
    assert store.verify() == []
    inside = store.as_of("school", year(2011), bbox=(110.5, 39, 110.6, 42))
    assert set(inside.object_id) == {f"{k}-{i}" for k in range(2) for i in np.flatnonzero((x >= 110.5) & (x <= 110.6))}
    with edit(store) as change:
        with pytest.raises(StoreError, match="overlapping"):
            change.add_many(
                "school",
                [f"{i}-7" for i in range(n)],
                valid_from=year(2010),
                geometry=shapely.points(x, x - 70),
                columns={},
            )
        change.add("school", "alone", valid_from=year(2010), geometry=place(1), attributes={})
    assert store.classes_present() == {"school": 2 * n + 1}
    assert store.verify() == []


@pytest.mark.parametrize(
    ("act", "said"),
    [
        (lambda c: c.add("school", "a", valid_from=year(2012), geometry=place(0), attributes={}), "already"),
        (lambda c: c.add("school", "", valid_from=year(2012), geometry=place(0), attributes={}), "identifier"),
        (lambda c: c.update("school", "a", valid_from=year(2009), attributes={"classes": 1}), "does not exist on"),
        (lambda c: c.update("school", "b", valid_from=year(2009), attributes={"classes": 1}), "no school b"),
        (lambda c: c.correct("school", "a", on=year(2009), attributes={"classes": 1}), "does not exist on"),
        (lambda c: c.close("school", "a", valid_to=year(2009)), "does not exist on"),
        (lambda c: c.withdraw("school", "b", on=year(2009)), "no school b"),
        (lambda c: c.merge("school", ["a"], "a", valid_from=year(2012), geometry=None, attributes={}), "two objects"),
        (lambda c: c.split("school", "a", [Part("b", place(1), {})], valid_from=year(2012)), "two different"),
        (lambda c: c.close_many("school", ["a", "b"], valid_to=year(2012)), "no school b"),
        (lambda c: c.update_many("school", ["b"], valid_from=year(2012)), "no school b"),
    ],
)
def test_refused(two_versions, act, said):
    with pytest.raises(StoreError, match=said), edit(two_versions) as change:
        act(change)
    assert believed(two_versions) == [(2010, 2015, 10), (2015, 9999, 20)]


def test_bulk_add_refuses_overlap(two_versions):
    with pytest.raises(StoreError, match="overlapping validity"), edit(two_versions) as change:
        change.add_many("school", ["b", "a"], valid_from=year(2012), geometry=np.array([place(1)] * 2), columns={})
    assert two_versions.history("school", "b") == []


def test_what_changes_nothing_leaves_no_trace(two_versions):
    with edit(two_versions) as change:
        change.update("school", "a", valid_from=year(2016), attributes={"classes": 20}, geometry=place(0))
        change.correct("school", "a", on=year(2011), attributes={})
        change.close("school", "a", valid_to=year(2019))
        change.add("school", "a", valid_from=year(2019), geometry=place(0), attributes={"classes": 3})
        change.withdraw("school", "a", on=year(2011))
        change.add("school", "a", valid_from=year(2010), valid_to=year(2015), geometry=place(0),
                   attributes={"classes": 10})  # fmt: skip
        change.add("school", "a", valid_from=year(2015), geometry=place(0), attributes={"classes": 20})
    assert change.id is None
    assert len(two_versions.changes()) == 2
    assert len(two_versions.history("school", "a")) == 3


def test_steps_within_one_change_leave_no_rows_that_nobody_saw(store):
    with edit(store) as change:
        change.add_many("school", ["a"], valid_from=year(2010), geometry=np.array([place(0)]), columns={})
        change.update("school", "a", valid_from=year(2012), attributes={"classes": 1})
        change.recorder.flush()
        change.update("school", "a", valid_from=year(2012), attributes={"classes": 2})
    assert [(v.valid_from.year, v.attributes["classes"]) for v in store.history("school", "a")] == [
        (2010, None),
        (2012, 2),
    ]


def lineage(store):
    found = store.fetch("SELECT kind, from_id, to_id, recorded_to FROM xc_lineage ORDER BY id")
    return [(*rest, end == OPEN_TIME) for *rest, end in found]


def test_merge_split_and_their_undoing(store):
    with edit(store) as change:
        for i, name in enumerate("abc"):
            change.add("school", name, valid_from=year(2010), geometry=place(i), attributes={"classes": i})
    with edit(store) as change:
        change.merge("school", ["a", "b"], "m", valid_from=year(2015), geometry=place(9), attributes={"classes": 9})
        change.split(
            "school", "c", [Part("c", None, {"classes": 1}), Part("d", place(7), {"classes": 1})],
            valid_from=year(2016),
        )  # fmt: skip
    assert [believed(store, x) for x in "abcdm"] == [
        [(2010, 2015, 0)], [(2010, 2015, 1)], [(2010, 2016, 2), (2016, 9999, 1)], [(2016, 9999, 1)], [(2015, 9999, 9)],
    ]  # fmt: skip
    assert lineage(store) == [("merge", "a", "m", 1), ("merge", "b", "m", 1), ("split", "c", "d", 1)]
    undone = store.undo(2, reason="wrong schools")
    assert (undone.kind, undone.reason, undone.detail["undoes"]) == ("undo", "wrong schools", 2)
    assert [believed(store, x) for x in "abcdm"] == [[(2010, 9999, i)] for i in range(3)] + [[], []]
    assert [row[3] for row in lineage(store)] == [0, 0, 0]
    assert store.history("school", "a")[-1].source == "s"
    store.undo(undone.id, reason="they were right")
    assert believed(store, "m") == [(2015, 9999, 9)]
    assert [row[3] for row in lineage(store)] == [0, 0, 0, 1, 1, 1]
    assert {source for (source,) in store.fetch("SELECT source FROM xc_lineage")} == {"s"}
    store.undo(2, reason="after all")  # what it said is believed by a later record
    assert believed(store, "m") == []
    assert [row[3] for row in lineage(store)] == [0] * 6


def test_merge_into_one_of_them(two_versions):
    with edit(two_versions) as change:
        change.add("school", "b", valid_from=year(2010), geometry=place(1), attributes={"classes": 1})
    with edit(two_versions) as change:
        change.merge("school", ["a", "b"], "a", valid_from=year(2020), geometry=None, attributes={"classes": 21})
    assert believed(two_versions) == [(2010, 2015, 10), (2015, 2020, 20), (2020, 9999, 21)]
    assert believed(two_versions, "b") == [(2010, 2020, 1)]


def test_undo_is_refused_after_later_changes(two_versions):
    with pytest.raises(StoreError, match="changed again by 2"):
        two_versions.undo(1, reason="r")
    with pytest.raises(StoreError, match="no change 9"):
        two_versions.undo(9, reason="r")
    two_versions.undo(2, reason="r")
    assert believed(two_versions) == [(2010, 9999, 10)]


def test_source_and_reason_are_required(store):
    for source, reason in (("", "r"), ("s", " ")):
        with pytest.raises(StoreError, match="source and a reason"), store.change(source=source, reason=reason):
            pass


# A brute-force model: one cell a day, nothing clever.

START = date(2020, 1, 1)
DAYS = 8
IDS = "abc"
CLASS = "school"


class Refused(Exception):  # noqa: N818
    pass


class Model:
    """For each object one cell a day: None, or (token of its version, what it says, who says so)."""

    def __init__(self):
        self.cells = {i: [None] * DAYS for i in IDS}
        self.tokens = itertools.count()

    def fill(self, i, days, said, source):
        token = next(self.tokens)
        for d in days:
            self.cells[i][d] = None if said is None else (token, said, source)

    def version(self, i, d):
        """Days of the version around day d."""
        if self.cells[i][d] is None:
            raise Refused
        return self.spread(i, d, lambda cell: cell is not None and cell[0] == self.cells[i][d][0])

    def existence(self, i, d):
        if self.cells[i][d] is None:
            raise Refused
        return self.spread(i, d, lambda cell: cell is not None)

    def spread(self, i, d, same):
        first = last = d
        while first > 0 and same(self.cells[i][first - 1]):
            first -= 1
        while last < DAYS - 1 and same(self.cells[i][last + 1]):
            last += 1
        return range(first, last + 1)

    def said(self):
        """What is believed, as versions: (first day, last day, says, source)."""
        out = {}
        for i, row in self.cells.items():
            runs = [(k, list(g)) for k, g in itertools.groupby(range(DAYS), key=lambda d: row[d] and row[d][0])]
            out[i] = [(days[0], days[-1], *row[days[0]][1:]) for k, days in runs if k is not None]
        return out

    def apply(self, op, source):
        kind, i, d, e, said, j = op
        if kind == "add":
            days = range(d, e if e > d else DAYS)
            if any(self.cells[i][x] is not None for x in days):
                raise Refused
            self.fill(i, days, said, source)
        elif kind in {"update", "correct"}:
            days = self.version(i, d)
            said = (said[0], self.cells[i][d][1][1]) if said[1] is None else said
            if self.cells[i][d][1] != said:
                self.fill(i, days if kind == "correct" else range(d, days[-1] + 1), said, source)
        elif kind == "close":
            days = self.existence(i, d)
            if days[0] == d:
                raise Refused
            self.fill(i, range(d, days[-1] + 1), None, source)
        elif kind == "withdraw":
            self.fill(i, self.existence(i, d), None, source)
        elif kind == "merge":
            others = sorted({i, j})
            into = next(x for x in IDS if x not in others) if e % 2 else i
            if len({*others, into}) < 2:
                raise Refused
            days = {x: range(d, self.existence(x, d)[-1] + 1) for x in others}
            whole = max(days.values(), key=len)
            if into not in others and any(self.cells[into][x] is not None for x in whole):
                raise Refused
            for x in others:
                self.fill(x, days[x], None, source)
            self.fill(into, whole, said, source)
        elif kind == "split":
            days = range(d, self.existence(i, d)[-1] + 1)
            if i == j:
                raise Refused
            if any(self.cells[j][x] is not None for x in days):
                raise Refused
            self.fill(i, days, said, source)
            self.fill(j, days, said, source)


def day(d):
    return START + timedelta(days=d) if d < DAYS else OPEN_DATE


def apply_to_store(change, op, *, bulk):
    kind, i, d, e, (classes, x), j = op
    geometry = None if x is None else place(x)
    attributes = {"classes": classes}
    columns = {"classes": np.array([float(classes)])}
    shapes = None if geometry is None else np.array([geometry], dtype=object)
    if kind == "add":
        end = day(e if e > d else DAYS)
        if bulk:
            change.add_many(CLASS, [i], valid_from=day(d), geometry=shapes, columns=columns, valid_to=[end.isoformat()])
        else:
            change.add(CLASS, i, valid_from=day(d), valid_to=end, geometry=geometry, attributes=attributes)
    elif kind == "update" and bulk:
        change.update_many(CLASS, [i], valid_from=day(d), geometry=shapes, columns=columns)
    elif kind == "update":
        change.update(CLASS, i, valid_from=day(d), geometry=geometry, attributes=attributes)
    elif kind == "correct":
        change.correct(CLASS, i, on=day(d), geometry=geometry, attributes=attributes)
    elif kind == "close":
        change.close(CLASS, i, valid_to=day(d))
    elif kind == "withdraw":
        change.withdraw(CLASS, i, on=day(d))
    elif kind == "merge":
        others = sorted({i, j})
        into = next(x for x in IDS if x not in others) if e % 2 else i
        change.merge(CLASS, others, into, valid_from=day(d), geometry=geometry, attributes=attributes)
    elif kind == "split":
        change.split(
            CLASS, i, [Part(i, geometry, attributes), Part(j, geometry, attributes)], valid_from=day(d)
        )  # fmt: skip


def operations():
    says = st.tuples(st.integers(0, 2), st.integers(0, 1))
    kept = st.tuples(st.integers(0, 2), st.none() | st.integers(0, 1))
    ids, days = st.sampled_from(IDS), st.integers(0, DAYS - 1)
    return st.one_of(
        st.tuples(st.sampled_from(["add", "merge", "split"]), ids, days, st.integers(0, DAYS), says, ids),
        st.tuples(st.sampled_from(["update", "correct", "close", "withdraw"]), ids, days, days, kept, ids),
    )


class BitemporalMachine(RuleBasedStateMachine):
    def __init__(self, place):
        super().__init__()
        self.place = place

    @initialize()
    def begin(self):
        self.store = Store.create(self.place, load_catalogue())
        self.model = Model()
        self.beliefs = [self.model.said()]  # after each change set
        self.states = [copy.deepcopy(self.model.cells)]

    def note(self):
        said = self.model.said()
        if said != self.beliefs[-1]:
            self.beliefs.append(said)
            self.states.append(copy.deepcopy(self.model.cells))

    @rule(
        ops=st.lists(operations(), min_size=1, max_size=3),
        source=st.sampled_from(["osm", "survey"]),
        bulk=st.booleans(),
        many=st.booleans(),
        fails=st.integers(0, 9),
    )
    def change(self, ops, source, bulk, many, fails):
        before = copy.deepcopy(self.model.cells)
        recording.MANY = 1 if many else 1000
        try:
            with self.store.change(source=source, reason="r") as change:
                for op in ops:
                    held = copy.deepcopy(self.model.cells)
                    try:
                        self.model.apply(op, source)
                    except Refused:
                        self.model.cells = held
                        with pytest.raises(StoreError):
                            apply_to_store(change, op, bulk=bulk)
                    else:
                        apply_to_store(change, op, bulk=bulk)
                if fails == 0:
                    raise ZeroDivisionError  # noqa: TRY301
        except ZeroDivisionError:
            self.model.cells = before
        self.note()

    @rule(which=st.integers(0, 30))
    def undo(self, which):
        changes = self.store.changes()
        if not changes:
            return
        which %= len(changes)
        touched = {i for i in IDS if self.beliefs[which][i] != self.beliefs[which + 1][i]}
        otherwise = {i for i in touched if self.beliefs[which + 1][i] != self.beliefs[-1][i]}
        if otherwise:
            with pytest.raises(StoreError, match="again"):
                self.store.undo(changes[which].id, reason="u")
            return
        self.store.undo(changes[which].id, reason="u")
        for i in touched:
            self.model.cells[i] = copy.deepcopy(self.states[which][i])
        self.note()

    @invariant()
    def every_day_at_every_time(self):
        if not hasattr(self, "store"):
            return
        changes = self.store.changes()
        assert len(changes) == len(self.beliefs) - 1
        moments = [c.recorded_at for c in changes]
        assert moments == sorted(set(moments))
        latest = [*zip(moments, self.beliefs[1:], strict=True)][-2:]
        first = [(moments[0] - timedelta(seconds=1), self.beliefs[0])] if moments else []
        for moment, belief in [*first, *latest, (None, self.beliefs[-1])]:
            self.compare(moment, belief)

    def compare(self, moment, belief):
        for d in range(DAYS):
            rows = self.store.as_of(CLASS, day(d), recorded=moment)
            got = {
                i: (int(c), round((g.x - 110) * 1000), source, start, end)
                for i, c, g, source, start, end in zip(
                    rows.object_id, rows.columns["classes"], rows.geometry, rows.source, rows.valid_from, rows.valid_to,
                    strict=True,
                )
            }  # fmt: skip
            expected = {
                i: (*said, source, day(first).isoformat(), day(last + 1).isoformat())
                for i, versions in belief.items()
                for first, last, said, source in versions
                if first <= d <= last
            }
            assert got == expected

    def teardown(self):
        recording.MANY = 1000
        if not hasattr(self, "store"):
            return
        for change, belief in zip(self.store.changes(), self.beliefs[1:], strict=True):
            self.compare(change.recorded_at, belief)
        assert self.store.verify() == []
        self.store.close()


def test_bitemporal(store_backend):
    run_state_machine_as_test(
        lambda: BitemporalMachine(store_backend.new()),
        settings=settings(
            max_examples=40, stateful_step_count=20, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )
