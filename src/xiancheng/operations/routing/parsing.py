"""From what a person wrote to a rule: one row of a table or one entry of a TOML file."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import shapely

from xiancheng.foundation.errors import ConfigError, XianchengError
from xiancheng.foundation.text import Text
from xiancheng.operations.routing.rule import Rule
from xiancheng.operations.routing.settings import RoutingSettings
from xiancheng.operations.routing.week import Window
from xiancheng.operations.terms import CategoryKey

_BETWEEN = re.compile(r"[、,，;；|\s]+")
_DATE = re.compile(r"([0-9]{4})[-/.年]([0-9]{1,2})[-/.月]([0-9]{1,2})日?")
_DIGITS = re.compile(r"(\d)\.0+\Z")
_WEEKDAYS = {name: number for number, name in enumerate("一二三四五六日", 1)} | {"天": 7}
_FIELDS = frozenset(
    ["id", "category", "areas", "polygon", "owner", "valid_from", "valid_until", "weekdays", "hours", "lead",
     "assisting", "priority", "note", "basis"]
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class RuleProblem:
    """What is wrong with a rule: `where` names the row or the entry."""

    where: Text
    field: str | None
    reason: Text

    def text(self) -> Text:
        """Return it as one line."""
        zh = f"{self.where.zh}" + (f"“{self.field}”" if self.field else "") + f"：{self.reason.zh}"
        en = f"{self.where.en}" + (f", {self.field}" if self.field else "") + f": {self.reason.en}"
        return Text(zh, en)


class _Wrong(Exception):  # noqa: N818 - it never leaves this module
    def __init__(self, field: str | None, reason: Text) -> None:
        super().__init__(reason.en)
        self.field, self.reason = field, reason


def words(value: object) -> tuple[str, ...]:
    """Return the items of a list, or of text with commas, 、, semicolons or spaces between; no item twice."""
    if value is None:
        return ()
    items = map(_plain, value) if isinstance(value, (list, tuple)) else _BETWEEN.split(_plain(value))
    return tuple(dict.fromkeys(item for item in items if item))


def parse_rule(raw: Mapping[str, Any], where: Text, settings: RoutingSettings) -> Rule | RuleProblem:
    """Return the rule that a row or an entry is, or what is wrong with it.

    Parameters
    ----------
    raw
        Field → value as the file has it; empty text and None are not given.
    where
        What names the row or the entry.
    settings
        Settings of routing.
    """
    given = {name: value for name, value in raw.items() if value is not None and value not in ("", [])}
    try:
        _only_known(given)
        return Rule(
            id=_required(given, "id"),
            lead=_required(given, "lead"),
            assisting=words(given.get("assisting")),
            categories=_categories(given, settings),
            areas=words(given.get("areas")),
            polygon=_polygon(given.get("polygon")),
            owner=_plain(given["owner"]) if "owner" in given else None,
            window=_window(given),
            priority=_integer(given, "priority"),
            note=_plain(given.get("note", "")),
            basis=_plain(given.get("basis", "")),
            **_validity(given),
        )
    except _Wrong as wrong:
        return RuleProblem(where, wrong.field, wrong.reason)


def _only_known(given: Mapping[str, Any]) -> None:
    for name in sorted(given.keys() - _FIELDS):
        fields = sorted(_FIELDS)
        raise _Wrong(
            name, Text("没有这个字段；有：" + "、".join(fields), "no such field; there are " + ", ".join(fields))
        )


def parse_category(text: str, settings: RoutingSettings) -> CategoryKey:
    """Return the category that a cell of a table names; ``.0`` that a spreadsheet put behind a code is taken off."""
    return settings.category(_DIGITS.sub(r"\1", text))


def _required(given: Mapping[str, Any], name: str) -> str:
    text = _plain(given.get(name, ""))
    if not text:
        raise _Wrong(name, Text("必填", "is required"))
    return text


def _plain(value: object) -> str:
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).strip()


def _integer(given: Mapping[str, Any], name: str) -> int:
    try:
        return int(_DIGITS.sub(r"\1", _plain(given.get(name, 0))))
    except ValueError:
        raise _Wrong(name, Text(f"“{given[name]}”不是整数", f"{given[name]!r} is no whole number")) from None


def _categories(given: Mapping[str, Any], settings: RoutingSettings) -> tuple[CategoryKey, ...]:
    try:
        return tuple(dict.fromkeys(parse_category(text, settings) for text in words(given.get("category"))))
    except ConfigError as error:
        raise _Wrong("category", error.message) from None


def _polygon(value: object) -> shapely.Geometry | None:
    if value is None:
        return None
    try:
        shape = (
            shapely.polygons(value)
            if isinstance(value, list)
            else shapely.from_geojson(value)
            if str(value).lstrip().startswith("{")
            else shapely.from_wkt(str(value))
        )
    except (shapely.errors.ShapelyError, ValueError, TypeError) as error:
        raise _Wrong("polygon", Text(f"不是多边形：{error}", f"is no polygon: {error}")) from None
    if shape is None or shape.geom_type not in {"Polygon", "MultiPolygon"} or shape.is_empty or not shape.is_valid:
        raise _Wrong(
            "polygon",
            Text(
                "应为有效的多边形（WKT、GeoJSON 或经纬度列表）",
                "must be a valid polygon (WKT, GeoJSON or a list of lon, lat)",
            ),
        )
    west, south, east, north = shape.bounds
    if west < -180 or east > 180 or south < -90 or north > 90:
        raise _Wrong("polygon", Text("坐标应为 CGCS2000 经纬度（度）", "must be in CGCS2000 degrees"))
    return shape


def _validity(given: Mapping[str, Any]) -> dict[str, date | None]:
    first, last = _date(given, "valid_from"), _date(given, "valid_until")
    if first and last and last < first:
        raise _Wrong("valid_until", Text(f"早于启用日期 {first}", f"is before valid_from {first}"))
    return {"valid_from": first, "valid_until": last}


def _date(given: Mapping[str, Any], name: str) -> date | None:
    value = given.get(name)
    if value is None:
        return None
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    found = _DATE.fullmatch(_plain(value))
    try:
        if found:
            return date(*map(int, found.groups()))
    except ValueError:
        pass
    raise _Wrong(name, Text(f"“{value}”不是日期，写成 2026-07-01", f"{value!r} is no date; write 2026-07-01"))


def _window(given: Mapping[str, Any]) -> Window | None:
    weekdays = given.get("weekdays")
    days: list[int] = []
    for word in words(weekdays):
        days += _days(word)
    hours = words(
        re.sub(r"\s*([-–—~～至])\s*", r"\1", given["hours"])
        if isinstance(given.get("hours"), str)
        else given.get("hours")
    )
    if not days and not hours:
        return None
    try:
        return Window.of(days, hours)
    except XianchengError as error:
        raise _Wrong("hours", error.message) from None


def _days(word: str) -> list[int]:
    """Return the weekdays that ``3``, ``1-5``, 周三 or 周一至周五 name."""
    ends = [part.removeprefix("星期").removeprefix("周") for part in re.split(r"[-–~～至]", word)]
    numbers = [_WEEKDAYS.get(part, int(part) if part in "1234567" and part else 0) for part in ends]
    if not all(numbers) or len(numbers) > 2:
        raise _Wrong(
            "weekdays", Text(f"“{word}”看不懂，写成 1-5 或 6,7", f"{word!r} is not understood; write 1-5 or 6,7")
        )
    first, last = numbers[0], numbers[-1]
    return [(first - 1 + i) % 7 + 1 for i in range((last - first) % 7 + 1)]
