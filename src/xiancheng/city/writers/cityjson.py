"""CityJSON 2.0: buildings as LoD1 solids, raised from footprint and height."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from pyproj import CRS

from xiancheng.city.classes import Catalogue
from xiancheng.city.snapshot import CountyInfo, FeatureTable
from xiancheng.city.writers._solids import Solid, VertexPool, solids
from xiancheng.city.writers.fields import SYNTHETIC, arrow_columns
from xiancheng.city.writers.registry import writer
from xiancheng.foundation.errors import XianchengError
from xiancheng.foundation.text import Language, Text

SCALE = 0.001
STOREY = 3.0
"""Metres of a storey where only the number of floors is known; one storey where nothing is. Told in `heightBasis`."""
_NAMES = {"floors": "storeysAboveGround", "year": "yearOfConstruction", "use": "function"}
_SURFACES = [{"type": "GroundSurface"}, {"type": "RoofSurface"}, {"type": "WallSurface"}]


@writer("cityjson", ".city.json", ".cityjson", holds=frozenset({"building"}))
def write_cityjson(
    tables: Mapping[str, FeatureTable],
    path: Path,
    *,
    county: CountyInfo,
    catalogue: Catalogue,  # noqa: ARG001 - codes stay codes
    language: Language | None = None,
) -> None:
    """Write the class ``building``; other classes have no bodies and are left out.

    Buildings stand on z = 0 in the county's projected CRS, vertices in whole millimetres. ``measuredHeight`` is the
    register's height only; ``heightBasis`` says what the solid was raised by: ``height``, ``floors`` (3 m each) or
    ``assumed`` (one storey).

    Raises
    ------
    XianchengError
        If there are no buildings.
    """
    table = tables.get("building")
    if table is None or not len(table):
        raise XianchengError(
            Text("没有建筑可写成 CityJSON", "there are no buildings to write as CityJSON"),
            Text("CityJSON 只导出 building 类", "only the class building goes into CityJSON"),
        )
    projected = table.projected
    bounds = shapely.total_bounds(projected)
    # A box of nothing but empty geometries has no corner to count from.
    origin = tuple(np.floor(bounds[:2]).tolist()) if np.isfinite(bounds).all() else (0.0, 0.0)
    pool = VertexPool(SCALE, (origin[0], origin[1]))
    columns = {k: v.to_pylist() for k, v in arrow_columns(table).items() if k != "object_id"}
    objects: dict[str, Any] = {}
    for row, (identifier, footprint) in enumerate(zip(table.ids.tolist(), projected, strict=True)):
        own = {_NAMES.get(k, k): v[row] for k, v in columns.items() if v[row] is not None}
        height, basis = _height(own.pop("height", None), own.get("storeysAboveGround"))
        if basis == "height":
            own["measuredHeight"] = height
        own["heightBasis"] = basis
        if county.synthetic:
            own[SYNTHETIC] = True
        parts = [] if footprint is None else [*solids(footprint, height, pool)]
        objects[str(identifier)] = {"type": "Building", "attributes": own, "geometry": _geometry(parts)}
    if not pool.vertices:
        raise XianchengError(Text("建筑都没有轮廓", "no building has a footprint"))
    title = county.name.get(language) + (
        Text("（合成数据）", " (synthetic data)").get(language) if county.synthetic else ""
    )
    model = {
        "type": "CityJSON",
        "version": "2.0",
        "transform": {"scale": [SCALE] * 3, "translate": [*origin, 0.0]},
        "metadata": {
            "title": title,
            "geographicalExtent": _extent(pool),
            **_reference_system(county.crs),
        },
        "CityObjects": objects,
        "vertices": pool.vertices,
    }
    path.write_text(json.dumps(model, ensure_ascii=False, separators=(",", ":")), encoding="utf-8")


def _height(height: Any, floors: Any) -> tuple[float, str]:  # noqa: ANN401 - JSON
    if height is not None and height > 0:
        return float(height), "height"
    if floors is not None and floors > 0:
        return float(floors) * STOREY, "floors"
    return STOREY, "assumed"


def _geometry(parts: list[Solid]) -> list[dict[str, Any]]:
    """Return the geometry of a building: a solid, or several; nothing if its footprint vanishes on the grid."""
    if not parts:
        return []
    values = [[[0, 1, *[2] * (len(solid) - 2)]] for solid in parts]
    several = len(parts) > 1
    return [
        {
            "type": "MultiSolid" if several else "Solid",
            "lod": "1",
            "boundaries": [[solid] for solid in parts] if several else [parts[0]],
            "semantics": {"surfaces": _SURFACES, "values": values if several else values[0]},
        }
    ]


def _extent(pool: VertexPool) -> list[float]:
    steps = np.array(pool.vertices)
    corner = np.array([*pool.origin, 0.0])
    ends = (steps.min(axis=0) * pool.scale + corner, steps.max(axis=0) * pool.scale + corner)
    return [round(float(v), 3) for v in np.concatenate(ends)]


def _reference_system(crs: str) -> dict[str, str]:
    authority = CRS.from_user_input(crs).to_authority()
    if authority is None:
        return {}
    return {"referenceSystem": f"https://www.opengis.net/def/crs/{authority[0]}/0/{authority[1]}"}
