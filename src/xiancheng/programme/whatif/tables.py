"""Feature tables after the edits of a scenario, computed as publishing would compute them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
import numpy.typing as npt
import shapely
from pyproj import Transformer
from shapely.geometry.base import BaseGeometry

from xiancheng.city.county import STORED_CRS
from xiancheng.city.layer import Geometries
from xiancheng.city.publish import TOWNSHIP, representative_points
from xiancheng.city.snapshot import FeatureTable, Objects, Snapshot, project
from xiancheng.city.values import plain, to_array
from xiancheng.foundation.text import Text
from xiancheng.programme.whatif.scenario import Edit, EditError, Operation

PROJECTED_ROWS = 50_000
"""Classes of up to so many features are projected once and for all when they are first edited."""

FAR_METRES = 100_000.0
"""A new feature farther than this from everything of the county is a slip of the finger."""
LEAST_AREA = 1.0
"""Square metres: what is smaller is a line or a point that was drawn as a polygon."""


@dataclass(frozen=True)
class State:
    """A feature before or after an edit: None of each does not exist."""

    geometry: BaseGeometry | None
    attributes: dict[str, Any]


@dataclass(frozen=True)
class Resolved:
    """An edit with what it does: the feature before it and after it."""

    edit: Edit
    before: State | None
    after: State | None


@dataclass(frozen=True)
class Outcome:
    """All edits made.

    Attributes
    ----------
    steps
        Each edit in order.
    tables
        Class → its features afterwards.
    touched
        Class → identifiers of the features that are other than before.
    """

    steps: tuple[Resolved, ...]
    tables: dict[str, FeatureTable]
    touched: dict[str, frozenset[str]]


def apply_edits(city: Snapshot, edits: Iterable[Edit]) -> Outcome:
    """Make the edits one after the other.

    Raises
    ------
    EditError
        If one concerns a feature that does not exist, adds one that does, or places one far off.
    """
    working: dict[tuple[str, str], State | None] = {}
    index: dict[str, dict[str, int]] = {}
    steps = []
    for position, edit in enumerate(edits):
        name = edit.feature_class
        rows = index.setdefault(name, {str(i): k for k, i in enumerate(city.table(name).ids.tolist())})
        key = (name, edit.object_id)
        before = working[key] if key in working else _existing(city.table(name), rows.get(edit.object_id))
        after = _after(city, position, edit, before)
        working[key] = after
        steps.append(Resolved(edit, before, after))
    tables, touched = {}, {}
    for name, rows in index.items():
        mine = {object_id: state for (owner, object_id), state in working.items() if owner == name}
        # What was added and removed again never was.
        kept = {i: s for i, s in mine.items() if s is not None or i in rows}
        touched[name] = frozenset(kept)
        tables[name] = _edited(city, name, rows, kept)
    return Outcome(tuple(steps), tables, touched)


def _existing(table: FeatureTable, row: int | None) -> State | None:
    if row is None:
        return None
    return State(table.geometry[row], {name: plain(values[row]) for name, values in table.columns.items()})


def _after(city: Snapshot, position: int, edit: Edit, before: State | None) -> State | None:
    title = city.catalogue[edit.feature_class].title
    if edit.operation == "add":
        if before is not None:
            raise EditError(
                position,
                Text(f"已有标识为 {edit.object_id} 的{title.zh}", f"there is a {title.en} {edit.object_id} already"),
            )
        return _added(city, position, edit)
    if before is None:
        raise EditError(
            position, Text(f"没有标识为 {edit.object_id} 的{title.zh}", f"there is no {title.en} {edit.object_id}")
        )
    make: dict[Operation, Any] = {"remove": lambda *_: None, "resize": _resized, "move": _moved}
    return cast("State | None", make[edit.operation](city, position, edit, before))


def _added(city: Snapshot, position: int, edit: Edit) -> State:
    geometry = edit.geometry
    assert geometry is not None
    area = edit.area_m2
    metric = _metric(city, geometry)
    _near(city, position, metric)
    if area is not None:
        metric = _square(metric, area) if shapely.get_dimensions(metric) == 0 else _scaled(position, metric, area)
        _near(city, position, metric)
        geometry = _stored(city, metric)
    return State(geometry, _with_area(city, edit, dict(edit.attributes), area))


def _resized(city: Snapshot, position: int, edit: Edit, before: State) -> State:
    geometry = before.geometry
    attributes = {**before.attributes, **edit.attributes}
    if edit.area_m2 is not None:
        metric = None if geometry is None else _metric(city, geometry)
        if metric is None or shapely.get_dimensions(metric) != 2:
            raise EditError(position, Text("它不是面，没有面积", "it is no polygon and has no area"))
        scaled = _scaled(position, metric, edit.area_m2)
        _near(city, position, scaled)
        geometry = _stored(city, scaled)
        attributes = _with_area(city, edit, attributes, edit.area_m2)
    return State(geometry, attributes)


def _moved(city: Snapshot, position: int, edit: Edit, before: State) -> State:
    target = edit.geometry
    assert target is not None
    metric = _metric(city, target)
    _near(city, position, metric)
    if before.geometry is None:
        return State(target, before.attributes)
    old = _metric(city, before.geometry)
    if shapely.get_dimensions(metric) == 0 and shapely.get_dimensions(old) > 0:
        step = shapely.get_coordinates(metric)[0] - shapely.get_coordinates(shapely.centroid(old))[0]
        return State(_stored(city, shapely.transform(old, lambda xy: xy + step)), before.attributes)
    if shapely.get_dimensions(metric) != shapely.get_dimensions(old):
        raise EditError(position, Text("新位置的几何类型不同", "the new place is of another kind of geometry"))
    return State(target, before.attributes)


def _with_area(city: Snapshot, edit: Edit, attributes: dict[str, Any], area: float | None) -> dict[str, Any]:
    """Register the area that was asked for, where the class keeps one and nothing else was said of it."""
    names = {a.name for a in city.catalogue[edit.feature_class].attributes}
    if area is not None and "area_m2" in names and "area_m2" not in edit.attributes:
        attributes["area_m2"] = area
    return attributes


def _near(city: Snapshot, position: int, metric: BaseGeometry) -> None:
    low, high = city.memo("bounds of the county", lambda: _bounds(city))
    west, south, east, north = metric.bounds
    if not (
        np.isfinite([west, south, east, north]).all()
        and west >= low[0] - FAR_METRES
        and south >= low[1] - FAR_METRES
        and east <= high[0] + FAR_METRES
        and north <= high[1] + FAR_METRES
    ):
        raise EditError(position, Text("位置离本县太远", "the place is far from the county"))


def _bounds(city: Snapshot) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Return south-west and north-east of all areas and residents, metres."""
    points = [shapely.get_coordinates(city.table("admin_area").projected), city.population.xy]
    xy = np.concatenate(points)
    xy = xy[np.isfinite(xy).all(axis=1)]
    if not len(xy):
        return np.full(2, -np.inf), np.full(2, np.inf)
    return xy.min(axis=0), xy.max(axis=0)


