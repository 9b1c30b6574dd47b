"""Two-step floating catchments, kept up to date: only edited facilities are searched from again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from xiancheng.city.snapshot import Floats, Snapshot
from xiancheng.planning.access import DECAYS, two_step
from xiancheng.planning.pairs import Pairs
from xiancheng.programme.measurement import Measurement
from xiancheng.programme.measures.access import missing_for
from xiancheng.programme.views.features import Features, select
from xiancheng.programme.views.reach import Reach
from xiancheng.programme.views.residents import residents
from xiancheng.programme.whatif.tables import Outcome
from xiancheng.programme.whatif.traced import Changed, Traced
from xiancheng.programme.whatif.within import PAIRS_KEPT, Served, facility_keys, taken


class TwoStepMover:
    """``access.two_step`` of one indicator.

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
        pairs = self._reach.pairs(city, self._people, features, self._metres)
        self._usable = len(pairs) <= PAIRS_KEPT
        if not self._usable:
            return
        self._pairs = pairs
        self._row = {key: i for i, key in enumerate(facility_keys(features))}
        self._before = self._lacking(self._score(pairs, features))

    def move(self, city: Changed, outcome: Outcome, base: Measurement) -> tuple[Measurement, Served | None] | None:
        """Return the figure after the edits; None if it has to be computed in full."""
        if not self._usable or not city.changed <= set(self._params["of"]):
            return None
        features = self._select(city)
        supply = self._supply(features)
        if features.absent or not np.isfinite(supply).any():
            return None
        touched = {(name, i) for name, ids in outcome.touched.items() for i in ids}
        keys = facility_keys(features)
        # Where each facility of the base is now; -1: gone, or looked at again.
        now = np.full(len(self._row), -1, dtype=np.int64)
        for i, key in enumerate(keys):
            if key in self._row and key not in touched:
                now[self._row[key]] = i
        facility = now[self._pairs.facility]
        kept = facility >= 0
        rows = np.array([i for i, key in enumerate(keys) if key in touched], dtype=np.intp)
        new = self._reach.pairs(city, self._people, taken(features, rows), self._metres)
        pairs = Pairs(
            np.concatenate([self._pairs.origin[kept], new.origin]),
            np.concatenate([facility[kept], rows[new.facility]]),
            np.concatenate([self._pairs.distance[kept], new.distance]),
        )
        people, score = self._people, self._score(pairs, features)
        weighted = score * people.persons
        measurement = replace(
            base,
            value=float(1000.0 * weighted.sum() / people.total),
            numerator=float(weighted.sum()),
            denominator=people.total,
            by_area=people.grouping(city).ratios(weighted, people.persons, scale=1000.0),
            missing=(),
        )
        if self._before is None:
            return measurement, None
        after = self._lacking(score)
        assert after is not None
        return measurement, Served(people, ~self._before, ~after)

    def _select(self, city: Snapshot) -> Features:
        given = self._params
        return select(city, given["of"], where=given["where"], public_only=given["public_only"])

    def _supply(self, features: Features) -> Floats:
        return features.values(self._params["attribute"])

    def _score(self, pairs: Pairs, features: Features) -> Floats:
        supply = np.nan_to_num(self._supply(features), nan=0.0)
        fall = partial(_fall, self._params["decay"], self._metres)
        return two_step(pairs, self._people.persons, supply, decay=fall)

    def _lacking(self, score: Floats) -> np.ndarray[Any, np.dtype[np.bool_]] | None:
        least = self._params["at_least"]
        return None if least is None else 1000.0 * score < least


def _fall(decay: str, metres: float, distance: Floats) -> Floats:
    return DECAYS[decay](distance, metres)
