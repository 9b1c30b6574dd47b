"""An assessment as JSON: the documented, stable form (``docs/reference/schema.md``, ``schema.json``)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date, datetime
from functools import cache
from importlib.resources import files
from pathlib import PurePath
from typing import Any, cast

import numpy as np

from xiancheng.foundation.text import Text
from xiancheng.programme.assessment import STATUSES, Assessment, ClauseResult, IndicatorResult
from xiancheng.programme.measurement import Measurement
from xiancheng.programme.model import Target

SCHEMA_NAME = "xiancheng.assessment/1"
SHORT_LIMIT = 1000
"""Places that fall short listed for each indicator; ``short_total`` counts all of them."""


def as_dict(assessment: Assessment, *, short_limit: int | None = SHORT_LIMIT) -> dict[str, Any]:
    """Return the documented JSON form of an assessment.

    Parameters
    ----------
    short_limit
        Places that fall short listed for each indicator (``None``: all).
    """
    programme = assessment.programme
    return {
        "schema": SCHEMA_NAME,
        "programme": {
            "id": programme.id,
            "title": programme.title.as_dict(),
            "starts": programme.starts.isoformat(),
            "ends": programme.ends.isoformat(),
            "source": programme.source,
        },
        "county": {
            "name": assessment.county_name.as_dict(),
            "code": assessment.county_code,
            "synthetic": assessment.synthetic,
        },
        "as_of": assessment.as_of.isoformat(),
        "snapshot": assessment.snapshot,
        "snapshot_as_of": assessment.snapshot_as_of.isoformat(),
        "assessed_on": assessment.assessed_on.isoformat(),
        "closed": assessment.closed,
        "followed_until": assessment.followed_until.isoformat() if assessment.followed_until else None,
        "counts": {status: assessment.count(status) for status in STATUSES},
        "population": plain(assessment.population_summary),
        "quality_notes": [note.as_dict() for note in assessment.quality_notes],
        "bureaus": {bureau: title.as_dict() for bureau, title in programme.bureaus.items()},
        "articles": [{"id": a.id, "title": a.title.as_dict()} for a in programme.articles],
        "clauses": [_clause(clause, short_limit) for clause in assessment.clauses],
    }


def measurement_as_dict(measurement: Measurement, *, short_limit: int | None = None) -> dict[str, Any]:
    """Return the documented JSON form of a measurement, of plain JSON types only."""
    return cast("dict[str, Any]", plain(measurement.as_dict(short_limit=short_limit)))


@cache
def schema() -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12): the root describes an assessment, ``$defs/measurement`` a measurement."""
    text = files(__package__).joinpath("schema.json").read_text(encoding="utf-8")
    return cast("dict[str, Any]", json.loads(text))


def plain(value: object) -> Any:  # noqa: ANN401, PLR0911 - what json writes, one line a type
    """Return `value` of JSON types: no tuples, sets, dates, numpy scalars, NaN or infinity."""
    if isinstance(value, np.generic):
        value = value.item()
    if value is None or isinstance(value, bool | str | int):
        return value
    if isinstance(value, float):
        return value if np.isfinite(value) else None
    if isinstance(value, Text):
        return value.as_dict()
    if isinstance(value, Mapping):
        return {str(k): plain(v) for k, v in value.items()}
    if isinstance(value, np.ndarray):
        return [plain(v) for v in value.tolist()]
    if isinstance(value, set | frozenset):
        return sorted((plain(v) for v in value), key=str)
    if isinstance(value, list | tuple):
        return [plain(v) for v in value]
    if isinstance(value, date | datetime):
        return value.isoformat()
    return value.as_posix() if isinstance(value, PurePath) else str(value)


def _clause(result: ClauseResult, short_limit: int | None) -> dict[str, Any]:
    clause = result.clause
    return {
        "id": clause.id,
        "article": clause.article,
        "kind": clause.kind,
        "title": clause.title.as_dict(),
        "text": clause.text.as_dict() if clause.text else None,
        "bureaus": list(clause.bureaus),
        "status": result.status,
        "indicators": [_indicator(indicator, short_limit) for indicator in result.indicators],
    }


def _indicator(result: IndicatorResult, short_limit: int | None) -> dict[str, Any]:
    indicator, measurement = result.indicator, result.measurement
    return {
        "id": indicator.id,
        "title": indicator.title.as_dict(),
        "status": result.status,
        "measure": indicator.measure,
        "params": plain(indicator.params),
        "target": _target(indicator.target),
        "value": plain(measurement.value) if measurement else None,
        "unit": measurement.unit if measurement else None,
        "gap": plain(result.gap),
        "missing": [m.as_dict() for m in result.missing],
        "note": indicator.note.as_dict() if indicator.note else None,
        "certainty": indicator.certainty,
        "measurement": measurement_as_dict(measurement, short_limit=short_limit) if measurement else None,
        "since": measurement_as_dict(result.since, short_limit=short_limit) if result.since else None,
        "trend": [
            {"as_of": p.as_of.isoformat(), "value": plain(p.value), "snapshot": p.snapshot} for p in result.trend
        ],
    }


def _target(target: Target | None) -> dict[str, Any] | None:
    if target is None:
        return None
    return {
        "at_least": plain(target.at_least),
        "at_most": plain(target.at_most),
        "by": target.by.isoformat() if target.by else None,
    }
