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
class Recorded:
    """What the model has of a job.

    Attributes
    ----------
    result
        What the job would have returned.
    note
        Writes into the civic database what belongs to it, unless it is there already.
    """

    result: dict[str, Any]
    note: Callable[[Subject], None]


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of job.

    Attributes
    ----------
    repeatable
        True if doing it twice does no harm: then it is done again once if its worker dies.
    recorded
        Asked with the parameters of a job that broke off: what the model has of it, None for nothing.
    """

    name: str
    work: Work
    repeatable: bool
    recorded: Callable[[Mapping[str, Any]], Recorded | None] | None = None


_kinds: dict[str, Kind] = {}


def job(
    kind: str,
    *,
    repeatable: bool = False,
    recorded: Callable[[Mapping[str, Any]], Recorded | None] | None = None,
) -> Callable[[Work], Work]:
    """Register a function as the work of a kind of job."""

    def register(work: Work) -> Work:
        _kinds[kind] = Kind(kind, work, repeatable, recorded)
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


def find_kind(name: str) -> Kind | None:
    """Return a kind of job; None for one that is gone."""
    return _kinds.get(name)


def is_repeatable(name: str) -> bool:
    """Whether a job whose worker died may be done again; one of a kind that is gone may not."""
    return name in _kinds and _kinds[name].repeatable
