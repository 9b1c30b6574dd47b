"""Two-step floating catchments, kept up to date: only edited facilities are searched from again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, cast

import numpy as np

from xiancheng.city.snapshot import Floats, Snapshot
from xiancheng.planning.access import DECAYS
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
        # What each facility gives to each resident does not depend on the other facilities.
        given = self._given(pairs, features)
        self._score: Floats = np.bincount(pairs.origin, weights=given, minlength=len(self._people)).astype(np.float64)
        order = np.argsort(pairs.facility, kind="stable")
        self._origin, self._share = pairs.origin[order].astype(np.int32), given[order]
        size = np.bincount(pairs.facility, minlength=len(features))
        self._pointer = np.concatenate([[0], np.cumsum(size)])
        self._row = {key: i for i, key in enumerate(facility_keys(features))}
        self._before = self._lacking(self._score)

    def move(
        self, city: Changed, outcome: Outcome, base: Measurement, read: frozenset[str]
    ) -> tuple[Measurement, Served | None] | None:
        """Return the figure after the edits; None if it has to be computed in full.

        `read` are those of the edited classes that the figure reads.
        """
        if not self._usable or not read <= set(self._params["of"]):
            return None
        features = self._select(city)
        if features.absent or not np.isfinite(self._supply(features)).any():
            return None
        touched = {(name, i) for name, ids in outcome.touched.items() for i in ids}
        score: Floats = self._score.copy()
        for key in touched & self._row.keys():
            mine = slice(self._pointer[self._row[key]], self._pointer[self._row[key] + 1])
            # A resident's row occurs once for each facility.
            score[self._origin[mine]] -= self._share[mine]
        rows = np.array([i for i, key in enumerate(facility_keys(features)) if key in touched], dtype=np.intp)
        if len(rows):
            some = taken(features, rows)
            new = self._reach.pairs(city, self._people, some, self._metres)
            score += np.bincount(new.origin, weights=self._given(new, some), minlength=len(score))
        people = self._people
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

    def _given(self, pairs: Pairs, features: Features) -> Floats:
        """Return what the facility of each pair gives to a person of its origin."""
        persons, supply = self._people.persons, np.nan_to_num(self._supply(features), nan=0.0)
        weight = DECAYS[self._params["decay"]](pairs.distance, self._metres)
        claimed = np.bincount(pairs.facility, weights=persons[pairs.origin] * weight, minlength=len(supply))
        share = np.divide(supply, claimed, out=np.zeros(len(supply)), where=claimed > 0)
        return cast("Floats", share[pairs.facility] * weight)

    def _lacking(self, score: Floats) -> np.ndarray[Any, np.dtype[np.bool_]] | None:
        least = self._params["at_least"]
        return None if least is None else 1000.0 * score < least
