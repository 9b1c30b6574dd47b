"""A case as the table of states sees it, and an action on it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from xiancheng.operations.terms import Limit

Running = Literal["running", "paused", "finished"]


@dataclass(frozen=True, slots=True)
class Timer:
    """A clock of a stage.

    Attributes
    ----------
    status
        Whether it runs.
    round
        How often it was started: 2 for the handling after a rework.
    spans
        When it ran in this round, (from, to) each; the last is open (None) while it runs. The calendar says how much
        working time that is.
    """

    name: str
    status: Running
    round: int
    spans: tuple[tuple[datetime, datetime | None], ...]

    @property
    def started(self) -> datetime:
        """When this round began."""
        return self.spans[0][0]

    @property
    def finished(self) -> datetime | None:
        """When it last ran, once it is finished."""
        return self.spans[-1][1] if self.status == "finished" else None

    def ran(self, now: datetime) -> timedelta:
        """Return how long it ran in this round, by the wall clock."""
        return sum(((end or now) - begin for begin, end in self.spans), timedelta())


@dataclass(frozen=True, slots=True)
class Extension:
    """An approved extension: `limit` is added to that of the timer's round."""

    timer: str
    round: int
    limit: Limit


@dataclass(frozen=True, slots=True)
class Done:
    """The last time that an action was done, and by whom."""

    action: str
    actor: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Action:
    """What somebody does to a case; which of the fields it must fill, the table says.

    Attributes
    ----------
    actor, unit_of_actor
        Who does it, and the unit that they belong to.
    standard
        Row of the filing standard.
    unit, assisting
        Handling unit, and units that assist it.
    photos_before, photos_after
        Content hashes of photographs.
    planned_end
        When a suspension shall end.
    main_case
        The case that this one is merged into.
    """

    name: str
    actor: str
    at: datetime
    unit_of_actor: str = ""
    reason: str = ""
    opinion: str = ""
    source: str = ""
    standard: str = ""
    unit: str = ""
    assisting: tuple[str, ...] = ()
    worker: str = ""
    checker: str = ""
    photos_before: tuple[str, ...] = ()
    photos_after: tuple[str, ...] = ()
    limit: Limit | None = None
    planned_end: datetime | None = None
    main_case: str = ""


@dataclass(frozen=True, slots=True)
class CaseState:
    """Where a case stands. A new one, ``CaseState(case_id)``, has no state yet.

    Attributes
    ----------
    number
        Actions done so far.
    unit, last_unit
        Unit that has it, and the last one that had it.
    before, held
        State that it was put aside from, and the timers that this paused.
    did
        Last time of each action, by name.
    """

    case_id: str
    state: str = ""
    number: int = 0
    at: datetime | None = None
    source: str = ""
    standard: str = ""
    unit: str = ""
    last_unit: str = ""
    assisting: tuple[str, ...] = ()
    worker: str = ""
    checker: str = ""
    reporter: str = ""
    operator: str = ""
    main_case: str = ""
    before: str = ""
    held: tuple[str, ...] = ()
    planned_end: datetime | None = None
    photos_before: tuple[str, ...] = ()
    photos_after: tuple[str, ...] = ()
    marks: frozenset[str] = frozenset()
    counters: tuple[tuple[str, int], ...] = ()
    timers: tuple[Timer, ...] = ()
    extensions: tuple[Extension, ...] = ()
    did: tuple[Done, ...] = ()

    def timer(self, name: str) -> Timer | None:
        """Return a timer, if it was ever started."""
        return next((t for t in self.timers if t.name == name), None)

    def count(self, name: str) -> int:
        """Return a counter."""
        return next((value for key, value in self.counters if key == name), 0)

    def last(self, action: str) -> Done | None:
        """Return the last time that an action was done."""
        return next((d for d in self.did if d.action == action), None)
