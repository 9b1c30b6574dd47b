"""The chain of the audit log."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping
from datetime import UTC, date, datetime
from functools import partial
from typing import Any

import orjson
from django.db import connection, transaction
from django.http import HttpRequest

from xiancheng.site.audit.anchor import anchor_if_due
from xiancheng.site.audit.models import Entry
from xiancheng.site.policy.address import client_address
from xiancheng.site.policy.needs import subject_of

START = "0" * 64
EXACT = 2**53
"""Below this, integers and floats are the same in every JSON implementation."""


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
        "user_name": subject.name if subject else plain(str(detail.pop("user_name", "")))[:64],
        "token_id": subject.token_id if subject else None,
        "address": client_address(request) if request is not None else "",
        "action": action,
        "target": plain(target)[:200],
        "detail": plain(detail),
    }
    with transaction.atomic():
        if connection.vendor == "postgresql":
            # SQLite has one writer at a time anyway; here two entries must not follow the same one.
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_xact_lock(hashtext('xiancheng.audit'))")
        last = Entry.objects.order_by("-number").first()
        previous = last.hash if last else START
        number = last.number + 1 if last else 1
        entry = Entry.objects.create(number=number, previous=previous, hash=seal(previous, number, content), **content)
        transaction.on_commit(partial(anchor_if_due, entry), robust=True)
    return entry


def plain(value: Any) -> Any:  # noqa: ANN401 - whatever stands in a detail
    """Return a value as every database gives it back: only then can its hash be computed again.

    PostgreSQL stores no NUL characters and writes large floats as integers; JSON has neither NaN nor large integers.
    """
    if isinstance(value, str):
        return value.replace("\x00", "�").encode("utf-8", "replace").decode()
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, int):
        return value if abs(value) < EXACT else str(value)
    if isinstance(value, float):
        return (value + 0.0 if abs(value) < EXACT else str(value)) if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {plain(str(key)): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(item) for item in (sorted(value, key=str) if isinstance(value, set | frozenset) else value)]
    if isinstance(value, datetime | date):
        return value.isoformat()
    return plain(str(value))


def seal(previous: str, number: int, content: Mapping[str, Any]) -> str:
    """Return the hash of an entry: of its predecessor's, its number and its content in one canonical form."""
    at = content["at"].astimezone(UTC).isoformat(timespec="microseconds")
    canonical = orjson.dumps([previous, number, {**content, "at": at}], option=orjson.OPT_SORT_KEYS)
    return hashlib.sha256(canonical).hexdigest()
