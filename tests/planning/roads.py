"""Roads of real OpenStreetMap extracts, read by pyosmium and projected, without the project's own readers."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import osmium
import shapely
from pyproj import Transformer

DRIVEN = {
    *(f"{kind}{link}" for kind in ("motorway", "trunk", "primary", "secondary", "tertiary") for link in ("", "_link")),
    "unclassified",
    "residential",
    "living_street",
    "service",
}


def read_roads(path: Path, crs: str) -> tuple[np.ndarray, np.ndarray]:
    """Return ``(n,)`` lines in metres of `crs` and whether each is one-way in its drawing direction."""
    lines, oneway = [], []
    for way in osmium.FileProcessor(str(path), osmium.osm.NODE | osmium.osm.WAY).with_locations():
        if not way.is_way() or way.tags.get("highway") not in DRIVEN:
            continue
        xy = [(node.lon, node.lat) for node in way.nodes if node.location.valid()]
        if len(xy) > 1:
            lines.append(shapely.LineString(xy))
            oneway.append(way.tags.get("oneway") in {"yes", "1", "true"})
    return project(np.array(lines, dtype=object), crs), np.array(oneway)


def project(geometry: np.ndarray, crs: str) -> np.ndarray:
    """Project longitude, latitude to `crs`."""
    transformer = Transformer.from_crs("EPSG:4326", crs, always_xy=True)
    return shapely.transform(geometry, lambda xy: np.column_stack(transformer.transform(xy[:, 0], xy[:, 1])))
