"""What OGC API Tiles says of tiles: the tile matrix set, tilesets and TileJSON."""

from __future__ import annotations

import math
from datetime import date
from typing import Any

from django.http import HttpRequest

from xiancheng.city.classes import FeatureClass
from xiancheng.site.ogc import links, moments
from xiancheng.site.ogc.links import Link
from xiancheng.site.tiles.archives import Layer, TileSet
from xiancheng.site.tiles.plan import HIGHEST, attributes_of

MATRIX_SET = "WebMercatorQuad"
MATRIX_SET_URI = f"http://www.opengis.net/def/tilematrixset/OGC/1.0/{MATRIX_SET}"
WEB_MERCATOR = "http://www.opengis.net/def/crs/EPSG/0/3857"
CRS84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
MVT = "application/vnd.mapbox-vector-tile"
TILEJSON = "application/vnd.mapbox.tilejson+json"
REL = "http://www.opengis.net/def/rel/ogc/1.0"

_HALF = math.pi * 6_378_137
_PIXEL_METRES = 0.00028
_TYPES = {"text": "string", "integer": "integer", "number": "number", "boolean": "boolean", "date": "string"}
_DIMENSIONS = {"point": 0, "line": 1, "polygon": 2}


def matrix_set(request: HttpRequest) -> dict[str, Any]:
    """Return the definition of the one tile matrix set, as far as tiles go."""
    return {
        "id": MATRIX_SET,
        "title": "Google Maps Compatible for the World",
        "uri": MATRIX_SET_URI,
        "crs": WEB_MERCATOR,
        "orderedAxes": ["X", "Y"],
        "wellKnownScaleSet": "http://www.opengis.net/def/wkss/OGC/1.0/GoogleMapsCompatible",
        "tileMatrices": [
            {
                "id": str(z),
                "scaleDenominator": 2 * _HALF / 256 / 2**z / _PIXEL_METRES,
                "cellSize": 2 * _HALF / 256 / 2**z,
                "cornerOfOrigin": "topLeft",
                "pointOfOrigin": [-_HALF, _HALF],
                "matrixWidth": 2**z,
                "matrixHeight": 2**z,
                "tileWidth": 256,
                "tileHeight": 256,
            }
            for z in range(HIGHEST + 1)
        ],
        "links": [Link(matrix_set_address(request), "self", links.JSON).as_dict()],
    }


def matrix_set_address(request: HttpRequest) -> str:
    """Return the address of the tile matrix set."""
    return f"{links.root(request)}/tileMatrixSets/{MATRIX_SET}"


def tiles_address(request: HttpRequest, class_name: str) -> str:
    """Return the address of the tilesets of a collection."""
    return f"{links.collection(request, class_name)}/tiles"


def tileset_summary(request: HttpRequest, feature_class: FeatureClass, asked: str | None) -> dict[str, Any]:
    """Return how a list of tilesets names the one of a collection."""
    own = tileset_link(request, feature_class.name, asked)
    return {
        "title": feature_class.title.get(),
        "dataType": "vector",
        "crs": WEB_MERCATOR,
        "tileMatrixSetURI": MATRIX_SET_URI,
        "tileMatrixSetId": MATRIX_SET,
        "links": [own.as_dict(), Link(matrix_set_address(request), f"{REL}/tiling-scheme", links.JSON).as_dict()],
    }


def tileset_link(request: HttpRequest, class_name: str, asked: str | None, rel: str = "self") -> Link:
    """Return the link to the tileset of a collection."""
    address = f"{tiles_address(request, class_name)}/{MATRIX_SET}"
    return Link(address + _query(asked), rel, links.JSON)


