"""Timers of stages: what happens, in which order, and what they say."""

from __future__ import annotations

from datetime import datetime
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xiancheng.operations.clock import ClockError, StageTimer, TimerState, deadline, load_clocks
from xiancheng.operations.terms import BEIJING, Limit, LimitUnit

CLOCKS = load_clocks()
CLOCK = CLOCKS.named()
EIGHT = Limit(8, LimitUnit.WORK_HOUR)


def at(text):
    return datetime.fromisoformat(f"2026-03-{text}").replace(tzinfo=BEIJING)


START = StageTimer("handle", EIGHT, at("09T08:00"))


def test_a_stage_from_start_to_end():
    assert START.state is TimerState.RUNNING
    assert START.deadline(CLOCK) == at("09T18:00")
    paused = START.pause(at("09T12:00"))
    assert paused.state is TimerState.PAUSED
    assert paused.deadline(CLOCK) is None
    assert paused.used(CLOCK, at("12T12:00")).amount == 4
    resumed = paused.resume(at("10T08:00"))
    assert resumed.deadline(CLOCK) == at("10T12:00")
    extended = resumed.extend(Limit(2, LimitUnit.WORK_HOUR))
    assert extended.deadline(CLOCK) == at("10T16:00")
    assert extended.share(CLOCK, at("10T09:00")) == 0.5
    done = extended.finish(at("10T16:00"))
    assert done.state is TimerState.FINISHED
    assert not done.timed_out(CLOCK, at("20T08:00"))
    assert done.used(CLOCK, at("20T08:00")).amount == Fraction(10)
    assert done.share(CLOCK, at("20T08:00")) == 1
    assert START.pauses == ()


def test_a_deadline_that_passed_before_a_suspension_stays():
    late = START.pause(at("10T09:00"))
    assert late.deadline(CLOCK) == at("09T18:00")
    assert late.timed_out(CLOCK, at("10T09:00"))
    at_the_deadline = START.pause(at("09T18:00"))
    assert at_the_deadline.deadline(CLOCK) == at("09T18:00")
    assert not at_the_deadline.timed_out(CLOCK, at("12T09:00"))


def test_finishing_ends_a_suspension():
    done = START.pause(at("09T12:00")).finish(at("11T12:00"))
    assert done.used(CLOCK, at("11T12:00")).amount == 4
    assert done.deadline(CLOCK) == at("11T18:00")
    assert not done.timed_out(CLOCK, at("20T12:00"))


@pytest.mark.parametrize(
    ("now", "lamp"),
    [
        ("09T08:00", "green"),
        ("09T15:59", "green"),
        ("09T16:00", "yellow"),
        ("09T18:00", "yellow"),
        ("09T18:00:00.000001", "red"),
        ("10T08:00", "red"),
    ],
)
def test_lamps(now, lamp):
    assert START.lamp(CLOCK, at(now), CLOCKS.lamps).name == lamp


def test_a_timer_without_time_is_used_up():
    nothing = StageTimer("check", Limit(0, LimitUnit.WORK_HOUR), at("09T08:00"))
    assert nothing.share(CLOCK, at("09T08:00")) == 1


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        (lambda: START.resume(at("09T09:00")), "is running and cannot"),
        (lambda: START.pause(at("09T07:59")), "lies before"),
        (lambda: START.finish(at("09T07:59")), "lies before"),
        (lambda: START.pause(at("09T09:00")).pause(at("09T10:00")), "is paused and cannot"),
        (lambda: START.pause(at("09T09:00")).resume(at("09T08:30")), "lies before"),
        (lambda: START.pause(at("09T09:00")).resume(at("09T10:00")).pause(at("09T09:30")), "lies before"),
        (lambda: START.finish(at("09T09:00")).pause(at("09T10:00")), "is finished and cannot"),
        (lambda: START.finish(at("09T09:00")).finish(at("09T10:00")), "is finished and cannot"),
        (lambda: START.finish(at("09T09:00")).extend(EIGHT), "cannot be extended"),
    ],
)
def test_what_cannot_happen_is_refused(wrong, says):
    with pytest.raises(ClockError, match=says):
        wrong()


minutes = st.integers(0, 3000)


@given(st.lists(st.tuples(minutes, minutes), max_size=4), st.lists(st.integers(1, 9), max_size=3))
def test_a_timer_says_what_the_clock_says(stops, more):
    timer, now, pauses = START, START.started.timestamp(), []
    for run, rest in stops:
        a, b = (datetime.fromtimestamp(now + 60 * n, BEIJING) for n in (run, run + rest))
        timer, now = timer.pause(a).resume(b), now + 60 * (run + rest)
        pauses.append((a, b))
    for hours in more:
        timer = timer.extend(Limit(hours, LimitUnit.WORK_HOUR))
    longer = Limit(8 + sum(more), LimitUnit.WORK_HOUR)
    assert timer.deadline(CLOCK) == deadline(START.started, longer, CLOCK, pauses=pauses)
