"""The worker: does jobs until it is told to stop or its parent is gone."""

from __future__ import annotations

import os
import signal
import threading
from pathlib import Path

from xiancheng.site.configuration import COUNTY_VARIABLE
from xiancheng.site.setup import start_django

PAUSE_SECONDS = 0.5


def main() -> None:
    """Do jobs one after another."""
    start_django(Path(os.environ[COUNTY_VARIABLE]))
    from xiancheng.site.jobs.running import run_next  # noqa: PLC0415

    stopped, parent = threading.Event(), os.getppid()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopped.set())
    while not stopped.is_set() and os.getppid() == parent:
        if run_next() is None:
            stopped.wait(PAUSE_SECONDS)


if __name__ == "__main__":
    main()
