"""A programme against the city model: every indicator's figure, its target, its gap, and how it moved."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any

from xiancheng.city.snapshot import Snapshot
from xiancheng.foundation.errors import UnknownNameError, XianchengError
from xiancheng.foundation.progress import Progress, Silent
from xiancheng.foundation.text import Text
from xiancheng.programme.assessment import Assessment, ClauseResult, IndicatorResult, Status, TrendPoint
from xiancheng.programme.measurement import Measurement
from xiancheng.programme.model import Clause, Indicator, Programme
from xiancheng.programme.registry import run_measure

Compute = Callable[[Snapshot, str, Mapping[str, Any]], Measurement]
"""How a figure is had: a snapshot, a measure's name and its parameters → the measurement."""


def assess(
    snapshots: Sequence[Snapshot],
    programme: Programme,
    *,
    as_of: date | None = None,
    today: date,
    clause: str | None = None,
    progress: Progress | None = None,
    compute: Compute = run_measure,
) -> Assessment:
    """Assess a programme.

    Parameters
    ----------
    snapshots
        Every published snapshot, in any order; all of them make the trend.
    as_of
        Date of the figures. By default the last day of the programme if its term is over on `today`, else `today`. The
        figures come from the latest snapshot on or before it.
    today
        The day of the assessment.
    clause
        Only this clause (``24.2``), or only this article (``24``).
    compute
        How a figure is had; another one than :func:`run_measure` may look up what was computed before.

    Returns
    -------
    Assessment
        Of a closed programme assessed as of a day of its term, `since` holds the figures of the newest later snapshot.

    Raises
    ------
    XianchengError
        If no snapshot is as old as the date.
    UnknownNameError
        If there is no such clause.
    """
    told = progress or Silent()
    ordered = sorted(snapshots, key=lambda s: s.as_of)
    closed = programme.closed_on(today)
    on = as_of or (programme.ends if closed else today)
    base = _snapshot_on(ordered, on)
    newest = ordered[-1]
    later = newest if closed and on <= programme.ends and newest.as_of > max(on, base.as_of) else None
    chosen = _clauses(programme, clause)
    told.step(Text("评估", "assessing"), sum(len(c.indicators) for c in chosen))
    results = tuple(_clause(c, ordered, base, later, told, compute) for c in chosen)
    return Assessment(
        programme=programme,
        county_name=base.county.name,
        county_code=base.county.code,
        synthetic=base.county.synthetic,
        as_of=on,
        snapshot=base.hash,
        snapshot_as_of=base.as_of,
        assessed_on=today,
        closed=closed,
        followed_until=later.as_of if later else None,
        clauses=results,
        population_summary=dict(base.population.summary),
        quality_notes=_quality_notes(base, on),
    )


def _snapshot_on(ordered: list[Snapshot], on: date) -> Snapshot:
    """Return the latest snapshot on or before a date."""
    fitting = [s for s in ordered if s.as_of <= on]
    if not fitting:
        dates = ", ".join(s.as_of.isoformat() for s in ordered)
        raise XianchengError(
            Text(f"没有 {on} 或更早的快照", f"there is no snapshot of {on} or earlier"),
            Text(
                f"已发布：{dates or '无'}。用 xiancheng publish --as-of {on} 发布一个",
                f"published: {dates or 'none'}. Publish one with xiancheng publish --as-of {on}",
            ),
        )
    return fitting[-1]


def _clauses(programme: Programme, wanted: str | None) -> tuple[Clause, ...]:
    if wanted is None:
        return programme.clauses
    found = tuple(c for c in programme.clauses if wanted in {c.id, c.article})
    if not found:
        known = [c.id for c in programme.clauses] + [a.id for a in programme.articles]
        raise UnknownNameError(Text("条款", "clause"), wanted, known)
    return found


def _clause(
    clause: Clause,
    ordered: list[Snapshot],
    base: Snapshot,
    later: Snapshot | None,
    progress: Progress,
    compute: Compute,
) -> ClauseResult:
    results = []
    for indicator in clause.indicators:
        results.append(_indicator(indicator, ordered, base, later, compute))
        progress.advance()
    return ClauseResult(clause, clause_status([r.status for r in results]), tuple(results))


def clause_status(statuses: Sequence[Status]) -> Status:
    """Return a clause's status: short if any indicator is; met if one is and none is short; then no target; no data.

    Indicators without data do not hide that another falls short, nor does one that is met vanish behind them.
    """
    for status in ("short", "met", "informative"):
        if status in statuses:
            return status
    return "no_data"


def _indicator(
    indicator: Indicator, ordered: list[Snapshot], base: Snapshot, later: Snapshot | None, compute: Compute
) -> IndicatorResult:
    if indicator.measure is None:
        missing = (indicator.later,) if indicator.later is not None else ()
        return IndicatorResult(indicator, None, "no_data", None, missing)
    figures = {id(s): compute(s, indicator.measure, indicator.params) for s in ordered}
    measurement = figures[id(base)]
    status, gap = status_of(indicator, measurement)
    return IndicatorResult(
        indicator,
        measurement,
        status,
        gap,
        measurement.missing,
        figures[id(later)] if later is not None else None,
        tuple(TrendPoint(s.as_of, figures[id(s)].value, s.hash) for s in ordered),
    )


def status_of(indicator: Indicator, measurement: Measurement) -> tuple[Status, float | None]:
    """Return an indicator's status by its figure, and how far it is from the target (None if that is not known)."""
    if measurement.value is None:
        return "no_data", None
    if indicator.target is None:
        return "informative", None
    if indicator.target.reached(measurement.value):
        return "met", 0.0
    return "short", indicator.target.gap(measurement.value)


def _quality_notes(base: Snapshot, on: date) -> tuple[Text, ...]:
    notes = []
    if base.as_of < on:
        notes.append(
            Text(
                f"没有 {on} 的快照，数值取自最近一个更早的快照（{base.as_of}）",
                f"there is no snapshot of {on}: the figures are of the latest earlier one ({base.as_of})",
            )
        )
    if base.population.method == "none":
        notes.append(
            Text(
                "没有人口分布数据，涉及居民的指标无数据",
                "where residents live is not known: figures on them have no data",
            )
        )
    return tuple(notes)
