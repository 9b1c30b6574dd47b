"""The clock of cases (时限): when a limit ends, how much of it has passed, and why."""

from xiancheng.operations.clock.clock import Clock, make_clock
from xiancheng.operations.clock.counting import Elapsed, deadline, elapsed
from xiancheng.operations.clock.explaining import Explanation, Interval, explain, explain_deadline
from xiancheng.operations.clock.instants import ClockError, Pause
from xiancheng.operations.clock.loading import Clocks, Lamp, load_clocks
from xiancheng.operations.clock.many import deadlines, elapsed_times
from xiancheng.operations.clock.scale import CalendarGapError
from xiancheng.operations.clock.timers import StageTimer, TimerState

__all__ = [
    "CalendarGapError",
    "Clock",
    "ClockError",
    "Clocks",
    "Elapsed",
    "Explanation",
    "Interval",
    "Lamp",
    "Pause",
    "StageTimer",
    "TimerState",
    "deadline",
    "deadlines",
    "elapsed",
    "elapsed_times",
    "explain",
    "explain_deadline",
    "load_clocks",
    "make_clock",
]
