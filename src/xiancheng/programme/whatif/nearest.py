"""Distance to the nearest facility, kept up to date: only those nearest to an edited facility are looked at again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from xiancheng.city.snapshot import Snapshot
from xiancheng.programme.measurement import Measurement
from xiancheng.programme.measures.access import missing_for
from xiancheng.programme.views.features import Features, select
from xiancheng.programme.views.reach import Reach
from xiancheng.programme.views.residents import residents
from xiancheng.programme.whatif.tables import Outcome
from xiancheng.programme.whatif.traced import Changed, Traced
from xiancheng.programme.whatif.within import Served, facility_keys, taken


class NearestMover:
    """``access.nearest`` of one indicator.

    Parameters
    ----------
    city
        The snapshot before all edits.
    params
        Parameters of the indicator as used.
    """

    def __init__(self, city: Traced, params: Mapping[str, Any]) -> None:
        self._params = params
        self._reach = Reach(params["metric"], params["from"], params["mode"])
        self._people = residents(city, within=params["within"], ages=tuple(params["ages"]))
        features = self._select(city)
        self._usable = not missing_for(city, self._people, features, self._reach)
        if self._usable:
            found = self._reach.nearest(city, self._people, features)
            self._distance, self._facility = found.distance, found.index
            self._row = {key: i for i, key in enumerate(facility_keys(features))}

    def move(
        self, city: Changed, outcome: Outcome, base: Measurement, read: frozenset[str]
    ) -> tuple[Measurement, Served | None] | None:
        """Return the figure after the edits; None if it has to be computed in full.

        `read` are those of the edited classes that the figure reads.
        """
        if not self._usable or not read <= set(self._params["of"]):
            return None
        people, features = self._people, self._select(city)
        if not len(features):
            return None
        touched = {(name, i) for name, ids in outcome.touched.items() for i in ids}
        distance = self._distance.copy()
        gone = [self._row[key] for key in touched & self._row.keys()]
        lost = np.flatnonzero(np.isin(self._facility, gone))
        if len(lost):
            part = replace(people, rows=people.rows[lost], persons=people.persons[lost])
            distance[lost] = self._reach.nearest(city, part, features).distance
        rows = np.array([i for i, key in enumerate(facility_keys(features)) if key in touched], dtype=np.intp)
        if len(rows):
            distance = np.minimum(distance, self._reach.nearest(city, people, taken(features, rows)).distance)
        reached = np.isfinite(distance)
        persons = np.where(reached, people.persons, 0.0)
        if persons.sum() <= 0:
            return None
        metres = np.where(reached, distance, 0.0) * persons
        measurement = replace(
            base,
            value=float(metres.sum() / persons.sum()),
            numerator=float(metres.sum()),
            denominator=float(persons.sum()),
            by_area=people.grouping(city).ratios(metres, persons),
            missing=(),
        )
        return measurement, None

    def _select(self, city: Snapshot) -> Features:
        given = self._params
        return select(
            city, given["of"], where=given["where"], public_only=given["public_only"],
            min_area_m2=given["min_area_m2"], area=given["area"],
        )  # fmt: skip
