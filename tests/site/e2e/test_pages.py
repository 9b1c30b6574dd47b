"""Every page, in both languages, both themes, at desk and phone width: accessible, still, quiet, within the screen."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("pages")]

AXE = Path(__file__).resolve().parents[3] / "ui" / "node_modules" / "axe-core" / "axe.min.js"
PAGES = {
    "login": (None, "/login"),
    "programme": ("office", "/programme"),
    "clause": ("office", "/programme/24.2"),
    "city": ("planner", "/city"),
    "access": ("planner", "/access?class=park&metres=500"),
    "registers": ("education", "/registers"),
    "register": ("education", "/registers/school"),
    "imports": ("education", "/imports"),
    "people": ("admin", "/people"),
    "audit": ("admin", "/audit"),
    "account": ("education", "/account"),
    "wall": ("leader", "/wall"),
}
LOOKS = [("zh", "light", 1440), ("en", "dark", 390)]
SHIFT = """() => new Promise((done) => {
  let sum = 0;
  const watch = new PerformanceObserver((list) => {
    for (const e of list.getEntries()) if (!e.hadRecentInput) sum += e.value;
  });
  watch.observe({type: "layout-shift", buffered: true});
  setTimeout(() => done(sum), 300);
})"""


def settle(page) -> None:
    """Wait until nothing is loading any more."""
    page.wait_for_load_state("load")
    page.wait_for_selector("h1:visible", timeout=30_000)
    page.wait_for_function("() => !document.querySelector('.skeleton')", timeout=30_000)
    page.wait_for_timeout(700)


@pytest.mark.parametrize(("language", "theme", "width"), LOOKS, ids=str)
@pytest.mark.parametrize("name", PAGES)
def test_page_is_accessible_and_still(open_as, served, name, language, theme, width):
    person, address = PAGES[name]
    page = open_as(person, language=language, theme=theme, width=width, height=900 if width > 720 else 844)
    page.goto(served.url + address)
    settle(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.locator("h1").count() >= 1
    assert page.evaluate(SHIFT) < 0.1
    page.evaluate(AXE.read_text("utf-8"))
    found = page.evaluate(
        "() => axe.run(document, {runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa']})"
        ".then((r) => r.violations.map((v) => [v.id, v.nodes.slice(0, 3).map((n) => n.html.slice(0, 160))]))"
    )
    assert not found, json.dumps(found, ensure_ascii=False, indent=1)
    assert not page.faults, page.faults
