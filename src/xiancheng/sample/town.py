"""The whole synthetic county as it is before it becomes files."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely

from xiancheng.sample.blocks import build_parcels, north_of_ring
from xiancheng.sample.fabric import USES, Area, Buildings, Fabric, Line, Site
from xiancheng.sample.frame import DATES, Floats, Residents, residents, stream
from xiancheng.sample.green import parks
from xiancheng.sample.junctions import join
from xiancheng.sample.plan import FLOOR_AREA_PER_PERSON, Plan, lay_out
from xiancheng.sample.streets import bridges, grid_streets, main_lines
from xiancheng.sample.villages import Village, build_villages, place_villages


@dataclass(frozen=True)
class Town:
    """Everything that stands, in metres of the straight plan; `frame.bend` puts it on the ground.

    Attributes
    ----------
    lines
        Roads share their vertices at junctions.
    residents
        At the two dates.
    """

    people: int
    seed: int
    plan: Plan
    lines: list[Line]
    areas: list[Area]
    buildings: Buildings
    places: list[str]
    sites: list[Site]
    villages: list[Village]
    residents: tuple[Residents, Residents]


def build_town(people: int, seed: int) -> Town:
    """Build the county whose seat has `people` residents."""
    plan = lay_out(people, seed)
    counts = (residents(people, DATES[0]), residents(people, DATES[1]))
    fabric = Fabric()
    grid_streets(plan, fabric)
    main_lines(plan, fabric)
    build_parcels(plan, fabric, stream(seed, "parcels"), housed=people * FLOOR_AREA_PER_PERSON)
    parks(plan, fabric, stream(seed, "parks"))
    north_of_ring(plan, fabric, stream(seed, "north"))
    villages = place_villages(plan, counts[1].rural, stream(seed, "places"))
    build_villages(plan, villages, fabric, stream(seed, "villages"))
    lines = _joined(bridges(fabric.lines, plan.river_width / 2))
    return Town(
        people=people,
        seed=seed,
        plan=plan,
        lines=lines,
        areas=fabric.areas,
        buildings=_off_the_road(fabric.buildings(), lines),
        places=fabric.places,
        sites=fabric.sites,
        villages=villages,
        residents=counts,
    )


def _joined(lines: list[Line]) -> list[Line]:
    roads = [line for line in lines if "highway" in line.tags]
    others = [line for line in lines if "highway" not in line.tags]
    points = join([line.points for line in roads], [line.level for line in roads])
    return [
        *(
            Line(_dense(p), line.tags, line.when, line.level)
            for p, line in zip(points, roads, strict=True)
            if len(p) > 1 and np.abs(p[0] - p[-1]).max() + len(p) > 2
        ),
        *(Line(_dense(line.points), line.tags, line.when, line.level) for line in others),
    ]


def _dense(points: Floats) -> Floats:
    """Add vertices so that no piece is longer than 90 m: the ground bends what is straight on the plan."""
    return np.round(shapely.get_coordinates(shapely.segmentize(shapely.LineString(points), 90.0)), 2)


def _off_the_road(buildings: Buildings, lines: list[Line]) -> Buildings:
    """Leave out shops, sheds and houses where a lane passes."""
    roads = [line for line in lines if line.tags.get("highway") not in {None, "footway", "pedestrian"}]
    tree = shapely.STRtree([shapely.LineString(line.points) for line in roads])
    corners = buildings.corners()
    hit, road = tree.query(shapely.polygons(corners), predicate="dwithin", distance=1.0)
    both = (np.array([line.when for line in roads])[road] & buildings.when[hit]) > 0
    small = np.isin(buildings.use, [USES.index(u) for u in ("retail", "garages", "house")])
    drop = np.zeros(len(buildings), dtype=bool)
    drop[hit[both]] = True
    return buildings.take(~(drop & small))
