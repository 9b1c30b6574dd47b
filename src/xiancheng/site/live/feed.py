"""The table of events, read by one poll for all watchers; nothing is skipped, whatever order rows are committed in."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import orjson
from django.db.models import Max, Min

from xiancheng.site.jobs.models import Event

GAP_SECONDS = 10.0
MOST = 2000


@dataclass(frozen=True, slots=True)
class Message:
    """An event, ready to be sent."""

    event: Event
    data: bytes


class Feed:
    """Gives every event once.

    Numbers are given when a row is written but rows appear when their transaction is committed, so that a number may
    appear after a higher one (never on SQLite, where one writes at a time). `floor` is the number up to which all
    have been given; a number missing for `GAP_SECONDS` was never committed.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.floor = Event.objects.aggregate(newest=Max("pk"))["newest"] or 0
        self._given: set[int] = set()
        self._gap_since: float | None = None
        self._clock = clock

    def poll(self) -> list[Message]:
        """Return what is new."""
        rows = [e for e in Event.objects.filter(pk__gt=self.floor).order_by("pk")[:MOST] if e.pk not in self._given]
        self._given.update(event.pk for event in rows)
        self._raise_floor()
        return [Message(event, encode(event, self.floor)) for event in rows]

    def _raise_floor(self) -> None:
        while self._given:
            if self.floor + 1 in self._given:
                self.floor += 1
                self._given.discard(self.floor)
                self._gap_since = None
            elif self._gap_since is None:
                self._gap_since = self._clock()
                return
            elif self._clock() - self._gap_since >= GAP_SECONDS:
                self.floor = min(self._given) - 1
            else:
                return


def since(number: int, floor: int) -> list[Message] | None:
    """Return the events after `number`; None if some of them are forgotten, or too many."""
    oldest = Event.objects.aggregate(oldest=Min("pk"))["oldest"]
    if number > floor or (oldest is not None and number < oldest - 1):
        return None
    rows: Iterable[Event] = Event.objects.filter(pk__gt=number).order_by("pk")[: MOST + 1]
    found = [Message(event, encode(event, floor)) for event in rows]
    return found if len(found) <= MOST else None


def encode(event: Event, floor: int) -> bytes:
    """Return an event as ``text/event-stream``. Its id is one from which a watcher can resume without missing any."""
    payload = orjson.dumps({"id": event.pk, "at": event.at, **event.payload})
    return b"id: %d\nevent: %s\ndata: %s\n\n" % (min(event.pk, floor), event.topic.encode(), payload)
