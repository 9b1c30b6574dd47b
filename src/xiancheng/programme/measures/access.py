"""Access to facilities: who has one near, how far it is, how many there are."""

from __future__ import annotations

import numpy as np

from xiancheng.city.snapshot import Floats, Snapshot
from xiancheng.foundation.text import Text
from xiancheng.programme.measurement import Exclusion, Measurement
from xiancheng.programme.params import Ages, Amount, Classes, Count, Metres, Where
from xiancheng.programme.registry import measure
from xiancheng.programme.views.features import Area, Features, select
from xiancheng.programme.views.figure import measured, no_data, short_places
from xiancheng.programme.views.reach import FROM, From, Metric, Reach
from xiancheng.programme.views.residents import Residents, residents
from xiancheng.programme.views.roads import Mode


@measure(
    "access.residents_within",
    unit="share",
    title=Text("距离内有设施的居民占比", "residents within a distance of a facility"),
    definition=Text(
        "范围内，代表点到最近设施的距离不超过给定米数的常住人口，除以范围内全部常住人口。范围外的设施同样计入；"
        "范围外的居民不计。",
        "Residents inside the extent whose distance from the representative point of their building or cell to the "
        "nearest "
        "facility is at most the given metres, divided by all residents inside. Facilities outside the extent still "
        "serve; "
        "residents outside are left out.",
    ),
)
def residents_within(
    city: Snapshot,
    *,
    of: Classes,
    metres: Metres,
    min_area_m2: Amount = 0.0,
    metric: Metric = "network",
    from_: From = "boundary",
    mode: Mode = "walk",
    ages: Ages = (),
    within: str = "auto",
    where: Where = "",
    public_only: bool = True,
    area: Area = "computed",
) -> Measurement:
    """Compute the share of residents with a facility within `metres`.

    Parameters
    ----------
    from_
        Where on a polygon: its boundary (0 m inside; along the network every 25 m of it), the registered entrances, or
        the representative point.
    within
        Extent of the residents: see :func:`~xiancheng.programme.views.residents.extent`.
    public_only
        Leave out facilities closed to the public.
    """
    reach = Reach(metric, from_, mode)
    people = residents(city, within=within, ages=ages)
    features = select(city, of, where=where, public_only=public_only, min_area_m2=min_area_m2, area=area)
    excluded = people.excluded + features.excluded
    definition = within_definition(people, features, reach, metres, min_area_m2)
    missing = missing_for(city, people, features, reach)
    if missing:
        return no_data(city, *missing, definition=definition, excluded=excluded)
    near = reach.nearest(city, people, features, limit=metres).distance <= metres
    served = np.where(near, people.persons, 0.0)
    return measured(
        city,
        float(served.sum() / people.total),
        definition=definition,
        numerator=float(served.sum()),
        denominator=people.total,
        numerator_label=Text(f"{metres:g}米内有{features.title.zh}的", f"with {features.title.en} within {metres:g} m"),
        denominator_label=people.title,
        excluded=excluded,
        by_area=people.grouping(city).ratios(served, people.persons),
        short=people.short(city, people.persons - served),
        notes=features.missing + reach.notes(city, people, features),
    )


def missing_for(city: Snapshot, people: Residents, features: Features, reach: Reach) -> tuple[Text, ...]:
    """Say what is missing to relate residents to facilities."""
    return people.missing + (features.missing if features.absent else ()) + reach.missing(city)


def within_definition(people: Residents, features: Features, reach: Reach, metres: float, min_area_m2: float) -> Text:
    """Say who is counted as having a facility near."""
    size = (
        Text(f"面积不小于{min_area_m2:,.0f}平方米的", f" of at least {min_area_m2:,.0f} m²")
        if min_area_m2 > 0
        else Text("", "")
    )
    place = FROM[reach.from_]
    return Text(
        f"{people.title.zh}中，代表点到最近的{size.zh}{features.title.zh}（{place.zh}）"
        f"的{reach.title.zh}不超过{metres:g}米的"
        f"所占比例。范围外的设施同样计入，范围外的居民不计。",
        f"Share of the {people.title.en} whose {reach.title.en} from the representative point of their building or "
        f"cell to "
        f"the {place.en} of the nearest {features.title.en}{size.en} is at most {metres:g} m. Facilities outside the "
        f"extent "
        f"still serve; residents outside are left out.",
    )


