"""The description of the tiles: of their matrix set, of vector tiles and of 3D tiles."""

from __future__ import annotations

from xiancheng.foundation.text import Text
from xiancheng.site.ogc import links
from xiancheng.site.ogc.openapi_parts import Json, get, problems
from xiancheng.site.ogc.tiles3d import GLB
from xiancheng.site.ogc.tiles_describing import MATRIX_SET, MVT, TILEJSON

_BINARY: Json = {"type": "string", "format": "binary"}
_SHARED = (401, 403, 404)


def tile_paths(collection: Json, language: Json, moment: Json, *, solids: bool) -> Json:
    """Return the paths of tiles.

    Parameters
    ----------
    collection, language, moment
        The parameters that name a collection, a language and a day.
    solids
        Whether the asker sees the buildings, of which there are 3D tiles.
    """
    matrix_set = _part("tileMatrixSetId", {"type": "string", "enum": [MATRIX_SET]})
    tiles = "/collections/{collectionId}/tiles"
    one = f"{tiles}/{{tileMatrixSetId}}"
    asked = [language, moment]
    form: Json = {"name": "f", "in": "query", "schema": {"type": "string", "enum": ["json", "tilejson"]}}
    paths: Json = {
        "/tileMatrixSets": {"get": _json("matrixSets", Text("瓦片矩阵集", "tile matrix sets"), [language])},
        "/tileMatrixSets/{tileMatrixSetId}": {
            "parameters": [matrix_set],
            "get": _json("matrixSet", Text("一个瓦片矩阵集", "a tile matrix set"), [language], (404,)),
        },
        tiles: {"parameters": [collection], "get": _json("tilesets", Text("瓦片集", "tilesets"), asked, _SHARED)},
        one: {
            "parameters": [collection, matrix_set],
            "get": _json("tileset", Text("一个瓦片集", "a tileset"), [form, *asked], _SHARED, (TILEJSON,)),
        },
        f"{one}/{{tileMatrix}}/{{tileRow}}/{{tileCol}}": {
            "parameters": [collection, matrix_set, *(_number(n) for n in ("tileMatrix", "tileRow", "tileCol"))],
            "get": _binary("tile", Text("瓦片", "a tile"), asked, MVT),
        },
    }
    if not solids:
        return paths
    solid = "/collections/{collectionId}/3dtiles"
    name = _part("name", {"type": "string", "pattern": r"^(tileset\.json|[0-9]{1,6}\.glb)$"})
    content = _binary("solid", Text("三维瓦片集或其内容", "a 3D tileset or content of it"), [], GLB)
    content["responses"]["200"]["content"][links.JSON] = {"schema": {"type": "object"}}
    paths[solid] = {
        "parameters": [collection],
        "get": _json("solids", Text("三维瓦片集", "3D tilesets"), [language], _SHARED),
    }
    paths[f"{solid}/{{contentHash}}/{{name}}"] = {
        "parameters": [collection, _part("contentHash", {"type": "string", "pattern": "^[0-9a-f]{16}$"}), name],
        "get": content,
    }
    return paths


def _json(
    name: str, title: Text, parameters: list[Json], faults: tuple[int, ...] = (), more: tuple[str, ...] = ()
) -> Json:
    operation = get(name, title, parameters, "Any", links.JSON, faults)
    operation["tags"] = ["Tiles"]
    schema = {"schema": {"$ref": "#/components/schemas/Any"}}
    operation["responses"]["200"]["content"] = dict.fromkeys((links.JSON, *more), schema)
    return operation


def _binary(name: str, title: Text, parameters: list[Json], media: str) -> Json:
    return {
        "operationId": name,
        "tags": ["Tiles"],
        "summary": title.get(),
        "parameters": parameters,
        "responses": {
            "200": {"description": title.get(), "content": {media: {"schema": _BINARY}}},
            "204": {"description": Text("此处没有要素", "nothing lies there").get()},
            "304": {"description": Text("没有变化", "not changed").get()},
            **problems((400, 406, *_SHARED)),
        },
    }


def _part(name: str, schema: Json) -> Json:
    return {"name": name, "in": "path", "required": True, "schema": schema}


def _number(name: str) -> Json:
    return _part(name, {"type": "integer", "minimum": 0})
