"""GCJ-02 and BD-09: the shifts that web maps in China apply to coordinates, and how they are taken away.

Source of the formulas: the public algorithm as in wandergis/coordTransform.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

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


FROM_SHIFTED = {"GCJ02": gcj02_to_wgs84, "BD09": bd09_to_wgs84}
"""Datum → how its shift is taken away."""

TO_SHIFTED = {"GCJ02": wgs84_to_gcj02, "BD09": wgs84_to_bd09}
"""Datum → how it is shifted."""