def tileset(
    request: HttpRequest, feature_class: FeatureClass, made: TileSet, layer: Layer, asked: str | None, days: list[date]
) -> dict[str, Any]:
    """Return the metadata of a tileset.

    Parameters
    ----------
    asked
        The ``datetime`` of the request, which the addresses of the tiles carry on.
    days
        All published days.
    """
    template = _template(request, feature_class.name, asked)
    west, south, east, north = made.bounds
    return {
        **tileset_summary(request, feature_class, asked),
        "description": f"{feature_class.title.get()} {made.date}",
        "accessConstraints": "restricted",
        "extent": {
            "spatial": {"bbox": [list(made.bounds)], "crs": CRS84},
            "temporal": {"interval": [[moments.timestamp(d.isoformat())] * 2 for d in days]},
        },
        "boundingBox": {"lowerLeft": [west, south], "upperRight": [east, north], "crs": CRS84},
        "centerPoint": {
            "coordinates": [(made.focus[0] + made.focus[2]) / 2, (made.focus[1] + made.focus[3]) / 2],
            "tileMatrix": str(layer.maxzoom),
            "crs": CRS84,
        },
        "layers": [
            {
                "id": feature_class.name,
                "title": feature_class.title.get(),
                "dataType": "vector",
                "geometryDimension": _DIMENSIONS[layer.geometry],
                "minTileMatrix": str(layer.minzoom),
                "maxTileMatrix": str(layer.maxzoom),
                "propertiesSchema": {
                    "type": "object",
                    "properties": {name: {"type": kind} for name, kind in fields(feature_class).items()},
                },
            }
        ],
        "tileMatrixSetLimits": [_limits(z, made.bounds) for z in range(layer.minzoom, layer.maxzoom + 1)],
        "links": [
            tileset_link(request, feature_class.name, asked).as_dict(),
            Link(matrix_set_address(request), f"{REL}/tiling-scheme", links.JSON).as_dict(),
            Link(f"{tiles_address(request, feature_class.name)}/{MATRIX_SET}?f=tilejson{_query(asked, '&')}",
                 "describedby", TILEJSON).as_dict(),
            {"href": template, "rel": "item", "type": MVT, "templated": True, "title": feature_class.title.get()},
        ],
    }  # fmt: skip


def tilejson(
    request: HttpRequest, feature_class: FeatureClass, made: TileSet, layer: Layer, asked: str | None
) -> dict[str, Any]:  # fmt: skip
    """Return the tileset as TileJSON 3.0."""
    template = _template(request, feature_class.name, asked)
    for name, short in (("{tileMatrix}", "{z}"), ("{tileRow}", "{y}"), ("{tileCol}", "{x}")):
        template = template.replace(name, short)
    return {
        "tilejson": "3.0.0",
        "name": feature_class.title.get(),
        "version": made.hash,
        "scheme": "xyz",
        "tiles": [template],
        "minzoom": layer.minzoom,
        "maxzoom": layer.maxzoom,
        "bounds": list(made.bounds),
        "center": [(made.focus[0] + made.focus[2]) / 2, (made.focus[1] + made.focus[3]) / 2, layer.maxzoom],
        "vector_layers": [
            {
                "id": feature_class.name,
                "description": feature_class.title.get(),
                "minzoom": layer.minzoom,
                "maxzoom": layer.maxzoom,
                "fields": {name: kind.capitalize() for name, kind in fields(feature_class).items()},
            }
        ],
    }


def fields(feature_class: FeatureClass) -> dict[str, str]:
    """Return the attributes that the tiles carry and their JSON types."""
    types = {a.name: _TYPES.get(a.type, "string") for a in feature_class.attributes}
    return {"object_id": "string", **{name: types[name] for name in attributes_of(feature_class)}}


def _template(request: HttpRequest, class_name: str, asked: str | None) -> str:
    return (
        f"{tiles_address(request, class_name)}/{MATRIX_SET}/{{tileMatrix}}/{{tileRow}}/{{tileCol}}.mvt{_query(asked)}"
    )


def _query(asked: str | None, mark: str = "?") -> str:
    return "" if asked is None else f"{mark}datetime={asked.replace('/', '%2F')}"


def _limits(z: int, bounds: tuple[float, ...]) -> dict[str, Any]:
    west, south, east, north = bounds

    def column(lon: float) -> int:
        return min(2**z - 1, max(0, math.floor((lon + 180) / 360 * 2**z)))

    def row(lat: float) -> int:
        y = (1 - math.asinh(math.tan(math.radians(lat))) / math.pi) / 2
        return min(2**z - 1, max(0, math.floor(y * 2**z)))

    return {
        "tileMatrix": str(z),
        "minTileRow": row(north),
        "maxTileRow": row(south),
        "minTileCol": column(west),
        "maxTileCol": column(east),
    }
