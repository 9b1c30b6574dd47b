"""Features that meet a condition, as a share of all."""

from __future__ import annotations

from typing import Annotated

import numpy as np

from xiancheng.city.snapshot import Snapshot
from xiancheng.foundation.text import Text
from xiancheng.programme.measurement import Measurement
from xiancheng.programme.params import AttributeName, Classes, Filter, Where
from xiancheng.programme.registry import measure
from xiancheng.programme.views.features import select
from xiancheng.programme.views.figure import Grouping, exclusions, measured, no_data, short_places
from xiancheng.programme.where import choose

Condition = Annotated[str, Filter()]
Weight = Annotated[str, AttributeName()]


@measure(
    "share.features",
    unit="share",
    title=Text("满足条件的设施占比", "share of features that meet a condition"),
    definition=Text(
        "所选设施中满足条件的占比，可按属性加权；无法判断的设施不计入分子分母并予说明。",
        "Share of the chosen features that meet the condition, weighted by an attribute if one is given. Features "
        "for which "
        "it cannot be decided are left out of both and told.",
    ),
)
def share_of_features(
    city: Snapshot,
    *,
    of: Classes,
    condition: Condition,
    where: Where = "",
    weight: Weight | None = None,
) -> Measurement:
    """Compute the share of features, or of their weight, that meets a condition."""
    features = select(city, of, where=where)
    if features.absent:
        return no_data(city, *features.missing, excluded=features.excluded)
    chosen = [choose(condition, table) for table in features.tables]
    met = np.concatenate([c.met for c in chosen])
    unknown = np.concatenate([c.unknown for c in chosen])
    size = features.values(weight) if weight else np.ones(len(features))
    unweighted = ~np.isfinite(size) & ~unknown
    counts = ~unknown & ~unweighted
    heavy = np.where(counts, size, 0.0)
    excluded = features.excluded + exclusions(
        (
            Text(f"缺少属性、无法判断“{condition}”的设施", f"cannot be decided for {condition!r}, attribute not known"),
            unknown.sum(),
            "features",
        ),
        (Text(f"未填“{weight}”的设施", f"{weight} not known"), unweighted.sum(), "features"),
    )
    if heavy.sum() <= 0:
        lacking = Text(
            f"没有{features.title.zh}能判断“{condition}”",
            f"no {features.title.en} for which {condition!r} can be decided",
        )
        return no_data(city, lacking, excluded=excluded)
    top = np.where(met, heavy, 0.0)
    what = Text(f"按“{weight}”加权，", f", weighted by {weight}") if weight else Text("", "")
    return measured(
        city,
        float(top.sum() / heavy.sum()),
        definition=Text(
            f"{what.zh}{features.title.zh}中满足“{condition}”的占比，无法判断的不计。",
            f"Share of {features.title.en} that meet {condition!r}{what.en}; those that cannot be decided are left "
            f"out.",
        ),
        numerator=float(top.sum()),
        denominator=float(heavy.sum()),
        numerator_label=Text(f"满足“{condition}”", f"meeting {condition!r}"),
        denominator_label=features.title,
        excluded=excluded,
        by_area=Grouping(city, features.in_area).ratios(top, heavy),
        short=short_places(
            city, ",".join(of), ids=features.ids, names=features.names, xy=features.xy, in_area=features.in_area,
            amount=heavy - top, unit=weight.rpartition(".")[2] if weight else "features",
        ),
        notes=features.missing,
    )  # fmt: skip
