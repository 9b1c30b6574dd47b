"""GeoParquet 1.1: columnar files that any Parquet reader opens, the same bytes for the same rows."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq
import shapely
from pyproj import CRS

from xiancheng.city.classes import Catalogue
from xiancheng.city.layer import Geometries
from xiancheng.city.snapshot import CountyInfo, FeatureTable
from xiancheng.city.writers.fields import SYNTHETIC, arrow_columns
from xiancheng.city.writers.hilbert import hilbert_order
from xiancheng.city.writers.registry import writer
from xiancheng.foundation.text import Language

ROW_GROUP = 32_768
"""Rows of a row group: small enough that a box query skips most of a county."""

_TYPES = {
    0: "Point",
    1: "LineString",
    2: "LineString",
    3: "Polygon",
    4: "MultiPoint",
    5: "MultiLineString",
    6: "MultiPolygon",
    7: "GeometryCollection",
}


def write_parquet(
    path: Path,
    *,
    columns: Mapping[str, pa.Array],
    geometry: Geometries | None,
    crs: str = "EPSG:4490",
    metadata: Mapping[str, str] | None = None,
) -> None:
    """Write rows as Parquet, with a place as GeoParquet 1.1.

    Rows are sorted along a Hilbert curve of the centres of their boxes, then by the column ``object_id`` (if there
    is one), so that row groups are compact on the ground. Nothing in the file tells when it was written: the same
    rows, in whatever order, give the same bytes if ``object_id`` is unique.

    Parameters
    ----------
    path
        File to write; replaced if it exists.
    columns
        Column name → ``(n,)`` Arrow array. The names ``geometry`` and ``bbox`` are this function's own.
    geometry
        ``(n,)`` geometries in `crs`, x before y (None where a row has no place), or None for a table without places:
        then the file is plain Parquet.
    crs
        What the coordinates are; written as PROJJSON.
    metadata
        Further key → text pairs of the file's metadata.

    Raises
    ------
    ValueError
        If a column bears a reserved name or the lengths differ.

    Notes
    -----
    Source: GeoParquet specification 1.1.0: column ``geometry`` (ISO WKB, planar edges) and the covering column
    ``bbox`` (struct of xmin, ymin, xmax, ymax).
    """
    if {"geometry", "bbox"} & set(columns):
        raise ValueError("columns may not be called geometry or bbox")
    if len({len(c) for c in columns.values()} | ({len(geometry)} if geometry is not None else set())) > 1:
        raise ValueError("columns and geometry differ in length")
    arrays: dict[str, Any] = dict(columns)
    extra = {str(k): str(v) for k, v in (metadata or {}).items()}
    keys: list[tuple[str, str]] = [("object_id", "ascending")] if "object_id" in arrays else []
    if geometry is not None:
        bounds = shapely.bounds(geometry)
        arrays["geometry"] = pa.array(cast("Any", shapely.to_wkb(geometry, flavor="iso")), pa.binary())
        arrays["bbox"] = _boxes(bounds)
        arrays["__order"] = pa.array(hilbert_order(bounds))
        keys.insert(0, ("__order", "ascending"))
        extra["geo"] = json.dumps(_geo(geometry, bounds, crs), ensure_ascii=False, sort_keys=True)
    table = pa.table(arrays)
    if keys:
        table = table.sort_by(keys)
    if geometry is not None:
        table = table.drop_columns(["__order"])
    texts = [f.name for f in table.schema if pa.types.is_string(f.type) or pa.types.is_large_string(f.type)]
    pq.write_table(
        table.replace_schema_metadata(dict(sorted(extra.items()))),
        path,
        compression="zstd",
        row_group_size=ROW_GROUP,
        use_dictionary=texts or False,
        write_page_index=True,
    )


@writer("geoparquet", ".parquet", ".geoparquet")
def write_geoparquet(
    tables: Mapping[str, FeatureTable],
    path: Path,
    *,
    county: CountyInfo,
    catalogue: Catalogue,  # noqa: ARG001 - codes stay codes
    language: Language | None = None,
) -> None:
    """Write features as GeoParquet: one class as a file, several as a folder of ``<class>.parquet``."""
    if len(tables) > 1:
        path.mkdir()
    for name, table in tables.items():
        write_parquet(
            path / f"{name}.parquet" if len(tables) > 1 else path,
            columns=arrow_columns(table),
            geometry=table.geometry if table.feature_class.has_geometry else None,
            metadata={
                "class": name,
                "title": table.feature_class.title.get(language),
                "county": county.name.get(language),
                **({SYNTHETIC: "true"} if county.synthetic else {}),
            },
        )


def _boxes(bounds: npt.NDArray[np.float64]) -> pa.Array:
    missing = ~np.isfinite(bounds).all(axis=1)
    sides = [pa.array(bounds[:, i]) for i in range(4)]
    return pa.StructArray.from_arrays(sides, ["xmin", "ymin", "xmax", "ymax"], mask=pa.array(missing))


def _geo(geometry: Geometries, bounds: npt.NDArray[np.float64], crs: str) -> dict[str, Any]:
    present = geometry[~shapely.is_missing(geometry)]
    kinds = np.unique(np.column_stack([shapely.get_type_id(present), shapely.has_z(present)]), axis=0)
    column: dict[str, Any] = {
        "encoding": "WKB",
        "geometry_types": sorted({_TYPES[int(k)] + (" Z" if z else "") for k, z in kinds}),
        "crs": CRS.from_user_input(crs).to_json_dict(),
        "edges": "planar",
        "covering": {"bbox": {side: ["bbox", side] for side in ("xmin", "ymin", "xmax", "ymax")}},
    }
    placed = bounds[np.isfinite(bounds).all(axis=1)]
    if len(placed):
        column["bbox"] = [float(v) for v in (*placed[:, :2].min(axis=0), *placed[:, 2:].max(axis=0))]
    return {"version": "1.1.0", "primary_column": "geometry", "columns": {"geometry": column}}