@measure(
    "access.nearest",
    unit="m",
    title=Text("到最近设施的平均距离", "mean distance to the nearest facility"),
    definition=Text(
        "范围内居民到最近设施的距离，按人口加权平均；到不了任何设施的居民不计入平均，另行说明。"
        "各设施列出以它为最近的居民数。",
        "Mean distance of the residents inside the extent to their nearest facility, weighted by residents; those "
        "who reach "
        "none are told and not averaged. Each facility is listed with the residents to whom it is the nearest.",
    ),
)
def nearest_facility(
    city: Snapshot,
    *,
    of: Classes,
    metric: Metric = "network",
    from_: From = "boundary",
    mode: Mode = "walk",
    ages: Ages = (),
    within: str = "auto",
    where: Where = "",
    public_only: bool = True,
    min_area_m2: Amount = 0.0,
    area: Area = "computed",
) -> Measurement:
    """Compute the population-weighted mean distance to the nearest facility."""
    reach = Reach(metric, from_, mode)
    people = residents(city, within=within, ages=ages)
    features = select(city, of, where=where, public_only=public_only, min_area_m2=min_area_m2, area=area)
    excluded = people.excluded + features.excluded
    missing = missing_for(city, people, features, reach)
    if missing:
        return no_data(city, *missing, excluded=excluded)
    found = reach.nearest(city, people, features)
    reached = np.isfinite(found.distance)
    persons = np.where(reached, people.persons, 0.0)
    if persons.sum() <= 0:
        lacking = Text("没有居民能到达任何设施", "no resident reaches any facility")
        return no_data(city, lacking, excluded=excluded)
    lost = people.total - float(persons.sum())
    if lost > 0:
        unreached = Text("到不了任何设施的居民", "residents who reach no facility")
        excluded += (Exclusion(unreached, round(lost, 6), "residents"),)
    metres = np.where(reached, found.distance, 0.0) * persons
    load = np.bincount(found.index[reached], weights=persons[reached], minlength=len(features)).astype(np.float64)
    median, ninth = weighted_quantiles(found.distance[reached], persons[reached], (0.5, 0.9))
    quantiles = Text(
        f"按人口加权：中位数 {median:,.0f} 米，九成居民不超过 {ninth:,.0f} 米",
        f"weighted by residents: median {median:,.0f} m, nine tenths within {ninth:,.0f} m",
    )
    listed = Text("所列为各设施及以其为最近的居民数", "listed are the facilities with the residents nearest to each")
    return measured(
        city,
        float(metres.sum() / persons.sum()),
        numerator=float(metres.sum()),
        denominator=float(persons.sum()),
        numerator_label=Text("居民数×距离（人·米）", "residents times metres"),
        denominator_label=people.title,
        excluded=excluded,
        by_area=people.grouping(city).ratios(metres, persons),
        short=short_places(
            city, of[0] if len(of) == 1 else ",".join(of), ids=features.ids, names=features.names, xy=features.xy,
            in_area=features.in_area, amount=load, unit="residents",
        ),
        notes=(quantiles, listed, *features.missing, *reach.notes(city, people, features)),
    )  # fmt: skip


def weighted_quantiles(values: Floats, weights: Floats, shares: tuple[float, ...]) -> list[float]:
    """Return the least value up to which at least each share of the weight lies."""
    order = np.argsort(values, kind="stable")
    reached = np.cumsum(weights[order]) / weights.sum()
    at = np.searchsorted(reached, np.asarray(shares) - 1e-12)
    return [float(v) for v in values[order][np.minimum(at, len(values) - 1)]]


@measure(
    "access.count_within",
    unit="count",
    title=Text("距离内设施的平均个数", "mean number of facilities within a distance"),
    definition=Text(
        "范围内居民在给定米数内的设施个数，按人口加权平均；少于 at_least 个的居民列为短板。",
        "Number of facilities within the given metres of a resident, averaged over the residents inside the extent; "
        "residents with fewer than at_least are listed.",
    ),
)
def count_facilities(
    city: Snapshot,
    *,
    of: Classes,
    metres: Metres,
    at_least: Count = 1,
    metric: Metric = "network",
    from_: From = "boundary",
    mode: Mode = "walk",
    ages: Ages = (),
    within: str = "auto",
    where: Where = "",
    public_only: bool = True,
    min_area_m2: Amount = 0.0,
    area: Area = "computed",
) -> Measurement:
    """Compute the population-weighted mean number of facilities within `metres`."""
    reach = Reach(metric, from_, mode)
    people = residents(city, within=within, ages=ages)
    features = select(city, of, where=where, public_only=public_only, min_area_m2=min_area_m2, area=area)
    excluded = people.excluded + features.excluded
    missing = missing_for(city, people, features, reach)
    if missing:
        return no_data(city, *missing, excluded=excluded)
    pairs = reach.pairs(city, people, features, metres)
    count = np.bincount(pairs.origin, minlength=len(people)).astype(np.float64)
    weighted = count * people.persons
    return measured(
        city,
        float(weighted.sum() / people.total),
        numerator=float(weighted.sum()),
        denominator=people.total,
        numerator_label=Text("居民数×设施数", "residents times facilities"),
        denominator_label=people.title,
        excluded=excluded,
        by_area=people.grouping(city).ratios(weighted, people.persons),
        short=people.short(city, np.where(count < at_least, people.persons, 0.0)),
        notes=features.missing + reach.notes(city, people, features),
    )
