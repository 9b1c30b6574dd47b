"""``xiancheng serve``: the web server, the worker and the live updates, as processes of one command."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

from granian import Granian
from granian.constants import Interfaces

from xiancheng.site.configuration import load_configuration
from xiancheng.site.live_address import LIVE_PORT_VARIABLE
from xiancheng.site.setup import migrate, start_django

COMPANIONS = ("xiancheng.site.jobs", "xiancheng.site.live")
STOP_SECONDS = 10
BACKLOG = 1024


def serve(folder: Path, host: str, port: int) -> None:
    """Serve the county in `folder` until interrupted."""
    os.environ[LIVE_PORT_VARIABLE] = str(port + 1)
    os.environ["XIANCHENG_HOST"] = host
    start_django(folder)
    migrate()
    configuration = load_configuration(folder)
    companions = [subprocess.Popen([sys.executable, "-m", module]) for module in COMPANIONS]  # noqa: S603
    try:
        Granian(
            "xiancheng.site.wsgi:application",
            address=host,
            port=port,
            interface=Interfaces.WSGI,
            workers=configuration.workers,
            blocking_threads=configuration.threads,
            backlog=BACKLOG,
            respawn_failed_workers=True,
            workers_kill_timeout=STOP_SECONDS,
            log_enabled=False,
        ).serve()
    finally:
        for companion in companions:
            companion.send_signal(signal.SIGTERM)
        for companion in companions:
            try:
                companion.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                companion.kill()
