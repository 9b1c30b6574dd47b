"""Evidence for the datum of a file: where its places would lie under each. The person chooses; nothing is assumed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast

import numpy as np
import numpy.typing as npt
import shapely
from pyproj import Geod

from xiancheng.city.classes import Catalogue
from xiancheng.city.columns import match_columns
from xiancheng.city.datum import describe_datum, is_approximate, parse_datum, possible_datums, to_stored
from xiancheng.city.history import StoreError, today
from xiancheng.city.layer import Geometries, SourceLayer
from xiancheng.city.store import Store
from xiancheng.city.values import plain
from xiancheng.foundation.errors import UnknownNameError
from xiancheng.site.county import reading
from xiancheng.site.imports.choices import STATED, Choices
from xiancheng.site.problems import NotFoundError

MOST_SHOWN = 400
MOST_COMPARED = 2000
_GEOD = Geod(ellps="WGS84")
_SIMPLE = 1e-5
MARGIN = 0.004
"""Degrees of room around the places."""
Points = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class _Known:
    """What the model already knows: the county's outline, its middle, and objects of the class by name."""

    outline: Any
    middle: tuple[float, float] | None
    by_name: dict[str, tuple[float, float]]


def evidence(layers: list[SourceLayer], choices: Choices, catalogue: Catalogue) -> dict[str, Any]:
    """Return each datum the coordinates may be in, what speaks for it, and a sample of the places under it.

    For each candidate: the distance to where the places lie if the coordinates are CGCS2000; the share of places
    within the county; and how far, in the middle, objects of the same name lie from where the model has them.
    """
    placed = [layer for layer in layers if layer.geometry is not None and len(layer)]
    if choices.layer:
        placed = [layer for layer in placed if layer.name == choices.layer]
    known = _known(catalogue, choices.feature_class)
    shapes, names = _sample(placed, catalogue, choices)
    candidates = _candidates(placed, shapes, choices, known.middle)
    outline = None if known.outline is None else shapely.geometry.mapping(shapely.simplify(known.outline, 1e-4))
    reference = _anchors(shapes) if len(shapes) and _are_degrees(shapes) else None
    return {
        "needed": bool(len(shapes)),
        "stated": sorted({layer.datum for layer in placed if layer.datum}),
        "outline": outline,
        "known": _known_places(known),
        "candidates": [
            found
            for name, is_stated in candidates
            if (found := _candidate(name, shapes, names, known, reference, stated=is_stated)) is not None
        ],
    }


def _known(catalogue: Catalogue, class_name: str | None) -> _Known:
    try:
        with reading() as store:
            extent = store.backend.extent()
            middle = None if extent is None else ((extent[0] + extent[2]) / 2, (extent[1] + extent[3]) / 2)
            return _Known(_outline(store), middle, _by_name(store, catalogue, class_name))
    except (StoreError, NotFoundError):
        return _Known(None, None, {})


def _outline(store: Store) -> Any:  # noqa: ANN401 - a geometry or None
    """Return the area of the county: of its widest administrative areas, together."""
    if "admin_area" not in store.classes_present():
        return None
    rows = store.as_of("admin_area", today())
    areas = rows.geometry[~shapely.is_missing(rows.geometry)]
    areas = areas[np.isin(shapely.get_type_id(areas), (3, 6))]
    return shapely.union_all(shapely.make_valid(areas)) if len(areas) else None


def _by_name(store: Store, catalogue: Catalogue, class_name: str | None) -> dict[str, tuple[float, float]]:
    if class_name is None or class_name not in {c.name for c in catalogue} or class_name not in store.classes_present():
        return {}
    rows = store.as_of(class_name, today())
    names = rows.columns.get("name")
    if names is None or not catalogue[class_name].has_geometry:
        return {}
    points = _anchors(rows.geometry)
    found: dict[str, tuple[float, float] | None] = {}
    for name, (x, y) in zip(names.tolist(), points.tolist(), strict=True):
        if name:
            # A name that several have says nothing of where one of them is.
            found[str(name)] = None if name in found else (x, y)
    return {name: place for name, place in found.items() if place is not None}


def _sample(layers: list[SourceLayer], catalogue: Catalogue, choices: Choices) -> tuple[Geometries, list[str | None]]:
    """Return some places of the file, spread over it, and their names."""
    geometries, names = [], []
    for layer in layers:
        shapes = np.asarray(layer.geometry, dtype=object)
        with np.errstate(invalid="ignore"):
            good = np.flatnonzero(~shapely.is_missing(shapes) & ~shapely.is_empty(shapes) & _finite(shapes))
        chosen = (
            good[np.unique(np.linspace(0, len(good) - 1, min(len(good), MOST_COMPARED)).astype(int))]
            if len(good)
            else good
        )
        column = _name_column(layer, catalogue, choices)
        geometries.append(shapely.force_2d(shapes[chosen]))
        names += [None if column is None else _text(layer.columns[column][i]) for i in chosen.tolist()]
    joined = np.concatenate(geometries) if geometries else np.empty(0, dtype=object)
    return cast("Geometries", joined), names


