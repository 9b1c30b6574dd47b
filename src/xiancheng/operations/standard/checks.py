"""What is odd about a standard that could be read: holes, duplicates, unknown categories and units, strange limits."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from difflib import get_close_matches
from itertools import pairwise

from xiancheng.foundation.text import Text
from xiancheng.operations.categories.model import Scheme, plain
from xiancheng.operations.standard.model import Finding, Level, Standard, StandardRow
from xiancheng.operations.terms import CategoryKey, Limit, LimitUnit

_HOURS = {
    LimitUnit.URGENT_HOUR: 1.0,
    LimitUnit.WORK_HOUR: 3.0,
    LimitUnit.URGENT_DAY: 24.0,
    LimitUnit.WORK_DAY: 24.0,
    LimitUnit.NATURAL_DAY: 24.0,
}
"""Rough length for comparing limits (8 work hours pass in a day); deadlines are the clock's business."""

_ENOUGH = 4
"""From how many rows with one condition on, one that differs is strange."""
_MOST = 0.75
"""Share of those rows that must agree."""
_FACTOR = 4.0
"""How much longer or shorter a limit must be than the usual one to be strange."""


def check_standard(standard: Standard, scheme: Scheme, *, units: Sequence[str] = ()) -> list[Finding]:
    """Return what a person should look at, by sheet and row; what kept rows aside is among it.

    Parameters
    ----------
    scheme
        The scheme of the standard's categories.
    units
        Names of the county's units; without them units are not checked.
    """
    columns = {layout.name: layout for layout in standard.layouts}
    found = list(standard.aside)
    for check, row, field, level, value, message, hint in _all(standard.rows, scheme, units):
        layout = columns.get(row.sheet)
        column = layout.column(field) if layout and field else None
        found.append(Finding(level, check, row.sheet, row.row, column, value, message, hint))
    order = {layout.name: i for i, layout in enumerate(standard.layouts)}
    return sorted(found, key=lambda f: (order.get(f.sheet, 0), f.row or 0, f.check))


_Raw = tuple[str, StandardRow, str, Level, str, Text, Text | None]


def _all(rows: Sequence[StandardRow], scheme: Scheme, units: Sequence[str]) -> Iterator[_Raw]:
    yield from _holes(rows)
    yield from _duplicates(rows)
    yield from _categories(rows, scheme)
    yield from _class_titles(rows, scheme)
    if units:
        yield from _units(rows, units)
    yield from _outliers(rows, scheme)
    yield from _columns_out_of_order(rows)


_HOLES: tuple[tuple[str, str, Text, Callable[[StandardRow], bool]], ...] = (
    ("no-condition", "filing_condition", Text("没有立案条件", "no filing condition"), lambda r: not r.filing_condition),
    ("no-limit", "limit", Text("没有处置时限", "no limit"), lambda r: not any(e.limit for e in r.limits)),
    (
        "no-closing",
        "closing_condition",
        Text("没有结案条件", "no closing condition"),
        lambda r: not r.closing_condition,
    ),
    ("no-unit", "handling_units", Text("没有处置单位", "no handling unit"), lambda r: not r.handling_units.names),
)


def _holes(rows: Iterable[StandardRow]) -> Iterator[_Raw]:
    for row in rows:
        for check, field, message, missing in _HOLES:
            if missing(row):
                yield check, row, field, Level.WARNING, "", message, None


def _duplicates(rows: Iterable[StandardRow]) -> Iterator[_Raw]:
    first: dict[tuple[CategoryKey, str], StandardRow] = {}
    for row in rows:
        former = first.setdefault((row.category, plain(row.filing_condition)), row)
        if former is row or not row.filing_condition:
            continue
        where = f"{former.sheet} {former.row}"
        same = [e.limit for e in former.limits] == [e.limit for e in row.limits]
        check = "duplicate" if same else "conflicting-duplicate"
        message = (
            Text(f"与{where}行重复", f"the same as row {where}")
            if same
            else Text(f"与{where}行立案条件相同而时限不同", f"the filing condition of row {where} with another limit")
        )
        yield (
            check, row, "filing_condition", Level.WARNING, row.filing_condition, message,
            Text("删去一行，或把条件写清楚", "delete one, or tell the conditions apart"),
        )  # fmt: skip


