"""Places in a table: which columns are coordinates, and what their cells say."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import shapely

from xiancheng.city._cells import MISSING, parse_number, plain
from xiancheng.city._code_lookup import squeeze
from xiancheng.city.layer import Geometries
from xiancheng.city.readers._geometry import BROKEN
from xiancheng.city.readers.registry import ReadOptions
from xiancheng.foundation.errors import SourceError, UnknownNameError
from xiancheng.foundation.text import Text

_DATUM = re.compile(r"wgs84|gcj02|bd09(?:ll)?|cgcs2000|国家2000|火星(?:坐标)?|百度(?:坐标)?|高德(?:坐标)?")
_LON = frozenset(["lng", "lon", "long", "longitude", "经度", "东经", "x经度", "经度x", "lngx", "lonx", "中心经度"])
_LAT = frozenset(["lat", "latitude", "纬度", "北纬", "y纬度", "纬度y", "laty", "中心纬度"])
_EAST = frozenset(
    [
        "x",
        "东坐标",
        "x坐标",
        "坐标x",
        "横坐标",
        "横坐标y",
        "东坐标y",
        "东坐标x",
        "pointx",
        "easting",
        "coordx",
        "xcoord",
    ]
)
_NORTH = frozenset(
    [
        "y",
        "北坐标",
        "y坐标",
        "坐标y",
        "纵坐标",
        "纵坐标x",
        "北坐标x",
        "北坐标y",
        "pointy",
        "northing",
        "coordy",
        "ycoord",
    ]
)
_ONE = frozenset(
    [
        *("wkt", "geom", "geometry", "thegeom", "几何", "lnglat", "lonlat", "coordinates", "coordinate", "location"),
        *("坐标", "经纬度", "坐标经纬度", "经纬度坐标", "空间坐标", "地理坐标", "位置坐标"),
    ]
)
_REVERSED = frozenset(["纬经度", "latlng", "latlon", "latlong"])
_WKT = re.compile(r"\s*(?:srid=\d+;)?\s*(?:multi)?(?:point|linestring|polygon|geometrycollection)\b", re.IGNORECASE)
_PAIR = re.compile(r"[(\[]?\s*([+-]?[0-9.]+)\s*(?:[,;/|]|\s)\s*([+-]?[0-9.]+)\s*[)\]]?")
_DEGREES = re.compile(
    r"(?P<side>[nesw东西南北]?)[经纬]?\s*(?P<d>[0-9]{1,3}(?:\.[0-9]+)?)\s*[°度]\s*(?:(?P<m>[0-9]{1,2}(?:\.[0-9]+)?)\s*['′分]\s*)?"
    r"(?:(?P<s>[0-9]{1,2}(?:\.[0-9]+)?)\s*(?:\"|″|''|′′|秒)?\s*)?(?P<after>[nesw]?)"
)


@dataclass
class Places:
    """Geometries of the rows of a table: `geometry` is None for a table without places.

    `columns` are the columns that they were read from.
    """

    geometry: Geometries | None
    reasons: dict[int, Text]
    datum: str | None = None
    columns: tuple[str, ...] = ()


def find_places(path: Path, columns: Mapping[str, Sequence[Any]], options: ReadOptions) -> Places:
    """Find the coordinate columns of a table and read them.

    Parameters
    ----------
    columns
        Column → `n` raw cells.
    options
        `x` and `y` name the columns; else they are found by their headers. A header may state the datum, as
        经度（GCJ-02） does.

    Raises
    ------
    SourceError
        If a column that is asked for does not exist, or only one of two coordinates is there.
    """
    if options.x is not None or options.y is not None:
        return _asked_for(path, columns, options)
    keys = {name: _key(name) for name in columns}
    one = next((name for name, key in keys.items() if key in _ONE | _REVERSED and _has_places(columns[name])), None)
    if one is not None:
        return replace(_single(columns[one], _stated(one), swap=keys[one] in _REVERSED), columns=(one,))
    for xs, ys, degrees in ((_LON, _LAT, True), (_EAST, _NORTH, False)):
        x = next((name for name, key in keys.items() if key in xs), None)
        y = next((name for name, key in keys.items() if key in ys), None)
        if x is not None and y is not None:
            found = _pairs(columns[x], columns[y], _stated(x) or _stated(y), degrees=degrees)
            return replace(found, columns=(x, y))
    alone = next((name for name, key in keys.items() if key in (_LON | _LAT | _EAST | _NORTH) - {"x", "y"}), None)
    if alone is not None:
        raise SourceError(
            path,
            Text("只有一列坐标，缺少另一列", "there is only one coordinate column, the other is missing"),
            field=alone,
            hint=Text(
                "补上另一列，或用 --x、--y 指明两列的名称",
                "add the other column, or name both with --x and --y",
            ),
        )
    return Places(None, {})


def _asked_for(path: Path, columns: Mapping[str, Sequence[Any]], options: ReadOptions) -> Places:
    if options.x is None or options.y is None:
        raise SourceError(
            path,
            Text("--x 和 --y 须同时指明", "--x and --y go together"),
            hint=Text("列：" + "、".join(columns), "columns: " + ", ".join(columns)),
        )
    for name in (options.x, options.y):
        if name not in columns:
            error = UnknownNameError(Text("列", "column"), name, list(columns))
            raise SourceError(path, error.message, field=name, hint=error.hint)
    stated = _stated(options.x) or _stated(options.y)
    found = _pairs(columns[options.x], columns[options.y], stated, degrees=False)
    return replace(found, columns=(options.x, options.y))


def _key(header: str) -> str:
    """Return a header for comparison: its last row (坐标/经度 is 经度), without the datum that it states."""
    last = squeeze(header.rsplit("/", 1)[-1])
    return _DATUM.sub("", last) or last


def _stated(header: str) -> str | None:
    found = _DATUM.search(squeeze(header))
    return found[0] if found else None


def _has_places(values: Sequence[Any]) -> bool:
    """Whether the first cell that holds anything is WKT or a pair of numbers (坐标 may be a column of remarks)."""
    first = next((str(v) for v in values if v is not None and str(v).strip()), None)
    return first is not None and (_WKT.match(first) is not None or _pair(first) is not None)


def _pair(text: str) -> tuple[float, float] | None:
    match = _PAIR.fullmatch(plain(text))
    try:
        return (float(match[1]), float(match[2])) if match else None
    except ValueError:
        return None


def _single(values: Sequence[Any], datum: str | None, *, swap: bool) -> Places:
    geometry: Geometries = np.full(len(values), None, dtype=object)
    reasons: dict[int, Text] = {}
    for index, value in enumerate(values):
        text = "" if value is None else str(value).strip()
        if _WKT.match(text):
            try:
                geometry[index] = shapely.from_wkt(re.sub(r"(?i)^\s*srid=\d+;", "", text))
            except shapely.GEOSException:
                reasons[index] = Text(f"{BROKEN.zh}：{text[:40]}", f"{BROKEN.en}: {text[:40]}")
        elif text:
            pair = _pair(text)
            if pair is None:
                reasons[index] = Text(f"看不懂的坐标“{text[:40]}”", f"the coordinates {text[:40]!r} cannot be read")
            else:
                geometry[index] = shapely.Point(pair[::-1] if swap else pair)
    return Places(geometry, reasons, datum)


def _pairs(xs: Sequence[Any], ys: Sequence[Any], datum: str | None, *, degrees: bool) -> Places:
    n = len(xs)
    points = np.full((n, 2), np.nan)
    reasons: dict[int, Text] = {}
    for axis, values in enumerate((xs, ys)):
        for index, value in enumerate(values):
            try:
                number = coordinate(value)
            except ValueError:
                reasons[index] = Text(f"坐标不是数字：“{value}”", f"the coordinate {str(value)!r} is not a number")
                continue
            if number is not None:
                points[index, axis] = number
    missing = np.isnan(points)
    for row in np.flatnonzero(missing.any(axis=1) & ~missing.all(axis=1)):
        reasons.setdefault(int(row), Text("只有一个坐标", "one of the two coordinates is missing"))
    for row in np.flatnonzero((points == 0.0).all(axis=1)):
        reasons[int(row)] = Text("坐标为 0, 0（未填）", "the coordinates are 0, 0 (not filled in)")
    if degrees:
        # Where most rows are so, the axes are swapped or it is no degrees at all: the datum check says that once.
        outside = (np.abs(points[:, 0]) > 180.0) | (np.abs(points[:, 1]) > 90.0)
        if outside.sum() < 0.5 * (n - missing.any(axis=1).sum()):
            for row in np.flatnonzero(outside):
                shown = f"{points[row, 0]:g}, {points[row, 1]:g}"
                reasons[int(row)] = Text(f"不是经纬度：{shown}", f"not a longitude and latitude: {shown}")
    geometry: Geometries = np.full(n, None, dtype=object)
    good = ~missing.any(axis=1)
    good[list(reasons)] = False
    geometry[good] = shapely.points(points[good])
    return Places(geometry, reasons, datum)


def coordinate(value: Any) -> float | None:  # noqa: ANN401 - a raw cell
    """Read one coordinate: a number in any writing, or degrees, minutes and seconds.

    Raises
    ------
    ValueError
        If it is neither.
    """
    if value is None:
        return None
    if isinstance(value, str):
        try:
            number = float(value)
            if np.isfinite(number) and "_" not in value:
                return number
        except ValueError:
            pass
        text = plain(value)
        if text in MISSING or text == "无":
            return None
        match = _DEGREES.fullmatch(text)
        if match:
            size = float(match["d"]) + float(match["m"] or 0) / 60.0 + float(match["s"] or 0) / 3600.0
            return -size if {match["side"], match["after"]} & {"s", "w", "南", "西"} else size
        if re.search(r"[万亿%]", text):
            raise ValueError
        value = text.rstrip("°度米m ")
    return parse_number(value, None)
