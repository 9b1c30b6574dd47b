"""Make the 3D Tiles of a snapshot's buildings: ``tiles/<hash>/3dtiles`` of the county folder."""

from __future__ import annotations

import json
import shutil
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow.parquet as pq
import shapely

from xiancheng.site.tiles.solids.extruding import extrude
from xiancheng.site.tiles.solids.frame import Floats, Frame
from xiancheng.site.tiles.solids.glb import NO_NUMBER, write_glb
from xiancheng.site.tiles.solids.quadtree import METRES_OF_DEGREE, Node, divide

FOLDER = "3dtiles"
TILESET = "tileset.json"
METRES_A_FLOOR = 3.0
LOWEST = 1.0
"""A building of no height would have no volume; this is the least that is drawn."""
_COLUMNS = ("object_id", "name", "use", "height", "floors")


def make_solids(source: Path, folder: Path) -> Path | None:
    """Make the tileset of a class of buildings (GeoParquet file of a snapshot) in `folder`, unless it is there.

    Returns
    -------
    Path or None
        The folder of the tileset; None if no building has a footprint.
    """
    target = folder / FOLDER
    if (target / TILESET).exists():
        return target
    if not source.exists():
        return None
    table = pq.read_table(source)
    footprints = shapely.from_wkb(np.asarray(table.column("geometry").to_numpy(), dtype=object))
    footprints, rows = usable(footprints)
    if not len(rows):
        return None
    columns = {n: _column(table, n, rows) for n in _COLUMNS}
    heights, origin = drawn_heights(columns["height"], columns["floors"])
    boxes = shapely.bounds(footprints)
    middle = (boxes[:, :2].min(axis=0) + boxes[:, 2:].max(axis=0)) / 2
    frame = Frame(float(middle[0]), float(middle[1]))
    mesh = extrude(footprints, heights, frame)
    tree = divide(boxes, heights, _sizes(boxes, heights))
    temporary = Path(tempfile.mkdtemp(prefix=".making-", dir=folder))
    try:
        texts = {
            name: [str(v) if v is not None else "" for v in columns[name]] for name in ("object_id", "name", "use")
        }
        floors = np.where(np.isfinite(columns["floors"]), columns["floors"], NO_NUMBER).astype(np.float32)
        nodes = [node for node in tree if len(node.solids)]
        meshes = mesh.split([node.solids for node in nodes], len(rows))
        for node, solids in zip(nodes, meshes, strict=True):
            values: dict[str, Any] = {name: [texts[name][i] for i in node.solids] for name in texts}
            values["height"] = heights[node.solids].astype(np.float32)
            values["height_from"] = [origin[i] for i in node.solids]
            values["floors"] = floors[node.solids]
            (temporary / f"{node.number}.glb").write_bytes(write_glb(solids, values))
        (temporary / TILESET).write_text(json.dumps(tileset(tree, frame), separators=(",", ":")), encoding="utf-8")
        temporary.chmod(0o755)
        if target.exists():
            shutil.rmtree(target)
        temporary.rename(target)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
    return target


def usable(footprints: npt.NDArray[np.object_]) -> tuple[npt.NDArray[np.object_], npt.NDArray[np.intp]]:
    """Return valid polygons and the rows they come from; points, lines and what has no area are left out."""
    flat = shapely.force_2d(footprints)
    broken = ~shapely.is_valid(flat)
    flat[broken] = shapely.make_valid(flat[broken], method="structure", keep_collapsed=False)
    polygons = np.isin(shapely.get_type_id(flat), (3, 6)) & (shapely.area(flat) > 0)
    rows = np.flatnonzero(polygons)
    return flat[rows], rows


def drawn_heights(height: Floats, floors: Floats) -> tuple[Floats, npt.NDArray[np.object_]]:
    """Return the heights to draw and where each comes from: surveyed, floors × 3 m, or one floor assumed."""
    surveyed, counted = np.isfinite(height) & (height > 0), np.isfinite(floors) & (floors > 0)
    drawn = np.where(surveyed, height, np.where(counted, floors * METRES_A_FLOOR, METRES_A_FLOOR))
    origin = np.where(surveyed, "surveyed", np.where(counted, "floors", "assumed")).astype(object)
    return np.maximum(drawn, LOWEST), origin


def tileset(tree: Node, frame: Frame) -> dict[str, Any]:
    """Return the tileset as JSON holds it."""
    root = _tile(tree)
    root["transform"] = frame.transform()
    root["refine"] = "ADD"
    extent = float(np.linalg.norm((tree.box[2:] - tree.box[:2]) * METRES_OF_DEGREE))
    return {
        "asset": {"version": "1.1", "generator": "Xiancheng"},
        "geometricError": extent,
        "root": root,
    }


def _tile(node: Node) -> dict[str, Any]:
    west, south, east, north = np.radians(node.box).tolist()
    tile: dict[str, Any] = {
        "boundingVolume": {"region": [west, south, east, north, 0.0, node.top]},
        "geometricError": node.error,
    }
    if len(node.solids):
        tile["content"] = {"uri": f"{node.number}.glb"}
    if node.children:
        tile["children"] = [_tile(child) for child in node.children]
    return tile


def _sizes(boxes: Floats, heights: Floats) -> Floats:
    scale = np.array([np.cos(np.radians(boxes[:, 1].mean())), 1.0]) * METRES_OF_DEGREE
    sides = (boxes[:, 2:] - boxes[:, :2]) * scale
    return np.asarray(np.sqrt((sides**2).sum(axis=1) + heights**2))


def _column(table: Any, name: str, rows: npt.NDArray[np.intp]) -> npt.NDArray[Any]:  # noqa: ANN401 - pyarrow
    numeric = name in {"height", "floors"}
    if name not in table.column_names:
        return np.full(len(rows), np.nan) if numeric else np.full(len(rows), None, dtype=object)
    column = table.column(name)
    return np.asarray(
        column.cast("float64").to_numpy() if numeric else column.to_numpy(), dtype=float if numeric else object
    )[rows]
