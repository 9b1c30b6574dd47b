"""Addresses below ``/ogc/``."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path, re_path, register_converter

from xiancheng.site.county import catalogue
from xiancheng.site.ogc import about, features, receiving
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

_COLLECTION = "collections/<class_name:class_name>"

urlpatterns: list[URLPattern | URLResolver] = [
    path("", by_method(GET=about.landing)),
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
    re_path(r"^(?P<path>.*)$", about.missing),
]
