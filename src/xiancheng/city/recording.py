"""Writing to the city model inside one transaction: timelines in memory, records on disk."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from typing import Any, cast

import numpy as np
import numpy.typing as npt
import shapely

from xiancheng.city import gpkg, values
from xiancheng.city.backends import Backend
from xiancheng.city.classes import Catalogue, FeatureClass
from xiancheng.city.history import (
    OPEN_TIME,
    TICK,
    Content,
    Segment,
    StoreError,
    Timeline,
    now,
    parse_time,
    time_text,
)
from xiancheng.city.layer import Geometries
from xiancheng.city.schema import TableShape
from xiancheng.city.writers.hilbert import hilbert_order
from xiancheng.foundation.text import Text

_KINDS = {"point": {0}, "line": {1, 5}, "polygon": {3, 6}, "any": {0, 3, 6}}
"""shapely type ids that a class takes (a multi-point of one point counts as a point)."""

MANY = 1000
"""Records from which on indexes are built once instead of kept row by row."""

Key = tuple[str, str]


@dataclass
class _Table:
    """One class's table within the transaction."""

    feature_class: FeatureClass
    columns: tuple[str, ...]
    stored: tuple[str, ...]
    select: str
    recorded: int = 0
    superseded: int = 0
    bounds: list[float] | None = None

    def widen(self, bounds: list[float]) -> None:
        """Let the extent of what is recorded reach over `bounds`."""
        b = self.bounds
        self.bounds = (
            bounds
            if b is None
            else [min(b[0], bounds[0]), min(b[1], bounds[1]), max(b[2], bounds[2]), max(b[3], bounds[3])]
        )


@dataclass
class _Pending:
    """A timeline as it was believed, and as the change leaves it."""

    before: Timeline
    after: Timeline
    fresh: frozenset[int] = field(default_factory=frozenset)


