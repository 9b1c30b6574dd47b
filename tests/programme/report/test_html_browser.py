"""The report in a real browser: Chromium of the system."""

# ruff: noqa: E501 - scripts for the browser
from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from programme.report import _factory
from xiancheng.city.classes import Catalogue
from xiancheng.programme.report import html

pytestmark = pytest.mark.browser

CHROMIUM = os.environ.get("XIANCHENG_CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
HOSTILE = "</script><script>window.hacked=1</script><img src=x onerror=window.hacked=1><svg onload=window.hacked=1>"

CONTRAST = """() => {
  const channel = c => { c /= 255; return c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4; };
  const light = ([r, g, b]) => 0.2126 * channel(r) + 0.7152 * channel(g) + 0.0722 * channel(b);
  const rgba = text => { const m = text.match(/[\\d.]+/g).map(Number); return m.length < 4 ? [...m, 1] : m; };
  const behind = node => {
    for (let n = node; n; n = n.parentElement) { const c = rgba(getComputedStyle(n).backgroundColor); if (c[3] > 0.99) return c; }
    return [255, 255, 255, 1];
  };
  const bad = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const node = walker.currentNode.parentElement;
    if (!walker.currentNode.data.trim() || node.closest('svg, script, style, .vh') || !node.getClientRects().length) continue;
    const style = getComputedStyle(node);
    const a = light(rgba(style.color)), b = light(behind(node));
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (ratio < 4.5) bad.push(ratio.toFixed(2) + ' ' + style.color + ' ' + walker.currentNode.data.trim().slice(0, 30));
  }
  return bad;
}"""

NAMELESS = """() => Array.from(document.querySelectorAll('button, select, input, a[href], [role=tab], [role=region], svg[role=img]'))
  .filter(n => n.checkVisibility({visibilityProperty: true}))
  .filter(n => {
    const by = n.getAttribute('aria-labelledby');
    const label = by ? document.getElementById(by).textContent : n.getAttribute('aria-label') || n.innerText || '';
    return !label.trim();
  }).map(n => n.outerHTML.slice(0, 90))"""


@pytest.fixture(scope="module")
def browser() -> Iterator[object]:
    if CHROMIUM is None:
        pytest.skip("no Chromium")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as tools:
        opened = tools.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"]
        )
        yield opened
        opened.close()


@pytest.fixture(scope="module")
def path(tmp_path_factory, catalogue: Catalogue) -> Path:
    target = tmp_path_factory.mktemp("html") / "report.html"
    layers = html.map_layers(_factory.snapshot(catalogue))
    html.write(_factory.assessment(hostile=HOSTILE), target, language="zh", maps=layers)
    return target


class Opened:
    """A page that remembers what went wrong."""

    def __init__(self, browser, path: Path, width: int = 1440, theme: str = "light", **options) -> None:
        self.context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=theme, **options)
        self.page = self.context.new_page()
        self.trouble: list[str] = []
        self.page.on("console", lambda m: self.trouble.append(m.text) if m.type in {"error", "warning"} else None)
        self.page.on("pageerror", lambda e: self.trouble.append(str(e)))
        self.page.on("request", lambda r: None if r.url.startswith(("file:", "data:")) else self.trouble.append(r.url))
        self.page.goto(path.as_uri())

    def __enter__(self):
        return self.page

    def __exit__(self, *error: object) -> None:
        self.context.close()
        assert self.trouble == []


def test_opens_without_errors_requests_or_injected_scripts(browser, path: Path) -> None:
    with Opened(browser, path) as page:
        page.click("#expand")
        assert page.evaluate("window.hacked") is None
        assert page.locator(".clause.open").count() == 21
        assert page.locator("img").count() == 0


def test_filters(browser, path: Path) -> None:
    with Opened(browser, path) as page:
        page.click(".count[data-status=short]")
        assert page.locator(".clause:visible").count() == 6
        assert page.inner_text("#told") == "显示 6 条，共 21 条"
        page.select_option("#bureau", label="教育局")
        assert page.locator(".clause:visible .id").all_inner_texts() == ["19.1", "19.5", "20.6"]
        page.fill("#search", "托位")
        assert page.locator(".clause:visible .id").all_inner_texts() == ["20.6"]
        page.fill("#search", "nothing like it")
        assert page.is_visible("#empty")
        page.click("#clear")
        assert page.locator(".clause:visible").count() == 21


