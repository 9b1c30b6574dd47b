"""Tiles and 3D tiles of published snapshots: the API."""

from __future__ import annotations

import re
from datetime import date
from typing import Any, Literal

from django.http import HttpRequest, HttpResponseBase
from ninja import Router, Schema

from xiancheng.foundation.text import Text
from xiancheng.site.county import county
from xiancheng.site.policy.needs import PUBLIC, needs, subject_of
from xiancheng.site.problems import NotFoundError
from xiancheng.site.schemas import Problem
from xiancheng.site.tiles.archives import archive, tile_folder, tile_sets
from xiancheng.site.tiles.ranges import immutable_file
from xiancheng.site.tiles.work import ask_for_tiles

router = Router(tags=["tiles"])
PMTILES = "application/vnd.pmtiles"
_HASH = re.compile(r"[0-9a-f]{16}")

Geometry = Literal["point", "line", "polygon"]


class LayerOut(Schema):
    """Tiles of one class."""

    name: str
    geometry: Geometry
    geometries: list[Geometry]
    count: int
    minzoom: int
    maxzoom: int


class TileSetOut(Schema):
    """Tiles of one published snapshot."""

    date: date
    hash: str
    bounds: tuple[float, float, float, float]
    focus: tuple[float, float, float, float]
    classes: list[LayerOut]
    solids: bool


class TileSetsOut(Schema):
    """Tiles of all published snapshots, oldest first."""

    snapshots: list[TileSetOut]
    making: list[date]


@router.get("", response=TileSetsOut, summary="what can be drawn")
@needs(PUBLIC)
def sets(request: HttpRequest) -> dict[str, Any]:
    """Return the tiles of every published snapshot, with the classes that may be seen; missing ones are made."""
    subject = subject_of(request)
    found, missing = tile_sets(county())
    if missing:
        ask_for_tiles(missing)
    return {
        "snapshots": [
            {
                "date": each.date,
                "hash": each.hash,
                "bounds": each.bounds,
                "focus": each.focus,
                "solids": each.solids and subject.may_see("building"),
                "classes": [layer for layer in each.classes if subject.may_see(layer.name)],
            }
            for each in found
        ],
        "making": missing,
    }


@router.api_operation(
    ["GET", "HEAD"],
    "/{on}/{content_hash}/{class_name}.pmtiles",
    response={404: Problem},
    summary="the tiles of a class",
    openapi_extra={
        "responses": {
            200: {"description": "PMTiles archive", "content": {PMTILES: {"schema": {"type": "string"}}}},
            206: {"description": "the asked range", "content": {PMTILES: {"schema": {"type": "string"}}}},
            304: {"description": "not modified"},
            416: {"description": "range outside the file"},
        }
    },
)
@needs(PUBLIC, sees="class_name")
def pmtiles(request: HttpRequest, on: date, content_hash: str, class_name: str) -> HttpResponseBase:
    """Return a PMTiles archive, whole or by ranges; it never changes, so it may be kept for ever."""
    path = archive(tile_folder(county().folder, content_hash), class_name)
    if not _HASH.fullmatch(content_hash) or not path.is_file():
        raise NotFoundError(
            Text(f"{on} 没有“{class_name}”的瓦片", f"no tiles of {class_name!r} of {on}"),
            Text("请重新读取 /api/tiles", "read /api/tiles again"),
        )
    return immutable_file(request, path, PMTILES, f"{content_hash}-{class_name}")
