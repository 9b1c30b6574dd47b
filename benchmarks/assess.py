"""Seconds to assess the whole programme of a made-up county of 100,000 buildings, beside geopandas and networkx.

Run: ``python benchmarks/assess.py [--buildings 100000]``. Compare the ratios: machines differ.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable
from datetime import date
from typing import Any

import geopandas as gpd
import networkx as nx
import numpy as np
import shapely
from pyproj import Transformer
from scipy.spatial import cKDTree

from xiancheng.city.classes import load_catalogue
from xiancheng.city.county import STORED_CRS
from xiancheng.city.snapshot import AGE_BANDS, CountyInfo, FeatureTable, Population, Snapshot
from xiancheng.foundation.text import Text
from xiancheng.programme.assess import assess
from xiancheng.programme.loader import load_programme
from xiancheng.programme.registry import run_measure

CRS, CODE, SIZE = "EPSG:4546", "150221", 12_000.0
ORIGIN = np.array([455_000.0, 4_488_000.0])
CATALOGUE = load_catalogue()


def table(class_name: str, geometry: Any, in_area: Any = None, **columns: Any) -> FeatureTable:
    """Features of a class from geometries in metres."""
    feature_class = CATALOGUE[class_name]
    count = len(geometry)
    metric = shapely.transform(np.asarray(geometry, dtype=object), lambda c: c + ORIGIN)
    back = Transformer.from_crs(CRS, STORED_CRS, always_xy=True)
    stored = shapely.transform(metric, lambda c: np.column_stack(back.transform(c[:, 0], c[:, 1])))
    points = shapely.point_on_surface(metric)
    dimension = shapely.get_dimensions(metric)
    arrays = {}
    for name, values in columns.items():
        number = feature_class.attribute(name).type in {"integer", "number", "boolean"}
        arrays[name] = np.asarray(values, dtype=np.float64 if number else object)
    return FeatureTable(
        feature_class, np.array([f"{class_name}-{i}" for i in range(count)], dtype=object), stored, arrays,
        np.column_stack([shapely.get_x(points), shapely.get_y(points)]),
        np.where(dimension == 2, shapely.area(metric), 0.0),
        np.where(dimension == 1, shapely.length(metric), 0.0),
        np.full(count, None, dtype=object) if in_area is None else np.asarray(in_area, dtype=object), CRS,
    )  # fmt: skip


def synthetic(buildings: int, seed: int = 1) -> Snapshot:
    """Make a county: a street grid of 100 m blocks, buildings, greens and every register the programme asks for."""
    random = np.random.default_rng(seed)
    xy = random.uniform(0, SIZE, (buildings, 2))
    width = random.uniform(4, 12, (buildings, 2))
    homes = random.random(buildings) < 0.8
    area = np.array([f"{CODE}{100 + int(x // (SIZE / 9))}" for x in xy[:, 0]], dtype=object)
    step = 100.0
    at = np.arange(0, SIZE + 1, step)
    across = [line for k in at for j in at[:-1] for line in (((k, j), (k, j + step)), ((j, k), (j + step, k)))]
    roads = shapely.linestrings(np.array(across))

    def blobs(count: int, low: float, high: float) -> Any:
        centres = shapely.points(random.uniform(0, SIZE, (count, 2)))
        return shapely.buffer(centres, random.uniform(low, high, count), quad_segs=8)

    def points(count: int) -> Any:
        return shapely.points(random.uniform(0, SIZE, (count, 2)))

    def some(count: int, *values: Any) -> Any:
        return random.choice(np.array(values, dtype=object), count)

    def number(count: int, low: int, high: int) -> Any:
        return random.integers(low, high, count)

    ninth = SIZE / 9
    shapes = [shapely.box(0, 0, SIZE, SIZE), *(shapely.box(i * ninth, 0, (i + 1) * ninth, SIZE) for i in range(9)),
              shapely.Point(SIZE / 2, SIZE / 2).buffer(4000)]  # fmt: skip
    tables = [
        table("admin_area", shapes, code=[CODE, *(f"{CODE}{100 + i}" for i in range(9)), f"{CODE}C01"],
              level=["county", *["township"] * 9, "county_seat"]),
        table("building", shapely.box(*(xy - width).T, *(xy + width).T), area,
              use=np.where(homes, "residential", "office"),
              floors=number(buildings, 1, 18), year=number(buildings, 1970, 2026), dwellings=number(buildings, 1, 60),
              gigabit=(random.random(buildings) < 0.97), district=[f"d{i % 3000}" for i in range(buildings)]),
        table("road", roads, road_class=some(len(roads), "residential", "tertiary", "secondary")),
        table("park", blobs(120, 20, 150), kind=some(120, "garden", "comprehensive", "country")),
        table("green_space", blobs(3000, 5, 60), kind=some(3000, "pocket", "grass", "corridor", "restored")),
        table("land_use", blobs(800, 80, 250), use=["residential"] * 800),
        table("water_body", blobs(60, 20, 200), kind=some(60, "pond", "wetland"), black_odorous=some(60, 0, 0, 1)),
        table("waterway", shapely.linestrings(random.uniform(0, SIZE, (40, 6, 2)))),
        table("trail", shapely.linestrings(random.uniform(0, SIZE, (10, 4, 2)))),
        table("hospital", points(6), kind=["general", "chinese", "mongolian", "maternal", "special", "general"],
              county_level=[1, 1, 1, 1, 0, 0], beds=number(6, 50, 700), icu_beds=number(6, 0, 30),
              health_staff=number(6, 50, 900), doctors=number(6, 10, 200), nurses=number(6, 20, 300),
              floor_area=number(6, 5000, 60000), infectious_unit=[1, 0, 1, 0, 0, 1],
              digital_resources=[1, 1, 0, 1, 0, 1]),
        table("clinic", points(120), kind=some(120, "village", "health_station", "cdc"), beds=number(120, 0, 20),
              doctors=number(120, 0, 5), nurses=number(120, 0, 6)),
        table("school", points(50), level=some(50, "primary", "junior", "senior", "vocational"),
              places=number(50, 400, 2400), pupils=number(50, 300, 2000), digital_resources=some(50, 0, 1)),
        table("kindergarten", points(60), ownership=some(60, "public", "private_inclusive", "private"),
              children=number(60, 50, 400), nursery_places=number(60, 0, 40), estate_facility=some(60, 0, 1)),
        table("childcare", points(30), kind=some(30, "institution", "community"), places=number(30, 10, 60)),
        table("elderly_care", points(60), kind=some(60, "institution", "station", "day_care"), beds=number(60, 10, 200),
              nursing_beds=number(60, 5, 80), inclusive_beds=number(60, 0, 60), medical=some(60, 0, 1),
              embedded=some(60, 0, 1), ownership=some(60, "public", "private")),
        table("sports_ground", points(200), kind=some(200, "football", "court", "stadium", "outdoor", "fitness_centre"),
              owner_kind=some(200, "school", "public", "agency"), eligible=some(200, 0, 1),
              opening=some(200, "free", "closed", "low_cost"), area_m2=number(200, 400, 9000)),
        table("community_service_point", points(60), functions=some(60, "elderly_care;canteen;sport", "sport"),
              floor_area=number(60, 200, 1500)),
        table("coverage_area", blobs(40, 1500, 3000), kind=some(40, "5g", "gigabit", "hdtv")),
        table("meter", points(20000), kind=some(20000, "electricity", "water"), smart=some(20000, 0, 1, 1)),
        table("heritage_site", points(60), level=some(60, "national", "county", "undesignated"),
              kind=some(60, "great_wall", "revolutionary", "site"), has_scope=some(60, 0, 1), has_mark=some(60, 0, 1),
              has_archive=some(60, 0, 1), has_keeper=some(60, 0, 1), in_use=some(60, 0, 1)),
        table("old_tree", points(300), grade=some(300, "1", "2", "3"), plate=some(300, 0, 1)),
    ]  # fmt: skip
    rows = np.flatnonzero(homes)
    persons = random.gamma(2, 1.5, len(rows))
    shares = random.dirichlet(np.array([3, 3, 7, 4, 4, 60, 25]), len(rows))
    buildings_table = tables[1]
    population = Population(
        buildings_table.ids[rows], "building", buildings_table.xy[rows], persons,
        {band: persons * shares[:, i] for i, band in enumerate(AGE_BANDS)}, area[rows], "census_floor_area",
        {"method": "census_floor_area"},
    )  # fmt: skip
    return Snapshot(
        county=CountyInfo(Text("合成县", "Synthetic County"), CODE, CRS, synthetic=True), as_of=date(2025, 12, 31),
        content_hash="sha256:synthetic", catalogue=CATALOGUE, tables={t.feature_class.name: t for t in tables},
        population=population,
    )  # fmt: skip


def timed(work: Callable[[], Any]) -> tuple[float, Any]:
    """Return seconds and result."""
    begin = time.perf_counter()
    result = work()
    return time.perf_counter() - begin, result


def processor(work: Callable[[], Any]) -> float:
    """Return seconds of processor time of all threads."""
    begin = time.process_time()
    work()
    return time.process_time() - begin


def fresh(city: Snapshot) -> Snapshot:
    """Return the same tables with nothing remembered."""
    return Snapshot(
        county=city.county, as_of=city.as_of, content_hash=city.hash, catalogue=city.catalogue,
        tables={n: copied(city.table(n)) for n in CATALOGUE.classes if city.has(n)}, population=city.population,
    )  # fmt: skip


def copied(t: FeatureTable) -> FeatureTable:
    """Return a table that has not been projected yet."""
    return FeatureTable(t.feature_class, t.ids, t.geometry, t.columns, t.xy, t.area, t.length, t.in_area, t.crs)


def plain_straight(city: Snapshot, metres: float, least: float) -> float:
    """Compute the share of residents near a park as one would with geopandas: buffer, union, join."""
    parks = gpd.GeoDataFrame(geometry=list(city.table("park").geometry), crs=STORED_CRS).to_crs(CRS)
    parks = parks[parks.area >= least]
    people = city.population
    frame = gpd.GeoDataFrame({"n": people.persons}, geometry=gpd.points_from_xy(*people.xy.T), crs=CRS)
    zone = gpd.GeoDataFrame(geometry=list(parks.buffer(metres, quad_segs=64)), crs=CRS)
    inside = gpd.sjoin(frame, zone, predicate="intersects").index.unique()
    return float(frame.loc[inside, "n"].sum() / frame["n"].sum())


def plain_network(city: Snapshot) -> float:
    """Compute the mean walk to a hospital or clinic as one would with networkx, from the nearest junction."""
    graph = nx.Graph()
    for line in city.table("road").projected:
        a, b = line.coords[0], line.coords[-1]
        graph.add_edge((round(a[0], 2), round(a[1], 2)), (round(b[0], 2), round(b[1], 2)), weight=line.length)
    nodes = list(graph.nodes)
    tree = cKDTree(np.array(nodes))
    places = np.concatenate([city.table("hospital").xy, city.table("clinic").xy])
    _, at = tree.query(places)
    metres = nx.multi_source_dijkstra_path_length(graph, {nodes[i] for i in at}, weight="weight")
    to_road, mine = tree.query(city.population.xy)
    walk = np.array([metres[nodes[i]] for i in mine]) + to_road
    return float((walk * city.population.persons).sum() / city.population.persons.sum())


def main() -> None:
    """Measure and print one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--buildings", type=int, default=100_000)
    parser.add_argument("--profile", action="store_true", help="print the slowest indicators")
    given = parser.parse_args()
    programme = load_programme("baotou-2023")
    run_measure(
        synthetic(2000), "access.two_step", {"of": "hospital", "attribute": "beds", "metres": 10000, "mode": "drive"}
    )
    city = synthetic(given.buildings)
    if given.profile:
        profile(fresh(city))
    whole = [timed(lambda: assess([fresh(city)], programme, today=date(2026, 6, 1))) for _ in range(5)]
    cpu = min(processor(lambda: assess([fresh(city)], programme, today=date(2026, 6, 1))) for _ in range(3))
    straight = {"of": "park", "metres": 500, "min_area_m2": 5000, "metric": "straight", "within": "all"}
    walk = {"of": "hospital,clinic", "from": "point", "within": "all"}
    ours_straight = min(timed(lambda: run_measure(fresh(city), "access.residents_within", straight)) for _ in range(3))
    ours_walk, ours_mean = min(
        ((t, m.value) for t, m in (timed(lambda: run_measure(fresh(city), "access.nearest", walk)) for _ in range(3)))
    )
    their_straight, their_share = timed(lambda: plain_straight(city, 500, 5000))
    their_walk, their_mean = timed(lambda: plain_network(city))
    print(json.dumps({
        "buildings": given.buildings,
        "indicators": sum(len(c.indicators) for c in programme.clauses),
        "with_data": sum(i.status != "no_data" for c in whole[0][1].clauses for i in c.indicators),
        "assess_seconds": round(min(t for t, _ in whole), 2),
        "assess_processor_seconds": round(cpu, 2),
        "residents_within_straight": {"ours": round(ours_straight[0], 3), "geopandas": round(their_straight, 3),
                                      "ratio": round(their_straight / ours_straight[0], 1),
                                      "figures": [ours_straight[1].value, their_share]},
        "nearest_walk": {"ours": round(ours_walk, 3), "networkx": round(their_walk, 3),
                         "ratio": round(their_walk / ours_walk, 1), "figures": [ours_mean, their_mean]},
    }, indent=1))  # fmt: skip


def profile(city: Snapshot) -> None:
    """Print the slowest indicators, in the order of the programme (what is shared is paid by the first)."""
    seconds = []
    for clause in load_programme("baotou-2023").clauses:
        for indicator in clause.indicators:
            if indicator.measure is not None:
                took, _ = timed(lambda i=indicator: run_measure(city, i.measure, i.params))
                seconds.append((took, f"{clause.id} {indicator.id} {indicator.measure}"))
    for took, name in sorted(seconds, reverse=True)[:25]:
        print(f"{took:7.3f}  {name}")


if __name__ == "__main__":
    main()
