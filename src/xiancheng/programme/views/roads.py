"""Roads as a network for walking or driving, and what hangs on it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
import shapely

from xiancheng.city.snapshot import Floats, Snapshot
from xiancheng.foundation.text import Text
from xiancheng.planning.modes import directions, drivable, walkable
from xiancheng.planning.network import Network, build_network
from xiancheng.planning.snap import Snapped, snap
from xiancheng.programme.views.features import Features
from xiancheng.programme.views.figure import class_missing

Mode = Literal["walk", "drive"]
Ints = npt.NDArray[np.int64]

SNAP_METRES = 500.0
"""A place farther than this from every road is not on the network."""
FRAGMENT_METRES = 1000.0
"""Connected pieces of road shorter than this in all are fragments of the drawing: nothing is snapped to them."""


@dataclass(frozen=True)
class Roads:
    """A network and the edges that places may be snapped to."""

    network: Network
    usable: npt.NDArray[np.bool_]

    def snap(self, xy: Floats) -> Snapped:
        """Snap ``(n, 2)`` places."""
        return snap(self.network, xy, limit=SNAP_METRES, among=self.usable)


def roads(city: Snapshot, mode: Mode) -> Roads | None:
    """Return the network for `mode`; None if the model has no road for it."""
    return city.memo(("roads", mode), lambda: _roads(city, mode))


def roads_missing(city: Snapshot, mode: Mode) -> Text:
    """Say that there is no network."""
    if not city.has("road"):
        return class_missing(city, "road")
    how = {"walk": Text("可步行", "open to walking"), "drive": Text("可行车", "open to driving")}[mode]
    return Text(f"没有{how.zh}的道路（road）", f"no road is {how.en} (road)")


def _roads(city: Snapshot, mode: Mode) -> Roads | None:
    table = city.table("road")
    classes, access = table.column("road_class"), table.column("access")
    usable = walkable(classes, table.column("foot"), access) if mode == "walk" else drivable(classes, access)
    usable &= shapely.get_dimensions(table.geometry) == 1
    geometry, table = table.projected[usable], table.take(usable)
    forward, backward = directions(table.column("oneway"), table.column("road_class"))
    network = build_network(
        geometry,
        forward=None if mode == "walk" else forward,
        backward=None if mode == "walk" else backward,
        level=table.column("level"),
    )
    if network.n_edges == 0:
        return None
    parts = network.components()
    large = parts.length >= min(FRAGMENT_METRES, float(parts.length.max()))
    return Roads(network, large[parts.label[network.tail]])


def snapped_residents(city: Snapshot, mode: Mode) -> Snapped:
    """Return every row of the population snapped to the network for `mode` (there must be one)."""
    return city.memo(("snapped population", mode), lambda: _snapped_residents(city, mode))


def _snapped_residents(city: Snapshot, mode: Mode) -> Snapped:
    network = roads(city, mode)
    assert network is not None
    return network.snap(city.population.xy)


BOUNDARY_STEP = 25.0
"""Metres between the points of a polygon's boundary at which the network may reach it."""


@dataclass(frozen=True)
class Doors:
    """Where facilities are reached.

    Attributes
    ----------
    xy
        ``(d, 2)`` metres.
    owner
        ``(d,)`` row of the facility each door belongs to.
    """

    xy: Floats
    owner: Ints


@dataclass(frozen=True)
class Entrances(Doors):
    """Registered entrances; `without` are the rows of the facilities that have none."""

    without: Ints


def doors(city: Snapshot, features: Features, from_: Literal["boundary", "entrances", "point"]) -> Doors:
    """Return the places where facilities are reached on the network.

    ``boundary``: every 25 m along the outline of a polygon (points and lines: their representative point);
    ``entrances``: the entrances registered for it, and the boundary of a facility without any;
    ``point``: its representative point.
    """
    if from_ == "point":
        return Doors(features.xy, np.arange(len(features)))
    outline = _outline(features)
    if from_ == "boundary":
        return outline
    gates = entrances(city, features)
    bare = np.isin(outline.owner, gates.without)
    return Doors(np.concatenate([gates.xy, outline.xy[bare]]), np.concatenate([gates.owner, outline.owner[bare]]))


def entrances(city: Snapshot, features: Features) -> Entrances:
    """Return the entrances (class ``park_entrance``) that name a facility."""
    table = city.table("park_entrance")
    row = {str(i): k for k, i in enumerate(features.ids.tolist())}
    owner = np.array([row.get(str(p), -1) for p in table.column("park_id").tolist()], dtype=np.int64)
    named = owner >= 0
    without = np.setdiff1d(np.arange(len(features)), owner[named])
    return Entrances(table.xy[named], owner[named], without)


def _outline(features: Features) -> Doors:
    geometry = features.geometry
    polygon = np.flatnonzero(shapely.get_dimensions(geometry) == 2)
    other = np.setdiff1d(np.arange(len(geometry)), polygon)
    rings = shapely.segmentize(shapely.boundary(geometry[polygon]), BOUNDARY_STEP)
    xy, owner = shapely.get_coordinates(rings, return_index=True)
    return Doors(np.concatenate([xy, features.xy[other]]), np.concatenate([polygon[owner], other]).astype(np.int64))
