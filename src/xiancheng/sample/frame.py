"""The frame of the sample county: public figures, written by hand; what is inside it is made up.

Codes and names: GB/T 2260 and the statistical codes of townships (2022). Residents and ages: Tabulation on the 2020
China Population Census by County (National Bureau of Statistics, 2022), 土默特右旗: 237,421 residents. The outline and
the places of the townships are rough figures to a hundredth of a degree, not a survey.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt
import shapely
from pyproj import Transformer

from xiancheng.city.snapshot import AGE_BANDS
from xiancheng.foundation.text import Text

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

CODE = "150221"
NAME = Text("土默特右旗（合成样本）", "Tumed Right Banner (synthetic sample)")
COUNTY = "土默特右旗"
CRS = "EPSG:4546"
SEAT_TOWNSHIP = "150221104"
SEAT = (110.52, 40.56)
"""Longitude and latitude of the middle of the county seat, Salaqi."""

DATES = (date(2023, 12, 31), date(2025, 12, 31))
BEFORE, AFTER, BOTH = 1, 2, 3
"""At which of the two dates something exists, as bits."""

CENSUS_RESIDENTS = 237_421
"""Residents of the county in the 2020 census."""
CENSUS_SEAT = 100_000
"""Of these, the residents that the sample puts in the seat at its ordinary size (census: 49 % urban)."""

# Shares of residents by age in the 2020 census: 0, 1-4, 5-9, 10-14, 15-19, then 60 and over.
_AGE_0, _AGE_1_4, _AGE_5_9, _AGE_10_14, _AGE_15_19, _AGE_60 = 0.0058, 0.0284, 0.0448, 0.0449, 0.0410, 0.2709


def age_shares() -> Floats:
    """Return ``(7,)`` shares of residents by age band; five-year groups are split evenly by single years."""
    young = np.array(
        [
            _AGE_0 + _AGE_1_4 * 2 / 4,
            _AGE_1_4 * 2 / 4 + _AGE_5_9 / 5,
            _AGE_5_9 * 4 / 5 + _AGE_10_14 * 2 / 5,
            _AGE_10_14 * 3 / 5,
            _AGE_15_19 * 3 / 5,
        ]
    )
    return np.concatenate([young, [1 - young.sum() - _AGE_60, _AGE_60]])


@dataclass(frozen=True, slots=True)
class Township:
    """A township: its code, name, rough place and its part of the county's residents outside the seat."""

    code: str
    name: str
    longitude: float
    latitude: float
    rural: float


TOWNSHIPS = (
    Township("150221104", "萨拉齐镇", 110.52, 40.56, 0.14),
    Township("150221105", "双龙镇", 110.96, 40.41, 0.13),
    Township("150221106", "美岱召镇", 110.77, 40.60, 0.13),
    Township("150221107", "沟门镇", 110.53, 40.66, 0.12),
    Township("150221108", "将军尧镇", 110.83, 40.32, 0.15),
    Township("150221213", "海子乡", 110.66, 40.45, 0.11),
    Township("150221214", "明沙淖乡", 110.47, 40.47, 0.09),
    Township("150221215", "苏波盖乡", 110.69, 40.54, 0.11),
    Township("150221500", "九峰山生态管理区", 110.66, 40.73, 0.02),
)

_OUTLINE = (
    (110.29, 40.48), (110.42, 40.55), (110.45, 40.66), (110.44, 40.75), (110.52, 40.84), (110.70, 40.82),
    (110.81, 40.74), (110.80, 40.64), (110.95, 40.50), (111.08, 40.42), (111.07, 40.32), (110.90, 40.25),
    (110.68, 40.31), (110.45, 40.41),
)  # fmt: skip

_from_plane = Transformer.from_crs(CRS, "EPSG:4490", always_xy=True)
_to_plane = Transformer.from_crs("EPSG:4490", CRS, always_xy=True)
ORIGIN: Floats = np.array(_to_plane.transform(*SEAT))
"""The seat's middle in the county's CRS, metres."""


def metric(longitude: Sequence[float] | Floats, latitude: Sequence[float] | Floats) -> Floats:
    """Return ``(n, 2)`` metres from the seat's middle of ``(n,)`` CGCS2000 degrees."""
    return np.column_stack(_to_plane.transform(longitude, latitude)) - ORIGIN


