"""Kinds of jobs: a function each, registered under a name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from xiancheng.foundation.errors import UnknownNameError
from xiancheng.foundation.progress import Progress
from xiancheng.foundation.text import Text
from xiancheng.site.policy.subject import Subject

Work = Callable[[Mapping[str, Any], Subject, Progress], dict[str, Any]]
"""Parameters, for whom, progress → a result that can be written as JSON."""

_kinds: dict[str, Work] = {}


def job(kind: str) -> Callable[[Work], Work]:
    """Register a function as the work of a kind of job."""

    def register(work: Work) -> Work:
        _kinds[kind] = work
        return work

    return register


def work_of(kind: str) -> Work:
    """Return the function of a kind of job.

    Raises
    ------
    UnknownNameError
        If there is none.
    """
    if kind not in _kinds:
        raise UnknownNameError(Text("任务", "job"), kind, list(_kinds))
    return _kinds[kind]