class Recorder:
    """Loads timelines, keeps what a change makes of them, and writes records; one a transaction."""

    def __init__(self, backend: Backend, catalogue: Catalogue, *, source: str, reason: str) -> None:
        self.backend = backend
        self.catalogue = catalogue
        self.source, self.reason = source, reason
        last = backend.execute("SELECT max(recorded_at) FROM xc_change").fetchone()[0]
        moment = now()
        if last is not None:
            # Recorded times increase strictly, even if the machine's clock is set back.
            moment = max(moment, parse_time(last) + TICK)
        self.time = moment
        self.time_text = time_text(moment)
        self._tables: dict[str, _Table] = {}
        self._pending: dict[Key, _Pending] = {}
        self._lineage: list[tuple[str, str, str, str, str, str]] = []
        self._withdrawn_lineage = 0

    def table(self, class_name: str) -> _Table:
        """Return the table of a class, made ready for every attribute of the catalogue."""
        if class_name not in self._tables:
            feature_class = self.catalogue[class_name]
            self.backend.ensure(TableShape.of(feature_class))
            columns = self.backend.columns_of(class_name)
            geom = ("geom",) if feature_class.has_geometry else ()
            place = "geom" if feature_class.has_geometry else "NULL AS geom"
            wanted = ", ".join(("fid, valid_from, valid_to, source, cim_level", place, *(f'"{c}"' for c in columns)))
            self._tables[class_name] = _Table(
                feature_class, columns,
                ("object_id", "valid_from", "valid_to", "recorded_from", "recorded_to", "source", "reason",
                 "cim_level", *geom, *columns),
                f'object_id, recorded_from, recorded_to, {wanted} FROM "{class_name}"',
            )  # fmt: skip
        return self._tables[class_name]

    def timeline(self, class_name: str, object_id: str) -> Timeline:
        """Return what is believed of an object so far in this change; empty if nothing is."""
        key = (class_name, object_id)
        if key not in self._pending:
            self.load(class_name, [object_id])
        return self._pending[key].after

    def load(self, class_name: str, object_ids: Iterable[str]) -> None:
        """Fetch the believed timelines of many objects at once."""
        table = self.table(class_name)
        wanted = [i for i in dict.fromkeys(object_ids) if (class_name, i) not in self._pending]
        found: dict[str, list[Segment]] = {i: [] for i in wanted}
        fresh: dict[str, set[int]] = {}
        condition = self.backend.one_of("object_id", "ids")
        for start in range(0, len(wanted), 5000):
            for row in self.backend.execute(
                f"SELECT {table.select} WHERE {condition} AND recorded_to = :open ORDER BY valid_from",
                {"ids": wanted[start : start + 5000], "open": OPEN_TIME},
            ):
                found[row[0]].append(segment_of(row))
                if row[1] == self.time_text:
                    fresh.setdefault(row[0], set()).add(row[3])
        for object_id, segments in found.items():
            timeline = tuple(segments)
            self._pending[class_name, object_id] = _Pending(timeline, timeline, frozenset(fresh.get(object_id, ())))

    def set_timeline(self, class_name: str, object_id: str, timeline: Timeline) -> None:
        """Let an object's believed validity be `timeline` from now on; segments that stand keep their record."""
        pending = self._pending[class_name, object_id]
        standing = {(s.valid_from, s.valid_to): s for s in pending.before}
        kept = []
        for segment in timeline:
            same = standing.get((segment.valid_from, segment.valid_to))
            stands = same is not None and (same.content, same.content.source) == (
                segment.content,
                segment.content.source,
            )
            kept.append(same if stands and same is not None else replace(segment, fid=None))
        pending.after = tuple(kept)

    def content(
        self,
        class_name: str,
        *,
        geometry: Geometries | None,
        attributes: Mapping[str, object],
        base: Content | None,
        cim_level: int | None,
    ) -> Content:
        """Return what a record is to say: `base`, overridden by whatever is given.

        Raises
        ------
        StoreError, UnknownNameError
            If geometry or attributes do not fit the class.
        """
        table = self.table(class_name)
        feature_class = table.feature_class
        stored = values.to_stored_mapping(feature_class, attributes)
        given = set(stored) if base is not None else {a.name for a in feature_class.attributes}
        check_required(feature_class, {n: stored.get(n) for n in given})
        blob = base.blob if base is not None else None
        if geometry is not None:
            blob = self.blobs(feature_class, geometry)[0]
        elif base is None and feature_class.has_geometry:
            raise StoreError(Text(f"“{feature_class.title.zh}”必须有几何", f"a {feature_class.name} needs a geometry"))
        former = dict(zip(table.columns, base.values, strict=True)) if base is not None else {}
        return Content(
            blob,
            tuple(stored.get(c, former.get(c)) for c in table.columns),
            cim_level if cim_level is not None or base is None else base.cim_level,
            self.source,
        )

    def blobs(self, feature_class: FeatureClass, geometry: Geometries) -> list[bytes | None]:
        """Return the blobs of ``(n,)`` geometries.

        Raises
        ------
        StoreError
            If one is not of the class's kind, empty, or outside the range of degrees.
        """
        plain = gpkg.simplest(np.asarray(geometry, dtype=object))
        check_geometry(feature_class, plain)
        return self.backend.encode(plain, promote=feature_class.geometry != "any")

    def insert_many(
        self, class_name: str, records: Sequence[Sequence[Any]], boxes: npt.NDArray[np.float64] | None
    ) -> None:
        """Write records ``(object_id, valid_from, valid_to, source, cim_level, blob, *values)``, or none of them.

        Parameters
        ----------
        boxes
            ``(n, 4)`` min x, min y, max x, max y of their geometries; None for a class without places.

        Raises
        ------
        StoreError
            If one overlaps another in validity.
        """
        table = self.table(class_name)
        backend, n = self.backend, len(records)
        last = int(backend.execute(f'SELECT coalesce(max(fid), 0) FROM "{class_name}"').fetchone()[0])  # noqa: S608
        at_once = n >= MANY and n * 20 >= last
        if boxes is not None and at_once:
            # Neighbours on the ground lie side by side in the file: a box query then reads few pages.
            order = np.argsort(hilbert_order(boxes), kind="stable")
            records, boxes = [records[i] for i in order.tolist()], boxes[order]
        t, reason, place = self.time_text, self.reason, table.feature_class.has_geometry
        rows = (
            (o, vf, vt, t, OPEN_TIME, source, reason, level, *((blob,) if place else ()), *rest)
            for o, vf, vt, source, level, blob, *rest in records
        )
        try:
            with backend.savepoint(), backend.loading(class_name, t) if at_once else nullcontext():
                backend.insert(class_name, table.stored, rows, boxes)
        except backend.errors as error:
            raise backend.refused(error) from error
        table.recorded += n
        if boxes is not None and len(boxes):
            table.widen([*boxes[:, :2].min(axis=0).tolist(), *boxes[:, 2:].max(axis=0).tolist()])

    def flush(self) -> None:
        """Write what the timelines became."""
        removed: dict[str, list[tuple[int, bool]]] = {}
        added: dict[str, list[tuple[Any, ...]]] = {}
        for (name, object_id), pending in self._pending.items():
            if pending.after is pending.before:
                continue
            kept = {s.fid for s in pending.after}
            gone = [(s.fid, s.fid in pending.fresh) for s in pending.before if s.fid is not None and s.fid not in kept]
            removed.setdefault(name, []).extend(gone)
            added.setdefault(name, []).extend(
                (object_id, s.valid_from, s.valid_to, s.content.source, s.content.cim_level, s.content.blob,
                 *s.content.values)
                for s in pending.after if s.fid is None
            )  # fmt: skip
        self._pending.clear()
        for name, fids in removed.items():
            # What this very change recorded was never believed by anyone: it goes; all else is superseded.
            unseen = [fid for fid, fresh in fids if fresh]
            past = [fid for fid, fresh in fids if not fresh]
            self.backend.remove(name, unseen)
            self.backend.supersede(name, past, self.time_text)
            table = self.table(name)
            table.superseded += len(past)
            table.recorded -= len(unseen)
        for name, records in added.items():
            boxes = None
            if self.table(name).feature_class.has_geometry:
                boxes = self.backend.bounds([cast("bytes", record[5]) for record in records])
            self.insert_many(name, records, boxes)

    def relate(self, class_name: str, kind: str, from_id: str, to_id: str, day: str) -> None:
        """Note the lineage between two objects."""
        self._lineage.append((class_name, kind, from_id, to_id, day, self.source))

    def restore_lineage(self, time: str) -> None:
        """Withdraw the lineage recorded at `time`, and believe again what was withdrawn then, of the same source."""
        again = self.backend.execute(
            "SELECT class, kind, from_id, to_id, valid_from, source FROM xc_lineage WHERE recorded_to = :time"
            " ORDER BY id",
            {"time": time},
        ).fetchall()
        self._withdrawn_lineage += self.backend.execute(
            # What was withdrawn and believed again since was recorded anew.
            "UPDATE xc_lineage SET recorded_to = :now WHERE recorded_to = :open AND EXISTS (SELECT 1 FROM xc_lineage"
            " AS said WHERE said.recorded_from = :time AND said.class = xc_lineage.class"
            " AND said.kind = xc_lineage.kind AND said.from_id = xc_lineage.from_id AND said.to_id = xc_lineage.to_id"
            " AND said.valid_from = xc_lineage.valid_from AND said.source = xc_lineage.source)",
            {"now": self.time_text, "time": time, "open": OPEN_TIME},
        ).rowcount
        self._lineage += again

    def finish(self) -> dict[str, dict[str, int]]:
        """Write everything; return records and superseded records by class (empty: the change changed nothing)."""
        self.flush()
        self.backend.insert(
            "xc_lineage",
            ("class", "kind", "from_id", "to_id", "valid_from", "source", "recorded_from", "recorded_to"),
            [(*row, self.time_text, OPEN_TIME) for row in self._lineage],
            None,
        )
        counts: dict[str, dict[str, int]] = {}
        for name, table in self._tables.items():
            if table.recorded or table.superseded:
                counts[name] = {"recorded": table.recorded, "superseded": table.superseded}
                self.backend.note_change((name, f"{name}_current"), table.bounds)
        if self._lineage or self._withdrawn_lineage:
            counts["xc_lineage"] = {"recorded": len(self._lineage), "superseded": self._withdrawn_lineage}
        return counts


