"""When the stages of a case must end: its timers, the limits of its standard, and the clock of its unit."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from itertools import pairwise

from xiancheng.operations.clock.clock import Clock
from xiancheng.operations.clock.counting import deadline
from xiancheng.operations.states.case import CaseState, Timer
from xiancheng.operations.terms import Limit

TOTAL = "total"


def deadlines(state: CaseState, limits: Mapping[str, Limit], clock: Clock) -> dict[str, datetime | None]:
    """Return the deadline of every timer that has begun and has a limit; None while a suspension keeps moving it.

    Parameters
    ----------
    limits
        By timer: the handling limit is the standard row's, the others are the county's.
    clock
        Of the unit that must act.
    """
    return {t.name: _deadline(t, state, limits[t.name], clock) for t in state.timers if t.name in limits}


def next_deadline(state: CaseState, found: Mapping[str, datetime | None]) -> datetime | None:
    """Return the earliest deadline of the stages that run now; the whole case's counts only if none else runs."""
    running = [t.name for t in state.timers if t.status == "running"]
    of_stages = [at for name in running if name != TOTAL and (at := found.get(name)) is not None]
    return min(of_stages) if of_stages else (found.get(TOTAL) if TOTAL in running else None)


def _deadline(timer: Timer, state: CaseState, limit: Limit, clock: Clock) -> datetime | None:
    # What lies between two spans of one round is a suspension.
    pauses = [(end, begin) for (_, end), (begin, _) in pairwise(timer.spans) if end is not None]
    extensions = [e.limit for e in state.extensions if (e.timer, e.round) == (timer.name, timer.round)]
    due = deadline(timer.started, limit, clock, pauses=pauses, extensions=extensions)
    stopped = timer.spans[-1][1]
    return None if timer.status == "paused" and stopped is not None and due > stopped else due
