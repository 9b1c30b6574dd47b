"""Evaluation against counting row by row, and a small table counted by hand."""

from __future__ import annotations

import copy
import json
import tomllib
from datetime import date, datetime, timedelta

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from operations.evaluation.tables import Row, labels, oracle, random_table
from xiancheng.foundation.errors import ConfigError
from xiancheng.foundation.resources import data_folder
from xiancheng.operations.evaluation import compute
from xiancheng.operations.evaluation.columns import TABLES, ColumnError, columns_of, from_arrow
from xiancheng.operations.evaluation.compute import evaluate
from xiancheng.operations.evaluation.conditions import repeated
from xiancheng.operations.evaluation.period import Period, instant, month, week, year
from xiancheng.operations.evaluation.rules import load_rules, read_rules
from xiancheng.operations.terms import BEIJING

RAW = tomllib.loads((data_folder("catalogues") / "operations" / "evaluation.toml").read_text(encoding="utf-8"))
RULES = load_rules()


def at(text):
    return np.datetime64(instant(datetime.fromisoformat(text).replace(tzinfo=BEIJING)))


def cases(*rows):
    """A table of cases from rows that say only what matters; times in Beijing."""
    empty = {"code": -1, "time": np.datetime64("NaT", "us"), "flag": False, "count": 0, "seconds": -1}
    kinds = TABLES["cases"]
    full = {name: [] for name in kinds}
    for row in rows:
        for name, kind in kinds.items():
            value = row.get(name, empty[kind])
            full[name].append(at(value) if isinstance(value, str) else value)
    return columns_of(
        "cases", {n: np.array(v, dtype="M8[us]" if kinds[n] == "time" else None) for n, v in full.items()}
    )


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 10**6), rows=st.integers(0, 60), hours=st.none() | st.integers(0, 900))
def test_every_figure_of_every_group_against_counting_row_by_row(seed, rows, hours):
    as_of = None if hours is None else datetime(2026, 3, 1, tzinfo=BEIJING) + timedelta(hours=hours)
    period = month(2026, 3, as_of)
    tables = {name: random_table(name, rows, seed + i) for i, name in enumerate(TABLES)}
    names = labels(RULES)
    found = evaluate(tables, period, RULES, names)
    lines = {name: [Row(columns, i) for i in range(columns.size)] for name, columns in tables.items()}
    for name, raw in RAW["figures"].items():
        for level in raw["levels"]:
            rule = {**raw, "column": RAW["levels"][level]["column"]}
            expected = oracle(rule, lines[raw["table"]], period, RAW["repetition_days"])
            if "hit" in raw and raw["hit"] == "repeated":
                continue  # ties at the same second; see the tests of repetition
            for code in range(-1, len(names[level])):
                above, below, excluded = expected.get(code, [0, 0, {}])
                figure = found.levels[level].figure(name, names[level][code] if code >= 0 else None)
                assert figure.numerator == pytest.approx(above), (name, level)
                assert figure.denominator == below
                assert {k: v for k, v in figure.excluded.items() if v} == excluded
                assert figure.value is None or figure.rule.kind != "rate" or 0 <= figure.value <= 1
            total = found.levels[level].total(name)
            assert total.denominator == sum(v[1] for v in expected.values())


@pytest.mark.parametrize("constant", ["MOST_BITS", "MOST_CELLS"])
def test_both_ways_of_counting_are_one(monkeypatch, constant):
    tables = {name: random_table(name, 500, i) for i, name in enumerate(TABLES)}
    usual = evaluate(tables, month(2026, 3), RULES, labels(RULES)).as_dict()
    monkeypatch.setattr(compute, constant, 0)
    assert evaluate(tables, month(2026, 3), RULES, labels(RULES)).as_dict() == usual


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10**6), days=st.integers(0, 9), few=st.booleans())
def test_repetition_against_all_pairs(seed, days, few):
    rng = np.random.default_rng(seed)
    n = 40
    table = random_table("cases", n, seed)
    times = np.datetime64("2026-02-20", "us") + rng.permutation(60 * 24)[:n] * np.timedelta64(1, "h")
    arrays = dict(table.arrays) | {"reported_at": times}
    if few:
        arrays["place"] = rng.integers(-1, 2**31 - 1, n)[rng.integers(0, 4, n)].astype(np.int32)
        arrays["category"] = rng.integers(2**31 - 5, 2**31 - 1, n).astype(np.int32)
    table, period = columns_of("cases", arrays), month(2026, 3)
    found = repeated(table, period, days)
    rows = [Row(table, i) for i in range(n)]
    for i, r in enumerate(rows):
        if not (period.begin <= times[i] < period.end):
            continue
        expected = any(
            o.place == r.place >= 0 and o.category == r.category >= 0
            and timedelta() < r.reported_at - o.reported_at <= timedelta(days=days)
            for o in rows
        )  # fmt: skip
        assert found[i] == expected


