"""Evidence that a deliverable exists: features with complete records, and documents."""

from __future__ import annotations

from typing import Annotated

import numpy as np

from xiancheng.city.snapshot import Floats, Snapshot
from xiancheng.foundation.text import Text
from xiancheng.programme.measurement import Measurement
from xiancheng.programme.params import AnyAttributes, AttributeName, Classes, Several, Where
from xiancheng.programme.registry import measure
from xiancheng.programme.views.features import Features, select
from xiancheng.programme.views.figure import Grouping, class_missing, measured, no_data, short_features, short_places
from xiancheng.programme.where import known

DocumentAttributes = Annotated[tuple[str, ...], Several(AttributeName("document", numeric=False))]


@measure(
    "evidence.features",
    unit="share",
    title=Text("登记齐全的占比", "features with complete records"),
    definition=Text(
        "所选要素中，应有项目全部登记（是否类为“是”，其余已填）的占比；没有登记的按不齐全计。",
        "Share of the chosen features of which every required item is on record (yes-or-no items are yes, others "
        "filled in); "
        "what is not on record counts as lacking.",
    ),
)
def complete_features(city: Snapshot, *, of: Classes, complete: AnyAttributes = (), where: Where = "") -> Measurement:
    """Compute the share of features whose required attributes are all on record."""
    features = select(city, of, where=where)
    if features.absent:
        return no_data(city, *features.missing, excluded=features.excluded)
    if not len(features):
        lacking = Text(f"没有符合“{where}”的{features.title.zh}", f"there is no {features.title.en} with {where!r}")
        return no_data(city, *(features.blank or (lacking,)), excluded=features.excluded)
    gaps = _gaps(features, complete)
    whole = (gaps == 0).astype(np.float64)
    return measured(
        city,
        float(whole.mean()),
        numerator=float(whole.sum()),
        denominator=float(len(features)),
        numerator_label=Text("登记齐全", "with complete records"),
        denominator_label=features.title,
        excluded=features.excluded,
        by_area=Grouping(city, features.in_area).ratios(whole, np.ones(len(features))),
        short=short_places(
            city, ",".join(of), ids=features.ids, names=features.names, xy=features.xy, in_area=features.in_area,
            amount=gaps, unit="items",
        ),
        notes=features.missing + _which(features, complete),
    )  # fmt: skip


def _columns(features: Features, attribute: str) -> list[tuple[Text, np.ndarray[tuple[int], np.dtype[np.bool_]]]]:
    """Return for each class the attribute's title and which features lack it."""
    owner, _, name = attribute.rpartition(".")
    found = []
    for table in features.tables:
        if owner not in {"", table.feature_class.name}:
            found.append((Text("", ""), np.zeros(len(table), dtype=bool)))
            continue
        definition, values = table.feature_class.attribute(name), table.column(name)
        lacks = ~known(values) if definition.type != "boolean" else values != 1
        found.append((definition.title, lacks))
    return found


def _gaps(features: Features, complete: tuple[str, ...]) -> Floats:
    gaps = np.zeros(len(features))
    for attribute in complete:
        gaps += np.concatenate([lacks for _, lacks in _columns(features, attribute)])
    return gaps


def _which(features: Features, complete: tuple[str, ...]) -> tuple[Text, ...]:
    notes = []
    for attribute in complete:
        for title, lacks in _columns(features, attribute):
            if lacks.any():
                count = int(lacks.sum())
                notes.append(Text(f"缺“{title.zh}”：{count} 处", f"lacking {title.en}: {count}"))
    return tuple(dict.fromkeys(notes))


@measure(
    "evidence.documents",
    unit="count",
    title=Text("佐证材料件数", "documents on record"),
    definition=Text(
        "佐证材料登记中属于该条款（和类型）且要素齐全的件数。",
        "Documents on the register for the clause (and of the kinds), with the required items filled in.",
    ),
)
def documents(
    city: Snapshot, *, clause: str, kinds: tuple[str, ...] = (), complete: DocumentAttributes = ("issued_on", "issuer")
) -> Measurement:
    """Count the documents that prove a deliverable."""
    register = city.table("document")
    if not city.has("document"):
        return no_data(city, class_missing(city, "document"))
    chosen = register.column("clause") == clause
    if kinds:
        chosen &= np.isin(register.column("kind").astype(str), list(kinds))
    found = register.take(chosen)
    gaps = np.zeros(len(found))
    for name in complete:
        gaps += ~known(found.column(name))
    count = float((gaps == 0).sum())
    notes = () if count else (Text(f"登记中没有第 {clause} 条的材料", f"the register has no document for {clause}"),)
    return measured(
        city,
        count,
        numerator=count,
        denominator=float(len(found)),
        numerator_label=Text("要素齐全的材料", "documents with the required items"),
        denominator_label=Text("该条款的材料", "documents for the clause"),
        short=short_features(city, found, gaps, "items"),
        notes=notes,
    )
