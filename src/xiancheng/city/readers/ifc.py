"""IFC: every building of a model as one footprint with height, floors and floor area (extra ``xiancheng[ifc]``)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import shapely

from xiancheng.city.layer import Rejection, SourceLayer
from xiancheng.city.readers import _ifc_model as ifc
from xiancheng.city.readers.registry import ReadOptions, reader
from xiancheng.foundation.errors import SourceError
from xiancheng.foundation.text import Text

GROUND = -0.5
"""Metres: the lowest storey above this level (the model's ±0.00 is the ground floor) is the ground storey."""
CLEAR = 2.0
"""Metres of body above a storey's level without which it is a roof and no floor."""
_GAP = 0.25
_COVERED = 0.5
_COURT = 2.0
"""Metres across, at least, of a court; narrower openings in the cover are shafts and stair wells."""


@reader("ifc", ".ifc")
def read_ifc(path: Path, options: ReadOptions) -> Iterator[SourceLayer]:
    """Read an IFC file, one feature of class ``building`` for each ``IfcBuilding``.

    The footprint is the outline of the ground storey's walls with its rooms filled in (a court that nothing covers
    stays open); without usable walls the union of all its elements; at last their convex hull, which a note tells.
    Height is from the ground storey's level to the highest body. Floors are the storeys from the ground up that have
    spaces and bodies above them. Floor area is the sum of their spaces. The place is the map conversion of the model,
    or its site's latitude and longitude.

    Raises
    ------
    SourceError
        If ifcopenshell is not installed, or the file is no IFC.
    """
    if "building" not in options.catalogue.classes or (options.classes and "building" not in options.classes):
        return
    model = _open(path)
    from ifcopenshell.util.unit import calculate_unit_scale  # noqa: PLC0415 - an optional extra

    unit = float(calculate_unit_scale(model))
    unit_area = float(calculate_unit_scale(model, unit_type="AREAUNIT"))
    place = ifc.find_place(model, unit)
    buildings = model.by_type("IfcBuilding")
    options.progress.step(Text(f"读取 {path.name}", f"reading {path.name}"), len(buildings))
    notes: list[Text] = []
    if place.datum is None:
        notes.append(
            Text("模型没有说明所在位置，坐标为模型坐标（米）", "the model does not say where it is: metres of its own")
        )
    found: list[_Building] = []
    rows, rejections = [], []
    for row, item in enumerate(buildings, 1):
        building = _building(model, item, unit, unit_area, notes)
        options.progress.advance()
        if building is None:
            reason = Text("没有可用的几何", "it has no geometry that can be used")
            rejections.append(Rejection(row, str(item.GlobalId), "geometry", reason))
            continue
        found.append(building)
        rows.append(row)
    geometry = np.empty(len(found), dtype=object)
    geometry[:] = [shapely.transform(b.footprint, place.coordinates) for b in found]
    known = {a.name for a in options.catalogue["building"].attributes}
    names = [name for name in ("name", "address", "height", "floors", "floor_area") if name in known]
    yield SourceLayer(
        name="building",
        columns={name: [b.values.get(name) for b in found] for name in names},
        geometry=geometry,
        rows=np.array(rows, dtype=np.int64),
        ids=[b.identifier for b in found],
        feature_class="building",
        datum=place.datum,
        mapped=True,
        rejections=rejections,
        notes=notes,
    )


def _open(path: Path) -> Any:  # noqa: ANN401 - ifcopenshell has no types
    try:
        import ifcopenshell  # noqa: PLC0415 - an optional extra
    except ImportError as error:
        raise SourceError(
            path,
            Text("读取 IFC 需要 ifcopenshell", "reading IFC needs ifcopenshell"),
            hint=Text("安装：pip install 'xiancheng[ifc]'", "install it: pip install 'xiancheng[ifc]'"),
        ) from error
    try:
        with path.open("rb") as file:
            start = file.read(4096)
        if b"ISO-10303-21" not in start:
            raise _wrong(path, "开头没有 ISO-10303-21", "it does not begin with ISO-10303-21")
        model = ifcopenshell.open(str(path))
        if model is None or not model.by_type("IfcProject"):
            raise _wrong(path, "没有 IfcProject", "it has no IfcProject")
    except (RuntimeError, OSError, ValueError, ifcopenshell.Error) as error:
        raise _wrong(path, str(error), str(error)) from error
    return model


def _wrong(path: Path, zh: str, en: str) -> SourceError:
    return SourceError(
        path,
        Text(f"不是完整的 IFC 文件：{zh}", f"not a whole IFC file: {en}"),
        hint=Text("请重新导出为 IFC2x3 或 IFC4（STEP 格式）", "export it again as IFC2x3 or IFC4 (STEP)"),
    )


@dataclass(frozen=True)
class _Building:
    identifier: str
    footprint: Any
    values: Mapping[str, Any]


@dataclass(frozen=True)
class _Storey:
    name: str
    level: float
    items: tuple[Any, ...]
    spaces: tuple[Any, ...]


def _building(model: Any, item: Any, unit: float, unit_area: float, notes: list[Text]) -> _Building | None:  # noqa: ANN401
    members = ifc.decomposition(item)
    storeys = sorted((_storey(m, unit) for m in members if m.is_a("IfcBuildingStorey")), key=lambda s: s.level)
    solid = [m for m in members if ifc.is_one_of(m, ifc.BODIES)]
    made = dict(ifc.bodies(model, solid))
    if not made:
        return None
    top = max(body.top for body in made.values())
    ground = _ground(storeys)
    base = ground.level if ground is not None else min(body.bottom for body in made.values())
    name = str(item.LongName or item.Name or item.GlobalId)
    on_ground = {m.GlobalId: m for m in (ground.items if ground is not None else solid)}
    footprint = _footprint(name, on_ground, made, notes)
    if footprint is None:
        return None
    floors = [s for s in storeys if s.level >= base - 0.01 and top - s.level >= CLEAR]
    used = [s for s in floors if s.spaces]
    spaces = [space for storey in used for space in storey.spaces]
    areas = [area for space in spaces if (area := _area(model, space, unit_area)) is not None]
    levels = ", ".join(f"{s.name} {s.level:+.2f} m ({len(s.spaces)})" for s in storeys)
    if storeys:
        notes.append(
            Text(
                f"{name}：{len(storeys)} 个楼层标高（空间数）：{levels}",
                f"{name}: {len(storeys)} storeys and their spaces: {levels}",
            )
        )
    if floors and not used:
        notes.append(Text(f"{name}：没有空间，层数按标高计", f"{name}: no spaces, floors counted by storey levels"))
    values = {
        "name": item.LongName or item.Name,
        "address": _address(item),
        "height": round(top - base, 3),
        "floors": len(used or floors) or None,
        "floor_area": round(sum(areas), 2) if areas else None,
    }
    return _Building(str(item.GlobalId), footprint, values)


def _storey(storey: Any, unit: float) -> _Storey:  # noqa: ANN401
    items = ifc.decomposition(storey)
    return _Storey(
        str(storey.Name or storey.GlobalId),
        ifc.elevation(storey, unit),
        tuple(m for m in items if ifc.is_one_of(m, ifc.BODIES)),
        tuple(m for m in items if m.is_a("IfcSpace")),
    )


def _ground(storeys: list[_Storey]) -> _Storey | None:
    built = [s for s in storeys if s.items]
    above = [s for s in built if s.level >= GROUND]
    return above[0] if above else built[-1] if built else None


def _footprint(name: str, items: Mapping[str, Any], made: Mapping[str, ifc.Body], notes: list[Text]) -> Any:  # noqa: ANN401
    """Return the outline of what stands on the ground storey, in the model's metres."""
    shadows = {key: made[key].shadow for key in items if key in made}
    walls = [shadow for key, shadow in shadows.items() if ifc.is_one_of(items[key], ifc.WALLS)]
    everything = [body.shadow for body in made.values()]
    if walls:
        outline = _closed(walls)
        covered = shapely.union_all(everything)
        filled = shapely.union_all([_filled(polygon, covered) for polygon in ifc.polygons_of(outline)])
        # Walls that leave gaps enclose nothing: then they are thin strips in a large hull.
        if shapely.area(filled) > _COVERED * shapely.area(shapely.convex_hull(outline)):
            return _one(filled)
    whole = _closed([*shadows.values()] or everything)
    if shapely.area(whole) > 0 and len(ifc.polygons_of(whole)) <= len(shadows or everything) / 2 + 1:
        return _one(whole)
    notes.append(Text(f"{name}：轮廓取外包凸壳", f"{name}: the footprint is the convex hull of its elements"))
    hull = shapely.convex_hull(shapely.union_all(everything))
    return hull if hull.geom_type == "Polygon" and hull.area > 0 else None


def _closed(shadows: list[Any]) -> Any:  # noqa: ANN401
    """Return the union with gaps narrower than half a metre closed."""
    merged = shapely.union_all(shadows)
    widened = shapely.buffer(merged, _GAP, join_style="mitre")
    return shapely.union(merged, shapely.buffer(widened, -_GAP, join_style="mitre"))


def _filled(polygon: Any, covered: Any) -> Any:  # noqa: ANN401
    """Return a polygon with those of its holes filled that floors or roofs cover, but for the courts inside them."""
    holes = shapely.polygons(shapely.get_rings(polygon)[1:])
    share = shapely.area(shapely.intersection(holes, covered)) / np.maximum(shapely.area(holes), 1e-9)
    open_parts = ifc.polygons_of(shapely.difference(shapely.union_all(holes[share > _COVERED]), covered))
    courts = open_parts[shapely.area(shapely.buffer(open_parts, -_COURT / 2)) > 0]
    return shapely.difference(shapely.union_all([polygon, *holes[share > _COVERED]]), shapely.union_all(courts))


def _one(geometry: Any) -> Any:  # noqa: ANN401
    """Return a polygon or multipolygon without needless vertices."""
    parts = ifc.polygons_of(shapely.simplify(geometry, 0.001))
    if not len(parts):
        return None
    return parts[0] if len(parts) == 1 else shapely.MultiPolygon(list(parts))


def _area(model: Any, space: Any, unit_area: float) -> float | None:  # noqa: ANN401
    stated = ifc.stated_area(space, unit_area)
    if stated is not None:
        return stated
    return next((float(shapely.area(body.shadow)) for _, body in ifc.bodies(model, [space])), None)


def _address(building: Any) -> str | None:  # noqa: ANN401
    address = building.BuildingAddress
    if address is None:
        return None
    parts = [address.Region, address.Town, *(address.AddressLines or ())]
    return " ".join(str(part) for part in parts if part) or None
