"""Datums: where coordinates mean to be, and how they come to CGCS2000.

The city model stores CGCS2000 longitude and latitude (EPSG:4490). CGCS2000 and WGS-84 (as receivers give it) agree
within 1 m, so coordinates pass unchanged between them. GCJ-02 is a shift of 100 to 700 m that web maps in China apply
inside a box around the country; BD-09 shifts GCJ-02 by roughly another 900 m. Everything else is a coordinate
reference system that pyproj knows: an EPSG code, WKT or a PROJ string.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

import shapely

from xiancheng.city._datum_check import possible_datums, require_datum
from xiancheng.city._datum_names import describe_datum, is_approximate, parse_datum, transformer
from xiancheng.city.layer import Geometries
from xiancheng.city.shifts import (
    CHINA_BOX,
    FROM_SHIFTED,
    TO_SHIFTED,
    Floats,
    bd09_to_gcj02,
    bd09_to_wgs84,
    gcj02_to_bd09,
    gcj02_to_wgs84,
    inside_china_box,
    wgs84_to_bd09,
    wgs84_to_gcj02,
)

__all__ = [
    "CHINA_BOX",
    "bd09_to_gcj02",
    "bd09_to_wgs84",
    "describe_datum",
    "from_stored",
    "gcj02_to_bd09",
    "gcj02_to_wgs84",
    "inside_china_box",
    "is_approximate",
    "parse_datum",
    "possible_datums",
    "require_datum",
    "to_stored",
    "wgs84_to_bd09",
    "wgs84_to_gcj02",
]


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
    if name in FROM_SHIFTED:
        return _transform(geometry, FROM_SHIFTED[name])
    return _transform(geometry, transformer(name, "CGCS2000").transform)


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
    if name in FROM_SHIFTED:
        return _transform(geometry, TO_SHIFTED[name])
    return _transform(geometry, transformer("CGCS2000", name).transform)


def _transform(geometry: Geometries, function: Callable[[Floats, Floats], tuple[Floats, Floats]]) -> Geometries:
    def on_points(points: Floats) -> Floats:
        out = points.copy()
        out[:, 0], out[:, 1] = function(points[:, 0], points[:, 1])
        return out

    return cast("Geometries", shapely.transform(geometry, on_points, include_z=None))
