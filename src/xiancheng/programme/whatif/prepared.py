"""A snapshot made ready for what-if: every figure of the programme, and which classes each of them reads."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Protocol

import numpy as np

from xiancheng.city.snapshot import Floats, Objects, Snapshot
from xiancheng.programme.measurement import Measurement
from xiancheng.programme.model import Clause, Indicator, Programme
from xiancheng.programme.registry import run_measure
from xiancheng.programme.whatif.nearest import NearestMover
from xiancheng.programme.whatif.service_radius import ServiceRadiusMover
from xiancheng.programme.whatif.tables import Outcome
from xiancheng.programme.whatif.traced import Changed, Traced
from xiancheng.programme.whatif.two_step import TwoStepMover
from xiancheng.programme.whatif.within import Served, WithinMover

SLOW_SECONDS = 0.02
"""Figures that took longer are computed once more, without what is kept for all: that is what a change will cost."""


class Mover(Protocol):
    """Computes one figure after edits from what it knows of the state before."""

    def move(
        self, city: Changed, outcome: Outcome, base: Measurement, read: frozenset[str]
    ) -> tuple[Measurement, Served | None] | None:
        """Return the figure and who is served; None if it has to be computed in full.

        `read` are those of the edited classes that the figure reads.
        """


MOVERS: dict[str, Callable[[Traced, Mapping[str, Any]], Mover]] = {
    "access.residents_within": WithinMover,
    "access.nearest": NearestMover,
    "access.two_step": TwoStepMover,
    "coverage.service_radius": ServiceRadiusMover,
}


@dataclass(frozen=True)
class Lack:
    """The residents who fall short before all edits: buildings or cells, and how many live there."""

    ids: Objects
    amount: Floats


@dataclass
class Entry:
    """One indicator of the programme on the snapshot before all edits.

    Attributes
    ----------
    base
        The figure, without the list of places that fall short.
    reads
        Names of the classes it is computed from.
    lack
        Residents who fall short, where the measure lists them and no mover knows them.
    seconds
        What it last took to compute it after an edit.
    """

    clause: Clause
    indicator: Indicator
    base: Measurement
    reads: frozenset[str]
    lack: Lack | None
    seconds: float
    mover: Mover | None = None

    @property
    def key(self) -> str:
        """Clause and indicator: ``24.2/park-500m``."""
        return f"{self.clause.id}/{self.indicator.id}"


@dataclass
class Prepared:
    """All indicators of a programme on a snapshot, ready to be asked what-if."""

    city: Traced
    programme: Programme
    entries: tuple[Entry, ...]

    def affected(self, classes: frozenset[str]) -> list[Entry]:
        """Return the indicators that read one of the classes, those computed fastest first."""
        return sorted((e for e in self.entries if not e.reads.isdisjoint(classes)), key=lambda e: e.seconds)


def prepare(snapshot: Snapshot, programme: Programme) -> Prepared:
    """Assess a programme on a snapshot and keep what is needed to follow edits."""
    city = snapshot if isinstance(snapshot, Traced) else Traced(snapshot)
    entries = tuple(
        _entry(city, clause, indicator)
        for clause in programme.clauses
        for indicator in clause.indicators
        if indicator.measure is not None
    )
    return Prepared(city, programme, entries)


def _entry(city: Traced, clause: Clause, indicator: Indicator) -> Entry:
    assert indicator.measure is not None
    start = time.perf_counter()
    with city.recording() as reads:
        base = run_measure(city, indicator.measure, indicator.params)
    seconds = time.perf_counter() - start
    if seconds > SLOW_SECONDS:
        start = time.perf_counter()
        run_measure(city, indicator.measure, indicator.params)
        seconds = time.perf_counter() - start
    make = MOVERS.get(indicator.measure)
    mover = make(city, base.params) if make is not None and base.has_data else None
    lack = lack_of(city, base) if mover is None else None
    return Entry(clause, indicator, replace(base, short=None), frozenset(reads), lack, seconds, mover)


def lack_of(city: Traced, figure: Measurement) -> Lack | None:
    """Return the residents who fall short by a figure, if it lists residents."""
    short = figure.short
    if short is None or short.unit != "residents" or short.feature_class != city.base.population.feature_class:
        return None
    return Lack(short.ids, np.asarray(short.amount))
