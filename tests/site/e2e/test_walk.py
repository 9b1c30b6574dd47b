"""One walk through the whole loop in Chromium: log in, edit, publish, see the clause move, go back in time, what-if."""

from __future__ import annotations

import re

import pytest

from ..serving import PASSWORD

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("walk")]


def test_log_in_by_the_form_and_out(open_as, served):
    page = open_as(None, language="en")
    page.goto(f"{served.url}/registers/school")
    page.get_by_label("Name").fill("education")
    page.get_by_label("Password").fill("wrong")
    page.get_by_role("button", name="Log in").click()
    page.get_by_role("alert").wait_for()
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    page.wait_for_url("**/registers/school")
    page.get_by_label("Account", exact=True).click()
    page.get_by_role("button", name="Log out").click()
    page.wait_for_url("**/login*")


def test_edit_a_school_publish_and_see_the_clause_move(open_as, served):
    page = open_as("education", language="en")
    page.goto(f"{served.url}/registers/school")
    page.locator("tbody tr").first.click()
    page.get_by_role("button", name="Edit").click()
    places = page.locator("input[type=number]").and_(page.get_by_label(re.compile("^places")))
    places.fill(str(int(places.input_value() or 0) + 900))
    page.get_by_role("button", name="Save…").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Valid from").fill("2025-12-01")
    dialog.get_by_label("Reason").fill("a new wing was opened")
    dialog.get_by_role("button", name="Save").click()
    dialog.wait_for(state="detached")
    page.get_by_role("button", name=re.compile("^Publish")).first.click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Day").fill("2025-12-31")
    dialog.get_by_role("button", name="Publish 2025-12-31").click()
    moved = dialog.locator("tbody tr", has_text="19.")
    moved.first.wait_for(timeout=120_000)
    assert "→" in dialog.inner_text() or moved.count() > 0
    assert not page.faults, page.faults


def test_time_slider_goes_back(open_as, served):
    page = open_as("planner", language="en")
    page.goto(f"{served.url}/city")
    time = page.get_by_role("region", name="Time")
    time.get_by_label("Published snapshot").select_option("2023-12-31")
    page.wait_for_url("**date=2023-12-31**")
    assert not page.faults, page.faults


def test_what_if_of_a_park_and_back(open_as, served, far):
    page = open_as("planner", language="en")
    page.goto(f"{served.url}/access?class=park&metres=500&metric=straight")
    page.get_by_role("tab", name="What-if").click()
    page.get_by_role("button", name="Add", exact=True).click()
    page.get_by_role("spinbutton", name="Area").fill("20000")
    page.get_by_label(re.compile("Without the map")).fill(f"{far[0]:.6f}, {far[1]:.6f}")
    page.get_by_role("button", name="Add here").click()
    figures = page.get_by_role("region", name="Figures that move")
    figures.locator("li.moved").first.wait_for(timeout=60_000)
    assert figures.locator("li.moved", has_text="24.2").count() >= 1
    page.get_by_role("button", name=re.compile("^Undo")).click()
    figures.wait_for(state="detached")
    assert not page.faults, page.faults


def test_one_bureau_is_denied_the_others_register(open_as, served):
    page = open_as("health", language="en")
    page.goto(f"{served.url}/registers/school")
    page.get_by_text("you may not see").first.wait_for()
    asked = page.context.request
    for path in (
        "/api/registers/school/items",
        "/api/registers/school/definition",
        "/api/registers/school/export?format=xlsx",
        "/ogc/collections/school/items",
        "/ogc/collections/school/tiles/WebMercatorQuad/12/1563/3305",
    ):
        assert asked.get(served.url + path).status == 403, path
    tiles = asked.get(f"{served.url}/api/tiles").json()["snapshots"][-1]
    assert "school" not in [c["name"] for c in tiles["classes"]]
    assert asked.get(f"{served.url}/api/tiles/{tiles['date']}/{tiles['hash']}/school.pmtiles").status == 403