def test_counted_by_hand():
    table = cases(
        # Handled in time, with two areas and one department.
        {"area": 0, "department": 0, "reported_at": "2026-03-02 09:00", "filed_at": "2026-03-02 09:20",
         "handle_due": "2026-03-02 11:20", "handled_at": "2026-03-02 11:20", "handle_seconds": 7200},
        # One second too late.
        {"area": 0, "department": 0, "reported_at": "2026-03-03 09:00", "filed_at": "2026-03-03 09:20",
         "handle_due": "2026-03-03 11:20", "handled_at": "2026-03-03 11:20:01", "handle_seconds": 7201, "reworks": 1},
        # Not handled.
        {"area": 1, "department": 0, "reported_at": "2026-03-04 09:00", "filed_at": "2026-03-04 09:20",
         "handle_due": "2026-03-31 23:59:59"},
        # Due in the next month.
        {"area": 1, "department": 0, "reported_at": "2026-03-31 23:59:59", "filed_at": "2026-04-01 00:00:01",
         "handle_due": "2026-04-01 00:00"},
        # Suspended still.
        {"area": 1, "department": 0, "reported_at": "2026-03-05 09:00", "filed_at": "2026-03-05 09:20",
         "handle_due": "2026-03-06 09:20", "suspended_at": "2026-03-05 10:00", "extended_at": "2026-03-05 09:40"},
        # Extended, once suspended.
        {"area": 1, "department": 1, "reported_at": "2026-03-06 09:00", "filed_at": "2026-03-06 09:20",
         "handle_due": "2026-03-10 09:20", "handled_at": "2026-03-09 09:00", "extended_at": "2026-03-06 10:00",
         "suspended_at": "2026-03-06 10:00", "resumed_at": "2026-03-07 10:00"},
        # Not accepted.
        {"area": 0, "reported_at": "2026-03-07 09:00", "refused_at": "2026-03-07 09:30"},
        # Of no area.
        {"reported_at": "2026-03-08 09:00"},
    )  # fmt: skip
    names = {"area": ["萨拉齐镇", "沟门镇"], "department": ["城管局", "住建局", "水务局"]}
    found = evaluate({"cases": table}, month(2026, 3), RULES, names)

    def told(level, label, name):
        f = found.levels[level].figure(name, label)
        return f.numerator, f.denominator, {k: v for k, v in f.excluded.items() if v}

    assert told("area", "萨拉齐镇", "filing_rate") == (2, 2, {"not_accepted": 1})
    # The fourth case was filed a second after the period.
    assert told("area", "沟门镇", "filing_rate") == (3, 4, {})
    assert told("area", None, "filing_rate") == (0, 1, {})
    assert told("department", "城管局", "handling_rate") == (2, 3, {"suspended": 1})
    assert told("department", "城管局", "on_time_handling_rate") == (1, 3, {"suspended": 1})
    assert told("department", "住建局", "handling_rate") == (0, 0, {"extended": 1})
    assert found.levels["department"].figure("handling_rate", "住建局").value is None
    assert told("department", "城管局", "overdue") == (1, 1, {"suspended": 1})
    assert told("department", "城管局", "rework_rate") == (1, 2, {})
    mean = found.levels["department"].figure("mean_handling_hours", "城管局")
    assert mean.value == pytest.approx(14401 / 2 / 3600)
    assert told("department", "住建局", "mean_handling_hours")[1:] == (0, {"unknown": 1})
    assert found.levels["area"].total("reported").denominator == 8
    assert "return_rate" not in found.levels["department"].figures
    later = evaluate({"cases": table}, month(2026, 3, datetime(2026, 4, 2, tzinfo=BEIJING)), RULES, names)
    assert later.levels["area"].figure("filing_rate", "沟门镇").numerator == 4


