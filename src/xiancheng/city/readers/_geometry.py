"""Geometries of a source, screened: broken ones become rejections, the rest go on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from xiancheng.city.layer import Geometries, Rejection, SourceLayer
from xiancheng.foundation.text import Text

NO_PLACE = Text("没有位置（几何为空）", "no place (the geometry is empty)")
NOT_FINITE = Text("坐标不是有限的数", "a coordinate is not a finite number")
BROKEN = Text("几何损坏", "the geometry is broken")
UNCLOSED = Text("多边形的环没有闭合", "a ring of the polygon is not closed")
TOO_FEW = Text("几何的点数不足", "the geometry has too few points")

_CURVED = frozenset(range(8, 18))


def reason_of(message: str) -> Text:
    """Return what a person reads for an error of the geometry library."""
    lower = message.lower()
    if "closed" in lower:
        return UNCLOSED
    if "point array" in lower or "must contain" in lower or "invalid number of points" in lower:
        return TOO_FEW
    return Text(f"{BROKEN.zh}：{message.strip()}", f"{BROKEN.en}: {message.strip()}")


def from_wkb(wkb: Sequence[bytes | None]) -> tuple[Geometries, dict[int, Text]]:
    """Read WKB, as much of it as can be read.

    Returns
    -------
    geometry
        ``(n,)`` geometries, None where there is none or it is broken.
    reasons
        Index → why it is broken.
    """
    raw = np.empty(len(wkb), dtype=object)
    raw[:] = wkb
    geometry: Geometries = shapely.from_wkb(raw, on_invalid="ignore")
    reasons: dict[int, Text] = {}
    for index in np.flatnonzero(shapely.is_missing(geometry)):
        if raw[index] is None:
            continue
        try:
            shapely.from_wkb(raw[index])
        except shapely.GEOSException as error:
            reasons[int(index)] = reason_of(str(error).partition(":")[2] or str(error))
        else:
            reasons[int(index)] = BROKEN
    return geometry, reasons


def without_measures(geometry: Geometries) -> Geometries:
    """Return geometries without measures along lines, which nobody here uses; heights stay."""
    measured = shapely.has_m(geometry)
    if not measured.any():
        return geometry
    # As WKB of three dimensions: shapely.transform would lose the heights of a geometry with both.
    cleared: Geometries = shapely.from_wkb(shapely.to_wkb(geometry, output_dimension=3))
    still = shapely.has_m(cleared)
    cleared[still] = shapely.force_2d(cleared[still])
    return cleared


def screen(geometry: Geometries, reasons: Mapping[int, Text]) -> dict[int, Text]:
    """Say which geometries cannot be taken: index → reason.

    Those of `reasons` (already known to be broken), missing and empty ones, those with a coordinate that is not
    finite, and curved ones that nobody downstream can handle.
    """
    rejected: dict[int, Text] = dict(reasons)
    absent = shapely.is_missing(geometry) | shapely.is_empty(geometry)
    for index in np.flatnonzero(absent):
        rejected.setdefault(int(index), NO_PLACE)
    points, owner = shapely.get_coordinates(geometry, return_index=True)
    for index in np.unique(owner[~np.isfinite(points).all(axis=1)]):
        rejected.setdefault(int(index), NOT_FINITE)
    for index in np.flatnonzero(np.isin(shapely.get_type_id(geometry), list(_CURVED))):
        rejected.setdefault(int(index), Text("含曲线，无法使用", "it has curves, which cannot be used"))
    return rejected


def assemble(
    name: str,
    columns: Mapping[str, Sequence[Any]],
    geometry: Geometries | None,
    rows: npt.NDArray[np.int64],
    *,
    reasons: Mapping[int, Text] | None = None,
    rejections: Sequence[Rejection] = (),
    ids: Sequence[str] | None = None,
    feature_class: str | None = None,
    datum: str | None = None,
    mapped: bool = False,
    notes: Sequence[Text] = (),
) -> SourceLayer:
    """Return a layer without the features whose geometry cannot be taken; these become its rejections.

    A layer where no feature at all has a geometry is a register without places: its geometry is None and all its
    rows stay.
    """
    listed = list(rejections)
    if geometry is not None and not reasons and bool(np.all(shapely.is_missing(geometry))):
        geometry = None
    if geometry is not None:
        rejected = screen(geometry, reasons or {})
        for index, reason in sorted(rejected.items()):
            listed.append(Rejection(int(rows[index]), ids[index] if ids is not None else None, None, reason))
        if rejected:
            kept = np.setdiff1d(np.arange(len(rows)), np.fromiter(rejected, dtype=np.int64))
            columns = {key: [values[i] for i in kept] for key, values in columns.items()}
            ids = None if ids is None else [ids[i] for i in kept]
            geometry, rows = geometry[kept], rows[kept]
        geometry = without_measures(geometry)
    return SourceLayer(
        name=name,
        columns=columns,
        geometry=geometry,
        rows=rows,
        ids=ids,
        feature_class=feature_class,
        datum=datum,
        mapped=mapped,
        rejections=sorted(listed, key=lambda r: r.row or 0),
        notes=list(notes),
    )
