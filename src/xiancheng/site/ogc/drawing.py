"""A small drawing of one geometry, as SVG."""

from __future__ import annotations

from dataclasses import dataclass
from math import cos, radians

import shapely
from shapely.geometry.base import BaseGeometry

SIDE, MARGIN = 280.0, 16.0
METRES_PER_DEGREE = 111_320.0


@dataclass(frozen=True, slots=True)
class Drawing:
    """A geometry as paths.

    Attributes
    ----------
    areas, lines
        Path data.
    points
        Centres.
    metres
        How long the side of the drawing is on the ground; None for a point.
    """

    areas: str
    lines: str
    points: list[tuple[float, float]]
    metres: float | None


def draw(geometry: BaseGeometry) -> Drawing:
    """Return the drawing of a geometry in degrees, north up, in a square of `SIDE`."""
    west, south, east, north = geometry.bounds
    shrink = cos(radians((south + north) / 2))
    span = max((east - west) * shrink, north - south)
    scale = (SIDE - 2 * MARGIN) / span if span > 0 else 1.0
    middle_x, middle_y = (west + east) / 2, (south + north) / 2

    def place(x: float, y: float) -> tuple[float, float]:
        return (
            round(SIDE / 2 + (x - middle_x) * shrink * scale, 1),
            round(SIDE / 2 - (y - middle_y) * scale, 1),
        )

    areas: list[str] = []
    lines: list[str] = []
    points: list[tuple[float, float]] = []
    for part in shapely.get_parts(geometry):
        if part.geom_type == "Point":
            points.append(place(part.x, part.y))
        elif part.geom_type == "Polygon":
            rings = (part.exterior, *part.interiors)
            areas += [_path([place(x, y) for x, y in ring.coords]) + "Z" for ring in rings]
        else:
            lines.append(_path([place(x, y) for x, y in part.coords]))
    return Drawing("".join(areas), "".join(lines), points, SIDE / scale * METRES_PER_DEGREE if span > 0 else None)


def _path(points: list[tuple[float, float]]) -> str:
    return "M" + "L".join(f"{x:g} {y:g}" for x, y in points)
