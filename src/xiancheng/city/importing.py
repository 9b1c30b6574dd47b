"""Importing a source file: read, checked, compared with what the model believes, and recorded in one transaction."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import shapely

from xiancheng.city.applying import apply, tell
from xiancheng.city.candidates import Candidates
from xiancheng.city.change import Change
from xiancheng.city.classes import Catalogue, FeatureClass
from xiancheng.city.county import AUTO, County, suggest_crs
from xiancheng.city.history import today
from xiancheng.city.import_report import ClassCounts, ImportReport, ObjectChange
from xiancheng.city.layer import Rejection, SourceLayer
from xiancheng.city.matching import Incoming, compare, identify
from xiancheng.city.preparing import ImportOptions, prepare
from xiancheng.city.readers.registry import ReadOptions, format_of, read
from xiancheng.city.store import Store, StoreError
from xiancheng.foundation.errors import SourceError
from xiancheng.foundation.text import Text

__all__ = ["ClassCounts", "ImportOptions", "ImportReport", "ObjectChange", "import_file", "source_name"]

OSM = "osm"
_DATED = re.compile(r"[-_. （(]*(?:19|20)\d{2}(?:[-_.年]?\d{1,2}(?:[-_.月]?\d{1,2})?)?[年月日号]?[)）]?$")


def import_file(
    store: Store, county: County, catalogue: Catalogue, path: Path, options: ImportOptions
) -> ImportReport:  # fmt: skip
    """Bring a source file into the city model.

    What the source says new is added from the day it describes, what it says differently gets a new version, what it
    no longer has is closed; what it says again changes nothing, and a file that changes nothing records nothing.

    Raises
    ------
    SourceError
        If the file cannot be read, states no datum, or its class is not known.
    StoreError
        If the file is older than what the same source said before.
    """
    format_name = format_of(path, options.format_name)
    layers = list(_layers(path, catalogue, options, format_name))
    notes: list[Text] = []
    valid_from = _valid_from(layers, options, notes)
    report = ImportReport(
        path, _digest(path), _source(path, format_name, options, notes), valid_from, options.dry_run, notes=notes
    )
    batches: dict[str, list[Candidates]] = {}
    for layer in layers:
        candidates = prepare(store, catalogue, path, layer, options, report)
        if candidates is not None:
            batches.setdefault(candidates.feature_class.name, []).append(candidates)
    if not batches and not any(len(layer.rejections) for layer in layers):
        notes.append(Text("文件里没有可导入的要素", "the file has nothing to import"))
    incoming = {
        name: _join([_identified(c, options, format_name, report) for c in parts], report)
        for name, parts in batches.items()
    }
    for name in _covered(store, catalogue, options, format_name) - incoming.keys():
        incoming[name] = _nothing(catalogue[name])
    _record(store, incoming, options, report)
    _settle_crs(county, incoming, report)
    if report.change_id is not None:
        report.save(county.folder / "imports")
    return report


def _layers(path: Path, catalogue: Catalogue, options: ImportOptions, format_name: str) -> Iterator[SourceLayer]:
    if options.feature_class is not None:
        _ = catalogue[options.feature_class]
    classes = options.classes
    if classes is None and options.feature_class is not None and format_name == OSM:
        classes = frozenset([options.feature_class])
    yield from read(
        path,
        ReadOptions(
            catalogue, classes, options.layer, options.encoding, options.header_row, options.x, options.y,
            options.progress,
        ),
        format_name=format_name,
    )  # fmt: skip


def _identified(
    candidates: Candidates, options: ImportOptions, format_name: str, report: ImportReport
) -> Incoming:  # fmt: skip
    column = options.id_column
    if column is not None and column not in candidates.raw:
        raise SourceError(
            report.path,
            Text(f"没有列“{column}”", f"no column {column!r}"),
            field=column,
            hint=Text("有：" + "、".join(candidates.raw), "it has: " + ", ".join(candidates.raw)),
        )
    if column is None and "object_id" in candidates.raw and None in candidates.source_ids:
        column = "object_id"
    incoming = identify(candidates, column, drawn=format_name == OSM)
    counts = report.counts(candidates.feature_class.name)
    counts.read += len(candidates) + candidates.refused_by_reader
    counts.rejected += len(candidates) + candidates.refused_by_reader - len(incoming)
    counts.repaired += int((candidates.repaired & candidates.alive).sum())
    rejections = sorted(candidates.rejections, key=lambda r: -1 if r.row is None else r.row)
    report.rejections += [(candidates.feature_class.name, r) for r in rejections]
    return incoming


def _join(parts: Sequence[Incoming], report: ImportReport) -> Incoming:
    """Return the rows of several layers of one class as one; an identifier counts where it comes first."""
    if len(parts) == 1:
        return parts[0]
    first = parts[0].feature_class
    names = [a.name for a in first.attributes if any(a.name in p.columns for p in parts)]
    columns = {
        name: np.concatenate([p.columns.get(name, _unknown(first, name, len(p))) for p in parts]) for name in names
    }
    ids, rows = np.concatenate([p.ids for p in parts]), np.concatenate([p.rows for p in parts])
    _, position = np.unique(ids.astype(str), return_index=True)
    kept = np.sort(position)
    reason = Text("编号在前面的图层中已用过", "the identifier was used in a layer before")
    for i in sorted(set(range(len(ids))) - set(kept.tolist())):
        report.rejections.append((first.name, Rejection(int(rows[i]), ids[i], None, reason, ids[i])))
        report.counts(first.name).rejected += 1
    return Incoming(
        first, ids[kept], np.concatenate([p.geometry for p in parts])[kept],
        {name: column[kept] for name, column in columns.items()},
        np.concatenate([p.cim_level for p in parts])[kept], rows[kept], all(p.drawn for p in parts),
        frozenset().union(*(p.protected for p in parts)),
    )  # fmt: skip


def _unknown(feature_class: FeatureClass, name: str, count: int) -> Any:  # noqa: ANN401 - floats or objects
    numeric = feature_class.attribute(name).type in {"integer", "number", "boolean"}
    return np.full(count, np.nan) if numeric else np.full(count, None, dtype=object)


def _nothing(feature_class: FeatureClass) -> Incoming:
    none = np.empty(0, dtype=object)
    return Incoming(feature_class, none, none, {}, none, np.empty(0, dtype=np.int64), True, frozenset())


def _covered(store: Store, catalogue: Catalogue, options: ImportOptions, format_name: str) -> set[str]:
    """Return the classes of which an OpenStreetMap file says by silence that nothing is left."""
    if format_name != OSM:
        return set()
    present = store.classes_present()
    return {
        c.name
        for c in catalogue
        if c.osm
        and c.name in present
        and (options.classes is None or c.name in options.classes)
        and options.feature_class in {None, c.name}
    }


def _record(store: Store, incoming: Mapping[str, Incoming], options: ImportOptions, report: ImportReport) -> None:
    """Compare and, unless it is a dry run, apply in one transaction."""
    said = Text(f"导入 {report.path.name}", f"import of {report.path.name}")

    @contextmanager
    def transaction() -> Iterator[Change | None]:
        if options.dry_run:
            with store.reading():
                yield None
            return
        with store.change(
            source=report.source, reason=options.reason or said.get(), kind="import", who=options.who,
            file=report.path.name, sha256=report.sha256, valid_from=report.valid_from, detail=options.detail,
        ) as change:  # fmt: skip
            yield change

    with transaction() as change:
        _refuse_older(store, set(incoming), report)
        for name in sorted(incoming):
            options.progress.step(Text(f"比较 {name}", f"comparing {name}"), len(incoming[name]))
            plan = compare(store, incoming[name], source=report.source, on=report.valid_from, partial=options.partial)
            tell(plan, report)
            if options.on_plan is not None:
                options.on_plan(plan)
            if change is not None:
                apply(change, plan, report.valid_from)
            options.progress.advance(len(incoming[name]))
        if change is not None:
            change.detail.update(report.summary())
    report.change_id = None if change is None else change.id


def _refuse_older(store: Store, classes: set[str], report: ImportReport) -> None:
    """Refuse a file that describes an earlier day than what its source said of the same classes before.

    Raises
    ------
    StoreError
        Naming the import that is newer.
    """
    changes = store.changes()
    undone: set[int] = set()
    for change in reversed(changes):  # an undone undo does not count
        if change.kind == "undo" and change.id not in undone:
            undone.add(int(change.detail["undoes"]))
    for change in changes:
        if change.kind != "import" or change.source != report.source or change.id in undone or not change.valid_from:
            continue
        if change.valid_from > report.valid_from and classes & set(change.detail.get("classes", ())):
            raise StoreError(
                Text(
                    f"{report.path.name} 描述 {report.valid_from}，早于来源“{report.source}”已导入的"
                    f" {change.file}（{change.valid_from}，变更 {change.id}）",
                    f"{report.path.name} describes {report.valid_from}, before {change.file} of the same source"
                    f" {report.source!r} ({change.valid_from}, change {change.id})",
                ),
                Text(
                    "若它其实更新，用 --valid-from 指明日期；若要补录过去，先撤销较新的导入，再按时间顺序导入",
                    "if it is newer, say its date with --valid-from; to add the past, undo the newer imports first"
                    " and import in the order of time",
                ),
            )


def _valid_from(layers: Sequence[SourceLayer], options: ImportOptions, notes: list[Text]) -> date:
    if options.valid_from is not None:
        return options.valid_from
    told = [layer.valid_on for layer in layers if layer.valid_on is not None]
    day = max(told) if told else today()
    notes.append(
        Text(f"内容日期取自文件：{day}", f"day described, as the file says: {day}")
        if told
        else Text(f"文件没有说明内容日期，取今天 {day}（可用 --valid-from 指明）",
                  f"the file does not say which day it describes; taken as today, {day} (--valid-from says otherwise)")
    )  # fmt: skip
    return day


def _source(path: Path, format_name: str, options: ImportOptions, notes: list[Text]) -> str:
    if options.source:
        return options.source
    source = source_name(path, format_name)
    if format_name == OSM:
        return source
    notes.append(Text(f"来源名称取自文件名：{source}", f"name of the source, from the file's: {source}"))
    return source


def source_name(path: Path, format_name: str) -> str:
    """Return the name of the source that a file's name suggests: ``osm``, or the name without a date."""
    if format_name == OSM:
        return OSM
    stem = path.name.split(".")[0] or path.name
    return _DATED.sub("", stem) or stem


def _digest(path: Path) -> str:
    """Return the SHA-256 of a file (of a shapefile with its attributes)."""
    digest = hashlib.sha256()
    beside = [path.with_suffix(s) for s in (".dbf", ".DBF")] if path.suffix.lower() == ".shp" else []
    for part in [path, *beside]:
        if part.is_file():
            with part.open("rb") as stream:
                while block := stream.read(1 << 20):
                    digest.update(block)
    return digest.hexdigest()


def _settle_crs(county: County, incoming: Mapping[str, Incoming], report: ImportReport) -> None:
    """Choose the county's projected CRS at the first import that shows where it lies."""
    shapes = [i.geometry for i in incoming.values() if i.feature_class.has_geometry and len(i)]
    if county.crs != AUTO or not shapes:
        return
    west, south, east, north = shapely.total_bounds(np.concatenate(shapes))
    crs = suggest_crs((west + east) / 2, (south + north) / 2)
    report.notes.append(Text(f"县域投影坐标系定为 {crs}", f"the county's projected CRS is {crs}"))
    if not report.dry_run:
        replace(county, crs=crs).save()
