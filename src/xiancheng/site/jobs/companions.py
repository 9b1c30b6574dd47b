"""Signs of life of the processes beside the web server, for ``/healthz`` and the doctor."""

from __future__ import annotations

import logging
import os
import socket
import threading
from datetime import UTC, datetime, timedelta

from django.db import DatabaseError, connection

from xiancheng.site.jobs.models import Companion

logger = logging.getLogger(__name__)
WORKER, LIVE = "worker", "live"
SIGN_SECONDS = 10.0
GONE_AFTER = timedelta(seconds=45)


def sign_of_life(name: str) -> None:
    """Note that the process `name` lives."""
    Companion.objects.update_or_create(
        name=name, defaults={"process": f"{socket.gethostname()[:60]}:{os.getpid()}", "seen_at": datetime.now(UTC)}
    )


def signs_of_life(name: str, stopped: threading.Event) -> threading.Thread:
    """Keep noting it from a thread, for a process whose main thread may be busy for long."""

    def note() -> None:
        while True:
            try:
                sign_of_life(name)
            except DatabaseError:
                logger.warning("the %s could not note that it lives", name, exc_info=True)
            finally:
                connection.close()
            if stopped.wait(SIGN_SECONDS):
                return

    thread = threading.Thread(target=note, name=f"signs of life of the {name}", daemon=True)
    thread.start()
    return thread


def lives(name: str) -> bool:
    """Whether the process `name` showed a sign of life lately."""
    return Companion.objects.filter(name=name, seen_at__gt=datetime.now(UTC) - GONE_AFTER).exists()