def _categories(rows: Iterable[StandardRow], scheme: Scheme) -> Iterator[_Raw]:
    told: set[CategoryKey] = set()
    unlisted: list[StandardRow] = []
    for row in rows:
        key = row.category
        if key in told:
            continue
        told.add(key)
        kind = scheme.kinds.get(key.kind)
        known = scheme.get(key.kind, key.code)
        if known is None and kind is not None and (kind.is_local(key.code) or row.extension):
            message = Text(f"{key.code} 是本地小类", f"{key.code} is a local subclass")
            yield "category-local", row, "sub_code", Level.NOTE, row.title, message, None
        elif known is None and scheme.complete:
            near = scheme.suggest(key.kind, row.title)
            listed = "；".join(f"{c.key.code} {c.title.zh}" for c in near)
            message = Text(f"方案 {scheme.name} 没有 {key.code}", f"scheme {scheme.name} has no {key.code}")
            hint = Text(f"相近的有：{listed}", f"near ones: {listed}") if near else None
            yield "category-unknown", row, "sub_code", Level.WARNING, row.title, message, hint
        elif known is None:
            unlisted.append(row)
        elif row.title and not _alike(row.title, known.title.zh):
            message = Text(f"方案中 {key.code} 是“{known.title.zh}”", f"in the scheme {key.code} is {known.title.zh}")
            yield "title-differs", row, "title", Level.NOTE, row.title, message, None
    if unlisted:
        n = len(unlisted)
        message = Text(
            f"{n} 个小类无法核对：方案 {scheme.name} 未列全",
            f"{n} subclasses cannot be checked: {scheme.name} is partial",
        )
        hint = Text("用 xiancheng category import 导入完整目录", "import the full list with xiancheng category import")
        yield "category-unchecked", unlisted[0], "sub_code", Level.NOTE, "", message, hint


def _class_titles(rows: Iterable[StandardRow], scheme: Scheme) -> Iterator[_Raw]:
    first: dict[tuple[str, str], str] = {}
    told: set[tuple[str, str, str]] = set()
    for row in rows:
        place = row.category.kind, _class(row, scheme)
        usual = first.setdefault(place, row.class_title)
        if plain(usual) != plain(row.class_title) and (*place, row.class_title) not in told:
            told.add((*place, row.class_title))
            message = Text(f"大类 {place[1]} 前面写作“{usual}”", f"class {place[1]} is called {usual} further above")
            yield "class-title-differs", row, "class_title", Level.NOTE, row.class_title, message, None


def _units(rows: Iterable[StandardRow], units: Sequence[str]) -> Iterator[_Raw]:
    known = {plain(u): u for u in units}
    told: set[str] = set()
    for row in rows:
        for field, names in (
            ("handling_units", row.handling_units.names),
            ("supervising_units", row.supervising_units.names),
        ):
            for name in names:
                if plain(name) in known or name in told:
                    continue
                told.add(name)
                near = [known[n] for n in get_close_matches(plain(name), list(known), n=3, cutoff=0.5)]
                hint = Text(f"相近的有：{'、'.join(near)}", f"near ones: {', '.join(near)}") if near else None
                message = Text(f"单位名录中没有“{name}”", f"{name} is not in the list of units")
                yield "unit-unknown", row, field, Level.WARNING, name, message, hint


def _outliers(rows: Iterable[StandardRow], scheme: Scheme) -> Iterator[_Raw]:
    """Limits that are far from those of most rows of the same class with the same condition."""
    groups: dict[tuple[str, str, str], list[StandardRow]] = defaultdict(list)
    for row in rows:
        if len(row.limits) == 1 and row.limits[0].limit and row.filing_condition:
            groups[row.category.kind, _class(row, scheme), plain(row.filing_condition)].append(row)
    for group in groups.values():
        counts = Counter(_rough(row.limits[0].limit) for row in group if row.limits[0].limit)
        usual, count = counts.most_common(1)[0]
        if len(group) < _ENOUGH or count < _MOST * len(group):
            continue
        for row in group:
            limit = row.limits[0].limit
            if limit is not None and not 1 / _FACTOR < _rough(limit) / usual < _FACTOR:
                example = next(r for r in group if r.limits[0].limit and _rough(r.limits[0].limit) == usual)
                yield (
                    "limit-strange", row, "limit", Level.WARNING, row.limits[0].text,
                    Text(
                        f"同类其他 {count} 个小类相同条件的时限是 {example.limits[0].text}",
                        f"{count} other rows with this condition have {example.limits[0].text}",
                    ),
                    Text("核对是否写错单位", "check whether the unit is right"),
                )  # fmt: skip


def _columns_out_of_order(rows: Iterable[StandardRow]) -> Iterator[_Raw]:
    """Of limits by severity (A urgent, B, C) a more urgent one must not be longer."""
    for row in rows:
        known = [(e.label, _rough(e.limit)) for e in row.limits if e.limit and e.label]
        for (label, hours), (after, later) in pairwise(known):
            if hours > later:
                message = Text(f"{label} 的时限比 {after} 的长", f"the limit of {label} is longer than that of {after}")
                yield "limits-out-of-order", row, "limit", Level.WARNING, "", message, None
                break


def _class(row: StandardRow, scheme: Scheme) -> str:
    return row.category.code[: scheme.kind(row.category.kind).class_width]


def _rough(limit: Limit) -> float:
    return limit.amount * _HOURS[limit.unit]


def _alike(one: str, other: str) -> bool:
    a, b = plain(one), plain(other)
    return a in b or b in a or bool(get_close_matches(a, [b], cutoff=0.5))
