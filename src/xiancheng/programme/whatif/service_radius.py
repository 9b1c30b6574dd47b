"""Service-radius coverage, kept up to date: only parcels near an edited facility are measured again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import shapely

from xiancheng.city.snapshot import FeatureTable, Floats, Snapshot
from xiancheng.planning.coverage import service_radius
from xiancheng.programme.measurement import Measurement
from xiancheng.programme.measures.coverage import residential
from xiancheng.programme.views.features import Features, select
from xiancheng.programme.views.figure import Grouping
from xiancheng.programme.views.residents import extent
from xiancheng.programme.whatif.tables import Outcome
from xiancheng.programme.whatif.traced import Changed, Traced
from xiancheng.programme.whatif.within import Served


class ServiceRadiusMover:
    """``coverage.service_radius`` of one indicator.

    Parameters
    ----------
    city
        The snapshot before all edits.
    params
        Parameters of the indicator as used.
    """

    def __init__(self, city: Traced, params: Mapping[str, Any]) -> None:
        self._params = params
        self._reach = max(float(params["large_radius"]), float(params["small_radius"]))
        land, _ = residential(city, approximate=bool(params["approximate"]))
        self._usable = land is not None and not extent(city, params["within"]).missing
        if land is None or not self._usable:
            return
        self._land: FeatureTable = land.take(extent(city, params["within"]).covers(land.xy))
        self._tree = shapely.STRtree(self._land.projected)
        self._group = Grouping(city, self._land.in_area)
        self._base = self._covered(self._select(city), np.arange(len(self._land)))
        self._geometry = {name: dict(_by_id(city.table(name))) for name in params["of"]}

    def move(
        self, city: Changed, outcome: Outcome, base: Measurement, read: frozenset[str]
    ) -> tuple[Measurement, Served | None] | None:
        """Return the figure after the edits; None if it has to be computed in full.

        `read` are those of the edited classes that the figure reads.
        """
        if not self._usable or not read <= set(self._params["of"]):
            return None
        features = self._select(city)
        if features.absent:
            return None
        edited = [
            geometry
            for name, ids in outcome.touched.items()
            for owner in (self._geometry.get(name, {}), dict(_by_id(city.table(name), ids)))
            for i in ids
            if (geometry := owner.get(i)) is not None
        ]
        boxes = shapely.bounds(np.array(edited, dtype=object)) + np.array([-1, -1, 1, 1]) * (self._reach + 1.0)
        near = np.unique(self._tree.query(shapely.box(*boxes.T))[1])
        covered = self._base.copy()
        covered[near] = self._covered(features, near)
        area = self._land.area
        measurement = replace(
            base,
            value=float(covered.sum() / area.sum()),
            numerator=float(covered.sum() / 1e4),
            denominator=float(area.sum() / 1e4),
            by_area=self._group.ratios(covered / 1e4, area / 1e4),
            missing=(),
        )
        return measurement, None

    def _select(self, city: Snapshot) -> Features:
        given = self._params
        return select(
            city, given["of"], where=given["where"], public_only=given["public_only"],
            min_area_m2=given["small_m2"], area=given["area"],
        )  # fmt: skip

    def _covered(self, features: Features, parcels: np.ndarray[Any, np.dtype[np.intp]]) -> Floats:
        """Return m² covered of some parcels."""
        if not len(parcels):
            return np.empty(0)
        given, land = self._params, self._land.projected[parcels]
        registered = given["area"] == "registered"
        size = features.values("area_m2") if registered else np.concatenate([t.area for t in features.tables])
        radii = np.where(size >= given["large_m2"], given["large_radius"], given["small_radius"])
        geometry = features.geometry
        if len(parcels) < len(self._land):
            reach = shapely.bounds(geometry) + np.array([-1, -1, 1, 1]) * (self._reach + 1.0)
            west, south, east, north = shapely.total_bounds(land)
            close = (reach[:, 0] <= east) & (reach[:, 2] >= west) & (reach[:, 1] <= north) & (reach[:, 3] >= south)
            geometry, radii = geometry[close], radii[close]
        return np.minimum(service_radius(land, geometry, radii), self._land.area[parcels])


def _by_id(table: FeatureTable, ids: frozenset[str] | None = None) -> list[tuple[str, Any]]:
    """Return identifier and projected geometry of the features, or of those among `ids`."""
    rows = [i for i, name in enumerate(table.ids.tolist()) if ids is None or str(name) in ids]
    return [(str(table.ids[i]), table.projected[i]) for i in rows]
