"""Tiles: making those of 100,000 buildings, and the latency of a tile at 1, 10 and 100 clients, beside peers.

Run: ``python benchmarks/tiles.py [--buildings 100000] [--tipg PYTHON] [--pygeoapi PYTHON]``. The clients share the
machine with the server. Ours reads tiles that were made when the snapshot was published, and checks who asks; of the
peers in ``tile_peers.py``, tipg draws each from PostGIS when it is asked for, pygeoapi reads the same tiles from files.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from datetime import date
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import shapely

import tile_peers as peers
from xiancheng.city.classes import load_catalogue
from xiancheng.city.county import County
from xiancheng.city.publish import publish
from xiancheng.city.store import Store
from xiancheng.sample import import_sources, write_sources
from xiancheng.site.tiles.making import make_tiles

CLIENTS = (1, 10, 100)
_ACCOUNT = """
import sys
from pathlib import Path
from xiancheng.site.setup import migrate, start_django
start_django(Path(sys.argv[1]))
migrate()
from xiancheng.site.accounts.making import make_account
from xiancheng.site.accounts.models import User
from xiancheng.site.accounts.tokens import make_token
from xiancheng.site.policy.permission import Scope
user = User.objects.filter(username="bench").first()
user = user or make_account("bench", password="county-2025-bench", roles=["planner"])
print(make_token(user, "bench", [Scope.READ])[1])
"""


def county_of(folder: Path, people: int) -> County:
    """A published sample county with its tiles not made yet."""
    write_sources(folder / "sources", people=people, seed=1)
    import_sources(folder / "sources", folder)
    shutil.rmtree(folder / "sources")
    county, catalogue = County.load(folder), load_catalogue(folder)
    with Store.open(county.city_path, catalogue, read_only=True) as store:
        publish(store, county, catalogue, date(2025, 12, 31))
    return county


def multiply(county: County, buildings: int) -> int:
    """Repeat the buildings of the snapshot beside themselves until there are `buildings`."""
    folder = county.snapshots_folder / "2025-12-31"
    table = pq.read_table(folder / "building.parquet")
    places = shapely.from_wkb(np.asarray(table.column("geometry").to_numpy(), dtype=object))
    parts, have, step = [], 0, 0
    while have < buildings:
        take = min(len(table), buildings - have)
        moved = shapely.transform(places[:take], lambda p, s=step: p + np.array([0.014 * (s % 8), 0.011 * (s // 8)]))
        part = table.slice(0, take)
        ids = pa.array([f"{i}-{step}" for i in part.column("object_id").to_pylist()])
        part = part.set_column(part.column_names.index("object_id"), "object_id", ids)
        wkb = pa.array(list(shapely.to_wkb(moved)), pa.binary())
        parts.append(part.set_column(part.column_names.index("geometry"), "geometry", wkb))
        have, step = have + take, step + 1
    pq.write_table(pa.concat_tables(parts), folder / "building.parquet")
    manifest = json.loads((folder / "manifest.json").read_text())
    manifest["classes"]["building"]["rows"] = have
    manifest["hash"] = f"{buildings:064x}"[-64:]
    (folder / "manifest.json").write_text(json.dumps(manifest))
    return have


async def ask(host: str, port: int, paths: list[str], token: str, seconds: float, out: list[float]) -> None:
    """One client with one connection, asking for tiles as fast as they come."""
    reader, writer = await asyncio.open_connection(host, port)
    end = time.perf_counter() + seconds
    chance = random.Random(len(out) + port)
    while time.perf_counter() < end:
        path = chance.choice(paths)
        head = f"GET {path} HTTP/1.1\r\nHost: {host}\r\nAccept-Encoding: gzip\r\nAuthorization: Bearer {token}\r\n\r\n"
        start = time.perf_counter()
        writer.write(head.encode())
        answer = await reader.readuntil(b"\r\n\r\n")
        status = int(answer.split(b" ", 2)[1])
        lines = answer.lower().split(b"\r\n")
        length = next((int(line.split(b":")[1]) for line in lines if line.startswith(b"content-length")), 0)
        if length:
            await reader.readexactly(length)
        if status not in {200, 204}:
            raise AssertionError(answer)
        out.append((time.perf_counter() - start) * 1000)
    writer.close()


def serve(folder: Path, port: int) -> tuple[subprocess.Popen[bytes], str]:
    """Serve the county; return the process and a token of somebody who sees everything."""
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "xiancheng.site.settings"}
    made = subprocess.run(
        [sys.executable, "-c", _ACCOUNT, str(folder)], check=True, capture_output=True, env=environment
    )
    process = subprocess.Popen(
        [sys.executable, "-m", "xiancheng", "-C", str(folder), "serve", "--port", str(port)],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment,
    )  # fmt: skip
    for _ in range(600):
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=2).close()
            break
        except OSError:
            time.sleep(0.2)
    return process, made.stdout.decode().split()[-1]


async def measure(port: int, paths: list[str], token: str, clients: int, seconds: float) -> list[float]:
    out: list[float] = []
    await asyncio.gather(*(ask("127.0.0.1", port, paths, token, seconds, out) for _ in range(clients)))
    return sorted(out)


def keys_of(folder: Path, short: str, zooms: tuple[int, ...]) -> list[tuple[int, int, int]]:
    """Return zoom, column and row of every tile of the buildings at some zooms."""
    from pmtiles.reader import MmapSource, all_tiles

    with (folder / "tiles" / short / "building.pmtiles").open("rb") as file:
        return [key for key, _ in all_tiles(MmapSource(file)) if key[0] in zooms]


def compare(name: str, port: int, pattern: str, keys: list[tuple[int, int, int]], token: str, seconds: float) -> None:
    """Ask for tiles with every number of clients and print how long they waited."""
    paths = [pattern.format(z=z, x=x, y=y) for z, x, y in keys]
    asyncio.run(measure(port, paths, token, 4, 2))
    for clients in CLIENTS:
        times = asyncio.run(measure(port, paths, token, clients, seconds))
        quantile = statistics.quantiles(times, n=100)
        print(
            f"{name:<10} {clients:>4} clients: {len(times) / seconds:>7,.0f} tiles/s   "
            f"p50 {quantile[49]:.1f} ms   p95 {quantile[94]:.1f} ms   p99 {quantile[98]:.1f} ms"
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--buildings", type=int, default=100_000)
    parser.add_argument("--people", type=int, default=20_000)
    parser.add_argument("--seconds", type=float, default=5)
    parser.add_argument("--port", type=int, default=8138)
    parser.add_argument("--tipg", type=Path, default=None, help="Python of an environment that has it")
    parser.add_argument("--pygeoapi", type=Path, default=None, help="Python of an environment that has it")
    parser.add_argument("--folder", type=Path, default=None, help="county to keep, with tiles made or not")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = options.folder or Path(temporary) / "county"
        county = County.load(folder) if (folder / "county.toml").exists() else county_of(folder, options.people)
        count = multiply(county, options.buildings) if not (folder / "tiles").exists() else options.buildings
        start = time.perf_counter()
        made = make_tiles(county, load_catalogue(folder), date(2025, 12, 31))
        seconds = time.perf_counter() - start
        size = sum(f.stat().st_size for f in made.glob("*.pmtiles")) / 1e6
        solids = sum(f.stat().st_size for f in (made / "3dtiles").iterdir()) / 1e6
        print(
            f"{count:,} buildings and the rest: vector and 3D tiles in {seconds:.1f} s; {size:.1f} MB, {solids:.1f} MB"
        )
        process, token = serve(folder, options.port)
        try:
            keys = keys_of(folder, made.name, (13, 14, 15))
            ours = "/ogc/collections/building/tiles/WebMercatorQuad/{z}/{y}/{x}"
            compare("xiancheng", options.port, ours, keys, token, options.seconds)
        finally:
            process.terminate()
            process.wait(20)
        usage = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
        print(f"largest process {usage:,.0f} MB")
        if options.tipg:
            with (
                peers.database(county.snapshots_folder / "2025-12-31" / "building.parquet") as database,
                peers.tipg(options.tipg, database) as (port, pattern),
            ):
                compare("tipg", port, pattern, keys, token, options.seconds)
        if options.pygeoapi:
            archive = made / "building.pmtiles"
            with peers.pygeoapi(options.pygeoapi, archive, Path(temporary)) as (port, pattern):
                compare("pygeoapi", port, pattern, keys, token, options.seconds)


if __name__ == "__main__":
    main()
