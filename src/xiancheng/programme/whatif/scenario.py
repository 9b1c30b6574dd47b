"""A scenario: an ordered list of edits, as people send and keep it."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, cast, get_args

import shapely
from shapely.geometry.base import BaseGeometry

from xiancheng.city.classes import Attribute, Catalogue, FeatureClass
from xiancheng.city.values import to_stored
from xiancheng.foundation.errors import UnknownNameError, XianchengError
from xiancheng.foundation.text import Text
from xiancheng.programme.where import split_codes

Operation = Literal["add", "remove", "resize", "move"]
OPERATIONS: tuple[Operation, ...] = get_args(Operation)
LARGEST = 1e12
"""Nothing in a county is counted or measured beyond it; sums of what is stay finite."""
LIMIT = 200
"""Edits of one scenario; more are a plan to import, not a question to ask."""

FIXED = frozenset({"admin_area", "census", "population_cell", "statistic", "document"})
"""Classes that say who lives where and what was reported: no facility to add or remove."""

_ID = re.compile(r"^[\w.:@/-]{1,80}$")
_DIMENSION = {"point": 0, "line": 1, "polygon": 2}


class EditError(XianchengError):
    """An edit that cannot be made.

    Attributes
    ----------
    position
        Which of the scenario's edits it is, counted from 0.
    """

    def __init__(self, position: int, message: Text, hint: Text | None = None) -> None:
        number = position + 1
        super().__init__(Text(f"第 {number} 步：{message.zh}", f"edit {number}: {message.en}"), hint)
        self.position = position


@dataclass(frozen=True)
class Edit:
    """One edit.

    Attributes
    ----------
    operation
        ``add``, ``remove``, ``resize`` (other attributes or another area) or ``move`` (to another place).
    feature_class, object_id
        What is edited; of an added feature the name by which later edits of the scenario call it.
    geometry
        CGCS2000 longitude, latitude, for ``add`` and ``move``. A point for a class of polygons becomes a square of
        `area_m2` around it, or, moved, the polygon is shifted there.
    attributes
        By name; None: not known.
    area_m2
        Area that a polygon is to have, in the county's CRS.
    """

    operation: Operation
    feature_class: str
    object_id: str
    geometry: BaseGeometry | None = None
    attributes: Mapping[str, Any] = field(default_factory=dict)
    area_m2: float | None = None

    def as_dict(self) -> dict[str, Any]:
        """Return the edit for JSON."""
        entry: dict[str, Any] = {"op": self.operation, "class": self.feature_class, "id": self.object_id}
        if self.geometry is not None:
            entry["geometry"] = json.loads(shapely.to_geojson(self.geometry))
        if self.attributes:
            entry["attributes"] = dict(self.attributes)
        if self.area_m2 is not None:
            entry["area_m2"] = self.area_m2
        return entry


def read_edits(given: Sequence[Mapping[str, Any]], catalogue: Catalogue) -> tuple[Edit, ...]:
    """Read and check the edits of a scenario from its JSON form.

    Raises
    ------
    EditError
        Naming the edit and what is wrong with it.
    """
    if len(given) > LIMIT:
        raise XianchengError(Text(f"一个方案最多 {LIMIT} 步", f"a scenario has at most {LIMIT} edits"))
    return tuple(_read(position, entry, catalogue) for position, entry in enumerate(given))


def _read(position: int, entry: Mapping[str, Any], catalogue: Catalogue) -> Edit:
    try:
        return _checked(position, entry, catalogue)
    except EditError:
        raise
    except XianchengError as error:
        raise EditError(position, error.message, error.hint) from error


def _checked(position: int, entry: Mapping[str, Any], catalogue: Catalogue) -> Edit:
    operation, object_id = entry.get("op"), str(entry.get("id") or "")
    if operation not in OPERATIONS:
        raise UnknownNameError(Text("操作", "operation"), str(operation), list(OPERATIONS))
    feature_class = catalogue[str(entry.get("class"))]
    if feature_class.name in FIXED or not feature_class.has_geometry:
        raise EditError(
            position,
            Text(f"“{feature_class.title.zh}”不能在推演中改动", f"{feature_class.title.en} cannot be changed here"),
            Text("推演改动的是设施、建筑和道路", "what-if changes facilities, buildings and roads"),
        )
    if not _ID.match(object_id):
        raise EditError(position, Text("缺少对象标识", "the feature's identifier is missing"))
    geometry = read_geometry(entry["geometry"]) if entry.get("geometry") is not None else None
    if operation in {"add", "move"} and geometry is None:
        raise EditError(position, Text("没有给出位置", "there is no place"))
    if operation in {"remove", "resize"}:
        geometry = None
    area = _area(position, entry.get("area_m2"), feature_class)
    if operation == "add" and geometry is not None:
        _check_kind(position, geometry, feature_class, area)
    given = entry.get("attributes") or {}
    attributes = {} if operation in {"remove", "move"} else read_attributes(feature_class, given, catalogue)
    if operation == "resize" and not attributes and area is None:
        raise EditError(position, Text("没有给出要改的属性或面积", "neither attributes nor an area to change"))
    return Edit(cast("Operation", operation), feature_class.name, object_id, geometry, attributes, area)


def read_geometry(value: object) -> BaseGeometry:
    """Read a GeoJSON geometry in longitude, latitude.

    Raises
    ------
    XianchengError
        If it is none, is empty or lies outside the world.
    """
    try:
        geometry = shapely.from_geojson(json.dumps(value))
    except (shapely.GEOSException, TypeError, ValueError):
        geometry = None
    if geometry is None or geometry.is_empty or geometry.geom_type == "GeometryCollection":
        raise XianchengError(Text("位置应为 GeoJSON 几何", "the place must be a GeoJSON geometry"))
    geometry = shapely.force_2d(geometry)
    west, south, east, north = geometry.bounds
    if not (-180 <= west <= east <= 180 and -90 <= south <= north <= 90):
        raise XianchengError(Text("坐标应为经度、纬度", "coordinates are longitude, latitude"))
    if not geometry.is_valid:
        raise XianchengError(
            Text("几何自相交", "the geometry crosses itself"), Text("请重新画", "please draw it again")
        )
    return cast("BaseGeometry", geometry)


def read_attributes(
    feature_class: FeatureClass, given: Mapping[str, Any], catalogue: Catalogue
) -> dict[str, str | int | float | None]:
    """Check attributes against their class: names, types, bounds and codes.

    Raises
    ------
    XianchengError
        Naming the attribute.
    """
    checked = {}
    for name, value in given.items():
        attribute = feature_class.attribute(name)
        stored = to_stored(feature_class, name, value)
        if stored is not None:
            _check_value(attribute, stored, catalogue)
        checked[name] = stored
    return checked


def _check_value(attribute: Attribute, value: str | float, catalogue: Catalogue) -> None:
    if isinstance(value, str):
        if attribute.type in {"code", "codes"}:
            codes = catalogue.codes.get(attribute.codes or "", {})
            for code in split_codes(value) if attribute.type == "codes" else [value]:
                if code not in codes:
                    raise UnknownNameError(
                        Text(f"“{attribute.title.zh}”代码", f"code of {attribute.name}"), code, list(codes)
                    )
        return
    low = -LARGEST if attribute.minimum is None else attribute.minimum
    high = LARGEST if attribute.maximum is None else attribute.maximum
    if not low <= value <= high:
        span = f"{low:g}…{high:g}"
        raise XianchengError(
            Text(f"“{attribute.title.zh}”{value:g} 超出 {span}", f"{attribute.title.en}: {value:g} is outside {span}")
        )


def _area(position: int, value: object, feature_class: FeatureClass) -> float | None:
    if value is None:
        return None
    if feature_class.geometry not in {"polygon", "any"}:
        raise EditError(position, Text("这一类没有面积", "this class has no area"))
    if isinstance(value, bool) or not isinstance(value, int | float) or not 1 <= value <= 1e9:
        raise EditError(position, Text("面积应在 1 到 10 亿平方米之间", "the area must lie between 1 and 1e9 m²"))
    return float(value)


def _check_kind(position: int, geometry: BaseGeometry, feature_class: FeatureClass, area: float | None) -> None:
    wanted = _DIMENSION.get(feature_class.geometry)
    found = int(shapely.get_dimensions(geometry))
    if wanted is None or found == wanted:
        return
    if wanted == 2 and found == 0:
        if area is None:
            raise EditError(position, Text("请给出面积", "give its area"))
        return
    kind = {0: Text("点", "a point"), 1: Text("线", "a line"), 2: Text("面", "a polygon")}[wanted]
    raise EditError(
        position,
        Text(f"“{feature_class.title.zh}”应为{kind.zh}", f"{feature_class.title.en} is {kind.en}"),
    )
