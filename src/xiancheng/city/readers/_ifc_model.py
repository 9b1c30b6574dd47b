"""What is asked of an IFC model: its place on Earth, storeys, spaces and the outlines of their elements."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely
from pyproj import Transformer

from xiancheng.city.datum import parse_datum
from xiancheng.city.layer import Geometries
from xiancheng.foundation.errors import XianchengError

Floats = npt.NDArray[np.float64]
Entity = Any
"""An ifcopenshell entity: its attributes are those of the IFC schema."""

WALLS = ("IfcWall", "IfcCurtainWall", "IfcColumn", "IfcPlate")
BODIES = (*WALLS, "IfcSlab", "IfcRoof", "IfcBeam", "IfcMember", "IfcBuildingElementProxy")
_AREAS = ("GrossFloorArea", "NetFloorArea", "GSA BIM Area", "Area")
_GRID = 1e-4


@dataclass(frozen=True)
class Place:
    """How the model's metres become coordinates: what they are (None: the model does not say) and the function."""

    datum: str | None
    eastings: float = 0.0
    northings: float = 0.0
    scale: float = 1.0
    cosine: float = 1.0
    sine: float = 0.0
    longitude: float | None = None
    latitude: float | None = None

    def coordinates(self, xy: Floats) -> Floats:
        """Return ``(n, 2)`` coordinates of ``(n, 2)`` metres of the model's plane."""
        x, y = xy[:, 0] * self.scale, xy[:, 1] * self.scale
        east = self.eastings + x * self.cosine - y * self.sine
        north = self.northings + x * self.sine + y * self.cosine
        if self.longitude is None:
            return np.column_stack([east, north])
        # Metres around the site's reference point, by an azimuthal projection with its centre there.
        local = f"+proj=aeqd +lat_0={self.latitude} +lon_0={self.longitude} +datum=WGS84 +units=m"
        return np.column_stack(Transformer.from_crs(local, "EPSG:4326", always_xy=True).transform(east, north))


def find_place(model: Entity, unit: float) -> Place:
    """Return where the model lies: its map conversion, else its site's latitude and longitude, else nowhere known.

    Parameters
    ----------
    model
        An opened file.
    unit
        Metres of the model's unit of length.

    Notes
    -----
    Source: IFC4 ``IfcMapConversion``, ``IfcProjectedCRS``; ``IfcSite.RefLatitude`` (degrees, minutes, seconds,
    millionths, all of one sign); ``IfcGeometricRepresentationContext.TrueNorth``.
    """
    conversions = model.by_type("IfcMapConversion") if model.schema != "IFC2X3" else ()
    for conversion in conversions:
        return _mapped(conversion, unit)
    for site in model.by_type("IfcSite"):
        if site.RefLatitude and site.RefLongitude:
            north_x, north_y = _true_north(model)
            origin = np.zeros(2) if site.ObjectPlacement is None else _origin(site)[:2] * unit
            return Place(
                "WGS84",
                eastings=-float(origin[0] * north_y - origin[1] * north_x),
                northings=-float(origin[0] * north_x + origin[1] * north_y),
                cosine=north_y,
                sine=north_x,
                longitude=_degrees(site.RefLongitude),
                latitude=_degrees(site.RefLatitude),
            )
    return Place(None)


def _mapped(conversion: Entity, unit: float) -> Place:
    abscissa, ordinate = conversion.XAxisAbscissa, conversion.XAxisOrdinate
    direction = np.array([1.0, 0.0] if abscissa is None or ordinate is None else [abscissa, ordinate])
    direction = direction / (np.hypot(*direction) or 1.0)
    # Scale turns the model's unit into the map's; many files leave it out or say 1 though they are in millimetres.
    stated = conversion.Scale or 1.0
    scale = stated if abs(stated - 1) < 0.01 else stated / unit
    name = str(conversion.TargetCRS.Name or "")
    datum: str | None
    try:
        datum = parse_datum(name)
    except XianchengError:
        datum = name or None
    return Place(
        datum,
        eastings=float(conversion.Eastings),
        northings=float(conversion.Northings),
        scale=scale,
        cosine=float(direction[0]),
        sine=float(direction[1]),
    )


