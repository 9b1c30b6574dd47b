"""Timers of a case's stages: values that never change; what happens makes a new one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from xiancheng.foundation.text import Text
from xiancheng.operations.clock.clock import Clock
from xiancheng.operations.clock.counting import Elapsed, deadline, elapsed
from xiancheng.operations.clock.instants import ClockError, Pause, micros
from xiancheng.operations.clock.loading import Lamp
from xiancheng.operations.terms import Limit


class TimerState(StrEnum):
    """What a timer is doing."""

    RUNNING = "running"
    PAUSED = "paused"
    FINISHED = "finished"


@dataclass(frozen=True, slots=True)
class StageTimer:
    """The clock of one stage (派遣, 处置, 核查) or of the whole case.

    Attributes
    ----------
    stage
        Name of the stage, as in ``clock.toml``.
    limit
        How long it may take.
    started
        When it began.
    pauses
        Suspensions (挂账) that are over.
    paused
        Since when it is suspended; ``None``: it is not.
    extensions
        Approved extensions (延期).
    finished
        When it ended; ``None``: not yet.
    """

    stage: str
    limit: Limit
    started: datetime
    pauses: tuple[Pause, ...] = ()
    paused: datetime | None = None
    extensions: tuple[Limit, ...] = ()
    finished: datetime | None = None

    @property
    def state(self) -> TimerState:
        """What the timer is doing."""
        if self.finished is not None:
            return TimerState.FINISHED
        return TimerState.RUNNING if self.paused is None else TimerState.PAUSED

    def pause(self, at: datetime) -> StageTimer:
        """Return the timer suspended.

        Raises
        ------
        ClockError
            If it is not running, or `at` lies before what has happened already.
        """
        self._expect(at, TimerState.RUNNING)
        return replace(self, paused=at)

    def resume(self, at: datetime) -> StageTimer:
        """Return the timer running again.

        Raises
        ------
        ClockError
            If it is not suspended, or `at` lies before the suspension.
        """
        self._expect(at, TimerState.PAUSED)
        return replace(self, pauses=self._pauses(at), paused=None)

    def extend(self, by: Limit) -> StageTimer:
        """Return the timer with more time.

        Raises
        ------
        ClockError
            If it has finished.
        """
        if self.state is TimerState.FINISHED:
            raise self._cannot(Text("延期", "be extended"))
        return replace(self, extensions=(*self.extensions, by))

    def finish(self, at: datetime) -> StageTimer:
        """Return the timer finished; a suspension ends with it.

        Raises
        ------
        ClockError
            If it has finished already, or `at` lies before what has happened already.
        """
        self._expect(at, TimerState.RUNNING, TimerState.PAUSED)
        return replace(self, pauses=self._pauses(at), paused=None, finished=at)

    def deadline(self, clock: Clock) -> datetime | None:
        """Return when the time is up; ``None`` while a suspension keeps moving it.

        Raises
        ------
        CalendarGapError
            If a year is needed whose holidays are not known.
        """
        due = self._due(clock)
        return due if self.paused is None or micros(due) <= micros(self.paused) else None

    def used(self, clock: Clock, now: datetime) -> Elapsed:
        """Return how much of the limit's unit has passed up to `now`, or up to the end.

        Raises
        ------
        CalendarGapError, ClockError
            As :func:`~.counting.elapsed`.
        """
        return elapsed(self.started, self._end(now), self.limit.unit, clock, pauses=self.pauses)

    def share(self, clock: Clock, now: datetime) -> float:
        """Return the share of the time, with extensions, that is used up: above 1 after the deadline.

        Raises
        ------
        CalendarGapError, ClockError
            As :func:`~.counting.elapsed`.
        """
        whole = elapsed(self.started, self._due(clock), self.limit.unit, clock, pauses=self.pauses).amount
        return float(self.used(clock, now).amount / whole) if whole else 1.0

    def timed_out(self, clock: Clock, now: datetime) -> bool:
        """Whether the time is up: something that is finished exactly at the deadline is in time.

        Raises
        ------
        CalendarGapError
            If a year is needed whose holidays are not known.
        """
        return micros(self._end(now)) > micros(self._due(clock))

    def lamp(self, clock: Clock, now: datetime, lamps: Sequence[Lamp]) -> Lamp:
        """Return the lamp that is lit: the last one that fits, in the order of ``clock.toml``.

        Raises
        ------
        CalendarGapError, ClockError
            As :func:`~.counting.elapsed`.
        """
        overdue = self.timed_out(clock, now)
        share = self.share(clock, now)
        fitting = [m for m in lamps if (overdue if m.begins is None else share >= m.begins)]
        return fitting[-1] if fitting else lamps[0]

    def _due(self, clock: Clock) -> datetime:
        return deadline(self.started, self.limit, clock, pauses=self.pauses, extensions=self.extensions)

    def _end(self, now: datetime) -> datetime:
        """Return the instant up to which time counts."""
        return self.finished or self.paused or now

    def _pauses(self, at: datetime) -> tuple[Pause, ...]:
        return self.pauses if self.paused is None else (*self.pauses, (self.paused, at))

    def _expect(self, at: datetime, *states: TimerState) -> None:
        if self.state not in states:
            raise self._cannot(Text("这样改变", "do this"))
        last = self.paused or (self.pauses[-1][1] if self.pauses else self.started)
        if micros(at) < micros(last):
            raise ClockError(
                Text(
                    f"计时器 {self.stage}：{at.isoformat()} 早于 {last.isoformat()}",
                    f"timer {self.stage}: {at.isoformat()} lies before {last.isoformat()}",
                )
            )

    def _cannot(self, what: Text) -> ClockError:
        return ClockError(
            Text(
                f"计时器 {self.stage} 是 {self.state}，不能{what.zh}",
                f"timer {self.stage} is {self.state} and cannot {what.en}",
            )
        )
