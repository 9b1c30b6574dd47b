"""The processes beside the web server: started, started again when they die, stopped together."""

from __future__ import annotations

import contextlib
import logging
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

logger = logging.getLogger("xiancheng.serve")
LOOK_SECONDS = 0.3
FIRST_PAUSE = 1.0
LONGEST_PAUSE = 60.0
STEADY_SECONDS = 60.0


@dataclass
class _Companion:
    module: str
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    pause: float = FIRST_PAUSE
    again_at: float = 0.0


class Supervisor:
    """Keeps one process a module running.

    Parameters
    ----------
    modules
        Run as ``python -m``; each must stop on SIGTERM, and when its parent is gone.
    """

    def __init__(self, modules: Sequence[str]) -> None:
        self._companions = [_Companion(module) for module in modules]
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._look_after, name="supervisor", daemon=True)

    def start(self) -> None:
        """Start them all."""
        for companion in self._companions:
            self._start(companion)
        self._thread.start()

    def stop(self, seconds: float) -> None:
        """Ask all to stop; end those that have not after `seconds`."""
        self._stopping.set()
        self._thread.join()
        processes = [c.process for c in self._companions if c.process is not None]
        for process in processes:
            process.terminate()
        end = time.monotonic() + seconds
        for process in processes:
            try:
                process.wait(max(0.0, end - time.monotonic()))
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def _start(self, companion: _Companion) -> None:
        # In a session of its own: Ctrl-C in the terminal comes to the web server only, which then stops all in order.
        companion.process = subprocess.Popen(  # noqa: S603 - our own module
            [sys.executable, "-m", companion.module], start_new_session=True, stdin=subprocess.DEVNULL
        )
        companion.started = time.monotonic()

    def _look_after(self) -> None:
        while not self._stopping.wait(LOOK_SECONDS):
            now = time.monotonic()
            for companion in self._companions:
                process = companion.process
                if process is None:
                    if now >= companion.again_at:
                        self._start(companion)
                elif process.poll() is not None:
                    if now - companion.started > STEADY_SECONDS:
                        companion.pause = FIRST_PAUSE
                    logger.warning(
                        "%s ended with status %s; started again in %.0f s",
                        companion.module, process.returncode, companion.pause,
                    )  # fmt: skip
                    companion.process, companion.again_at = None, now + companion.pause
                    companion.pause = min(companion.pause * 2, LONGEST_PAUSE)


@contextlib.contextmanager
def supervised(modules: Sequence[str], stop_seconds: float) -> Iterator[None]:
    """Keep one process a module running within the block."""
    supervisor = Supervisor(modules)
    supervisor.start()
    try:
        yield
    finally:
        supervisor.stop(stop_seconds)
