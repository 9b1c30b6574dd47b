"""The chain of the audit log."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import orjson
from django.db import connection, transaction
from django.http import HttpRequest

from xiancheng.site.audit.models import Entry
from xiancheng.site.policy.address import client_address
from xiancheng.site.policy.needs import subject_of

START = "0" * 64


def record(request: HttpRequest | None, action: str, target: str = "", **detail: Any) -> Entry:  # noqa: ANN401
    """Add an entry.

    Parameters
    ----------
    request
        Whose request it was; None for the system itself or the command line (give ``user_name=``).
    action
        ``<noun>.<verb>``, such as ``register.update``.
    target
        What it was done to, such as ``school/1001``.
    """
    subject = subject_of(request) if request is not None else None
    content: dict[str, Any] = {
        "at": datetime.now(UTC),
        "user_id": subject.user_id if subject else None,
        "user_name": subject.name if subject else str(detail.pop("user_name", "")),
        "token_id": subject.token_id if subject else None,
        "address": client_address(request) if request is not None else "",
        "action": action,
        "target": target[:200],
        "detail": orjson.loads(orjson.dumps(detail, default=str)),
    }
    with transaction.atomic():
        if connection.vendor == "postgresql":
            # SQLite has one writer at a time anyway; here two entries must not follow the same one.
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_xact_lock(hashtext('xiancheng.audit'))")
        last = Entry.objects.order_by("-number").first()
        previous = last.hash if last else START
        number = last.number + 1 if last else 1
        return Entry.objects.create(number=number, previous=previous, hash=seal(previous, number, content), **content)


def seal(previous: str, number: int, content: Mapping[str, Any]) -> str:
    """Return the hash of an entry: of its predecessor's, its number and its content in one canonical form."""
    at = content["at"].astimezone(UTC).isoformat(timespec="microseconds")
    canonical = orjson.dumps([previous, number, {**content, "at": at}], option=orjson.OPT_SORT_KEYS)
    return hashlib.sha256(canonical).hexdigest()
