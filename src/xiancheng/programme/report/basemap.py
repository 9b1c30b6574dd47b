"""The base of the report's maps: administrative boundaries, roads, water, green, buildings, compressed to SVG paths."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import cast

import numpy as np
import numpy.typing as npt
import shapely
from pyproj import Transformer

from xiancheng.city.county import STORED_CRS
from xiancheng.city.layer import Geometries
from xiancheng.city.snapshot import FeatureTable, Snapshot

Floats = npt.NDArray[np.float64]
Box = tuple[float, float, float, float]
"""West, south, east, north."""

KINDS = ("green", "water", "waterway", "building", "road_local", "road_minor", "road_major", "area", "seat")
"""Kinds of layers, in the order in which they are drawn."""

STEPS = 2400
"""Resolution: coordinates are rounded to the focus divided by this many steps."""

_VERTICES = {"road_local": 22_000, "road_minor": 16_000, "road_major": 12_000}
_VERTICES_OTHERWISE = 14_000
_BUILDING_CELLS = 14_000

_MAJOR = frozenset(["motorway", "trunk", "primary"])
_MINOR = frozenset(["secondary", "tertiary"])
_UNDRAWN = frozenset(["footway", "path", "steps", "cycleway", "track"])


@dataclass(frozen=True)
class MapLayer:
    """One layer under the places of a map.

    Attributes
    ----------
    kind
        One of :data:`KINDS`.
    geometries
        ``(n,)`` shapely geometries in `crs`, metres.
    crs
        Projected CRS of the geometries.
    labels
        ``(n,)`` names to write on the map, or None.
    """

    kind: str
    geometries: Geometries
    crs: str
    labels: npt.NDArray[np.object_] | None = None


def map_layers(snapshot: Snapshot) -> dict[str, MapLayer]:
    """Return the base layers of a snapshot by kind; a class without features gives no layer."""
    layers: dict[str, MapLayer] = {}

    def add(kind: str, geometry: Geometries, labels: npt.NDArray[np.object_] | None = None) -> None:
        present = ~(shapely.is_missing(geometry) | shapely.is_empty(geometry))
        if present.any():
            kept = None if labels is None else labels[present]
            layers[kind] = MapLayer(kind, geometry[present], snapshot.county.crs, kept)

    areas = snapshot.table("admin_area")
    level = areas.column("level")
    drawn = level == "township"
    if not drawn.any():
        drawn = level != "county_seat"
    add("area", areas.projected[drawn], areas.column("name")[drawn])
    add("seat", areas.projected[level == "county_seat"])
    add("green", np.concatenate([snapshot.table("green_space").projected, snapshot.table("park").projected]))
    add("water", snapshot.table("water_body").projected)
    add("waterway", snapshot.table("waterway").projected)
    roads = snapshot.table("road")
    for kind, chosen in _road_kinds(roads).items():
        add(kind, roads.projected[chosen])
    buildings = snapshot.table("building")
    add("building", cast("Geometries", shapely.points(buildings.xy[np.isfinite(buildings.xy).all(axis=1)])))
    return layers


def _road_kinds(roads: FeatureTable) -> dict[str, npt.NDArray[np.bool_]]:
    classes = roads.column("road_class")
    major = np.isin(classes.astype(str), list(_MAJOR))
    minor = np.isin(classes.astype(str), list(_MINOR))
    local = ~major & ~minor & ~np.isin(classes.astype(str), list(_UNDRAWN))
    return {"road_major": major, "road_minor": minor, "road_local": local}


@dataclass(frozen=True)
class Base:
    """A drawn base: integer units from `origin`, x to the east, y to the south.

    Attributes
    ----------
    unit
        Metres per unit.
    focus
        The part of the county that a map shows at least, in units: west, north, east, south.
    paths
        Kind → data of one SVG path.
    building_cell
        Units a building cell is wide.
    labels
        Place of a name in units, and the name.
    """

    crs: str
    origin: tuple[float, float]
    unit: float
    focus: Box
    paths: Mapping[str, str] = field(default_factory=dict)
    building_cell: int = 1
    labels: tuple[tuple[float, float, str], ...] = ()

    @cached_property
    def _transformer(self) -> Transformer:
        return Transformer.from_crs(STORED_CRS, self.crs, always_xy=True)

    def place(self, lon: Floats, lat: Floats) -> Floats:
        """Return ``(n, 2)`` units of points in CGCS2000 degrees; NaN where there is no place."""
        x, y = self._transformer.transform(lon, lat)
        units = np.column_stack([(x - self.origin[0]) / self.unit, (self.origin[1] - y) / self.unit])
        units[~np.isfinite(units).all(axis=1)] = np.nan
        return units


def draw(layers: Mapping[str, MapLayer], points: Floats, crs: str) -> Base:
    """Draw the base once, around its focus and the places that any map shows.

    Parameters
    ----------
    points
        ``(n, 2)`` metres in `crs` of every place that some map shows.
    """
    west, south, east, north = focus_box(layers, points)
    unit = max(max(east - west, north - south) / STEPS, 0.25)
    origin = (west, north)
    focus = (0.0, 0.0, (east - west) / unit, (north - south) / unit)
    clip = shapely.box(*_padded(_union((west, south, east, north), _bounds_of_points(points)), 0.35))

    def to_units(coordinates: Floats) -> Floats:
        return np.round(np.column_stack([coordinates[:, 0] - west, north - coordinates[:, 1]]) / unit)

    paths: dict[str, str] = {}
    cell = 1
    for kind in KINDS:
        if kind not in layers:
            continue
        inside = shapely.clip_by_rect(layers[kind].geometries, *clip.bounds)
        inside = inside[~shapely.is_empty(inside)]
        if not len(inside):
            continue
        if kind == "building":
            paths[kind], cell = _building_path(to_units(shapely.get_coordinates(shapely.centroid(inside))))
        else:
            budget = _VERTICES.get(kind, _VERTICES_OTHERWISE)
            paths[kind] = _path(_simplified(inside, unit, budget), to_units)
    return Base(crs, origin, unit, focus, paths, cell, tuple(_labels(layers, unit, origin)))


def focus_box(layers: Mapping[str, MapLayer], points: Floats) -> Box:
    """Return the built-up part: the county seat, else where nearly all buildings are, else all there is."""
    if "seat" in layers:
        return _padded(cast("Box", tuple(shapely.total_bounds(layers["seat"].geometries))), 0.04)
    if "building" in layers and len(layers["building"].geometries) >= 20:
        xy = shapely.get_coordinates(shapely.centroid(layers["building"].geometries))
        low, high = np.percentile(xy, [2, 98], axis=0)
        return _padded((low[0], low[1], high[0], high[1]), 0.1)
    boxes = [cast("Box", tuple(shapely.total_bounds(v.geometries))) for k, v in layers.items() if k != "area"]
    boxes = boxes or [cast("Box", tuple(shapely.total_bounds(v.geometries))) for v in layers.values()]
    found = _bounds_of_points(points)
    if found is not None and not boxes:
        boxes = [found]
    if not boxes:
        return (0.0, 0.0, 1000.0, 1000.0)
    box = boxes[0]
    for other in boxes[1:]:
        box = _union(box, other)
    return _padded(box, 0.05)


def _bounds_of_points(points: Floats) -> Box | None:
    known = points[np.isfinite(points).all(axis=1)]
    if not len(known):
        return None
    low, high = (
        (known.min(axis=0), known.max(axis=0)) if len(known) < 200 else np.percentile(known, [0.5, 99.5], axis=0)
    )
    return (float(low[0]), float(low[1]), float(high[0]), float(high[1]))


def _union(box: Box, other: Box | None) -> Box:
    if other is None:
        return box
    return (min(box[0], other[0]), min(box[1], other[1]), max(box[2], other[2]), max(box[3], other[3]))


def _padded(box: Box, share: float) -> Box:
    size = max(box[2] - box[0], box[3] - box[1], 200.0)
    return (box[0] - size * share, box[1] - size * share, box[2] + size * share, box[3] + size * share)


def _simplified(geometries: Geometries, unit: float, budget: int) -> Geometries:
    """Return lines or rings of at most about `budget` vertices, as little simplified as that needs."""
    parts = shapely.get_parts(geometries)
    kind = shapely.get_type_id(parts)
    areal = np.isin(kind, [3, 6])
    lines = [*shapely.get_rings(parts[areal]), *_merged(parts[np.isin(kind, [1, 2, 5])])]
    shapes = np.array(lines, dtype=object)
    tolerance = unit * 0.6
    while True:
        simple = shapely.simplify(shapes, tolerance)
        extent = shapely.bounds(simple)
        seen = np.maximum(extent[:, 2] - extent[:, 0], extent[:, 3] - extent[:, 1]) >= max(unit, tolerance)
        simple = simple[seen]
        if shapely.get_num_coordinates(simple).sum() <= budget or tolerance > unit * 80:
            return cast("Geometries", simple)
        tolerance *= 1.6


def _merged(lines: Geometries) -> Geometries:
    """Return lines joined end to end, so that a street is one path instead of one a block."""
    if not len(lines):
        return lines
    return cast("Geometries", shapely.get_parts(shapely.line_merge(shapely.multilinestrings(shapely.get_parts(lines)))))


def _path(lines: Geometries, to_units: Callable[[Floats], Floats]) -> str:
    """Return SVG path data of lines: an absolute start, then relative integer steps; rings are closed by ``z``."""
    coordinates, owner = shapely.get_coordinates(lines, return_index=True)
    units = to_units(coordinates).astype(np.int64)
    starts = np.flatnonzero(np.diff(owner, prepend=-1))
    ends = np.append(starts[1:], len(owner))
    closed = shapely.is_closed(lines)
    out: list[str] = []
    for start, end, ring in zip(starts, ends, closed, strict=True):
        steps = np.diff(units[start:end], axis=0)
        steps = steps[(steps != 0).any(axis=1)]
        if ring:
            steps = steps[:-1]
        if not len(steps):
            continue
        x, y = units[start]
        out.append(f"M{x} {y}l{' '.join(map(str, steps.ravel().tolist()))}{'z' if ring else ''}")
    return "".join(out).replace(" -", "-")


def _building_path(units: Floats) -> tuple[str, int]:
    """Return buildings as runs of occupied cells, coarse enough for a small file, and the width of a cell."""
    cell = max(1, STEPS // 320)
    while True:
        cells = np.unique(np.floor(units / cell).astype(np.int64)[:, ::-1], axis=0)
        if len(cells) <= _BUILDING_CELLS:
            break
        cell = int(np.ceil(cell * 1.3))
    if not len(cells):
        return "", cell
    y, x = cells[:, 0], cells[:, 1]
    first = np.flatnonzero((np.diff(y, prepend=y[0] - 1) != 0) | (np.diff(x, prepend=x[0] - 2) != 1))
    length = np.diff(np.append(first, len(cells)))
    runs = zip(
        (x[first] * cell).tolist(), (y[first] * cell + cell // 2).tolist(), (length * cell).tolist(), strict=True
    )
    return "".join(f"M{left} {top}h{run}" for left, top, run in runs), cell


def _labels(
    layers: Mapping[str, MapLayer], unit: float, origin: tuple[float, float]
) -> Iterable[tuple[float, float, str]]:
    layer = layers.get("area")
    if layer is None or layer.labels is None:
        return
    for point, name in zip(shapely.point_on_surface(layer.geometries), layer.labels, strict=True):
        if name:
            yield (point.x - origin[0]) / unit, (origin[1] - point.y) / unit, str(name)
