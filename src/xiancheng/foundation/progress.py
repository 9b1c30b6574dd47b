"""Progress of long work, without tying the workers to a terminal."""

from __future__ import annotations

from typing import Protocol

from xiancheng.foundation.text import Text


class Progress(Protocol):
    """What a long job tells: a step begins, advances, and may have a known total."""

    def step(self, title: Text, total: int | None = None) -> None:
        """Begin a new step; the former one is finished."""

    def advance(self, count: int = 1) -> None:
        """Report `count` more units of the current step done."""


class Silent:
    """Progress that nobody watches."""

    def step(self, title: Text, total: int | None = None) -> None:
        """Ignore the step."""

    def advance(self, count: int = 1) -> None:
        """Ignore the advance."""
