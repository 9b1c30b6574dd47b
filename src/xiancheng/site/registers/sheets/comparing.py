"""Rows of an uploaded workbook against the register: what is new, changed, the same, or cannot be."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from datetime import date

import numpy as np
import numpy.typing as npt
import shapely

from xiancheng.city.change import Change
from xiancheng.city.classes import FeatureClass
from xiancheng.city.layer import Geometries
from xiancheng.city.matching import known
from xiancheng.city.publish import representative_points
from xiancheng.city.rows import Rows
from xiancheng.city.store import Store
from xiancheng.foundation.text import Text
from xiancheng.site.registers.sheets.reading import Fault, Upload

GEOMETRY = "geometry"
SAME_PLACE = 1.01e-6
"""Degrees (0.1 m) within which the coordinates of a sheet say the same place: exports are rounded."""

SAME_NUMBER = 1e-14
"""Part of a number within which it is the same: a workbook keeps sixteen digits."""

Indices = npt.NDArray[np.intp]


@dataclass
class Comparison:
    """What an upload says against the register on a day; indices into its rows.

    Attributes
    ----------
    fields
        Of each changed row, the attributes (or ``geometry``) that differ.
    moved
        ``(n,)`` the new place of each row, None where it stays.
    """

    upload: Upload
    new: list[int] = field(default_factory=list)
    changed: list[int] = field(default_factory=list)
    fields: list[tuple[str, ...]] = field(default_factory=list)
    unchanged: list[int] = field(default_factory=list)
    rejected: dict[int, list[Fault]] = field(default_factory=dict)
    moved: Geometries = field(default_factory=lambda: np.empty(0, dtype=object))

    def counts(self) -> dict[str, int]:
        """Return how many rows are what."""
        return {
            "rows": len(self.upload),
            "new": len(self.new),
            "changed": len(self.changed),
            "unchanged": len(self.unchanged),
            "rejected": len(self.rejected),
        }


def compare_upload(store: Store, feature_class: FeatureClass, upload: Upload, on: date) -> Comparison:
    """Compare; reads only."""
    found = Comparison(upload, moved=np.full(len(upload), None, dtype=object))
    for fault in upload.faults:
        found.rejected.setdefault(fault.row, []).append(fault)
    current = store.as_of(feature_class.name, on)
    where = {object_id: i for i, object_id in enumerate(current.object_id.tolist())}
    places = np.array([where.get(i, -1) for i in upload.ids.tolist()], dtype=np.intp)
    present = np.flatnonzero(places >= 0)
    masks = _differences(found, feature_class, present, current, places[present])
    names = list(masks)
    table = np.array(list(masks.values())) if names else np.zeros((0, len(present)), dtype=bool)
    for k, row in enumerate(present.tolist()):
        if row in found.rejected:
            continue
        fields = tuple(names[j] for j in np.flatnonzero(table[:, k]).tolist())
        if fields:
            found.changed.append(row)
            found.fields.append(fields)
        else:
            found.unchanged.append(row)
    _new(store, feature_class, found, np.flatnonzero(places < 0))
    return found


def _differences(
    found: Comparison, feature_class: FeatureClass, rows: Indices, current: Rows, there: Indices
) -> dict[str, npt.NDArray[np.bool_]]:
    upload = found.upload
    out: dict[str, npt.NDArray[np.bool_]] = {}
    for name, column in upload.columns.items():
        new, old = column[rows], current.columns[name][there]
        unequal = np.asarray(new != old, dtype=bool)
        if new.dtype.kind == "f":
            with np.errstate(invalid="ignore"):
                same = np.abs(new - old) <= SAME_NUMBER * np.maximum(np.abs(new), np.abs(old))
            unequal &= ~(same | (np.isnan(new) & np.isnan(old)))
            column[rows[~unequal]] = old[~unequal]
        out[name] = unequal
    if feature_class.has_geometry and upload.layout.longitude is not None:
        out[GEOMETRY] = _moved(found, rows, current.geometry[there])
    return out


def _moved(found: Comparison, rows: Indices, old: Geometries) -> npt.NDArray[np.bool_]:
    """Return which objects the sheet places elsewhere; only points can be moved there."""
    points = found.upload.points[rows]
    given = ~shapely.is_missing(points)
    shown = shapely.get_coordinates(representative_points(old)) if len(old) else np.empty((0, 2))
    moved = np.zeros(len(rows), dtype=bool)
    said = shapely.get_coordinates(points[given])
    moved[given] = (np.abs(said - shown[given]) > SAME_PLACE).any(axis=1)
    is_point = shapely.get_type_id(old) == 0
    for k in np.flatnonzero(moved & ~is_point).tolist():
        reason = Text("线、面的位置只能在地图上修改", "lines and areas are moved on the map")
        _reject(found, int(rows[k]), found.upload.layout.longitude or 0, reason)
    which = np.flatnonzero(moved & is_point)
    found.moved[rows[which]] = points[which]
    return moved & is_point


def _new(store: Store, feature_class: FeatureClass, found: Comparison, rows: Indices) -> None:
    upload = found.upload
    ids = [upload.ids[i] for i in rows.tolist() if upload.ids[i] is not None]
    before = known(store, feature_class.name, ids)
    required = [a for a in feature_class.attributes if a.required and a.name not in upload.columns]
    for row in rows.tolist():
        object_id, column = upload.ids[row], upload.layout.identifier or 0
        if object_id in before:
            reason = Text("这个对象在该日期不存在（已终止或尚未开始）", "the object does not exist on that day")
            _reject(found, row, column, reason)
        if required:
            titles = [a.title for a in required]
            reason = Text(
                f"缺少必填的列：{'、'.join(t.zh for t in titles)}",
                f"a required column is missing: {', '.join(t.en for t in titles)}",
            )
            _reject(found, row, -1, reason)
        if feature_class.geometry in {"line", "polygon"}:
            reason = Text("新的线、面请在地图上绘制", "draw new lines and areas on the map")
            _reject(found, row, column, reason)
        elif feature_class.has_geometry and upload.points[row] is None and row not in found.rejected:
            reason = Text("新对象要有经度和纬度", "a new object needs longitude and latitude")
            _reject(found, row, upload.layout.longitude if upload.layout.longitude is not None else -1, reason)
        if row not in found.rejected:
            found.new.append(row)


def _reject(found: Comparison, row: int, column: int, reason: Text) -> None:
    found.rejected.setdefault(row, []).append(Fault(row, column, str(found.upload.ids[row] or ""), reason))


def apply_upload(change: Change, feature_class: FeatureClass, found: Comparison, on: date) -> list[str]:
    """Record what is new and changed; return the identifiers."""
    upload, name = found.upload, feature_class.name
    if found.changed:
        _update(change, feature_class, found, on)
    rows = np.array(found.new, dtype=np.intp)
    made: list[str] = [upload.ids[i] or f"r{secrets.token_hex(6)}" for i in found.new]
    if made:
        change.add_many(
            name, made, valid_from=on, geometry=upload.points[rows] if feature_class.has_geometry else None,
            columns={k: v[rows] for k, v in upload.columns.items()},
        )  # fmt: skip
    return [*(str(upload.ids[i]) for i in found.changed), *made]


def _update(change: Change, feature_class: FeatureClass, found: Comparison, on: date) -> None:
    """Write changed rows: those that moved with their places, the others without touching theirs."""
    upload = found.upload
    changed = np.array(found.changed, dtype=np.intp)
    moves = np.array([p is not None for p in found.moved[changed]], dtype=bool)
    for part, with_place in ((changed[~moves], False), (changed[moves], True)):
        if len(part):
            change.update_many(
                feature_class.name, [str(i) for i in upload.ids[part].tolist()], valid_from=on,
                geometry=found.moved[part] if with_place else None,
                columns={k: v[part] for k, v in upload.columns.items()},
            )  # fmt: skip