def segment_of(row: Sequence[Any]) -> Segment:
    """Return the segment of a row as `_Table.select` gives it."""
    _, _, _, fid, valid_from, valid_to, source, cim_level, blob, *rest = row
    return Segment(valid_from, valid_to, Content(blob, tuple(rest), cim_level, source), fid)


def check_required(feature_class: FeatureClass, stored: Mapping[str, object]) -> None:
    """Refuse an attribute that must be known and is not.

    Raises
    ------
    StoreError
        Naming the attribute.
    """
    for attribute in feature_class.attributes:
        if attribute.required and attribute.name in stored and stored[attribute.name] is None:
            raise StoreError(
                Text(
                    f"“{feature_class.title.zh}”必须填写“{attribute.title.zh}”",
                    f"a {feature_class.name} needs {attribute.name}",
                )
            )


def check_geometry(feature_class: FeatureClass, geometry: Geometries) -> None:
    """Refuse geometries that a class does not take.

    Raises
    ------
    StoreError
        For the first one of the wrong kind, empty or outside ±180°, ±90°.
    """
    if not feature_class.has_geometry:
        raise StoreError(Text(f"“{feature_class.title.zh}”没有几何", f"a {feature_class.name} has no geometry"))
    kind = shapely.get_type_id(geometry)
    bounds = shapely.bounds(geometry)
    with np.errstate(invalid="ignore"):
        inside = (np.abs(bounds[:, [0, 2]]) <= 180).all(axis=1) & (np.abs(bounds[:, [1, 3]]) <= 90).all(axis=1)
    wrong = np.flatnonzero(~np.isin(kind, list(_KINDS[feature_class.geometry])) | ~inside)
    if len(wrong):
        shape = cast("Any", geometry[wrong[0]])
        said = "None" if shape is None else shapely.to_wkt(shape, rounding_precision=6)[:80]
        raise StoreError(
            Text(
                f"“{feature_class.title.zh}”（{feature_class.geometry}）不能是几何 {said}",
                f"a {feature_class.name} ({feature_class.geometry}) cannot be {said}",
            ),
            Text("须为经纬度（度）的非空几何", "it must be a non-empty geometry in degrees of longitude and latitude"),
        )
