"""``/healthz``: whether this process and those beside it can do their work."""

from __future__ import annotations

from http import HTTPStatus

from django.db import DatabaseError, connection
from django.http import HttpRequest, JsonResponse

from xiancheng import __version__
from xiancheng.foundation.errors import XianchengError
from xiancheng.site.county import county
from xiancheng.site.jobs.companions import LIVE, WORKER, lives
from xiancheng.site.policy.needs import PUBLIC, needs


@needs(PUBLIC)
def health(request: HttpRequest) -> JsonResponse:
    """Answer 200 if the county and the database can be read, else 503.

    ``status`` is ``ok``; ``degraded`` if pages answer but the worker or the live updates do not live; or ``failing``.
    ``parts`` says which.
    """
    del request
    vital = {"county": _county(), "database": _database()}
    beside = {name: vital["database"] and _lives(name) for name in (WORKER, LIVE)}
    status = "failing" if not all(vital.values()) else "ok" if all(beside.values()) else "degraded"
    return JsonResponse(
        {"status": status, "version": __version__, "parts": vital | beside},
        status=HTTPStatus.SERVICE_UNAVAILABLE if status == "failing" else HTTPStatus.OK,
        headers={"Cache-Control": "no-store"},
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


def _lives(name: str) -> bool:
    try:
        return lives(name)
    except DatabaseError:
        return False
