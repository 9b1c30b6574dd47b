"""From the address of a list to what is asked: filters by attribute, day, sort and page."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from django.http import HttpRequest

from xiancheng.city.classes import Attribute, Catalogue, FeatureClass
from xiancheng.city.history import today
from xiancheng.city.store import Box
from xiancheng.foundation.errors import UnknownNameError
from xiancheng.foundation.text import Text
from xiancheng.site.problems import InvalidError
from xiancheng.site.registers.listing import FIXED_SORTS, Filter, Listing

PREFIX = "f."
_PARTS = ("min", "max", "known")
_WRONG = Text("筛选条件不对", "the filter is not valid")
_TRUTH = {"true": True, "1": True, "false": False, "0": False}

OPENAPI: dict[str, Any] = {
    "parameters": [
        {
            "in": "query",
            "name": "f",
            "required": False,
            "description": (
                "按属性筛选 / filter by attribute: f.<attribute>=value (repeat for any of several), "
                "f.<attribute>.min=, f.<attribute>.max=, f.<attribute>.known=true|false"
            ),
            "schema": {"type": "string"},
        }
    ]
}
"""What the schema cannot say by types: the names of these parameters depend on the class."""


def listing_of(
    request: HttpRequest,
    feature_class: FeatureClass,
    catalogue: Catalogue,
    *,
    q: str = "",
    on: date | None = None,
    include_closed: bool = False,
    bbox: str = "",
    sort: str = "",
    limit: int | None = None,
    offset: int = 0,
) -> Listing:
    """Return what a request asks for.

    Raises
    ------
    InvalidError
        Naming the parameter that is wrong.
    """
    name = sort.removeprefix("-")
    if name and name not in FIXED_SORTS and not any(a.name == name for a in feature_class.attributes):
        raise _wrong("sort", Text(f"不能按“{name}”排序", f"cannot sort by {name!r}"))
    if "\x00" in q:
        raise _wrong("q", Text("含有控制字符", "contains control characters"))
    return Listing(
        on=on or today(),
        search=q[:200],
        filters=tuple(_filters(request, feature_class, catalogue)),
        include_closed=include_closed,
        bbox=_box(bbox) if bbox else None,
        sort=sort or "object_id",
        limit=limit,
        offset=offset,
    )


def _filters(request: HttpRequest, feature_class: FeatureClass, catalogue: Catalogue) -> Iterable[Filter]:
    asked: dict[str, dict[str, list[str]]] = {}
    for key, values in request.GET.lists():
        if not key.startswith(PREFIX):
            continue
        name, _, part = key.removeprefix(PREFIX).partition(".")
        if part and part not in _PARTS:
            raise _wrong(key, Text("可用 min、max、known", "there are min, max and known"))
        asked.setdefault(name, {})[part] = [v for v in map(str, values) if v]
    for name, parts in asked.items():
        try:
            attribute = feature_class.attribute(name)
        except UnknownNameError as error:
            raise _wrong(PREFIX + name, error.message) from error
        yield Filter(
            attribute,
            values=tuple(_value(attribute, catalogue, text, PREFIX + name) for text in parts.get("", ())),
            minimum=_bound(attribute, parts.get("min", ()), f"{PREFIX}{name}.min"),
            maximum=_bound(attribute, parts.get("max", ()), f"{PREFIX}{name}.max"),
            known=_truth(parts.get("known", ()), f"{PREFIX}{name}.known"),
        )


def _value(attribute: Attribute, catalogue: Catalogue, text: str, key: str) -> Any:  # noqa: ANN401
    if "\x00" in text:
        raise _wrong(key, Text("含有控制字符", "contains control characters"))
    if attribute.type in {"integer", "number"}:
        return _number(text, key)
    if attribute.type == "boolean":
        return _truth([text], key)
    if attribute.type == "date":
        return _day(text, key)
    if attribute.type in {"code", "codes"} and text not in catalogue.codes.get(attribute.codes or "", {}):
        raise _wrong(key, Text(f"代码表中没有“{text}”", f"{text!r} is not in the code list"))
    return text


def _bound(attribute: Attribute, texts: Iterable[str], key: str) -> Any:  # noqa: ANN401
    text = next(iter(texts), None)
    if text is None:
        return None
    if attribute.type in {"integer", "number"}:
        return _number(text, key)
    if attribute.type == "date":
        return _day(text, key)
    raise _wrong(key, Text("只有数字和日期有上下限", "only numbers and dates have bounds"))


def _number(text: str, key: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = float("nan")
    if not abs(number) <= 1e15:
        raise _wrong(key, Text("应为数字", "must be a number"))
    return number


def _day(text: str, key: str) -> str:
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        raise _wrong(key, Text("应为日期，如 2025-09-01", "must be a date such as 2025-09-01")) from None


def _truth(texts: Iterable[str], key: str) -> bool | None:
    text = next(iter(texts), None)
    if text is None:
        return None
    if text.lower() not in _TRUTH:
        raise _wrong(key, Text("应为 true 或 false", "must be true or false"))
    return _TRUTH[text.lower()]


def _box(text: str) -> Box:
    try:
        west, south, east, north = map(float, text.split(","))
    except ValueError:
        west = south = east = north = float("nan")
    if not (abs(west) <= 180 and abs(east) <= 180 and abs(south) <= 90 and abs(north) <= 90):
        raise _wrong("bbox", Text("应为 西,南,东,北（度）", "must be west,south,east,north in degrees"))
    return west, south, east, north


def _wrong(key: str, reason: Text) -> InvalidError:
    return InvalidError(_WRONG, reason, fields={key: reason})
