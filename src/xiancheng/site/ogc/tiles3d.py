"""3D Tiles 1.1 of the buildings of the published snapshots."""

from __future__ import annotations

import re

from django.http import HttpRequest, HttpResponse, HttpResponseBase

from xiancheng.foundation.text import Text
from xiancheng.site.county import county
from xiancheng.site.ogc import links
from xiancheng.site.ogc.links import Link
from xiancheng.site.ogc.negotiation import check_parameters, representation
from xiancheng.site.ogc.responding import document
from xiancheng.site.policy.needs import PUBLIC, needs
from xiancheng.site.problems import NotFoundError
from xiancheng.site.tiles.archives import tile_folder, tile_sets
from xiancheng.site.tiles.ranges import immutable_file
from xiancheng.site.tiles.solids.making import FOLDER, TILESET

CLASS = "building"
GLB = "model/gltf-binary"
_HASH = re.compile(r"[0-9a-f]{16}")
_CONTENT = re.compile(r"\d{1,6}\.glb")


@needs(PUBLIC, sees="class_name")
def tilesets3d(request: HttpRequest, class_name: str) -> HttpResponse:
    """Answer which tilesets there are: one a published snapshot, the newest last."""
    check_parameters(request, ())
    representation(request, {"json": links.JSON})
    base = f"{links.collection(request, class_name)}/3dtiles"
    found = [made for made in tile_sets(county())[0] if made.solids] if class_name == CLASS else []
    return document(
        {
            "links": [Link(base, "self", links.JSON).as_dict()],
            "tilesets": [
                {"date": made.date, "hash": made.hash, "bbox": list(made.bounds),
                 "links": [Link(f"{base}/{made.hash}/{TILESET}", "item", links.JSON).as_dict()]}
                for made in found
            ],
        },
        links.JSON,
    )  # fmt: skip


@needs(PUBLIC, sees="class_name")
def content3d(request: HttpRequest, class_name: str, content_hash: str, name: str) -> HttpResponseBase:
    """Answer a tileset or a glTF of it; neither ever changes."""
    path = tile_folder(county().folder, content_hash) / FOLDER / name
    known = _HASH.fullmatch(content_hash) and (name == TILESET or _CONTENT.fullmatch(name))
    if class_name != CLASS or not known or not path.is_file():
        raise NotFoundError(
            Text("没有这个三维瓦片", "there is no such 3D tile"),
            Text("请重新读取 /ogc/collections/building/3dtiles", "read /ogc/collections/building/3dtiles again"),
        )
    return immutable_file(request, path, links.JSON if name == TILESET else GLB, f"{content_hash}-{name}")
