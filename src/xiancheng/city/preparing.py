"""From a layer of a source to checked rows of a class in CGCS2000; and what a person may say of the source."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any

import shapely

from xiancheng.city.candidates import Candidates, candidates_of, check_geometry, read_attributes, resembling
from xiancheng.city.classes import Catalogue, FeatureClass
from xiancheng.city.columns import match_columns, parse_values
from xiancheng.city.datum import describe_datum, require_datum, to_stored
from xiancheng.city.import_report import ImportReport
from xiancheng.city.layer import SourceLayer
from xiancheng.city.matching import Plan
from xiancheng.city.placing import place_by_code
from xiancheng.city.store import Store
from xiancheng.foundation.errors import SourceError
from xiancheng.foundation.progress import Progress, Silent
from xiancheng.foundation.text import Text


@dataclass(frozen=True)
class ImportOptions:
    """What a person may say of a source; every option has a sensible absence.

    Attributes
    ----------
    source
        Name under which the same source comes again; None: ``osm``, or the file's name without a date.
    feature_class
        Class of all rows, where the file does not tell.
    classes
        Only these classes.
    mapping
        Column → attribute, over what is found by the columns' names; an empty attribute leaves a column out.
    values
        Column → what its cells say → what that means, where a code list does not know the words.
    constants
        Attribute → the one value that all rows have, over what the file says.
    datum
        Datum of the coordinates, where the file does not tell (or tells wrongly).
    valid_from
        Day that the file describes; None: the day it tells, else today.
    id_column
        Column of identifiers.
    partial
        The file is a part of its source: what it lacks is not closed.
    dry_run
        Report only, write nothing.
    detail
        What else the change set is to say of the import.
    on_plan
        Called with what is to be done to each class, before it is done.
    """

    source: str | None = None
    feature_class: str | None = None
    classes: frozenset[str] | None = None
    mapping: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    constants: Mapping[str, str] = field(default_factory=dict)
    datum: str | None = None
    valid_from: date | None = None
    format_name: str | None = None
    layer: str | None = None
    encoding: str | None = None
    header_row: int | None = None
    x: str | None = None
    y: str | None = None
    id_column: str | None = None
    reason: str | None = None
    who: str | None = None
    dry_run: bool = False
    partial: bool = False
    detail: Mapping[str, Any] = field(default_factory=dict)
    on_plan: Callable[[Plan], None] | None = None
    progress: Progress = field(default_factory=Silent)

    def with_progress(self, progress: Progress) -> ImportOptions:
        """Return the same options, told to `progress`."""
        return replace(self, progress=progress)


def prepare(
    store: Store, catalogue: Catalogue, path: Path, layer: SourceLayer, options: ImportOptions, report: ImportReport
) -> Candidates | None:
    """Turn a layer into checked candidates in CGCS2000; None for a layer that is not asked for."""
    for note in layer.notes:
        _note(report, note)
    feature_class = _class_of(catalogue, path, layer, options, report)
    if feature_class is None or (options.classes is not None and feature_class.name not in options.classes):
        return None
    options.progress.step(Text(f"检查 {layer.name}", f"checking {layer.name}"), len(layer))
    matched = _columns(path, layer, feature_class, options, report)
    layer = _meant(layer, options.values)
    layer, matched = _constants(path, layer, matched, feature_class, catalogue, options)
    candidates = candidates_of(layer, feature_class)
    read_attributes(candidates, matched, catalogue.codes)
    if feature_class.has_geometry:
        datum = require_datum(
            options.datum or layer.datum, layer.geometry, layer=layer.name, path=path, near=_middle(store)
        )
        if layer.geometry is not None:
            candidates.geometry = to_stored(candidates.geometry, datum)
            said = describe_datum(datum)
            _note(report, Text(f"坐标基准：{said.zh}", f"datum: {said.en}"))
        for note in place_by_code(candidates, store, report.valid_from):
            _note(report, note)
        check_geometry(candidates)
    elif layer.geometry is not None and not shapely.is_missing(layer.geometry).all():
        _note(report, Text(f"“{feature_class.title.zh}”没有几何，坐标未采用",
                           f"a {feature_class.name} has no place; the coordinates are left out"))  # fmt: skip
    options.progress.advance(len(layer))
    return candidates


def _class_of(
    catalogue: Catalogue, path: Path, layer: SourceLayer, options: ImportOptions, report: ImportReport
) -> FeatureClass | None:
    if options.feature_class is not None and not (layer.mapped and layer.feature_class is not None):
        return catalogue[options.feature_class]
    if layer.feature_class is not None:
        wanted = options.feature_class in {None, layer.feature_class}
        return catalogue[layer.feature_class] if wanted else None
    if not len(layer):
        _note(report, Text(f"“{layer.name}”是空的", f"{layer.name!r} is empty"))
        return None
    near = resembling(list(layer.columns), catalogue)
    listed = Text("、".join(f"{c.name}（{c.title.zh}）" for c in near), ", ".join(c.name for c in near))
    raise SourceError(
        path,
        Text(f"不知道“{layer.name}”是哪一类要素", f"it is not known which class {layer.name!r} is"),
        hint=Text(
            f"用 --class 指明{f'；各列像：{listed.zh}' if near else ''}",
            f"say it with --class{f'; the columns look like: {listed.en}' if near else ''}",
        ),
    )


def _columns(
    path: Path, layer: SourceLayer, feature_class: FeatureClass, options: ImportOptions, report: ImportReport
) -> dict[str, str]:
    """Return column → attribute, told in the notes where columns had to be matched."""
    if layer.mapped and not options.mapping:
        return {c: c for c in layer.columns if any(a.name == c for a in feature_class.attributes)}
    for column, attribute in options.mapping.items():
        if column not in layer.columns:
            raise SourceError(
                path,
                Text(f"没有列“{column}”", f"no column {column!r}"),
                field=column,
                hint=Text("有：" + "、".join(layer.columns), "it has: " + ", ".join(layer.columns)),
            )
        if attribute:
            feature_class.attribute(attribute)
    given = set(options.mapping.values())
    free = [c for c in layer.columns if c not in options.mapping]
    matched = {c: a for c, a in match_columns(free, feature_class).items() if a not in given}
    matched |= {c: a for c, a in options.mapping.items() if a}
    pairs = "，".join(f"{c} → {a}" for c, a in matched.items()) or "—"
    _note(report, Text(f"{layer.name} 的列：{pairs}", f"columns of {layer.name}: {pairs.replace('，', ', ')}"))
    used = {*matched, *layer.place_columns, options.id_column}
    unused = [c for c in layer.columns if c not in used]
    if unused:
        _note(report, Text("未采用的列：" + "、".join(unused), "columns left out: " + ", ".join(unused)))
    return matched


def _meant(layer: SourceLayer, values: Mapping[str, Mapping[str, str]]) -> SourceLayer:
    """Return the layer with what its cells mean in the place of what they say."""
    columns = {
        name: [meanings.get(str(v).strip(), v) if v is not None else v for v in layer.columns[name]]
        for name, meanings in values.items()
        if meanings and name in layer.columns
    }
    return replace(layer, columns={**layer.columns, **columns}) if columns else layer


def _constants(
    path: Path,
    layer: SourceLayer,
    matched: dict[str, str],
    feature_class: FeatureClass,
    catalogue: Catalogue,
    options: ImportOptions,
) -> tuple[SourceLayer, dict[str, str]]:
    """Return the layer and its matched columns with a column for every constant."""
    if not options.constants:
        return layer, matched
    columns = dict(layer.columns)
    kept = {c: a for c, a in matched.items() if a not in options.constants}
    for name, value in options.constants.items():
        _, problems = parse_values([value], feature_class.attribute(name), catalogue.codes)
        if problems:
            raise SourceError(path, problems[0][2], field=name)
        columns[f"{name}={value}"] = [value] * len(layer)
        kept[f"{name}={value}"] = name
    return replace(layer, columns=columns), kept


def _middle(store: Store) -> tuple[float, float] | None:
    """Return the middle of what the model holds, in degrees."""
    extent = store.backend.extent()
    return None if extent is None else ((extent[0] + extent[2]) / 2, (extent[1] + extent[3]) / 2)


def _note(report: ImportReport, note: Text) -> None:
    if note not in report.notes:
        report.notes.append(note)
