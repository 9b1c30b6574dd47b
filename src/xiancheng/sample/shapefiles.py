"""Writes shapefiles in GBK, as surveying units hand them over."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pyogrio.raw
import shapely

from xiancheng.sample.frame import CRS


def write_shapefile(
    path: Path,
    geometry: Sequence[shapely.Geometry],
    columns: Mapping[str, Sequence[Any]],
    *,
    kind: str,
    on: date,
    cpg: bool = True,
    prj: bool = True,
) -> None:
    """Write features with text in GBK.

    Parameters
    ----------
    geometry
        In the county's CRS, metres.
    kind
        ``Polygon`` or ``Point``.
    on
        The date that the table's header tells.
    cpg, prj
        Whether the files that tell encoding and datum are there.
    """
    pyogrio.raw.write(
        str(path),
        np.array([shapely.to_wkb(g) for g in geometry], dtype=object),
        field_data=[
            np.asarray(values, dtype=object if isinstance(values[0], str) else None) for values in columns.values()
        ],
        fields=list(columns),
        geometry_type=kind,
        crs=CRS,
        driver="ESRI Shapefile",
        encoding="GBK",
        DBF_DATE_LAST_UPDATE=on.isoformat(),
    )
    if not cpg:
        path.with_suffix(".cpg").unlink(missing_ok=True)
    if not prj:
        path.with_suffix(".prj").unlink(missing_ok=True)
