"""GeoPackage: every layer, those named like a feature class as that class; a city model as it is believed now."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from xiancheng.city.layer import SourceLayer
from xiancheng.city.readers._geometry import assemble
from xiancheng.city.readers._magic import SQLITE, head, wrong_content
from xiancheng.city.readers._ogr import OgrLayer, field_names, layer_names, read_layer, stated_datum
from xiancheng.city.readers.registry import ReadOptions, reader
from xiancheng.foundation.errors import SourceError
from xiancheng.foundation.text import Text

_VERSIONED = frozenset({"object_id", "valid_from", "valid_to", "recorded_from", "recorded_to"})
_OWN = _VERSIONED | {"fid", "source", "reason", "cim_level"}
_OPEN = "9999-12-31"


@reader("geopackage", ".gpkg")
def read_geopackage(path: Path, options: ReadOptions) -> Iterator[SourceLayer]:
    """Read a GeoPackage, one layer at a time.

    A layer named like a feature class is of that class. Of a city model the rows that are believed now and valid
    today are read; its ``<class>_current`` views and its own tables (``xc_…``) are left out.

    Raises
    ------
    SourceError
        If it is not a GeoPackage, is damaged, or lacks the layer asked for.
    """
    if not head(path, 16).startswith(SQLITE):
        raise wrong_content(path, Text("GeoPackage", "a GeoPackage"), "geopackage")
    names = layer_names(path)
    for name in chosen_layers(path, names, options):
        known = name.removesuffix("_current")
        feature_class = known if known in options.catalogue.classes else None
        if feature_class is not None and options.classes is not None and feature_class not in options.classes:
            continue
        options.progress.step(Text(f"读取 {name}", f"reading {name}"))
        yield _layer(path, name, feature_class, options)


def chosen_layers(path: Path, names: list[str], options: ReadOptions) -> list[str]:
    """Return the layers to read: the one asked for, or all that are not views or bookkeeping of a city model.

    Raises
    ------
    SourceError
        If the layer asked for does not exist; names those that do.
    """
    if options.layer is not None:
        if options.layer not in names:
            raise SourceError(
                path,
                Text(f"没有图层“{options.layer}”", f"no layer {options.layer!r}"),
                hint=Text("有：" + "、".join(names), "it has: " + ", ".join(names)),
            )
        return [options.layer]
    return [
        name
        for name in names
        if not name.startswith("xc_") and not (name.endswith("_current") and name.removesuffix("_current") in names)
    ]


def _layer(path: Path, name: str, feature_class: str | None, options: ReadOptions) -> SourceLayer:
    where = None
    if feature_class is not None and name == feature_class and field_names(path, name) >= _VERSIONED:
        today = datetime.now().astimezone().date().isoformat()
        where = f"recorded_to >= '{_OPEN}' AND valid_from <= '{today}' AND valid_to > '{today}'"
    read = read_layer(path, name, where=where)
    return layer_of(read, name, feature_class, options)


def layer_of(read: OgrLayer, name: str, feature_class: str | None, options: ReadOptions) -> SourceLayer:
    """Return a layer that may be one of Xiancheng's own: its identifiers and attributes then need no mapping."""
    ids = None
    mapped = False
    columns = read.columns
    if feature_class is not None and "object_id" in columns and None not in columns["object_id"]:
        ids = [str(v) for v in columns["object_id"]]
        columns = {key: values for key, values in columns.items() if key not in _OWN}
        mapped = set(columns) <= {a.name for a in options.catalogue[feature_class].attributes}
    return assemble(
        name,
        columns,
        read.geometry,
        read.rows,
        reasons=read.reasons,
        ids=ids,
        feature_class=feature_class,
        datum=stated_datum(read.crs),
        mapped=mapped,
    )
