"""Places for rows of a register that have none: where their area or building is."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

import numpy as np
import shapely

from xiancheng.city.candidates import Candidates
from xiancheng.city.matching import parse_ids
from xiancheng.city.store import Store
from xiancheng.foundation.text import Text

AREA_COLUMNS = ("area_code", "community_code", "区划代码", "行政区划代码", "社区代码", "乡镇代码", "村代码", "adcode")
BUILDING_COLUMNS = ("building_id", "建筑编号", "楼栋编号", "房屋编号")


def place_by_code(candidates: Candidates, store: Store, on: date) -> list[Text]:
    """Give rows without geometry the point of their building, else of their area; return what was done.

    Only points and features of any geometry can be placed so. Those placed by area are of CIM level 1: a symbol on the
    surface model.
    """
    if candidates.feature_class.geometry not in {"point", "any"}:
        return []
    notes = []
    for columns, class_name, key, level in (
        (BUILDING_COLUMNS, "building", "object_id", None),
        (AREA_COLUMNS, "admin_area", "code", 1),
    ):
        missing = np.flatnonzero(shapely.is_missing(candidates.geometry) & candidates.alive)
        column = _column(candidates, columns)
        if not len(missing) or column is None:
            continue
        points = _points(store, class_name, key, on)
        codes = parse_ids(candidates.raw[column])
        found = [i for i in missing.tolist() if codes[i] in points]
        candidates.geometry[found] = [points[codes[i]] for i in found]
        if level is not None:
            candidates.cim_level[found] = level
        if found:
            notes.append(_told(len(found), class_name, column))
        lost = np.zeros(len(candidates), dtype=bool)
        lost[[i for i in missing.tolist() if codes[i] not in points and codes[i] is not None]] = True
        if class_name == "admin_area":
            reason = Text("没有坐标，也没有该代码的行政区", "no coordinates, and no admin_area of this code")
            candidates.reject(lost, reason, attribute=column, shown=list(codes))
    return notes


def _column(candidates: Candidates, names: Iterable[str]) -> str | None:
    return next((name for name in names if name in candidates.raw), None)


def _points(store: Store, class_name: str, key: str, on: date) -> dict[str, shapely.Point]:
    rows = store.as_of(class_name, on)
    keys = rows.object_id if key == "object_id" else rows.columns[key]
    points = shapely.point_on_surface(rows.geometry)
    return {str(k): p for k, p in zip(keys, points, strict=True) if k is not None}


def _told(count: int, class_name: str, column: str) -> Text:
    if class_name == "building":
        return Text(
            f"{count} 行没有坐标，按“{column}”放在所在建筑",
            f"{count} rows without coordinates placed at their building by {column!r}",
        )
    return Text(
        f"{count} 行没有坐标，按“{column}”放在所属行政区的代表点（CIM1）",
        f"{count} rows without coordinates placed at a representative point of their area by {column!r} (CIM1)",
    )
