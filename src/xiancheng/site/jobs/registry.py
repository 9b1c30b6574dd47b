"""Kinds of jobs: a function each, registered under a name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from xiancheng.foundation.errors import UnknownNameError
from xiancheng.foundation.progress import Progress
from xiancheng.foundation.text import Text
from xiancheng.site.policy.subject import Subject

Work = Callable[[Mapping[str, Any], Subject, Progress], dict[str, Any]]
"""Parameters, for whom, progress → a result that can be written as JSON."""


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of job.

    Attributes
    ----------
    repeatable
        True if doing it twice does no harm: then it is done again once if its worker dies.
    """

    name: str
    work: Work
    repeatable: bool


_kinds: dict[str, Kind] = {}


def job(kind: str, *, repeatable: bool = False) -> Callable[[Work], Work]:
    """Register a function as the work of a kind of job."""

    def register(work: Work) -> Work:
        _kinds[kind] = Kind(kind, work, repeatable)
        return work

    return register


def kind_of(name: str) -> Kind:
    """Return a kind of job.

    Raises
    ------
    UnknownNameError
        If there is none.
    """
    if name not in _kinds:
        raise UnknownNameError(Text("任务", "job"), name, list(_kinds))
    return _kinds[name]


def is_repeatable(name: str) -> bool:
    """Whether a job whose worker died may be done again; one of a kind that is gone may not."""
    return name in _kinds and _kinds[name].repeatable
