"""Isochrones of facilities or of a point, and the way from a place to the nearest facility of every class."""

from __future__ import annotations

import json
import threading
from collections import OrderedDict
from collections.abc import Sequence
from typing import Any, cast

import numpy as np
import orjson
import shapely
from pyproj import Transformer

from xiancheng.city.county import STORED_CRS
from xiancheng.city.layer import Geometries
from xiancheng.city.snapshot import Floats, Snapshot
from xiancheng.foundation.text import Text
from xiancheng.planning.isochrones import network_isochrones, straight_isochrones
from xiancheng.planning.route import Ways
from xiancheng.planning.snap import Snapped
from xiancheng.programme.views.features import select
from xiancheng.programme.views.roads import Doors, Mode, Roads, doors, entrances, roads, roads_missing
from xiancheng.programme.whatif.traced import Traced
from xiancheng.site.access.questions import Question
from xiancheng.site.problems import InvalidError, NotFoundError

KEPT = 12
REACH = 30_000.0
"""Metres beyond which no way is looked for."""
DOORS = 3_000
"""Of a class with more features only those nearest in a straight line are tried."""

_polygons: OrderedDict[tuple[object, ...], list[dict[str, Any]]] = OrderedDict()
_lock = threading.Lock()


def isochrones(city: Snapshot, question: Question, point: tuple[float, float] | None) -> list[dict[str, Any]]:
    """Return polygons within each of the distances as GeoJSON features, the widest first.

    Raises
    ------
    NotFoundError
        If there is no road to go by.
    InvalidError
        If the place is so far away that the county's projection does not reach it.
    """
    key = (city.as_of, city.hash, question, point)
    shared = isinstance(city, Traced)
    with _lock:
        if shared and key in _polygons:
            _polygons.move_to_end(key)
            return _polygons[key]
    areas = _areas(city, question, point)
    found = []
    for metres, area in sorted(zip(question.metres, areas, strict=True), key=lambda pair: -pair[0]):
        if not shapely.is_empty(area):
            properties = {"metres": metres, "km2": round(float(shapely.area(area)) / 1e6, 4)}
            drawn = shapely.to_geojson(_in_degrees(city, area))
            found.append({"type": "Feature", "geometry": orjson.Fragment(drawn), "properties": properties})
    if shared:
        with _lock:
            _polygons[key] = found
            while len(_polygons) > KEPT:
                _polygons.popitem(last=False)
    return found


def _areas(city: Snapshot, question: Question, point: tuple[float, float] | None) -> Geometries:
    if question.metric == "straight":
        return straight_isochrones(_straight_from(city, question, point), question.metres)
    network = _network(city, question.mode)
    xy = _metric(city, point) if point is not None else doors(city, question.features(city), question.from_).xy
    return network_isochrones(network.network, network.snap(xy), xy, question.metres, among=network.usable)


def _straight_from(city: Snapshot, question: Question, point: tuple[float, float] | None) -> Geometries:
    if point is not None:
        return cast("Geometries", shapely.points(_metric(city, point)))
    features = question.features(city)
    if question.from_ == "point":
        return cast("Geometries", shapely.points(features.xy))
    if question.from_ == "boundary":
        return features.geometry
    gates = entrances(city, features)
    return np.concatenate([shapely.points(gates.xy), features.geometry[gates.without]])


def nearest_of_each(
    city: Snapshot, place: tuple[float, float], mode: Mode, classes: Sequence[str]
) -> list[dict[str, Any]]:
    """Return the nearest feature of each class with the way there, classes that are nearest first.

    Raises
    ------
    NotFoundError
        If there is no road to go by.
    InvalidError
        If the place is so far away that the county's projection does not reach it.
    """
    network, here = _network(city, mode), _metric(city, place)
    origin = network.snap(here)
    ways = Ways(network.network, origin, limit=REACH)
    found = []
    for name in classes:
        entry = _nearest(city, mode, ways, here, name)
        if entry is not None:
            found.append(entry)
    return sorted(found, key=lambda e: (e["metres"] is None, e["metres"] or e["straight"]))


def _nearest(city: Snapshot, mode: Mode, ways: Ways, here: Floats, name: str) -> dict[str, Any] | None:
    features = select(city, (name,))
    (table,) = features.tables
    if not len(table):
        return None
    straight = shapely.distance(shapely.points(here)[0], features.geometry)
    straight = np.where(np.isfinite(straight), straight, np.inf)
    gates, places = city.memo(("doors", name, mode), lambda: _doors(city, mode, name))
    metres = ways.metres(places)
    row = int(gates.owner[np.argmin(metres)]) if np.isfinite(metres).any() else int(np.argmin(straight))
    route = None
    if np.isfinite(metres).any():
        way = ways.to(places.take(np.array([np.argmin(metres)])))
        if way is not None:
            line = shapely.linestrings(np.concatenate([here, way.xy, gates.xy[[np.argmin(metres)]]]))
            route = json.loads(shapely.to_geojson(_in_degrees(city, line)))
    lon_lat = shapely.get_coordinates(_in_degrees(city, shapely.points(features.xy[row])))[0]
    title = table.feature_class.title
    return {
        "feature_class": name,
        "title": title.as_dict(),
        "id": str(table.ids[row]),
        "name": table.column("name")[row],
        "straight": float(straight[row]),
        "metres": float(metres.min()) if np.isfinite(metres).any() else None,
        "place": tuple(lon_lat.tolist()),
        "route": route,
    }


def _doors(city: Snapshot, mode: Mode, name: str) -> tuple[Doors, Snapped]:
    """Return where features of a class are reached on the network: their outline, or their middle if there are many."""
    features, network = select(city, (name,)), _network(city, mode)
    gates = doors(city, features, "boundary" if len(features) <= DOORS else "point")
    return gates, network.snap(gates.xy)


def _network(city: Snapshot, mode: Mode) -> Roads:
    network = roads(city, mode)
    if network is None:
        raise NotFoundError(roads_missing(city, mode), Text("改用直线距离", "measure in a straight line instead"))
    return network


def _metric(city: Snapshot, point: tuple[float, float]) -> Floats:
    forth = Transformer.from_crs(STORED_CRS, city.county.crs, always_xy=True)
    xy = np.array([forth.transform(*point)])
    if not np.isfinite(xy).all():
        raise InvalidError(Text("这一点离本县太远", "the place is too far from the county"))
    return xy


def _in_degrees(city: Snapshot, geometry: shapely.Geometry) -> shapely.Geometry:
    back = city.memo("to stored", lambda: Transformer.from_crs(city.county.crs, STORED_CRS, always_xy=True))
    return shapely.transform(geometry, lambda xy: np.round(np.column_stack(back.transform(*xy.T)), 6))
