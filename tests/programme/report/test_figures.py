from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from programme.report import _factory
from xiancheng.foundation.text import Text
from xiancheng.programme.assessment import IndicatorResult, TrendPoint
from xiancheng.programme.model import Indicator, Target
from xiancheng.programme.report import figures


@pytest.mark.parametrize(
    ("value", "unit", "zh", "en"),
    [
        (0.612, "share", "61.2%", "61.2%"),
        (1.0, "share", "100.0%", "100.0%"),
        (512.0, "m", "512 m", "512 m"),
        (4.5, "per_1000", "4.5/千人", "4.5 per 1,000"),
        (12_345.0, "count", "12,345个", "12,345"),
        (1.84, "km/km2", "1.84 km/km²", "1.84 km/km²"),
        (14.25, "m2/person", "14.2 m²/人", "14.2 m²/person"),
        (0.0, "m", "0 m", "0 m"),
        (3.0, "kg/m3", "3 kg/m³", "3 kg/m³"),
        (None, "share", "—", "—"),
        (float("nan"), "m", "—", "—"),
    ],
)
def test_values(value: float | None, unit: str, zh: str, en: str) -> None:
    assert figures.value_text(value, unit) == Text(zh, en)


def test_a_missed_target_never_reads_as_reached() -> None:
    assert figures.value_text(0.99962, "share", against=1.0).en == "99.96%"
    assert figures.value_text(0.9999996, "share", against=1.0).en == "99.99996%"
    assert figures.value_text(4.4996, "per_1000", against=4.5).en == "4.4996 per 1,000"
    assert figures.value_text(500.4, "m", against=500.0).en == "500.4 m"
    assert figures.gap_text(0.00038, "share").en == "0.038 pp"


@given(st.floats(0, 0.99999), st.sampled_from([0.55, 0.95, 1.0]))
def test_share_differs_from_its_target_as_written(value: float, target: float) -> None:
    written = figures.value_text(value, "share", against=target).en
    assert abs(value - target) < 1e-6 or float(written.rstrip("%")) != 100 * target


@pytest.mark.parametrize(
    ("target", "unit", "en"),
    [
        (Target(at_least=0.95), "share", "≥ 95%"),
        (Target(at_most=300), "m", "≤ 300 m"),
        (Target(at_least=0.8, at_most=0.95), "share", "80%–95%"),
        (Target(at_least=1, at_most=1), "count", "1"),
        (Target(at_least=4.5), "per_1000", "≥ 4.5 per 1,000"),
        (Target(), "m", "—"),
        (None, "m", "—"),
    ],
)
def test_targets(target: Target | None, unit: str, en: str) -> None:
    assert figures.target_text(target, unit).en == en


def trended(values: list[float | None], target: Target | None) -> IndicatorResult:
    points = tuple(TrendPoint(date(2020 + i, 1, 1), v, "") for i, v in enumerate(values))
    return IndicatorResult(Indicator("a", Text("", ""), None, target=target), None, "no_data", None, trend=points)


@pytest.mark.parametrize(
    ("values", "target", "arrow", "better"),
    [
        ([0.5, 0.6], Target(at_least=1), "↑", True),
        ([0.6, None, 0.5], Target(at_least=1), "↓", False),
        ([655, 642], Target(at_most=500), "↓", True),
        ([300, 250], Target(at_most=500), "↓", True),
        ([0.5, 0.5], Target(at_least=1), "→", None),
        ([1, 2], None, "↑", None),
    ],
)
def test_trend(values: list[float | None], target: Target | None, arrow: str, better: bool | None) -> None:
    change = figures.change_of(trended(values, target))
    assert change is not None
    assert (change.arrow, change.better) == (arrow, better)


def test_no_trend_from_one_figure() -> None:
    assert figures.change_of(trended([None, 1.0], None)) is None


def test_headline_is_the_furthest_missed_target() -> None:
    clause = next(c for c in _factory.assessment().clauses if c.clause.id == "24.2")
    found = figures.headline(clause)
    assert found is not None
    assert found.indicator.id == "park-500m"


def test_population_summary_is_told() -> None:
    from xiancheng.programme.report.people import population_notes, population_rows

    summary = _factory.assessment().population_summary
    rows = {k.en: v.en for k, v in population_rows(summary)}
    assert rows["residents not located"] == "944"
    assert rows["how residents were located"] == "census totals distributed by residential floor area"
    assert (
        rows["where floor areas come from (buildings)"]
        == "registered 1,200, footprint × floors 2,744, floors assumed 312"
    )
    assert [n.en for n in population_notes(summary)] == ["some buildings have no floors"]
    assert population_rows({"odd": {"a": []}, "b": True, "c": None, "d": [1, 2]}) == [
        (Text("b", "b"), Text("是", "yes")),
        (Text("d", "d"), Text("1、2", "1, 2")),
    ]
