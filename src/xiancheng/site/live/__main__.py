"""The process that serves the live updates."""

from __future__ import annotations

import os
import signal
import threading


def main() -> None:
    """Serve until told to stop or the parent is gone."""
    stopped, parent = threading.Event(), os.getppid()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopped.set())
    while not stopped.is_set() and os.getppid() == parent:
        stopped.wait(1)


if __name__ == "__main__":
    main()
