"""After a change of a register: the audit log, and the pages that are open."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.http import HttpRequest

from xiancheng.city.history import ChangeSet
from xiancheng.site.audit.chain import record
from xiancheng.site.jobs.events import tell

TOLD = 100
"""Identifiers that an event names; of larger changes pages reload the whole list."""


def told(request: HttpRequest, action: str, class_name: str, object_ids: Sequence[str], change: ChangeSet) -> None:
    """Record a change in the audit log and announce it to those who see the class."""
    target = f"{class_name}/{object_ids[0]}" if len(object_ids) == 1 else class_name
    with transaction.atomic():
        record(request, action, target, change=change.id, objects=len(object_ids), reason=change.reason)
        announce_register(class_name, object_ids, change)


def announce_register(class_name: str, object_ids: Sequence[str] | None, change: ChangeSet) -> None:
    """Tell open pages that objects of a class changed; None if it is not known which."""
    payload: dict[str, Any] = {
        "class": class_name,
        "object_ids": list(object_ids) if object_ids is not None and len(object_ids) <= TOLD else None,
        "change": change.id,
        "kind": change.kind,
        "who": change.who or "",
    }
    tell("register", payload, class_name=class_name)
