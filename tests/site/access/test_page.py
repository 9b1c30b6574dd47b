"""The Access page in real Chromium on a real server: coverage as the API says it, what-if, undo, keep, send on."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from ..e2e.asking import PARKS, ask
from ..e2e.conftest import chromium, far, open_as, served  # noqa: F401 - fixtures

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("access")]
WAIT = 45_000
AXE = Path(__file__).resolve().parents[3] / "ui" / "node_modules" / "axe-core" / "axe.min.js"
ADDRESS = "/access?class=park&metres=500&metric=straight&min=5000&within=county_seat"
FIGURE = '.moved[data-key="24.2/park-500m"]'


def open_page(open_as, served, more: str = "", **look: Any):  # noqa: F811
    page = open_as("planner", **look)
    page.goto(served.url + ADDRESS + more)
    page.wait_for_selector(".answer .big, .whatif", timeout=WAIT)
    return page


def test_coverage_reads_as_the_api_says(open_as, served):  # noqa: F811
    page = open_page(open_as, served)
    found = ask(served, "coverage", PARKS)["bands"][0]
    assert page.inner_text(".answer .big") == f"{100 * found['share']:.1f} %"
    assert f"{found['uncovered']:,.0f}" in page.inner_text(".answer .head")
    page.click(".chip:has-text('1,000')")
    page.wait_for_selector(".bands", timeout=WAIT)
    assert "metres=500%2C1000" in page.url or "metres=500,1000" in page.url
    page.click("text=怎么算的")
    assert "不小于5,000平方米" in page.inner_text(".answer details")
    assert page.faults == []


def test_a_park_moves_clause_24_2_and_undo_restores(open_as, served, far):  # noqa: F811
    page = open_page(open_as, served)
    page.wait_for_selector(".legend", timeout=WAIT)
    page.get_by_role("tab", name="推演").click()
    page.get_by_role("button", name="新增", exact=True).click()
    # Without the map first: this also brings the place to the middle of the map.
    page.fill(".place input", f"{far[0]:.6f}, {far[1]:.6f}")
    page.click(".place button[type=submit]")
    page.wait_for_selector(FIGURE, timeout=WAIT)
    edit = {"op": "add", "class": "park", "id": "new-1", "area_m2": 5000,
            "geometry": {"type": "Point", "coordinates": [round(far[0], 6), round(far[1], 6)]}}  # fmt: skip
    moved = ask(served, "whatif", {"edits": [edit], "budget_ms": None})["moved"]
    truth = next(m for m in moved if m["key"] == "24.2/park-500m")
    assert page.inner_text(f"{FIGURE} .after") == truth["words"]["after"]["zh"]
    assert page.inner_text(f"{FIGURE} .before") == truth["words"]["before"]["zh"]
    assert f"{truth['gain']['gained']:,.0f} 人" in page.inner_text(f"{FIGURE} .gain")
    page.click("button[aria-label^='撤销']")
    page.wait_for_selector(FIGURE, state="detached", timeout=WAIT)
    # Now by clicking the map.
    box = page.locator(".maplibregl-canvas").bounding_box()
    page.wait_for_timeout(1500)
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.wait_for_selector(FIGURE, timeout=WAIT)
    assert page.locator(".edits li").count() == 1
    page.keyboard.press("Control+z")
    page.wait_for_selector(FIGURE, state="detached", timeout=WAIT)
    page.keyboard.press("Control+Shift+z")
    page.wait_for_selector(FIGURE, timeout=WAIT)
    page.evaluate(AXE.read_text("utf-8"))
    found = page.evaluate(
        "() => axe.run('main', {runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa']})"
        ".then((r) => r.violations.map((v) => [v.id, v.nodes.slice(0, 3).map((n) => n.html.slice(0, 200))]))"
    )
    assert not found, json.dumps(found, ensure_ascii=False, indent=1)
    assert page.faults == []


def test_a_link_brings_the_scenario_and_it_is_kept_and_sent_on(open_as, served, far):  # noqa: F811
    page = open_page(open_as, served, "&tab=whatif", language="en")
    page.get_by_role("button", name="Add", exact=True).click()
    page.fill(".place input", f"{far[0]:.6f}, {far[1]:.6f}")
    page.click(".place button[type=submit]")
    page.wait_for_selector(FIGURE, timeout=WAIT)
    page.wait_for_url(re.compile("edits="), wait_until="commit")
    words = page.inner_text(f"{FIGURE} .after")
    link = page.url
    page.goto("about:blank")
    page.goto(link)
    page.wait_for_selector(FIGURE, timeout=WAIT)
    assert page.inner_text(f"{FIGURE} .after") == words
    page.click("text=Save, open")
    page.fill("dialog input", "A park for the east")
    page.select_option("dialog select", "all")
    page.click("dialog button.primary")
    page.wait_for_url(re.compile(r"scenario=\d+"), wait_until="commit", timeout=WAIT)
    with page.expect_download(timeout=WAIT) as waiting:
        page.click("button:has-text('Excel')")
    assert waiting.value.suggested_filename == "A park for the east-synthetic.xlsx"
    other = open_as("leader")
    other.goto(page.url)
    other.wait_for_selector(FIGURE, timeout=WAIT)
    assert other.locator(".edits li").count() == 1
    assert page.faults == []


def test_removing_from_the_list_by_keyboard(open_as, served):  # noqa: F811
    page = open_page(open_as, served, "&tab=whatif")
    page.get_by_role("button", name="拆除", exact=True).press("Enter")
    page.get_by_text("或从列表里选").press("Enter")
    page.get_by_role("button", name=re.compile("^拆除 ")).first.press("Enter")
    page.wait_for_selector(".edits li .sign.remove", timeout=WAIT)
    page.wait_for_selector(".figures header .badge", timeout=WAIT)
    assert page.faults == []


def test_a_phone_has_the_figures_in_a_tab(open_as, served, far):  # noqa: F811
    page = open_page(open_as, served, "&tab=whatif", width=390, height=844)
    page.get_by_role("button", name="新增", exact=True).click()
    page.fill(".place input", f"{far[0]:.6f}, {far[1]:.6f}")
    page.click(".place button[type=submit]")
    page.get_by_role("tab", name="结果").click(timeout=WAIT)
    page.wait_for_selector(FIGURE, timeout=WAIT)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert page.faults == []
