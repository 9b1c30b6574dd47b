"""The process that serves the live updates, until it is told to stop or its parent is gone."""

from __future__ import annotations

import asyncio
import os
import signal
from pathlib import Path

from xiancheng.site.configuration import COUNTY_VARIABLE
from xiancheng.site.live_address import HOST_VARIABLE, LIVE_PORT_VARIABLE
from xiancheng.site.orphans import end_with_parent
from xiancheng.site.setup import start_django

BACKLOG = 1024
RECHECK_VARIABLE = "XIANCHENG_LIVE_RECHECK_SECONDS"


async def run(host: str, port: int) -> None:
    """Serve at `host` and `port`; the site is at the port before."""
    from granian.constants import Interfaces  # noqa: PLC0415 - Django is set up first
    from granian.server.embed import Server  # noqa: PLC0415

    from xiancheng.site.live.application import RECHECK_SECONDS, Live  # noqa: PLC0415

    recheck = float(os.environ.get(RECHECK_VARIABLE) or RECHECK_SECONDS)
    live, stopped = Live(port - 1, recheck), asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    server = Server(
        live, address=host, port=port, interface=Interfaces.ASGINL, backlog=BACKLOG, websockets=False,
        log_enabled=False,
    )  # fmt: skip
    serving = asyncio.create_task(server.serve())
    await live.run(stopped)
    server.stop()
    await asyncio.wait({serving}, timeout=3)


def main() -> None:
    """Serve the county of the environment."""
    start_django(Path(os.environ[COUNTY_VARIABLE]))
    end_with_parent()
    asyncio.run(run(os.environ.get(HOST_VARIABLE, "127.0.0.1"), int(os.environ[LIVE_PORT_VARIABLE])))
    # Rust threads of the server may still hold connections of watchers that are gone; nothing waits for them.
    os._exit(0)


if __name__ == "__main__":
    main()
