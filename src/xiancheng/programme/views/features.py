"""Features chosen for a measure: of which classes, meeting which filter, open to the public, large enough."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import shapely

from xiancheng.city.layer import Geometries
from xiancheng.city.snapshot import FeatureTable, Floats, Objects, Snapshot
from xiancheng.foundation.errors import UnknownNameError
from xiancheng.foundation.text import Text
from xiancheng.programme.measurement import Exclusion
from xiancheng.programme.views.figure import class_missing, exclusions
from xiancheng.programme.where import choose, known

Area = Literal["computed", "registered"]

_CLOSED = {"green_space": "public=false", "sports_ground": "opening=closed"}
"""What says that a feature is closed to the public, where it is not ``access=false``."""


@dataclass(frozen=True)
class Features:
    """Features of one or more classes, in the order of the classes.

    Attributes
    ----------
    tables
        The chosen features, one table a class (classes without any included).
    excluded
        What was left out and why.
    missing
        Classes of which the model has nothing at all.
    undecided
        Features for which the filter cannot be decided.
    """

    tables: tuple[FeatureTable, ...]
    excluded: tuple[Exclusion, ...]
    missing: tuple[Text, ...]
    undecided: int = 0

    def __len__(self) -> int:
        return sum(len(t) for t in self.tables)

    @property
    def absent(self) -> bool:
        """Whether the model has nothing of any of the classes: no data, not none built."""
        return len(self.missing) == len(self.tables)

    @property
    def blank(self) -> tuple[Text, ...]:
        """Say that nothing was chosen only because nothing could be decided: no data, not none; else say nothing."""
        if len(self) or not self.undecided:
            return ()
        return (
            Text(
                f"{self.title.zh}有 {self.undecided} 处，但都缺少判断所需的属性",
                f"{self.undecided} {self.title.en}, none with the attributes the condition asks for",
            ),
        )

    @property
    def title(self) -> Text:
        """Names of the classes."""
        titles = [t.feature_class.title for t in self.tables]
        return Text("、".join(t.zh for t in titles), " or ".join(t.en for t in titles))

    @property
    def ids(self) -> Objects:
        """``(n,)`` identifiers."""
        return self._join([t.ids for t in self.tables])

    @property
    def names(self) -> Objects:
        """``(n,)`` names."""
        return self._join([t.column("name") for t in self.tables])

    @property
    def in_area(self) -> Objects:
        """``(n,)`` township codes."""
        return self._join([t.in_area for t in self.tables])

    @property
    def xy(self) -> Floats:
        """``(n, 2)`` representative points, metres."""
        return np.concatenate([t.xy for t in self.tables])

    @property
    def geometry(self) -> Geometries:
        """``(n,)`` geometries in the county's CRS."""
        return self._join([t.projected for t in self.tables])

    def values(self, attribute: str) -> Floats:
        """Return ``(n,)`` values of a numeric attribute; of ``class.attribute`` those of other classes are unknown."""
        owner, _, name = attribute.rpartition(".")
        return np.concatenate(
            [t.column(name) if owner in {"", t.feature_class.name} else np.full(len(t), np.nan) for t in self.tables]
        )

    @staticmethod
    def _join(parts: list[npt.NDArray[Any]]) -> npt.NDArray[Any]:
        return np.concatenate([np.asarray(p, dtype=object) for p in parts])


def select(
    city: Snapshot,
    of: tuple[str, ...],
    *,
    where: str = "",
    public_only: bool = False,
    min_area_m2: float = 0.0,
    area: Area = "computed",
) -> Features:
    """Choose features.

    Parameters
    ----------
    of
        Classes.
    where
        Filter (see :mod:`..where`); features for which it cannot be decided are left out and told.
    public_only
        Leave out what is closed to the public. A feature that does not say is taken as open.
    min_area_m2
        Least area in m²; features without an area are left out and told.
    area
        ``computed`` from the geometry in the county's CRS, or ``registered`` in the attribute ``area_m2``.
    """
    key = ("features", of, where, public_only, min_area_m2, area)
    return city.memo(key, lambda: _select(city, of, where, public_only, min_area_m2, area))


def _select(
    city: Snapshot, of: tuple[str, ...], where: str, public_only: bool, min_area_m2: float, area: Area
) -> Features:
    tables, told, missing, undecided = [], [], [], 0
    for name in of:
        if not city.has(name):
            missing.append(class_missing(city, name))
        table = city.table(name)
        title = table.feature_class.title
        chosen = choose(where, table)
        undecided += int(chosen.unknown.sum())
        told.append((_where_text(title, where), float((~chosen.met & ~chosen.unknown).sum()), "features"))
        told.append((_unknown_text(title, where), float(chosen.unknown.sum()), "features"))
        table = table.take(chosen.met) if not chosen.met.all() else table
        if public_only:
            closed = _closed(table)
            told.append(
                (Text(f"不对公众开放的{title.zh}", f"{title.en}: closed to the public"), closed.sum(), "features")
            )
            table = table.take(~closed) if closed.any() else table
        if min_area_m2 > 0:
            size = _size(table, area)
            small, blank = size < min_area_m2, ~np.isfinite(size)
            told.append(
                (
                    Text(f"面积小于{min_area_m2:,.0f}平方米的{title.zh}", f"{title.en}: under {min_area_m2:,.0f} m²"),
                    small.sum(),
                    "features",
                )
            )
            told.append((Text(f"面积未知的{title.zh}", f"{title.en}: area not known"), blank.sum(), "features"))
            table = table.take(~small & ~blank) if (small | blank).any() else table
        tables.append(table)
    return Features(tuple(tables), exclusions(*told), tuple(missing), undecided)


def _where_text(title: Text, where: str) -> Text:
    return Text(f"不符合条件“{where}”的{title.zh}", f"{title.en}: not {where!r}")


def _unknown_text(title: Text, where: str) -> Text:
    return Text(
        f"缺少属性、无法判断“{where}”的{title.zh}", f"{title.en}: cannot be decided for {where!r}, attribute not known"
    )


def _closed(table: FeatureTable) -> npt.NDArray[np.bool_]:
    closed = np.zeros(len(table), dtype=bool)
    rules = [_CLOSED.get(table.feature_class.name, ""), "access=false"]
    for rule in rules:
        try:
            chosen = choose(rule, table) if rule else None
        except UnknownNameError:
            continue
        if chosen is not None:
            closed |= chosen.met
    return closed


def _size(table: FeatureTable, area: Area) -> Floats:
    if area == "registered":
        try:
            return table.column("area_m2").astype(np.float64)
        except UnknownNameError:
            return np.full(len(table), np.nan)
    polygons = shapely.get_dimensions(table.geometry) == 2
    return np.where(polygons, table.area, np.nan)


def known_sum(values: Floats) -> tuple[float, int]:
    """Return the sum of the known values and how many are not known."""
    here = known(values)
    return float(values[here].sum()), int((~here).sum())
