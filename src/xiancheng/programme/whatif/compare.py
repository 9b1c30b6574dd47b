"""What a scenario moves: every figure that depends on what is edited, before and after, and who gains or loses."""

from __future__ import annotations

import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from xiancheng.city.snapshot import Floats
from xiancheng.programme.assess import clause_status, status_of
from xiancheng.programme.assessment import Status
from xiancheng.programme.measurement import Measurement
from xiancheng.programme.registry import run_measure
from xiancheng.programme.views.figure import Grouping, lon_lat
from xiancheng.programme.whatif.prepared import Entry, Prepared, lack_of
from xiancheng.programme.whatif.scenario import Edit
from xiancheng.programme.whatif.tables import Outcome, Resolved, apply_edits
from xiancheng.programme.whatif.traced import Changed
from xiancheng.programme.whatif.within import Served

SAME = 1e-12
"""Relative difference up to which a figure has not moved."""


@dataclass(frozen=True)
class Gain:
    """Residents who gain what an indicator asks for, or lose it.

    Attributes
    ----------
    gained, lost
        Residents.
    by_age
        Age band → residents of that age who gain, and who lose; empty if ages are not known.
    by_area
        Township code, name, residents who gain, residents who lose; only those with any.
    rows
        ``(k,)`` rows of the population concerned, those with most residents first.
    change
        ``(k,)`` residents: above 0 who gain, below 0 who lose.
    """

    gained: float
    lost: float
    by_age: dict[str, tuple[float, float]]
    by_area: tuple[tuple[str, str, float, float], ...]
    rows: npt.NDArray[np.intp]
    change: Floats


@dataclass(frozen=True)
class Moved:
    """One indicator before and after the edits."""

    entry: Entry
    after: Measurement
    status_before: Status
    status_after: Status
    gap_after: float | None
    gain: Gain | None

    @property
    def difference(self) -> float | None:
        """How much the figure changes; None if it is not known before or after."""
        before, after = self.entry.base.value, self.after.value
        return None if before is None or after is None else after - before

    @property
    def moves(self) -> bool:
        """Whether anything of the figure changes."""
        before, after = self.entry.base, self.after
        return (
            not _same(before.value, after.value)
            or not _same(before.numerator, after.numerator)
            or not _same(before.denominator, after.denominator)
            or (self.gain is not None and len(self.gain.rows) > 0)
        )


@dataclass(frozen=True)
class ClauseMoved:
    """A clause whose status changes."""

    clause_id: str
    before: Status
    after: Status


@dataclass(frozen=True)
class WhatIf:
    """What a scenario does.

    Attributes
    ----------
    steps
        The edits with each feature before and after.
    moved
        The indicators that read an edited class, in the order of the programme.
    pending
        Keys of those that there was no time for: ask for them with `only`.
    clauses
        Clauses whose status changes (as far as their indicators are computed).
    """

    steps: tuple[Resolved, ...]
    moved: tuple[Moved, ...]
    pending: tuple[str, ...]
    clauses: tuple[ClauseMoved, ...]
    seconds: float


def what_if(
    prepared: Prepared, edits: Sequence[Edit], *, budget: float | None = None, only: Collection[str] | None = None
) -> WhatIf:
    """Compute what the edits move.

    Parameters
    ----------
    budget
        Seconds after which no further figure is begun that would not fit; at least one is computed. None: all.
    only
        Keys of the indicators to compute; all that the edits may move by default.

    Raises
    ------
    EditError
        If an edit cannot be made.
    """
    start = time.perf_counter()
    outcome = apply_edits(prepared.city, edits)
    city = Changed(prepared.city, {name: outcome.tables[name] for name, ids in outcome.touched.items() if ids})
    moved: dict[str, Moved] = {}
    pending = []
    for entry in prepared.affected(city.changed):
        if only is not None and entry.key not in only:
            continue
        spent = time.perf_counter() - start
        if budget is not None and moved and spent + entry.seconds > budget:
            pending.append(entry.key)
            continue
        begun = time.perf_counter()
        after, gain = _compute(prepared, entry, city, outcome)
        entry.seconds = time.perf_counter() - begun
        moved[entry.key] = _moved(entry, after, gain)
    ordered = tuple(moved[e.key] for e in prepared.entries if e.key in moved)
    return WhatIf(outcome.steps, ordered, tuple(pending), _clauses(prepared, moved), time.perf_counter() - start)


