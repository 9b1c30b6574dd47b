"""An as-of query of a square kilometre in a city model of a million version rows, beside a full scan and GeoPandas.

Run: ``python benchmarks/asof.py [--rows 1000000] [--boxes 50]``. Medians over boxes at places where something stands;
every way gives the same objects, which is checked before anything is timed. Figures are of one process on one machine:
compare the ratios.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path

import geopandas as gpd
import numpy as np
import pyogrio
import shapely

from xiancheng.city.classes import load_catalogue
from xiancheng.city.history import OPEN_TIME
from xiancheng.city.store import Store

DAY = date(2017, 6, 1)
WIDTH = 0.5  # degrees: about 42 by 55 km
KM_LON, KM_LAT = 1 / 84.6, 1 / 111.2  # at 40.5 degrees north


def build(path: Path, rows: int) -> Store:
    """Half of the buildings changed once: of each, the first record, its shortened successor and the new version."""
    random = np.random.default_rng(1)
    n = rows // 2
    x, y = random.uniform(110.3, 110.3 + WIDTH, n), random.uniform(40.3, 40.3 + WIDTH, n)
    shapes = shapely.box(x, y, x + 0.0002, y + 0.0001)
    ids = np.array([f"w{i}" for i in range(n)])
    store = Store.create(path, load_catalogue())
    start = time.perf_counter()
    with store.change(source="survey", reason="first survey") as change:
        change.add_many(
            "building", ids.tolist(), valid_from=date(2015, 1, 1), geometry=shapes,
            columns={"floors": random.integers(1, 20, n).astype(float)},
        )  # fmt: skip
    loaded = time.perf_counter()
    half = n // 2
    with store.change(source="survey", reason="second survey") as change:
        change.update_many(
            "building", ids[:half].tolist(), valid_from=date(2018, 1, 1), columns={"floors": np.full(half, 99.0)}
        )
    done = time.perf_counter()
    print(f"load {n:,} rows: {loaded - start:.1f} s; change {half:,} objects: {done - loaded:.1f} s")
    return store


def median(run: Callable[[tuple[float, float, float, float]], object], boxes: np.ndarray) -> float:
    seconds = []
    for box in boxes:
        start = time.perf_counter()
        run(tuple(box))
        seconds.append(time.perf_counter() - start)
    return float(np.median(seconds))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--boxes", type=int, default=50)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, build(Path(folder) / "city.gpkg", options.rows) as store:
        path = store.backend.path
        count = store.connection.execute("SELECT count(*) FROM building").fetchone()[0]
        print(f"{count:,} version rows, {path.stat().st_size / 1e6:.0f} MB")
        random = np.random.default_rng(2)
        corner = np.column_stack(
            [random.uniform(110.31, 110.7, options.boxes), random.uniform(40.31, 40.7, options.boxes)]
        )
        boxes = np.column_stack([corner, corner + np.array([KM_LON, KM_LAT])])
        where = f"recorded_to = '{OPEN_TIME}' AND valid_from <= '{DAY}' AND valid_to > '{DAY}'"

        def through_store(box: tuple[float, ...]) -> set[str]:
            return set(store.as_of("building", DAY, bbox=box).object_id)

        def through_rtree(box: tuple[float, ...]) -> set[str]:
            found = store.connection.execute(
                "SELECT t.object_id FROM rtree_building_geom AS r CROSS JOIN building AS t ON t.fid = r.id"
                f" WHERE {where} AND r.maxx >= ? AND r.minx <= ? AND r.maxy >= ? AND r.miny <= ?",
                (box[0], box[2], box[1], box[3]),
            )
            return {i for (i,) in found}

        def through_gdal(box: tuple[float, ...]) -> set[str]:
            return set(pyogrio.raw.read(path, layer="building", bbox=box, where=where, columns=["object_id"])[3][0])

        def current_through_gdal(box: tuple[float, ...]) -> set[str]:
            return set(pyogrio.raw.read(path, layer="building_current", bbox=box, columns=["object_id"])[3][0])

        def full_scan(box: tuple[float, ...]) -> set[str]:
            found = store.connection.execute(
                f"SELECT object_id FROM building NOT INDEXED WHERE {where}"
                " AND ST_MaxX(geom) >= ? AND ST_MinX(geom) <= ? AND ST_MaxY(geom) >= ? AND ST_MinY(geom) <= ?",
                (box[0], box[2], box[1], box[3]),
            )
            return {i for (i,) in found}

        frame = pyogrio.read_dataframe(
            path, layer="building", columns=["object_id", "valid_from", "valid_to", "recorded_to", "floors"],
            datetime_as_string=True,
        )  # fmt: skip
        for column in ("valid_from", "valid_to", "recorded_to"):
            frame[column] = frame[column].astype(str).str[: 10 if column != "recorded_to" else None]
        moment = frame.recorded_to.max()

        def plain_geopandas(box: tuple[float, ...]) -> set[str]:
            believed = (frame.recorded_to == moment) & (frame.valid_from <= str(DAY)) & (frame.valid_to > str(DAY))
            chosen = frame[believed]
            return set(chosen[chosen.intersects(shapely.box(*box))].object_id)

        assert isinstance(frame, gpd.GeoDataFrame)
        for box in map(tuple, boxes[:2]):
            expected = plain_geopandas(box)
            assert expected
            for way in (through_store, through_gdal):
                assert way(box) >= expected, way
            assert through_gdal(box) == expected
            assert through_store(box) == through_rtree(box)
            assert expected <= full_scan(box) <= through_store(box)  # the R-tree rounds boxes outwards
        few = boxes[:3]
        times = {
            "sqlite3, R-tree, identifiers": median(through_rtree, boxes),
            "Store.as_of(bbox=…), all columns and shapes": median(through_store, boxes),
            "GDAL, layer building with a filter": median(through_gdal, boxes),
            "GDAL, layer building_current": median(current_through_gdal, boxes),
            "sqlite3, full scan": median(full_scan, few),
            "GeoPandas in memory, plain filter (reading not counted)": median(plain_geopandas, few),
        }
        print(f"as of {DAY}, 1 km²: {len(through_store(tuple(boxes[0])))} objects in the first box; target under 10 ms")
        best = times["sqlite3, R-tree, identifiers"]
        for name, seconds in times.items():
            print(f"  {name:58} {seconds * 1000:9.2f} ms  {seconds / best:8.1f} ×")


if __name__ == "__main__":
    main()
