"""What may be asked about: classes of facilities, what is usual for them, how the programme asks about them."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np

from xiancheng.city.classes import Attribute, Catalogue, FeatureClass
from xiancheng.city.snapshot import FeatureTable
from xiancheng.programme.model import Indicator, Programme
from xiancheng.programme.registry import measure_spec
from xiancheng.programme.views.residents import extent
from xiancheng.programme.views.roads import roads
from xiancheng.programme.whatif.scenario import FIXED
from xiancheng.programme.whatif.traced import Traced
from xiancheng.site.access.coverage import SETTABLE
from xiancheng.site.access.questions import MEASURE
from xiancheng.site.policy.subject import Subject

BACKGROUND = frozenset({"building", "road", "meter", "component", "street_tree", "land_use", "coverage_area"})
"""Classes that fill the map and are no facilities."""
MOST = 5_000
"""A class with more features than this is no choice of facilities."""


def describe(city: Traced, programme: Programme, subject: Subject) -> dict[str, Any]:
    """Return classes, suggestions, areas and modes, as :class:`~xiancheng.site.access.schemas.ClassesOut`."""
    asked = Counter(name for i in _indicators(programme) for name in _classes_of(i[1], city.catalogue))
    items = []
    for feature_class in city.catalogue:
        name = feature_class.name
        if not feature_class.has_geometry or name in FIXED | BACKGROUND or not subject.may_see(name):
            continue
        table = city.table(name)
        if len(table) <= MOST and (len(table) or asked[name]):
            items.append(_class_out(city, programme, feature_class, table, asked[name]))
    items.sort(key=lambda item: (not item["asked"], -item["indicators"], item["name"]))
    return {
        "on": city.as_of,
        "snapshot": city.hash,
        "items": items,
        "suggestions": [s for s in _suggestions(city, programme) if all(subject.may_see(c) for c in s["classes"])],
        "areas": _areas(city),
        "modes": [mode for mode in ("walk", "drive") if roads(city, mode) is not None],
    }


def _indicators(programme: Programme) -> list[tuple[str, Indicator]]:
    return [(c.id, i) for c in programme.clauses for i in c.indicators if i.measure is not None]


def _classes_of(indicator: Indicator, catalogue: Catalogue) -> tuple[str, ...]:
    given = indicator.params.get("of", ())
    names = (given,) if isinstance(given, str) else tuple(given)
    return tuple(n for n in names if n in catalogue.classes)


def _class_out(
    city: Traced, programme: Programme, feature_class: FeatureClass, table: FeatureTable, asked: int
) -> dict[str, Any]:
    required = [
        float(i.params["min_area_m2"])
        for _, i in _indicators(programme)
        if feature_class.name in _classes_of(i, city.catalogue) and i.params.get("min_area_m2")
    ]
    areas = table.area[table.area > 0]
    return {
        "name": feature_class.name,
        "title": feature_class.title.as_dict(),
        "geometry": feature_class.geometry,
        "count": len(table),
        "asked": asked > 0,
        "indicators": asked,
        "usual_area_m2": round(float(np.median(areas)), 0) if len(areas) else None,
        "required_area_m2": max(required, default=None),
        "attributes": [_attribute_out(city, a, table) for a in feature_class.attributes if a.type in SETTABLE],
    }


def _attribute_out(city: Traced, attribute: Attribute, table: FeatureTable) -> dict[str, Any]:
    codes = city.catalogue.codes.get(attribute.codes or "", {})
    return {
        "name": attribute.name,
        "title": attribute.title.as_dict(),
        "type": attribute.type,
        "unit": attribute.unit,
        "minimum": attribute.minimum,
        "maximum": attribute.maximum,
        "codes": [{"code": code, "title": title.as_dict()} for code, title in codes.items()],
        "usual": _usual(attribute, table),
    }


def _usual(attribute: Attribute, table: FeatureTable) -> float | str | None:
    values = table.column(attribute.name)
    if attribute.type in {"integer", "number"}:
        known = values[np.isfinite(values)]
        return float(np.rint(np.median(known))) if len(known) else None
    if attribute.type == "boolean":
        known = values[np.isfinite(values)]
        return float(known.mean() >= 0.5) if len(known) else None
    found = Counter(str(v) for v in values.tolist() if v)
    return found.most_common(1)[0][0] if found else None


def _suggestions(city: Traced, programme: Programme) -> list[dict[str, Any]]:
    """Return how the programme's own indicators ask, so that one click asks the same."""
    out = []
    for clause, indicator in _indicators(programme):
        if indicator.measure != MEASURE:
            continue
        values = measure_spec(MEASURE).read(indicator.params, city.catalogue)
        target = indicator.target
        out.append(
            {
                "clause": clause,
                "indicator": indicator.id,
                "title": indicator.title.as_dict(),
                "classes": list(values["of"]),
                "metres": values["metres"],
                "metric": values["metric"],
                "mode": values["mode"],
                "measured_from": values["from"],
                "min_area_m2": values["min_area_m2"],
                "where": values["where"],
                "ages": list(values["ages"]),
                "within": values["within"],
                "target": target.at_least if target is not None else None,
            }
        )
    return out


def _areas(city: Traced) -> list[dict[str, Any]]:
    """Return the extents whose residents may be asked about."""
    areas = city.table("admin_area")
    out = [{"code": "auto", "title": extent(city, "auto").title.as_dict()}]
    seat = extent(city, "county_seat")
    if not seat.missing:
        out.append({"code": "county_seat", "title": seat.title.as_dict()})
    for code, name, level in sorted(
        zip(areas.column("code"), areas.column("name"), areas.column("level"), strict=True), key=lambda row: str(row[0])
    ):
        if code is not None and level == "township":
            out.append({"code": str(code), "title": {"zh": str(name or code), "en": str(name or code)}})
    return out
