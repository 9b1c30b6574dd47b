"""``/healthz``: whether this process can do its work."""

from __future__ import annotations

from http import HTTPStatus

from django.db import DatabaseError, connection
from django.http import HttpRequest, JsonResponse

from xiancheng import __version__
from xiancheng.foundation.errors import XianchengError
from xiancheng.site.county import county
from xiancheng.site.policy.needs import PUBLIC, needs


@needs(PUBLIC)
def health(request: HttpRequest) -> JsonResponse:
    """Answer 200 if the county and the database can be read, else 503 naming the part that cannot."""
    del request
    parts = {"county": _county(), "database": _database()}
    well = all(parts.values())
    return JsonResponse(
        {"status": "ok" if well else "failing", "version": __version__, "parts": parts},
        status=HTTPStatus.OK if well else HTTPStatus.SERVICE_UNAVAILABLE,
    )


def _county() -> bool:
    try:
        county()
    except (XianchengError, OSError):
        return False
    return True


def _database() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return False
    return True
