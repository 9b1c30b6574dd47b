"""Columns of a class as typed Arrow arrays: what several formats write alike."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from pyproj import Transformer

from xiancheng.city.classes import Attribute
from xiancheng.city.county import STORED_CRS
from xiancheng.city.snapshot import FeatureTable

Floats = npt.NDArray[np.float64]

SYNTHETIC = "synthetic"
"""Field or metadata key that says a county is made up."""


def written_attributes(table: FeatureTable) -> tuple[Attribute, ...]:
    """Return the attributes that the table has values of, in the catalogue's order."""
    return tuple(a for a in table.feature_class.attributes if a.name in table.columns)


def arrow_columns(table: FeatureTable) -> dict[str, pa.Array]:
    """Return ``object_id`` and the attributes as ``(n,)`` arrays; what is not known is null."""
    columns = {"object_id": pa.array(table.ids.tolist(), pa.string())}
    for attribute in written_attributes(table):
        columns[attribute.name] = arrow_array(attribute, table.columns[attribute.name])
    return columns


def arrow_array(attribute: Attribute, values: npt.NDArray[Any]) -> pa.Array:
    """Return one attribute's values with the Arrow type that fits its own."""
    if attribute.type in {"integer", "number", "boolean"}:
        numbers = np.asarray(values, dtype=np.float64)
        unknown = ~np.isfinite(numbers)
        filled = np.where(unknown, 0, numbers)
        if attribute.type == "boolean":
            return pa.array(filled != 0, pa.bool_(), mask=unknown)
        if attribute.type == "integer":
            return pa.array(np.rint(filled).astype(np.int64), pa.int64(), mask=unknown)
        return pa.array(filled, pa.float64(), mask=unknown)
    return pa.array([None if v is None else str(v) for v in values.tolist()], pa.string())


def places(table: FeatureTable) -> Floats:
    """Return ``(n, 2)`` longitude and latitude (CGCS2000) of representative points; NaN without a place."""
    inverse = Transformer.from_crs(table.crs, STORED_CRS, always_xy=True)
    lonlat = np.full((len(table), 2), np.nan)
    placed = np.isfinite(table.xy).all(axis=1)
    lonlat[placed] = np.column_stack(inverse.transform(table.xy[placed, 0], table.xy[placed, 1]))
    return lonlat
