"""The tiles that are there: ``tiles/<hash>/<class>.pmtiles`` of the county folder, and what they hold."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path

from xiancheng.city.county import County
from xiancheng.city.publish import published
from xiancheng.city.snapshot import MANIFEST
from xiancheng.foundation.text import Text
from xiancheng.site.problems import NotFoundError
from xiancheng.site.tiles.plan import Kind

INDEX = "index.json"
_SHORT = 16


@dataclass(frozen=True, slots=True)
class Layer:
    """The tiles of one class.

    Attributes
    ----------
    geometry, geometries
        What most features are, and all that occur.
    count
        Features with a place.
    """

    name: str
    geometry: Kind
    geometries: tuple[Kind, ...]
    count: int
    minzoom: int
    maxzoom: int


@dataclass(frozen=True, slots=True)
class TileSet:
    """The tiles of one snapshot.

    Attributes
    ----------
    bounds, focus
        West, south, east, north: of everything, and of the most built-up part, where a map begins.
    solids
        Whether there are 3D Tiles of the buildings.
    """

    date: str
    hash: str
    bounds: tuple[float, ...]
    focus: tuple[float, ...]
    classes: tuple[Layer, ...]
    solids: bool


def tile_hash(content_hash: str) -> str:
    """Return the part of a snapshot's hash that names its tiles."""
    return content_hash[:_SHORT]


def tile_folder(county_folder: Path, short: str) -> Path:
    """Return where the tiles of a snapshot lie."""
    return county_folder / "tiles" / short


def archive(folder: Path, class_name: str) -> Path:
    """Return the archive of a class."""
    return folder / f"{class_name}.pmtiles"


def current_hash(county: County, on: date) -> str:
    """Return the hash that names the tiles of the snapshot now published for a day.

    Raises
    ------
    NotFoundError
        If there is none.
    """
    path = county.snapshots_folder / on.isoformat() / MANIFEST
    try:
        return _hash(path, path.stat().st_ino, path.stat().st_mtime_ns)
    except OSError as error:
        raise NotFoundError(Text(f"{on} 没有已发布的快照", f"no published snapshot of {on}")) from error


@lru_cache(maxsize=256)
def _hash(path: Path, inode: int, changed: int) -> str:
    del inode, changed
    return tile_hash(str(json.loads(path.read_text(encoding="utf-8"))["hash"]))


def tile_set(county: County, on: date) -> TileSet | None:
    """Return the tiles of the snapshot now published for a day; None if they are not made yet."""
    return _read(tile_folder(county.folder, current_hash(county, on)) / INDEX)


def tile_sets(county: County) -> tuple[list[TileSet], list[date]]:
    """Return the tiles of every published snapshot, oldest first, and the days whose tiles are not made yet."""
    found, missing = [], []
    for on in published(county):
        have = tile_set(county, on)
        if have is None:
            missing.append(on)
        else:
            found.append(have)
    return found, missing


def _read(path: Path) -> TileSet | None:
    try:
        return _parse(path, path.stat().st_mtime_ns)
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        # Not there, or written by an earlier version: then the archives are described anew.
        return None


@lru_cache(maxsize=256)
def _parse(path: Path, changed: int) -> TileSet:
    del changed
    content = json.loads(path.read_text(encoding="utf-8"))
    layers = tuple(Layer(**{**layer, "geometries": tuple(layer["geometries"])}) for layer in content["classes"])
    bounds, focus = tuple(content["bounds"]), tuple(content["focus"])
    return TileSet(content["date"], content["hash"], bounds, focus, layers, content["solids"])