def _name_column(layer: SourceLayer, catalogue: Catalogue, choices: Choices) -> str | None:
    for column, attribute in choices.mapping.items():
        if attribute == "name" and column in layer.columns:
            return column
    class_name = choices.feature_class or layer.feature_class
    if class_name is None or class_name not in {c.name for c in catalogue}:
        return None
    matched = match_columns(list(layer.columns), catalogue[class_name])
    return next((column for column, attribute in matched.items() if attribute == "name"), None)


def _candidates(
    layers: list[SourceLayer], shapes: Geometries, choices: Choices, middle: tuple[float, float] | None
) -> list[tuple[str, bool]]:
    """Return names of datums, and whether the file states it: stated ones first, then what fits, then the chosen."""
    found: dict[str, bool] = {}
    for layer in layers:
        if layer.datum:
            try:
                found[parse_datum(layer.datum)] = True
            except UnknownNameError:
                continue
    for name in possible_datums(shapes, middle) if len(shapes) else []:
        found.setdefault(name, False)
    if choices.datum and choices.datum != STATED:
        found.setdefault(parse_datum(choices.datum), False)
    return list(found.items())


def _candidate(
    name: str, shapes: Geometries, names: list[str | None], known: _Known, reference: Points | None, *, stated: bool
) -> dict[str, Any] | None:
    placed = to_stored(shapes, name)
    points = _anchors(placed)
    good = np.asarray(np.isfinite(points).all(axis=1), dtype=bool)
    if not good.any():
        return None
    moved = None
    if reference is not None and (both := good & np.isfinite(reference).all(axis=1)).any():
        moved = float(np.median(_GEOD.inv(*reference[both].T, *points[both].T)[2]))
    inside = None
    if known.outline is not None:
        inside = float(shapely.contains_xy(known.outline, points[good, 0], points[good, 1]).sum() / len(points))
    distances = [
        _GEOD.inv(x, y, *known.by_name[n])[2]
        for n, (x, y), ok in zip(names, points.tolist(), good.tolist(), strict=True)
        if ok and n is not None and n in known.by_name
    ]
    every = max(1, int(good.sum()) // MOST_SHOWN)
    drawn = shapely.simplify(placed[good][::every], _SIMPLE)
    return {
        "name": name,
        "title": describe_datum(name).as_dict(),
        "stated": stated,
        "approximate": is_approximate(name),
        "moved_m": moved,
        "inside": inside,
        "same_name": len(distances),
        "same_name_m": float(np.median(distances)) if distances else None,
        "focus": _focus(points[good]),
        "places": {
            "type": "FeatureCollection",
            "features": [
                {"type": "Feature", "properties": {}, "geometry": shapely.geometry.mapping(shape)}
                for shape in drawn
                if not shape.is_empty
            ],
        },
    }


def _focus(points: Points) -> list[float]:
    """Return the box of the half of the places that lies closest together: a shift of some hundred metres shows."""
    middle = np.median(points, axis=0)
    near = points[np.argsort(np.hypot(*(points - middle).T))[: max(1, len(points) // 2)]]
    west, south = near.min(axis=0) - MARGIN
    east, north = near.max(axis=0) + MARGIN
    return [float(west), float(south), float(east), float(north)]


def _known_places(known: _Known) -> dict[str, Any]:
    return {
        "type": "FeatureCollection",
        "features": [
            {"type": "Feature", "properties": {"name": name}, "geometry": {"type": "Point", "coordinates": list(place)}}
            for name, place in list(known.by_name.items())[:MOST_SHOWN]
        ],
    }


def _anchors(shapes: Geometries) -> Points:
    centre = shapely.centroid(shapes)
    return np.column_stack([shapely.get_x(centre), shapely.get_y(centre)])


def _finite(shapes: Geometries) -> npt.NDArray[np.bool_]:
    return np.asarray(np.isfinite(shapely.bounds(shapes)).all(axis=1), dtype=bool)


def _are_degrees(shapes: Geometries) -> bool:
    west, south, east, north = shapely.total_bounds(shapes)
    return bool(west >= -180 and east <= 180 and south >= -90 and north <= 90)


def _text(value: object) -> str | None:
    value = plain(value)
    return None if value is None else str(value).strip()
