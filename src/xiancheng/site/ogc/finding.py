"""Finding the features that a request asks for: what the database can judge by itself, then what is left by arrays."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from xiancheng.city.history import OPEN_DATE_TEXT
from xiancheng.city.layer import Geometries
from xiancheng.city.querying import Key, Records, Selection, count, find
from xiancheng.city.store import Box, Store
from xiancheng.site.ogc.cql2 import Kind, Node
from xiancheng.site.ogc.cql2.evaluating import matches
from xiancheng.site.ogc.cql2.pushing import push
from xiancheng.site.ogc.properties import IN_DATABASE, kinds

BATCH = 5000
"""Records that are looked at together while the rest of a filter is evaluated."""
CHEAP = 20_000
"""Records of a class up to which counting them does not hold up an answer."""
MOST_OF = 0.3
"""Share of a class beyond which it is quicker to read in the order of pages than to look up a box."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a request asks for.

    Attributes
    ----------
    selection
        Class and times.
    region
        Features must intersect it; a geometry in degrees, or None.
    filter
        A checked filter whose geometries are in degrees, or None.
    """

    selection: Selection
    region: Any = None
    filter: Node | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """A page of features.

    Attributes
    ----------
    following
        Key after which the next page begins; None if this is the last.
    matched
        How many there are on all pages, None if that is not cheap to know.
    """

    records: Records
    following: Key | None
    matched: int | None


class Columns:
    """Records as a filter sees them."""

    def __init__(self, records: Records) -> None:
        self.records = records
        self.kinds = kinds(records.feature_class)

    def __len__(self) -> int:
        return len(self.records)

    def kind(self, name: str) -> Kind:
        """Return what a property is."""
        return self.kinds[name]

    def values(self, name: str) -> npt.NDArray[Any]:
        """Return a property as an array."""
        column = self.records.column(name)
        if name == "valid_to":
            column[column == OPEN_DATE_TEXT] = None
        if self.kinds[name] is Kind.ARRAY:
            out = np.empty(len(column), dtype=object)
            out[:] = [None if v is None else tuple(v.split(";")) for v in column]
            return out
        return column

    def geometry(self) -> Geometries:
        """Return the geometries."""
        return self.records.shapes


def page(store: Store, wanted: Wanted, *, after: Key | None, limit: int) -> Found:
    """Return a page of at most `limit` features in the order of identifier and validity."""
    selection, rest = _divided(store, wanted)
    if rest is None and wanted.region is None:
        records = find(store, selection, after=after, limit=limit + 1)
        return _cut(store, selection, records, after, limit, countable=True)
    parts: list[Records] = []
    have, key = 0, after
    batch = max(BATCH, limit + 1)
    while have <= limit:
        looked_at = find(store, selection, after=key, limit=batch)
        fitting = looked_at.take(_fits(looked_at, wanted.region, rest)) if len(looked_at) else looked_at
        parts.append(fitting)
        have += len(fitting)
        if len(looked_at) < batch:
            break
        key = looked_at.key(len(looked_at) - 1)
    return _cut(store, selection, _joined(parts), after, limit, countable=False)


def _divided(store: Store, wanted: Wanted) -> tuple[Selection, Node | None]:
    """Return what the database is asked, and what is left of the filter."""
    selection, rest = wanted.selection, None
    attributes = {a.name for a in store.catalogue[selection.class_name].attributes}
    known = kinds(store.catalogue[selection.class_name])
    box: Box | None = None
    conditions = selection.conditions
    if wanted.region is not None:
        west, south, east, north = shapely.bounds(wanted.region).tolist()
        box = west, south, east, north
    if wanted.filter is not None:
        pushed = push(wanted.filter, lambda name: known[name] if name in attributes or name in IN_DATABASE else None)
        conditions, rest = (*conditions, *pushed.conditions), pushed.rest
        box = _both(box, pushed.box)
    if box is not None and _is_most(store, selection, box):
        box = None
    return (
        Selection(
            selection.class_name, selection.first, selection.last, selection.is_closed, selection.recorded, box,
            selection.object_id, conditions,
        ),
        rest,
    )  # fmt: skip


def _is_most(store: Store, selection: Selection, box: Box) -> bool:
    """Whether a box holds so much of a large class that the order of pages is the quicker way to read it."""
    size = store.backend.last_number(selection.class_name) if store.backend.columns_of(selection.class_name) else 0
    if size < CHEAP:
        return False
    return count(store, Selection(selection.class_name, box=box, recorded=selection.recorded)) > MOST_OF * size


def _fits(records: Records, region: Any, rest: Node | None) -> npt.NDArray[np.bool_]:  # noqa: ANN401 - shapely's own
    out = np.ones(len(records), dtype=np.bool_)
    if region is not None:
        shapely.prepare(region)
        out &= shapely.intersects(region, records.shapes)
    if rest is not None and out.any():
        candidates = records.take(out)
        out[out] = matches(rest, Columns(candidates))
    return out


def _cut(
    store: Store, selection: Selection, records: Records, after: Key | None, limit: int, *, countable: bool
) -> Found:  # fmt: skip
    more = len(records) > limit
    matched = None
    if not more and after is None:
        matched = len(records)
    elif countable and store.backend.last_number(selection.class_name) <= CHEAP:
        matched = count(store, selection)
    kept = records.part(0, limit)
    return Found(kept, kept.key(limit - 1) if more else None, matched)


def _joined(parts: list[Records]) -> Records:
    if len(parts) == 1:
        return parts[0]
    first = parts[0]
    rows = [row for part in parts for row in part.rows]
    return Records(first.feature_class, first.names, rows, np.concatenate([p.shapes for p in parts]))


def _both(one: Box | None, other: Box | None) -> Box | None:
    if one is None or other is None:
        return one or other
    return max(one[0], other[0]), max(one[1], other[1]), min(one[2], other[2]), min(one[3], other[3])
