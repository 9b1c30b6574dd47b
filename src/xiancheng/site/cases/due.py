"""When the stages of a case must end: its timers, the limits of its standard, and the clock of its unit."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from itertools import pairwise

from xiancheng.operations.clock.clock import Clock
from xiancheng.operations.clock.timers import StageTimer
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
    return {t.name: stage_timer(t, state, limits[t.name]).deadline(clock) for t in state.timers if t.name in limits}


def next_deadline(state: CaseState, found: Mapping[str, datetime | None]) -> datetime | None:
    """Return the earliest deadline of the stages that run now; the whole case's counts only if none else runs."""
    running = [t.name for t in state.timers if t.status == "running"]
    of_stages = [at for name in running if name != TOTAL and (at := found.get(name)) is not None]
    return min(of_stages) if of_stages else (found.get(TOTAL) if TOTAL in running else None)


def stage_timer(timer: Timer, state: CaseState, limit: Limit) -> StageTimer:
    """Return a timer of the table of states as the clock counts it: what lies between two of its spans is a pause."""
    return StageTimer(
        timer.name,
        limit,
        timer.started,
        pauses=tuple((end, begin) for (_, end), (begin, _) in pairwise(timer.spans) if end is not None),
        paused=timer.spans[-1][1] if timer.status == "paused" else None,
        extensions=tuple(e.limit for e in state.extensions if (e.timer, e.round) == (timer.name, timer.round)),
        finished=timer.finished,
    )
