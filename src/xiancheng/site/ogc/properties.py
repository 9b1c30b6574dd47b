"""The properties of a collection's features: their kinds for filters, their JSON Schema, their values in JSON."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import orjson

from xiancheng.city.classes import Attribute, Catalogue, FeatureClass
from xiancheng.foundation.text import Text
from xiancheng.site.ogc.cql2 import Kind

GEOMETRY = "geometry"
ID = "object_id"
Purpose = Literal["return", "query", "create", "replace", "update"]

_KINDS: dict[str, Kind] = {
    "text": Kind.TEXT, "code": Kind.TEXT, "integer": Kind.NUMBER, "number": Kind.NUMBER, "boolean": Kind.BOOLEAN,
    "date": Kind.INSTANT, "codes": Kind.ARRAY,
}  # fmt: skip
"""Type of an attribute → kind in a filter; documents (``json``) cannot be filtered by."""

FIXED_KINDS: dict[str, Kind] = {
    ID: Kind.TEXT, "valid_from": Kind.INSTANT, "valid_to": Kind.INSTANT, "recorded_from": Kind.INSTANT,
    "source": Kind.TEXT, "cim_level": Kind.NUMBER,
}  # fmt: skip

IN_DATABASE = frozenset({ID, "valid_from", "source", "cim_level"})
"""Properties besides the attributes that are columns of the database just as they are shown."""

_TITLES = {
    ID: Text("编号", "identifier"),
    "valid_from": Text("有效期开始（当日起）", "valid from (this day on)"),
    "valid_to": Text(
        "有效期结束（当日起不再存在）；空为至今", "valid to (no longer on this day); null: until further notice"
    ),
    "recorded_from": Text("登记时间", "recorded at"),
    "source": Text("来源", "source"),
    "cim_level": Text("CIM 精细度等级", "CIM level of detail"),
    GEOMETRY: Text("几何", "geometry"),
}
_FIXED_SCHEMA: dict[str, dict[str, Any]] = {
    ID: {"type": "string", "x-ogc-role": "id"},
    "valid_from": {"type": "string", "format": "date", "x-ogc-role": "primary-interval-start"},
    "valid_to": {"type": "string", "format": "date", "x-ogc-role": "primary-interval-end"},
    "recorded_from": {"type": "string", "format": "date-time"},
    "source": {"type": "string"},
    "cim_level": {"type": "integer", "minimum": 1, "maximum": 7},
}
_FORMATS = {
    "point": "geometry-point", "line": "geometry-linestring-or-multilinestring",
    "polygon": "geometry-polygon-or-multipolygon", "any": "geometry-any",
}  # fmt: skip


def kinds(feature_class: FeatureClass) -> dict[str, Kind]:
    """Return property → kind of everything that a filter may name."""
    found = {a.name: _KINDS[a.type] for a in feature_class.attributes if a.type in _KINDS}
    found |= FIXED_KINDS
    if feature_class.has_geometry:
        found[GEOMETRY] = Kind.GEOMETRY
    return found


def schema(feature_class: FeatureClass, catalogue: Catalogue, purpose: Purpose, address: str) -> dict[str, Any]:
    """Return the JSON Schema of a collection's properties.

    Parameters
    ----------
    purpose
        ``return``: what features have; ``query``: what filters may name; ``create``, ``replace``: what a new feature
        or one that takes its place must have; ``update``: what a patch may have.
    address
        Where the schema can be had.
    """
    queried, given = purpose == "query", purpose in {"create", "replace", "update"}
    entries: dict[str, dict[str, Any]] = {}
    if not given:
        entries |= {name: {"title": _TITLES[name].get(), **_FIXED_SCHEMA[name]} for name in _FIXED_SCHEMA}
        if not queried:
            entries = {name: {**entry, "readOnly": True} for name, entry in entries.items()}
    for attribute in feature_class.attributes:
        if not (queried and attribute.type == "json"):
            entries[attribute.name] = _attribute(attribute, catalogue, open_codes=queried)
    if feature_class.has_geometry:
        place = {"title": _TITLES[GEOMETRY].get(), "format": _FORMATS[feature_class.geometry]}
        entries[GEOMETRY] = place if queried else {**place, "x-ogc-role": "primary-geometry"}
    for place_in_order, entry in enumerate(entries.values(), 1):
        entry["x-ogc-propertySeq"] = place_in_order
    document: dict[str, Any] = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": address,
        "type": "object",
        "title": feature_class.title.get(),
        "properties": entries,
        "additionalProperties": False,
    }
    if purpose in {"create", "replace"}:
        place_needed = [GEOMETRY] if feature_class.has_geometry else []
        document["required"] = [*(a.name for a in feature_class.attributes if a.required), *place_needed]
    return document


def _attribute(attribute: Attribute, catalogue: Catalogue, *, open_codes: bool) -> dict[str, Any]:
    entry: dict[str, Any] = {"title": attribute.title.get()}
    codes = catalogue.codes.get(attribute.codes or "", {})
    listed: dict[str, Any] = {"type": "string"}
    if codes and not open_codes:
        # What was imported before a code list changed may have a code that it no longer has.
        listed["enum"] = list(codes)
        listed["x-ogc-codelist-titles"] = {code: title.get() for code, title in codes.items()}
    if attribute.type == "code":
        entry |= listed
    elif attribute.type == "codes":
        entry |= {"type": "array", "items": listed}
    elif attribute.type == "date":
        entry |= {"type": "string", "format": "date"}
    elif attribute.type != "json":
        entry["type"] = "string" if attribute.type == "text" else attribute.type
    if attribute.unit and attribute.unit != "1":
        entry["x-ogc-unit"] = attribute.unit
    if attribute.minimum is not None:
        entry["minimum"] = attribute.minimum
    if attribute.maximum is not None:
        entry["maximum"] = attribute.maximum
    return entry


def shown(attribute: Attribute, column: list[Any]) -> list[Any]:
    """Return a column of the database as JSON shows it."""
    kind = attribute.type
    if kind == "boolean":
        return [None if v is None else bool(v) for v in column]
    if kind == "codes":
        return [None if v is None else v.split(";") for v in column]
    if kind == "json":
        return [None if v is None else _document(v) for v in column]
    return column


def _document(text: str) -> Any:  # noqa: ANN401 - any JSON value
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return text


def unknown_names(given: Mapping[str, object], feature_class: FeatureClass) -> list[str]:
    """Return the names among `given` that no attribute of the class has."""
    known = {a.name for a in feature_class.attributes}
    return [name for name in given if name not in known]
