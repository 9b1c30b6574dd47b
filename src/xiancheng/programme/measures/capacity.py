"""School places: against the norm per 1,000 residents, and against the children who need one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import shapely

from xiancheng.city.snapshot import FeatureTable, Floats, Snapshot
from xiancheng.foundation.text import Text
from xiancheng.planning.assignment import assign_nearest
from xiancheng.programme.measurement import AreaValue, Exclusion, Measurement, Short
from xiancheng.programme.params import Ages, Amount, Metres, Positive
from xiancheng.programme.registry import measure
from xiancheng.programme.views.features import Features, select
from xiancheng.programme.views.figure import exclusions, measured, no_data, short_features
from xiancheng.programme.views.reach import Metric, Reach
from xiancheng.programme.views.residents import by_township, residents
from xiancheng.programme.views.roads import Ints, Mode

Level = Literal["kindergarten", "primary", "junior", "senior"]
Method = Literal["auto", "catchment", "nearest", "total"]

LEVELS: dict[Level, Text] = {
    "kindergarten": Text("幼儿园", "kindergarten"),
    "primary": Text("小学", "primary"),
    "junior": Text("初中", "junior secondary"),
    "senior": Text("普通高中", "senior secondary"),
}
COHORTS: dict[Level, tuple[str, ...]] = {
    "kindergarten": ("age_3_5",),
    "primary": ("age_6_11",),
    "junior": ("age_12_14",),
    "senior": ("age_15_17",),
}


@dataclass(frozen=True)
class Places:
    """Schools of a level and their places."""

    schools: FeatureTable
    places: Floats
    excluded: tuple[Exclusion, ...]
    notes: tuple[Text, ...]
    missing: tuple[Text, ...]


def school_places_of(city: Snapshot, level: Level, *, class_size: float, public_only: bool) -> Places:
    """Return the schools of a level with their places.

    A school of one level has its ``places``; one of several levels those registered for the level
    (``places_primary``, ``places_junior``). Where places are not registered, classes times `class_size` stand in.
    """
    name = "kindergarten" if level == "kindergarten" else "school"
    features = select(city, (name,), where="ownership=public" if public_only else "")
    (table,) = features.tables
    places = table.column("places").copy()
    classes = np.asarray(table.column("classes"))
    guessed = np.isnan(places) & np.isfinite(classes)
    if level != "kindergarten":
        kind = table.column("level")
        several = {"primary": ("nine_year",), "junior": ("nine_year", "complete"), "senior": ("complete",)}[level]
        shared = np.isin(kind.astype(str), several)
        junior = table.column("places_junior")
        part = {"primary": table.column("places_primary"), "junior": junior, "senior": places - junior}[level]
        places = np.where(shared, part, places)
        guessed &= ~shared
        chosen = shared | (kind == level)
        table, places, guessed, classes = table.take(chosen), places[chosen], guessed[chosen], classes[chosen]
    places = np.where(guessed, classes * class_size, places)
    known = np.isfinite(places)
    title = LEVELS[level]
    told = exclusions((Text(f"没有登记学位的{title.zh}", f"{title.en}: places not known"), (~known).sum(), "features"))
    notes = (
        Text(
            f"{int(guessed.sum())} 所按班数×{class_size:g} 估算学位",
            f"places of {int(guessed.sum())} estimated as classes times {class_size:g}",
        ),
    )
    missing = features.missing
    if not missing and not known.any():
        missing = (
            Text(f"没有{title.zh}学位数据", f"no places are known of any {title.en} school")
            if len(table)
            else Text(f"城市模型中没有{title.zh}", f"the city model has no {title.en} school"),
        )
    return Places(table.take(known), places[known], features.excluded + told, notes if guessed.any() else (), missing)


@measure(
    "capacity.places_per_1000",
    unit="per_1000",
    title=Text("每千人学位数", "school places per 1,000 residents"),
    definition=Text(
        "某学段学位数除以范围内常住人口，乘以 1000；多学段学校只计该学段学位。",
        "Places of a school level per 1,000 residents inside the extent; of schools with several levels those of the "
        "level.",
    ),
)
def places_per_1000(
    city: Snapshot,
    *,
    level: Level,
    class_size: Positive = 45.0,
    public_only: bool = False,
    at_least: Amount | None = None,
    within: str = "auto",
) -> Measurement:
    """Compute school places per 1,000 residents; townships below `at_least` fall short."""
    people = residents(city, within=within)
    found = school_places_of(city, level, class_size=class_size, public_only=public_only)
    excluded, missing = people.excluded + found.excluded, people.missing + found.missing
    if missing:
        return no_data(city, *missing, excluded=excluded)
    total = float(found.places.sum())
    areas = by_township(city, people, found.schools.in_area, found.places, 1000.0)
    return measured(
        city,
        1000 * total / people.total,
        numerator=total,
        denominator=people.total,
        numerator_label=Text(f"{LEVELS[level].zh}学位", f"{LEVELS[level].en} places"),
        denominator_label=people.title,
        excluded=excluded,
        by_area=areas,
        short=None if at_least is None else _short_townships(city, areas, at_least / 1000.0),
        notes=found.notes,
    )


@measure(
    "capacity.school_places",
    unit="share",
    title=Text("有学位的学龄儿童占比", "children with a school place"),
    definition=Text(
        "某学段应有学位的学龄人口（年龄段×入学率）中，能得到学位的占比。有学区的按学区内学校的学位；没有的，"
        "在给定米数内由近及远"
        "安排，满员后去下一所；total 只比总数。",
        "Share of the children of a level (age bands times attendance) who get a place: from the schools of their "
        "catchment "
        "where there are catchments; else nearest first within the given metres, the next school when one is full; "
        "total "
        "compares sums only.",
    ),
)
def school_places(
    city: Snapshot,
    *,
    level: Level,
    ages: Ages = (),
    attendance: Amount = 1.0,
    metres: Metres = 3000.0,
    method: Method = "auto",
    class_size: Positive = 45.0,
    public_only: bool = False,
    metric: Metric = "network",
    mode: Mode = "walk",
    within: str = "auto",
) -> Measurement:
    """Compute the share of children who get a place.

    Parameters
    ----------
    ages
        Age bands of the level; its usual ones if not given.
    attendance
        Children needing a place for each child of the age (children of migrants come on top, so it may exceed 1).
    method
        ``auto``: by catchment if the model has catchments of the level, else to the nearest.
    """
    people = residents(city, within=within, ages=ages or COHORTS[level])
    found = school_places_of(city, level, class_size=class_size, public_only=public_only)
    excluded, missing = people.excluded + found.excluded, people.missing + found.missing
    zones = _catchments(city, level)
    if method == "auto":
        method = "catchment" if len(zones) else "nearest"
    if method == "catchment" and not len(zones):
        missing += (Text(f"没有{LEVELS[level].zh}学区（catchment）", f"no {LEVELS[level].en} catchments (catchment)"),)
    reach = Reach(metric, "point", mode)
    if method == "nearest":
        missing += reach.missing(city)
    if missing:
        return no_data(city, *missing, excluded=excluded)
    demand = people.persons * attendance
    if demand.sum() <= 0:
        return no_data(city, Text("没有学龄人口", "there are no children of the age"), excluded=excluded)
    notes = found.notes
    if method == "catchment":
        who = ages or COHORTS[level]
        zone_of = city.memo(("catchment of children", level, within, who), lambda: _zones_of(city, level, within, who))
        lacking, short, more = _by_catchment(city, found, zones, zone_of, demand)
        notes += more
    elif method == "nearest":
        schools = Features((found.schools,), (), ())
        pairs = reach.pairs(city, people, schools, metres)
        lacking = assign_nearest(pairs, demand, found.places).unserved
        short = people.short(city, np.where(lacking > 1e-6, lacking, 0.0), "children")
        notes += reach.notes(city, people, schools)
    else:
        lacking = demand * max(0.0, 1 - float(found.places.sum()) / float(demand.sum()))
        short = None
    served = demand - lacking
    how = {
        "catchment": Text("按学区计算", "by catchment"),
        "nearest": Text(f"{metres:g} 米内由近及远安排", f"assigned nearest first within {metres:g} m"),
        "total": Text("只比总数", "sums compared only"),
    }[method]
    total = Text(
        f"{how.zh}；学位 {found.places.sum():,.0f} 个，需求 {demand.sum():,.0f} 个",
        f"{how.en}; {found.places.sum():,.0f} places for {demand.sum():,.0f} children",
    )
    return measured(
        city,
        float(served.sum() / demand.sum()),
        numerator=float(served.sum()),
        denominator=float(demand.sum()),
        numerator_label=Text(f"有{LEVELS[level].zh}学位的儿童", f"children with a {LEVELS[level].en} place"),
        denominator_label=Text(f"{people.title.zh}×入学率", f"{people.title.en}, times attendance"),
        excluded=excluded,
        by_area=people.grouping(city).ratios(served, demand),
        short=short,
        notes=(total, *notes),
    )


def _by_catchment(
    city: Snapshot, found: Places, zones: FeatureTable, zone_of: Ints, demand: Floats
) -> tuple[Floats, Short, tuple[Text, ...]]:
    """Share the places of each catchment's school among its children, alike; outside every catchment there are none.

    Parameters
    ----------
    zone_of
        ``(n,)`` catchment of each row of children, see :func:`_zones_of`.

    Returns
    -------
    lacking
        ``(n,)`` children without a place.
    short
        The catchments that lack places.
    """
    in_zone = zone_of < len(zones)
    row = {str(i): k for k, i in enumerate(found.schools.ids.tolist())}
    named = np.array([row.get(str(i), -1) for i in zones.column("school_id").tolist()], dtype=np.int64)
    # Catchments of one school share its places; one that names none has the schools that lie in it.
    group = np.where(named >= 0, named, len(row) + np.arange(len(zones)))
    seats = np.zeros(len(row) + len(zones))
    seats[: len(row)] = found.places
    holder, school = shapely.STRtree(shapely.points(found.schools.xy)).query(zones.projected, predicate="intersects")
    own = (named[holder] < 0) & ~np.isin(school, named)
    np.add.at(seats, group[holder[own]], found.places[school[own]])
    children = np.bincount(group[zone_of[in_zone]], weights=demand[in_zone], minlength=len(seats))
    share = np.divide(np.minimum(seats, children), children, out=np.zeros(len(seats)), where=children > 0)
    lacking = demand.copy()
    lacking[in_zone] *= 1 - share[group[zone_of[in_zone]]]
    short = np.bincount(zone_of[in_zone], weights=lacking[in_zone], minlength=len(zones))
    outside = float(demand[~in_zone].sum())
    note = Text(
        f"{outside:,.0f} 名儿童不在任何学区内，按没有学位计",
        f"{outside:,.0f} children live in no catchment and count as without a place",
    )
    listed = short_features(city, zones, np.where(short > 1e-6, short, 0.0), "children")
    return lacking, listed, (note,) if outside > 0 else ()


def _catchments(city: Snapshot, level: Level) -> FeatureTable:
    """Return the catchments of a level by identifier: of two around a child always the same counts."""
    zones = city.table("catchment")
    zones = zones.take((zones.column("level") == level) & (shapely.area(zones.projected) > 0))
    return zones.take(np.argsort(zones.ids.astype(str), kind="stable"))


def _zones_of(city: Snapshot, level: Level, within: str, ages: tuple[str, ...]) -> Ints:
    """Return the first catchment around each row of children; the number of catchments if there is none."""
    people, zones = residents(city, within=within, ages=ages), _catchments(city, level)
    zone, child = shapely.STRtree(shapely.points(people.xy)).query(zones.projected, predicate="intersects")
    zone_of = np.full(len(people), len(zones))
    np.minimum.at(zone_of, child, zone)
    return zone_of


def _short_townships(city: Snapshot, areas: tuple[AreaValue, ...], norm: float) -> Short:
    """Return the townships whose places fall short of the norm, with the places they lack."""
    lacks = {a.code: norm * (a.denominator or 0.0) - (a.numerator or 0.0) for a in areas}
    table = city.table("admin_area")
    table = table.take(table.column("level") == "township")
    amount = np.array([max(lacks.get(str(c), 0.0), 0.0) for c in table.column("code").tolist()], dtype=np.float64)
    return short_features(city, table, amount, "places")
