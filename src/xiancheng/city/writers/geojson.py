"""GeoJSON: one collection; with several classes every feature says which it is of."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import cast

import shapely

from xiancheng.city.classes import Catalogue
from xiancheng.city.snapshot import CountyInfo, FeatureTable
from xiancheng.city.writers.fields import SYNTHETIC, arrow_columns
from xiancheng.city.writers.registry import writer
from xiancheng.foundation.text import Language

CRS_MEMBER = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::4490"}}
"""CGCS2000 differs from the WGS-84 that RFC 7946 assumes by less than a metre, but it is said."""


@writer("geojson", ".geojson", ".json")
def write_geojson(
    tables: Mapping[str, FeatureTable],
    path: Path,
    *,
    county: CountyInfo,
    catalogue: Catalogue,  # noqa: ARG001 - codes stay codes
    language: Language | None = None,
) -> None:
    """Write a FeatureCollection in CGCS2000 longitude, latitude, with a ``crs`` member that says so.

    Features carry ``id`` (the object's) and, if there are several classes, the property ``class``.
    """
    members: dict[str, object] = {"type": "FeatureCollection", "name": county.name.get(language), "crs": CRS_MEMBER}
    if county.synthetic:
        members[SYNTHETIC] = True
    with path.open("w", encoding="utf-8", newline="\n") as file:
        file.write(json.dumps(members, ensure_ascii=False)[:-1] + ', "features": [')
        comma = ""
        for name, table in tables.items():
            shared: dict[str, object] = {"class": name} if len(tables) > 1 else {}
            if county.synthetic:
                shared[SYNTHETIC] = True
            columns = {k: v.to_pylist() for k, v in arrow_columns(table).items()}
            shapes = cast("list[str | None]", shapely.to_geojson(table.geometry).tolist())
            for values, shape in zip(zip(*columns.values(), strict=True), shapes, strict=True):
                properties = json.dumps(shared | dict(zip(columns, values, strict=True)), ensure_ascii=False)
                identifier = json.dumps(values[0], ensure_ascii=False)
                file.write(
                    f'{comma}\n{{"type": "Feature", "id": {identifier}, "properties": {properties}, '
                    f'"geometry": {shape or "null"}}}'
                )
                comma = ","
        file.write("\n]}\n")
