"""Versions of an object: as the API shows them, what changed between neighbours, and the tag of a state."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

import shapely
from shapely.geometry import mapping

from xiancheng.city.classes import FeatureClass
from xiancheng.city.history import OPEN_DATE, ChangeSet, Version, time_text
from xiancheng.city.rows import Rows
from xiancheng.city.values import plain


def shown_value(kind: str, value: Any) -> Any:  # noqa: ANN401 - whatever the attribute's type is
    """Return an attribute's value as JSON shows it: booleans as such, whole numbers whole."""
    value = plain(value)
    if value is None:
        return None
    if kind == "boolean":
        return bool(value)
    return int(value) if kind == "integer" else value


def shown_attributes(feature_class: FeatureClass, attributes: Mapping[str, Any]) -> dict[str, Any]:
    """Return all attributes of an object as JSON shows them."""
    return {a.name: shown_value(a.type, attributes.get(a.name)) for a in feature_class.attributes}


def shown_rows(rows: Rows, *, geometry: bool) -> list[dict[str, Any]]:
    """Return rows of a listing as the API shows them."""
    feature_class = rows.feature_class
    columns = {a.name: (a.type, rows.columns[a.name]) for a in feature_class.attributes}
    out = []
    for i in range(len(rows)):
        item: dict[str, Any] = {
            "object_id": rows.object_id[i],
            "valid_from": rows.valid_from[i],
            "valid_to": None if rows.valid_to[i] == OPEN_DATE.isoformat() else rows.valid_to[i],
            "recorded_from": rows.recorded_from[i],
            "source": rows.source[i],
            "attributes": {name: shown_value(kind, column[i]) for name, (kind, column) in columns.items()},
            "geometry": None,
        }
        if geometry and rows.geometry[i] is not None:
            item["geometry"] = mapping(rows.geometry[i])
        out.append(item)
    return out


def state_of(versions: Iterable[Version]) -> str:
    """Return when anything about an object was recorded last: the tag by which an editor says what they saw."""
    moments = [m for v in versions for m in (v.recorded_from, v.recorded_to) if m is not None]
    return time_text(max(moments)) if moments else ""


def believed(versions: Sequence[Version]) -> list[Version]:
    """Return the versions that the model believes now, in order of validity."""
    return sorted((v for v in versions if v.recorded_to is None), key=lambda v: v.valid_from)


def current(versions: Sequence[Version], on: date) -> Version | None:
    """Return the version of a day; else the last one before it, of an object that ceased; else the next."""
    now = believed(versions)
    holding = [v for v in now if v.valid_from <= on < v.valid_to]
    before = [v for v in now if v.valid_to <= on]
    return next(iter(holding or before[-1:] or now[:1]), None)


def differences(feature_class: FeatureClass, former: Version | None, version: Version) -> list[dict[str, Any]]:
    """Return what `version` says otherwise than `former`: field, before, after (of a geometry only that it differs)."""
    if former is None:
        return []
    out: list[dict[str, Any]] = []
    for attribute in feature_class.attributes:
        before, after = (shown_value(attribute.type, v.attributes.get(attribute.name)) for v in (former, version))
        if before != after:
            out.append({"field": attribute.name, "before": before, "after": after})
    if not shapely.equals_exact(former.geometry, version.geometry) and (former.geometry or version.geometry):
        out.append({"field": "geometry", "before": None, "after": None})
    if former.valid_from <= version.valid_from < former.valid_to and version.valid_to != former.valid_to:
        out.append({"field": "valid_to", "before": _end(former), "after": _end(version)})
    return out


def _end(version: Version) -> str | None:
    return None if version.valid_to == OPEN_DATE else version.valid_to.isoformat()


def shown_version(
    feature_class: FeatureClass, version: Version, former: Version | None, change: ChangeSet | None
) -> dict[str, Any]:
    """Return one version with both time axes, who recorded it and what it says otherwise than the one before."""
    return {
        "valid_from": version.valid_from.isoformat(),
        "valid_to": _end(version),
        "recorded_from": time_text(version.recorded_from),
        "recorded_to": None if version.recorded_to is None else time_text(version.recorded_to),
        "source": version.source,
        "reason": version.reason,
        "change": None if change is None else change.id,
        "kind": "" if change is None else change.kind,
        "who": (change.who or "") if change is not None else "",
        "attributes": shown_attributes(feature_class, version.attributes),
        "geometry": None if version.geometry is None else mapping(version.geometry),
        "changed": differences(feature_class, former, version),
        "first": former is None,
    }


def predecessor(versions: Sequence[Version], version: Version) -> Version | None:
    """Return the neighbour that a version is compared with.

    What was believed of its first day until it was recorded; else, if the object adjoins an earlier version recorded by
    the time, that one.
    """
    earlier = [v for v in versions if v.recorded_from < version.recorded_from]
    same_day = [
        v
        for v in earlier
        if v.valid_from <= version.valid_from < v.valid_to
        and (v.recorded_to is None or v.recorded_to >= version.recorded_from)
    ]
    if same_day:
        return same_day[-1]
    adjoining = [
        v
        for v in versions
        if v is not version
        and v.valid_to == version.valid_from
        and v.recorded_from <= version.recorded_from
        and (v.recorded_to is None or v.recorded_to > version.recorded_from)
    ]
    return adjoining[-1] if adjoining else None
