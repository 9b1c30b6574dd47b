"""A real server with the sample county and real Chromium in front of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ..serving import PASSWORD, Person, Served
from ..serving import served as serve
from .asking import PARKS, ask

CHROMIUM = "/usr/bin/chromium"
PEOPLE = {
    "admin": Person("administrator"),
    "leader": Person("leader"),
    "office": Person("programme_office"),
    "planner": Person("planner"),
    "education": Person("steward", "education"),
    "health": Person("steward", "health"),
    "green": Person("steward", "urban_management"),
}
FLAGS = (
    "--no-sandbox", "--disable-dev-shm-usage", "--disable-background-networking", "--no-first-run",
    "--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader",
)  # fmt: skip


@pytest.fixture(scope="module")
def served(copy_county: Callable[[Path], Path], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The site of a published sample county, with an account for each of `PEOPLE`."""
    if not Path(CHROMIUM).exists():
        pytest.skip("no Chromium")
    folder = copy_county(tmp_path_factory.mktemp("town") / "county")
    with serve(folder, PEOPLE, workers="1") as site:
        yield site


@pytest.fixture(scope="module")
def chromium() -> Iterator[object]:
    """One Chromium for the module."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def far(served: Served) -> tuple[float, float]:
    """Where most residents have no park near."""
    cells = ask(served, "coverage", PARKS)["cells"]
    lack = [p - c for p, c in zip(cells["persons"], cells["covered"][0], strict=True)]
    corners = cells["corners"][8 * lack.index(max(lack)) :][:8]
    return sum(corners[::2]) / 4, sum(corners[1::2]) / 4


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
