"""Live updates: how late 400 open pages hear of events, and whether any is lost.

Makes a county and serves it, opens the pages, writes events as the site does, and prints the time from the writing of
an event to its arrival at a page. The table is polled every 300 ms, so that about 150 ms of the median is waiting.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

COUNTY = '[county]\nname = { zh = "测试县", en = "Test county" }\ncode = "150299"\ncrs = "EPSG:4549"\n'


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


async def page(port: int, cookie: str, wanted: int, began: asyncio.Event, lags: list[float], seen: list[int]) -> None:
    """Watch as a browser does, over a plain socket; note each event's lag."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(f"GET /live HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nCookie: {cookie}\r\n\r\n".encode())
    await writer.drain()
    count = 0
    while count < wanted:
        line = (await reader.readline()).decode()
        if line.startswith("event: begin"):
            began.set()
        if line.startswith("data:") and '"sent"' in line:
            lags.append(time.time() - json.loads(line[5:])["sent"])
            count += 1
        if not line:
            break
    seen.append(count)
    writer.close()


async def measure(port: int, cookie: str, clients: int, events: int, rate: float) -> tuple[list[float], list[int]]:
    """Open the pages, write the events, wait until all are heard."""
    from asgiref.sync import sync_to_async

    from xiancheng.site.jobs.events import tell

    lags: list[float] = []
    seen: list[int] = []
    begun = [asyncio.Event() for _ in range(clients)]
    pages = [asyncio.create_task(page(port, cookie, events, b, lags, seen)) for b in begun]
    started = time.monotonic()
    await asyncio.gather(*(b.wait() for b in begun))
    print(f"{clients} pages admitted in {time.monotonic() - started:.1f} s")
    for _ in range(events):
        await sync_to_async(tell)("register", {"sent": time.time()})
        await asyncio.sleep(1 / rate)
    await asyncio.wait_for(asyncio.gather(*pages), 60)
    return lags, seen


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clients", type=int, default=400)
    parser.add_argument("--events", type=int, default=100)
    parser.add_argument("--rate", type=float, default=10.0, help="events a second")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder, port = Path(name), free_port()
        (folder / "county.toml").write_text(COUNTY, encoding="utf-8")
        os.environ |= {"XIANCHENG_COUNTY": name, "XIANCHENG_LIVE_PORT": str(port)}
        from xiancheng.site.setup import migrate, start_django

        start_django(folder)
        migrate()
        from django.test import Client

        from xiancheng.site.accounts.models import User

        user = User.objects.create_user("watcher", "county-2025-bench")
        client = Client()
        client.force_login(user)
        cookie = f"xiancheng_session={client.cookies['xiancheng_session'].value}"
        live = subprocess.Popen([sys.executable, "-m", "xiancheng.site.live"])
        try:
            while True:
                try:
                    socket.create_connection(("127.0.0.1", port), 1).close()
                    break
                except OSError:
                    time.sleep(0.1)
            lags, seen = asyncio.run(measure(port, cookie, arguments.clients, arguments.events, arguments.rate))
        finally:
            began = time.monotonic()
            live.terminate()
            live.wait(10)
            print(f"stopped in {time.monotonic() - began:.1f} s with status {live.returncode}")
        wanted = arguments.clients * arguments.events
        cut = statistics.quantiles(lags, n=100)
        print(f"events heard: {sum(seen)} of {wanted}, lost {wanted - sum(seen)}")
        print(f"lag p50 {cut[49] * 1000:.0f} ms, p99 {cut[98] * 1000:.0f} ms, most {max(lags) * 1000:.0f} ms")


if __name__ == "__main__":
    main()
