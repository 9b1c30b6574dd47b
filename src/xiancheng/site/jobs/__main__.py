"""The worker: does jobs until it is told to stop or its parent is gone."""

from __future__ import annotations

import logging
import os
import signal
import time
from pathlib import Path

from xiancheng.site.configuration import COUNTY_VARIABLE
from xiancheng.site.orphans import end_with_parent
from xiancheng.site.setup import start_django

PAUSE_SECONDS = 0.5
TIDY_SECONDS = 600.0
RECOVER_SECONDS = 15.0


def main() -> None:
    """Do jobs one after another; between them, look after those whose worker died and forget old ones."""
    start_django(Path(os.environ[COUNTY_VARIABLE]))
    from django.db import DatabaseError, connection  # noqa: PLC0415

    from xiancheng.site.jobs.companions import WORKER, signs_of_life  # noqa: PLC0415
    from xiancheng.site.jobs.events import prune_events  # noqa: PLC0415
    from xiancheng.site.jobs.heartbeat import recover  # noqa: PLC0415
    from xiancheng.site.jobs.pruning import prune_jobs  # noqa: PLC0415
    from xiancheng.site.jobs.running import STOPPING, run_next  # noqa: PLC0415

    logger, stopped = logging.getLogger("xiancheng.worker"), STOPPING
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopped.set())
    end_with_parent()
    signs = signs_of_life(WORKER, stopped)
    recovered = tidied = float("-inf")
    while not stopped.is_set():
        try:
            if time.monotonic() - recovered > RECOVER_SECONDS:
                recovered = time.monotonic()
                recover()
            if time.monotonic() - tidied > TIDY_SECONDS:
                tidied = time.monotonic()
                prune_jobs()
                prune_events()
            if run_next() is None:
                stopped.wait(PAUSE_SECONDS)
        except DatabaseError:
            # The database is away for a while (restarted, or its disk is full): try again, do not die.
            logger.exception("the database cannot be reached")
            connection.close()
            stopped.wait(5)
    signs.join(2)


if __name__ == "__main__":
    main()
