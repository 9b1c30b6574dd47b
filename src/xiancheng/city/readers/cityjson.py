"""CityJSON 1.0, 1.1 and 2.0 and CityJSONSeq: 3D city models as footprints with heights and floors."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import shapely

from xiancheng.city.datum import parse_datum
from xiancheng.city.layer import Rejection, SourceLayer
from xiancheng.city.readers._cityjson_geometry import GeometryError, Shape, Vertices, best, footprint, shape
from xiancheng.city.readers.registry import ReadOptions, reader
from xiancheng.foundation.errors import SourceError, XianchengError
from xiancheng.foundation.text import Text

Json = Mapping[str, Any]

_CLASSES = {
    "Building": "building",
    "Road": "road",
    "TransportSquare": "road",
    "WaterBody": "water_body",
    "PlantCover": "green_space",
    "SolitaryVegetationObject": "street_tree",
}
_INSIDE_BUILDINGS = frozenset(
    {"BuildingPart", "BuildingInstallation", "BuildingConstructiveElement", "BuildingFurniture", "BuildingStorey",
     "BuildingRoom", "BuildingUnit"}
)  # fmt: skip
_USES = {
    "residential": ("residential", "habitation", "dwelling", "house", "apartment", "woonfunctie", "住宅", "居住"),
    "education": ("school", "education", "kindergarten", "university", "学校", "教育", "幼儿园"),
    "health": ("hospital", "health", "clinic", "医院", "医疗"),
    "office": ("office", "administration", "办公"),
    "commercial": ("commercial", "business", "trade", "retail", "shop", "hotel", "商业"),
    "industrial": ("industr", "storage", "warehouse", "工业", "仓"),
    "culture": ("culture", "sport", "museum", "theatre", "文化", "体育"),
    "religious": ("church", "religious", "mosque", "temple", "宗教"),
    "transport": ("traffic", "transport", "station", "交通"),
    "agricultural": ("agricult", "farm", "农业"),
    "public": ("public", "government", "security", "公共"),
    "auxiliary": ("garage", "shed", "车库", "附属"),
}


@reader("cityjson", ".city.json", ".cityjson")
def read_cityjson(path: Path, options: ReadOptions) -> Iterator[SourceLayer]:
    """Read a CityJSON file: buildings (with their parts), water, planted areas, trees, and roads given as lines.

    A building's footprint is the union of its ground surfaces, or the shadow of its shell where surfaces have no
    names; its height is the extent of its highest level of detail, else ``measuredHeight``.

    Raises
    ------
    SourceError
        If it is no CityJSON.
    """
    model = _json(path, _text(path), None)
    if model.get("type") != "CityJSON" or not isinstance(model.get("CityObjects"), dict):
        raise _no_cityjson(path)
    collected = _Collection(options)
    options.progress.step(Text(f"读取 {path.name}", f"reading {path.name}"), len(model["CityObjects"]))
    collected.add(model["CityObjects"], _vertices(path, model, model), None)
    yield from collected.layers(_datum(model), _reference_date(model))


@reader("cityjsonseq", ".city.jsonl", ".cityjsonl")
def read_cityjsonseq(path: Path, options: ReadOptions) -> Iterator[SourceLayer]:
    """Read a CityJSONSeq file line by line: the first says transform, templates and datum, the rest are features.

    What is kept is footprints and attributes; the 3D geometry of one line is in memory at a time. A line that is no
    feature is a rejection.

    Raises
    ------
    SourceError
        If the first line is no CityJSON header.
    """
    collected = _Collection(options)
    options.progress.step(Text(f"读取 {path.name}", f"reading {path.name}"))
    try:
        with path.open(encoding="utf-8-sig") as lines:
            header = _json(path, next(lines, ""), 1)
            if header.get("type") != "CityJSON":
                raise _no_cityjson(path)
            templates = _vertices(path, header, {"vertices": []})
            for row, line in enumerate(lines, 2):
                if line.strip():
                    _add_line(collected, path, header, templates, line, row)
    except UnicodeDecodeError as error:
        raise SourceError(path, Text(f"不是 UTF-8：{error}", f"not UTF-8: {error}")) from error
    yield from collected.layers(_datum(header), _reference_date(header))


@reader("json", ".json")
def read_json(path: Path, options: ReadOptions) -> Iterator[SourceLayer]:
    """Read a JSON file as what its ``type`` says it is: CityJSON or GeoJSON.

    Raises
    ------
    SourceError
        If it is neither.
    """
    yield from _dispatch(path, options, r'"type"\s*:\s*"CityJSON"', "cityjson", "geojson")


@reader("jsonl", ".jsonl")
def read_json_lines(path: Path, options: ReadOptions) -> Iterator[SourceLayer]:
    """Read JSON lines as what the first line says they are: CityJSONSeq or GeoJSON features.

    Raises
    ------
    SourceError
        If they are neither.
    """
    yield from _dispatch(path, options, r'"type"\s*:\s*"CityJSON"', "cityjsonseq", "geojsonl")


def _dispatch(path: Path, options: ReadOptions, pattern: str, city: str, other: str) -> Iterator[SourceLayer]:
    from xiancheng.city.readers.registry import read  # noqa: PLC0415 - the registry finds the other readers

    try:
        content = path.read_bytes()
    except OSError as error:
        raise SourceError(path, Text(f"打不开：{error.strerror}", f"cannot be opened: {error.strerror}")) from error
    is_city = re.search(pattern.encode(), content) is not None
    yield from read(path, options, format_name=city if is_city else other)


@dataclass
class _Part:
    """What is gathered of one class."""

    ids: list[str] = field(default_factory=list)
    rows: list[int] = field(default_factory=list)
    geometry: list[Any] = field(default_factory=list)
    values: list[dict[str, Any]] = field(default_factory=list)
    rejections: list[Rejection] = field(default_factory=list)


class _Collection:
    """City objects sorted into classes as they are read."""

    def __init__(self, options: ReadOptions) -> None:
        self.options = options
        self.parts: dict[str, _Part] = {}
        self.skipped: Counter[str] = Counter()
        self.roads_as_areas = 0
        self.lines: list[Rejection] = []
        self.count = 0

    def wants(self, name: str) -> bool:
        classes = self.options.classes
        return name in self.options.catalogue.classes and (classes is None or name in classes)

    def add(self, objects: Mapping[str, Any], vertices: Vertices, row: int | None) -> None:
        """Sort the objects of a model, or of one feature that stands in line `row`."""
        for identifier, item in objects.items():
            self.count += 1
            self.options.progress.advance()
            kind = item.get("type") if isinstance(item, dict) else None
            if kind in _INSIDE_BUILDINGS and any(p in objects for p in item.get("parents", ())):
                continue
            name = "building" if kind == "BuildingPart" else _CLASSES.get(str(kind))
            if name is None or not self.wants(name):
                self.skipped[str(kind)] += 1
                continue
            part = self.parts.setdefault(name, _Part())
            place = self.count if row is None else row
            try:
                geometry, values = _FEATURES[name](item, objects, vertices)
            except GeometryError as error:
                reason = Text(f"几何有误：{error}", f"wrong geometry: {error}")
                part.rejections.append(Rejection(place, identifier, "geometry", reason))
                continue
            if geometry is None and name == "road":
                self.roads_as_areas += 1
                continue
            if geometry is None:
                reason = Text("没有可用的几何", "it has no geometry that can be used")
                part.rejections.append(Rejection(place, identifier, "geometry", reason))
                continue
            part.ids.append(identifier)
            part.rows.append(place)
            part.geometry.append(geometry)
            part.values.append(values)

    def layers(self, datum: str | None, valid_on: date | None) -> Iterator[SourceLayer]:
        notes = self._notes()
        if self.lines and not self.parts:
            self.parts["building"] = _Part()
        for name, part in self.parts.items():
            if not part.ids and not part.rejections and not self.lines:
                continue
            known = {a.name for a in self.options.catalogue[name].attributes}
            names = [k for k in dict.fromkeys(k for values in part.values for k in values) if k in known]
            geometry = np.empty(len(part.ids), dtype=object)
            geometry[:] = part.geometry
            yield SourceLayer(
                name=name,
                columns={k: [values.get(k) for values in part.values] for k in names},
                geometry=geometry,
                rows=np.array(part.rows, dtype=np.int64),
                ids=part.ids,
                feature_class=name,
                datum=datum,
                mapped=True,
                rejections=part.rejections + self.lines,
                valid_on=valid_on,
                notes=notes,
            )
            notes, self.lines = [], []

    def _notes(self) -> list[Text]:
        notes = []
        if self.skipped:
            counts = sorted(self.skipped.items())
            zh = "、".join(f"{kind} {count} 个" for kind, count in counts)
            en = ", ".join(f"{count} {kind}" for kind, count in counts)
            notes.append(Text(f"未采用的城市对象：{zh}", f"city objects not taken: {en}"))
        if self.roads_as_areas:
            n = self.roads_as_areas
            notes.append(
                Text(f"{n} 条道路只有面、没有线，未采用", f"{n} roads not taken: they are areas without lines")
            )
        return notes


def _add_line(collected: _Collection, path: Path, header: Json, templates: Vertices, line: str, row: int) -> None:
    try:
        feature = _feature(path, line, row)
        own = _vertices(path, header, feature)
    except SourceError as error:
        collected.lines.append(Rejection(row, None, None, error.message))
        return
    collected.add(feature["CityObjects"], Vertices(own.xyz, templates.templates, templates.template_xyz), row)


def _building(item: Json, objects: Mapping[str, Any], vertices: Vertices) -> tuple[Any, dict[str, Any]]:
    shapes = [*_bodies(item, objects, vertices, set())]
    solid = [one for one in shapes if one.lod >= 1]
    shapes = solid or shapes  # a footprint of LoD 0 beside the bodies of the parts says nothing more
    own = _attributes(item)
    height = None
    if solid:
        z = np.concatenate([one.points[:, 2] for one in solid])
        height = round(float(np.ptp(z)), 3) or None
    values = {
        "name": own.get("name"),
        "height": height if height is not None else own.get("measuredHeight"),
        "floors": own.get("storeysAboveGround"),
        "year": _year(own.get("yearOfConstruction")),
        "use": _use(own.get("function"), own.get("usage"), own.get("class")),
    }
    return footprint(shapes), values


def _bodies(item: Json, objects: Mapping[str, Any], vertices: Vertices, seen: set[str]) -> Iterator[Shape]:
    """Best shapes of a building and of its parts; `seen` keeps a part that names itself from turning round."""
    chosen = best([shape(g, vertices) for g in item.get("geometry") or ()])
    if chosen is not None:
        yield chosen
    for child in item.get("children") or ():
        part = objects.get(child)
        if child not in seen and isinstance(part, dict) and part.get("type") == "BuildingPart":
            seen.add(child)
            yield from _bodies(part, objects, vertices, seen)


def _area(item: Json, _: Mapping[str, Any], vertices: Vertices) -> tuple[Any, dict[str, Any]]:
    chosen = best([shape(g, vertices) for g in item.get("geometry") or ()])
    return footprint([chosen] if chosen else []), {"name": _attributes(item).get("name")}


def _road(item: Json, _: Mapping[str, Any], vertices: Vertices) -> tuple[Any, dict[str, Any]]:
    lines = [
        shapely.linestrings(line[:, :2])
        for geometry in item.get("geometry") or ()
        for line in shape(geometry, vertices).lines
        if len(line) > 1
    ]
    values = {"name": _attributes(item).get("name")}
    if not lines:
        return None, values
    return (lines[0] if len(lines) == 1 else shapely.MultiLineString(lines)), values


def _tree(item: Json, _: Mapping[str, Any], vertices: Vertices) -> tuple[Any, dict[str, Any]]:
    own = _attributes(item)
    values = {"species": own.get("species"), "trunk_diameter": own.get("trunkDiameter")}
    for geometry in item.get("geometry") or ():
        one = shape(geometry, vertices)
        if one.place is not None:
            return shapely.Point(one.place[:2]), values
        if len(one.points):
            low, high = one.points[:, :2].min(axis=0), one.points[:, :2].max(axis=0)
            return shapely.Point((low + high) / 2), values
    return None, values


_FEATURES: dict[str, Callable[[Json, Mapping[str, Any], Vertices], tuple[Any, dict[str, Any]]]] = {
    "building": _building,
    "road": _road,
    "water_body": _area,
    "green_space": _area,
    "street_tree": _tree,
}


def _attributes(item: Json) -> Json:
    own = item.get("attributes")
    return own if isinstance(own, dict) else {}


def _use(*told: object) -> str | None:
    words = " ".join(str(v) for value in told if value for v in (value if isinstance(value, list) else [value])).lower()
    for use, marks in _USES.items():
        if any(mark in words for mark in marks):
            return use
    return None


def _year(value: object) -> int | None:
    found = re.match(r"\d{4}", str(value)) if value is not None else None
    return int(found[0]) if found else None


def _vertices(path: Path, header: Json, holder: Json) -> Vertices:
    """Return the vertices of `holder`, by the transform of `header`, with the header's templates."""
    templates = header.get("geometry-templates") or {}
    transform = header.get("transform") or {}
    try:
        xyz = np.asarray(holder.get("vertices", []), dtype=float).reshape(-1, 3)
        xyz = xyz * np.asarray(transform.get("scale", 1.0), dtype=float) + np.asarray(
            transform.get("translate", 0.0), dtype=float
        )
        patterns = np.asarray(templates.get("vertices-templates", []), dtype=float).reshape(-1, 3)
        return Vertices(xyz, list(templates.get("templates", ())), patterns)
    except (ValueError, TypeError, AttributeError) as error:
        raise SourceError(
            path,
            Text(f"顶点或变换参数有误：{error}", f"vertices or transform are wrong: {error}"),
            hint=Text("vertices 应为三个数一组", "vertices are triples of numbers"),
        ) from error


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise SourceError(path, Text(f"不是 UTF-8：{error}", f"not UTF-8: {error}")) from error


