"""The registers, their forms, and pages of their objects."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Query

from xiancheng.city.history import StoreError
from xiancheng.site.county import catalogue, reading
from xiancheng.site.policy.needs import ACCOUNT, needs, subject_of
from xiancheng.site.registers.definition import definition_of, register_of
from xiancheng.site.registers.filters import OPENAPI, listing_of
from xiancheng.site.registers.listing import last_changed, read_page
from xiancheng.site.registers.routing import READ, router
from xiancheng.site.registers.schemas import Definition, Items, Registers
from xiancheng.site.registers.versions import shown_rows

MOST = 1000


@router.get("", response={200: Registers, **READ}, summary="the registers that I may see")
@needs(ACCOUNT)
def list_registers(request: HttpRequest) -> dict[str, Any]:
    """Return the registers in the order of the catalogue, with what they hold today."""
    subject = subject_of(request)
    visible = subject.visible([c.name for c in catalogue()])
    try:
        with reading() as store:
            counts, changed = store.classes_present(), last_changed(store, visible)
    except StoreError:
        # Nothing has been imported yet: the registers are there, and empty.
        counts, changed = {}, {}
    return {
        "items": [
            {
                **register_of(catalogue()[name], subject),
                "count": counts.get(name, 0),
                "changed_at": changed.get(name),
            }
            for name in visible
        ]
    }


@router.get(
    "/{class_name}/definition",
    response={200: Definition, **READ},
    summary="the form of a register",
)
@needs(sees="class_name")
def read_definition(request: HttpRequest, class_name: str) -> dict[str, Any]:
    """Return what the class definition says: attributes with titles, units, codes, bounds."""
    return definition_of(catalogue()[class_name], catalogue(), subject_of(request))


@router.get(
    "/{class_name}/items",
    response={200: Items, **READ},
    summary="objects of a register",
    openapi_extra=OPENAPI,
)
@needs(sees="class_name")
def list_items(
    request: HttpRequest,
    class_name: str,
    q: Annotated[str, Query(max_length=200, description="words in the name, the address or the identifier")] = "",
    on: Annotated[date | None, Query(description="the day; today by default")] = None,
    include_closed: bool = False,
    bbox: Annotated[str, Query(max_length=200, description="west,south,east,north in degrees")] = "",
    sort: Annotated[str, Query(max_length=80, description="an attribute; with - before it descending")] = "",
    geometry: Annotated[bool, Query(description="with the geometries")] = False,
    limit: Annotated[int, Query(ge=1, le=MOST)] = 50,
    offset: Annotated[int, Query(ge=0, le=10_000_000)] = 0,
) -> dict[str, Any]:
    """Return one page of the objects that exist on a day."""
    listing = listing_of(
        request, catalogue()[class_name], catalogue(), q=q, on=on, include_closed=include_closed, bbox=bbox, sort=sort,
        limit=limit, offset=offset,
    )  # fmt: skip
    with reading() as store:
        page = read_page(store, class_name, listing)
    return {
        "items": shown_rows(page.rows, geometry=geometry),
        "total": page.total,
        "more": page.more,
        "limit": limit,
        "offset": offset,
        "on": listing.on,
    }
