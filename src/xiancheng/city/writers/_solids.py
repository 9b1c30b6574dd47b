"""Footprints raised to solids: closed shells on whole-number vertices, faces turned outward."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import shapely

Ring = list[int]
Solid = list[list[Ring]]
"""Faces of one outer shell: ground, roof, then walls; a face is its outline and its holes."""


class VertexPool:
    """Vertices in whole steps of a grid, each kept once.

    Parameters
    ----------
    scale
        Step of the grid, metres.
    origin
        x, y of the grid's corner, metres.
    """

    def __init__(self, scale: float, origin: tuple[float, float]) -> None:
        self.scale, self.origin = scale, origin
        self.vertices: list[tuple[int, int, int]] = []
        self._numbers: dict[tuple[int, int, int], int] = {}

    def number(self, x: int, y: int, z: int) -> int:
        """Return the number of the vertex, adding it if it is new."""
        key = x, y, z
        found = self._numbers.setdefault(key, len(self.vertices))
        if found == len(self.vertices):
            self.vertices.append(key)
        return found

    def snapped(self, polygon: Any) -> Any:  # noqa: ANN401 - shapely
        """Return a polygon in whole steps: valid, outline counter-clockwise and holes clockwise; may be several."""
        steps = shapely.transform(polygon, lambda xy: np.rint((xy - self.origin) / self.scale))
        return shapely.orient_polygons(shapely.set_precision(steps, 1.0))


def solids(polygon: Any, height: float, pool: VertexPool) -> Iterator[Solid]:  # noqa: ANN401 - shapely
    """Raise a polygon (or several) from z = 0 to `height` metres, one solid a part.

    Faces are seen counter-clockwise from outside, as ISO 19107 and CityJSON ask.
    """
    top = max(1, round(height / pool.scale))
    for part in shapely.get_parts(pool.snapped(polygon)):
        if shapely.get_type_id(part) != shapely.GeometryType.POLYGON or shapely.is_empty(part):
            continue
        rings = [_corners(ring) for ring in (part.exterior, *part.interiors)]
        low = [[pool.number(x, y, 0) for x, y in ring] for ring in rings]
        high = [[pool.number(x, y, top) for x, y in ring] for ring in rings]
        walls = [
            [[a, b, d, c]]
            for below, above in zip(low, high, strict=True)
            for a, b, c, d in zip(below, _turned(below), above, _turned(above), strict=True)
        ]
        yield [[ring[::-1] for ring in low], high, *walls]


def _corners(ring: Any) -> list[tuple[int, int]]:  # noqa: ANN401 - shapely
    return [(int(x), int(y)) for x, y in shapely.get_coordinates(ring)[:-1].tolist()]


def _turned(ring: Ring) -> Ring:
    return ring[1:] + ring[:1]
