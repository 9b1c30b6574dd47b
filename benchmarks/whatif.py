"""From click to every figure that moves: what-if over HTTP on the real server, beside a full reassessment in one run.

Run: ``python benchmarks/whatif.py [COUNTY] [--people 300000] [--clicks 40] [--workers 1]``

Without a county a sample one is made (300,000 people have about 100,000 buildings). Each click is another place in the
county seat and another size; it is timed from sending the request to having parsed the whole answer, over one
connection that is kept, as a browser keeps it. Figures that the first answer has no time for are asked for at once and
count in the time. *Memory* is resident memory of the server's processes. *Reassessment* computes every figure of the
programme anew, in this process, with networks and places in memory already: what a click would cost without knowing
what depends on what. Machines differ: compare the columns.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import re
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import shapely

from xiancheng.city.classes import load_catalogue
from xiancheng.city.county import County
from xiancheng.city.publish import open_snapshot, publish, published
from xiancheng.city.snapshot import Snapshot
from xiancheng.city.store import Store
from xiancheng.programme.loader import load_programme
from xiancheng.programme.model import Programme
from xiancheng.programme.registry import run_measure
from xiancheng.sample import import_sources, write_sources

NAME, PASSWORD = "what-if-benchmark", "county-2025-benchmark"
START_SECONDS = 300
CASES: dict[str, dict[str, Any]] = {
    "park": {"area_m2": (2000, 20_000)},
    "green_space": {"area_m2": (400, 6000), "attributes": {"kind": "pocket"}},
    "school": {"attributes": {"level": "primary", "places": 900}},
    "hospital": {"attributes": {"kind": "general", "beds": 300, "doctors": 90, "nurses": 120}},
    "kindergarten": {"attributes": {"places": 270, "children": 240, "ownership": "public"}},
    "elderly_care": {"attributes": {"kind": "station", "beds": 20}},
    "sports_ground": {"attributes": {"kind": "court", "area_m2": 900}},
}
"""What is added by a click, and how large."""


class Client:
    """One browser: a kept connection, cookies, the token that writes repeat."""

    def __init__(self, port: int) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=600)
        self.cookies: dict[str, str] = {}

    def ask(self, method: str, path: str, content: Any = None) -> Any:
        headers = {"Accept": "application/json", "Cookie": "; ".join(f"{k}={v}" for k, v in self.cookies.items())}
        body = None
        if content is not None:
            body = json.dumps(content)
            headers |= {"Content-Type": "application/json", "X-CSRFToken": self.cookies.get("xiancheng_csrf", "")}
        self.connection.request(method, path, body, headers)
        answer = self.connection.getresponse()
        for value in answer.headers.get_all("Set-Cookie") or []:
            name, _, rest = value.partition("=")
            self.cookies[name] = rest.split(";")[0]
        text = answer.read()
        if answer.status >= 300:
            raise SystemExit(f"{method} {path}: {answer.status} {text[:400]!r}")
        return json.loads(text) if text else None


def make_county(folder: Path, people: int) -> None:
    """Make and publish a sample county."""
    write_sources(folder / "sources", people=people, seed=1)
    import_sources(folder / "sources", folder)
    home, catalogue = County.load(folder), load_catalogue(folder)
    with Store.open(home.city_path, catalogue, read_only=True) as store:
        publish(store, home, catalogue, date(2025, 12, 31))


@contextmanager
def serving(folder: Path, workers: int) -> Iterator[tuple[int, int]]:
    """Serve a county; yield the port and the process."""
    command = [sys.executable, "-m", "xiancheng", "-C", str(folder)]
    added = subprocess.run(
        [*command, "user", "add", NAME, "--role", "planner", "--password", PASSWORD],
        capture_output=True,
        check=False,
        text=True,
    )
    if added.returncode and NAME not in added.stderr + added.stdout:
        raise SystemExit(added.stderr)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    environment = {**os.environ, "XIANCHENG_WORKERS": str(workers), "XIANCHENG_THREADS": "2"}
    process = subprocess.Popen(
        [*command, "serve", "--port", str(port)], env=environment, stdout=subprocess.DEVNULL, start_new_session=True
    )
    try:
        yield port, process.pid
    finally:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)


def connect(port: int) -> Client:
    """Log in as soon as the server answers, and wait until it has the newest snapshot ready."""
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end:
        try:
            client = Client(port)
            client.ask("GET", "/api/session")
            client.ask("POST", "/api/session/login", {"username": NAME, "password": PASSWORD})
        except OSError:
            time.sleep(0.3)
            continue
        while not client.ask("GET", "/api/access/classes")["ready"]:
            time.sleep(0.5)
        return client
    raise SystemExit("the server does not answer")


def resident(root: int) -> tuple[float, int]:
    """Return MiB of resident memory of a process and all below it, and their number."""
    parents = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text().rpartition(")")[2].split()
            parents[int(path.parent.name)] = int(fields[1])
        except OSError:
            continue
    family, found = {root}, True
    while found:
        found = False
        for process, parent in parents.items():
            if parent in family and process not in family:
                family.add(process)
                found = True
    total = 0
    for process in family:
        status = Path(f"/proc/{process}/status")
        match = re.search(r"VmRSS:\s+(\d+)", status.read_text()) if status.exists() else None
        total += int(match[1]) if match else 0
    return total / 1024, len(family)


def clicks(city: Snapshot, name: str, count: int) -> Iterator[dict[str, Any]]:
    """Yield edits at random places of the county seat."""
    random = np.random.default_rng(len(name))
    areas = city.table("admin_area")
    seat = shapely.union_all(areas.geometry[areas.column("level") == "county_seat"])
    west, south, east, north = seat.bounds
    case, made = CASES[name], 0
    while made < count:
        place = [float(random.uniform(west, east)), float(random.uniform(south, north))]
        if not seat.contains(shapely.Point(place)):
            continue
        made += 1
        edit: dict[str, Any] = {"op": "add", "class": name, "id": f"new-{made}"}
        edit["geometry"] = {"type": "Point", "coordinates": place}
        if "attributes" in case:
            edit["attributes"] = case["attributes"]
        if "area_m2" in case:
            edit["area_m2"] = float(random.uniform(*case["area_m2"]))
        yield edit


def click(client: Client, edits: list[dict[str, Any]]) -> tuple[float, int, int]:
    """Return seconds from click to all figures, how many there are, and how many came second."""
    start = time.perf_counter()
    answer = client.ask("POST", "/api/access/whatif", {"edits": edits})
    second: list[Any] = []
    if answer["pending"]:
        rest = client.ask("POST", "/api/access/whatif", {"edits": edits, "only": answer["pending"]})
        second = rest["moved"]
    return time.perf_counter() - start, len(answer["moved"]) + len(second), len(second)


def reassess(city: Snapshot, programme: Programme) -> float:
    """Return seconds to compute every figure of the programme."""
    start = time.perf_counter()
    for clause in programme.clauses:
        for indicator in clause.indicators:
            if indicator.measure is not None:
                run_measure(city, indicator.measure, indicator.params)
    return time.perf_counter() - start


def percentile(values: list[float], share: float) -> float:
    return float(np.quantile(np.array(values), share))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("county", type=Path, nargs="?")
    parser.add_argument("--people", type=int, default=300_000)
    parser.add_argument("--clicks", type=int, default=40)
    parser.add_argument("--workers", type=int, default=1)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = options.county or Path(temporary) / "county"
        if options.county is None:
            make_county(folder, options.people)
        measure(folder, options.clicks, options.workers)


def measure(folder: Path, count: int, workers: int) -> None:
    """Print the table."""
    home, catalogue = County.load(folder), load_catalogue(folder)
    city = open_snapshot(home, catalogue, published(home)[-1])
    programme = load_programme(home.programmes[0], county_folder=folder)
    with serving(folder, workers) as (port, process):
        client = connect(port)
        print(f"{len(city.table('building')):,} buildings, {len(city.population):,} lived in, {workers} worker(s)")
        print(f"{'added by a click':18} {'p50':>8} {'p95':>8} {'worst':>8}  figures, of them second")
        everything: list[float] = []
        for name in CASES:
            edits = list(clicks(city, name, count + 3))
            for edit in edits[:3]:
                click(client, [edit])
            found = [click(client, [edit]) for edit in edits[3:]]
            times = [1000 * seconds for seconds, _, _ in found]
            everything += times
            late = statistics.mean(second for _, _, second in found)
            print(f"{name:18} {_spread(times)}  {found[0][1]}, {late:.1f}")
        ten = [edit for name in CASES for edit in list(clicks(city, name, 3))[1:]][:10]
        for number, edit in enumerate(ten):
            edit["id"] = f"new-{number}"
        times = [1000 * click(client, ten)[0] for _ in range(10)]
        print(f"{'ten edits at once':18} {_spread(times)}")
        print(f"{'all clicks':18} {_spread(everything)}  target: 150 ms")
        megabytes, processes = resident(process)
        print(f"memory of the server: {megabytes:,.0f} MiB in {processes} processes")
    reassess(city, programme)
    full = [1000 * reassess(city, programme) for _ in range(5)]
    print(f"{'reassessment':18} {_spread(full)}  every figure anew, warm, in one process")


def _spread(times: list[float]) -> str:
    return f"{percentile(times, 0.5):6.0f}ms {percentile(times, 0.95):6.0f}ms {max(times):6.0f}ms"


if __name__ == "__main__":
    main()