def test_the_score_of_departments_by_hand():
    table = cases(
        {"department": 0, "handle_due": "2026-03-02 11:00", "handled_at": "2026-03-02 10:00"},
        {"department": 0, "handle_due": "2026-03-02 11:00", "handled_at": "2026-03-02 12:00", "reworks": 1},
        {"department": 1, "handle_due": "2026-03-02 11:00"},
        {"department": 2, "handle_due": "2026-03-02 11:00", "suspended_at": "2026-03-02 10:00"},
    )
    found = evaluate({"cases": table}, month(2026, 3), RULES, {"area": [], "department": ["a", "b", "c"]})
    scores = found.scores["department"]
    # Weights 0.3, 0.4, 0.15 of what is known: returns are not.
    assert scores["a"].value == pytest.approx(100 * (0.3 * 1 + 0.4 * 0.5 + 0.15 * 0.5) / 0.85)
    assert scores["b"].value == 0
    assert scores["c"].value is None
    assert [scores[k].rank for k in "abc"] == [1, 2, None]


def test_the_three_rates_by_hand():
    day = np.datetime64("2026-03-10", "us")
    n = 6
    arrays = {name: np.full(n, {"code": 0, "time": np.datetime64("NaT", "us"), "flag": False}[kind])
              for name, kind in TABLES["tickets"].items()}  # fmt: skip
    arrays["area"] = arrays["department"] = np.zeros(n, int)
    arrays["contact_due"] = np.full(n, day)
    arrays["contacted_at"] = np.array([day, day, day, day + 1, np.datetime64("NaT"), day], "M8[us]")
    arrays["called_back_at"] = np.full(n, day)
    arrays["refused_at"] = np.array([*["NaT"] * 5, "2026-03-09"], "M8[us]")
    arrays["reached"] = np.array([True, True, True, True, False, True])
    arrays["request"] = np.array([True, True, True, False, True, True])
    arrays["solved"] = np.array([True, True, False, False, True, True])
    arrays["satisfied"] = np.array([True, False, False, True, True, True])
    found = evaluate({"tickets": columns_of("tickets", arrays)}, month(2026, 3), RULES, {"hotline": ["城管局"]})
    level = found.levels["hotline"]
    rates = {n: level.figure(n, "城管局") for n in ("response_rate", "solution_rate", "satisfaction_rate")}
    assert [(f.numerator, f.denominator) for f in rates.values()] == [(3, 5), (2, 3), (2, 4)]
    assert rates["solution_rate"].excluded == {"not_accepted": 1, "not_a_request": 1, "unreachable": 1}
    assert found.scores["hotline"]["城管局"].value == pytest.approx(100 * (0.3 * 3 / 5 + 0.35 * 2 / 3 + 0.35 * 2 / 4))


def test_periods():
    march = month(2026, 3)
    assert (march.first, march.last) == (date(2026, 3, 1), date(2026, 3, 31))
    assert march.begin == np.datetime64("2026-02-28T16:00", "us")
    assert march.end == march.known == np.datetime64("2026-03-31T16:00", "us")
    assert week(date(2026, 3, 1)) == Period(date(2026, 2, 23), date(2026, 3, 1))
    assert year(2024).last == date(2024, 12, 31)
    assert "2026年3月1日至2026年3月31日" in march.title().zh
    for wrong in ((date(2026, 3, 2), date(2026, 3, 1)), (date(2026, 3, 1), date(2026, 3, 2), datetime(2026, 3, 3))):  # noqa: DTZ001
        with pytest.raises(ValueError, match="2026"):
            Period(*wrong)


def test_months_add_up_to_a_year():
    """Counts over the months of a year are those of the year, all seen from the same instant."""
    table = random_table("cases", 800, 5, "2025-12-01", 420)
    as_of = datetime(2027, 6, 1, tzinfo=BEIJING)
    names = labels(RULES)
    months = [evaluate({"cases": table}, month(2026, m, as_of), RULES, names) for m in range(1, 13)]
    whole = evaluate({"cases": table}, year(2026, as_of), RULES, names)
    for name in whole.levels["area"].figures:
        parts = [m.levels["area"].total(name) for m in months]
        assert sum(p.denominator for p in parts) == whole.levels["area"].total(name).denominator
        assert sum(p.numerator for p in parts) == pytest.approx(whole.levels["area"].total(name).numerator)


