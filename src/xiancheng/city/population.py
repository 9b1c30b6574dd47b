"""Where residents live: census totals distributed over buildings, or population cells as they are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from xiancheng.city._census import CensusRows, Hierarchy, census_rows, normal_code, scale_bands
from xiancheng.city.snapshot import AGE_BANDS, FeatureTable, Floats, Objects, Population
from xiancheng.foundation.text import Text

Indices = npt.NDArray[np.signedinteger[Any]]

_IMPROBABLE_RATIO = 3.0
"""A registered floor area this many times more or less than footprint × floors is told (not changed)."""

_NO_BUILDING = Text(
    "区内没有可用于分配的建筑，也没有人口格网", "the area has neither buildings to use nor population cells"
)
_NO_FLOOR_AREA = Text("区内居住建筑没有面积", "the residential buildings of the area have no floor area")
_NO_AREA = Text(
    "没有建筑位于该代码的地区（检查行政区的代码和边界）",
    "no building lies in an area of this code (check codes and boundaries of the administrative areas)",
)


def locate_population(
    *, buildings: FeatureTable, cells: FeatureTable, census: FeatureTable, areas: FeatureTable
) -> Population:
    """Say where the residents of a county live.

    With census totals, the persons of each area are distributed over its residential buildings in proportion to their
    floor area: the registered one, else footprint × floors, else footprint × the median number of floors of the area's
    buildings of that use (1 if none is known). Buildings of unknown use stand in where an area has no residential one,
    and population cells (in proportion to their persons) where it has no building at all. A row of an area around
    others, such as a county, is distributed over what its inner areas' own rows leave: their persons are taken off.
    Residents (常住) count before registered population (户籍). Without census, population cells give the persons.

    The total of each area is kept exactly, persons being fractions; what cannot be placed stands in the summary.

    Parameters
    ----------
    buildings, cells, census, areas
        The classes ``building``, ``population_cell``, ``census`` and ``admin_area`` as of one date.

    Returns
    -------
    Population
        ``method`` is ``census_floor_area``, ``cells`` or ``none``. Where a few areas without buildings take their
        cells, ``feature_class`` stays ``building`` and the identifiers of cells begin with ``population_cell/``.
        ``summary`` has: method, feature_class, basis, total, distributed, undistributed (area, name, persons,
        reason), entries, from_cells, floor_area_sources (buildings by source), floor_area_m2, unknown_use_areas
        (where they stand in), unknown_use_unused (buildings), ages_known (bands), dwellings, notes.
    """
    hierarchy = Hierarchy.of(areas)
    rows = census_rows(census, hierarchy) if len(census) else None
    notes = list(rows.notes) if rows is not None else []
    if rows is not None and rows.persons.sum() > 0:
        located = _distribute(rows, buildings, cells, areas, hierarchy, notes)
        if located is not None:
            return located
        if len(cells):
            notes.append(
                Text(
                    "普查数无法落到任何建筑或格网，改用人口格网本身的人口",
                    "the census totals fit no building or cell; the cells' own persons are used instead",
                )
            )
    if len(cells):
        return _cells_alone(cells, notes)
    return _nobody(rows, hierarchy, notes)


@dataclass(frozen=True)
class _Weights:
    """Floor areas of ``(n,)`` buildings in m², where they come from, and whether the registered one is improbable."""

    weight: Floats
    registered: npt.NDArray[np.bool_]
    floors: npt.NDArray[np.bool_]
    improbable: npt.NDArray[np.bool_]


def _distribute(
    rows: CensusRows,
    buildings: FeatureTable,
    cells: FeatureTable,
    areas: FeatureTable,
    hierarchy: Hierarchy,
    notes: list[Text],
) -> Population | None:
    k = len(rows.codes)
    use = buildings.column("use")
    residential = np.asarray(use == "residential", dtype=bool)
    usable = np.flatnonzero(residential | np.array([u is None or u == "unknown" for u in use], dtype=bool))
    homes = buildings.take(usable)
    is_home = residential[usable]
    owner = _owners(rows, homes, areas, hierarchy, notes)
    weights = _floor_areas(homes, owner, is_home, k)

    has_homes = np.bincount(owner[is_home & (owner >= 0)], weights.weight[is_home & (owner >= 0)], k) > 0
    stand_in = ~is_home & (owner >= 0) & ~has_homes[owner]
    chosen = ((owner >= 0) & is_home) | stand_in
    weight = np.where(chosen, weights.weight, 0.0)
    sums: Floats = np.bincount(owner[chosen], weight[chosen], k).astype(np.float64)

    cell_owner = np.full(len(cells), -1, dtype=np.intp)
    cell_weight = np.zeros(len(cells))
    bare = (sums == 0) & (rows.persons > 0)
    if len(cells) and bare.any():
        cell_owner = _owners(rows, cells, areas, hierarchy, [])
        cell_weight = np.where((cell_owner >= 0) & bare[cell_owner], np.maximum(_known(cells, "persons"), 0.0), 0.0)
        sums = sums + np.bincount(np.maximum(cell_owner, 0), cell_weight, k)

    owners = np.concatenate([owner, cell_owner])
    all_weights = np.concatenate([weight, cell_weight])
    factor = np.zeros(len(owners))
    placed = (all_weights > 0) & (owners >= 0)
    factor[placed] = all_weights[placed] / sums[owners[placed]]
    persons = factor * np.where(owners >= 0, rows.persons[owners], 0.0)
    lived_in = np.flatnonzero(persons > 0)
    if len(lived_in) == 0:
        return None

    from_buildings = int(np.count_nonzero(lived_in < len(homes)))
    feature_class = "building" if from_buildings else "population_cell"
    ids = _identifiers(homes, cells, lived_in, feature_class)
    ages = _ages(rows, factor[lived_in], owners[lived_in], sums > 0, notes)
    undistributed = _undistributed(rows, hierarchy, sums, owner, notes)
    used = np.unique(owner[stand_in & (weight > 0)])
    if len(used):
        notes.append(
            Text(
                f"{len(used)} 个地区没有居住建筑，按用途未知的建筑分配",
                f"{len(used)} areas have no residential building; their persons live in buildings of unknown use",
            )
        )
    sources = _sources(weights, chosen, notes)
    dwellings = homes.column("dwellings")[chosen]
    known_dwellings = np.isfinite(dwellings)
    in_cells = len(lived_in) - from_buildings
    if in_cells and from_buildings:
        notes.append(
            Text(
                f"{in_cells} 个人口格网用于没有建筑的地区",
                f"{in_cells} population cells stand for areas without buildings",
            )
        )
    method = "census_floor_area" if from_buildings else "cells"
    summary = {
        "method": method,
        "feature_class": feature_class,
        "basis": rows.basis,
        "total": float(rows.persons.sum()),
        "distributed": float(persons.sum()),
        "undistributed": undistributed,
        "entries": len(lived_in),
        "from_cells": in_cells,
        "floor_area_sources": sources,
        "floor_area_m2": float(weight.sum()),
        "unknown_use_unused": int(np.count_nonzero((owner >= 0) & ~chosen)),
        "unknown_use_areas": [rows.codes[i] for i in used],
        "ages_known": list(ages),
        "dwellings": {"known_buildings": int(known_dwellings.sum()), "total": float(dwellings[known_dwellings].sum())},
        "notes": [note.as_dict() for note in notes],
    }
    return Population(
        ids,
        feature_class,
        np.concatenate([homes.xy, cells.xy])[lived_in],
        persons[lived_in],
        ages,
        np.concatenate([homes.in_area, cells.in_area])[lived_in],
        method,
        summary,
    )


def _identifiers(homes: FeatureTable, cells: FeatureTable, chosen: Indices, feature_class: str) -> Objects:
    ids = np.concatenate([homes.ids, cells.ids])[chosen]
    if feature_class == "building":
        for i in np.flatnonzero(chosen >= len(homes)):
            ids[i] = f"population_cell/{ids[i]}"
    return ids


def _owners(
    rows: CensusRows, table: FeatureTable, areas: FeatureTable, hierarchy: Hierarchy, notes: list[Text]
) -> Indices:
    """Return ``(n,)`` the census row that counts the people of each feature, -1 for none.

    Innermost first: a community's boundary, then the township that the feature lies in and what lies around it by
    code, then any boundary that has a row.
    """
    index = {code: i for i, code in enumerate(rows.codes)}
    owner = np.full(len(table), -1, dtype=np.intp)
    codes = [normal_code(code) for code in areas.column("code")]
    levels = areas.column("level")
    with_row = np.array([code in index for code in codes], dtype=bool)
    inner = np.array([level == "community" for level in levels], dtype=bool)
    _claim(owner, table, areas, codes, index, np.flatnonzero(with_row & inner))

    by_code: dict[Any, int] = {None: -1}
    for code in set(table.in_area) - {None}:
        normal = normal_code(code)
        chain = hierarchy.chain(normal) if normal is not None else iter(())
        by_code[code] = next((index[c] for c in chain if c in index), -1)
    township = np.fromiter((by_code[code] for code in table.in_area), dtype=np.intp, count=len(table))
    owner = np.where(owner < 0, township, owner)

    _claim(owner, table, areas, codes, index, np.flatnonzero(with_row & ~inner))
    if len(areas) == 0 and len(rows.codes) == 1 and len(table) and list(by_code) == [None]:
        owner[:] = 0
        notes.append(
            Text(
                "没有行政区边界，唯一一行普查数分配到全部建筑",
                "there are no administrative boundaries: the only census row is distributed over all buildings",
            )
        )
    outside = int(np.count_nonzero(owner < 0))
    if outside and outside < len(table):
        notes.append(
            Text(
                f"{outside} 栋居住或用途未知的建筑不在任何有普查数的地区内，未分配人口",
                f"{outside} residential or unknown-use buildings lie in no area with a census row and hold nobody",
            )
        )
    return owner


def _claim(
    owner: Indices,
    table: FeatureTable,
    areas: FeatureTable,
    codes: list[str | None],
    index: Mapping[str, int],
    chosen: Indices,
) -> None:
    """Give features without an owner to the smallest boundary that they lie in."""
    free = np.flatnonzero((owner < 0) & np.isfinite(table.xy[:, 0]))
    if len(chosen) == 0 or len(free) == 0:
        return
    chosen = chosen[np.argsort(-areas.area[chosen], kind="stable")]
    tree = shapely.STRtree(shapely.points(table.xy[free]))
    which, point = tree.query(areas.projected[chosen], predicate="intersects")
    order = np.argsort(which, kind="stable")
    claimed = np.array([index[str(codes[i])] for i in chosen], dtype=np.intp)
    # Later assignments win, and the boundaries run from the largest to the smallest.
    owner[free[point[order]]] = claimed[which[order]]


def _floor_areas(homes: FeatureTable, owner: Indices, is_home: npt.NDArray[np.bool_], k: int) -> _Weights:
    registered = _known(homes, "floor_area")
    floors = homes.column("floors")
    has_floors = floors > 0
    group = np.where(owner >= 0, owner * 2 + is_home, 2 * k + is_home)
    medians = _medians(floors, group, has_floors, 2 * k + 2)
    assumed = np.where(has_floors, floors, medians[group])
    computed = homes.area * assumed
    weight = np.where(registered > 0, registered, computed)
    is_registered = registered > 0
    ratio = np.divide(registered, computed, out=np.ones(len(homes)), where=is_registered & has_floors & (computed > 0))
    improbable = (ratio > _IMPROBABLE_RATIO) | (ratio < 1 / _IMPROBABLE_RATIO)
    return _Weights(weight, is_registered, ~is_registered & has_floors, improbable)


def _medians(values: Floats, group: Indices, known: npt.NDArray[np.bool_], groups: int) -> Floats:
    """Return the ``(groups,)`` median of the known values of each group, 1 where none is known."""
    medians = np.ones(groups)
    v, g = values[known], group[known]
    if len(v) == 0:
        return medians
    order = np.lexsort((v, g))
    v, g = v[order], g[order]
    found, start, count = np.unique(g, return_index=True, return_counts=True)
    medians[found] = (v[start + (count - 1) // 2] + v[start + count // 2]) / 2
    return medians


def _sources(weights: _Weights, chosen: npt.NDArray[np.bool_], notes: list[Text]) -> dict[str, int]:
    """Count the floor areas of the chosen buildings by source, telling what is assumed or improbable."""
    n = int(chosen.sum())
    registered, floors = int((weights.registered & chosen).sum()), int((weights.floors & chosen).sum())
    assumed, improbable = n - registered - floors, int((weights.improbable & chosen).sum())
    if assumed:
        notes.append(
            Text(
                f"{assumed} 栋建筑没有建筑面积和层数，按同地区同用途建筑的层数中位数（没有则按 1 层）推算",
                f"{assumed} buildings have neither floor area nor floors: the median number of floors of their area "
                "and use (1 if none is known) is assumed",
            )
        )
    if improbable:
        notes.append(
            Text(
                f"{improbable} 栋建筑的登记建筑面积与“基底面积 × 层数”相差 {_IMPROBABLE_RATIO:g} 倍以上，"
                "请核对（照登记值采用）",
                f"{improbable} buildings have a registered floor area more than {_IMPROBABLE_RATIO:g} times off "
                "footprint × floors: check them (the registered value was used)",
            )
        )
    return {"registered": registered, "floors": floors, "assumed": assumed}


def _ages(
    rows: CensusRows, factor: Floats, owner: Indices, placed: npt.NDArray[np.bool_], notes: list[Text]
) -> dict[str, Floats]:
    counts = placed & (rows.persons > 0)
    known = [b for b in range(len(AGE_BANDS)) if np.isfinite(rows.ages[counts, b]).all()]
    partly = [b for b in range(len(AGE_BANDS)) if b not in known and np.isfinite(rows.ages[counts, b]).any()]
    if partly:
        _tell_unknown_ages([AGE_BANDS[b] for b in partly], notes)
    return {AGE_BANDS[b]: factor * rows.ages[owner, b] for b in known}


def _tell_unknown_ages(bands: list[str], notes: list[Text]) -> None:
    names = ", ".join(bands)
    notes.append(
        Text(
            f"部分地区没有年龄数据，以下年龄段视为未知：{names}",
            f"not all areas have ages; these bands count as unknown: {names}",
        )
    )


def _undistributed(
    rows: CensusRows, hierarchy: Hierarchy, sums: Floats, owner: Indices, notes: list[Text]
) -> list[dict[str, Any]]:
    held = np.bincount(owner[owner >= 0], minlength=len(rows.codes))
    entries: list[dict[str, Any]] = []
    for i in np.flatnonzero((sums == 0) & (rows.persons > 0)):
        known = _NO_BUILDING if rows.codes[i] in hierarchy.codes else _NO_AREA
        reason = _NO_FLOOR_AREA if held[i] else known
        entries.append(
            {
                "area": rows.codes[i],
                "name": rows.names[i],
                "persons": float(rows.persons[i]),
                "reason": reason.as_dict(),
            }
        )
    if entries:
        missing = sum(e["persons"] for e in entries)
        notes.append(
            Text(
                f"{len(entries)} 个地区的 {missing:,.0f} 人无法落到建筑，不在人口分布内",
                f"{missing:,.0f} persons of {len(entries)} areas could not be placed and are not in the distribution",
            )
        )
    return entries


def _cells_alone(cells: FeatureTable, notes: list[Text]) -> Population:
    persons = cells.column("persons")
    lived_in = np.flatnonzero(persons > 0)
    unknown = int(np.count_nonzero(~(persons >= 0)))
    if unknown:
        notes.append(
            Text(f"{unknown} 个格网没有人口数，视为未知", f"{unknown} cells have no persons and count as unknown")
        )
    chosen = cells.take(lived_in)
    persons = chosen.column("persons")
    bands = np.column_stack([chosen.column(band) for band in AGE_BANDS])
    bands = scale_bands(np.where(bands < 0, np.nan, bands), persons, notes, Text("个格网", "cells"))
    known = [b for b in range(len(AGE_BANDS)) if len(chosen) and np.isfinite(bands[:, b]).all()]
    partly = [AGE_BANDS[b] for b in range(len(AGE_BANDS)) if b not in known and np.isfinite(bands[:, b]).any()]
    if partly:
        _tell_unknown_ages(partly, notes)
    ages = {AGE_BANDS[b]: bands[:, b] for b in known}
    total = float(persons.sum())
    summary = {
        "method": "cells",
        "feature_class": "population_cell",
        "basis": "unknown",
        "total": total,
        "distributed": total,
        "undistributed": [],
        "entries": len(chosen),
        "from_cells": len(chosen),
        "ages_known": list(ages),
        "notes": [note.as_dict() for note in notes],
    }
    return Population(chosen.ids, "population_cell", chosen.xy, persons, ages, chosen.in_area, "cells", summary)


def _nobody(rows: CensusRows | None, hierarchy: Hierarchy, notes: list[Text]) -> Population:
    undistributed = []
    if rows is not None:
        undistributed = _undistributed(rows, hierarchy, np.zeros(len(rows.codes)), np.empty(0, dtype=np.intp), notes)
    else:
        notes.append(
            Text(
                "没有人口普查数也没有人口格网，不知道居民在哪里",
                "there are neither census totals nor population cells: nobody knows where residents live",
            )
        )
    none = np.empty(0, dtype=object)
    summary = {
        "method": "none",
        "feature_class": "building",
        "basis": rows.basis if rows is not None else "unknown",
        "total": float(rows.persons.sum()) if rows is not None else 0.0,
        "distributed": 0.0,
        "undistributed": undistributed,
        "entries": 0,
        "from_cells": 0,
        "ages_known": [],
        "notes": [note.as_dict() for note in notes],
    }
    return Population(none, "building", np.empty((0, 2)), np.empty(0), {}, none, "none", summary)


def _known(table: FeatureTable, name: str) -> Floats:
    """Return a number attribute with 0 for unknown."""
    return np.nan_to_num(table.column(name), nan=0.0)
