"""Figures that bureaus report, divided by each other or by residents."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

import numpy as np

from xiancheng.city.snapshot import FeatureTable, Snapshot
from xiancheng.foundation.text import Text
from xiancheng.programme.measurement import AreaValue, Measurement
from xiancheng.programme.params import Ages, Several, Words
from xiancheng.programme.registry import measure
from xiancheng.programme.views.figure import class_missing, measured, no_data, townships
from xiancheng.programme.views.residents import BANDS, residents

Names = Annotated[tuple[str, ...], Several(Words(), at_least=1)]
Basis = Literal["resident", "registered"]
BASES: dict[Basis, Text] = {
    "resident": Text("常住人口", "residents"),
    "registered": Text("户籍人口", "registered population"),
}


@dataclass(frozen=True)
class Reported:
    """A figure of the whole county with its parts by township, and where it comes from."""

    total: float | None
    parts: dict[str, float]
    label: Text
    notes: tuple[Text, ...] = ()
    missing: tuple[Text, ...] = ()


@measure(
    "statistic.ratio",
    unit="share",
    title=Text("统计数之比", "ratio of reported figures"),
    definition=Text(
        "填报的分子统计数合计，除以分母统计数合计，或除以某年龄段人口（口径见参数 basis）。"
        "取不晚于快照年份的最新一年。",
        "Sum of the reported figures on top, divided by the reported figures below, or by the population of some "
        "ages (whose "
        "basis is a parameter). The newest year not after the snapshot's is taken.",
    ),
)
def ratio(
    city: Snapshot, *, top: Names, bottom: tuple[str, ...] = (), ages: Ages = (), basis: Basis = "resident"
) -> Measurement:
    """Compute a ratio of reported figures, such as gross enrolment."""
    above = reported_sum(city, top)
    below = reported_sum(city, bottom) if bottom else _people(city, ages, basis)
    missing = above.missing + below.missing
    if not missing and below.total == 0:
        missing = (Text(f"分母“{below.label.zh}”为零", f"the denominator, {below.label.en}, is zero"),)
    if missing or above.total is None or not below.total:
        return no_data(city, *missing)
    names = townships(city)
    return measured(
        city,
        above.total / below.total,
        definition=Text(
            f"{above.label.zh}除以{below.label.zh}。",
            f"{above.label.en[:1].upper()}{above.label.en[1:]} / {below.label.en}.",
        ),
        numerator=above.total,
        denominator=below.total,
        numerator_label=above.label,
        denominator_label=below.label,
        by_area=tuple(
            AreaValue(
                code,
                names[code],
                above.parts[code] / below.parts[code] if below.parts[code] > 0 else None,
                above.parts[code],
                below.parts[code],
            )
            for code in names
            if code in above.parts and code in below.parts
        ),
        notes=above.notes + below.notes,
    )


@measure(
    "statistic.value",
    unit="count",
    title=Text("统计数", "reported figure"),
    definition=Text(
        "填报的统计数合计，取不晚于快照年份的最新一年。",
        "Sum of reported figures, of the newest year not after the snapshot's.",
    ),
)
def value(city: Snapshot, *, of: Names) -> Measurement:
    """Return a reported figure."""
    found = reported_sum(city, of)
    if found.total is None:
        return no_data(city, *found.missing)
    names = townships(city)
    return measured(
        city,
        found.total,
        numerator=found.total,
        numerator_label=found.label,
        by_area=tuple(AreaValue(c, names[c], found.parts[c], found.parts[c]) for c in names if c in found.parts),
        notes=found.notes,
    )


def reported_sum(city: Snapshot, indicators: tuple[str, ...]) -> Reported:
    """Return the sum of several indicators of class ``statistic``; missing if one of them is."""
    if not city.has("statistic"):
        lacking = Text(
            f"没有填报统计数 {'、'.join(indicators)}（statistic）", f"{', '.join(indicators)} not reported (statistic)"
        )
        return Reported(None, {}, Text("", ""), missing=(lacking,))
    found = [_reported(city, city.table("statistic"), name) for name in indicators]
    missing = tuple(m for f in found for m in f.missing)
    parts: dict[str, float] = {}
    for code in set.intersection(*(set(f.parts) for f in found)):
        parts[code] = sum(f.parts[code] for f in found)
    total = None if missing else sum(f.total for f in found if f.total is not None)
    label = Text(" + ".join(f.label.zh for f in found), " + ".join(f.label.en for f in found))
    return Reported(total, parts, label, tuple(n for f in found for n in f.notes), missing)


def _reported(city: Snapshot, table: FeatureTable, name: str) -> Reported:
    """Return one indicator: the county's own figure, else the sum over its areas, of the newest year."""
    years, values = table.column("year"), table.column("value")
    chosen = (table.column("indicator") == name) & np.isfinite(values) & ~(years > city.as_of.year)
    rows = table.take(chosen)
    title = next((str(n) for n in rows.column("name").tolist() if n), name)
    label = Text(title, name.replace("_", " "))
    if not len(rows):
        lacking = Text(f"没有填报统计数 {name}（statistic）", f"{name} is not reported (statistic)")
        return Reported(None, {}, label, missing=(lacking,))
    known_years = rows.column("year")[np.isfinite(rows.column("year"))]
    notes: tuple[Text, ...] = ()
    if len(known_years):
        newest = int(known_years.max())
        rows = rows.take(rows.column("year") == newest)
        notes = (Text(f"{title}：{newest} 年", f"{label.en}: of {newest}"),)
    total, parts = whole_and_parts(city, rows.column("area_code").tolist(), rows.column("value").tolist())
    return Reported(total, parts, label, notes)


def whole_and_parts(city: Snapshot, codes: list[str | None], values: list[float]) -> tuple[float, dict[str, float]]:
    """Return the county's figure and its parts by township: its own row if there is one, else the sum of the parts."""
    parts: dict[str, float] = {}
    own: list[float] = []
    for code, number in zip(codes, values, strict=True):
        if code is None or code == city.county.code:
            own.append(number)
        else:
            parts[code] = parts.get(code, 0.0) + number
    return (sum(own) if own else sum(parts.values())), parts


def _people(city: Snapshot, ages: tuple[str, ...], basis: Basis) -> Reported:
    """Return the population of `ages` on a basis: from the census table, residents also from where they are placed."""
    who = "、".join(BANDS[a].zh for a in ages), ", ".join(BANDS[a].en for a in ages)
    label = Text(f"{who[0]}{BASES[basis].zh}", f"{BASES[basis].en} {who[1]}".strip())
    census = city.table("census")
    given = census.column("basis")
    rows = census.take((given == basis) | ((given == None) & (basis == "resident")))  # noqa: E711 - elementwise
    if len(rows):
        columns = np.column_stack([rows.column(a) for a in (ages or ("persons",))])
        if np.isfinite(columns).all():
            total, parts = whole_and_parts(city, rows.column("area_code").tolist(), columns.sum(axis=1).tolist())
            return Reported(total, parts, label)
        return Reported(None, {}, label, missing=(Text("人口普查数没有分年龄段", "the census totals have no ages"),))
    if basis == "registered":
        lacking = Text(
            "没有户籍人口（census，basis=registered）", "no registered population (census, basis=registered)"
        )
        return Reported(None, {}, label, missing=(lacking,))
    people = residents(city, ages=ages)
    if people.missing:
        return Reported(None, {}, label, missing=people.missing or (class_missing(city, "census"),))
    group = people.grouping(city)
    parts = dict(zip(group.codes, group.sums(people.persons).tolist(), strict=True))
    return Reported(people.total, parts, people.title)