def test_columns_that_do_not_fit():
    arrays = dict(random_table("patrols", 3, 1).arrays)
    with pytest.raises(ColumnError, match="column on is missing"):
        columns_of("patrols", {k: v for k, v in arrays.items() if k != "on"})
    with pytest.raises(ColumnError, match="not of length 3"):
        columns_of("patrols", {**arrays, "covered": np.ones(2, bool)})
    with pytest.raises(ColumnError, match="has to be time"):
        columns_of("patrols", {**arrays, "on": np.ones(3)})
    arrays |= {"on": np.full(3, np.datetime64("2026-03-05", "us")), "inspector": np.array([0, 1, -1])}
    with pytest.raises(ValueError, match="inspector"):
        evaluate({"patrols": columns_of("patrols", arrays)}, month(2026, 3), RULES, {"inspector": ["x"]})


def test_arrow_tables_with_nulls():
    table = pa.table({
        "inspector": pa.array([0, None], pa.int32()),
        "on": pa.array([datetime(2026, 3, 2, tzinfo=BEIJING), None], pa.timestamp("us", "Asia/Shanghai")),
        "covered": pa.array([True, None]),
    })  # fmt: skip
    columns = from_arrow("patrols", table)
    assert columns["inspector"].tolist() == [0, -1]
    assert columns["on"][0] == np.datetime64("2026-03-01T16:00")
    assert np.isnat(columns["on"][1])
    assert columns["covered"].tolist() == [True, False]


def test_json():
    found = evaluate({"cases": random_table("cases", 50, 1)}, month(2026, 3), RULES, labels(RULES))
    told = json.loads(json.dumps(found.as_dict()))
    assert told["period"]["as_of"] == "2026-03-31T16:00:00.000000Z"
    assert set(told["levels"]) == {"area", "department", "inspector", "operator"}
    figure = told["levels"]["area"]["total"]["filing_rate"]
    assert set(figure) == {"numerator", "denominator", "excluded", "value"}


@pytest.mark.parametrize(
    ("part", "name", "keys", "match"),
    [
        ("figures", "filing_rate", {"base": "nothing"}, "no condition 'nothing'"),
        ("figures", "filing_rate", {"hit": "nothing"}, "no condition 'nothing'"),
        ("figures", "filing_rate", {"table": "nothing"}, "no table 'nothing'"),
        ("figures", "filing_rate", {"exclude": ["luck"]}, "no reason 'luck'"),
        ("figures", "filing_rate", {"levels": ["dispatcher"]}, "cannot be grouped by 'dispatcher'"),
        ("figures", "filing_rate", {"colour": 1}, "missing or misspelt"),
        ("figures", "mean_handling_hours", {"value": "area"}, "no mean of 'area'"),
        ("figures", "mean_handling_hours", {"per": 0}, "better or per"),
        ("scores", "hotline", {"weights": {"response_rate": 0.9}}, "do not add up to 1"),
        ("scores", "hotline", {"weights": {"luck": 1.0}}, "has no rate 'luck'"),
        ("scores", "hotline", {"missing": "zero"}, "missing is wrong"),
    ],
)
def test_rules_that_are_wrong(part, name, keys, match):
    raw = copy.deepcopy(RAW)
    raw[part][name].update(keys)
    with pytest.raises(ConfigError, match=match):
        read_rules(raw)


def test_a_county_changes_weights(tmp_path):
    folder = tmp_path / "catalogues" / "operations"
    folder.mkdir(parents=True)
    (folder / "evaluation.toml").write_text(
        "repetition_days = 15\n[scores.hotline.weights]\nresponse_rate = 0.5\nsolution_rate = 0.5\n"
        "[figures.handling_rate]\nexclude = []\n",
        encoding="utf-8",
    )
    own = load_rules(tmp_path)
    assert own.repetition_days == 15
    assert own.scores["hotline"].weights == {"response_rate": 0.5, "solution_rate": 0.5}
    assert own.figures["handling_rate"].exclude == ()
    assert own.figures["handling_rate"].hit == "handled"