def _json(path: Path, text: str, row: int | None) -> dict[str, Any]:
    try:
        content = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise SourceError(path, Text(f"不是有效的 JSON：{error}", f"not valid JSON: {error}"), row=row) from error
    if not isinstance(content, dict):
        raise _no_cityjson(path)
    return content


def _feature(path: Path, line: str, row: int) -> dict[str, Any]:
    feature = _json(path, line, row)
    if feature.get("type") != "CityJSONFeature" or not isinstance(feature.get("CityObjects"), dict):
        raise SourceError(path, Text("不是 CityJSONFeature", "not a CityJSONFeature"), row=row)
    return feature


def _no_cityjson(path: Path) -> SourceError:
    return SourceError(
        path,
        Text("不是 CityJSON", "not CityJSON"),
        hint=Text('开头应有 "type": "CityJSON"', 'it should say "type": "CityJSON"'),
    )


def _datum(model: Json) -> str | None:
    stated = (model.get("metadata") or {}).get("referenceSystem")
    if not stated:
        return None
    try:
        return parse_datum(str(stated))
    except XianchengError:
        return str(stated)


def _reference_date(model: Json) -> date | None:
    stated = (model.get("metadata") or {}).get("referenceDate")
    try:
        return date.fromisoformat(str(stated)[:10]) if stated else None
    except ValueError:
        return None
