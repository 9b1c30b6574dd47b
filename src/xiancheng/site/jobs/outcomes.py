"""What a job that broke off has brought about all the same.

The city model and the civic database are two databases: a job may have changed the first and then lose the second, or
its process, before it could say so. Such a job has not failed. It writes its mark into the change set, in the
transaction that changes the model, and by the mark the change is found again.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Mapping
from typing import Any

from django.db import InterfaceError, OperationalError, connection

from xiancheng.city.history import ChangeSet
from xiancheng.foundation.text import Text
from xiancheng.site.accounts.subjects import subject_of_user
from xiancheng.site.county import reading
from xiancheng.site.jobs.models import Job
from xiancheng.site.jobs.registry import find_kind
from xiancheng.site.policy.subject import Subject

MARK = "mark"
"""Key of the mark in the parameters of a job and in the detail of a change set."""

UNFINISHED = "unfinished"
"""Key, in a result, of what could not be written about the work."""

logger = logging.getLogger(__name__)


def new_mark() -> str:
    """Return a mark for the parameters of a new job; numbers of jobs come again when a civic database begins anew."""
    return secrets.token_hex(12)


def mark_of(parameters: Mapping[str, Any]) -> dict[str, str]:
    """Return the detail by which a change set tells which job made it."""
    mark = str(parameters.get(MARK, ""))
    return {MARK: mark} if mark else {}


def change_marked(parameters: Mapping[str, Any]) -> ChangeSet | None:
    """Return the change set that a job made; None if it made none."""
    wanted = mark_of(parameters)
    if not wanted:
        return None
    with reading() as store:
        return next((c for c in reversed(store.changes()) if c.detail.get(MARK) == wanted[MARK]), None)


def brought_about(job: Job) -> dict[str, Any] | None:
    """Return the result of a job that broke off after its work was recorded; None if it was not.

    What it could not write into the civic database is written now.

    Raises
    ------
    OperationalError, InterfaceError
        If the civic database is away; to be asked again.
    """
    kind = find_kind(job.kind)
    if kind is None or kind.recorded is None:
        return None
    connection.close_if_unusable_or_obsolete()
    recorded = kind.recorded(job.parameters)
    if recorded is None:
        return None
    subject = subject_of_user(job.user) if job.user is not None else Subject()
    try:
        recorded.note(subject)
    except (OperationalError, InterfaceError):
        raise
    except Exception:
        # The model has the change, so the job may not read as if it had not: the person learns what is missing.
        logger.exception("job %s %s is recorded in the model, but not in the civic database", job.pk, job.kind)
        text = Text(
            "模型已经修改，但审计和提醒没有写全；请告诉系统管理员",
            "the model was changed, but the audit log and notices are incomplete: tell an administrator",
        )
        return {**recorded.result, UNFINISHED: text.as_dict()}
    return recorded.result
