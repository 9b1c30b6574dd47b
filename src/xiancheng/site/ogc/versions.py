"""Versions of one feature: which one holds on a day, its neighbours, and the links between them.

Source: the OGC draft Versioned Features (opengeospatial/ogcapi-features, proposals/versioned-features.md, 2026-06-01),
RFC 7089 (Memento) and RFC 5829 (version navigation).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from django.http import HttpRequest

from xiancheng.city.history import OPEN_DATE_TEXT
from xiancheng.city.querying import Records, Selection, find
from xiancheng.city.store import Store
from xiancheng.site.ogc import links
from xiancheng.site.ogc.links import Link
from xiancheng.site.ogc.moments import http_date, timestamp


@dataclass(frozen=True, slots=True)
class Versions:
    """What is believed of one object, in the order of validity."""

    records: Records
    starts: list[str]
    ends: list[str]

    def __len__(self) -> int:
        return len(self.starts)

    def on(self, day: date) -> int | None:
        """Return the place of the version that holds on a day; None if the object does not exist on it."""
        text = day.isoformat()
        return next((i for i in range(len(self)) if self.starts[i] <= text < self.ends[i]), None)

    def starting(self, day: str) -> int | None:
        """Return the place of the version that begins on a day."""
        return self.starts.index(day) if day in self.starts else None

    def is_over(self, index: int) -> bool:
        """Whether a version has an end."""
        return self.ends[index] != OPEN_DATE_TEXT


def versions_of(store: Store, class_name: str, object_id: str, recorded: datetime | None) -> Versions:
    """Return the versions of an object; none if nothing is believed of it."""
    records = find(store, Selection(class_name, recorded=recorded, object_id=object_id))
    return Versions(records, records.plain("valid_from"), records.plain("valid_to"))


def memento(request: HttpRequest, class_name: str, object_id: str, start: str) -> str:
    """Return the permanent address of the version that begins on a day."""
    return f"{links.item(request, class_name, object_id)}?datetime={timestamp(start)}"


def history_links(request: HttpRequest, class_name: str, object_id: str) -> list[Link]:
    """Return the links to the feature itself and to its time map."""
    original = links.item(request, class_name, object_id)
    return [
        Link(original, "original"),
        Link(original, "timegate"),
        Link(f"{original}/versions", "timemap", links.JSON),
        Link(f"{original}/versions", "version-history", links.JSON),
    ]


def neighbour_links(
    request: HttpRequest, class_name: str, object_id: str, versions: Versions, index: int
) -> list[Link]:
    """Return the links from a version to the one before, the one after and the last."""
    out = []
    for place, relation in ((index - 1, "predecessor-version"), (index + 1, "successor-version")):
        if 0 <= place < len(versions):
            out.append(_version_link(request, class_name, object_id, versions, place, relation))
    return [*out, latest_link(request, class_name, object_id, versions)]


def latest_link(request: HttpRequest, class_name: str, object_id: str, versions: Versions) -> Link:
    """Return the link to the last version."""
    return _version_link(request, class_name, object_id, versions, len(versions) - 1, "latest-version")


def memento_links(request: HttpRequest, class_name: str, object_id: str, versions: Versions) -> list[Link]:
    """Return a link to every version."""
    return [
        _version_link(request, class_name, object_id, versions, i, "memento") for i in range(len(versions))
    ]  # fmt: skip


def _version_link(
    request: HttpRequest, class_name: str, object_id: str, versions: Versions, index: int, relation: str
) -> Link:
    start = versions.starts[index]
    return Link(
        memento(request, class_name, object_id, start), relation, links.GEOJSON, datetime=http_date(start)
    )  # fmt: skip
