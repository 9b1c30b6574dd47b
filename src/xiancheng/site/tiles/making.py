"""Make the vector tiles of a published snapshot: one PMTiles archive a class, because permissions are by class."""

from __future__ import annotations

import json
import tempfile
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Any, cast

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import shapely

from xiancheng.city.classes import Catalogue, FeatureClass
from xiancheng.city.county import County
from xiancheng.city.publish import published
from xiancheng.city.snapshot import MANIFEST
from xiancheng.foundation.files import write_whole
from xiancheng.foundation.progress import Progress, Silent
from xiancheng.foundation.text import Text
from xiancheng.site.problems import NotFoundError
from xiancheng.site.tiles.archives import INDEX, Layer, TileSet, archive, tile_folder, tile_hash, tile_set
from xiancheng.site.tiles.plan import Kind, attributes_of, zooms_of
from xiancheng.site.tiles.solids.making import make_solids

METRES_OF_DEGREE = 111_320
FOCUS_METRES = 2_000
_KINDS: tuple[Kind, ...] = ("point", "line", "polygon")


def make_tiles(county: County, catalogue: Catalogue, on: date, progress: Progress | None = None) -> Path:
    """Make the tiles of the snapshot published for a day, and return their folder ``tiles/<hash>``.

    What is there already stays: an interrupted run is continued, and a second run does nothing.

    Raises
    ------
    NotFoundError
        If no snapshot is published for that day.
    """
    progress = progress or Silent()
    if on not in published(county):
        raise NotFoundError(Text(f"{on} 没有已发布的快照", f"no published snapshot of {on}"))
    source = county.snapshots_folder / on.isoformat()
    manifest = json.loads((source / MANIFEST).read_text(encoding="utf-8"))
    short = tile_hash(manifest["hash"])
    folder = tile_folder(county.folder, short)
    if tile_set(county, on) is not None:
        return folder
    folder.mkdir(parents=True, exist_ok=True)
    names = [name for name in manifest["classes"] if name in catalogue.classes and catalogue[name].has_geometry]
    progress.step(Text(f"制作 {on} 的瓦片", f"making the tiles of {on}"), len(names))
    layers, boxes = [], []
    for name in names:
        made = _make_class(source / f"{name}.parquet", folder, catalogue[name], county.folder)
        if made is not None:
            layers.append(made[0])
            boxes.append(made[1])
        progress.advance()
    box = np.array(boxes) if boxes else np.zeros((1, 4))
    bounds = (*box[:, :2].min(axis=0).tolist(), *box[:, 2:].max(axis=0).tolist())
    focus = _built_up(source / "building.parquet") or bounds
    progress.step(Text(f"制作 {on} 的三维瓦片", f"making the 3D Tiles of {on}"))
    solids = make_solids(source / "building.parquet", folder) is not None
    index = asdict(TileSet(on.isoformat(), short, bounds, focus, tuple(layers), solids))
    write_whole(folder / INDEX, json.dumps(index, ensure_ascii=False, indent=1).encode())
    return folder


def _make_class(
    source: Path, folder: Path, feature_class: FeatureClass, county_folder: Path
) -> tuple[Layer, list[float]] | None:
    table = pq.read_table(source)
    geometry = shapely.from_wkb(np.asarray(table.column("geometry").to_numpy(), dtype=object))
    placed = ~(shapely.is_missing(geometry) | shapely.is_empty(geometry))
    if not placed.any():
        return None
    geometry = shapely.force_2d(geometry[placed])
    counts = [int(n) for n in np.bincount(shapely.get_dimensions(geometry), minlength=3)]
    kind = _KINDS[int(np.argmax(counts))]
    first, last = zooms_of(feature_class.name, kind, county_folder)
    path = archive(folder, feature_class.name)
    if not path.exists():
        names = ["object_id", *(a for a in attributes_of(feature_class) if a in table.column_names)]
        columns = {name: table.column(name).filter(pa.array(placed)) for name in names}
        _tile(columns, geometry, path, feature_class.name, first, last)
    layer = Layer(
        name=feature_class.name,
        geometry=kind,
        geometries=tuple(k for k, n in zip(_KINDS, counts, strict=True) if n),
        count=int(placed.sum()),
        minzoom=first,
        maxzoom=last,
    )
    return layer, [float(v) for v in shapely.total_bounds(geometry)]


def _built_up(source: Path) -> tuple[float, ...] | None:
    """Return the extent of the buildings around the densest kilometre; None without buildings."""
    if not source.exists():
        return None
    box = pq.read_table(source, columns=["bbox"]).column("bbox").combine_chunks()
    sides = np.column_stack([box.field(side).to_numpy(zero_copy_only=False) for side in ("xmin", "ymin")])
    places = sides[np.isfinite(sides).all(axis=1)]
    if not len(places):
        return None
    scale = np.array([np.cos(np.radians(places[:, 1].mean())), 1.0]) * METRES_OF_DEGREE
    cells, owner = np.unique(np.floor(places * scale / 1000).astype(int), axis=0, return_inverse=True)
    densest = (cells[np.argmax(np.bincount(owner.ravel()))] + 0.5) * 1000 / scale
    near = places[(np.abs((places - densest) * scale) <= FOCUS_METRES).all(axis=1)]
    return (*np.quantile(near, 0.02, axis=0).tolist(), *np.quantile(near, 0.98, axis=0).tolist())


def _tile(columns: dict[str, Any], geometry: Any, path: Path, name: str, first: int, last: int) -> None:  # noqa: ANN401
    # Imported here: it brings a data-frame library along, which the web server has no use for.
    import freestiler  # noqa: PLC0415

    with tempfile.TemporaryDirectory(prefix=".making-", dir=path.parent) as temporary:
        source, made = Path(temporary) / "features.parquet", Path(temporary) / "tiles.pmtiles"
        # The tiler wants WGS-84, with which CGCS2000 agrees within a metre: the coordinates pass unchanged.
        described = {"encoding": "WKB", "geometry_types": []}
        geo = {"version": "1.1.0", "primary_column": "geometry", "columns": {"geometry": described}}
        rows = pa.table({**columns, "geometry": pa.array(cast("Any", shapely.to_wkb(geometry)), pa.binary())})
        pq.write_table(rows.replace_schema_metadata({"geo": json.dumps(geo)}), source)
        freestiler.freestile_file(
            source, made, layer_name=name, min_zoom=first, max_zoom=last, engine="geoparquet", quiet=True
        )
        made.replace(path)
