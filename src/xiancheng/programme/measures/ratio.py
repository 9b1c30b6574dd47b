"""Sums of registered figures against residents or against each other."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from xiancheng.city.snapshot import Floats, Snapshot
from xiancheng.foundation.text import Text
from xiancheng.programme.measurement import Exclusion, Measurement
from xiancheng.programme.params import Ages, Attributes, Classes, Positive, Where
from xiancheng.programme.registry import measure
from xiancheng.programme.views.features import Features, known_sum, select
from xiancheng.programme.views.figure import Grouping, attribute_missing, exclusions, measured, no_data, short_places
from xiancheng.programme.views.residents import by_township, residents


@dataclass(frozen=True)
class Sums:
    """Attributes of features added up: a feature counts with what is known of it.

    Attributes
    ----------
    values
        ``(n,)`` sum of the attributes of each feature; 0 where none is known.
    known
        ``(n,)`` whether any is known.
    label
        What was added up.
    missing
        Set if nothing is known at all.
    """

    values: Floats
    known: np.ndarray[tuple[int], np.dtype[np.bool_]]
    label: Text
    excluded: tuple[Exclusion, ...]
    missing: tuple[Text, ...]

    @property
    def total(self) -> float:
        """The sum over all features."""
        return float(self.values.sum())


def sums(city: Snapshot, features: Features, attributes: tuple[str, ...]) -> Sums:
    """Add up attributes: ``places`` of every class, or ``kindergarten.nursery_places`` of one."""
    values, known = np.zeros(len(features)), np.zeros(len(features), dtype=bool)
    told, titles, missing = [], [], []
    for attribute in attributes:
        owner, _, name = attribute.rpartition(".")
        concerned = [t for t in features.tables if owner in {"", t.feature_class.name}]
        column = features.values(attribute)
        here = np.isfinite(column)
        values, known = values + np.where(here, column, 0.0), known | here
        for table in concerned:
            title = table.feature_class.attribute(name).title
            titles.append(title)
            unknown = known_sum(table.column(name))[1]
            reason = Text(
                f"未填“{title.zh}”的{table.feature_class.title.zh}",
                f"{table.feature_class.title.en}: {title.en} not known",
            )
            told.append((reason, unknown, "features"))
            if unknown == len(table):
                missing.append(attribute_missing(city, table.feature_class.name, name))
    titles = list(dict.fromkeys(titles))
    label = Text("、".join(t.zh for t in titles), " and ".join(t.en for t in titles))
    return Sums(values, known, label, exclusions(*told), tuple(missing) if not known.any() else ())


def _per_residents(
    city: Snapshot,
    of: tuple[str, ...],
    attribute: tuple[str, ...],
    where: str,
    ages: tuple[str, ...],
    within: str,
    scale: float,
) -> Measurement:
    people, features = residents(city, within=within, ages=ages), select(city, of, where=where)
    total = sums(city, features, attribute)
    excluded = people.excluded + features.excluded + total.excluded
    missing = people.missing + (features.missing if features.absent else ())
    if not missing:
        missing = total.missing if len(features) else features.blank
    if missing:
        return no_data(city, *missing, excluded=excluded)
    count = Text(f"每千名{people.title.zh}", f"per 1,000 {people.title.en}") if scale == 1000 else None
    label = Text(f"{features.title.zh}的{total.label.zh}", f"{total.label.en} of {features.title.en}")
    per = count or Text(f"每名{people.title.zh}", f"per person of the {people.title.en}")
    return measured(
        city,
        scale * total.total / people.total,
        definition=Text(f"{per.zh}拥有的{label.zh}。", f"{label.en[:1].upper()}{label.en[1:]} {per.en}."),
        numerator=total.total,
        denominator=people.total,
        numerator_label=label,
        denominator_label=people.title,
        excluded=excluded,
        by_area=by_township(city, people, features.in_area, total.values, scale),
        notes=features.missing,
    )


@measure(
    "ratio.per_1000",
    unit="per_1000",
    title=Text("每千人拥有量", "registered figure per 1,000 residents"),
    definition=Text(
        "所选设施的属性合计，除以范围内（某年龄段）常住人口，乘以 1000。未填数值的设施不计入并予说明。",
        "Sum of an attribute over the chosen features, divided by the residents (of some ages) inside the extent, "
        "times "
        "1,000. Features without a value are left out and told.",
    ),
)
def per_1000(
    city: Snapshot,
    *,
    of: Classes,
    attribute: Attributes,
    where: Where = "",
    ages: Ages = (),
    within: str = "auto",
) -> Measurement:
    """Compute a sum per 1,000 residents."""
    return _per_residents(city, of, attribute, where, ages, within, 1000.0)


@measure(
    "ratio.per_person",
    unit="m2/person",
    title=Text("人均面积", "registered area per resident"),
    definition=Text(
        "所选设施的面积属性合计，除以范围内常住人口。未填面积的设施不计入并予说明。",
        "Sum of an area attribute over the chosen features, divided by the residents inside the extent. Features "
        "without "
        "an area are left out and told.",
    ),
)
def per_person(
    city: Snapshot,
    *,
    of: Classes,
    attribute: Attributes,
    where: Where = "",
    ages: Ages = (),
    within: str = "auto",
) -> Measurement:
    """Compute an area per resident."""
    return _per_residents(city, of, attribute, where, ages, within, 1.0)


@measure(
    "share.of_residents",
    unit="share",
    title=Text("占某年龄段人口的比例", "registered figure as a share of residents"),
    definition=Text(
        "所选设施的属性合计，除以范围内某年龄段常住人口；可以超过 100%。未填数值的设施不计入并予说明。",
        "Sum of an attribute over the chosen features as a share of the residents of some ages inside the extent; it "
        "may "
        "exceed 100 %. Features without a value are left out and told.",
    ),
)
def share_of_residents(
    city: Snapshot,
    *,
    of: Classes,
    attribute: Attributes,
    where: Where = "",
    ages: Ages = (),
    within: str = "auto",
) -> Measurement:
    """Compute a sum as a share of residents, such as pupils of the children of an age."""
    return _per_residents(city, of, attribute, where, ages, within, 1.0)


@measure(
    "ratio.sums",
    unit="1",
    title=Text("两项合计之比", "ratio of two sums"),
    definition=Text(
        "所选设施中，分子属性合计除以分母属性合计，只计两项都已填的设施；低于 at_least 的设施列为短板。",
        "Sum of one attribute divided by the sum of another, over the chosen features that have both; features whose "
        "own "
        "ratio is below at_least are listed.",
    ),
)
def ratio_of_sums(
    city: Snapshot,
    *,
    of: Classes,
    top: Attributes,
    bottom: Attributes,
    where: Where = "",
    at_least: Positive | None = None,
) -> Measurement:
    """Compute a ratio of two sums, such as staff per bed."""
    return paired_sums(city, of, top, bottom, where, at_least)


@measure(
    "share.sum",
    unit="share",
    title=Text("一项合计占另一项的比例", "share of one sum in another"),
    definition=Text(
        "所选设施中，分子属性合计占分母属性合计的比例，只计两项都已填的设施；低于 at_least 的设施列为短板。",
        "Sum of one attribute as a share of the sum of another, over the chosen features that have both; features "
        "whose "
        "own share is below at_least are listed.",
    ),
)
def share_of_sum(
    city: Snapshot,
    *,
    of: Classes,
    top: Attributes,
    bottom: Attributes,
    where: Where = "",
    at_least: Positive | None = None,
) -> Measurement:
    """Compute a share of two sums, such as nursing beds of all beds."""
    return paired_sums(city, of, top, bottom, where, at_least)


def paired_sums(
    city: Snapshot,
    of: tuple[str, ...],
    top: tuple[str, ...],
    bottom: tuple[str, ...],
    where: str,
    at_least: float | None,
) -> Measurement:
    """Divide two sums over the features of which both are known."""
    features = select(city, of, where=where)
    if features.absent:
        return no_data(city, *features.missing, excluded=features.excluded)
    above, below = sums(city, features, top), sums(city, features, bottom)
    both = above.known & below.known
    excluded = features.excluded + exclusions(
        (
            Text(
                f"未填“{above.label.zh}”或“{below.label.zh}”的设施", f"{above.label.en} or {below.label.en} not known"
            ),
            (~both).sum(),
            "features",
        )
    )
    numerator, denominator = np.where(both, above.values, 0.0), np.where(both, below.values, 0.0)
    if denominator.sum() <= 0:
        missing = above.missing + below.missing
        if not missing:
            missing = (Text(f"没有设施的“{below.label.zh}”可作分母", f"no feature has {below.label.en} to divide by"),)
        return no_data(city, *missing, excluded=excluded)
    lacking = np.zeros(len(features))
    if at_least is not None:
        lacking = np.maximum(at_least * denominator - numerator, 0.0)
    return measured(
        city,
        float(numerator.sum() / denominator.sum()),
        definition=Text(
            f"{features.title.zh}的{above.label.zh}除以{below.label.zh}，只计两项都已填的。",
            f"{above.label.en[:1].upper()}{above.label.en[1:]} of {features.title.en}, divided by their "
            f"{below.label.en}; "
            f"only those with both figures.",
        ),
        numerator=float(numerator.sum()),
        denominator=float(denominator.sum()),
        numerator_label=above.label,
        denominator_label=below.label,
        excluded=excluded,
        by_area=Grouping(city, features.in_area).ratios(numerator, denominator),
        short=None
        if at_least is None
        else short_places(
            city, ",".join(of), ids=features.ids, names=features.names, xy=features.xy, in_area=features.in_area,
            amount=lacking, unit="",
        ),
        notes=features.missing,
    )  # fmt: skip
