"""The same figures from pandana (AGPL: here only) and from networkx on real roads."""

from __future__ import annotations

import csv
from pathlib import Path

import networkx as nx
import numpy as np
import pytest
import shapely

from planning.roads import project, read_roads
from xiancheng.planning.access import count_within, gravity
from xiancheng.planning.decay import linear
from xiancheng.planning.nearest import nearest
from xiancheng.planning.network import Network, build_network
from xiancheng.planning.pairs import pairs_within
from xiancheng.planning.snap import snap

pytestmark = [pytest.mark.peer, pytest.mark.filterwarnings("ignore")]


def pandana_network(network: Network):
    pandana = pytest.importorskip("pandana")
    pd = pytest.importorskip("pandas")
    nodes = pd.DataFrame(network.xy, columns=["x", "y"])
    edges = pd.DataFrame({"a": network.tail, "b": network.head, "metres": network.length})
    return pandana.Network(nodes.x, nodes.y, edges.a, edges.b, edges[["metres"]]), pd


def compare(network: Network, facility_nodes: np.ndarray, sizes: np.ndarray) -> None:
    """Nearest three, their identity, and sums within a radius, at every node."""
    peer, pd = pandana_network(network)
    every = snap(network, network.xy)
    assert (every.offset == 0).all()
    facilities = every.take(facility_nodes)
    x, y = pd.Series(network.xy[facility_nodes, 0]), pd.Series(network.xy[facility_nodes, 1])
    peer.set_pois("f", 3000, 3, x, y)
    theirs = peer.nearest_pois(3000, "f", num_pois=3, include_poi_ids=True)
    ours = nearest(network, every, facilities, k=3, limit=3000)
    metres = theirs[[1, 2, 3]].to_numpy()
    np.testing.assert_allclose(np.where(np.isinf(ours.distance), 3000, ours.distance), metres, atol=0.1)
    ids = theirs[["poi1", "poi2", "poi3"]].to_numpy(dtype=float, na_value=-1)
    clear = (np.diff(ours.distance, axis=1, prepend=-10) > 0.2) & (np.diff(ours.distance, axis=1, append=1e9) > 0.2)
    clear &= ours.distance < 2990
    np.testing.assert_array_equal(ours.index[clear], ids[clear])
    assert clear.mean() > 0.05

    peer.set(pd.Series(facility_nodes), variable=pd.Series(sizes), name="size")
    pairs = pairs_within(network, every, facilities, 1500)
    # Pandana counts millimetres: places at the very edge may fall on the other side.
    edge = np.zeros(network.n_nodes, dtype=bool)
    edge[pairs.origin[np.abs(pairs.distance - 1500) < 0.2]] = True
    for kind, got in (
        ("flat", count_within(pairs, network.n_nodes, sizes)),
        ("linear", gravity(pairs, network.n_nodes, sizes, lambda d: linear(d, 1500))),
    ):
        want = peer.aggregate(1500, type="sum", decay=kind, name="size").to_numpy()
        np.testing.assert_allclose(got[~edge], want[~edge], atol=sizes.sum() * 1e-3, err_msg=kind)


def test_pandana_on_its_own_sample(shared: Path):
    tables = pytest.importorskip("tables")
    with tables.open_file(shared / "pandana_sample" / "osm_sample.h5") as store:
        ids = store.get_node("/nodes/axis1")[:]
        lonlat = store.get_node("/nodes/block0_values")[:]
        ends = store.get_node("/edges/block1_values")[:]
    order = np.argsort(ids)
    where = lonlat[order[np.searchsorted(ids[order], ends)]]
    network = build_network(project(shapely.linestrings(where), "EPSG:32610"))
    assert network.n_nodes > 500
    rng = np.random.default_rng(0)
    compare(network, rng.choice(network.n_nodes, 60, replace=False), rng.uniform(1, 50, 60))


@pytest.mark.slow
def test_pandana_on_porto_alegre(shared: Path):
    folder = shared / "poa_portoalegre"
    lines, _ = read_roads(folder / "poa_osm.pbf", "EPSG:31982")
    network = build_network(lines)
    with (folder / "poa_hexgrid.csv").open() as file:
        rows = [row for row in csv.DictReader(file) if int(row["schools"]) > 0]
    points = shapely.points([(float(r["lon"]), float(r["lat"])) for r in rows])
    at = snap(network, shapely.get_coordinates(project(points, "EPSG:31982")))
    on = at.on_network
    nodes = np.where(at.fraction[on] < 0.5, network.tail[at.edge[on]], network.head[at.edge[on]])
    compare(network, nodes, np.array([float(r["schools"]) for r in rows])[on])


def test_networkx_on_directed_las_palmas(shared: Path):
    lines, oneway = read_roads(shared / "osm_laspalmas" / "laspalmas_2023.osm.pbf", "EPSG:32628")
    network = build_network(lines, backward=~oneway)
    graph = nx.DiGraph()
    drawn = zip(lines, oneway, strict=True)
    for line, one in drawn:
        xy = [tuple(p) for p in np.round(line.coords, 2)]
        exact = np.asarray(line.coords)
        for a, b, metres in zip(xy[:-1], xy[1:], np.hypot(*np.diff(exact, axis=0).T), strict=True):
            for u, v in ((b, a),) if one else ((b, a), (a, b)):
                if not graph.has_edge(u, v) or graph[u][v]["metres"] > metres:
                    graph.add_edge(u, v, metres=metres)
    rng = np.random.default_rng(1)
    facilities = rng.choice(network.n_nodes, 20, replace=False)
    node = [tuple(p) for p in np.round(network.xy, 2)]
    # From origin to facility: in networkx the search runs from the facilities against the direction of travel.
    # A way drawn one-way a → b was therefore added as b → a.
    want = nx.multi_source_dijkstra_path_length(graph, {node[i] for i in facilities}, weight="metres")
    every = snap(network, network.xy)
    got = nearest(network, every, every.take(facilities))
    expected = np.array([want.get(n, np.inf) for n in node])
    np.testing.assert_allclose(got.distance, expected, atol=0.02)
    assert np.isfinite(expected).mean() > 0.9
