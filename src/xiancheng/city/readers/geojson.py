"""GeoJSON and newline-delimited GeoJSON.

RFC 7946 says that coordinates without a ``crs`` member are WGS-84. That is not taken as a statement here: GeoJSON made
in China is often GCJ-02 and looks the same.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from xiancheng.city.layer import Rejection, SourceLayer
from xiancheng.city.readers._encoding import decode
from xiancheng.city.readers._geojson_geometry import GEOMETRY_TYPES, build
from xiancheng.city.readers._geometry import assemble
from xiancheng.city.readers._magic import SHAPEFILE, SQLITE, ZIP, head, wrong_content
from xiancheng.city.readers._ogr import stated_datum
from xiancheng.city.readers.registry import ReadOptions, reader
from xiancheng.foundation.errors import SourceError
from xiancheng.foundation.text import Text

_OWN = frozenset({"fid", "object_id"})


@reader("geojson", ".geojson")
def read_geojson(path: Path, options: ReadOptions) -> Iterator[SourceLayer]:
    """Read a FeatureCollection (or one Feature, or a bare geometry).

    Raises
    ------
    SourceError
        If it is no JSON, is cut short, or is JSON of another kind.
    """
    if head(path, 16).startswith((SQLITE, ZIP, SHAPEFILE)):
        raise wrong_content(path, Text("GeoJSON", "GeoJSON"), "geojson")
    text = decode(path, path.read_bytes(), options.encoding)
    try:
        data = json.loads(text)
    except json.JSONDecodeError as error:
        raise _syntax(path, text, error) from None
    except RecursionError:
        raise SourceError(path, Text("JSON 嵌套过深", "its JSON is nested too deeply")) from None
    features = _features(path, data)
    yield _layer(path, options, features, np.arange(1, len(features) + 1), _crs(data), [])


@reader("geojsonl", ".geojsonl", ".geojsons", ".ndjson")
def read_geojson_lines(path: Path, options: ReadOptions) -> Iterator[SourceLayer]:
    """Read newline-delimited GeoJSON: one Feature a line; a line that is none becomes a rejection.

    Raises
    ------
    SourceError
        If no line is a Feature.
    """
    text = decode(path, path.read_bytes(), options.encoding)
    features: list[Any] = []
    rows: list[int] = []
    rejections: list[Rejection] = []
    for number, line in enumerate(text.split("\n"), start=1):
        content = line.strip().removeprefix("\x1e")  # RFC 8142 puts a record separator before each
        if not content:
            continue
        try:
            feature = json.loads(content)
        except (json.JSONDecodeError, RecursionError):
            rejections.append(Rejection(number, None, None, Text("不是有效的 JSON", "not valid JSON"), content[:60]))
            continue
        features.append(feature)
        rows.append(number)
    if not features:
        raise SourceError(
            path,
            Text("没有一行是 GeoJSON 要素", "no line is a GeoJSON feature"),
            hint=Text(
                "逐行 GeoJSON 每行一个 Feature；整个 FeatureCollection 请用 .geojson",
                "newline-delimited GeoJSON has one Feature a line; a FeatureCollection is a .geojson file",
            ),
        )
    yield _layer(path, options, features, np.array(rows, dtype=np.int64), None, rejections)


def _syntax(path: Path, text: str, error: json.JSONDecodeError) -> SourceError:
    if error.pos >= len(text.rstrip()) - 1 or error.msg.startswith("Unterminated"):
        return SourceError(
            path,
            Text("GeoJSON 不完整，文件在中途断开", "the GeoJSON is cut short"),
            row=error.lineno,
            hint=Text("文件可能没有下载或复制完，请重新获取", "it may be half downloaded or copied; get it again"),
        )
    return SourceError(
        path,
        Text(
            f"不是有效的 JSON（第 {error.colno} 列：{error.msg}）",
            f"it is not valid JSON (column {error.colno}: {error.msg})",
        ),
        row=error.lineno,
        hint=Text("若是每行一个要素，请用 .geojsonl", "if it has one feature a line, name it .geojsonl"),
    )


def _features(path: Path, data: Any) -> list[Any]:  # noqa: ANN401 - decoded JSON
    kind = data.get("type") if isinstance(data, dict) else None
    if kind == "FeatureCollection" and isinstance(data.get("features"), list):
        return list(data["features"])
    if kind == "Feature":
        return [data]
    if isinstance(kind, str) and kind in GEOMETRY_TYPES:
        return [{"type": "Feature", "properties": {}, "geometry": data}]
    found = f"type = {kind!r}" if isinstance(data, dict) else type(data).__name__
    hint = Text("GeoJSON 的最外层应是 FeatureCollection", "the outermost object of GeoJSON is a FeatureCollection")
    if isinstance(kind, str) and kind.startswith("CityJSON"):
        hint = Text("这是 CityJSON：用 --format cityjson", "this is CityJSON: use --format cityjson")
    raise SourceError(
        path, Text(f"不是 GeoJSON 要素集（{found}）", f"not a GeoJSON FeatureCollection ({found})"), hint=hint
    )


def _crs(data: Any) -> str | None:  # noqa: ANN401
    """Return what the ``crs`` member of GeoJSON 2008 states."""
    crs = data.get("crs") if isinstance(data, dict) else None
    properties = crs.get("properties") if isinstance(crs, dict) else None
    name = properties.get("name") or properties.get("code") if isinstance(properties, dict) else None
    return stated_datum(str(name)) if name is not None else None


def _layer(
    path: Path,
    options: ReadOptions,
    features: list[Any],
    rows: Any,  # noqa: ANN401 - an integer array
    datum: str | None,
    rejections: list[Rejection],
) -> SourceLayer:
    good = [i for i, f in enumerate(features) if isinstance(f, dict) and f.get("type") == "Feature"]
    if len(good) < len(features):
        bad = set(range(len(features))) - set(good)
        reason = Text("不是 GeoJSON 要素（Feature）", "not a GeoJSON Feature")
        rejections = rejections + [Rejection(int(rows[i]), None, None, reason) for i in bad]
        features, rows = [features[i] for i in good], rows[good]
    properties = [p if isinstance(p := f.get("properties"), dict) else {} for f in features]
    names = list(dict.fromkeys(key for p in properties for key in p))
    columns: dict[str, list[Any]] = {name: [_plain(p.get(name)) for p in properties] for name in names}
    geometry, reasons = build([f.get("geometry") for f in features])
    feature_class, mapped = None, False
    if "object_id" in columns and path.stem in options.catalogue.classes:
        feature_class = path.stem
        mapped = set(columns) - _OWN <= {a.name for a in options.catalogue[path.stem].attributes}
    return assemble(
        path.stem,
        columns if feature_class is None else {k: v for k, v in columns.items() if k not in _OWN},
        geometry,
        rows,
        reasons=reasons,
        rejections=rejections,
        ids=_ids(features, columns.get("object_id") if feature_class else None),
        feature_class=feature_class,
        datum=datum,
        mapped=mapped,
    )


def _plain(value: Any) -> Any:  # noqa: ANN401
    """Lists and objects stay text, as a table would hold them; lists of simple values are joined."""
    if isinstance(value, list) and all(isinstance(v, (str, int, float)) for v in value):
        return ";".join(str(v) for v in value)
    if isinstance(value, (list, dict)):
        return json.dumps(value, ensure_ascii=False)
    return value


def _ids(features: list[Any], own: list[Any] | None) -> list[str] | None:
    """Return the identifiers of the source: our own, or the ``id`` members if all features have different ones."""
    found = own if own is not None else [f.get("id") for f in features]
    texts = [str(v) for v in found if isinstance(v, (str, int)) and not isinstance(v, bool) and v != ""]
    return texts if len(texts) == len(features) and len(set(texts)) == len(texts) else None
