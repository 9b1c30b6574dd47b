"""Which snapshots an assessment takes, and what it says of clauses."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
import shapely

from programme._county import boundaries, county, people, random_county, table
from programme.test_loader import MINIMAL
from xiancheng.city.snapshot import Snapshot
from xiancheng.foundation.errors import UnknownNameError, XianchengError
from xiancheng.programme.assess import assess, clause_status
from xiancheng.programme.loader import load_programme
from xiancheng.programme.model import Programme
from xiancheng.programme.registry import run_measure
from xiancheng.programme.report.json import as_dict, schema

AFTER, DURING = date(2026, 7, 1), date(2024, 7, 1)


def town(on: date, beds: int | None) -> Snapshot:
    """A town of 1,000 people with so many beds."""
    hospital = table("hospital", [shapely.Point(10, 10)], beds=[beds])
    home = people([[5, 5]], [1000])
    return county(boundaries(), hospital, population=home, as_of=on, content_hash=f"sha256:{on}")


YEARS = [town(date(2023, 12, 31), 4), town(date(2025, 6, 30), 5), town(date(2026, 3, 31), 7)]


@pytest.fixture
def plan(tmp_path: Path) -> Programme:
    path = tmp_path / "plan.toml"
    path.write_text(MINIMAL, encoding="utf-8")
    return load_programme(path)


def test_a_closed_programme_is_assessed_as_of_its_last_day_and_followed(plan: Programme) -> None:
    result = assess(list(reversed(YEARS)), plan, today=AFTER)
    assert (result.as_of, result.snapshot_as_of, result.closed) == (date(2025, 12, 31), date(2025, 6, 30), True)
    assert result.followed_until == date(2026, 3, 31)
    (indicator,) = result.clauses[0].indicators
    assert indicator.measurement is not None
    assert indicator.since is not None
    assert (indicator.measurement.value, indicator.since.value) == (5, 7)
    assert (indicator.status, indicator.gap) == ("short", 1)
    assert [(p.as_of, p.value) for p in indicator.trend] == [
        (s.as_of, v) for s, v in zip(YEARS, (4, 5, 7), strict=True)
    ]
    assert "there is no snapshot of 2025-12-31" in result.quality_notes[0].en
    assert result.snapshot == "sha256:2025-06-30"
    assert result.count("short") == 1


def test_an_open_programme_is_assessed_as_of_today(plan: Programme) -> None:
    result = assess(YEARS, plan, today=DURING)
    assert (result.as_of, result.snapshot_as_of, result.closed) == (DURING, date(2023, 12, 31), False)
    assert result.followed_until is None
    assert result.clauses[0].indicators[0].since is None


def test_an_asked_date_wins(plan: Programme) -> None:
    result = assess(YEARS, plan, as_of=date(2024, 1, 1), today=AFTER)
    assert (result.snapshot_as_of, result.followed_until) == (date(2023, 12, 31), date(2026, 3, 31))
    late = assess(YEARS, plan, as_of=date(2026, 6, 1), today=AFTER)
    assert (late.clauses[0].status, late.followed_until) == ("met", None)
    with pytest.raises(XianchengError) as error:
        assess(YEARS, plan, as_of=date(2020, 1, 1), today=AFTER)
    assert "2023-12-31, 2025-06-30, 2026-03-31" in str(error.value)
    with pytest.raises(XianchengError, match="no snapshot"):
        assess([], plan, today=AFTER)


def test_without_beds_there_is_no_data_and_no_gap(plan: Programme) -> None:
    (clause,) = assess([town(date(2025, 6, 30), None)], plan, today=AFTER).clauses
    assert clause.status == "no_data"
    assert clause.indicators[0].gap is None
    assert clause.indicators[0].missing[0].en == "no hospital has a value of beds (hospital.beds)"


@pytest.mark.parametrize(
    ("statuses", "status"),
    [
        (["met", "short", "no_data"], "short"),
        (["met", "no_data"], "met"),
        (["met", "informative"], "met"),
        (["informative", "no_data"], "informative"),
        (["no_data"], "no_data"),
        ([], "no_data"),
    ],
)
def test_the_status_of_a_clause(statuses, status) -> None:
    assert clause_status(statuses) == status


def test_the_whole_programme_on_a_small_county() -> None:
    """Every figure is that of the measure run alone; what comes later has none; the report has its documented form."""
    import jsonschema

    programme = load_programme("baotou-2023")
    city = random_county(1)
    result = assess([city], programme, today=AFTER)
    assert len(result.clauses) == 55
    for clause in result.clauses:
        for i in clause.indicators:
            if i.indicator.measure is None:
                assert (i.status, i.measurement, i.missing) == ("no_data", None, (i.indicator.later,))
            else:
                alone = run_measure(random_county(1), i.indicator.measure, i.indicator.params)
                assert i.measurement is not None
                assert i.measurement.value == alone.value
                assert (i.status == "no_data") == (alone.value is None)
    jsonschema.validate(as_dict(result), schema())


def test_one_clause_or_one_article() -> None:
    programme, city = load_programme("baotou-2023"), random_county(1)
    assert [c.clause.id for c in assess([city], programme, today=AFTER, clause="24.2").clauses] == ["24.2"]
    assert len(assess([city], programme, today=AFTER, clause="24").clauses) == 5
    with pytest.raises(UnknownNameError):
        assess([city], programme, today=AFTER, clause="25.1")


def test_progress_is_told(plan: Programme) -> None:
    class Told:
        total, done = 0, 0

        def step(self, title, total=None) -> None:
            self.total = total

        def advance(self, count=1) -> None:
            self.done += count

    told = Told()
    assess(YEARS, plan, today=AFTER, progress=told)
    assert told.total == told.done == 1
