"""One change set: what may be done to objects, and what is refused."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely
from shapely.geometry.base import BaseGeometry

from xiancheng.city import values
from xiancheng.city.backends import Backend
from xiancheng.city.classes import Catalogue
from xiancheng.city.history import (
    OPEN_DATE,
    OPEN_DATE_TEXT,
    Content,
    Segment,
    StoreError,
    Timeline,
    at,
    carve,
    existence,
    overlaps,
    put,
)
from xiancheng.city.layer import Geometries
from xiancheng.city.recording import Recorder, check_required
from xiancheng.foundation.text import Text


@dataclass(frozen=True, slots=True)
class Part:
    """One object that another is split into."""

    object_id: str
    geometry: BaseGeometry | None
    attributes: Mapping[str, object]


class Change:
    """An open transaction on the city model; made by `Store.change`.

    Every method refuses what would make the model contradict itself (overlapping validity, objects that do not exist on
    the day, attributes that the class does not have) with a `StoreError`, and leaves the change as it was before.

    Attributes
    ----------
    detail
        What is kept with the change set, as JSON; may be added to until the end of the ``with`` block.
    id
        Number of the change set once it is recorded; None before, and if nothing changed.
    """

    def __init__(
        self,
        backend: Backend,
        catalogue: Catalogue,
        *,
        source: str,
        reason: str,
        kind: str,
        who: str | None,
        file: str | None,
        sha256: str | None,
        valid_from: date | None,
        detail: Mapping[str, Any] | None,
    ) -> None:
        self.recorder = Recorder(backend, catalogue, source=source, reason=reason)
        self.source, self.reason, self.kind, self.who = source, reason, kind, who
        self.file, self.sha256, self.valid_from = file, sha256, valid_from
        self.detail: dict[str, Any] = dict(detail or {})
        self.id: int | None = None

    @property
    def recorded_at(self) -> datetime:
        """The time at which everything in this change is recorded."""
        return self.recorder.time

    def add(
        self,
        class_name: str,
        object_id: str,
        *,
        valid_from: date,
        geometry: BaseGeometry | None,
        attributes: Mapping[str, object],
        valid_to: date = OPEN_DATE,
        cim_level: int | None = None,
    ) -> None:
        """Let an object exist, anew or again, from `valid_from` until before `valid_to`."""
        start, end = _interval(valid_from, valid_to)
        if not object_id:
            raise StoreError(Text("对象必须有标识", "an object needs an identifier"))
        timeline = self.recorder.timeline(class_name, object_id)
        if overlaps(timeline, start, end):
            raise _overlap(class_name, object_id, start, end)
        content = self._content(class_name, geometry, attributes, None, cim_level)
        self.recorder.set_timeline(class_name, object_id, put(timeline, start, end, content))

    def update(
        self,
        class_name: str,
        object_id: str,
        *,
        valid_from: date,
        geometry: BaseGeometry | None = None,
        attributes: Mapping[str, object] | None = None,
        cim_level: int | None = None,
    ) -> None:
        """Say that the world changed on `valid_from`: the version of that day ends and a new one begins.

        What is not given stays as it was. The new version ends where the one it cuts ended, so a later version that is
        known already stays.
        """
        self._replace(class_name, object_id, valid_from, geometry, attributes, cim_level, whole=False)

    def correct(
        self,
        class_name: str,
        object_id: str,
        *,
        on: date,
        geometry: BaseGeometry | None = None,
        attributes: Mapping[str, object] | None = None,
        cim_level: int | None = None,
    ) -> None:
        """Say that the record was wrong: the version of day `on` keeps its validity and gets a new record."""
        self._replace(class_name, object_id, on, geometry, attributes, cim_level, whole=True)

    def close(self, class_name: str, object_id: str, *, valid_to: date) -> None:
        """Say that the object ceased: it exists until before `valid_to`, and its versions after that go.

        An existence that begins later, after a gap, stays. To say that it never existed, use :meth:`withdraw`.
        """
        day = valid_to.isoformat()
        timeline = self.recorder.timeline(class_name, object_id)
        run = existence(timeline, day)
        if run is None:
            raise _absent(class_name, object_id, day, timeline)
        if run[0] == day:
            raise StoreError(
                Text(f"{class_name} {object_id} 自 {day} 起才存在，不能在当日终止",
                     f"{class_name} {object_id} exists only from {day} and cannot end that day"),
                Text("如果它从未存在，应撤销（withdraw）", "if it never existed, withdraw it"),
            )  # fmt: skip
        self.recorder.set_timeline(class_name, object_id, carve(timeline, day, run[1]))

    def withdraw(self, class_name: str, object_id: str, *, on: date) -> None:
        """Say that the object never existed: its unbroken existence around day `on` is believed no more."""
        timeline = self.recorder.timeline(class_name, object_id)
        run = existence(timeline, on.isoformat())
        if run is None:
            raise _absent(class_name, object_id, on.isoformat(), timeline)
        self.recorder.set_timeline(class_name, object_id, carve(timeline, *run))

    def merge(
        self,
        class_name: str,
        object_ids: Sequence[str],
        into: str,
        *,
        valid_from: date,
        geometry: BaseGeometry | None,
        attributes: Mapping[str, object],
    ) -> None:
        """Join several objects into one on a day; `into` is a new object or one of them. Lineage is kept."""
        day = valid_from.isoformat()
        sources = list(dict.fromkeys(object_ids))
        if len(set(sources) | {into}) < 2:
            raise StoreError(Text("合并至少需要两个对象", "a merge needs at least two objects"))
        runs = [self._run(class_name, object_id, day) for object_id in sources]
        if into not in sources and overlaps(self.recorder.timeline(class_name, into), day, max(r[1] for r in runs)):
            raise _overlap(class_name, into, day, max(r[1] for r in runs))
        base = at(self.recorder.timeline(class_name, into), day) if into in sources else None
        content = self._content(class_name, geometry, attributes, base.content if base else None, None)
        for object_id, run in zip(sources, runs, strict=True):
            timeline = self.recorder.timeline(class_name, object_id)
            self.recorder.set_timeline(class_name, object_id, carve(timeline, day, run[1]))
            if object_id != into:
                self.recorder.relate(class_name, "merge", object_id, into, day)
        timeline = self.recorder.timeline(class_name, into)
        self.recorder.set_timeline(class_name, into, put(timeline, day, max(r[1] for r in runs), content))

    def split(self, class_name: str, object_id: str, parts: Sequence[Part], *, valid_from: date) -> None:
        """Divide an object into parts on a day; one of them may go on under its identifier. Lineage is kept."""
        day = valid_from.isoformat()
        if len({p.object_id for p in parts}) < len(parts) or len(parts) < 2:
            raise StoreError(Text("拆分至少需要两个不同的部分", "a split needs at least two different parts"))
        end = self._run(class_name, object_id, day)[1]
        base = at(self.recorder.timeline(class_name, object_id), day)
        contents = []
        for part in parts:
            goes_on = part.object_id == object_id
            if not goes_on and overlaps(self.recorder.timeline(class_name, part.object_id), day, end):
                raise _overlap(class_name, part.object_id, day, end)
            former = base.content if goes_on and base else None
            contents.append(self._content(class_name, part.geometry, part.attributes, former, None))
        timeline = self.recorder.timeline(class_name, object_id)
        self.recorder.set_timeline(class_name, object_id, carve(timeline, day, end))
        for part, content in zip(parts, contents, strict=True):
            timeline = self.recorder.timeline(class_name, part.object_id)
            self.recorder.set_timeline(class_name, part.object_id, put(timeline, day, end, content))
            if part.object_id != object_id:
                self.recorder.relate(class_name, "split", object_id, part.object_id, day)

    def add_many(
        self,
        class_name: str,
        object_ids: Sequence[str],
        *,
        valid_from: date,
        geometry: Geometries | None,
        columns: Mapping[str, npt.NDArray[Any]],
        valid_to: Sequence[str] | None = None,
        cim_level: Sequence[int | None] | None = None,
    ) -> None:
        """Let ``(n,)`` objects exist from a day; `columns` as in `FeatureTable`, `valid_to` ISO dates (None: open)."""
        self.recorder.flush()
        table = self.recorder.table(class_name)
        feature_class, n = table.feature_class, len(object_ids)
        stored = {name: values.to_stored_column(feature_class, name, column) for name, column in columns.items()}
        for attribute in feature_class.attributes:
            if attribute.required and None in stored.get(attribute.name, [None]):
                check_required(feature_class, {attribute.name: None})
        blobs: Sequence[bytes | None] = [None] * n
        boxes = None
        if feature_class.has_geometry:
            shapes = np.full(n, None) if geometry is None else geometry
            blobs, boxes = self.recorder.blobs(feature_class, shapes), shapely.bounds(shapes)
        start = valid_from.isoformat()
        nothing: list[Any] = [None] * n
        records = list(
            zip(
                object_ids, [start] * n, valid_to or [OPEN_DATE_TEXT] * n, [self.source] * n, cim_level or nothing,
                blobs, *(stored.get(c, nothing) for c in table.columns), strict=True,
            )
        )  # fmt: skip
        self.recorder.insert_many(class_name, records, boxes)

    def update_many(
        self,
        class_name: str,
        object_ids: Sequence[str],
        *,
        valid_from: date,
        geometry: Geometries | None = None,
        columns: Mapping[str, npt.NDArray[Any]] | None = None,
    ) -> None:
        """Do :meth:`update` to ``(n,)`` objects; columns not given stay as they were."""
        table = self.recorder.table(class_name)
        stored = {
            name: values.to_stored_column(table.feature_class, name, column) for name, column in (columns or {}).items()
        }
        for name, column in stored.items():
            if None in column:
                check_required(table.feature_class, {name: None})
        places = {c: i for i, c in enumerate(table.columns)}
        targets = [places[name] for name in stored]
        blobs = None if geometry is None else self.recorder.blobs(table.feature_class, geometry)
        self.recorder.load(class_name, object_ids)
        day = valid_from.isoformat()
        for i, (object_id, row) in enumerate(
            zip(object_ids, zip(*stored.values(), strict=True) if stored else [()] * len(object_ids), strict=True)
        ):
            timeline = self.recorder.timeline(class_name, object_id)
            segment = self._segment(class_name, object_id, day, timeline)
            said = list(segment.content.values)
            for place, value in zip(targets, row, strict=True):
                said[place] = value
            blob = segment.content.blob if blobs is None else blobs[i]
            content = Content(blob, tuple(said), segment.content.cim_level, self.source)
            if content != segment.content:
                self.recorder.set_timeline(class_name, object_id, put(timeline, day, segment.valid_to, content))

    def close_many(self, class_name: str, object_ids: Sequence[str], *, valid_to: date) -> None:
        """Do :meth:`close` to many objects; those that exist only from that very day are withdrawn."""
        self.recorder.load(class_name, object_ids)
        day = valid_to.isoformat()
        for object_id in object_ids:
            timeline = self.recorder.timeline(class_name, object_id)
            run = existence(timeline, day)
            if run is None:
                raise _absent(class_name, object_id, day, timeline)
            self.recorder.set_timeline(class_name, object_id, carve(timeline, day, run[1]))

    def identify(self, class_name: str, source_id: str, object_id: str, *, valid_from: date) -> None:
        """Note that what the source calls `source_id` is the object `object_id`."""
        self.recorder.relate(class_name, "same", source_id, object_id, valid_from.isoformat())

    def finish(self) -> bool:
        """Write everything and record the change set; False if nothing changed."""
        counts = self.recorder.finish()
        if not counts:
            return False
        detail = json.dumps({**self.detail, "rows": counts}, ensure_ascii=False, sort_keys=True)
        backend = self.recorder.backend
        number = int(backend.execute("SELECT coalesce(max(id), 0) + 1 FROM xc_change").fetchone()[0])
        backend.execute(
            "INSERT INTO xc_change (id, recorded_at, kind, source, reason, who, file, sha256, valid_from, detail)"
            " VALUES (:id, :at, :kind, :source, :reason, :who, :file, :sha256, :valid_from, :detail)",
            {
                "id": number, "at": self.recorder.time_text, "kind": self.kind, "source": self.source,
                "reason": self.reason, "who": self.who, "file": self.file, "sha256": self.sha256,
                "valid_from": None if self.valid_from is None else self.valid_from.isoformat(), "detail": detail,
            },
        )  # fmt: skip
        self.id = number
        return True

    def _replace(
        self,
        class_name: str,
        object_id: str,
        on: date,
        geometry: BaseGeometry | None,
        attributes: Mapping[str, object] | None,
        cim_level: int | None,
        *,
        whole: bool,
    ) -> None:
        day = on.isoformat()
        timeline = self.recorder.timeline(class_name, object_id)
        segment = self._segment(class_name, object_id, day, timeline)
        content = self._content(class_name, geometry, attributes or {}, segment.content, cim_level)
        if content != segment.content:
            start = segment.valid_from if whole else day
            self.recorder.set_timeline(class_name, object_id, put(timeline, start, segment.valid_to, content))

    def _content(
        self,
        class_name: str,
        geometry: BaseGeometry | None,
        attributes: Mapping[str, object],
        base: Content | None,
        cim_level: int | None,
    ) -> Content:
        shape = None if geometry is None else np.array([geometry], dtype=object)
        return self.recorder.content(
            class_name, geometry=shape, attributes=attributes, base=base, cim_level=cim_level
        )  # fmt: skip

    def _segment(self, class_name: str, object_id: str, day: str, timeline: Timeline) -> Segment:
        segment = at(timeline, day)
        if segment is None:
            raise _absent(class_name, object_id, day, timeline)
        return segment

    def _run(self, class_name: str, object_id: str, day: str) -> tuple[str, str]:
        timeline = self.recorder.timeline(class_name, object_id)
        run = existence(timeline, day)
        if run is None:
            raise _absent(class_name, object_id, day, timeline)
        return run


def _interval(valid_from: date, valid_to: date) -> tuple[str, str]:
    if valid_from >= valid_to:
        raise StoreError(
            Text(f"有效期 {valid_from} 至 {valid_to} 是空的", f"validity from {valid_from} to {valid_to} is empty")
        )
    return valid_from.isoformat(), valid_to.isoformat()


def _overlap(class_name: str, object_id: str, start: str, end: str) -> StoreError:
    return StoreError(
        Text(f"{class_name} {object_id} 在 {start} 至 {end} 之间已有有效版本",
             f"{class_name} {object_id} has a valid version between {start} and {end} already"),
        Text("用更新（update）或更正（correct）", "update or correct it instead"),
    )  # fmt: skip


def _absent(class_name: str, object_id: str, day: str, timeline: Timeline) -> StoreError:
    if not timeline:
        return StoreError(Text(f"没有 {class_name} {object_id}", f"no {class_name} {object_id}"))
    spans = ", ".join(f"[{s.valid_from}, {s.valid_to})" for s in timeline)
    return StoreError(
        Text(f"{class_name} {object_id} 在 {day} 不存在（有效期 {spans}）",
             f"{class_name} {object_id} does not exist on {day} (valid {spans})")
    )  # fmt: skip
