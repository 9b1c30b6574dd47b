"""Seconds per 100,000 features of the OpenStreetMap reader, beside a bare osmium pass of the same file.

Run: ``python benchmarks/osm_read.py FILE.osm.pbf [--rounds 5]``

The bare pass is ``for _ in osmium.FileProcessor(FILE).with_areas(): pass``: locations kept, areas assembled, every
object handed to Python and dropped. The reader sorts by tags, builds geometries and fills columns. The two take turns;
the best of each is compared, so that another program's load does not decide.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable
from pathlib import Path

import osmium

from xiancheng.city.classes import load_catalogue
from xiancheng.city.readers import ReadOptions
from xiancheng.city.readers.osm import read_osm


def bare(path: Path) -> int:
    return sum(1 for _ in osmium.FileProcessor(path).with_areas())


def ours(path: Path) -> int:
    return sum(len(layer) for layer in read_osm(path, ReadOptions(load_catalogue())))


def timed(function: Callable[[Path], int], path: Path) -> tuple[float, int]:
    start = time.perf_counter()
    count = function(path)
    return time.perf_counter() - start, count


def measure(path: Path, rounds: int) -> dict[str, float | int | str]:
    """Return the best seconds of both and what they make per 100,000 features."""
    runs = [(timed(bare, path), timed(ours, path)) for _ in range(rounds)]
    bare_seconds, objects = min(b for b, _ in runs)
    our_seconds, features = min(o for _, o in runs)
    return {
        "file": path.name,
        "objects": objects,
        "features": features,
        "bare_seconds": round(bare_seconds, 3),
        "reader_seconds": round(our_seconds, 3),
        "bare_seconds_per_100k_features": round(bare_seconds / max(features, 1) * 1e5, 3),
        "reader_seconds_per_100k_features": round(our_seconds / max(features, 1) * 1e5, 3),
        "ratio": round(our_seconds / bare_seconds, 2),
    }


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("path", type=Path)
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    print(json.dumps(measure(arguments.path, arguments.rounds), ensure_ascii=False, indent=2))
