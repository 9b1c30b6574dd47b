from __future__ import annotations

import io

import pytest
from rich.console import Console

from programme.report import _factory
from xiancheng.foundation.errors import UnknownNameError
from xiancheng.programme.report import terminal


def printed(width: int = 160, **options) -> str:
    out = io.StringIO()
    console = Console(file=out, width=width, highlight=False)
    terminal.render(_factory.assessment(hostile=options.pop("hostile", None)), console, **options)
    return out.getvalue()


def test_table_is_legible_without_colour() -> None:
    text = printed(language="zh")
    row = next(line for line in text.splitlines() if "24.2" in line)
    for part in ("✗ 未达标", "300米见绿、500米见园", "61.2%", "≥ 100%", "38.8 个百分点", "↑", "城管执法局、林草局"):
        assert part in row
    assert "【合成数据】" in text
    assert "蓝绿空间（第24条）" in text
    assert "共 21 条：✓ 已达标 2  ✗ 未达标 6  ○ 仅供参考 3  · 无数据 10" in text


def test_english_has_no_chinese_words_of_ours() -> None:
    text = printed(language="en")
    assert not [c for c in text if "\u4e00" <= c <= "\u9fff"]
    assert "99.96%" not in text
    assert "Blue and green (article 24)" in text


@pytest.mark.parametrize("width", [60, 80, 100, 200])
def test_no_line_is_wider_than_the_console(width: int) -> None:
    from rich.cells import cell_len

    assert max(cell_len(line) for line in printed(width, language="zh").splitlines()) <= width


def test_one_clause_in_full() -> None:
    text = printed(language="en", clause="24.2")
    for part in (
        "61,234",
        "100,056",
        "buildings without floors, taken as one floor, 312 buildings",
        "萨拉齐镇",
        "2,400 places fall short, the first 10",
        "min_area_m2=4000",
        "since (2026-06-30) 65.5%",
        "99.96%",
        "ambiguity:",
        "secondary:",
        _factory.HASH,
    ):
        assert part in text, part


def test_missing_is_told() -> None:
    assert "needs data on readings of meters" in printed(language="en", clause="17.7")


def test_unknown_clause_suggests() -> None:
    with pytest.raises(UnknownNameError) as error:
        printed(clause="24.22")
    assert "24.2" in str(error.value)


def test_markup_in_data_is_not_interpreted() -> None:
    assert "[red]x[/red]" in printed(300, language="en", clause="24.2", hostile="[red]x[/red]")
    printed(language="en", clause="24.2", hostile="[/]")


def test_measurement() -> None:
    out = io.StringIO()
    park = _factory.assessment().clauses[-2].indicators[0].measurement
    assert park is not None
    terminal.render_measurement(park, Console(file=out, width=120), "en")
    assert "access.residents_within  61.2%" in out.getvalue()
    empty = _factory.measurement("a.b", None, "share", park.definition, missing=(park.definition,))
    terminal.render_measurement(empty, Console(file=out, width=120), "zh")
    assert "无数据" in out.getvalue()
