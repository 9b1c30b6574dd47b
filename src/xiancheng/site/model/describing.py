"""One feature on a day: what it is, how large, and what became of it."""

from __future__ import annotations

from datetime import date
from typing import Any
from urllib.parse import quote

import numpy as np
import shapely

from xiancheng.city.classes import Catalogue, FeatureClass
from xiancheng.city.county import AUTO
from xiancheng.city.history import OPEN_DATE, Version, time_text
from xiancheng.city.snapshot import project
from xiancheng.city.store import Store
from xiancheng.foundation.text import Text
from xiancheng.site.model.classes import value_text
from xiancheng.site.policy.permission import Permission
from xiancheng.site.policy.subject import Subject
from xiancheng.site.problems import NotFoundError

GEOMETRY = Text("位置和形状", "place and shape")


def describe_feature(
    store: Store, catalogue: Catalogue, subject: Subject, class_name: str, object_id: str, on: date, crs: str
) -> dict[str, Any]:
    """Return what is known of a feature on a day.

    Raises
    ------
    NotFoundError
        If there never was one of that identifier.
    """
    feature_class = catalogue[class_name]
    records = store.history(class_name, object_id)
    believed = sorted((v for v in records if v.recorded_to is None), key=lambda v: v.valid_from)
    if not believed:
        raise NotFoundError(
            Text(
                f"“{feature_class.title.zh}”里没有 {object_id}", f"there is no {object_id!r} among {class_name!r}"
            )
        )  # fmt: skip
    shown, exists = _at(believed, on)
    area, length = _size(shown, crs)
    place = shown.geometry
    return {
        "class_name": class_name,
        "class_title": feature_class.title.as_dict(),
        "object_id": object_id,
        "name": shown.attributes.get("name"),
        "on": on,
        "exists": exists,
        "valid_from": shown.valid_from,
        "valid_to": _end(shown),
        "source": shown.source,
        "reason": shown.reason,
        "cim_level": shown.cim_level,
        "attributes": [
            {
                "name": a.name,
                "title": a.title.as_dict(),
                "type": a.type,
                "unit": a.unit,
                "value": shown.attributes.get(a.name),
                "text": value_text(catalogue, a, shown.attributes.get(a.name)).as_dict(),
            }
            for a in feature_class.attributes
        ],
        "area_m2": area,
        "length_m": length,
        "geometry": None if place is None else shapely.geometry.mapping(place),
        "bounds": None if place is None or place.is_empty else place.bounds,
        "records": len(records),
        "history": _stretches(feature_class, believed) if subject.may(Permission.MODEL_HISTORY) else None,
        "may_edit": subject.may_edit(class_name),
        "links": {
            "page": f"/registers/{quote(class_name)}/{quote(object_id, safe='')}",
            "ogc": f"/ogc/collections/{quote(class_name)}/items/{quote(object_id, safe='')}",
        },
    }


def _at(believed: list[Version], on: date) -> tuple[Version, bool]:
    """Return the stretch of a day, or the nearest one, and whether the day lies in it."""
    for version in believed:
        if version.valid_from <= on < version.valid_to:
            return version, True
    earlier = [v for v in believed if v.valid_to <= on]
    return (earlier[-1] if earlier else believed[0]), False


def _size(version: Version, crs: str) -> tuple[float | None, float | None]:
    """Return area in m² of polygons and length in m of lines, None for others."""
    if version.geometry is None or version.geometry.is_empty or crs == AUTO:
        return None, None
    flat = project(np.array([version.geometry], dtype=object), crs)[0]
    dimension = shapely.get_dimensions(flat)
    return (
        round(float(shapely.area(flat)), 2) if dimension == 2 else None,
        round(float(shapely.length(flat)), 2) if dimension == 1 else None,
    )


def _stretches(feature_class: FeatureClass, believed: list[Version]) -> list[dict[str, Any]]:
    """Return the life of a feature, newest stretch first, each with what differs from the one before."""
    return [
        {
            "valid_from": version.valid_from,
            "valid_to": _end(version),
            "recorded_from": time_text(version.recorded_from),
            "source": version.source,
            "reason": version.reason,
            "changed": [] if before is None else _differences(feature_class, before, version),
        }
        for before, version in reversed(list(zip([None, *believed], believed, strict=False)))
    ]


def _differences(feature_class: FeatureClass, before: Version, after: Version) -> list[dict[str, str]]:
    one, other = before.attributes, after.attributes
    changed = [a.title for a in feature_class.attributes if one.get(a.name) != other.get(a.name)]
    if not _same_place(before, after):
        changed.append(GEOMETRY)
    return [title.as_dict() for title in changed]


def _same_place(one: Version, other: Version) -> bool:
    if one.geometry is None or other.geometry is None:
        return one.geometry is other.geometry
    return bool(shapely.equals_exact(one.geometry, other.geometry))


def _end(version: Version) -> date | None:
    return None if version.valid_to == OPEN_DATE else version.valid_to
