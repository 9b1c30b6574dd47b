"""Which object a row is, and how it differs from what the model believes."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, cast

import numpy as np
import numpy.typing as npt
import shapely
from scipy.spatial import cKDTree

from xiancheng.city import values
from xiancheng.city.candidates import Candidates
from xiancheng.city.classes import FeatureClass
from xiancheng.city.history import OPEN_TIME
from xiancheng.city.layer import Geometries, Rejection
from xiancheng.city.rows import Rows
from xiancheng.city.store import Store
from xiancheng.foundation.text import Text

Objects = npt.NDArray[np.object_]
Mask = npt.NDArray[np.bool_]

SAME_PLACE_M = 2.0
"""Two objects of one source this close, of the same name or without one, are the same object drawn anew."""

SAME_COORDINATE = 1e-9
"""Degrees (0.1 mm) within which two coordinates are the same."""

_METRES_PER_DEGREE = 111_195.0
_ID_DIGITS = 5


@dataclass
class Incoming:
    """Rows of one class, checked, with their identifiers: what the source says exists.

    Attributes
    ----------
    drawn
        Identifiers name a drawing and not the object itself (OpenStreetMap, or derived from name and place): an object
        drawn anew has another one.
    protected
        Identifiers of rows that were rejected: the objects are there, so they are not closed.
    """

    feature_class: FeatureClass
    ids: Objects
    geometry: Geometries
    columns: dict[str, npt.NDArray[Any]]
    cim_level: Objects
    rows: npt.NDArray[np.int64]
    drawn: bool
    protected: frozenset[str]

    def __len__(self) -> int:
        return len(self.ids)


@dataclass
class Plan:
    """What has to be done to one class; masks and indices into the incoming rows."""

    incoming: Incoming
    ids: Objects
    """Identifiers in the model, `n`."""
    add: npt.NDArray[np.intp] = field(default_factory=lambda: np.empty(0, dtype=np.intp))
    add_until: list[str] = field(default_factory=list)
    change: npt.NDArray[np.intp] = field(default_factory=lambda: np.empty(0, dtype=np.intp))
    fields: list[tuple[str, ...]] = field(default_factory=list)
    """Of each changed row, what differs."""
    unchanged: int = 0
    close: list[tuple[str, str | None]] = field(default_factory=list)
    """Identifier and name of what is gone."""
    aliases: list[tuple[str, str]] = field(default_factory=list)
    """Newly found: the source's identifier, the model's."""
    rejections: list[Rejection] = field(default_factory=list)
    kept_by_hand: int = 0
    overridden: int = 0
    reappeared: int = 0
    believed: int = 0
    """Objects of this source that the model believes on the day."""


def identify(candidates: Candidates, id_column: str | None, *, drawn: bool) -> Incoming:
    """Give every row that is left its identifier: the column's, the source's own, else derived from name and place."""
    if id_column is not None:
        shown = parse_ids(candidates.raw[id_column])
        candidates.source_ids = shown
        candidates.reject(shown == None, Text("没有唯一编号", "no identifier"), attribute=id_column)  # noqa: E711
    alive = candidates.alive
    own = candidates.source_ids[alive]
    if len(own) and None not in own:
        first: dict[str, int] = {}
        repeated = np.zeros(len(candidates), dtype=bool)
        for i in np.flatnonzero(alive).tolist():
            repeated[i] = first.setdefault(candidates.source_ids[i], i) != i
        reason = Text("编号重复，只取第一行", "the identifier is used twice; the first row is taken")
        candidates.reject(repeated, reason, attribute=id_column, shown=list(candidates.source_ids))
        alive = candidates.alive
        ids = candidates.source_ids[alive]
    else:
        ids = derived_ids(candidates.feature_class, candidates.geometry[alive],
                          {k: v[alive] for k, v in candidates.columns.items()})  # fmt: skip
        drawn = True
    refused = [r.object_id for r in candidates.rejections if r.object_id]
    return Incoming(
        candidates.feature_class, ids, candidates.geometry[alive], {k: v[alive] for k, v in candidates.columns.items()},
        candidates.cim_level[alive], candidates.rows[alive], drawn, frozenset(refused) - frozenset(ids.tolist()),
    )  # fmt: skip


def parse_ids(raw: Sequence[Any]) -> Objects:
    """Return ``(n,)`` identifiers of raw cells as text: 12.0 is 12, blank is None."""
    out = np.full(len(raw), None, dtype=object)
    for i, value in enumerate(raw):
        if isinstance(value, float) and value.is_integer():
            out[i] = str(int(value))
        elif value is not None and str(value).strip() and str(value) != "nan":
            out[i] = str(value).strip()
    return out


def derived_ids(feature_class: FeatureClass, geometry: Geometries, columns: Mapping[str, npt.NDArray[Any]]) -> Objects:
    """Return ``(n,)`` stable identifiers: a hash of name and place (1e-5°), or of the codes of a row without place.

    Rows that are the same by that are numbered in their order.
    """
    n = len(geometry)
    nothing = np.full(n, None, dtype=object)
    parts: list[Sequence[Any]] = [columns.get("name", nothing).tolist()]
    if feature_class.has_geometry:
        parts += np.round(_anchors(geometry), _ID_DIGITS).T.tolist()
    else:
        keys = [
            a.name
            for a in feature_class.attributes
            if (a.type == "code" or a.name == "year" or a.name.endswith("code") or (a.required and a.type == "text"))
        ]
        parts += [[values.plain(v) for v in columns.get(k, nothing)] for k in keys if k != "name"]
    ids = np.full(n, None, dtype=object)
    used: dict[str, int] = {}
    for i, key in enumerate(zip(*parts, strict=True)):
        text = json.dumps(key, ensure_ascii=False)
        digest = "h" + hashlib.sha256(text.encode()).hexdigest()[:16]
        used[digest] = used.get(digest, 0) + 1
        ids[i] = digest if used[digest] == 1 else f"{digest}-{used[digest]}"
    return ids


def compare(store: Store, incoming: Incoming, *, source: str, on: date, partial: bool) -> Plan:
    """Compare what the source says with what the model believes on a day; reads only."""
    name = incoming.feature_class.name
    plan = Plan(incoming, translated(store, name, source, incoming.ids))
    current = store.as_of(name, on)
    believed = {object_id: i for i, object_id in enumerate(current.object_id.tolist())}
    where = np.array([believed.get(i, -1) for i in plan.ids.tolist()], dtype=np.intp)
    ours = current.source == source
    touched_by_us = ours.copy()
    foreign = [current.object_id[i] for i in np.flatnonzero(~ours).tolist()]
    said = said_by(store, name, source, foreign)
    for object_id in said:
        touched_by_us[believed[object_id]] = True
    plan.believed = int(touched_by_us.sum())
    listed = set(plan.ids.tolist())
    gone = np.array(
        [t and i not in listed and i not in incoming.protected
         for i, t in zip(current.object_id.tolist(), touched_by_us.tolist(), strict=True)], dtype=bool,
    )  # fmt: skip
    if incoming.drawn and incoming.feature_class.has_geometry:
        absent = np.flatnonzero(where < 0).tolist()
        before = known(store, name, plan.ids[absent])
        fresh = np.array([i for i in absent if plan.ids[i] not in before], dtype=np.intp)
        for row, old in _same_places(incoming, fresh, current, np.flatnonzero(gone)):
            plan.aliases.append((plan.ids[row], current.object_id[old]))
            plan.ids[row], where[row], gone[old] = current.object_id[old], old, False
    _changed(plan, current, where, touched_by_us, ours, said)
    _added(store, plan, where, source=source, on=on)
    if not partial:
        names = current.columns["name"]
        plan.close = [(current.object_id[i], names[i]) for i in np.flatnonzero(gone).tolist()]
    return plan


def translated(store: Store, class_name: str, source: str, ids: Objects) -> Objects:
    """Return ``(n,)`` identifiers in the model of identifiers in a source, by the lineage ``same``."""
    aliases = dict(
        cast(
            "list[tuple[str, str]]",
            store.fetch(
                "SELECT from_id, to_id FROM xc_lineage WHERE class = :class AND kind = 'same' AND source = :source"
                " AND recorded_to = :open ORDER BY id",
                {"class": class_name, "source": source, "open": OPEN_TIME},
            ),
        )
    )
    out = ids.copy()
    if aliases:
        taken = set(ids.tolist())
        for i, own in enumerate(ids.tolist()):
            other = aliases.get(own)
            if other is not None and other not in taken:
                out[i] = other
                taken.add(other)
    return out


def said_by(store: Store, class_name: str, source: str, object_ids: Sequence[str]) -> dict[str, tuple[Rows, int]]:
    """Return what a source said last of objects that others changed since: identifier → rows and place in them."""
    if not object_ids:
        return {}
    rows = store.select(
        class_name,
        f'FROM "{class_name}" AS t WHERE t.source = :source AND {store.backend.one_of("t.object_id", "ids")}'
        " ORDER BY t.recorded_from, t.valid_from",
        {"source": source, "ids": list(object_ids)},
        ordered=True,
    )
    return {object_id: (rows, i) for i, object_id in enumerate(rows.object_id.tolist())}


def known(store: Store, class_name: str, object_ids: Iterable[str]) -> set[str]:
    """Return which identifiers the model has ever recorded."""
    if class_name not in store.backend.tables_present():
        return set()
    found = store.fetch(
        f'SELECT DISTINCT object_id FROM "{class_name}" WHERE {store.backend.one_of("object_id", "ids")}',  # noqa: S608
        {"ids": list(object_ids)},
    )
    return {object_id for (object_id,) in found}


def differences(
    incoming: Incoming, which: npt.NDArray[np.intp], rows: Rows, there: npt.NDArray[np.intp]
) -> dict[str, Mask]:
    """Return attribute (or ``geometry``) → ``(k,)`` mask of incoming rows `which` that differ from records `there`."""
    out: dict[str, Mask] = {}
    if incoming.feature_class.has_geometry:
        out["geometry"] = ~_same_shape(incoming.geometry[which], rows.geometry[there])
    for name, column in incoming.columns.items():
        new, old = column[which], rows.columns[name][there]
        unequal = np.asarray(new != old, dtype=bool)
        if new.dtype.kind == "f":
            unequal &= ~(np.isnan(new) & np.isnan(old))
        out[name] = unequal
    return out


def _changed(
    plan: Plan, current: Rows, where: npt.NDArray[np.intp], touched: Mask, ours: Mask,
    said: Mapping[str, tuple[Rows, int]],
) -> None:  # fmt: skip
    """Sort the rows whose objects exist into changed, unchanged and refused."""
    present = np.flatnonzero(where >= 0)
    mine = present[ours[where[present]]]
    masks = differences(plan.incoming, mine, current, where[mine])
    change, fields = _collect(mine, masks)
    plan.unchanged += len(mine) - len(change)
    for i in present[~ours[where[present]]].tolist():
        object_id = plan.ids[i]
        if not touched[where[i]]:
            _refuse(plan, i, current.source[where[i]])
            continue
        rows, last = said[object_id]
        one = np.array([i])
        if not _collect(one, differences(plan.incoming, one, rows, np.array([last])))[0]:
            plan.unchanged += 1
            plan.kept_by_hand += 1
            continue
        now_changed, now_fields = _collect(one, differences(plan.incoming, one, current, where[one]))
        plan.unchanged += 1 - len(now_changed)
        plan.overridden += len(now_changed)
        change, fields = [*change, *now_changed], [*fields, *now_fields]
    plan.change, plan.fields = np.array(change, dtype=np.intp), fields


def _added(store: Store, plan: Plan, where: npt.NDArray[np.intp], *, source: str, on: date) -> None:
    """Sort the rows whose objects do not exist on the day into new, back again, and left closed by hand."""
    name = plan.incoming.feature_class.name
    absent = np.flatnonzero(where < 0)
    before = known(store, name, plan.ids[absent])
    said = said_by(store, name, source, sorted(before))
    starts = _later_starts(store, name, on) if before else {}
    by_hand = _closed_by_hand(store, name, on, before)
    add: list[int] = []
    for i in absent.tolist():
        object_id = plan.ids[i]
        if object_id in before and object_id not in said:
            owner = store.fetch(
                f'SELECT source FROM "{name}" WHERE object_id = :id ORDER BY recorded_from DESC, fid DESC LIMIT 1',  # noqa: S608
                {"id": object_id},
            )
            _refuse(plan, i, owner[0][0])
            continue
        if object_id in by_hand:
            rows, last = said[object_id]
            one = np.array([i])
            if not _collect(one, differences(plan.incoming, one, rows, np.array([last])))[0]:
                plan.unchanged += 1
                plan.kept_by_hand += 1
                continue
        plan.reappeared += object_id in before
        add.append(i)
        plan.add_until.append(starts.get(object_id, "9999-12-31"))
    plan.add = np.array(add, dtype=np.intp)


def _refuse(plan: Plan, row: int, owner: str) -> None:
    reason = Text(
        f"编号已属于来源“{owner}”的对象；若是同一来源，用 --source 指明",
        f"the identifier belongs to an object of source {owner!r}; if it is the same, say --source",
    )
    number = int(plan.incoming.rows[row])
    plan.rejections.append(Rejection(number, plan.incoming.ids[row], None, reason, plan.incoming.ids[row]))


def _collect(which: npt.NDArray[np.intp], masks: Mapping[str, Mask]) -> tuple[list[int], list[tuple[str, ...]]]:
    if not masks or not len(which):
        return [], []
    names = list(masks)
    table = np.array(list(masks.values()))
    changed = np.flatnonzero(table.any(axis=0))
    fields = [tuple(names[j] for j in np.flatnonzero(table[:, k]).tolist()) for k in changed.tolist()]
    return which[changed].tolist(), fields


def _same_shape(one: Geometries, other: Geometries) -> Mask:
    same = np.asarray(shapely.to_wkb(one) == shapely.to_wkb(other), dtype=bool)
    rest = np.flatnonzero(~same)
    if len(rest):  # the same ring may begin elsewhere or run the other way
        same[rest] = shapely.equals_exact(
            shapely.normalize(one[rest]), shapely.normalize(other[rest]), tolerance=SAME_COORDINATE
        )
    return same


def _anchors(geometry: Geometries) -> npt.NDArray[np.float64]:
    """Return ``(n, 2)`` centroids: they move little when a shape is drawn anew."""
    centre = shapely.centroid(geometry)
    return np.column_stack([shapely.get_x(centre), shapely.get_y(centre)])


def _same_places(
    incoming: Incoming, fresh: npt.NDArray[np.intp], current: Rows, gone: npt.NDArray[np.intp]
) -> list[tuple[int, int]]:
    """Return pairs (incoming row, current row), nearest first, each at most once."""
    if not len(fresh) or not len(gone):
        return []
    new, old = _anchors(incoming.geometry[fresh]), _anchors(current.geometry[gone])
    scale = np.array([np.cos(np.radians(old[:, 1].mean())), 1.0]) * _METRES_PER_DEGREE
    near = cKDTree(old * scale).query_ball_point(new * scale, SAME_PLACE_M)
    names = incoming.columns.get("name", np.full(len(incoming), None, dtype=object))
    pairs = []
    for k, candidates in enumerate(near):
        for c in candidates:
            one, other = names[fresh[k]], current.columns["name"][gone[c]]
            if one == other or not one or not other:
                pairs.append((float(np.hypot(*((new[k] - old[c]) * scale))), int(fresh[k]), int(gone[c])))
    used_new: set[int] = set()
    used_old: set[int] = set()
    out = []
    for _, row, old_row in sorted(pairs):
        if row not in used_new and old_row not in used_old:
            used_new.add(row)
            used_old.add(old_row)
            out.append((row, old_row))
    return out


def _later_starts(store: Store, class_name: str, on: date) -> dict[str, str]:
    """Return identifier → first day after `on` from which the object is believed to exist."""
    return dict(
        cast(
            "list[tuple[str, str]]",
            store.fetch(
                f'SELECT object_id, min(valid_from) FROM "{class_name}"'  # noqa: S608
                " WHERE recorded_to = :open AND valid_from > :day GROUP BY object_id",
                {"open": OPEN_TIME, "day": on.isoformat()},
            ),
        )
    )


def _closed_by_hand(store: Store, class_name: str, on: date, object_ids: set[str]) -> set[str]:
    """Return the objects whose believed end on or before a day was recorded by an edit, and not by an import."""
    if not object_ids:
        return set()
    found = store.fetch(
        f'SELECT t.object_id, c.kind FROM "{class_name}" AS t'  # noqa: S608
        " JOIN xc_change AS c ON c.recorded_at = t.recorded_from WHERE t.recorded_to = :open AND t.valid_to <= :day"
        f" AND {store.backend.one_of('t.object_id', 'ids')} ORDER BY t.valid_to",
        {"open": OPEN_TIME, "day": on.isoformat(), "ids": sorted(object_ids)},
    )
    last = dict(cast("list[tuple[str, str]]", found))
    return {object_id for object_id, kind in last.items() if kind not in {"import", "undo"}}
