"""The Imports page in real Chromium on a real server: a workbook with faults, by mouse and by keyboard."""

from __future__ import annotations

import io
import re
from pathlib import Path

import openpyxl
import pytest

from ..e2e.conftest import chromium, open_as, served  # noqa: F401 - fixtures
from .conftest import ROWS, workbook

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("imports")]
WAIT = 45_000
AXE = Path(__file__).resolve().parents[3] / "ui" / "node_modules" / "axe-core" / "axe.min.js"


def choose_file(page, served, name="学校名册2026.xlsx", content=None):  # noqa: F811
    page.goto(f"{served.url}/imports")
    page.locator(".zone").wait_for(timeout=WAIT)
    file = {"name": name, "mimeType": "application/octet-stream", "buffer": content or workbook()}
    page.locator("input[type=file]").set_input_files([file])
    page.wait_for_url("**/imports/*", timeout=WAIT)
    page.get_by_label("Class (a register that you keep)").wait_for(timeout=WAIT)


def step(page):
    return page.locator("[aria-current=step]").inner_text().split("\n")[-1]


def test_a_workbook_with_faults_from_file_to_undo(open_as, served):  # noqa: F811
    page = open_as("education", language="en")
    choose_file(page, served)
    page.get_by_label("Class (a register that you keep)").select_option(label="school")
    page.get_by_role("button", name="Next").click()

    page.get_by_role("radio", name=re.compile("GCJ-02")).wait_for(timeout=WAIT)
    assert page.locator("input[name=datum]:checked").count() == 0, "nobody chooses for the person"
    assert page.get_by_role("button", name="Next").is_disabled()
    page.get_by_role("radio", name=re.compile("^CGCS2000")).check()
    page.get_by_role("button", name="Next").click()

    page.get_by_label("Column with the identifiers").wait_for(timeout=WAIT)
    assert page.get_by_label("Column with the identifiers").input_value() == "标识码"
    page.get_by_role("row", name=re.compile("办学类型")).get_by_role("button", name="Check").click()
    page.get_by_label("Meaning of 不知道").select_option(index=1)
    page.get_by_text("All are understood").wait_for(timeout=WAIT)

    page.reload()
    page.get_by_label("Column with the identifiers").wait_for(timeout=WAIT)
    assert step(page) == "Columns", "the step is part of the address"
    page.get_by_role("button", name="Back to: Datum").click()
    assert page.get_by_role("radio", name=re.compile("^CGCS2000")).is_checked(), "what was said is kept"
    page.get_by_role("button", name="Next").click()
    page.get_by_role("button", name="Preview").click()

    page.get_by_role("tab", name=re.compile("Not taken")).wait_for(timeout=WAIT)
    assert page.get_by_role("row", name=re.compile("很多.*not a number")).count() == 1
    assert page.get_by_role("row", name=re.compile("不知道")).count() == 0, "it has a meaning now"
    with page.expect_download() as download:
        page.get_by_role("button", name=re.compile("Download the faulty rows")).click()
    sheet = openpyxl.load_workbook(io.BytesIO(Path(download.value.path()).read_bytes())).active
    assert "很多" in {cell.value for row in sheet.iter_rows() for cell in row}
    page.get_by_role("tab", name=re.compile("Changes 4")).click()
    page.get_by_role("button", name="Go on to import").click()

    page.get_by_label(re.compile("^Reason")).fill("yearly update")
    page.get_by_role("button", name="Import", exact=True).click()
    page.get_by_role("heading", name="Imported").wait_for(timeout=WAIT)
    assert page.get_by_role("link", name="See school").get_attribute("href") == "/registers/school"
    page.get_by_role("button", name="Undo…").click()
    page.get_by_role("dialog").get_by_label("Reason").fill("only a test")
    page.get_by_role("button", name="Undo the import").click()
    page.get_by_role("heading", name="Undone").wait_for(timeout=WAIT)
    page.get_by_role("link", name="All imports").click()
    page.get_by_role("row", name=re.compile("学校名册2026.xlsx.*undone", re.DOTALL)).first.wait_for(timeout=WAIT)
    assert not page.faults, page.faults


def test_by_keyboard_alone(open_as, served):  # noqa: F811
    page = open_as("education", language="en")
    choose_file(page, served, "键盘.xlsx")
    select = page.get_by_label("Class (a register that you keep)")
    select.focus()
    page.keyboard.type("scho")
    assert select.input_value() in {"school", "catchment"}
    select.select_option("school")
    page.get_by_label("Name of the source").focus()
    page.keyboard.press("Enter")
    page.get_by_role("radio", name=re.compile("^CGCS2000")).wait_for(timeout=WAIT)
    page.get_by_role("radio", name=re.compile("^CGCS2000")).focus()
    page.keyboard.press("Space")
    page.keyboard.press("Enter")
    page.get_by_label("Column with the identifiers").wait_for(timeout=WAIT)
    page.get_by_role("button", name="Preview").focus()
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Go on to import").wait_for(timeout=WAIT)
    assert not page.faults, page.faults


@pytest.mark.parametrize(("theme", "width"), [("light", 1440), ("dark", 390)])
def test_for_everybody_and_on_a_phone(open_as, served, theme, width):  # noqa: F811
    page = open_as("education", language="en", theme=theme, width=width)

    def check(where):
        page.wait_for_timeout(300)
        page.evaluate(AXE.read_text(encoding="utf-8"))
        found = page.evaluate("axe.run(document, {resultTypes: ['violations']}).then(r => r.violations)")
        assert [(v["id"], v["nodes"][0]["html"][:120]) for v in found] == [], where
        assert page.evaluate("document.documentElement.scrollWidth") <= width, where

    others = [(f"{row[0]}-{width}", *row[1:]) for row in ROWS]
    choose_file(page, served, f"无障碍{width}.xlsx", workbook(others))
    check("layer")
    page.get_by_label("Class (a register that you keep)").select_option("school")
    page.get_by_role("button", name="Next").click()
    page.get_by_role("radio", name=re.compile("^CGCS2000")).check(timeout=WAIT)
    check("datum")
    page.get_by_role("button", name="Next").click()
    page.get_by_role("button", name="Check").nth(1).click(timeout=WAIT)
    page.get_by_label("Meaning of 不知道").wait_for(timeout=WAIT)
    check("columns")
    page.get_by_role("button", name="Preview").click()
    page.get_by_role("button", name="Go on to import").wait_for(timeout=WAIT)
    check("preview")
    page.get_by_role("button", name="Go on to import").click()
    check("commit")
    page.get_by_role("link", name="All imports").click()
    page.locator("table").wait_for(timeout=WAIT)
    check("history")
    assert not page.faults, page.faults
