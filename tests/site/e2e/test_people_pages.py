"""Accounts in the browser: made, first login, own password, lock-out; the audit log verified; all accessible."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from ..serving import PASSWORD

pytestmark = pytest.mark.browser
AXE = Path(__file__).parents[3] / "ui" / "node_modules" / "axe-core" / "axe.min.js"
OWN = "only-wang-knows-7"


def log_in(page, served, name, password):
    page.goto(f"{served.url}/login")
    page.fill("input[name=username]", name)
    page.fill("input[name=password]", password)
    page.click("button[type=submit]")


def test_an_account_from_making_it_to_its_owners_own_password(served, open_as):
    admin = open_as("admin")
    admin.goto(f"{served.url}/people")
    admin.get_by_role("button", name="新建账号").click()
    dialog = admin.get_by_role("dialog")
    dialog.get_by_label("账号").fill("wang")
    dialog.get_by_label("姓名").fill("王芳")
    dialog.get_by_label("角色", exact=True).nth(0).select_option("steward")
    assert dialog.get_by_text("请选单位").is_visible(), "a steward without a unit would keep nothing"
    dialog.get_by_label("所在单位").select_option("150221-education")
    dialog.get_by_role("button", name="新建账号").click()
    secret = dialog.get_by_label("只显示一次的内容")
    secret.wait_for()
    password = secret.input_value()
    dialog.get_by_role("button", name="已转交").click()
    admin.get_by_role("row", name=re.compile("wang")).get_by_text("待改口令").wait_for()
    assert admin.faults == []

    wang = open_as(None)
    wang.goto(f"{served.url}/registers")
    wang.wait_for_url(re.compile(r"/login\?next="))
    wang.fill("input[name=username]", "wang")
    wang.fill("input[name=password]", password)
    wang.click("button[type=submit]")
    wang.wait_for_url(re.compile(r"/account\?next="))
    wang.goto(f"{served.url}/registers")
    wang.wait_for_url(re.compile(r"/account\?next="))
    wang.get_by_label("现在的口令").fill(password)
    wang.get_by_label("新口令").fill(OWN)
    wang.get_by_label("再写一次").fill(OWN)
    wang.get_by_role("button", name="修改口令").click()
    wang.wait_for_url(f"{served.url}/registers")
    assert wang.get_by_role("navigation", name="主导航").get_by_text("人员与单位").count() == 0
    wang.goto(f"{served.url}/account")
    wang.get_by_role("button", name="新建令牌").click()
    dialog = wang.get_by_role("dialog")
    dialog.get_by_label("用途").fill("QGIS")
    dialog.get_by_role("button", name="生成").click()
    token = dialog.get_by_label("只显示一次的内容").input_value()
    dialog.get_by_role("button", name="已保存").click()
    assert token not in wang.content()
    answer = wang.request.get(f"{served.url}/api/session", headers={"Authorization": f"Bearer {token}"})
    assert answer.json()["account"]["username"] == "wang"


def test_who_guesses_is_told_how_long_to_wait(served, open_as):
    page = open_as(None, language="en")
    for _ in range(5):
        log_in(page, served, "health", "wrong")
        page.get_by_role("alert").wait_for()
    log_in(page, served, "health", PASSWORD)
    page.get_by_text(re.compile(r"Wait 0:\d\d")).wait_for()
    assert page.locator("button[type=submit]").is_disabled()
    assert "too many failed logins" in page.get_by_role("alert").inner_text()


def test_the_log_is_verified_and_filtered_by_the_address(served, open_as):
    page = open_as("admin", language="en")
    page.goto(f"{served.url}/audit?action=account.")
    page.locator("tbody tr").first.wait_for()
    assert all("account" in text for text in page.locator("tbody td[data-title=Action]").all_inner_texts())
    page.get_by_role("button", name="Verify").click()
    page.get_by_text("are in order").wait_for(timeout=30_000)
    page.locator("tbody tr").first.click()
    page.get_by_role("dialog").get_by_text("Seal").wait_for()


@pytest.mark.parametrize(("language", "theme", "width"), [("zh", "light", 1440), ("en", "dark", 390)])
def test_pages_are_accessible_and_fit(served, open_as, language, theme, width):
    page = open_as("admin", language=language, theme=theme, width=width)
    page.add_init_script(f"localStorage.setItem('xiancheng.theme', '{theme}')")
    wrong = []
    for path, ready in (
        ("account", "table"), ("people", "tbody tr"), ("people?tab=roles", "article"),
        ("people?tab=tokens", ".toolbar"), ("audit", "tbody tr"),
    ):  # fmt: skip
        page.goto(f"{served.url}/{path}")
        page.locator(ready).first.wait_for()
        page.evaluate(AXE.read_text(encoding="utf-8"))
        wrong += page.evaluate(
            "async (path) => (await axe.run(document, {runOnly: ['wcag2a', 'wcag2aa', 'wcag21aa']})).violations"
            ".map((v) => `${path}: ${v.id} ${v.nodes[0].target}`)",
            path,
        )
        too_wide = (
            "() => [document.documentElement, document.querySelector('main')].some(e => e.scrollWidth > e.clientWidth)"
        )
        if page.evaluate(too_wide):
            wrong.append(f"{path}: scrolls sideways")
    assert wrong == []
    assert page.faults == []
