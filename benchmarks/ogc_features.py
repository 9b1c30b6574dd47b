"""Features as GeoJSON over HTTP from a county of 100,000 buildings: our server, and pygeoapi on the same GeoPackage.

Run: ``python benchmarks/ogc_features.py [--buildings 100000] [--pygeoapi /path/to/its/venv/bin/python]``.

pygeoapi (``pip install pygeoapi==0.21.* gunicorn`` in an environment of its own; it needs the system's SpatiaLite) is
served by gunicorn with one worker, ours by ``xiancheng serve`` with one. Both answer the same requests with the same
features, which is checked. Figures are medians over rounds on one machine: compare the ratios.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable
from datetime import date
from pathlib import Path

import numpy as np
import shapely

from pygeoapi_peer import pygeoapi

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests" / "site"))
from serving import Person, served

from xiancheng.city.classes import load_catalogue
from xiancheng.city.county import County
from xiancheng.city.store import Store
from xiancheng.foundation.text import Text

WIDTH = 0.2
PAGE = 10_000
ROUNDS = 5


def build(folder: Path, count: int) -> County:
    """Buildings with the corners and attributes that surveyed ones have."""
    random = np.random.default_rng(1)
    x, y = random.uniform(110.4, 110.4 + WIDTH, count), random.uniform(40.4, 40.4 + WIDTH, count)
    angle = np.linspace(0, 2 * np.pi, 9)
    radius = random.uniform(5e-5, 2e-4, count)[:, None]
    rings = np.stack([x[:, None] + radius * np.cos(angle), y[:, None] + radius * np.sin(angle)], axis=-1)
    rings[:, -1] = rings[:, 0]
    county = County(folder, Text("测试县", "Test"), "150221", "EPSG:4546")
    county.save()
    with Store.create(county.city_path, load_catalogue()) as store:
        names = np.array([f"{i} 号楼" for i in range(count)], dtype=object)
        with store.change(source="survey", reason="first survey") as change:
            change.add_many(
                "building", [f"b{i:06d}" for i in range(count)], valid_from=date(2020, 1, 1),
                geometry=shapely.polygons(rings),
                columns={
                    "name": names,
                    "floors": random.integers(1, 30, count).astype(float),
                    "height": random.uniform(3, 90, count),
                },
            )  # fmt: skip
    return county


def fetch(address: str, headers: dict[str, str]) -> bytes:
    with urllib.request.urlopen(urllib.request.Request(address, headers=headers), timeout=600) as answer:
        return answer.read()


def median(run: Callable[[], object], rounds: int = ROUNDS) -> float:
    seconds = []
    for _ in range(rounds):
        start = time.perf_counter()
        run()
        seconds.append(time.perf_counter() - start)
    return statistics.median(seconds)


class Server:
    """One server and how it is asked."""

    def __init__(self, name: str, root: str, headers: dict[str, str]) -> None:
        self.name, self.headers = name, {"Accept": "application/geo+json, application/json", **headers}
        self.items = f"{root}/collections/building/items"

    def get(self, query: str) -> bytes:
        return fetch(f"{self.items}?{query}", self.headers)

    def whole(self) -> tuple[int, float]:
        """Follow the links from page to page; return features, and the seconds that fetching them took."""
        address, total, seconds = f"{self.items}?limit={PAGE}", 0, 0.0
        while address:
            start = time.perf_counter()
            body = fetch(address, self.headers)
            seconds += time.perf_counter() - start
            document = json.loads(body)
            total += len(document["features"])
            address = next((x["href"] for x in document["links"] if x["rel"] == "next"), "")
        return total, seconds


def measure(server: Server, box: str, name: str) -> dict[str, float]:
    document = json.loads(server.get(f"limit={PAGE}&bbox={box}"))
    print(f"{server.name}: {len(document['features']):,} features in the box")
    out = {"found": float(len(document["features"]))}
    out["box of 10,000 (s)"] = median(lambda: server.get(f"limit={PAGE}&bbox={box}"))
    out["page of 100 (s)"] = median(lambda: server.get("limit=100"), 20)
    out["one feature (s)"] = median(lambda: fetch(f"{server.items}/{name}", server.headers), 20)
    total, seconds = server.whole()
    out["all, features/s"] = total / seconds
    print(f"  all {total:,} features: {seconds:.2f} s")
    return out


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--buildings", type=int, default=100_000)
    parser.add_argument("--pygeoapi", type=Path, default=None, help="Python of an environment that has it")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "county"
        county = build(folder, options.buildings)
        side = WIDTH * np.sqrt(9_900 / options.buildings)
        box = f"110.45,40.45,{110.45 + side:.6f},{40.45 + side:.6f}"
        results = {}
        with served(folder, {"reader": Person("planner")}, workers="1") as running:
            ours = Server("xiancheng", f"{running.url}/ogc", running.headers("reader"))
            results["xiancheng"] = measure(ours, box, "b000500")
        if options.pygeoapi:
            file = (
                f'{{type: feature, name: SQLiteGPKG, data: "{county.city_path}", id_field: object_id, table: building}}'
            )
            with pygeoapi(options.pygeoapi, file, Path(place)) as port:
                peer = Server("pygeoapi", f"http://127.0.0.1:{port}", {})
                results["pygeoapi"] = measure(peer, box, "b000500")
            found = {int(r["found"]) for r in results.values()}
            print(f"features in the box: {found}")
        for key in ("box of 10,000 (s)", "page of 100 (s)", "one feature (s)", "all, features/s"):
            line = "  ".join(f"{name} {r[key]:,.4g}" for name, r in results.items())
            if len(results) == 2:
                a, b = results["xiancheng"][key], results["pygeoapi"][key]
                line += f"  ratio {(a / b if key.endswith('features/s') else b / a):.1f}"
            print(f"{key}: {line}")


if __name__ == "__main__":
    main()
