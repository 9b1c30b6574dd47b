"""A filtered register as a file, by the project's own writers."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
import shapely

from xiancheng.city.county import AUTO, suggest_crs
from xiancheng.city.publish import representative_points
from xiancheng.city.rows import Rows
from xiancheng.city.snapshot import CountyInfo, FeatureTable, project
from xiancheng.city.writers import write
from xiancheng.foundation.text import Language
from xiancheng.site.county import catalogue, county

FORMATS = {
    "xlsx": (".xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    "csv": (".csv", "text/csv; charset=utf-8"),
    "geojson": (".geojson", "application/geo+json"),
    "geoparquet": (".parquet", "application/vnd.apache.parquet"),
}
"""Format → ending and media type."""


def exported(rows: Rows, format_name: str, language: Language) -> bytes:
    """Return rows as a file; a synthetic county is labelled as in every export."""
    table = _table(rows)
    home = county()
    info = CountyInfo(home.name, home.code, table.crs, home.synthetic)
    with tempfile.TemporaryDirectory(prefix="xiancheng-export-") as folder:
        path = Path(folder) / f"{rows.feature_class.name}{FORMATS[format_name][0]}"
        write(
            {rows.feature_class.name: table}, path, county=info, catalogue=catalogue(), format_name=format_name,
            language=language,
        )  # fmt: skip
        return path.read_bytes()


def _table(rows: Rows) -> FeatureTable:
    n, nothing = len(rows), np.full(len(rows), None, dtype=object)
    crs = county().crs
    if not rows.feature_class.has_geometry or not n:
        zero = np.zeros(n)
        return FeatureTable(
            rows.feature_class, rows.object_id, rows.geometry, rows.columns, np.full((n, 2), np.nan), zero, zero,
            nothing, "EPSG:3857" if crs == AUTO else crs,
        )  # fmt: skip
    if crs == AUTO:
        west, south, east, north = shapely.total_bounds(rows.geometry)
        crs = suggest_crs((west + east) / 2, (south + north) / 2)
    shapes = project(rows.geometry, crs)
    xy = shapely.get_coordinates(project(representative_points(rows.geometry), crs))
    return FeatureTable(
        rows.feature_class, rows.object_id, rows.geometry, rows.columns, xy, shapely.area(shapes),
        shapely.length(shapes), nothing, crs,
    )  # fmt: skip
