"""Coordinate reference systems of the OGC API: how they are named, and the axes in the order their authority says.

The model stores CGCS2000 (EPSG:4490) as longitude, latitude. CRS84 and WGS 84 coincide with it within what either is
known to: no coordinate changes between them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely
from pyproj import CRS, Transformer

from xiancheng.city.county import AUTO, County
from xiancheng.city.layer import Geometries
from xiancheng.foundation.text import Text
from xiancheng.site.ogc.errors import BadParameterError

CRS84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
_EPSG = "http://www.opengis.net/def/crs/EPSG/0/"
STORED = 4490
_WORLD = (STORED, 4326, 3857)
_DEGREES = frozenset({STORED, 4326})
_FAMILIES = ((4534, 4554), (4513, 4533), (32601, 32660), (32701, 32760))
"""First and last code of rows of neighbouring zones: CGCS2000 by 3° without and with zone numbers, UTM."""
_FORMS = (
    re.compile(re.escape(_EPSG) + r"(\d{4,6})"),
    re.compile(r"https?://www\.opengis\.net/def/crs/EPSG/[\d.]+/(\d{4,6})"),
    re.compile(r"urn:ogc:def:crs:EPSG:[\d.]*:(\d{4,6})"),
    re.compile(r"\[?EPSG:(\d{4,6})\]?"),
)
_SAME_AS_CRS84 = frozenset({CRS84, "OGC:CRS84", "[OGC:CRS84]", "CRS84", "urn:ogc:def:crs:OGC:1.3:CRS84"})
_STEPS = 16
"""Pieces into which an edge of a box is cut before it is carried to another system."""


@dataclass(frozen=True, slots=True)
class Reference:
    """A coordinate reference system that is offered.

    Attributes
    ----------
    code
        EPSG code; None for CRS84.
    """

    code: int | None

    @property
    def uri(self) -> str:
        """Its name."""
        return CRS84 if self.code is None else f"{_EPSG}{self.code}"

    @property
    def short(self) -> str:
        """Its name as people write it."""
        return "CRS84" if self.code is None else f"EPSG:{self.code}"

    @property
    def in_degrees(self) -> bool:
        """Whether its coordinates are the stored ones, in some order."""
        return self.code is None or self.code in _DEGREES

    @property
    def north_first(self) -> bool:
        """Whether its first axis is the northing or latitude."""
        return self.code is not None and _north_first(self.code)


DEFAULT = Reference(None)


def offered(county: County) -> list[Reference]:
    """Return the systems in which a county's features can be had, the default one first."""
    codes = list(_WORLD)
    if county.crs != AUTO:
        own = CRS.from_user_input(county.crs).to_epsg()
        if own is not None:
            row = next((r for r in _FAMILIES if r[0] <= own <= r[1]), (own, own))
            codes += [c for c in (own, own - 1, own + 1) if row[0] <= c <= row[1]]
    return [DEFAULT, *(Reference(c) for c in dict.fromkeys(codes))]


def reference(text: str, parameter: str, county: County) -> Reference:
    """Return the system that a parameter names.

    Raises
    ------
    BadParameterError
        If it is not offered.
    """
    wanted = text.strip().strip("<>")
    known = offered(county)
    if wanted in _SAME_AS_CRS84:
        return DEFAULT
    for form in _FORMS:
        match = form.fullmatch(wanted)
        found = Reference(int(match[1])) if match else None
        if found in known:
            return found
    listed = ", ".join(r.uri for r in known)
    raise BadParameterError(
        parameter, Text(f"不提供坐标系 {wanted}", f"the CRS {wanted} is not offered"), Text(listed, listed)
    )


def to_reference(shapes: Geometries, target: Reference) -> Geometries:
    """Return stored geometries in another system, axes in the order of its authority."""
    return _carried(shapes, target, inverse=False)


def to_stored(shapes: Geometries, source: Reference) -> Geometries:
    """Return geometries in another system, axes in the order of its authority, as they are stored."""
    return _carried(shapes, source, inverse=True)


def box_to_stored(numbers: tuple[float, float, float, float], source: Reference) -> Any:  # noqa: ANN401 - shapely's own
    """Return the region of a box (two lower, then two upper bounds) as a polygon in degrees.

    A box in degrees whose first longitude is the greater crosses the 180th meridian and becomes two.
    """
    x0, y0, x1, y1 = (numbers[i] for i in ((1, 0, 3, 2) if source.north_first else (0, 1, 2, 3)))
    if source.in_degrees:
        if x0 > x1:
            return shapely.union_all([shapely.box(x0, y0, 180.0, y1), shapely.box(-180.0, y0, x1, y1)])
        return shapely.box(x0, y0, x1, y1)
    box = shapely.segmentize(shapely.box(x0, y0, x1, y1), max(x1 - x0, y1 - y0) / _STEPS or 1.0)
    transformer = _transformer(source.code)

    def carry(points: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        return np.column_stack(transformer.transform(points[:, 0], points[:, 1], direction="INVERSE"))

    return shapely.transform(box, carry)


def _carried(shapes: Geometries, system: Reference, *, inverse: bool) -> Geometries:
    swap = system.north_first
    if system.in_degrees:
        if not swap:
            return shapes
        return shapely.transform(shapes, lambda points: points[:, ::-1])
    transformer = _transformer(system.code)

    def carry(points: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        if inverse:
            x, y = (points[:, 1], points[:, 0]) if swap else (points[:, 0], points[:, 1])
            return np.column_stack(transformer.transform(x, y, direction="INVERSE"))
        x, y = transformer.transform(points[:, 0], points[:, 1])
        return np.column_stack((y, x) if swap else (x, y))

    return shapely.transform(shapes, carry)


@lru_cache(maxsize=64)
def _transformer(code: int) -> Transformer:
    return Transformer.from_crs(STORED, code, always_xy=True)


@lru_cache(maxsize=64)
def _north_first(code: int) -> bool:
    return bool(CRS.from_epsg(code).axis_info[0].direction == "north")
