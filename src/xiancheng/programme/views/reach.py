"""How far residents are from facilities, in a straight line or along the roads."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import shapely

from xiancheng.city.layer import Geometries
from xiancheng.city.snapshot import Snapshot
from xiancheng.foundation.text import Text
from xiancheng.planning.nearest import Nearest, nearest
from xiancheng.planning.pairs import Pairs, pairs_within
from xiancheng.planning.straight import nearest_straight, pairs_straight
from xiancheng.programme.views.features import Features
from xiancheng.programme.views.residents import Residents
from xiancheng.programme.views.roads import Ints, Mode, doors, entrances, roads, roads_missing, snapped_residents

Metric = Literal["network", "straight"]
From = Literal["boundary", "entrances", "point"]

METRICS: dict[tuple[Metric, Mode], Text] = {
    ("straight", "walk"): Text("直线距离", "straight-line distance"),
    ("straight", "drive"): Text("直线距离", "straight-line distance"),
    ("network", "walk"): Text("步行路网距离", "walking distance along the roads"),
    ("network", "drive"): Text("行车路网距离", "driving distance along the roads"),
}
FROM: dict[From, Text] = {
    "boundary": Text("边界", "boundary"),
    "entrances": Text("出入口", "entrances"),
    "point": Text("代表点", "representative point"),
}


@dataclass(frozen=True)
class Reach:
    """How distances are measured: the metric, from where on a facility, by which mode."""

    metric: Metric
    from_: From
    mode: Mode

    @property
    def title(self) -> Text:
        """The kind of distance."""
        return METRICS[self.metric, self.mode]

    def missing(self, city: Snapshot) -> tuple[Text, ...]:
        """Say what is missing to measure so."""
        if self.metric == "network" and roads(city, self.mode) is None:
            return (roads_missing(city, self.mode),)
        return ()

    def nearest(self, city: Snapshot, people: Residents, features: Features, limit: float = np.inf) -> Nearest:
        """Return the nearest facility of every row of residents: `index` is the row of the facility."""
        if self.metric == "straight":
            geometry, owner = self._geometry(city, features)
            return nearest_straight(people.xy, geometry, limit=limit, group=owner)
        network = roads(city, self.mode)
        assert network is not None
        places = doors(city, features, self.from_)
        origins = snapped_residents(city, self.mode).take(people.rows)
        return nearest(network.network, origins, network.snap(places.xy), group=places.owner, limit=limit)

    def pairs(self, city: Snapshot, people: Residents, features: Features, metres: float) -> Pairs:
        """Return every pair of residents' row and facility row at most `metres` apart."""
        if self.metric == "straight":
            geometry, owner = self._geometry(city, features)
            found = pairs_straight(people.xy, geometry, metres)
            return found if self.from_ != "entrances" else _nearest_door(found, owner)
        network = roads(city, self.mode)
        assert network is not None
        places = doors(city, features, self.from_)
        origins = snapped_residents(city, self.mode).take(people.rows)
        return pairs_within(network.network, origins, network.snap(places.xy), metres, group=places.owner)

    def notes(self, city: Snapshot, people: Residents, features: Features) -> tuple[Text, ...]:
        """Say how many residents are off the network, and which facilities have no entrances."""
        notes: list[Text] = []
        if self.metric == "network":
            off = ~snapped_residents(city, self.mode).take(people.rows).on_network
            count = float(people.persons[off].sum())
            if count > 0:
                notes.append(
                    Text(
                        f"{count:,.0f} 名居民离道路超过 500 米，按不可达计",
                        f"{count:,.0f} residents live over 500 m from a road and count as out of reach",
                    )
                )
        if self.from_ == "entrances":
            alone = len(entrances(city, features).without)
            if alone:
                notes.append(
                    Text(
                        f"{alone} 处没有登记出入口，从边界量起",
                        f"{alone} facilities have no registered entrance: their boundary is used",
                    )
                )
        return tuple(notes)

    def _geometry(self, city: Snapshot, features: Features) -> tuple[Geometries, Ints]:
        """Return what straight lines are measured to, and the facility's row of each."""
        every = np.arange(len(features))
        if self.from_ == "boundary":
            return features.geometry, every
        if self.from_ == "point":
            return shapely.points(features.xy), every
        gates = entrances(city, features)
        geometry = np.concatenate([shapely.points(gates.xy), features.geometry[gates.without]])
        return geometry, np.concatenate([gates.owner, gates.without])


def _nearest_door(pairs: Pairs, owner: Ints) -> Pairs:
    """Return pairs of origin and facility, of a facility's doors the nearest."""
    facility = owner[pairs.facility]
    order = np.lexsort((pairs.distance, facility, pairs.origin))
    origin, facility, distance = pairs.origin[order], facility[order], pairs.distance[order]
    first = np.ones(len(order), dtype=bool)
    first[1:] = (origin[1:] != origin[:-1]) | (facility[1:] != facility[:-1])
    return Pairs(origin[first], facility[first], distance[first])
