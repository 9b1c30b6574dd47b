"""Progress bars on a terminal."""

from __future__ import annotations

from types import TracebackType

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TaskID, TextColumn, TimeElapsedColumn
from rich.progress import Progress as RichProgress

from xiancheng.foundation.text import Text


class Bars:
    """A bar for each step, on standard error; nothing when it is not a terminal."""

    def __init__(self, console: Console) -> None:
        self._rich = RichProgress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=console,
            transient=True,
            disable=not console.is_terminal or console.quiet,
        )
        self._task: TaskID | None = None
        self._total: int | None = None

    def __enter__(self) -> Bars:
        self._rich.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._rich.stop()

    def step(self, title: Text, total: int | None = None) -> None:
        """Begin a new bar; the former one is shown complete."""
        self._finish()
        self._task = self._rich.add_task(title.get(), total=total)
        self._total = total

    def advance(self, count: int = 1) -> None:
        """Move the bar."""
        if self._task is not None:
            self._rich.advance(self._task, count)

    def _finish(self) -> None:
        if self._task is not None:
            total = self._total if self._total is not None else self._rich.tasks[-1].completed or 1
            self._rich.update(self._task, total=total, completed=total)
