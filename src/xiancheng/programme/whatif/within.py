"""Residents within a distance, kept up to date: only those near an edited facility are looked at again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from xiancheng.city.snapshot import Floats, Snapshot
from xiancheng.programme.measurement import Measurement
from xiancheng.programme.measures.access import missing_for
from xiancheng.programme.views.features import Features, select
from xiancheng.programme.views.reach import Reach
from xiancheng.programme.views.residents import Residents, residents
from xiancheng.programme.views.roads import entrances
from xiancheng.programme.whatif.tables import Outcome
from xiancheng.programme.whatif.traced import Changed, Traced

Bools = npt.NDArray[np.bool_]

PAIRS_KEPT = 6_000_000
"""Pairs of residents' row and facility that are kept for one indicator (5 bytes each); with more it is not worth it."""
_EDGE = 1e-6
"""Metres from the limit within which two ways of computing a straight distance might disagree."""


@dataclass(frozen=True)
class Served:
    """Who has a facility near, before and after: rows of the snapshot's residents of the ages concerned."""

    people: Residents
    before: Bools
    after: Bools


class WithinMover:
    """``access.residents_within`` of one indicator.

    Parameters
    ----------
    city
        The snapshot before all edits.
    params
        Parameters of the indicator as used.
    """

    def __init__(self, city: Traced, params: Mapping[str, Any]) -> None:
        self._params = params
        self._metres = float(params["metres"])
        self._reach = Reach(params["metric"], params["from"], params["mode"])
        self._people = residents(city, within=params["within"], ages=tuple(params["ages"]))
        features = self._select(city)
        self._usable = not missing_for(city, self._people, features, self._reach)
        if not self._usable:
            return
        self._xy = self._people.xy
        pairs = self._reach.pairs(city, self._people, features, self._metres)
        near = self._reach.nearest(city, self._people, features, limit=self._metres).distance <= self._metres
        count = np.bincount(pairs.origin, minlength=len(self._people))
        straight = params["metric"] == "straight"
        on_the_edge = straight and np.abs(pairs.distance - self._metres).min(initial=np.inf) < _EDGE
        if len(pairs) > PAIRS_KEPT or on_the_edge or not np.array_equal(count > 0, near):
            self._usable = False
            return
        self._near, self._count = near, count.astype(np.int32)
        order = np.argsort(pairs.facility, kind="stable")
        self._origin = pairs.origin[order].astype(np.int32)
        size = np.bincount(pairs.facility, minlength=len(features))
        self._pointer = np.concatenate([[0], np.cumsum(size)])
        self._row = {key: i for i, key in enumerate(facility_keys(features))}

    def move(
        self, city: Changed, outcome: Outcome, base: Measurement, read: frozenset[str]
    ) -> tuple[Measurement, Served] | None:
        """Return the figure after the edits and who is served; None if it has to be computed in full.

        `read` are those of the edited classes that the figure reads.
        """
        if not self._usable or not read <= set(self._params["of"]):
            return None
        features = self._select(city)
        if features.absent:
            return None
        touched = {(name, i) for name, ids in outcome.touched.items() for i in ids}
        gone = [self._row[key] for key in touched if key in self._row]
        rows = np.array([i for i, key in enumerate(facility_keys(features)) if key in touched], dtype=np.intp)
        count = self._count.copy()
        for i in gone:
            # A resident's row occurs once for each facility.
            count[self._origin[self._pointer[i] : self._pointer[i + 1]]] -= 1
        after = count > 0
        if len(rows):
            after |= self._near_new(city, features, rows)
        people = self._people
        served = np.where(after, people.persons, 0.0)
        measurement = replace(
            base,
            value=float(served.sum() / people.total),
            numerator=float(served.sum()),
            denominator=people.total,
            by_area=people.grouping(city).ratios(served, people.persons),
            missing=(),
        )
        return measurement, Served(people, self._near, after)

    def _select(self, city: Snapshot) -> Features:
        given = self._params
        return select(
            city, given["of"], where=given["where"], public_only=given["public_only"],
            min_area_m2=given["min_area_m2"], area=given["area"],
        )  # fmt: skip

    def _near_new(self, city: Changed, features: Features, rows: npt.NDArray[np.intp]) -> Bools:
        """Return which residents are near one of the features `rows`."""
        some = taken(features, rows)
        # Registered entrances may lie anywhere, also far from a facility that was moved.
        gates = shapely.points(entrances(city, some).xy) if self._reach.from_ == "entrances" else np.empty(0, object)
        box: Floats = shapely.bounds(np.concatenate([some.geometry, gates]))
        # No way is shorter than the straight line, so residents outside this box are out of reach.
        margin = self._metres + 1.0
        west, south = np.nanmin(box[:, :2], axis=0) - margin
        east, north = np.nanmax(box[:, 2:], axis=0) + margin
        x, y = self._xy[:, 0], self._xy[:, 1]
        here = np.flatnonzero((x >= west) & (x <= east) & (y >= south) & (y <= north))
        part = replace(self._people, rows=self._people.rows[here], persons=self._people.persons[here])
        near = np.zeros(len(self._people), dtype=bool)
        near[here] = self._reach.nearest(city, part, some, limit=self._metres).distance <= self._metres
        return near


def facility_keys(features: Features) -> list[tuple[str, str]]:
    """Return class and identifier of each feature."""
    return [(t.feature_class.name, str(i)) for t in features.tables for i in t.ids.tolist()]


def taken(features: Features, rows: npt.NDArray[np.intp]) -> Features:
    """Return some of the features."""
    tables, begin = [], 0
    for table in features.tables:
        mine = rows[(rows >= begin) & (rows < begin + len(table))] - begin
        tables.append(table.take(mine))
        begin += len(table)
    return Features(tuple(tables), (), ())
