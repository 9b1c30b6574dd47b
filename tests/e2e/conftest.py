"""A real server with the sample county and real Chromium in front of it."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest

from xiancheng.city.classes import load_catalogue
from xiancheng.city.county import County
from xiancheng.city.publish import publish
from xiancheng.city.store import Store
from xiancheng.sample import import_sources, write_sources

CHROMIUM = "/usr/bin/chromium"
PASSWORD = "county-2025-test"
PEOPLE = {
    "admin": ("administrator", None),
    "leader": ("leader", None),
    "office": ("programme_office", None),
    "planner": ("planner", None),
    "education": ("steward", "education"),
    "health": ("steward", "health"),
    "green": ("steward", "urban_management"),
}
FLAGS = (
    "--no-sandbox", "--disable-dev-shm-usage", "--disable-background-networking", "--no-first-run",
    "--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader",
)  # fmt: skip
READY_SECONDS = 60


@dataclass(frozen=True)
class Served:
    """A running site."""

    url: str
    folder: Path


def free_port() -> int:
    """Return a port such that it and the next one (live updates) are free."""
    while True:
        with socket.socket() as one, socket.socket() as two:
            one.bind(("127.0.0.1", 0))
            port = one.getsockname()[1]
            try:
                two.bind(("127.0.0.1", port + 1))
            except OSError:
                continue
            return port


def command(folder: Path, *arguments: str) -> None:
    """Run the command line on a county."""
    subprocess.run([sys.executable, "-m", "xiancheng", "-C", str(folder), "-q", *arguments], check=True)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The site of a published sample county of 5,000 people, with an account for each of `PEOPLE`."""
    if not Path(CHROMIUM).exists():
        pytest.skip("no Chromium")
    folder = tmp_path_factory.mktemp("town") / "county"
    write_sources(folder / "sources", people=5000, seed=1)
    import_sources(folder / "sources", folder)
    county, catalogue = County.load(folder), load_catalogue(folder)
    with Store.open(county.model_place, catalogue, read_only=True) as store:
        for day in (date(2023, 12, 31), date(2025, 12, 31)):
            publish(store, county, catalogue, day)
    for name, (role, bureau) in PEOPLE.items():
        unit = ("--unit", f"{county.code}-{bureau}") if bureau else ()
        command(folder, "user", "add", name, "--role", role, *unit, "--password", PASSWORD)
    port = free_port()
    log = (folder.parent / "serve.log").open("w")
    server = subprocess.Popen(
        [sys.executable, "-m", "xiancheng", "-C", str(folder), "serve", "--port", str(port)],
        stdout=log,
        stderr=log,
        env={**os.environ, "XIANCHENG_LANG": "en"},
    )
    url = f"http://localhost:{port}"
    try:
        _wait(url, server)
        yield Served(url, folder)
    finally:
        server.terminate()
        try:
            server.wait(20)
        except subprocess.TimeoutExpired:
            server.kill()
        log.close()
        shutil.rmtree(folder, ignore_errors=True)


def _wait(url: str, server: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + READY_SECONDS
    while time.monotonic() < end:
        if server.poll() is not None:
            raise AssertionError(f"the server ended with {server.returncode}")
        try:
            with urllib.request.urlopen(f"{url}/healthz", timeout=2):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
    raise AssertionError("the server did not come up")


@pytest.fixture(scope="module")
def chromium() -> Iterator[object]:
    """One Chromium for the module."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        yield browser
        browser.close()


@pytest.fixture
def open_as(served: Served, chromium) -> Iterator[Callable]:
    """``open_as("leader", language="en", theme="dark", width=390)`` gives a page of somebody who is logged in.

    The page keeps what must not happen: ``page.faults`` lists console errors, failed requests of our own and
    requests to other hosts.
    """
    contexts = []

    def make(name: str | None, *, language: str = "zh", theme: str = "light", width: int = 1440, height: int = 900):
        context = chromium.new_context(
            viewport={"width": width, "height": height}, color_scheme=theme, reduced_motion="reduce",
            locale="zh-CN" if language == "zh" else "en-GB",
        )  # fmt: skip
        contexts.append(context)
        context.add_cookies([{"name": "xiancheng_lang", "value": language, "url": served.url}])
        page = context.new_page()
        page.faults = []
        host = served.url.partition("//")[2].partition(":")[0]
        page.on("console", lambda m: page.faults.append(m.text) if m.type == "error" else None)
        page.on("pageerror", lambda error: page.faults.append(str(error)))
        page.on(
            "request",
            lambda r: (
                page.faults.append(f"asked {r.url}")
                if r.url.startswith("http") and r.url.partition("//")[2].partition(":")[0] != host
                else None
            ),
        )
        if name is not None:
            context.request.get(f"{served.url}/api/session")
            token = next(c["value"] for c in context.cookies() if c["name"] == "xiancheng_csrf")
            answer = context.request.post(
                f"{served.url}/api/session/login",
                data={"username": name, "password": PASSWORD},
                headers={"X-CSRFToken": token, "Referer": served.url},
            )
            assert answer.ok, answer.text()
        return page

    yield make
    for context in contexts:
        context.close()
