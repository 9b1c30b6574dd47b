"""What an import would do: counts, the places on a map, the rows refused with their cells."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import shapely

from xiancheng.city.backends import has_model
from xiancheng.city.classes import Catalogue
from xiancheng.city.import_report import ImportReport
from xiancheng.city.importing import import_file
from xiancheng.city.layer import SourceLayer
from xiancheng.city.matching import Plan
from xiancheng.city.store import Store
from xiancheng.foundation.text import Text
from xiancheng.site.county import county, folder, reading, writing
from xiancheng.site.imports.choices import STATED, Choices, options_of
from xiancheng.site.imports.inspecting import geometry_kind, shown
from xiancheng.site.imports.models import Upload
from xiancheng.site.imports.reading_files import layers_of, understood
from xiancheng.site.imports.storing import path_of
from xiancheng.site.imports.wording import in_page_words
from xiancheng.site.policy.subject import Subject
from xiancheng.site.problems import ConflictError, InvalidError

MOST_FEATURES = 2000
MOST_REJECTIONS = 5000
MOST_CHANGES = 500
MANY_SAME = 0.3
"""Part of the new objects that may be named like others by chance."""
_SIMPLE = 5e-6
OSM_ENDINGS = (".pbf", ".osm", ".opl", ".osm.gz", ".osm.bz2")
"""These are WGS-84 by definition."""


@dataclass
class _Collector:
    """Keeps what the map shows of each class's plan."""

    features: list[dict[str, Any]] = field(default_factory=list)
    left_out: int = 0
    new_names: dict[str, Counter[str]] = field(default_factory=dict)

    def __call__(self, plan: Plan) -> None:
        """Take the new and the changed features."""
        incoming = plan.incoming
        names = incoming.columns.get("name")
        if names is not None and len(plan.add):
            self.new_names[incoming.feature_class.name] = Counter(str(n) for n in names[plan.add] if n)
        for kind, which in (("added", plan.add), ("changed", plan.change)):
            if not incoming.feature_class.has_geometry:
                continue
            room = max(0, MOST_FEATURES - len(self.features))
            self.left_out += max(0, len(which) - room)
            for i in which[:room].tolist():
                shape = shapely.simplify(incoming.geometry[i], _SIMPLE)
                self.features.append(
                    {
                        "type": "Feature",
                        "properties": {
                            "class": incoming.feature_class.name,
                            "object_id": str(plan.ids[i]),
                            "name": None if names is None or names[i] is None else str(names[i]),
                            "kind": kind,
                            "row": int(incoming.rows[i]),
                        },
                        "geometry": shapely.geometry.mapping(shape),
                    }
                )


def preview(upload: Upload, choices: Choices, catalogue: Catalogue, subject: Subject) -> dict[str, Any]:
    """Return what the import would do; nothing is written to the model.

    Raises
    ------
    InvalidError
        If a choice is missing that only a person can make.
    XianchengError
        If the file cannot be read or imported so.
    """
    path = path_of(upload, choices.file)
    layers = layers_of(path, choices, catalogue)
    require_choices(layers, choices, path)
    collector = _Collector()
    options = options_of(choices, subject, dry_run=True, on_plan=collector)

    def work() -> ImportReport:
        # Before the first import there is nothing to compare with: then an empty model is made to be asked.
        with reading() if has_model(county().model_place) else writing() as store:
            report = import_file(store, county(), catalogue, path, options)
            report.notes += same_names(store, catalogue, collector.new_names, report)
            return report

    found = content(understood(path, work), layers, collector)
    preview_path(upload).parent.mkdir(parents=True, exist_ok=True)
    preview_path(upload).write_bytes(orjson.dumps(found, default=str, option=orjson.OPT_SERIALIZE_NUMPY))
    Upload.objects.filter(pk=upload.pk).update(previewed=choices.sealed())
    return found


def same_names(store: Store, catalogue: Catalogue, new: Mapping[str, Counter[str]], report: ImportReport) -> list[Text]:
    """Say where new objects are named like objects of another source: perhaps they are the same, under a new name."""
    notes = []
    for class_name, names in new.items():
        if class_name not in store.classes_present():
            continue
        rows = store.as_of(class_name, report.valid_from)
        known = {str(n): str(s) for n, s in zip(rows.columns["name"], rows.source, strict=True) if n}
        found = Counter(known[name] for name in names if name in known and known[name] != report.source)
        title = catalogue[class_name].title
        for source, count in found.most_common(3):
            if count >= max(2, MANY_SAME * len(names)):
                zh = (
                    f"新增的“{title.zh}”中有 {count} 个与来源“{source}”的对象同名；"
                    "如果是同一来源，请改用它的来源名称，否则会重复"
                )
                en = (
                    f"{count} of the new objects ({title.en}) are named like objects of the source {source!r};"
                    " if it is the same source use its name, else they would be there twice"
                )
                notes.append(Text(zh, en))
    return notes


