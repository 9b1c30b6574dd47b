"""A process of the site ends when the one that started it is gone, even if that was killed without a word."""

from __future__ import annotations

import os
import signal
import threading
import time

LOOK_SECONDS = 1.0
GRACE_SECONDS = 8.0


def end_with_parent() -> None:
    """Watch the parent from a thread; when it is gone, ask this process to stop, and end it if it does not."""
    parent = os.getppid()

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(LOOK_SECONDS)
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(GRACE_SECONDS)
        # Still here: busy, or waiting for a child. What was not committed is rolled back by the databases.
        os._exit(1)

    threading.Thread(target=watch, name="parent watch", daemon=True).start()
