"""The Programme page and the wall screen in real Chromium, on a real server."""

from __future__ import annotations

import json
import re
import urllib.request

import pytest

from ..e2e.conftest import chromium, open_as, served  # noqa: F401 - fixtures

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("programme")]
WAIT = 30_000


@pytest.fixture
def figures(served):  # noqa: F811
    """The assessment as the API gives it, once it is computed."""
    import time

    request = urllib.request.Request(f"{served.url}/api/programme/assessment", headers=served.headers("leader"))
    for _ in range(120):
        with urllib.request.urlopen(request) as answer:
            if answer.status == 200:
                found = json.load(answer)
                if not found["pending"]:
                    return found
        time.sleep(0.5)
    raise AssertionError("never computed")


def rows(page) -> list[str]:
    return page.eval_on_selector_all(".groups [data-clause]", "all => all.map(e => e.dataset.clause)")


def test_computing_is_shown_then_the_plan(open_as, served):  # noqa: F811
    page = open_as("leader")
    page.goto(f"{served.url}/programme")
    page.wait_for_selector(".groups [data-clause]", timeout=2 * WAIT)
    assert len(rows(page)) > 50
    assert page.faults == []


def test_filters_are_part_of_the_address(open_as, served, figures):  # noqa: F811
    page = open_as("leader")
    page.goto(f"{served.url}/programme")
    page.wait_for_selector("[data-clause]", timeout=WAIT)
    page.select_option("select", "education")
    page.click(".counts button:has-text('未达标')")
    expected = [c["id"] for c in figures["clauses"] if "education" in c["bureaus"] and c["status"] == "short"]
    page.wait_for_url(re.compile("status=short"), wait_until="commit")
    assert rows(page) == expected
    assert "bureau=education" in page.url
    page.reload()
    page.wait_for_selector("[data-clause]", timeout=WAIT)
    assert rows(page) == expected
    page.fill("input[type=search]", "幼儿园")
    page.wait_for_url(re.compile("q="), wait_until="commit")
    assert rows(page) == [i for i in expected if i == "19.5"]
    page.click("text=清除筛选")
    page.wait_for_url(re.compile(r"/programme$"), wait_until="commit")
    assert len(rows(page)) == len(figures["clauses"])


def test_only_mine(open_as, served, figures):  # noqa: F811
    page = open_as("education", language="en")
    page.goto(f"{served.url}/programme")
    page.wait_for_selector("[data-clause]", timeout=WAIT)
    page.check("text=Only mine")
    page.wait_for_url(re.compile("mine=1"), wait_until="commit")
    assert rows(page) == [c["id"] for c in figures["clauses"] if "education" in c["bureaus"]]


def test_a_clause_opens_beside_and_back_restores(open_as, served, figures):  # noqa: F811
    page = open_as("leader")
    page.goto(f"{served.url}/programme?article=24")
    page.wait_for_selector("[data-clause]", timeout=WAIT)
    page.click("[data-clause='24.2']")
    page.wait_for_selector(".panel .figure .value", timeout=WAIT)
    (clause,) = [c for c in figures["clauses"] if c["id"] == "24.2"]
    (main,) = [i for i in clause["indicators"] if i["id"] == clause["headline"]]
    assert page.inner_text(".panel .big .value") == main["words"]["value"]["zh"]
    assert main["words"]["shortfall"]["zh"] in page.inner_text(".panel .big")
    page.keyboard.press("j")
    page.wait_for_url(re.compile("/programme/24.3"), wait_until="commit")
    page.go_back()
    page.wait_for_url(re.compile(r"/programme\?article=24$"), wait_until="commit")
    assert page.locator(".panel").count() == 0
    assert len(rows(page)) == 5
    page.click("[data-clause='24.2']")
    page.wait_for_selector(".panel .figure")
    page.keyboard.press("Escape")
    page.wait_for_url(re.compile(r"/programme\?article=24$"), wait_until="commit")


def test_places_on_the_map_and_in_the_list(open_as, served, figures):  # noqa: F811
    page = open_as("leader")
    page.goto(f"{served.url}/programme/24.2?indicator=park-500m-walk&tab=places")
    page.wait_for_selector(".places tbody tr", timeout=WAIT)
    (clause,) = [c for c in figures["clauses"] if c["id"] == "24.2"]
    (indicator,) = [i for i in clause["indicators"] if i["id"] == "park-500m-walk"]
    assert f"/ {indicator['places']['total']}" in page.inner_text(".pager")
    page.wait_for_selector(".places canvas", timeout=WAIT)
    page.click(".places tbody tr >> nth=1")
    page.wait_for_selector(".chosen", timeout=WAIT)
    assert page.inner_text(".chosen b") == page.inner_text(".places tbody tr.selected td >> nth=1")
    assert "place=" in page.url
    page.keyboard.press("PageDown")
    page.wait_for_url(re.compile("offset=20"), wait_until="commit")
    assert page.faults == []


def test_a_steward_is_told_the_number_of_hidden_places(open_as, served, figures):  # noqa: F811
    page = open_as("education", language="en")
    page.goto(f"{served.url}/programme/17.8?indicator=digital-hospitals&tab=places")
    page.wait_for_selector(".hiddenplaces", timeout=WAIT)
    assert "only their number" in page.inner_text(".hiddenplaces")
    assert page.locator(".places").count() == 0


def test_print_shows_the_whole_plan_or_one_clause(open_as, served, figures):  # noqa: F811
    page = open_as("leader")
    page.goto(f"{served.url}/programme")
    page.wait_for_selector("[data-clause]", timeout=WAIT)
    page.emulate_media(media="print")
    page.wait_for_selector(".groups.list")
    assert page.locator(".filters").is_hidden()
    assert page.locator(".side").is_hidden()
    assert page.pdf(format="A4").startswith(b"%PDF")
    page.emulate_media(media="screen")
    page.goto(f"{served.url}/programme/24.2")
    page.wait_for_selector(".panel .figure", timeout=WAIT)
    page.emulate_media(media="print")
    page.wait_for_selector(".panel .history table")
    page.wait_for_selector(".panel .places tbody tr", timeout=WAIT)
    assert page.locator(".plan").is_hidden()


def test_wall_screen(open_as, served, figures):  # noqa: F811
    page = open_as("leader", width=1920, height=1080)
    page.goto(f"{served.url}/wall")
    page.wait_for_selector("article .value", timeout=WAIT)
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"
    totals = [int(t) for t in page.locator(".totals dd").all_inner_texts()]
    assert totals == [figures["counts"][s] for s in ("short", "met", "informative", "no_data")]
    assert page.inner_text(".synthetic")
    first = page.inner_text("article .where")
    page.keyboard.press("ArrowRight")
    page.wait_for_function("(was) => document.querySelector('article .where').innerText !== was", arg=first)
    page.keyboard.press("ArrowLeft")
    page.wait_for_function("(was) => document.querySelector('article .where').innerText === was", arg=first)
    page.keyboard.press("Escape")
    page.wait_for_url(re.compile("/programme"), wait_until="commit")
    assert page.evaluate("document.documentElement.dataset.theme") == "light"
    assert page.faults == []
