"""Administrative areas, and where in them facilities can be."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely

from xiancheng.sample.frame import CODE, COUNTY, SEAT_TOWNSHIP, TOWNSHIPS, bend, outline, township_areas
from xiancheng.sample.names import COMMUNITIES
from xiancheng.sample.plan import Plan, chinese_number
from xiancheng.sample.town import Town


@dataclass(frozen=True, slots=True)
class AdminArea:
    """An administrative area: metres on the ground from the seat's middle."""

    code: str
    name: str
    level: str
    parent: str
    area: shapely.Geometry


@dataclass(frozen=True, slots=True)
class Community:
    """A community of the seat: its code, name and box on the straight plan."""

    code: str
    name: str
    box: tuple[float, float, float, float]

    @property
    def middle(self) -> tuple[float, float]:
        """Its middle."""
        return (self.box[0] + self.box[2]) / 2, (self.box[1] + self.box[3]) / 2


def communities(plan: Plan) -> list[Community]:
    """Divide the grid of the seat into communities along its streets."""
    count = max(3, round(10 * plan.people / 100_000))
    rows = max(1, round(np.sqrt(count * 0.55)))
    columns = max(2, round(count / rows))
    x = plan.xs[np.unique(np.linspace(0, len(plan.xs) - 1, columns + 1).round().astype(int))]
    y = plan.ys[np.unique(np.linspace(0, len(plan.ys) - 1, rows + 1).round().astype(int))]
    result: list[Community] = []
    for j in range(len(y) - 1):
        for i in range(len(x) - 1):
            n = len(result)
            name = COMMUNITIES[n] if n < len(COMMUNITIES) else f"第{chinese_number(n + 1)}社区"
            box = (float(x[i]), float(y[j]), float(x[i + 1]), float(y[j + 1]))
            result.append(Community(f"{SEAT_TOWNSHIP}{n + 1:03d}", name, box))
    return result


def ground_box(x0: float, y0: float, x1: float, y1: float) -> shapely.Polygon:
    """Return a box of the straight plan on the ground."""
    return shapely.Polygon(bend(shapely.get_coordinates(shapely.segmentize(shapely.box(x0, y0, x1, y1), 120.0))))


def admin_areas(town: Town) -> list[AdminArea]:
    """Return the county, its townships, the communities of the seat and the seat's built-up area."""
    plan = town.plan
    west, south, east, _ = plan.bounds
    seat = ground_box(west - 60, south - 60, east + 60, plan.railway - 8)
    return [
        AdminArea(CODE, COUNTY, "county", "150200", outline()),
        *(
            AdminArea(t.code, t.name, "township", CODE, area)
            for t, area in zip(TOWNSHIPS, township_areas(), strict=True)
        ),
        *(AdminArea(c.code, c.name, "community", SEAT_TOWNSHIP, ground_box(*c.box)) for c in communities(plan)),
        AdminArea(f"{CODE}C01", "萨拉齐县城建成区", "county_seat", CODE, seat),
    ]


def township_seats(town: Town) -> list[tuple[float, float]]:
    """Return where each township's government is, metres of the straight plan."""
    x, y = town.plan.xs[town.plan.centre[0]] + 120.0, town.plan.ys[town.plan.centre[1]] - 90.0
    places = {v.township: (v.x, v.y) for v in town.villages if v.seat}
    return [(float(x), float(y)) if i == 0 else places.get(i, (float(x), float(y))) for i in range(len(TOWNSHIPS))]


def park_ids(town: Town) -> dict[str, str]:
    """Return the number in the register of parks of each park, by its name."""
    names = [area.tags["name"] for area in town.areas if area.tags.get("leisure") == "park"]
    return {name: f"GY{i + 1:03d}" for i, name in enumerate(dict.fromkeys(names))}