def degrees(xy: Floats) -> Floats:
    """Return ``(n, 2)`` CGCS2000 longitude and latitude, to 1e-7°, of metres from the seat's middle."""
    absolute = np.asarray(xy, dtype=float).reshape(-1, 2) + ORIGIN
    return np.round(np.column_stack(_from_plane.transform(absolute[:, 0], absolute[:, 1])), 7)


def bend(xy: Floats) -> Floats:
    """Map ``(n, 2)`` metres of the town's straight plan to the ground.

    The plan is turned by some two degrees and its west-east streets sway, less and less away from the seat: streets
    laid out along a river and a railway are not parallel to the meridian.
    """
    x, y = np.asarray(xy, dtype=float).reshape(-1, 2).T
    square = x * x + y * y
    turn = 0.045 * np.exp(-square / (2 * 9000.0**2))
    sway = 60.0 * np.sin(x / 1500.0 + 0.7) * np.exp(-square / (2 * 7000.0**2))
    return np.column_stack([x + turn * y, y - turn * x + sway])


def stream(seed: int, subject: str) -> np.random.Generator:
    """Return the random numbers of one subject: a change in one leaves the others as they were."""
    return np.random.Generator(np.random.PCG64([seed, zlib.crc32(subject.encode())]))


def outline() -> shapely.Polygon:
    """Return the county's outline, metres from the seat's middle."""
    ring = np.array(_OUTLINE)
    return shapely.Polygon(metric(ring[:, 0], ring[:, 1]))


def township_areas() -> list[shapely.Polygon]:
    """Return the area of each of `TOWNSHIPS`, metres from the seat's middle.

    It is what is nearest to each, cut at the county's outline.
    """
    middles = metric([t.longitude for t in TOWNSHIPS], [t.latitude for t in TOWNSHIPS])
    county = outline()
    cells = shapely.get_parts(shapely.voronoi_polygons(shapely.MultiPoint(middles), extend_to=county))
    areas = []
    for middle in shapely.points(middles):
        cell = cells[np.flatnonzero(shapely.covers(cells, middle))[0]]
        parts = shapely.get_parts(shapely.intersection(cell, county))
        areas.append(parts[int(np.argmax(shapely.area(parts)))])
    return areas


def apportion(total: int, weights: Floats) -> Ints:
    """Split `total` in whole numbers in proportion to `weights` ``(n,)``, by largest remainders."""
    exact = total * np.asarray(weights, dtype=float) / np.sum(weights)
    whole = np.floor(exact).astype(np.int64)
    short = int(total - whole.sum())
    whole[np.argsort(whole - exact, kind="stable")[:short]] += 1
    return whole


@dataclass(frozen=True)
class Residents:
    """Residents at one date.

    Attributes
    ----------
    seat
        In the county seat.
    rural
        ``(9,)`` in the villages of each township.
    ages
        ``(9, 7)`` by township (the seat within its own) and age band.
    """

    seat: int
    rural: Ints
    ages: Ints

    @property
    def total(self) -> int:
        """In the county."""
        return int(self.ages.sum())

    def band(self, name: str) -> int:
        """In one age band, in the county."""
        return int(self.ages[:, AGE_BANDS.index(name)].sum())


def residents(people: int, on: date) -> Residents:
    """Return the residents when `people` live in the seat at the second date.

    Two years earlier the villages have three in a hundred more and the seat two in a hundred fewer; the young live
    rather in the seat and the old in the villages; at the second date and the ordinary size the county has as many as
    in the 2020 census.
    """
    earlier = on < DATES[1]
    seat = round(people * (0.98 if earlier else 1.0))
    outside = round(people * (CENSUS_RESIDENTS - CENSUS_SEAT) / CENSUS_SEAT * (1.03 if earlier else 1.0))
    rural = apportion(outside, np.array([t.rural for t in TOWNSHIPS]))
    shares = age_shares()
    part = seat / (seat + outside)
    town = shares * np.array([1.35, 1.35, 1.30, 1.25, 1.20, 1.12, 0.62])
    town *= 1 / town.sum()
    village = (shares - part * town) / (1 - part)
    ages = np.array([apportion(int(n), village) for n in rural])
    ages[0] += apportion(seat, town)
    return Residents(seat, rural, ages)
