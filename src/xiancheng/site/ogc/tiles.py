"""OGC API Tiles: the published snapshots as vector tiles."""

from __future__ import annotations

from datetime import date
from http import HTTPStatus

from django.http import HttpRequest, HttpResponse
from django.utils.cache import patch_vary_headers

from xiancheng.foundation.text import Text
from xiancheng.site.county import catalogue, county, snapshot_dates
from xiancheng.site.ogc import links, moments
from xiancheng.site.ogc.links import Link
from xiancheng.site.ogc.negotiation import check_parameters, representation
from xiancheng.site.ogc.responding import document
from xiancheng.site.ogc.tiles_describing import (
    MATRIX_SET,
    MATRIX_SET_URI,
    MVT,
    TILEJSON,
    matrix_set,
    matrix_set_address,
    tilejson,
    tiles_address,
    tileset,
    tileset_summary,
)
from xiancheng.site.policy.needs import PUBLIC, needs
from xiancheng.site.problems import NotFoundError
from xiancheng.site.tiles.archives import Layer, TileSet, archive, tile_folder, tile_set
from xiancheng.site.tiles.reading import Tile, read_tile
from xiancheng.site.tiles.work import ask_for_tiles

_ONLY_JSON = {"json": links.JSON}


@needs(PUBLIC)
def matrix_sets(request: HttpRequest) -> HttpResponse:
    """Answer the tile matrix sets: there is one."""
    check_parameters(request, ())
    representation(request, _ONLY_JSON)
    own = Link(matrix_set_address(request), "self", links.JSON).as_dict()
    return document(
        {"tileMatrixSets": [{"id": MATRIX_SET, "uri": MATRIX_SET_URI, "title": MATRIX_SET, "links": [own]}]}, links.JSON
    )


@needs(PUBLIC)
def one_matrix_set(request: HttpRequest, matrix_set_id: str) -> HttpResponse:
    """Answer the definition of a tile matrix set."""
    check_parameters(request, ())
    representation(request, _ONLY_JSON)
    _require_matrix_set(matrix_set_id)
    return document(matrix_set(request), links.JSON)


@needs(PUBLIC, sees="class_name")
def tilesets(request: HttpRequest, class_name: str) -> HttpResponse:
    """Answer the tilesets of a collection: one for each tile matrix set."""
    check_parameters(request, ("datetime",))
    representation(request, _ONLY_JSON)
    asked = request.GET.get("datetime")
    _made(class_name, asked)
    own = Link(tiles_address(request, class_name), "self", links.JSON).as_dict()
    return document(
        {"links": [own], "tilesets": [tileset_summary(request, catalogue()[class_name], asked)]}, links.JSON
    )


@needs(PUBLIC, sees="class_name")
def one_tileset(request: HttpRequest, class_name: str, matrix_set_id: str) -> HttpResponse:
    """Answer the metadata of a tileset, or TileJSON."""
    check_parameters(request, ("datetime",))
    form = representation(request, {"json": links.JSON, "tilejson": TILEJSON})
    _require_matrix_set(matrix_set_id)
    asked = request.GET.get("datetime")
    made, layer = _made(class_name, asked)
    feature_class = catalogue()[class_name]
    if form == "tilejson":
        return document(tilejson(request, feature_class, made, layer, asked), TILEJSON)
    return document(tileset(request, feature_class, made, layer, asked, snapshot_dates()), links.JSON)


@needs(PUBLIC, sees="class_name")
def tile(request: HttpRequest, class_name: str, matrix_set_id: str, z: int, y: int, x: int) -> HttpResponse:
    """Answer a tile; 204 where there is nothing, 404 beyond the tileset's limits."""
    check_parameters(request, ("datetime",))
    representation(request, {"mvt": MVT})
    _require_matrix_set(matrix_set_id)
    made, layer = _made(class_name, request.GET.get("datetime"))
    if not layer.minzoom <= z <= layer.maxzoom or x >= 2**z or y >= 2**z:
        raise NotFoundError(
            Text(f"没有瓦片 {z}/{y}/{x}", f"there is no tile {z}/{y}/{x}"),
            Text(f"级别 {layer.minzoom} 到 {layer.maxzoom}", f"tile matrices {layer.minzoom} to {layer.maxzoom}"),
        )
    etag = f'"{made.hash}-{class_name}-{z}-{y}-{x}"'
    if request.headers.get("If-None-Match") == etag:
        return _kept(HttpResponse(status=HTTPStatus.NOT_MODIFIED), etag, made)
    found = read_tile(archive(tile_folder(county().folder, made.hash), class_name), z, x, y)
    if found is None:
        return _kept(HttpResponse(status=HTTPStatus.NO_CONTENT), etag, made)
    return _kept(_answer(request, found), etag, made)


def _answer(request: HttpRequest, found: Tile) -> HttpResponse:
    if found.is_gzipped and "gzip" in request.headers.get("Accept-Encoding", ""):
        packed = HttpResponse(found.content, content_type=MVT)
        packed["Content-Encoding"] = "gzip"
        return packed
    return HttpResponse(found.plain(), content_type=MVT)


def _kept(response: HttpResponse, etag: str, made: TileSet) -> HttpResponse:
    response["ETag"] = etag
    # The address names a day, which may be published again: the browser asks each time, and is told "the same".
    response["Cache-Control"] = "private, no-cache"
    response["Content-Datetime"] = moments.http_date(made.date)
    patch_vary_headers(response, ["Accept", "Accept-Encoding", "Authorization", "Cookie"])
    return response


def _require_matrix_set(name: str) -> None:
    if name != MATRIX_SET:
        raise NotFoundError(
            Text(f"没有瓦片矩阵集“{name}”", f"there is no tile matrix set {name!r}"), Text(MATRIX_SET, MATRIX_SET)
        )


def _made(class_name: str, asked: str | None) -> tuple[TileSet, Layer]:
    """Return the tiles of the snapshot that a ``datetime`` selects: the last one published for its days or before."""
    day = chosen_day(asked)
    made: TileSet | None = tile_set(county(), day)
    if made is None:
        ask_for_tiles([day])
        raise NotFoundError(
            Text(f"{day} 的瓦片还在制作", f"the tiles of {day} are still being made"),
            Text("请稍后再试", "try again in a moment"),
        )
    for layer in made.classes:
        if layer.name == class_name:
            return made, layer
    raise NotFoundError(Text(f"{day} 没有“{class_name}”的瓦片", f"no tiles of {class_name!r} of {day}"))


def chosen_day(asked: str | None) -> date:
    """Return the published day that a ``datetime`` selects.

    Raises
    ------
    NotFoundError
        If nothing is published for then or before.
    """
    when = moments.when(asked)
    fitting = [d for d in snapshot_dates() if d <= when.last and (not when.is_interval or d >= when.first)]
    if not fitting:
        raise NotFoundError(Text("那时没有已发布的快照", "no snapshot is published for that time"))
    return fitting[-1]
