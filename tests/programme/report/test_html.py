from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest

from programme.report import _factory
from xiancheng.city.classes import Catalogue
from xiancheng.foundation.text import Text
from xiancheng.programme.report import html

HOSTILE = "</script><script>window.hacked=1</script><img src=x onerror=window.hacked=1>\"'&{{7*7}}"


class Page(HTMLParser):
    """Collects tags, and fails on what is not closed."""

    VOID = frozenset(["meta", "link", "input", "br", "img", "path", "circle", "rect", "use", "polyline"])

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag, attrs) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag) -> None:
        assert self.open.pop() == tag


@pytest.fixture(scope="module")
def text(catalogue: Catalogue) -> str:
    return html.as_text(_factory.assessment(), language="zh", maps=html.map_layers(_factory.snapshot(catalogue)))


def test_well_formed_with_unique_ids(text: str) -> None:
    page = Page(text)
    ids = [a["id"] for _, a in page.tags if "id" in a]
    assert len(ids) == len(set(ids))
    for _, attributes in page.tags:
        for name in ("aria-controls", "aria-labelledby"):
            if name in attributes:
                assert attributes[name] in ids


def test_asks_nothing_of_the_network(text: str) -> None:
    for _, attributes in Page(text).tags:
        for name in ("src", "href", "action", "poster", "srcset"):
            assert (attributes.get(name) or "#").startswith(("#", "data:"))
    assert not re.search(r"url\(|@import|//[a-z]+\.|fetch\(|XMLHttpRequest|import\(", text.replace("<!doctype", ""))
    assert "default-src &#39;none&#39;" in text


def test_base_is_drawn_once(text: str) -> None:
    assert text.count('<path id="b-road_local"') == 1
    assert text.count('<svg class="map') == 6
    assert text.count('href="#b-road_local"') == 6


def test_everything_is_there(text: str) -> None:
    for part in (
        "300米见绿、500米见园",
        "Green within 300 m, a park within 500 m",
        "61.2%",
        "99.96%",
        "61,234",
        "合成数据",
        "synthetic data",
        _factory.HASH,
        "建筑无层数，按1层计",
        "列出前 50 处，共 ",
        "min_area_m2=4000",
        "城管执法局",
    ):
        assert part in text, part


def test_real_data_is_not_called_synthetic() -> None:
    text = html.as_text(_factory.assessment(synthetic=False), language="en")
    assert "合成" not in text
    assert "ynthetic data" not in text


def test_data_is_escaped(catalogue: Catalogue) -> None:
    text = html.as_text(_factory.assessment(hostile=HOSTILE), language="en")
    page = Page(text)
    assert [t for t, _ in page.tags].count("script") == 2
    assert "img" not in [t for t, _ in page.tags]
    assert not [a for _, attributes in page.tags for a in attributes if a.startswith("on")]
    assert "{{7*7}}" in text


def test_a_hostile_township_name_on_the_map(catalogue: Catalogue) -> None:
    layers = html.map_layers(_factory.snapshot(catalogue, buildings=100))
    labels = np.full(9, HOSTILE, dtype=object)
    layers["area"] = replace(layers["area"], labels=labels)
    page = Page(html.as_text(_factory.assessment(big=5), language="zh", maps=layers))
    assert "img" not in [t for t, _ in page.tags]


@pytest.mark.parametrize("language", ["zh", "en"])
def test_opens_in_the_language_asked_for(language: str, tmp_path: Path) -> None:
    html.write(_factory.assessment(big=3), tmp_path / "报告.html", language=language)
    text = (tmp_path / "报告.html").read_text(encoding="utf-8")
    assert f'<html lang="{"en" if language == "en" else "zh-CN"}" data-lang="{language}">' in text


def test_a_large_county_stays_small(catalogue: Catalogue) -> None:
    made = _factory.assessment(big=60_000)
    indicator = made.clauses[-2].indicators[0]
    many = tuple(replace(indicator, indicator=replace(indicator.indicator, id=f"i{n}")) for n in range(30))
    clauses = (*made.clauses[:-2], replace(made.clauses[-2], indicators=many), made.clauses[-1])
    layers = html.map_layers(_factory.snapshot(catalogue, buildings=30_000))
    assert len(html.as_text(replace(made, clauses=clauses), language="zh", maps=layers).encode()) < 3_000_000


def test_same_assessment_same_text() -> None:
    assert html.as_text(_factory.assessment(big=9), language="zh") == html.as_text(
        _factory.assessment(big=9), language="zh"
    )


def test_unusual_assessments() -> None:
    made = _factory.assessment(big=0)
    Page(html.as_text(replace(made, clauses=()), language="zh"))
    clause = made.clauses[0]
    odd = replace(clause, clause=replace(clause.clause, id='1.<b>"条', bureaus=("nobody",)), indicators=())
    page = Page(html.as_text(replace(made, clauses=(odd,), quality_notes=(Text("x", "x"),)), language="en"))
    assert ("article", "c-1._3c_b_3e__22__6761_") in [(t, a.get("id")) for t, a in page.tags]
    assert "\udcff" not in html.as_text(made, language="zh")


def test_broken_text_does_not_stop_the_report(tmp_path: Path) -> None:
    html.write(_factory.assessment(big=3, hostile="\udcff\x00"), tmp_path / "a.html", language="zh")
    assert (tmp_path / "a.html").stat().st_size > 10_000
