"""The registry of checks: a check is a function over one table, registered by a decorator."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from xiancheng.city.classes import Catalogue, FeatureClass
from xiancheng.city.county import County
from xiancheng.city.quality.report import Severity
from xiancheng.city.quality.rules import Rules, load_rules
from xiancheng.city.snapshot import FeatureTable
from xiancheng.foundation.text import Text

Indices = npt.NDArray[np.signedinteger[Any]]


@dataclass(frozen=True)
class Found:
    """What a check found in one table.

    Attributes
    ----------
    rows
        ``(k,)`` rows of the objects concerned, the worst first.
    message
        What is wrong with them; ``{count}`` and ``{total}`` are filled in.
    details
        Row number within `rows` → what is to be said of that object; called only for objects that are listed.
    severity
        If it differs from the check's own.
    points
        ``(k, 2)`` longitude and latitude to show instead of the objects' own places.
    """

    rows: Indices
    message: Text
    details: Callable[[int], Text | None] = field(default=lambda _: None)
    severity: Severity | None = None
    points: npt.NDArray[np.float64] | None = None


@dataclass(frozen=True)
class Inspection:
    """What a check may look at besides its own table."""

    tables: Mapping[str, FeatureTable]
    county: County
    catalogue: Catalogue
    notes: list[Text] = field(default_factory=list)

    @cached_property
    def rules(self) -> Rules:
        """The consistency rules, shipped and of the county."""
        return load_rules(self.catalogue, self.county.folder)

    def note(self, text: Text) -> None:
        """Tell once what could not be checked."""
        if text not in self.notes:
            self.notes.append(text)


Function = Callable[[FeatureTable, Inspection], Iterator[Found]]


@dataclass(frozen=True)
class CheckSpec:
    """A registered check."""

    name: str
    title: Text
    severity: Severity
    function: Function
    of: Callable[[FeatureClass], bool]


_checks: dict[str, CheckSpec] = {}


def check(
    name: str, severity: Severity, title: Text, *, of: Sequence[str] | Callable[[FeatureClass], bool] | None = None
) -> Callable[[Function], Function]:
    """Register a function as a check.

    Parameters
    ----------
    name
        Stable public name: a subject, a dot, what is wrong.
    severity
        ``error``, ``warning`` or ``info``; a single :class:`Found` may say another.
    title
        What people read.
    of
        Names of the classes it looks at, or a function of a class; None for every class.
    """
    names = None if of is None or callable(of) else frozenset(of)

    def register(function: Function) -> Function:
        if name in _checks and _checks[name].function.__module__ != function.__module__:
            raise ValueError(f"check {name!r} is registered twice")
        wanted = of if callable(of) else (lambda c: names is None or c.name in names)
        _checks[name] = CheckSpec(name, title, severity, function, wanted)
        return function

    return register


def checks() -> dict[str, CheckSpec]:
    """Return every check by name, in the order of the names."""
    package = importlib.import_module("xiancheng.city.quality.checks")
    for module in pkgutil.iter_modules(package.__path__):
        importlib.import_module(f"{package.__name__}.{module.name}")
    return dict(sorted(_checks.items()))
