"""Which areas a place is in: township, community, grids, and the polygons of rules."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import shapely
from pyproj import Geod

from xiancheng.foundation.errors import XianchengError
from xiancheng.foundation.text import Text

Floats = npt.NDArray[np.float64]

_GEOD = Geod(ellps="GRS80")
_METRES_PER_DEGREE = 111_195.0
_MOST_CELLS = 1_000_000
_MARGIN = 1e-9
"""Degrees by which a cell is widened before it is called pure: more than rounding moves its border."""


@dataclass(frozen=True, slots=True)
class Area:
    """An area with a code.

    Attributes
    ----------
    code
        Such as the 9 digits of a township.
    level
        The system it belongs to; areas of one system do not overlap (township, community, unit_grid …).
    geometry
        Polygon or multipolygon in CGCS2000 longitude, latitude.
    """

    code: str
    level: str
    geometry: shapely.Geometry


class AreaIndex:
    """Looks up the areas of places.

    Borders: a place on the common border of areas of one level, or where they overlap, is in exactly one of them,
    that with the smallest code; so no case belongs to two townships and none on a border to nobody. Areas of different
    levels do not know each other: a place is in at most one area of each.

    Parameters
    ----------
    areas
        With distinct codes.
    cell_metres
        Side of the cells of the cache. A cell without a border needs no geometry from its second place on.

    Raises
    ------
    XianchengError
        If two areas have one code, or one has no polygon.
    """

    def __init__(self, areas: Iterable[Area], cell_metres: float = 100.0) -> None:
        self.areas: tuple[Area, ...] = tuple(sorted(areas, key=lambda area: area.code))
        self.cell_metres = cell_metres
        _check(self.areas)
        self._geometry = np.array([area.geometry for area in self.areas], dtype=object)
        shapely.prepare(self._geometry)
        self._tree = shapely.STRtree(self._geometry)
        self._size = {a.code: abs(_GEOD.geometry_area_perimeter(a.geometry)[0]) for a in self.areas}
        order = sorted(range(len(self.areas)), key=lambda i: (self._size[self.areas[i].code], self.areas[i].code))
        self._rank = np.empty(len(self.areas), dtype=np.int64)
        self._rank[order] = np.arange(len(order))
        self._dlat = cell_metres / _METRES_PER_DEGREE
        middle = float(np.nanmean(shapely.bounds(self._geometry)[:, 1])) if len(self.areas) else 0.0
        self._dlon = self._dlat / max(0.05, math.cos(math.radians(middle)))
        self._cells: dict[tuple[int, int], tuple[str, ...] | npt.NDArray[np.int64]] = {}

    def __len__(self) -> int:
        return len(self.areas)

    def __contains__(self, code: object) -> bool:
        return code in self._size

    def size(self, code: str) -> float | None:
        """Return the size of an area in m² (on the ellipsoid), None if there is no such area."""
        return self._size.get(code)

    def with_areas(self, more: Iterable[Area]) -> AreaIndex:
        """Return an index that has `more` areas as well."""
        added = tuple(more)
        return AreaIndex((*self.areas, *added), self.cell_metres) if added else self

    def at(self, lon: float, lat: float) -> tuple[str, ...]:
        """Return the codes of the areas that a place is in, the smallest area first.

        Parameters
        ----------
        lon, lat
            CGCS2000 degrees.
        """
        if not (math.isfinite(lon) and math.isfinite(lat)):
            return ()
        key = (math.floor(lon / self._dlon), math.floor(lat / self._dlat))
        known = self._cells.get(key)
        if known is None:
            if len(self._cells) >= _MOST_CELLS:
                self._cells.clear()
            known = self._cells[key] = self._cell(key)
        if isinstance(known, tuple):
            return known
        inside = known[shapely.intersects_xy(self._geometry[known], lon, lat)]
        return self._codes(inside)

    def at_many(self, lon: Floats, lat: Floats) -> list[tuple[str, ...]]:
        """Return what :meth:`at` returns for each of `n` places, by one query of the tree."""
        points = shapely.points(lon, lat)
        which, area = self._tree.query(points, predicate="intersects")
        order = np.lexsort((area, which))
        which, area = which[order], area[order]
        starts = np.searchsorted(which, np.arange(len(points) + 1))
        memo: dict[bytes, tuple[str, ...]] = {b"": ()}
        out = []
        for first, last in pairwise(starts.tolist()):
            members = area[first:last]
            key = members.tobytes()
            codes = memo.get(key)
            if codes is None:
                codes = memo[key] = self._codes(members)
            out.append(codes)
        return out

    def _cell(self, key: tuple[int, int]) -> tuple[str, ...] | npt.NDArray[np.int64]:
        west, south = key[0] * self._dlon, key[1] * self._dlat
        box = shapely.box(
            west - _MARGIN, south - _MARGIN, west + self._dlon + _MARGIN, south + self._dlat + _MARGIN
        )  # fmt: skip
        touched = np.sort(self._tree.query(box, predicate="intersects"))
        if shapely.contains_properly(self._geometry[touched], box).all():
            return self._codes(touched)
        return touched

    def _codes(self, members: npt.NDArray[np.int64]) -> tuple[str, ...]:
        """Return the codes of areas that a place is in (ascending, hence by code): one a level, smallest first."""
        first: dict[str, int] = {}
        for member in members.tolist():
            first.setdefault(self.areas[member].level, member)
        return tuple(self.areas[i].code for i in sorted(first.values(), key=self._rank.__getitem__))


def _check(areas: Sequence[Area]) -> None:
    for before, area in pairwise(areas):
        if before.code == area.code:
            raise XianchengError(
                Text(f"两个区域的代码都是 {area.code}", f"two areas have the code {area.code}"),
                Text("合并它们，或改正其中一个的代码", "merge them, or correct the code of one"),
            )
    for area in areas:
        if (
            area.geometry is None
            or area.geometry.is_empty
            or area.geometry.geom_type not in {"Polygon", "MultiPolygon"}
        ):
            raise XianchengError(
                Text(f"区域 {area.code} 没有面", f"area {area.code} has no polygon"),
                Text("给它画出边界，或从列表中去掉", "draw its border, or leave it out"),
            )