def _metric(city: Snapshot, geometry: BaseGeometry) -> BaseGeometry:
    one = np.empty(1, dtype=object)
    one[0] = geometry
    return cast("BaseGeometry", project(one, city.county.crs)[0])


def _stored(city: Snapshot, metric: BaseGeometry) -> BaseGeometry:
    back = city.memo("to stored", lambda: Transformer.from_crs(city.county.crs, STORED_CRS, always_xy=True))
    return cast("BaseGeometry", shapely.transform(metric, lambda xy: np.column_stack(back.transform(*xy.T))))


def _square(centre: BaseGeometry, area: float) -> BaseGeometry:
    x, y = shapely.get_coordinates(centre)[0]
    half = float(np.sqrt(area)) / 2
    return cast("BaseGeometry", shapely.box(x - half, y - half, x + half, y + half))


def _scaled(position: int, metric: BaseGeometry, area: float) -> BaseGeometry:
    if metric.area < LEAST_AREA:
        text = Text("它没有可以放大或缩小的面积", "it has no area that could be made larger or smaller")
        raise EditError(position, text)
    factor = float(np.sqrt(area / metric.area))
    middle = shapely.get_coordinates(shapely.centroid(metric))[0]
    return cast("BaseGeometry", shapely.transform(metric, lambda xy: middle + factor * (xy - middle)))


def _edited(city: Snapshot, name: str, rows: dict[str, int], states: dict[str, State | None]) -> FeatureTable:
    """Return the table of a class with some features replaced, left out or added at the end."""
    table = city.table(name)
    gone = np.zeros(len(table), dtype=bool)
    gone[[rows[i] for i in states if i in rows]] = True
    if len(table) <= PROJECTED_ROWS:
        # Every selection from the table then has its projected geometries for nothing.
        _ = table.projected
    kept = table.take(~gone)
    new = [(i, state) for i, state in states.items() if state is not None]
    if not new:
        return kept
    geometry = np.empty(len(new), dtype=object)
    geometry[:] = [state.geometry for _, state in new]
    points = representative_points(geometry)
    projected = project(geometry, table.crs)
    dimension = shapely.get_dimensions(geometry)
    columns = {}
    for attribute in table.feature_class.attributes:
        added = to_array([state.attributes.get(attribute.name) for _, state in new], attribute)
        columns[attribute.name] = np.concatenate([kept.column(attribute.name), added])
    joined = FeatureTable(
        table.feature_class,
        _joined(kept.ids, [i for i, _ in new]),
        np.concatenate([kept.geometry, geometry]),
        columns,
        np.concatenate([kept.xy, shapely.get_coordinates(project(points, table.crs))]),
        np.concatenate([kept.area, np.where(dimension == 2, shapely.area(projected), 0.0)]),
        np.concatenate([kept.length, np.where(dimension == 1, shapely.length(projected), 0.0)]),
        np.concatenate([kept.in_area, _townships_of(city, points)]),
        table.crs,
    )
    if "projected" in kept.__dict__:
        joined.__dict__["projected"] = np.concatenate([kept.projected, projected])
    return joined


def _joined(ids: Objects, more: list[str]) -> Objects:
    added = np.empty(len(more), dtype=object)
    added[:] = more
    return np.concatenate([ids, added])


def _townships_of(city: Snapshot, points: Geometries) -> Objects:
    """Return the code of the township around each point; of several, the first by code."""
    areas = city.table("admin_area")
    codes = areas.column("code")
    chosen = np.flatnonzero((areas.column("level") == TOWNSHIP) & (codes != None))  # noqa: E711 - elementwise
    chosen = chosen[np.argsort(codes[chosen].astype(str), kind="stable")]
    found = np.full(len(points), None, dtype=object)
    area, point = shapely.STRtree(points).query(areas.geometry[chosen], predicate="intersects")
    backwards = np.argsort(-area, kind="stable")
    found[point[backwards]] = codes[chosen][area[backwards]]
    return found


def metric_area(city: Snapshot, state: State | None) -> float | None:
    """Return the m² of a feature, None if it is no polygon."""
    if state is None or state.geometry is None or shapely.get_dimensions(state.geometry) != 2:
        return None
    return float(_metric(city, state.geometry).area)