def _compute(prepared: Prepared, entry: Entry, city: Changed, outcome: Outcome) -> tuple[Measurement, Gain | None]:
    if entry.mover is not None:
        found = entry.mover.move(city, outcome, entry.base, city.changed & entry.reads)
        if found is not None:
            measurement, served = found
            return measurement, None if served is None else _gain_of_served(prepared, entry, served)
    assert entry.indicator.measure is not None
    measurement = run_measure(city, entry.indicator.measure, entry.indicator.params)
    return measurement, _gain_of_lack(prepared, entry, city, measurement)


def _moved(entry: Entry, after: Measurement, gain: Gain | None) -> Moved:
    before, _ = status_of(entry.indicator, entry.base)
    status, gap = status_of(entry.indicator, after)
    return Moved(entry, after, before, status, gap, gain)


def _clauses(prepared: Prepared, moved: dict[str, Moved]) -> tuple[ClauseMoved, ...]:
    changed = []
    for clause in prepared.programme.clauses:
        mine = [e for e in prepared.entries if e.clause.id == clause.id]
        if not any(e.key in moved for e in mine):
            continue
        unknown: list[Status] = ["no_data" for i in clause.indicators if i.measure is None]
        before = clause_status([status_of(e.indicator, e.base)[0] for e in mine] + unknown)
        after = clause_status(
            [moved[e.key].status_after if e.key in moved else status_of(e.indicator, e.base)[0] for e in mine] + unknown
        )
        if before != after:
            changed.append(ClauseMoved(clause.id, before, after))
    return tuple(changed)


def _gain_of_served(prepared: Prepared, entry: Entry, served: Served) -> Gain:
    """Return the residents who are near something now and were not before, and the other way round."""
    differs = np.flatnonzero(served.before != served.after)
    persons = served.people.persons[differs]
    return _gain(prepared, entry, served.people.rows[differs], np.where(served.after[differs], persons, -persons))


def _gain_of_lack(prepared: Prepared, entry: Entry, city: Changed, after: Measurement) -> Gain | None:
    """Compare the lists of residents who fall short, where the measure gives them for the same residents."""
    if city.population is not prepared.city.base.population:
        return None
    before = entry.lack
    if before is None and entry.mover is not None and entry.base.has_data:
        assert entry.indicator.measure is not None
        before = lack_of(prepared.city, run_measure(prepared.city, entry.indicator.measure, entry.indicator.params))
    now = lack_of(prepared.city, after)
    if before is None or now is None:
        return None
    row = prepared.city.memo(
        "population rows", lambda: {i: k for k, i in enumerate(prepared.city.population.ids.tolist())}
    )
    change = np.zeros(len(row))
    for lack, sign in ((before, 1.0), (now, -1.0)):
        change[[row[i] for i in lack.ids.tolist()]] += sign * lack.amount
    rows = np.flatnonzero(np.abs(change) > 1e-9)
    return _gain(prepared, entry, rows, change[rows])


def _gain(prepared: Prepared, entry: Entry, rows: npt.NDArray[np.intp], change: Floats) -> Gain:
    population = prepared.city.base.population
    up, down = np.maximum(change, 0.0), np.maximum(-change, 0.0)
    concerned = tuple(entry.base.params.get("ages") or ())
    everyone = population.group(concerned)
    assert everyone is not None
    total = everyone[rows]
    share_up = np.divide(up, total, out=np.zeros(len(rows)), where=total > 0)
    share_down = np.divide(down, total, out=np.zeros(len(rows)), where=total > 0)
    ages = {
        band: (float((persons[rows] * share_up).sum()), float((persons[rows] * share_down).sum()))
        for band, persons in population.ages.items()
        if not concerned or band in concerned
    }
    group = Grouping(prepared.city, population.in_area[rows])
    more, less = group.sums(up), group.sums(down)
    areas = tuple(
        (code, name, float(a), float(b))
        for code, name, a, b in zip(group.codes, group.names, more, less, strict=True)
        if a > 0 or b > 0
    )
    order = np.argsort(-np.abs(change), kind="stable")
    return Gain(float(up.sum()), float(down.sum()), ages, areas, rows[order], change[order])


def gain_places(prepared: Prepared, gain: Gain, limit: int) -> tuple[list[str], Floats, Floats, Floats]:
    """Return identifiers, longitudes, latitudes and change in residents of the places that gain or lose most."""
    population = prepared.city.base.population
    rows = gain.rows[:limit]
    lon, lat = lon_lat(prepared.city, population.xy[rows])
    return [str(i) for i in population.ids[rows].tolist()], lon, lat, gain.change[:limit]


def _same(one: float | None, other: float | None) -> bool:
    if one is None or other is None:
        return one is other
    return abs(one - other) <= SAME * max(1.0, abs(one), abs(other))
