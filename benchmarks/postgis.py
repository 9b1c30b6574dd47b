"""The city model in PostGIS beside the same model in a GeoPackage: import, as-of queries, edits, copying.

Run: ``python benchmarks/postgis.py [--features 100000] [--boxes 50]``. The PostgreSQL cluster is one of the tests' own
(``tests/postgres/cluster.py``) with default durability (fsync on). Both give the same objects, which is checked.
Figures are of one process on one machine: compare the ratios.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import shapely

from xiancheng.city.classes import load_catalogue
from xiancheng.city.county import County
from xiancheng.city.importing import ImportOptions, import_file
from xiancheng.city.publish import publish
from xiancheng.city.snapshot import Snapshot
from xiancheng.city.store import Store, open_store
from xiancheng.foundation.text import Text

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))

from postgres.cluster import SETTINGS, Cluster

DAYS = (date(2015, 1, 1), date(2018, 1, 1))
KM_LON, KM_LAT = 1 / 84.6, 1 / 111.2  # at 40.5 degrees north
OPTIONS = ImportOptions(feature_class="building", datum="CGCS2000", source="survey", valid_from=DAYS[0])


def write(path: Path, features: int) -> np.ndarray:
    """Write buildings as GeoJSON, whatever the import has to judge in earnest."""
    random = np.random.default_rng(1)
    corner = np.column_stack([random.uniform(110.3, 110.8, features), random.uniform(40.3, 40.8, features)])
    shapes = shapely.to_geojson(shapely.box(*corner.T, *(corner + np.array([0.0002, 0.0001])).T))
    floors = random.integers(1, 20, features)
    with path.open("w", encoding="utf-8") as file:
        file.write('{"type": "FeatureCollection", "features": [\n')
        file.write(
            ",\n".join(
                f'{{"type": "Feature", "id": "b{i}", "properties": {json.dumps({"floors": int(n), "name": f"楼{i}"})},'
                f' "geometry": {shape}}}'
                for i, (n, shape) in enumerate(zip(floors, shapes, strict=True))
            )
        )
        file.write("]}\n")
    return corner


def timed(run: Callable[[], object]) -> float:
    start = time.perf_counter()
    run()
    return time.perf_counter() - start


def measure(county: County, path: Path, boxes: np.ndarray) -> tuple[dict[str, float], set[str], str]:
    """Return seconds by what was done, the objects of the first box, and the hash of the snapshot."""
    catalogue = load_catalogue()
    seconds: dict[str, float] = {}
    with Store.create(county.model_place, catalogue) as store:

        def load(options: ImportOptions) -> Callable[[], object]:
            return lambda: import_file(store, county, catalogue, path, options)

        def edit(i: int) -> Callable[[], object]:
            def run() -> None:
                with store.change(source="hand", reason="benchmark") as change:
                    change.update("building", ids[i], valid_from=DAYS[1], attributes={"floors": 99})

            return run

        seconds["import of the file into an empty model"] = timed(load(OPTIONS))
        seconds["import of the same file again (nothing changes)"] = timed(load(replace(OPTIONS, valid_from=DAYS[1])))
        seconds["as of a day, everything"] = timed(lambda: store.as_of("building", DAYS[1]))
        ids = store.as_of("building", DAYS[1]).object_id
        found = [
            timed(lambda box=box: store.as_of("building", DAYS[1], bbox=tuple(box)))
            for box in np.repeat(boxes, 2, axis=0)
        ]
        seconds["as of a day, 1 km² (median)"] = statistics.median(found)
        seconds["history of an object (median)"] = statistics.median(
            timed(lambda i=i: store.history("building", ids[i])) for i in range(50)
        )
        seconds["edit of one object (median)"] = statistics.median(timed(edit(i)) for i in range(30))
        tenth = ids[: len(ids) // 10]

        def many() -> None:
            with store.change(source="survey", reason="benchmark") as change:
                change.update_many(
                    "building",
                    tenth.tolist(),
                    valid_from=date(2020, 1, 1),
                    columns={"height": np.full(len(tenth), 9.0)},
                )

        seconds["change of a tenth of the objects"] = timed(many)
        last = store.changes()[-1].id
        seconds["undoing it"] = timed(lambda: store.undo(last, reason="benchmark"))
        first = set(store.as_of("building", DAYS[1], bbox=tuple(boxes[0])).object_id)
    with open_store(county, catalogue, read_only=True) as store:
        seconds["publishing a snapshot"] = timed(lambda: publish(store, county, catalogue, DAYS[1]))
        seconds["verify"] = timed(store.verify)
        hashed = Snapshot.open(county.snapshots_folder / DAYS[1].isoformat(), catalogue).manifest["hash"]
    return seconds, first, hashed


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--features", type=int, default=100_000)
    parser.add_argument("--boxes", type=int, default=50)
    options = parser.parse_args()
    random = np.random.default_rng(2)
    for durable in ("fsync", "synchronous_commit", "full_page_writes", "autovacuum"):
        SETTINGS[durable] = "on"
    cluster = Cluster()
    try:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            corner = write(folder / "buildings.geojson", options.features)
            low = corner[random.integers(0, len(corner), options.boxes)] - [KM_LON / 2, KM_LAT / 2]
            boxes = np.column_stack([low, low + np.array([KM_LON, KM_LAT])])
            title = Text("x", "x")
            file = County(folder / "file", title, "150221", "EPSG:4546")
            address = cluster.url(cluster.database())
            base = County(folder / "base", title, "150221", "EPSG:4546", database=address)
            for county in (file, base):
                county.save()
            here, found, hashed = measure(file, folder / "buildings.geojson", boxes)
            there, also, same = measure(base, folder / "buildings.geojson", boxes)
            assert found == also
            assert hashed == same
            catalogue = load_catalogue()
            with open_store(file, catalogue, read_only=True) as store:
                there["copying the model over"] = timed(lambda: store.copy_to(cluster.url(cluster.database())))
            with open_store(base, catalogue, read_only=True) as store:
                here["copying the model over"] = timed(lambda: store.copy_to(folder / "copy.gpkg"))
            print(
                f"{options.features:,} buildings, {len(found)} in the first box; both snapshots have hash {hashed[:12]}"
            )
            print(f"{'':48} {'GeoPackage':>12} {'PostGIS':>12}   ratio")
            for what, seconds in here.items():
                unit, scale = ("ms", 1000) if seconds < 0.5 else ("s ", 1)
                base_seconds = there[what]
                print(
                    f"{what:48} {seconds * scale:9.2f} {unit} {base_seconds * scale:9.2f} {unit}"
                    f" {base_seconds / seconds:7.2f}"
                )
    finally:
        cluster.stop()


if __name__ == "__main__":
    main()