def _true_north(model: Entity) -> tuple[float, float]:
    for context in model.by_type("IfcGeometricRepresentationContext"):
        if not context.is_a("IfcGeometricRepresentationSubContext") and context.TrueNorth is not None:
            x, y = context.TrueNorth.DirectionRatios[:2]
            length = float(np.hypot(x, y))
            if length > 0:
                return float(x) / length, float(y) / length
    return 0.0, 1.0


def _degrees(parts: Iterable[float]) -> float:
    return sum(float(part) / size for part, size in zip(parts, (1, 60, 3600, 3_600_000_000), strict=False))


def _origin(item: Entity) -> Floats:
    from ifcopenshell.util.placement import get_local_placement  # noqa: PLC0415 - an optional extra

    return np.asarray(get_local_placement(item.ObjectPlacement), dtype=np.float64)[:3, 3]


def elevation(storey: Entity, unit: float) -> float:
    """Return a storey's height above the model's zero, metres."""
    if storey.ObjectPlacement is not None:
        return float(_origin(storey)[2]) * unit
    return float(storey.Elevation or 0.0) * unit


def decomposition(item: Entity) -> list[Entity]:
    """Return everything in a building or storey, however deep."""
    from ifcopenshell.util.element import get_decomposition  # noqa: PLC0415

    return [*get_decomposition(item)]


def is_one_of(item: Entity, kinds: Iterable[str]) -> bool:
    """Whether an entity is of one of the types, or of a type under it."""
    return any(item.is_a(kind) for kind in kinds)


@dataclass(frozen=True)
class Body:
    """An element's shadow on the ground (model's metres) and its lowest and highest points."""

    shadow: Any
    bottom: float
    top: float


def bodies(model: Entity, items: list[Entity]) -> Iterator[tuple[str, Body]]:
    """Yield the identifier and body of every element that has a shape; openings are left closed."""
    import ifcopenshell.geom  # noqa: PLC0415

    if not items:
        return
    settings = ifcopenshell.geom.settings()
    settings.set("use-world-coords", True)
    # Doors and windows change no outline, and cutting them out takes most of the time.
    settings.set("disable-opening-subtractions", True)
    iterator = ifcopenshell.geom.iterator(settings, model, 1, include=items)
    more = iterator.initialize()
    while more:
        shape = iterator.get()
        vertices = np.asarray(shape.geometry.verts, dtype=np.float64).reshape(-1, 3)
        triangles = np.asarray(shape.geometry.faces, dtype=np.intp).reshape(-1, 3)
        if len(triangles):
            body = Body(_shadow(vertices, triangles), float(vertices[:, 2].min()), float(vertices[:, 2].max()))
            yield str(shape.guid), body
        more = iterator.next()


def _shadow(vertices: Floats, triangles: npt.NDArray[np.intp]) -> Any:  # noqa: ANN401 - shapely
    corners = vertices[triangles][:, :, :2]
    faces = shapely.polygons(corners)
    return shapely.union_all(faces[shapely.area(faces) > _GRID**2], grid_size=_GRID)


def stated_area(space: Entity, unit_area: float) -> float | None:
    """Return a space's floor area from its quantities, m²; None if it states none."""
    from ifcopenshell.util.element import get_psets  # noqa: PLC0415

    found: Mapping[str, Mapping[str, Any]] = get_psets(space)
    for name in _AREAS:
        for properties in found.values():
            value = properties.get(name)
            if isinstance(value, int | float) and value > 0:
                return float(value) * unit_area
    return None


def polygons_of(geometry: Any) -> Geometries:  # noqa: ANN401
    """Return the polygons among the parts of a geometry."""
    parts = shapely.get_parts(geometry)
    return np.asarray(parts[shapely.get_type_id(parts) == shapely.GeometryType.POLYGON], dtype=object)
