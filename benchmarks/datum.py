"""Datum conversions: points a second, and the worst error of a round trip over a million points.

A third of the points lie within 0.02 degree of the border of the box outside which GCJ-02 does not shift.

    python benchmarks/datum.py [POINTS]
"""

from __future__ import annotations

import sys
import time

import numpy as np
import shapely
from pyproj import Geod

from xiancheng.city.datum import (
    CHINA_BOX,
    bd09_to_gcj02,
    bd09_to_wgs84,
    from_stored,
    gcj02_to_bd09,
    gcj02_to_wgs84,
    to_stored,
    wgs84_to_bd09,
    wgs84_to_gcj02,
)


def sample(n: int) -> tuple[np.ndarray, np.ndarray]:
    west, south, east, north = CHINA_BOX
    random = np.random.default_rng(1)
    lon, lat = random.uniform(west, east, n), random.uniform(south, north, n)
    k = n // 12
    lon[:k] = west + random.uniform(0, 0.02, k)
    lon[k : 2 * k] = east - random.uniform(0, 0.02, k)
    lat[2 * k : 3 * k] = south + random.uniform(0, 0.02, k)
    lat[3 * k : 4 * k] = north - random.uniform(0, 0.02, k)
    return lon, lat


def timed(function, *args):
    start = time.perf_counter()
    result = function(*args)
    return result, time.perf_counter() - start


def main(n: int) -> None:
    lon, lat = sample(n)
    print(f"{n:,} points; seconds, points a second, worst error")
    for name, forward, inverse in (
        ("WGS84 - GCJ02", wgs84_to_gcj02, gcj02_to_wgs84),
        ("GCJ02 - BD09", gcj02_to_bd09, bd09_to_gcj02),
        ("WGS84 - BD09", wgs84_to_bd09, bd09_to_wgs84),
    ):
        there, seconds = timed(forward, lon, lat)
        back, inverse_seconds = timed(inverse, *there)
        error = max(np.abs(back[0] - lon).max(), np.abs(back[1] - lat).max())
        metres = np.max(Geod(ellps="WGS84").inv(lon, lat, *back)[2])
        print(f"{name:>16} forward {seconds:6.2f} s {n / seconds:12,.0f}/s")
        print(
            f"{'':>16} inverse {inverse_seconds:6.2f} s {n / inverse_seconds:12,.0f}/s  {error:.1e} deg {metres:.1e} m"
        )
    places = shapely.points(
        np.random.default_rng(2).uniform(109.6, 112.4, n), np.random.default_rng(3).uniform(39, 43, n)
    )
    for name in ("EPSG:4546", "EPSG:4525", "GCJ02", "BD09"):
        there, seconds = timed(from_stored, places, name)
        back, inverse_seconds = timed(to_stored, there, name)
        error = np.abs(shapely.get_coordinates(back) - shapely.get_coordinates(places)).max()
        print(f"{name:>16} geometries out {n / seconds:12,.0f}/s, in {n / inverse_seconds:12,.0f}/s  {error:.1e} deg")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000)
