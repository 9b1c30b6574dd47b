"""Features as GeoJSON, many at a time."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import orjson
import shapely

from xiancheng.city.history import OPEN_DATE_TEXT
from xiancheng.city.querying import Records
from xiancheng.site.ogc.crs import Reference, to_reference
from xiancheng.site.ogc.properties import shown

PART = 2000
"""Features that are written together."""


def features(records: Records, target: Reference, *, unique_ids: bool = False) -> list[dict[str, Any]]:
    """Return records as GeoJSON features that orjson writes; geometries are already text.

    Parameters
    ----------
    unique_ids
        Whether several versions of one object may be among them: then the first valid day is part of the identifier.
    """
    ids = records.plain("object_id")
    starts, ends = records.plain("valid_from"), records.plain("valid_to")
    attributes = records.feature_class.attributes
    columns: dict[str, list[Any]] = {a.name: shown(a, records.plain(a.name)) for a in attributes}
    columns |= {
        "valid_from": starts,
        "valid_to": [None if end == OPEN_DATE_TEXT else end for end in ends],
        "recorded_from": records.plain("recorded_from"),
        "source": records.plain("source"),
        "cim_level": records.plain("cim_level"),
    }
    names = tuple(columns)
    properties = (dict(zip(names, row, strict=True)) for row in zip(*columns.values(), strict=True))
    if unique_ids:
        ids = [version_id(i, start) for i, start in zip(ids, starts, strict=True)]
    return [
        {"type": "Feature", "id": object_id, "geometry": geometry, "properties": values}
        for object_id, geometry, values in zip(ids, geometries(records, target), properties, strict=True)
    ]


def version_id(object_id: str, valid_from: str) -> str:
    """Return the identifier of one version among several: ``school-1.20231231``."""
    return f"{object_id}.{valid_from.replace('-', '')}"


def geometries(records: Records, target: Reference) -> list[orjson.Fragment | None]:
    """Return the geometries of records as GeoJSON text in another system."""
    shapes = to_reference(records.shapes, target)
    texts = shapely.to_geojson(shapes) if len(shapes) else np.array([], dtype=object)
    return [None if text is None else orjson.Fragment(text) for text in texts]


def stream(records: Records, target: Reference, head: bytes, tail: bytes, *, unique_ids: bool) -> Iterator[bytes]:
    """Yield a feature collection: `head` up to the bracket of its features, the features, `tail`."""
    yield head
    for start in range(0, len(records), PART):
        part = features(records.part(start, start + PART), target, unique_ids=unique_ids)
        text = orjson.dumps(part)[1:-1]
        yield text if start == 0 else b"," + text
    yield tail