def last_preview(upload: Upload) -> dict[str, Any]:
    """Return the last preview.

    Raises
    ------
    ConflictError
        If there is none of what is chosen now.
    """
    choices = Choices.model_validate(upload.choices)
    if upload.previewed != choices.sealed() or not preview_path(upload).exists():
        raise ConflictError(Text("选项改过了，请先预览", "the choices were changed: preview first"))
    found: dict[str, Any] = orjson.loads(preview_path(upload).read_bytes())
    return found


def preview_path(upload: Upload) -> Path:
    """Return where the last preview of an upload is kept."""
    return folder() / "files" / "previews" / f"{upload.pk}.json"


def require_choices(layers: list[SourceLayer], choices: Choices, path: Path) -> None:
    """Refuse an import for which a person has not said what only they can say.

    Raises
    ------
    InvalidError
        If class or datum is missing.
    """
    wanted = [layer for layer in layers if choices.layer in {None, layer.name} and len(layer)]
    if any(layer.feature_class is None for layer in wanted) and not choices.feature_class:
        text = Text("请选择要素类", "choose the class")
        raise InvalidError(text, fields={"feature_class": text})
    tells_itself = path.name.lower().endswith(OSM_ENDINGS)
    if not choices.datum and not tells_itself and any(geometry_kind(layer) != "none" for layer in wanted):
        text = Text("请选择坐标基准", "choose the datum")
        hint = Text(
            "选错会偏移数百米；不确定时请问提供数据的人",
            "a wrong one shifts places by hundreds of metres; ask whoever gave the file",
        )
        raise InvalidError(text, hint, fields={"datum": text})
    if choices.datum == STATED and any(layer.datum is None and geometry_kind(layer) != "none" for layer in wanted):
        text = Text("文件没有说明坐标基准", "the file does not state its datum")
        raise InvalidError(text, fields={"datum": text})


def content(report: ImportReport, layers: list[SourceLayer], collector: _Collector) -> dict[str, Any]:
    """Return a report as the page shows it, with the cells of the refused rows."""
    cells = _cells_by_row(layers)
    return {
        "source": report.source,
        "valid_from": report.valid_from.isoformat(),
        "classes": {name: asdict(counts) for name, counts in sorted(report.classes.items())},
        "reasons": report.summary()["reasons"],
        "notes": [in_page_words(note).as_dict() for note in report.notes],
        "rejections": [
            {
                "class": name,
                "row": r.row,
                "object_id": r.object_id,
                "field": r.field,
                "value": r.value,
                "reason": in_page_words(r.reason).as_dict(),
                "cells": cells(r.row),
            }
            for name, r in report.rejections[:MOST_REJECTIONS]
        ],
        "rejections_total": len(report.rejections),
        "changes": [
            {
                "class": c.feature_class,
                "object_id": c.object_id,
                "name": c.name,
                "kind": c.kind,
                "fields": list(c.fields),
            }
            for c in sorted(report.changes, key=lambda c: ("closed", "changed", "added").index(c.kind))[:MOST_CHANGES]
        ],
        "changes_total": len(report.changes),
        "features": {"type": "FeatureCollection", "features": collector.features},
        "features_left_out": collector.left_out,
        "bounds": _bounds(collector.features),
    }


class _cells_by_row:  # noqa: N801 - used as a function
    """Finds what a row of the file says; rows of several layers may have the same number, then nothing is said."""

    def __init__(self, layers: list[SourceLayer]) -> None:
        self._layer = layers[0] if len(layers) == 1 else None
        rows = self._layer.rows.tolist() if self._layer is not None else []
        self._at = {number: i for i, number in enumerate(rows)}

    def __call__(self, row: int | None) -> Mapping[str, str]:
        at = self._at.get(row) if row is not None else None
        if self._layer is None or at is None:
            return {}
        return {
            name: shown(values[at]) for name, values in list(self._layer.columns.items())[:60] if values[at] is not None
        }


def _bounds(features: list[dict[str, Any]]) -> list[float] | None:
    if not features:
        return None
    shapes = np.array([shapely.geometry.shape(f["geometry"]) for f in features], dtype=object)
    bounds = shapely.total_bounds(shapes)
    return [float(v) for v in bounds] if np.isfinite(bounds).all() else None
