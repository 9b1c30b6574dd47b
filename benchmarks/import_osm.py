"""Seconds to import an OpenStreetMap file, whole, beside a bare osmium pass of the same file.

Run: ``python benchmarks/import_osm.py FILE.osm.pbf [--repeat 3]``. *Whole* begins with the file and ends with every
feature of every class committed to a new city model: reading, assembling, checking, comparing, writing, indexing. The
bare pass only lets osmium read the file with the places of nodes and assemble all areas; Python looks at nothing.
Figures are of one process on one machine: compare the ratios.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path

import osmium

from xiancheng.city.classes import load_catalogue
from xiancheng.city.county import AUTO, County
from xiancheng.city.importing import ImportOptions, import_file
from xiancheng.city.store import Store
from xiancheng.foundation.text import Text


def bare_pass(path: Path) -> float:
    start = time.perf_counter()
    stream = osmium.FileProcessor(path).with_areas().with_filter(osmium.filter.EmptyTagFilter())
    stream.with_filter(osmium.filter.KeyFilter("there is no such key"))
    for _ in stream:
        pass
    return time.perf_counter() - start


def whole_import(path: Path) -> tuple[float, float, int]:
    """Seconds of the import, of the same file again, and features."""
    catalogue = load_catalogue()
    with tempfile.TemporaryDirectory() as folder:
        county = County(Path(folder), Text("x", "x"), "x", AUTO)
        with Store.create(county.city_path, catalogue) as store:
            start = time.perf_counter()
            report = import_file(store, county, catalogue, path, ImportOptions())
            first = time.perf_counter()
            again = import_file(store, county, catalogue, path, ImportOptions())
            second = time.perf_counter()
            assert again.change_id is None
            return first - start, second - first, sum(c.added for c in report.classes.values())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path)
    parser.add_argument("--repeat", type=int, default=3)
    options = parser.parse_args()
    bare = min(bare_pass(options.file) for _ in range(options.repeat))
    runs = [whole_import(options.file) for _ in range(options.repeat)]
    features = runs[0][2]
    first, again = min(r[0] for r in runs), min(r[1] for r in runs)
    per = 100_000 / features
    print(f"{options.file.name}: {features:,} features, best of {options.repeat}")
    print(f"  bare osmium pass       {bare:7.2f} s")
    print(f"  whole import           {first:7.2f} s   {first * per:6.2f} s per 100,000   {first / bare:5.1f} × bare")
    print(f"  the same file again    {again:7.2f} s   {again * per:6.2f} s per 100,000   {again / bare:5.1f} × bare")


if __name__ == "__main__":
    main()
