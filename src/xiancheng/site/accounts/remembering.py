"""What an account and a token may do, remembered for a moment: a map that moves asks for thirty tiles at once.

A change made in this process is seen at once; one made by another process of the same site after `SECONDS`.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable
from typing import Any, Generic, TypeVar

from django.db import transaction
from django.db.models.signals import post_delete, post_save

SECONDS = 2.0
MOST = 10_000
K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Remembered(Generic[K, V]):
    """Values by key that are asked for again when they are older than `SECONDS`. Threads may share it."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._values: dict[K, tuple[float, V]] = {}

    def get(self, key: K, find: Callable[[], V]) -> V:
        """Return the value of `key`, found anew if it is not fresh."""
        now = self._clock()
        kept = self._values.get(key)
        if kept is not None and now < kept[0]:
            return kept[1]
        # What is forgotten while it is looked up must not be kept: it goes into the table of before.
        values = self._values
        found = find()
        if len(values) >= MOST:
            values.clear()
        values[key] = (now + SECONDS, found)
        return found

    def forget(self) -> None:
        """Ask again for everything."""
        self._values = {}


_ALL: list[Remembered[Any, Any]] = []


def remembered() -> Remembered[Any, Any]:
    """Return a new memory that `forget` empties."""
    memory: Remembered[Any, Any] = Remembered()
    _ALL.append(memory)
    return memory


def forget() -> None:
    """Forget everything, now and once more when the change that is being made can be seen."""
    _forget_now()
    transaction.on_commit(_forget_now)


def _forget_now() -> None:
    for memory in _ALL:
        memory.forget()


def _changed(**_: object) -> None:
    forget()


def follow(*models: type) -> None:
    """Forget whenever a record of one of these models is saved or deleted."""
    for model in models:
        for signal in (post_save, post_delete):
            signal.connect(_changed, sender=model, dispatch_uid=f"remembering-{model.__name__}")
