"""Whether what has to exist exists: in every area, of every kind, in sufficient number."""

from __future__ import annotations

from typing import Annotated, Literal

import numpy as np
import shapely

from xiancheng.city.snapshot import Snapshot
from xiancheng.foundation.text import Text
from xiancheng.programme.measurement import AreaValue, Measurement
from xiancheng.programme.params import AttributeName, Classes, CodeOf, Count, OneClass, Several, Where
from xiancheng.programme.registry import measure
from xiancheng.programme.views.features import select
from xiancheng.programme.views.figure import Grouping, measured, no_data, short_features
from xiancheng.programme.where import known, split_codes

Level = Literal["county", "township", "community"]
Codes = Annotated[tuple[str, ...], Several(CodeOf(), at_least=1)]
CodeAttribute = Annotated[str, AttributeName(numeric=False)]


@measure(
    "presence.per_area",
    unit="share",
    title=Text("有设施的行政区占比", "areas with a facility"),
    definition=Text(
        "某级行政区中，界内至少有 at_least 处所选设施的占比。",
        "Share of the administrative areas of a level that hold at least at_least of the chosen features.",
    ),
)
def per_area(
    city: Snapshot, *, of: Classes, level: Level = "township", at_least: Count = 1, where: Where = ""
) -> Measurement:
    """Compute the share of areas that hold enough of a kind of facility."""
    features = select(city, of, where=where)
    areas = city.table("admin_area")
    areas = areas.take(areas.column("level") == level)
    missing = features.missing if features.absent else features.blank
    title = city.catalogue.code_title("admin_level", level)
    if not len(areas):
        missing += (
            Text(f"模型中没有{title.zh}界线（admin_area，level={level}）", f"the model has no {title.en} (admin_area)"),
        )
    if missing:
        return no_data(city, *missing, excluded=features.excluded)
    points = shapely.points(features.xy)
    _, holder = shapely.STRtree(areas.projected).query(points, predicate="intersects")
    count = np.bincount(holder, minlength=len(areas)).astype(np.float64)
    enough = count >= at_least
    names, codes = areas.column("name"), areas.column("code")
    return measured(
        city,
        float(enough.mean()),
        numerator=float(enough.sum()),
        denominator=float(len(areas)),
        numerator_label=Text(f"至少有{at_least}处{features.title.zh}的{title.zh}", f"with at least {at_least}"),
        denominator_label=Text(f"全部{title.zh}", f"all areas of level {title.en}"),
        excluded=features.excluded,
        by_area=tuple(
            AreaValue(
                str(codes[i] or areas.ids[i]), str(names[i] or codes[i] or areas.ids[i]), float(enough[i]), count[i]
            )
            for i in range(len(areas))
        ),
        short=short_features(city, areas, np.maximum(at_least - count, 0.0), "facilities"),
        notes=features.missing,
    )


@measure(
    "presence.kinds",
    unit="share",
    title=Text("应有类别齐备率", "required kinds present"),
    definition=Text(
        "应有的各类别中，至少有一处的类别所占比例。",
        "Share of the required kinds of which there is at least one feature.",
    ),
)
def kinds(
    city: Snapshot, *, of: OneClass, attribute: CodeAttribute = "kind", kinds: Codes, where: Where = ""
) -> Measurement:
    """Compute the share of required kinds that exist."""
    features = select(city, (of,), where=where)
    if features.absent or features.blank:
        return no_data(city, *features.missing, *features.blank, excluded=features.excluded)
    (table,) = features.tables
    column = table.feature_class.attribute(attribute)
    city_codes = city.catalogue.codes.get(column.codes or "", {})
    values = table.column(attribute)
    here = known(values)
    present = {code for value in values[here] for code in split_codes(str(value))}
    absent = [k for k in kinds if k not in present]
    notes = tuple(
        Text(f"没有：{city_codes.get(k, Text(k, k)).zh}", f"none: {city_codes.get(k, Text(k, k)).en}") for k in absent
    )
    if len(table) and not here.any():
        lacking = Text(
            f"{table.feature_class.title.zh}都没有填“{column.title.zh}”",
            f"no {table.feature_class.title.en} states its {column.title.en}",
        )
        return no_data(city, lacking, excluded=features.excluded)
    return measured(
        city,
        1 - len(absent) / len(kinds),
        numerator=float(len(kinds) - len(absent)),
        denominator=float(len(kinds)),
        numerator_label=Text("已有的类别", "kinds present"),
        denominator_label=Text("应有的类别", "kinds required"),
        excluded=features.excluded,
        notes=notes,
    )


@measure(
    "presence.count",
    unit="count",
    title=Text("设施个数", "number of features"),
    definition=Text("所选设施的个数。", "Number of the chosen features."),
)
def count(city: Snapshot, *, of: Classes, where: Where = "") -> Measurement:
    """Count features."""
    features = select(city, of, where=where)
    if features.absent or features.blank:
        return no_data(city, *features.missing, *features.blank, excluded=features.excluded)
    group = Grouping(city, features.in_area)
    number = group.sums(np.ones(len(features)))
    return measured(
        city,
        float(len(features)),
        excluded=features.excluded,
        by_area=tuple(
            AreaValue(c, n, float(v), float(v)) for c, n, v in zip(group.codes, group.names, number, strict=True)
        ),
        notes=features.missing,
    )
