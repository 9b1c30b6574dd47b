"""Rows of a source on their way into the model: what class they are, and which of them can be taken."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

import numpy as np
import numpy.typing as npt
import shapely

from xiancheng.city import values
from xiancheng.city.classes import Attribute, Catalogue, FeatureClass
from xiancheng.city.columns import match_columns, parse_values
from xiancheng.city.gpkg import simplest
from xiancheng.city.layer import Geometries, Rejection, SourceLayer
from xiancheng.foundation.text import Text

Objects = npt.NDArray[np.object_]
Mask = npt.NDArray[np.bool_]

_POLYGONS = (3, 6)
_TAKEN = {"point": (0,), "line": (1, 5), "polygon": _POLYGONS, "any": (0, *_POLYGONS)}


@dataclass
class Candidates:
    """Rows of one class that may be taken; rejecting one keeps it listed.

    Attributes
    ----------
    geometry
        ``(n,)`` geometries in the source's coordinates, later in CGCS2000 degrees; None where there is no place.
    raw
        Column as in the source → `n` raw values.
    columns
        Attribute → ``(n,)`` array as in `FeatureTable`, for attributes that the source has.
    source_ids
        ``(n,)`` identifiers that the source gives its rows; None where it gives none.
    rejections
        Rows and values refused, with reasons.
    alive
        ``(n,)`` rows not rejected so far.
    cim_level
        ``(n,)`` level of detail, None where the source says nothing.
    """

    feature_class: FeatureClass
    geometry: Geometries
    raw: Mapping[str, Sequence[Any]]
    rows: npt.NDArray[np.int64]
    source_ids: Objects
    rejections: list[Rejection] = field(default_factory=list)
    columns: dict[str, npt.NDArray[Any]] = field(default_factory=dict)
    alive: Mask = field(default_factory=lambda: np.empty(0, dtype=bool))
    repaired: Mask = field(default_factory=lambda: np.empty(0, dtype=bool))
    cim_level: Objects = field(default_factory=lambda: np.empty(0, dtype=object))
    refused_by_reader: int = 0

    def __len__(self) -> int:
        return len(self.rows)

    def reject(
        self, which: Mask, reason: Text, *, attribute: str | None = None, shown: Sequence[Any] | None = None
    ) -> None:
        """Take the rows of mask `which` out, naming the column and the value if there is one to blame."""
        for i in np.flatnonzero(which & self.alive).tolist():
            value = None if shown is None or shown[i] is None else str(shown[i])[:200]
            self.rejections.append(Rejection(int(self.rows[i]), self.source_ids[i], attribute, reason, value))
        self.alive &= ~which


def candidates_of(layer: SourceLayer, feature_class: FeatureClass) -> Candidates:
    """Return all rows of a layer as candidates of a class."""
    n = len(layer)
    ids = np.full(n, None, dtype=object)
    if layer.ids is not None:
        ids[:] = [str(i) for i in layer.ids]
    geometry = np.full(n, None, dtype=object) if layer.geometry is None else np.asarray(layer.geometry, dtype=object)
    return Candidates(
        feature_class, geometry.copy(), layer.columns, layer.rows, ids, list(layer.rejections), {},
        np.ones(n, dtype=bool), np.zeros(n, dtype=bool), np.full(n, None, dtype=object), len(layer.rejections),
    )  # fmt: skip


def resembling(columns: Sequence[str], catalogue: Catalogue) -> list[FeatureClass]:
    """Return the classes whose attributes the columns resemble most, best first, at most five."""
    scores = {c.name: len(set(match_columns(columns, c).values()) - {"name", "address"}) for c in catalogue}
    best = sorted((name for name, n in scores.items() if n > 0), key=lambda name: -scores[name])
    return [catalogue[name] for name in best[:5]]


def read_attributes(
    candidates: Candidates, matched: Mapping[str, str], codes: Mapping[str, Mapping[str, Text]]
) -> None:
    """Parse the matched columns (column → attribute); values not understood or out of range stay unknown, listed."""
    for column, name in matched.items():
        attribute = candidates.feature_class.attribute(name)
        raw = candidates.raw[column]
        parsed, problems = parse_values(raw, attribute, codes)
        for index, value, reason in problems:
            _leave_out(candidates, index, column, reason, value)
        if attribute.type in values.NUMERIC:
            low = -np.inf if attribute.minimum is None else attribute.minimum
            high = np.inf if attribute.maximum is None else attribute.maximum
            with np.errstate(invalid="ignore"):
                outside = np.flatnonzero((parsed < low) | (parsed > high))
            for index in outside.tolist():
                _leave_out(candidates, index, column, _range(attribute), raw[index])
            parsed[outside] = np.nan
        candidates.columns[name] = parsed
    for attribute in candidates.feature_class.attributes:
        if attribute.required:
            column_values = candidates.columns.get(attribute.name, values.unknown(len(candidates), attribute))
            unknown = np.isnan(column_values) if attribute.type in values.NUMERIC else column_values == None  # noqa: E711
            shown = next((candidates.raw[c] for c, a in matched.items() if a == attribute.name), None)
            reason = Text(
                f"必填的“{attribute.title.zh}”没有有效值", f"{attribute.name} is required and has no valid value"
            )
            candidates.reject(np.asarray(unknown, dtype=bool), reason, attribute=attribute.name, shown=shown)


def _leave_out(candidates: Candidates, index: int, column: str, reason: Text, value: object) -> None:
    told = Text(f"{reason.zh}（该值未采用）", f"{reason.en} (value left unknown)")
    row = int(candidates.rows[index])
    candidates.rejections.append(Rejection(row, candidates.source_ids[index], column, told, str(value)[:200]))


def _range(attribute: Attribute) -> Text:
    low, high = attribute.minimum, attribute.maximum
    unit = f" {attribute.unit}" if attribute.unit not in {None, "1"} else ""
    if high is None:
        return Text(f"应不小于 {low:g}{unit}", f"must be at least {low:g}{unit}")
    if low is None:
        return Text(f"应不大于 {high:g}{unit}", f"must be at most {high:g}{unit}")
    return Text(f"应在 {low:g} 至 {high:g}{unit} 之间", f"must lie between {low:g} and {high:g}{unit}")


def check_geometry(candidates: Candidates) -> None:
    """Reject places that the class cannot have and repair those that only need it; coordinates are degrees by now."""
    kind = candidates.feature_class.geometry
    geometry = simplest(cast("Geometries", shapely.force_2d(candidates.geometry)))
    missing = shapely.is_missing(geometry)
    candidates.reject(missing, Text("没有几何，也没有坐标", "no geometry and no coordinates"))
    candidates.reject(shapely.is_empty(geometry) & ~missing, Text("几何为空", "the geometry is empty"))
    bounds = shapely.bounds(geometry)
    shown = [None if np.isnan(b[0]) else f"{b[0]:.6f},{b[1]:.6f}" for b in bounds]
    finite = np.isfinite(bounds).all(axis=1) & _all_finite(geometry)
    candidates.reject(~finite, Text("坐标不是有限的数", "coordinates are not finite numbers"))
    with np.errstate(invalid="ignore"):
        inside = (np.abs(bounds[:, [0, 2]]) <= 180).all(axis=1) & (np.abs(bounds[:, [1, 3]]) <= 90).all(axis=1)
    candidates.reject(~inside, Text("坐标超出经纬度范围（±180°、±90°）", "coordinates beyond ±180°, ±90°"), shown=shown)
    for name, reason in _wrong_kinds(kind).items():
        numbers = _TYPE_IDS[name]
        wrong = np.isin(shapely.get_type_id(geometry), numbers)
        candidates.reject(wrong, reason, shown=[name] * len(geometry))
    _repair(candidates, geometry, kind)
    candidates.geometry = geometry


_TYPE_IDS = {
    "Point": (0,),
    "LineString": (1, 2, 5),
    "Polygon": _POLYGONS,
    "MultiPoint": (4,),
    "GeometryCollection": (7,),
}
_ZH = {"Point": "点", "LineString": "线", "Polygon": "面", "MultiPoint": "多点", "GeometryCollection": "几何集合"}
_WANTED = {
    "point": Text("点", "points"),
    "line": Text("线", "lines"),
    "polygon": Text("面", "polygons"),
    "any": Text("点或面", "points or polygons"),
}


def _wrong_kinds(kind: str) -> dict[str, Text]:
    wanted = _WANTED[kind]
    return {
        name: Text(f"这一类要求{wanted.zh}，这里是{_ZH[name]}", f"this class takes {wanted.en}, not a {name}")
        for name, numbers in _TYPE_IDS.items()
        if not set(numbers) & set(_TAKEN[kind]) and not (name == "GeometryCollection" and kind in {"polygon", "any"})
    }


def _all_finite(geometry: Geometries) -> Mask:
    """Whether all coordinates of each geometry are finite (bounds skip NaN vertices)."""
    points, owner = shapely.get_coordinates(geometry, return_index=True)
    finite = np.ones(len(geometry), dtype=bool)
    finite[owner[~np.isfinite(points).all(axis=1)]] = False
    return finite


def _repair(candidates: Candidates, geometry: Geometries, kind: str) -> None:
    """Make areas valid in place of `geometry`, keeping them areas."""
    if kind not in {"polygon", "any"}:
        return
    number = shapely.get_type_id(geometry)
    broken = candidates.alive & (number != 0) & (~shapely.is_valid(geometry) | (number == 7))
    which = np.flatnonzero(broken)
    if not len(which):
        return
    mended = shapely.make_valid(_areas(geometry[which]), method="structure", keep_collapsed=False)
    lost = shapely.is_empty(mended) | ~np.isin(shapely.get_type_id(mended), _POLYGONS)
    reasons = shapely.is_valid_reason(geometry[which])
    for i in which[lost].tolist():
        single = np.zeros(len(geometry), dtype=bool)
        single[i] = True
        said = str(reasons[int(np.flatnonzero(which == i)[0])])
        candidates.reject(
            single, Text("面无效且无法修复", "an invalid polygon that cannot be repaired"), shown=[said] * len(single)
        )
    geometry[which[~lost]] = simplest(mended[~lost])
    candidates.repaired[which[~lost]] = True


def _areas(geometry: Geometries) -> Geometries:
    """Return collections reduced to their areas; all else as it is."""
    out = geometry.copy()
    for i in np.flatnonzero(shapely.get_type_id(geometry) == 7).tolist():
        parts = shapely.get_parts(shapely.get_parts(geometry[i]))
        out[i] = shapely.multipolygons(parts[shapely.get_type_id(parts) == 3])
    return out
