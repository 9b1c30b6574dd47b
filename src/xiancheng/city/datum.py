"""Datums: where coordinates mean to be, and how they come to CGCS2000.

The city model stores CGCS2000 longitude and latitude (EPSG:4490). CGCS2000 and WGS-84 (as receivers give it) agree
within 1 m, so coordinates pass unchanged between them. GCJ-02 is a shift of 100 to 700 m that web maps in China apply
inside a box around the country; BD-09 shifts GCJ-02 by roughly another 900 m. Everything else is a coordinate
reference system that pyproj knows: an EPSG code, WKT or a PROJ string.

Source of the GCJ-02 and BD-09 formulas: the public algorithm as in wandergis/coordTransform.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import cast

import numpy as np
import numpy.typing as npt
import shapely
from pyproj import CRS, Geod, Transformer
from pyproj.exceptions import CRSError

from xiancheng.city.county import STORED_CRS
from xiancheng.city.layer import Geometries
from xiancheng.foundation.errors import SourceError, UnknownNameError
from xiancheng.foundation.text import Text

Floats = npt.NDArray[np.float64]

CHINA_BOX = (73.66, 3.86, 135.05, 53.55)
"""Longitude and latitude (west, south, east, north) outside which GCJ-02 does not shift."""

_A = 6378245.0
_EE = 0.00669342162296594323
_X_PI = np.pi * 3000.0 / 180.0
_BD_LON, _BD_LAT = 0.0065, 0.006
_TOLERANCE = 1e-12
_MAX_STEPS = 30
_BLOCK = 16384

_SPELLINGS = {
    "CGCS2000": ("cgcs2000", "cgcs", "国家2000", "国家2000坐标系", "2000国家大地坐标系", "大地2000", "2000坐标系"),
    "WGS84": ("wgs84", "wgs1984", "crs84", "ogccrs84", "gps", "gps坐标"),
    "GCJ02": ("gcj02", "gcj", "火星坐标", "火星坐标系", "国测局坐标", "高德", "高德坐标", "腾讯", "腾讯坐标", "amap"),
    "BD09": ("bd09", "bd09ll", "baidu", "百度", "百度坐标", "百度坐标系"),
}
_BY_SPELLING = {spelling: name for name, spellings in _SPELLINGS.items() for spelling in spellings}
_SAME = {"EPSG:4490": "CGCS2000", "EPSG:4480": "CGCS2000", "EPSG:4326": "WGS84", "EPSG:4979": "WGS84"}
_TITLES = {
    "CGCS2000": Text("2000国家大地坐标系（CGCS2000）经纬度", "CGCS2000 longitude, latitude"),
    "WGS84": Text("WGS-84 经纬度", "WGS-84 longitude, latitude"),
    "GCJ02": Text("GCJ-02（高德、腾讯等网络地图）经纬度", "GCJ-02 longitude, latitude (AMap, Tencent)"),
    "BD09": Text("BD-09（百度地图）经纬度", "BD-09 longitude, latitude (Baidu)"),
}
_SHIFTED = frozenset({"GCJ02", "BD09"})
_WITHIN_A_METRE = ("World Geodetic System 1984", "WGS 1984", "WGS 84", "China 2000", "European Terrestrial Reference")
"""Beginnings of names of datums that agree with CGCS2000 within 1 m, so that no transformation is needed."""


def inside_china_box(lon: Floats, lat: Floats) -> npt.NDArray[np.bool_]:
    """Whether GCJ-02 shifts a place: ``(n,)`` booleans, borders included."""
    west, south, east, north = CHINA_BOX
    return (lon >= west) & (lon <= east) & (lat >= south) & (lat <= north)


def _shift(lon: Floats, lat: Floats) -> tuple[Floats, Floats]:
    """Return the GCJ-02 shift in degrees, without asking whether the place is in China."""
    x, y = lon - 105.0, lat - 35.0
    root = np.sqrt(np.abs(x))
    common = (20.0 * np.sin(6.0 * np.pi * x) + 20.0 * np.sin(2.0 * np.pi * x)) * 2.0 / 3.0
    north = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * root + common
    north += (20.0 * np.sin(np.pi * y) + 40.0 * np.sin(np.pi / 3.0 * y)) * 2.0 / 3.0
    north += (160.0 * np.sin(np.pi / 12.0 * y) + 320.0 * np.sin(np.pi / 30.0 * y)) * 2.0 / 3.0
    east = 300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * root + common
    east += (20.0 * np.sin(np.pi * x) + 40.0 * np.sin(np.pi / 3.0 * x)) * 2.0 / 3.0
    east += (150.0 * np.sin(np.pi / 12.0 * x) + 300.0 * np.sin(np.pi / 30.0 * x)) * 2.0 / 3.0
    radians = np.radians(lat)
    magic = 1.0 - _EE * np.sin(radians) ** 2
    root_magic = np.sqrt(magic)
    per_lon = _A / root_magic * np.cos(radians) * np.pi / 180.0
    per_lat = _A * (1.0 - _EE) / (magic * root_magic) * np.pi / 180.0
    return east / per_lon, north / per_lat


def _invert(forward: Callable[[Floats, Floats], tuple[Floats, Floats]], x: Floats, y: Floats) -> tuple[Floats, Floats]:
    """Solve ``forward(p) = (x, y)`` by fixed-point steps; both shifts contract by 0.02 or better a step.

    Blocks stay in the processor's cache; in a block only the points that still move are computed again.
    """
    px, py = x.copy(), y.copy()
    for start in range(0, len(x), _BLOCK):
        at = np.arange(start, min(start + _BLOCK, len(x)))
        for _ in range(_MAX_STEPS):
            fx, fy = forward(px[at], py[at])
            dx, dy = x[at] - fx, y[at] - fy
            px[at] += dx
            py[at] += dy
            at = at[np.fmax(np.abs(dx), np.abs(dy)) > _TOLERANCE]
            if at.size == 0:
                break
    return px, py


def _shifted(lon: Floats, lat: Floats) -> tuple[Floats, Floats]:
    east, north = _shift(lon, lat)
    return lon + east, lat + north


def wgs84_to_gcj02(lon: npt.ArrayLike, lat: npt.ArrayLike) -> tuple[Floats, Floats]:
    """Shift WGS-84 (or CGCS2000) to GCJ-02.

    Parameters
    ----------
    lon, lat
        ``(n,)`` degrees.

    Returns
    -------
    tuple of (n,) arrays
        Longitude and latitude in degrees; unchanged outside :data:`CHINA_BOX` and where not a number.
    """
    lon, lat = np.atleast_1d(np.asarray(lon, np.float64)), np.atleast_1d(np.asarray(lat, np.float64))
    inside = inside_china_box(lon, lat)
    out_lon, out_lat = lon.copy(), lat.copy()
    out_lon[inside], out_lat[inside] = _shifted(lon[inside], lat[inside])
    return out_lon, out_lat


def gcj02_to_wgs84(lon: npt.ArrayLike, lat: npt.ArrayLike) -> tuple[Floats, Floats]:
    """Take the GCJ-02 shift away, iterating until the forward formula gives the input back.

    The forward formula stops shifting at the border of :data:`CHINA_BOX`. Just outside the border two places have the
    same GCJ-02 coordinates: one inside, shifted out, and the point itself. The inside one is returned, so every place
    in the box comes back from its GCJ-02 coordinates, and ``wgs84_to_gcj02(gcj02_to_wgs84(p)) = p`` holds wherever
    some place has the GCJ-02 coordinates `p`. Coordinates that no place has (a strip some 600 m wide just inside the
    border) continue the shift smoothly.

    Parameters
    ----------
    lon, lat
        ``(n,)`` degrees.

    Returns
    -------
    tuple of (n,) arrays
        Longitude and latitude in degrees, exact to about 1e-12 degree.
    """
    lon, lat = np.atleast_1d(np.asarray(lon, np.float64)), np.atleast_1d(np.asarray(lat, np.float64))
    west, south, east, north = CHINA_BOX
    margin = 0.05
    near = (lon >= west - margin) & (lon <= east + margin) & (lat >= south - margin) & (lat <= north + margin)
    out_lon, out_lat = lon.copy(), lat.copy()
    x, y = _invert(_shifted, lon[near], lat[near])
    # Inside the box by a hair's breadth of the iteration's own error counts as on the border.
    snapped_x = np.where(np.abs(x - np.clip(x, west, east)) < 1e-11, np.clip(x, west, east), x)
    snapped_y = np.where(np.abs(y - np.clip(y, south, north)) < 1e-11, np.clip(y, south, north), y)
    moved = inside_china_box(snapped_x, snapped_y) | inside_china_box(lon[near], lat[near])
    out_lon[near] = np.where(moved, snapped_x, lon[near])
    out_lat[near] = np.where(moved, snapped_y, lat[near])
    return out_lon, out_lat


def _to_bd09(lon: Floats, lat: Floats) -> tuple[Floats, Floats]:
    radius = np.hypot(lon, lat) + 0.00002 * np.sin(lat * _X_PI)
    angle = np.arctan2(lat, lon) + 0.000003 * np.cos(lon * _X_PI)
    return radius * np.cos(angle) + _BD_LON, radius * np.sin(angle) + _BD_LAT


def gcj02_to_bd09(lon: npt.ArrayLike, lat: npt.ArrayLike) -> tuple[Floats, Floats]:
    """Shift GCJ-02 to BD-09: ``(n,)`` degrees in and out. The published formula asks for no border."""
    return _to_bd09(np.atleast_1d(np.asarray(lon, np.float64)), np.atleast_1d(np.asarray(lat, np.float64)))


def bd09_to_gcj02(lon: npt.ArrayLike, lat: npt.ArrayLike) -> tuple[Floats, Floats]:
    """Take the BD-09 shift away, iterating until the forward formula gives the input back: ``(n,)`` degrees."""
    return _invert(_to_bd09, np.atleast_1d(np.asarray(lon, np.float64)), np.atleast_1d(np.asarray(lat, np.float64)))


def wgs84_to_bd09(lon: npt.ArrayLike, lat: npt.ArrayLike) -> tuple[Floats, Floats]:
    """Shift WGS-84 (or CGCS2000) to BD-09: ``(n,)`` degrees in and out."""
    return gcj02_to_bd09(*wgs84_to_gcj02(lon, lat))


def bd09_to_wgs84(lon: npt.ArrayLike, lat: npt.ArrayLike) -> tuple[Floats, Floats]:
    """Take the BD-09 and the GCJ-02 shift away: ``(n,)`` degrees in and out."""
    return gcj02_to_wgs84(*bd09_to_gcj02(lon, lat))


_FROM_SHIFTED = {"GCJ02": gcj02_to_wgs84, "BD09": bd09_to_wgs84}
_TO_SHIFTED = {"GCJ02": wgs84_to_gcj02, "BD09": wgs84_to_bd09}


def parse_datum(text: str) -> str:
    """Return the normal name of a datum.

    Parameters
    ----------
    text
        Any usual spelling: ``CGCS2000``, 国家2000, ``wgs-84``, ``gcj-02``, 火星坐标, ``bd-09``, 百度, ``4326``,
        ``EPSG:4525``, ``urn:ogc:def:crs:EPSG::4490``, "CGCS2000 中央经线111", WKT or a PROJ string.

    Returns
    -------
    str
        ``CGCS2000``, ``WGS84``, ``GCJ02``, ``BD09``, ``EPSG:nnnn``, or WKT for a system that EPSG does not list.

    Raises
    ------
    UnknownNameError
        If no one knows it.
    """
    return _parse(text.strip())


@lru_cache(maxsize=256)
def _parse(text: str) -> str:
    key = re.sub(r"[\s_\-()（）]", "", text.lower())
    if key in _BY_SPELLING:
        return _BY_SPELLING[key]
    zone = re.fullmatch(r"(?:cgcs2000|国家2000).*?(7[5-9]|[89]\d|1[0-2]\d|13[0-5])(?:e|度|°|°e)?", key)
    if zone and "zone" not in key and int(zone[1]) % 3 == 0:
        return f"EPSG:{4534 + (int(zone[1]) - 75) // 3}"
    crs = _named_crs(text)
    if crs is None:
        raise UnknownNameError(Text("坐标基准", "datum"), text, [*_TITLES, "EPSG:4490", "EPSG:4546"])
    code = crs.to_epsg()
    if code is not None:
        return _SAME.get(f"EPSG:{code}", f"EPSG:{code}")
    if crs.to_authority() == ("OGC", "CRS84"):
        return "WGS84"
    return crs.to_wkt()


def _named_crs(text: str) -> CRS | None:
    if not text.isascii() and "[" not in text:
        return None  # no name in the registry is so; looking for near ones would take PROJ half a second
    try:
        return _two_dimensional(CRS.from_user_input(int(text) if text.isdigit() else text))
    except (CRSError, ValueError, OverflowError):
        return None


def _two_dimensional(crs: CRS) -> CRS:
    """Heights pass through unchanged, so only the horizontal part of a compound system matters."""
    if crs.is_compound:
        crs = crs.sub_crs_list[0]
    return crs.to_2d() if len(crs.axis_info) == 3 else crs


@lru_cache(maxsize=64)
def _crs(datum: str) -> CRS:
    return CRS.from_user_input({"CGCS2000": STORED_CRS, "WGS84": "EPSG:4326"}.get(datum, datum))


@lru_cache(maxsize=64)
def _transformer(source: str, target: str) -> Transformer:
    return Transformer.from_crs(_crs(source), _crs(target), always_xy=True)


def describe_datum(text: str) -> Text:
    """Return what a person reads for a datum, such as "EPSG:4546 CGCS2000 / 3-degree Gauss-Kruger CM 111E".

    A datum for which no transformation to CGCS2000 is known (Beijing 1954, Xian 1980) says so.

    Raises
    ------
    UnknownNameError
        If `text` is no datum.
    """
    datum = parse_datum(text)
    if datum in _TITLES:
        return _TITLES[datum]
    crs = _crs(datum)
    name = f"{datum} {crs.name}" if datum.startswith("EPSG:") else crs.name
    if is_approximate(datum):
        return Text(
            f"{name}（没有到 CGCS2000 的精确转换参数，位置可能偏差数十米）",
            f"{name} (no exact transformation to CGCS2000 is known: positions may be off by tens of metres)",
        )
    return Text(name, name)


def is_approximate(text: str) -> bool:
    """Whether no transformation from a datum to CGCS2000 is known, so that positions may be off by tens of metres."""
    datum = parse_datum(text)
    if datum in _TITLES:
        return False
    base = _crs(datum).geodetic_crs
    if base is None or base.datum is None:
        return True
    if base.datum.name.replace("_", " ").removeprefix("D ").startswith(_WITHIN_A_METRE):
        return False
    accuracy = _transformer(datum, "CGCS2000").accuracy
    return accuracy is None or accuracy < 0


def to_stored(geometry: Geometries, datum: str) -> Geometries:
    """Return geometries in CGCS2000 longitude and latitude, x before y, as new geometries.

    Heights are kept as they are. A point outside the domain of its projection becomes infinite.

    Parameters
    ----------
    geometry
        ``(n,)`` shapely geometries or None, x before y.
    datum
        What the coordinates are, as :func:`parse_datum` takes it.

    Raises
    ------
    UnknownNameError
        If `datum` is not known.
    """
    name = parse_datum(datum)
    if name in {"CGCS2000", "WGS84"}:
        return geometry.copy()
    if name in _SHIFTED:
        return _transform(geometry, _FROM_SHIFTED[name])
    return _transform(geometry, _transformer(name, "CGCS2000").transform)


def from_stored(geometry: Geometries, datum: str) -> Geometries:
    """Return CGCS2000 geometries in another datum: the inverse of :func:`to_stored`.

    Raises
    ------
    UnknownNameError
        If `datum` is not known.
    """
    name = parse_datum(datum)
    if name in {"CGCS2000", "WGS84"}:
        return geometry.copy()
    if name in _SHIFTED:
        return _transform(geometry, _TO_SHIFTED[name])
    return _transform(geometry, _transformer("CGCS2000", name).transform)


def _transform(geometry: Geometries, function: Callable[[Floats, Floats], tuple[Floats, Floats]]) -> Geometries:
    def on_points(points: Floats) -> Floats:
        out = points.copy()
        out[:, 0], out[:, 1] = function(points[:, 0], points[:, 1])
        return out

    return cast("Geometries", shapely.transform(geometry, on_points, include_z=None))


def require_datum(
    datum: str | None,
    geometry: Geometries | None,
    *,
    layer: str,
    path: Path,
    near: tuple[float, float] | None = None,
) -> str:
    """Return the normal name of a layer's datum, or refuse the layer.

    Parameters
    ----------
    datum
        What the source or the person states; None if nobody does.
    geometry
        ``(n,)`` geometries in the source's coordinates; a layer without places needs no datum.
    near
        Longitude and latitude of the county, if known: candidates far away from it are left out of the hint.

    Raises
    ------
    SourceError
        If no datum is stated (the hint shows where the first points would fall under each candidate), if the axes are
        swapped, or if the coordinates cannot be of the stated datum (metres called degrees, degrees called metres).
    UnknownNameError
        If `datum` is not known.
    """
    points = _first_points(geometry)
    if datum is None:
        if len(points) == 0:
            return "CGCS2000"
        raise SourceError(
            path,
            Text(
                f"图层“{layer}”没有说明坐标基准，位置可能偏差数百米，不能导入",
                f"layer {layer!r} does not state its datum: places could be off by hundreds of metres",
            ),
            hint=_hint(points, path, near),
        )
    name = parse_datum(datum)
    if len(points):
        _check_plausible(name, points, layer, path)
    return name


def _first_points(geometry: Geometries | None) -> Floats:
    """Return ``(k, 2)`` representative points of the first three places."""
    if geometry is None:
        return np.empty((0, 2))
    found: list[tuple[float, float]] = []
    for item in geometry:
        if item is None or item.is_empty or not np.isfinite(shapely.get_coordinates(item)).all():
            continue
        try:
            point = shapely.point_on_surface(item)
        except shapely.GEOSException:
            point = shapely.Point()
        if point.is_empty:
            point = shapely.Point(shapely.get_coordinates(item)[0])
        found.append((float(point.x), float(point.y)))
        if len(found) == 3:
            break
    return np.array(found).reshape(-1, 2)


def _degree_like(points: Floats) -> bool:
    return bool(np.all(np.abs(points) <= 180.0))


def _check_plausible(name: str, points: Floats, layer: str, path: Path) -> None:
    geographic = name in _TITLES or _crs(name).is_geographic
    shown = "; ".join(f"{x:.6g}, {y:.6g}" for x, y in points)
    if geographic and _degree_like(points) and np.any(np.abs(points[:, 1]) > 90.0):
        raise SourceError(path, _swapped_message(layer), hint=_swap_hint())
    if geographic and not _degree_like(points):
        raise SourceError(
            path,
            Text(
                f"图层“{layer}”标明是经纬度（{name}），坐标却不是度：{shown}",
                f"layer {layer!r} is said to be longitude and latitude ({name}), but its coordinates are no degrees: "
                f"{shown}",
            ),
            hint=_hint(points, path, None),
        )
    if not geographic and _degree_like(points):
        raise SourceError(
            path,
            Text(
                f"图层“{layer}”标明是投影坐标（{_short(name)}），坐标却像是度：{shown}",
                f"layer {layer!r} is said to be projected ({_short(name)}), but its coordinates look like degrees: "
                f"{shown}",
            ),
            hint=_hint(points, path, None),
        )


def _short(name: str) -> str:
    return name if name.startswith("EPSG:") else _crs(name).name


def _swapped_message(layer: str) -> Text:
    return Text(
        f"图层“{layer}”的坐标像是先纬度后经度",
        f"the axes of layer {layer!r} look swapped (latitude before longitude)",
    )


def _swap_hint() -> Text:
    return Text(
        "请交换两列坐标（x 为经度或东坐标，y 为纬度或北坐标），再用 --datum 指明坐标基准",
        "swap the two coordinates (x is longitude or easting, y is latitude or northing), then name the datum with "
        "--datum",
    )


def _hint(points: Floats, path: Path, near: tuple[float, float] | None) -> Text:
    lines = [
        Text(
            "请用 --datum 指明坐标基准。各种可能下最前几个点的经度、纬度：",
            "say which it is with --datum. Longitude and latitude of the first points under each candidate:",
        )
    ]
    if path.suffix.lower() in {".geojson", ".json", ".geojsonl", ".ndjson"}:
        lines.insert(
            0,
            Text(
                "GeoJSON 标准默认 WGS-84，但国内的 GeoJSON 常是 GCJ-02，因此默认值不算说明。",
                "GeoJSON means WGS-84 by default, but GeoJSON made in China is often GCJ-02, so the default is not "
                "taken as a statement.",
            ),
        )
    if _degree_like(points):
        if np.any(np.abs(points[:, 1]) > 90.0):
            lines.insert(0, Text("坐标像是先纬度后经度。", "The axes look swapped (latitude before longitude)."))
            lines.insert(1, _swap_hint())
            points = points[:, ::-1]
        lines += _degree_candidates(points)
    else:
        x, y = np.abs(points[:, 0]), np.abs(points[:, 1])
        if _looks_northing(x) and _looks_easting(y):
            lines.insert(
                0,
                Text(
                    "坐标像是先北坐标（X）后东坐标（Y），即测量坐标习惯；须交换两列。",
                    "The axes look swapped (northing before easting, as surveyors write them); swap the two columns.",
                ),
            )
            points = points[:, ::-1]
        lines += _metre_candidates(points, near)
    return Text("\n".join(line.zh for line in lines), "\n".join(line.en for line in lines))


def _looks_easting(values: Floats) -> bool:
    """Eastings of Gauss-Krüger: 100 to 900 km, perhaps after a zone number from 13 to 45."""
    within = values % 1e6
    zone = values // 1e6
    return bool(np.all((within >= 1e5) & (within <= 9e5) & ((zone == 0) | ((zone >= 13) & (zone <= 45)))))


def _looks_northing(values: Floats) -> bool:
    """Northings of Gauss-Krüger in China: 400 to 6000 km."""
    return bool(np.all((values >= 1.9e6) & (values <= 6.0e6)))


def _listed(points: Floats) -> str:
    return "; ".join(f"{lon:.6f}, {lat:.6f}" for lon, lat in points)


def _degree_candidates(points: Floats) -> list[Text]:
    lon, lat = points[:, 0], points[:, 1]
    lines = [Text(f"  CGCS2000 / WGS84：{_listed(points)}", f"  CGCS2000 / WGS84: {_listed(points)}")]
    geod = Geod(ellps="WGS84")
    for name, inverse in _FROM_SHIFTED.items():
        moved = np.column_stack(inverse(lon, lat))
        metres = float(np.max(geod.inv(lon, lat, moved[:, 0], moved[:, 1])[2]))
        zh = f"相差 {metres:.0f} 米" if metres else "不在中国范围内，不偏移"
        en = f"{metres:.0f} m away" if metres else "outside China, no shift"
        lines.append(Text(f"  {name}：{_listed(moved)}（{zh}）", f"  {name}: {_listed(moved)} ({en})"))
    return lines


def _metre_candidates(points: Floats, near: tuple[float, float] | None) -> list[Text]:
    """Return one line a candidate; without a zone number every zone is possible, and one point tells them apart."""
    codes = _metre_codes(points)
    shown = points[:1] if len(codes) > 3 and near is None else points
    lines: list[Text] = []
    for code in codes:
        lon, lat = _transformer(f"EPSG:{code}", "CGCS2000").transform(shown[:, 0], shown[:, 1])
        places = np.column_stack([lon, lat])
        if not np.isfinite(places).all():
            continue
        if near is not None and np.hypot(*(places[0] - np.asarray(near))) > 4.0:
            continue
        listed, name = _listed(places), _crs(f"EPSG:{code}").name
        lines.append(Text(f"  EPSG:{code}（{name}）：{listed}", f"  EPSG:{code} ({name}): {listed}"))
    if not lines:
        listed = _listed(points)
        lines.append(
            Text(
                f"  没有常见的坐标系与此相符：{listed}；请向提供者索取坐标系（EPSG 代码）",
                f"  no usual system fits {listed}; ask whoever gave the file for its EPSG code",
            )
        )
    return lines


def _metre_codes(points: Floats) -> list[int]:
    """Return EPSG codes that metre-like coordinates may be in."""
    x, y = points[:, 0], points[:, 1]
    codes: list[int] = []
    if _looks_easting(x) and np.all((y >= 0) & (y <= 6.2e6)):
        zones = {int(z) for z in x // 1e6}
        for zone in sorted(zones):
            if zone == 0:
                codes += [*range(4534, 4555), *range(32643, 32654)]
            elif zone <= 23:
                codes.append(4491 + zone - 13)
            elif zone >= 25:
                codes.append(4513 + zone - 25)
    if np.all((x >= 8.1e6) & (x <= 15.1e6) & (y >= 4.2e5) & (y <= 7.1e6)):
        codes.append(3857)
    return codes
