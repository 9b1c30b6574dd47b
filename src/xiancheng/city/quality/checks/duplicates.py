"""The same thing recorded twice: at one place, under one name close by, under one number."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import shapely

from xiancheng.city.quality.checks.geometry import has_place
from xiancheng.city.quality.registry import Found, Indices, Inspection, check
from xiancheng.city.snapshot import FeatureTable
from xiancheng.foundation.text import Text

NEAR_M = 30.0


def repeated(keys: list[Any]) -> tuple[Indices, Indices]:
    """Return the rows whose key an earlier row has already, and that earlier row; a key of None repeats nothing."""
    first: dict[Any, int] = {}
    rows, of = [], []
    for row, key in enumerate(keys):
        if key is None:
            continue
        earlier = first.setdefault(key, row)
        if earlier != row:
            rows.append(row)
            of.append(earlier)
    return np.array(rows, dtype=np.intp), np.array(of, dtype=np.intp)


def _same_as(table: FeatureTable, other: int) -> Text:
    name = table.column("name")[other]
    label = str(table.ids[other]) if name is None else f"{table.ids[other]} {name}"
    return Text(f"与 {label} 相同", f"the same as {label}")


def _shape_keys(table: FeatureTable) -> list[bytes | None]:
    """Return ``(n,)`` keys that equal geometries share; None for those that surely equal no other."""
    keys: list[bytes | None] = [None] * len(table)
    placed = np.flatnonzero(np.isfinite(table.xy[:, 0]))
    # Only geometries of one place, area and length can be equal: few are left to be put in normal form.
    rough = np.column_stack([table.xy[placed], table.area[placed], table.length[placed]])
    _, inverse, counts = np.unique(np.round(rough, 2), axis=0, return_inverse=True, return_counts=True)
    candidates = placed[counts[inverse.ravel()] > 1]
    for row, wkb in zip(candidates, shapely.to_wkb(shapely.normalize(table.geometry[candidates])), strict=True):
        keys[row] = wkb
    return keys


@check("duplicate.geometry", "warning", Text("几何重复", "duplicate geometry"), of=has_place)
def geometry(table: FeatureTable, inspection: Inspection) -> Iterator[Found]:
    """Find objects with the geometry of another one, unless what identifies them differs (``[identity]``)."""
    name = table.feature_class.name
    default = ("name",) if table.feature_class.geometry in {"point", "any"} else ()
    identity = [table.column(a) for a in inspection.rules.identity.get(name, default)]
    keys = [
        None if shape is None else (shape, *(_plain(column[row]) for column in identity))
        for row, shape in enumerate(_shape_keys(table))
    ]
    rows, of = repeated(keys)
    yield Found(
        rows,
        Text(
            "{count} 个对象与同类另一对象的图形完全相同",
            "{count} objects have exactly the geometry of another one of their class",
        ),
        lambda i: _same_as(table, of[i]),
    )


@check("duplicate.name_nearby", "warning", Text("近处同名", "same name close by"), of=has_place)
def name_nearby(table: FeatureTable, inspection: Inspection) -> Iterator[Found]:
    """Find objects of one name within 30 m of each other; two polygons count only if they overlap or touch.

    Parts of one park on two sides of a street are not a mistake; a point beside the polygon of one school is.
    """
    if table.feature_class.name not in inspection.rules.nearby_names:
        return
    names = np.array([_plain(v) for v in table.column("name")], dtype=object)
    counts: dict[Any, int] = {}
    for value in names:
        counts[value] = counts.get(value, 0) + 1
    candidates = np.flatnonzero(
        np.array([v is not None and counts[v] > 1 for v in names], dtype=bool) & np.isfinite(table.xy[:, 0])
    )
    if len(candidates) == 0:
        return
    shapes = table.projected[candidates]
    a, b = shapely.STRtree(shapes).query(shapes, predicate="dwithin", distance=NEAR_M)
    same = (a > b) & (names[candidates[a]] == names[candidates[b]])
    a, b = a[same], b[same]
    flat = table.area[candidates] > 0
    apart = flat[a] & flat[b] & ~shapely.intersects(shapes[a], shapes[b])
    equal = shapely.equals_exact(table.geometry[candidates[a]], table.geometry[candidates[b]])
    a, b = a[~apart & ~equal], b[~apart & ~equal]
    rows, first = np.unique(candidates[a], return_index=True)
    other, metres = candidates[b][first], shapely.distance(shapes[a], shapes[b])[first]

    def detail(i: int) -> Text:
        label = table.ids[other[i]]
        return Text(f"距 {label} {metres[i]:.0f} 米", f"{metres[i]:.0f} m from {label}")

    yield Found(
        rows,
        Text(
            f"{{count}} 个对象 {NEAR_M:g} 米内有同类同名对象，可能重复",
            f"{{count}} objects have another one of their class and name within {NEAR_M:g} m: probably duplicates",
        ),
        detail,
    )


@check("duplicate.number", "error", Text("编号重复", "duplicate number"))
def number(table: FeatureTable, inspection: Inspection) -> Iterator[Found]:
    """Find attributes that belong to one object only (``[unique]``) and stand at several."""
    for group in inspection.rules.unique.get(table.feature_class.name, []):
        columns = [[_plain(v) for v in table.column(a)] for a in group]
        keys = [None if key[-1] is None else key for key in zip(*columns, strict=True)]
        rows, of = repeated(keys)
        titles = [table.feature_class.attribute(a).title for a in group]
        zh, en = "、".join(t.zh for t in titles), ", ".join(t.en for t in titles)
        last = columns[-1]

        def detail(i: int, rows: Indices = rows, of: Indices = of, last: list[Any] = last) -> Text:
            same = _same_as(table, of[i])
            return Text(f"“{last[rows[i]]}”{same.zh}", f"{last[rows[i]]!r}: {same.en}")

        yield Found(
            rows,
            Text(f"{{count}} 个对象的{zh}与另一对象相同", f"{{count}} objects have the {en} of another one"),
            detail,
            severity="warning" if group == ("name",) else None,
        )


def _plain(value: object) -> object:
    """Return a value to compare: text without blanks around it, None for unknown."""
    if isinstance(value, str):
        return value.strip() or None
    if isinstance(value, float) and np.isnan(value):
        return None
    return value