def test_clause_opens_by_keyboard(browser, path: Path) -> None:
    with Opened(browser, path) as page:
        button = page.locator("#c-24\\.2 button[aria-expanded]")
        button.focus()
        page.keyboard.press("Enter")
        assert button.get_attribute("aria-expanded") == "true"
        assert page.locator("#c-24\\.2-d svg.map").first.is_visible()
        page.keyboard.press("Space")
        assert not page.locator("#c-24\\.2-d").is_visible()
        page.focus("#tab-articles")
        page.keyboard.press("ArrowRight")
        assert page.is_visible("#bureaus")
        assert not page.is_visible("#articles")


def test_links_open_their_clause(browser, path: Path) -> None:
    with Opened(browser, path) as page:
        page.click("#tab-bureaus")
        page.click("#bureaus a[href='#c-20.6'] >> nth=0")
        assert page.is_visible("#c-20\\.6-d")
        page.click(".count[data-status=met]")
        page.click(".strip a[href='#c-24.2']")
        assert page.is_visible("#c-24\\.2-d")


def test_language(browser, path: Path) -> None:
    with Opened(browser, path) as page:
        assert page.get_attribute("html", "lang") == "zh-CN"
        page.click("[data-set-lang=en]")
        assert page.get_attribute("html", "lang") == "en"
        assert page.inner_text("#tab-bureaus") == "By bureau"
        assert page.get_attribute("#search", "aria-label") == "Search clauses, indicators, bureaus"
        assert page.locator("#bureau option").first.inner_text() == "All bureaus"
        page.click("#expand")
        shown = page.evaluate(
            "Array.from(document.querySelectorAll('.zh')).filter(n => n.getClientRects().length).length"
        )
        assert shown == 0
        page.click("[data-set-lang=zh]")
        assert page.inner_text("#tab-bureaus") == "按责任单位"


@pytest.mark.parametrize("width", [320, 390, 768, 1024, 1440])
@pytest.mark.parametrize("language", ["zh", "en"])
def test_nothing_scrolls_sideways(browser, path: Path, width: int, language: str) -> None:
    with Opened(browser, path, width) as page:
        page.click(f"[data-set-lang={language}]")
        page.click("#expand")
        for tab in ("articles", "bureaus", "about"):
            page.click(f"#tab-{tab}")
            assert page.evaluate("document.documentElement.scrollWidth - window.innerWidth") <= 0, tab


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_contrast_and_names(browser, path: Path, theme: str) -> None:
    with Opened(browser, path, theme=theme) as page:
        page.click("#expand")
        page.click(".count[data-status=short]")
        page.click(".count[data-status=no_data]")
        page.click(".count[data-status=met]")
        page.click(".count[data-status=informative]")
        for tab in ("articles", "bureaus", "about"):
            page.click(f"#tab-{tab}")
            assert page.evaluate(CONTRAST) == []
            assert page.evaluate(NAMELESS) == []


def test_theme_switch(browser, path: Path) -> None:
    with Opened(browser, path) as page:
        light = page.evaluate("getComputedStyle(document.body).backgroundColor")
        page.click("[data-set-theme=dark]")
        assert page.evaluate("getComputedStyle(document.body).backgroundColor") != light
        assert page.get_attribute("[data-set-theme=dark]", "aria-pressed") == "true"


def test_a_listed_place_is_shown_on_the_map(browser, path: Path) -> None:
    with Opened(browser, path) as page:
        page.click("#c-17\\.2 button[aria-expanded]")
        page.hover("#c-17\\.2 tr[data-i='1']")
        assert page.locator("#c-17\\.2 circle.hot").count() == 1


def test_print_shows_everything(browser, path: Path) -> None:
    with Opened(browser, path) as page:
        page.emulate_media(media="print")
        assert page.locator(".panel:visible").count() == 21
        assert page.is_visible("#bureaus")
        assert page.is_visible("#about")
        assert not page.is_visible("#bar")


def test_without_javascript_everything_is_open(browser, path: Path) -> None:
    with Opened(browser, path, java_script_enabled=False) as page:
        assert page.locator(".panel:visible").count() == 21
        assert page.is_visible("#about")


def test_opening_a_clause_moves_nothing_above_it(browser, path: Path) -> None:
    where = "(() => { const b = document.getElementById('c-19.1').getBoundingClientRect(); return [b.x, b.y + scrollY]; })()"
    with Opened(browser, path) as page:
        before = page.evaluate(where)
        page.click("#c-19\\.1 button[aria-expanded]")
        assert page.evaluate(where) == before
