"""What a scenario moves, in the form of the API."""

from __future__ import annotations

import json
from typing import Any

import shapely

from xiancheng.foundation.text import Text
from xiancheng.programme.measurement import Measurement
from xiancheng.programme.report.figures import gap_text, target_text, value_text
from xiancheng.programme.views.residents import BANDS
from xiancheng.programme.whatif.compare import Gain, Moved, WhatIf, gain_places
from xiancheng.programme.whatif.prepared import Prepared
from xiancheng.programme.whatif.tables import Resolved, State, metric_area
from xiancheng.site.policy.subject import Subject

PLACES = 5_000
"""Buildings that gain or lose, drawn for one indicator at most; the figures count all."""


def whatif_out(ready: Prepared, found: WhatIf, subject: Subject) -> dict[str, Any]:
    """Return an answer as :class:`~xiancheng.site.access.schemas.WhatIfOut`."""
    titles = {c.id: c.title.as_dict() for c in ready.programme.clauses}
    return {
        "on": ready.city.as_of,
        "snapshot": ready.city.hash,
        "steps": [_step_out(ready, step) for step in found.steps],
        "moved": [_moved_out(ready, m, subject) for m in found.moved],
        "clauses": [
            {"clause": c.clause_id, "title": titles[c.clause_id], "before": c.before, "after": c.after}
            for c in found.clauses
        ],
        "pending": list(found.pending),
        "computed_ms": round(found.seconds * 1000, 1),
    }


def _step_out(ready: Prepared, step: Resolved) -> dict[str, Any]:
    edit = step.edit
    shown = step.after or step.before
    name = shown.attributes.get("name") if shown is not None else None
    return {
        "op": edit.operation,
        "feature_class": edit.feature_class,
        "class_title": ready.city.catalogue[edit.feature_class].title.as_dict(),
        "id": edit.object_id,
        "name": name,
        "area_before": metric_area(ready.city, step.before),
        "area_after": metric_area(ready.city, step.after),
        "before": _geometry_out(step.before),
        "after": _geometry_out(step.after),
    }


def _geometry_out(state: State | None) -> dict[str, Any] | None:
    if state is None or state.geometry is None:
        return None
    found: dict[str, Any] = json.loads(shapely.to_geojson(state.geometry))
    return found


def _moved_out(ready: Prepared, moved: Moved, subject: Subject) -> dict[str, Any]:
    entry, base, after = moved.entry, moved.entry.base, moved.after
    target = entry.indicator.target
    return {
        "key": entry.key,
        "clause": entry.clause.id,
        "clause_title": entry.clause.title.as_dict(),
        "indicator": entry.indicator.id,
        "title": entry.indicator.title.as_dict(),
        "definition": (after if after.definition.zh else base).definition.as_dict(),
        "note": entry.indicator.note.as_dict() if entry.indicator.note is not None else None,
        "unit": base.unit,
        "moves": moved.moves,
        "before": _figure_out(base, moved.status_before),
        "after": _figure_out(after, moved.status_after),
        "difference": moved.difference,
        "words": _words_out(moved),
        "gap": moved.gap_after,
        "target": None if target is None else {"at_least": target.at_least, "at_most": target.at_most, "by": target.by},
        "by_area": _areas_out(base, after),
        "gain": _gain_out(ready, moved.gain, subject) if moved.gain is not None and len(moved.gain.rows) else None,
        "missing": [m.as_dict() for m in after.missing],
    }


def _words_out(moved: Moved) -> dict[str, Any]:
    unit, before, after = moved.entry.base.unit, moved.entry.base.value, moved.after.value
    change = moved.difference
    size = gap_text(None if change is None else abs(change), unit)
    sign = "" if not change or not moved.moves else "+" if change > 0 else "−"
    first, second = (
        _told_apart(before, after, unit) if moved.moves else (value_text(before, unit), value_text(after, unit))
    )
    return {
        "before": first.as_dict(),
        "after": second.as_dict(),
        "difference": {"zh": sign + size.zh, "en": sign + size.en},
        "target": target_text(moved.entry.indicator.target, unit).as_dict(),
    }


def _told_apart(before: float | None, after: float | None, unit: str) -> tuple[Text, Text]:
    """Write two figures with as many decimals as it takes to see that they differ."""
    texts = value_text(before, unit), value_text(after, unit)
    if before is None or after is None or texts[0] != texts[1]:
        return texts
    percent = unit == "share"
    scale, sign = (100.0, "%") if percent else (1.0, "")
    for decimals in range(1, 7):
        one, other = f"{scale * before:,.{decimals}f}", f"{scale * after:,.{decimals}f}"
        if one != other:
            return (Text(one + sign, one + sign), Text(other + sign, other + sign))
    return texts


def _figure_out(figure: Measurement, status: str) -> dict[str, Any]:
    return {
        "value": figure.value,
        "numerator": figure.numerator,
        "denominator": figure.denominator,
        "status": status,
    }


def _areas_out(base: Measurement, after: Measurement) -> list[dict[str, Any]]:
    """Return the townships whose figure changes."""
    before = {a.code: a.value for a in base.by_area}
    return [
        {"code": a.code, "name": a.name, "before": before.get(a.code), "after": a.value}
        for a in after.by_area
        if before.get(a.code) != a.value
    ]


def _gain_out(ready: Prepared, gain: Gain, subject: Subject) -> dict[str, Any]:
    out: dict[str, Any] = {
        "gained": gain.gained,
        "lost": gain.lost,
        "by_age": [
            {"band": band, "title": BANDS[band].as_dict(), "gained": up, "lost": down}
            for band, (up, down) in gain.by_age.items()
        ],
        "by_area": [{"code": c, "name": n, "gained": up, "lost": down} for c, n, up, down in gain.by_area],
        "places": len(gain.rows),
        "ids": [],
        "lon": [],
        "lat": [],
        "change": [],
    }
    if subject.may_see(ready.city.base.population.feature_class):
        ids, lon, lat, change = gain_places(ready, gain, PLACES)
        out |= {"ids": ids, "lon": lon.round(6), "lat": lat.round(6), "change": change.round(2)}
    return out
