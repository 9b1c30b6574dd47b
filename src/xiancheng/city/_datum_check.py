"""The check of a layer's datum: none is refused, with a hint where the places would fall under each candidate."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import shapely
from pyproj import Geod

from xiancheng.city._datum_names import LON_LAT, crs_of, parse_datum, transformer
from xiancheng.city.layer import Geometries
from xiancheng.city.shifts import FROM_SHIFTED, Floats
from xiancheng.foundation.errors import SourceError
from xiancheng.foundation.text import Text

FAR_DEGREES = 4.0
"""Farther from the county than this, a place is taken to be misunderstood."""


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


def possible_datums(geometry: Geometries, near: tuple[float, float] | None = None) -> list[str]:
    """Return the normal names of the datums that coordinates may be in, most usual first.

    Parameters
    ----------
    geometry
        ``(n,)`` geometries in the source's coordinates.
    near
        Longitude and latitude of the county, if known: systems by which the places would lie far away are left out.
    """
    points = _first_points(geometry)
    if not len(points):
        return []
    if _degree_like(points):
        return list(LON_LAT)
    found = []
    for code in _metre_codes(points):
        lon, lat = transformer(f"EPSG:{code}", "CGCS2000").transform(points[:1, 0], points[:1, 1])
        place = np.array([lon[0], lat[0]])
        if np.isfinite(place).all() and (near is None or np.hypot(*(place - np.asarray(near))) <= FAR_DEGREES):
            found.append(f"EPSG:{code}")
    return found


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
    geographic = name in LON_LAT or crs_of(name).is_geographic
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
    return name if name.startswith("EPSG:") else crs_of(name).name


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
    for name, inverse in FROM_SHIFTED.items():
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
        lon, lat = transformer(f"EPSG:{code}", "CGCS2000").transform(shown[:, 0], shown[:, 1])
        places = np.column_stack([lon, lat])
        if not np.isfinite(places).all():
            continue
        if near is not None and np.hypot(*(places[0] - np.asarray(near))) > FAR_DEGREES:
            continue
        listed, name = _listed(places), crs_of(f"EPSG:{code}").name
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
