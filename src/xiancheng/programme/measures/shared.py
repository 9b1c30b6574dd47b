"""One point, many uses (一点多用): community points that join several functions."""

from __future__ import annotations

from typing import Annotated

import numpy as np

from xiancheng.city.snapshot import Snapshot
from xiancheng.foundation.text import Text
from xiancheng.programme.measurement import Measurement
from xiancheng.programme.params import Amount, CodeOf, Count, Filter, Several
from xiancheng.programme.registry import measure
from xiancheng.programme.views.features import select
from xiancheng.programme.views.figure import Grouping, attribute_missing, exclusions, measured, no_data, short_features
from xiancheng.programme.where import known, split_codes

Functions = Annotated[tuple[str, ...], Several(CodeOf("community_service_point", "functions"), at_least=1)]
PointFilter = Annotated[str, Filter("community_service_point")]
CORE = ("elderly_care", "childcare", "child_service", "canteen")


@measure(
    "shared.sites",
    unit="share",
    title=Text("一点多用的社区综合服务设施占比", "community points with many uses"),
    definition=Text(
        "社区综合服务设施中，功能不少于 min_functions 项、其中核心功能（养老、托育、儿童托管、助餐）不少于 min_core "
        "项的占比。",
        "Share of the community service points that have at least min_functions functions, at least min_core of them "
        "core "
        "ones (care of the old, childcare, after-school service, canteen).",
    ),
)
def shared_sites(
    city: Snapshot,
    *,
    min_functions: Count = 3,
    min_core: Count = 2,
    core: Functions = CORE,
    min_floor_area: Amount = 0.0,
    where: PointFilter = "",
) -> Measurement:
    """Compute the share of community points that join enough functions."""
    name = "community_service_point"
    features = select(city, (name,), where=where)
    if features.absent:
        return no_data(city, *features.missing, excluded=features.excluded)
    (table,) = features.tables
    column = table.column("functions")
    told, size = known(column), table.column("floor_area")
    measurable = np.isfinite(size) | (min_floor_area <= 0)
    decided = told & measurable
    excluded = features.excluded + exclusions(
        (Text("没有登记功能的设施", "points whose functions are not known"), (~told).sum(), "features"),
        (Text("没有登记面积的设施", "points whose floor area is not known"), (told & ~measurable).sum(), "features"),
    )
    if not decided.any():
        lacking = attribute_missing(city, name, "functions" if not told.any() else "floor_area")
        return no_data(city, lacking, excluded=excluded)
    functions = [set(split_codes(str(v))) if k else set() for v, k in zip(column, told, strict=True)]
    every = np.array([len(f) for f in functions])
    of_core = np.array([len(f.intersection(core)) for f in functions])
    big = (min_floor_area <= 0) | (size >= min_floor_area)
    shared = decided & (every >= min_functions) & (of_core >= min_core) & big
    lacking_functions = np.maximum(np.maximum(min_functions - every, min_core - of_core), 0)
    amount = np.where(decided & ~shared, np.maximum(lacking_functions, 1), 0).astype(np.float64)
    return measured(
        city,
        float(shared.sum() / decided.sum()),
        numerator=float(shared.sum()),
        denominator=float(decided.sum()),
        numerator_label=Text("一点多用的设施", "points with many uses"),
        denominator_label=table.feature_class.title,
        excluded=excluded,
        by_area=Grouping(city, table.in_area).ratios(shared.astype(float), decided.astype(float)),
        short=short_features(city, table, amount, "functions"),
    )
