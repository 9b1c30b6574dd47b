"""Checking what a form sends, field by field, before the model sees it."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from datetime import date
from typing import Any

import numpy as np
import shapely
from shapely.geometry import shape
from shapely.geometry.base import BaseGeometry

from xiancheng.city.classes import Attribute, Catalogue, FeatureClass
from xiancheng.city.gpkg import simplest
from xiancheng.city.history import StoreError
from xiancheng.city.recording import check_geometry
from xiancheng.foundation.text import Text
from xiancheng.site.problems import InvalidError
from xiancheng.site.registers.definition import unit_title

GEOMETRY = "geometry"
LONGEST = 2000
"""Characters of a text."""
MOST_POINTS = 100_000
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_NOT_VALID = Text("填写的内容有误", "some fields are not valid")


def checked_attributes(
    feature_class: FeatureClass, catalogue: Catalogue, given: Mapping[str, Any], *, whole: bool
) -> dict[str, Any]:
    """Return attribute values as the model takes them.

    Parameters
    ----------
    given
        Attribute → JSON value; None for "not known".
    whole
        True if this is all that is known of the object: then what is required must be among it.

    Raises
    ------
    InvalidError
        With a reason beside each field that is wrong.
    """
    known = {a.name: a for a in feature_class.attributes}
    fields: dict[str, Text] = {}
    values: dict[str, Any] = {}
    for name, raw in given.items():
        attribute = known.get(name)
        if attribute is None:
            fields[name] = Text(
                f"“{feature_class.title.zh}”没有这个属性", f"a {feature_class.name} has no such attribute"
            )
            continue
        value, reason = checked(attribute, catalogue, raw)
        if reason is not None:
            fields[name] = reason
        values[name] = value
    for attribute in feature_class.attributes:
        missing = values.get(attribute.name) is None and (whole or attribute.name in values)
        if attribute.required and missing and attribute.name not in fields:
            fields[attribute.name] = Text("必填", "required")
    if fields:
        raise InvalidError(_NOT_VALID, fields=fields)
    return values


def checked(attribute: Attribute, catalogue: Catalogue, raw: Any) -> tuple[Any, Text | None]:  # noqa: ANN401
    """Return a JSON value as the model takes it, or why it cannot be."""
    if raw is None or (isinstance(raw, str) and not raw.strip()) or raw == []:
        return None, None
    if attribute.type in {"integer", "number"}:
        return _number(attribute, raw)
    if attribute.type == "boolean":
        return (int(raw), None) if isinstance(raw, bool) else (None, Text("应为是或否", "must be true or false"))
    if attribute.type == "json":
        return json.dumps(raw, ensure_ascii=False, sort_keys=True), None
    if attribute.type == "codes" and isinstance(raw, list) and all(isinstance(part, str) for part in raw):
        raw = ";".join(raw)
    if not isinstance(raw, str):
        return None, Text("应为文字", "must be text")
    return _text(attribute, catalogue, raw.strip())


def _number(attribute: Attribute, raw: Any) -> tuple[Any, Text | None]:  # noqa: ANN401
    if isinstance(raw, bool) or not isinstance(raw, int | float) or not math.isfinite(raw):
        return None, Text("应为数字", "must be a number")
    if attribute.type == "integer" and raw != math.floor(raw):
        return None, Text("应为整数", "must be a whole number")
    if abs(raw) > 2**53:
        return None, Text("数字太大", "the number is too large")
    return raw, out_of_range(attribute, raw)


def out_of_range(attribute: Attribute, value: float) -> Text | None:
    """Return why a number is beyond what the catalogue allows; None if it is not."""
    low, high = attribute.minimum, attribute.maximum
    if (low is None or value >= low) and (high is None or value <= high):
        return None
    unit = unit_title(attribute.unit)
    zh, en = ("", "") if unit is None else (f" {unit.zh}", f" {unit.en}")
    if high is None:
        return Text(f"应不小于 {low:g}{zh}", f"must be at least {low:g}{en}")
    if low is None:
        return Text(f"应不大于 {high:g}{zh}", f"must be at most {high:g}{en}")
    return Text(f"应在 {low:g} 至 {high:g}{zh} 之间", f"must lie between {low:g} and {high:g}{en}")


def _text(attribute: Attribute, catalogue: Catalogue, text: str) -> tuple[Any, Text | None]:
    if len(text) > LONGEST:
        return None, Text(f"最多 {LONGEST} 个字", f"at most {LONGEST} characters")
    if _CONTROL.search(text):
        return None, Text("含有不可见的控制字符", "contains control characters")
    if attribute.type == "date":
        try:
            return date.fromisoformat(text).isoformat(), None
        except ValueError:
            return None, Text("应为日期，如 2025-09-01", "must be a date such as 2025-09-01")
    if attribute.type in {"code", "codes"}:
        codes = catalogue.codes.get(attribute.codes or "", {})
        parts = [p.strip() for p in text.split(";") if p.strip()] if attribute.type == "codes" else [text]
        wrong = [part for part in parts if part not in codes]
        if wrong:
            return None, Text(f"代码表中没有“{'、'.join(wrong)}”", f"not in the code list: {', '.join(wrong)}")
        return ";".join(dict.fromkeys(parts)), None
    return text, None


def checked_geometry(feature_class: FeatureClass, given: Mapping[str, Any]) -> BaseGeometry:
    """Return a GeoJSON geometry as the model takes it: two dimensions, degrees, of the class's kind, valid.

    Raises
    ------
    InvalidError
        With the reason beside the field ``geometry``.
    """
    try:
        made = shapely.force_2d(shape(given))
    except (ValueError, TypeError, KeyError, AttributeError, IndexError, shapely.errors.ShapelyError) as error:
        raise _wrong_geometry(Text("不是有效的 GeoJSON 几何", "not a valid GeoJSON geometry")) from error
    if shapely.get_num_coordinates(made) > MOST_POINTS:
        raise _wrong_geometry(Text(f"最多 {MOST_POINTS} 个点", f"at most {MOST_POINTS} points"))
    plain = simplest(np.array([made], dtype=object))
    try:
        check_geometry(feature_class, plain)
    except StoreError as error:
        raise _wrong_geometry(error.message) from error
    geometry: BaseGeometry = plain[0]
    if not geometry.is_valid:
        reason = str(shapely.is_valid_reason(geometry))
        raise _wrong_geometry(
            Text(f"图形自相交或无效（{reason}）", f"the shape crosses itself or is not valid ({reason})")
        )
    return geometry


def _wrong_geometry(reason: Text) -> InvalidError:
    return InvalidError(_NOT_VALID, fields={GEOMETRY: reason})
