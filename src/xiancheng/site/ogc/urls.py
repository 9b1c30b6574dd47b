"""Addresses below ``/ogc/``."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path, re_path, register_converter

from xiancheng.site.county import catalogue
from xiancheng.site.ogc import about, features, receiving, tiles, tiles3d
from xiancheng.site.ogc.methods import by_method


class ClassName:
    """A part of an address that names a feature class; no other address matches."""

    regex = "[a-z0-9_]+"

    def to_python(self, value: str) -> str:
        """Return the name if there is such a class."""
        if value not in catalogue().classes:
            raise ValueError(value)
        return value

    def to_url(self, value: str) -> str:
        """Return the name."""
        return value


register_converter(ClassName, "class_name")

landing = by_method(GET=about.landing)
"""The landing page; clients ask for it without a slash at the end too."""

_COLLECTION = "collections/<class_name:class_name>"

urlpatterns: list[URLPattern | URLResolver] = [
    path("", landing),
    path("conformance", by_method(GET=about.conformance)),
    path("api", by_method(GET=about.description)),
    path("collections", by_method(GET=about.collections)),
    path(_COLLECTION, by_method(GET=about.one_collection)),
    path(f"{_COLLECTION}/schema", by_method(GET=about.class_schema)),
    path(f"{_COLLECTION}/queryables", by_method(GET=about.queryables)),
    path(f"{_COLLECTION}/items", by_method(GET=features.items, POST=receiving.create)),
    path(
        f"{_COLLECTION}/items/<str:feature_id>",
        by_method(GET=features.item, PUT=receiving.replace, PATCH=receiving.update, DELETE=receiving.close),
    ),
    path(f"{_COLLECTION}/items/<str:feature_id>/versions", by_method(GET=features.time_map)),
    path(f"{_COLLECTION}/items/<str:feature_id>/versions/<str:start>", by_method(GET=features.version)),
    path("tileMatrixSets", by_method(GET=tiles.matrix_sets)),
    path("tileMatrixSets/<str:matrix_set_id>", by_method(GET=tiles.one_matrix_set)),
    path(f"{_COLLECTION}/tiles", by_method(GET=tiles.tilesets)),
    path(f"{_COLLECTION}/tiles/<str:matrix_set_id>", by_method(GET=tiles.one_tileset)),
    path(f"{_COLLECTION}/tiles/<str:matrix_set_id>/<int:z>/<int:y>/<int:x>", by_method(GET=tiles.tile)),
    path(f"{_COLLECTION}/tiles/<str:matrix_set_id>/<int:z>/<int:y>/<int:x>.mvt", by_method(GET=tiles.tile)),
    path(f"{_COLLECTION}/3dtiles", by_method(GET=tiles3d.tilesets3d)),
    path(f"{_COLLECTION}/3dtiles/<str:content_hash>/<str:name>", by_method(GET=tiles3d.content3d)),
    re_path(r"^(?P<path>.*)$", about.missing),
]
