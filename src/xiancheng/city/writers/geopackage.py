"""GeoPackage: one plain layer a class, as QGIS and GDAL like it (the bitemporal model itself is ``city.gpkg``)."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

import numpy as np
import pyarrow as pa
import pyogrio.raw
import shapely

from xiancheng.city.classes import Catalogue
from xiancheng.city.county import STORED_CRS
from xiancheng.city.layer import Geometries
from xiancheng.city.snapshot import CountyInfo, FeatureTable
from xiancheng.city.writers.fields import SYNTHETIC, arrow_columns
from xiancheng.city.writers.registry import writer
from xiancheng.foundation.text import Language

_SINGLE = {0: "Point", 1: "LineString", 3: "Polygon", 4: "MultiPoint", 5: "MultiLineString", 6: "MultiPolygon"}
_MULTI = {1: 5, 3: 6, 0: 4}


@writer("geopackage", ".gpkg")
def write_geopackage(
    tables: Mapping[str, FeatureTable],
    path: Path,
    *,
    county: CountyInfo,
    catalogue: Catalogue,  # noqa: ARG001 - codes stay codes
    language: Language | None = None,  # noqa: ARG001 - both titles are written
) -> None:
    """Write one layer a class in EPSG:4490; identifiers are the classes' titles in both languages."""
    for number, (name, table) in enumerate(tables.items()):
        columns = arrow_columns(table)
        if county.synthetic:
            columns[SYNTHETIC] = pa.array(np.ones(len(table), dtype=bool))
        title = table.feature_class.title
        description = f"{county.name.zh} {county.name.en}" + (" (合成数据 synthetic)" if county.synthetic else "")
        where: dict[str, Any] = {}
        if table.feature_class.has_geometry:
            geometry, kind = _uniform(table.geometry)
            columns["geom"] = pa.array(cast("Any", shapely.to_wkb(geometry)), pa.binary())
            where = {"geometry_name": "geom", "geometry_type": kind, "crs": STORED_CRS}
        pyogrio.raw.write_arrow(
            pa.table(columns),
            path,
            layer=name,
            driver="GPKG",
            append=number > 0,
            layer_options={
                "IDENTIFIER": f"{title.zh} {title.en}",
                "DESCRIPTION": f"{title.zh} {title.en}: {description}",
            },
            **where,
        )


def _uniform(geometry: Geometries) -> tuple[Geometries, str]:
    """Return geometries of one type if single and multiple ones of it are mixed, and the name of the layer's type."""
    kinds = {int(k) for k in np.unique(shapely.get_type_id(geometry)) if k >= 0}
    if len(kinds) == 1:
        return geometry, _SINGLE.get(kinds.pop(), "Unknown")
    for single, multi in _MULTI.items():
        if kinds == {single, multi}:
            alone = shapely.get_type_id(geometry) == single
            result = geometry.copy()
            make = {0: shapely.multipoints, 1: shapely.multilinestrings, 3: shapely.multipolygons}[single]
            result[alone] = make(geometry[alone], indices=np.arange(int(alone.sum())))
            return result, _SINGLE[multi]
    return geometry, "Unknown"
