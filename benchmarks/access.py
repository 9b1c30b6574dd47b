"""Nearest facility of 12 kinds for 100,000 buildings: Xiancheng beside pandana and networkx, in one run.

Run: ``python benchmarks/access.py [ROADS.osm.pbf] [--quick] [--reach 5000] [--rounds 3] [--json FILE]``

Without a file the roads are a synthetic county of about 50,000 junctions: a perturbed grid with an eighth of its
streets missing. Xiancheng measures from the buildings, along the exact parts of their streets; pandana and networkx
measure between junctions and give each building the figure of the junction nearest to it. Both are held to the same
reach. Before anything is timed as comparable, the three are compared at the junctions.

Columns of the table: *cold* begins with road lines and coordinates and ends with 12 figures for every building.
*Queries* alone has the network, the buildings and the facilities in place already. *Processor* is cold, in seconds of
all processors together, which another program's load changes less. All but pandana run `--rounds` times, and the best
counts.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stdout, suppress
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import shapely

from xiancheng.planning.nearest import nearest
from xiancheng.planning.network import Network, build_network
from xiancheng.planning.snap import snap

KINDS = [2, 4, 6, 8, 12, 20, 30, 50, 80, 120, 200, 400]
"""Facilities of each kind, from hospitals to bus stops."""


@dataclass
class Case:
    """Roads, buildings and facilities."""

    lines: np.ndarray
    buildings: np.ndarray
    facilities: list[np.ndarray]
    reach: float


@dataclass
class Run:
    """Seconds by step on the clock and of the processor, and the figures at the junctions."""

    seconds: dict[str, float] = field(default_factory=dict)
    processor: float = 0.0
    at_nodes: list[np.ndarray] = field(default_factory=list)

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        start, busy = time.perf_counter(), time.process_time()
        yield
        self.seconds[name] = time.perf_counter() - start
        self.processor += time.process_time() - busy

    def total(self) -> float:
        return sum(self.seconds.values())


def synthetic_roads(side: int) -> np.ndarray:
    """A perturbed grid of ``side * side`` junctions, streets bent once, an eighth of them missing."""
    rng = np.random.default_rng(1)
    grid = np.stack(np.meshgrid(np.arange(side) * 100.0, np.arange(side) * 100.0), axis=-1)
    at = grid + rng.normal(0, 20, grid.shape)
    along = np.stack([at[:, :-1], at[:, 1:]], axis=2).reshape(-1, 2, 2)
    across = np.stack([at[:-1], at[1:]], axis=2).reshape(-1, 2, 2)
    streets = np.concatenate([along, across])
    streets = streets[rng.random(len(streets)) > 1 / 8]
    bend = streets.mean(axis=1, keepdims=True) + rng.normal(0, 5, (len(streets), 1, 2))
    return shapely.linestrings(np.concatenate([streets[:, :1], bend, streets[:, 1:]], axis=1))


def roads_of(path: Path) -> np.ndarray:
    """Every highway a car or a walker may use, in metres around the middle of the extract."""
    import osmium
    from pyproj import Transformer

    lines = [
        [(node.lon, node.lat) for node in way.nodes if node.location.valid()]
        for way in osmium.FileProcessor(str(path), osmium.osm.NODE | osmium.osm.WAY).with_locations()
        if way.is_way() and "highway" in way.tags
    ]
    drawn = np.array([shapely.LineString(xy) for xy in lines if len(xy) > 1], dtype=object)
    lon, lat = shapely.get_coordinates(drawn).mean(axis=0)
    local = Transformer.from_crs("EPSG:4326", f"+proj=laea +lat_0={lat} +lon_0={lon} +units=m", always_xy=True)
    return shapely.transform(drawn, lambda xy: np.column_stack(local.transform(xy[:, 0], xy[:, 1])))


def case_of(lines: np.ndarray, buildings: int, reach: float) -> Case:
    """Buildings and facilities 5 to 40 m beside the roads, anywhere on them by length."""
    rng = np.random.default_rng(2)
    length = shapely.length(lines)

    def beside(count: int) -> np.ndarray:
        road = rng.choice(len(lines), count, p=length / length.sum())
        on_road = shapely.line_interpolate_point(lines[road], rng.random(count), normalized=True)
        turn = rng.uniform(0, 2 * np.pi, count)
        away = rng.uniform(5, 40, count)
        return shapely.get_coordinates(on_road) + np.column_stack([np.cos(turn), np.sin(turn)]) * away[:, None]

    return Case(lines, beside(buildings), [beside(count) for count in KINDS], reach)


def ours(case: Case, nodes_of: Callable[[Network], list[np.ndarray]], engine: str) -> Run:
    run = Run()
    with run.step("network"):
        network = build_network(case.lines)
        _ = network.reverse_costs
    with run.step("snap buildings"):
        buildings = snap(network, case.buildings)
    with run.step("snap facilities"):
        facilities = [snap(network, xy) for xy in case.facilities]
    with run.step("queries"):
        for places in facilities:
            nearest(network, buildings, places, limit=case.reach, engine=engine)
    every = snap(network, network.xy)
    for nodes in nodes_of(network):
        run.at_nodes.append(nearest(network, every, every.take(nodes), limit=case.reach, engine=engine).distance)
    return run


def pandana(case: Case, network: Network, nodes: list[np.ndarray]) -> Run:
    import pandana as peer
    import pandas as pd

    run = Run()
    xy = network.xy
    with run.step("contraction hierarchy"):
        graph = peer.Network(
            pd.Series(xy[:, 0]), pd.Series(xy[:, 1]), pd.Series(network.tail), pd.Series(network.head),
            pd.DataFrame({"metres": network.length}),
        )  # fmt: skip
    with run.step("buildings to junctions"):
        junction = graph.get_node_ids(pd.Series(case.buildings[:, 0]), pd.Series(case.buildings[:, 1])).to_numpy()
    with run.step("facilities to junctions"):
        for kind, some in enumerate(nodes):
            graph.set_pois(str(kind), case.reach, 1, pd.Series(xy[some, 0]), pd.Series(xy[some, 1]))
    with run.step("queries"):
        for kind in range(len(nodes)):
            result = graph.nearest_pois(case.reach, str(kind), num_pois=1)[1]
            result.to_numpy()[junction]
            run.at_nodes.append(result.to_numpy())
    return run


def networkx(case: Case, network: Network, nodes: list[np.ndarray]) -> Run:
    import networkx as peer
    from scipy.spatial import cKDTree

    run = Run()
    with run.step("graph"):
        graph = peer.Graph()
        graph.add_nodes_from(range(network.n_nodes))
        for edge in np.argsort(-network.length):
            graph.add_edge(int(network.tail[edge]), int(network.head[edge]), weight=float(network.length[edge]))
    with run.step("buildings to junctions"):
        junction = cKDTree(network.xy).query(case.buildings)[1]
    with run.step("queries"):
        for some in nodes:
            found = peer.multi_source_dijkstra_path_length(graph, set(some.tolist()), cutoff=case.reach)
            result = np.full(network.n_nodes, np.inf)
            result[list(found)] = list(found.values())
            result[junction]
            run.at_nodes.append(result)
    return run


def worst_difference(one: Run, other: Run, reach: float) -> float:
    """The largest difference at a junction in metres, unreached counted as at the reach."""
    return max(
        float(np.abs(np.minimum(a, reach) - np.minimum(b, reach)).max())
        for a, b in zip(one.at_nodes, other.at_nodes, strict=True)
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("roads", type=Path, nargs="?")
    parser.add_argument("--quick", action="store_true", help="10,000 junctions and 20,000 buildings")
    parser.add_argument("--reach", type=float, default=5000.0, help="metres")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()

    lines = roads_of(options.roads) if options.roads else synthetic_roads(100 if options.quick else 224)
    case = case_of(lines, 20_000 if options.quick else 100_000, options.reach)

    def facility_nodes(network: Network) -> list[np.ndarray]:
        rng = np.random.default_rng(3)
        return [rng.choice(network.n_nodes, count, replace=False) for count in KINDS]

    def best(function: Callable[[], Run], rounds: int = options.rounds) -> Run:
        return min((function() for _ in range(rounds)), key=Run.total)

    network = build_network(case.lines)
    nodes = facility_nodes(network)
    runs = {"xiancheng": best(lambda: ours(case, facility_nodes, "auto"))}
    with suppress(ImportError):
        import numba  # noqa: F401 - only whether it is there

        runs["xiancheng, numba"] = best(lambda: ours(case, facility_nodes, "numba"), options.rounds + 1)
    with suppress(ImportError), redirect_stdout(sys.stderr):
        runs["networkx"] = best(lambda: networkx(case, network, nodes))
    with suppress(ImportError), redirect_stdout(sys.stderr):
        runs["pandana"] = best(lambda: pandana(case, network, nodes), 1)

    base = runs["xiancheng"]
    print(f"{network.n_nodes:,} junctions, {network.n_edges:,} edges, {len(case.buildings):,} buildings, ", end="")
    print(f"{len(KINDS)} kinds, {sum(KINDS):,} facilities, reach {options.reach:,.0f} m\n")
    print(
        f"{'':20}{'cold s':>10}{'× ours':>9}{'processor s':>13}{'queries s':>12}{'× ours':>9}{'worst difference':>19}"
    )
    for name, run in runs.items():
        cold, queries = run.total(), run.seconds["queries"]
        times, query_times = cold / base.total(), queries / base.seconds["queries"]
        print(f"{name:20}{cold:10.3f}{times:9.1f}{run.processor:13.3f}{queries:12.3f}{query_times:9.1f}", end="")
        print(f"{worst_difference(base, run, options.reach):17.4f} m")
    print()
    for name, run in runs.items():
        print(f"{name:20}" + ", ".join(f"{step} {seconds:.3f}" for step, seconds in run.seconds.items()))
    if "pandana" in runs:
        peer = runs["pandana"]
        print(f"\nfaster than pandana with its preparation: {peer.total() / base.total():.1f} times (target 20)")
        print(
            f"cold, against pandana's queries alone:    {base.total() / peer.seconds['queries']:.2f} (target at most 1)"
        )
    if options.json:
        figures = {name: {**run.seconds, "cold": run.total(), "processor": run.processor} for name, run in runs.items()}
        options.json.write_text(json.dumps(figures, indent=2), encoding="utf-8")


if __name__ == "__main__":
    main()
