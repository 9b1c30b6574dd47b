"""The watchers and what is handed to them."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

from xiancheng.site.jobs.events import may_receive
from xiancheng.site.live.feed import Message
from xiancheng.site.policy.subject import Subject

MOST_WAITING = 500
RELOAD = b"event: reload\ndata: {}\n\n"
END = b"event: end\ndata: {}\n\n"


class Watcher:
    """One open page: who looks at it, and what waits to be sent.

    Attributes
    ----------
    last_words
        Set when it is to end: the last bytes to be sent.
    """

    def __init__(self, subject: Subject, most: int = MOST_WAITING) -> None:
        self.subject = subject
        self.last_words: bytes | None = None
        self._most = most
        self._waiting: list[bytes] = []
        self._woken = asyncio.Event()

    def offer(self, message: Message) -> None:
        """Hand over an event if this person may know it. One who does not keep up is told to load everything anew."""
        if self.last_words is not None or not may_receive(self.subject, message.event):
            return
        if len(self._waiting) >= self._most:
            self.finish(RELOAD)
            return
        self._waiting.append(message.data)
        self._woken.set()

    def finish(self, last_words: bytes) -> None:
        """Let it end with `last_words`; what waits is forgotten."""
        if self.last_words is None:
            self.last_words = last_words
            self._waiting.clear()
            self._woken.set()

    async def take(self, seconds: float) -> bytes:
        """Return what waits, at the latest after `seconds` (then perhaps nothing)."""
        if not self._woken.is_set():
            try:
                await asyncio.wait_for(self._woken.wait(), seconds)
            except TimeoutError:
                return b""
        self._woken.clear()
        return self.collected()

    def collected(self) -> bytes:
        """Return what waits, which then waits no more."""
        waiting, self._waiting = self._waiting, []
        return b"".join(waiting)


class Hub:
    """All watchers."""

    def __init__(self) -> None:
        self.watchers: set[Watcher] = set()

    def spread(self, messages: Iterable[Message]) -> None:
        """Hand events to all who may know them."""
        for message in messages:
            for watcher in self.watchers:
                watcher.offer(message)

    def finish(self, last_words: bytes) -> None:
        """End all."""
        for watcher in self.watchers:
            watcher.finish(last_words)
