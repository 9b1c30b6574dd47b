"""Addresses and links."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote, urlencode

from django.http import HttpRequest

GEOJSON = "application/geo+json"
JSON = "application/json"
SCHEMA = "application/schema+json"
HTML = "text/html"
LINK_FORMAT = "application/link-format"
OPENAPI = "application/vnd.oai.openapi+json;version=3.0"


@dataclass(frozen=True, slots=True)
class Link:
    """A link, in a body and in a ``Link`` header."""

    href: str
    rel: str
    type: str = ""
    title: str = ""
    datetime: str = ""

    def as_dict(self) -> dict[str, str]:
        """Return what JSON holds."""
        every = {
            "href": self.href, "rel": self.rel, "type": self.type, "title": self.title, "datetime": self.datetime,
        }  # fmt: skip
        return {key: value for key, value in every.items() if value}

    @property
    def header(self) -> str:
        """The link as a header (or the link format) writes it; titles, which may be Chinese, are left out."""
        parts = [f"<{self.href}>", f'rel="{self.rel}"']
        parts += [f'{key}="{value}"' for key, value in (("type", self.type), ("datetime", self.datetime)) if value]
        return "; ".join(parts)


def root(request: HttpRequest) -> str:
    """Return the address of the landing page, without a slash at the end."""
    return request.build_absolute_uri("/ogc")


def collection(request: HttpRequest, class_name: str) -> str:
    """Return the address of a collection."""
    return f"{root(request)}/collections/{class_name}"


def items(request: HttpRequest, class_name: str) -> str:
    """Return the address of a collection's features."""
    return f"{collection(request, class_name)}/items"


def item(request: HttpRequest, class_name: str, object_id: str) -> str:
    """Return the address of a feature."""
    return f"{items(request, class_name)}/{quote(object_id, safe='')}"


def here(request: HttpRequest, **changed: str | None) -> str:
    """Return the address of the request with some parameters changed, or left out (None)."""
    parameters: Mapping[str, str] = {
        name: value for name, value in {**request.GET.dict(), **changed}.items() if value is not None
    }
    query = urlencode(parameters, safe=":/,")
    return request.build_absolute_uri(request.path) + (f"?{query}" if query else "")


def same_in(request: HttpRequest, offered: Mapping[str, str], shown: str) -> list[Link]:
    """Return the links to the representation that is shown and to the others."""
    return [
        Link(
            here(request) if key == shown else here(request, f=key),
            "self" if key == shown else "alternate",
            media.partition(";")[0] if key != shown else media,
        )
        for key, media in offered.items()
    ]
