"""Snapshots that know what was read of them, and snapshots of which a few classes are changed."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TypeVar

from xiancheng.city.population import locate_population
from xiancheng.city.snapshot import FeatureTable, Population, Snapshot

Result = TypeVar("Result")

RESIDENCE = frozenset({"building", "population_cell", "census", "admin_area"})
"""Classes from which it is computed where residents live."""


class Traced(Snapshot):
    """A snapshot that records which classes each computation reads, however deep.

    What it computes for keys (:meth:`memo`) is kept in the snapshot it stands for, so nothing is held twice.

    Parameters
    ----------
    base
        A published snapshot.
    """

    def __init__(self, base: Snapshot) -> None:
        super().__init__(
            county=base.county,
            as_of=base.as_of,
            content_hash=base.hash,
            catalogue=base.catalogue,
            tables=base.table,
            population=lambda: base.population,
            rows={},
            manifest=base.manifest,
        )
        self.base = base
        self.read_by: dict[object, frozenset[str]] = {}
        self._frames = threading.local()

    @contextmanager
    def recording(self) -> Iterator[set[str]]:
        """Collect the names of the classes read inside the ``with`` block, by this thread."""
        stack: list[set[str]] = self._frames.__dict__.setdefault("stack", [])
        frame: set[str] = set()
        stack.append(frame)
        try:
            yield frame
        finally:
            stack.pop()
            self._note(frame)

    def _note(self, names: set[str] | frozenset[str]) -> None:
        stack: list[set[str]] = self._frames.__dict__.get("stack") or []
        if stack:
            stack[-1].update(names)

    def has(self, name: str) -> bool:
        """Whether the snapshot holds at least one feature of class `name`."""
        self._note({name})
        return self.base.has(name)

    def table(self, name: str) -> FeatureTable:
        """Return the features of class `name`."""
        self._note({name})
        return self.base.table(name)

    @property
    def population(self) -> Population:
        """Where residents live."""
        self._note(RESIDENCE)
        return self.base.population

    def memo(self, key: object, make: Callable[[], Result]) -> Result:
        """Return what `make` gives, computed once, and know which classes that took."""
        known = self.read_by.get(key)
        if known is None:
            # Once more even if the base has it: only so is it known what it depends on.
            with self.recording() as frame:
                made = make()
            self.read_by[key] = frozenset(frame)
            return self.base.memo(key, lambda: made)
        self._note(known)
        return self.base.memo(key, make)


class Changed(Snapshot):
    """A snapshot in which some classes have other features; all that does not depend on these is taken over.

    Parameters
    ----------
    base
        What is changed. It has to have been assessed, so that it is known what depends on what.
    tables
        Class name → its features after the changes.
    """

    def __init__(self, base: Traced, tables: Mapping[str, FeatureTable]) -> None:
        super().__init__(
            county=base.county,
            as_of=base.as_of,
            content_hash=base.hash,
            catalogue=base.catalogue,
            tables=lambda name: tables.get(name) if name in tables else base.table(name),
            population=self._residents,
            rows={},
            manifest=base.manifest,
        )
        self.origin = base
        self.changed = frozenset(tables)
        self._new = tables

    def has(self, name: str) -> bool:
        """Whether there is at least one feature of class `name` after the changes."""
        return len(self._new[name]) > 0 if name in self._new else self.origin.has(name)

    def memo(self, key: object, make: Callable[[], Result]) -> Result:
        """Return what the base has for `key` unless it depends on what is changed; else compute it here."""
        read = self.origin.read_by.get(key)
        if read is not None and read.isdisjoint(self.changed):
            return self.origin.memo(key, make)
        return super().memo(key, make)

    def _residents(self) -> Population:
        if self.changed.isdisjoint(RESIDENCE):
            return self.origin.population
        return locate_population(
            buildings=self.table("building"),
            cells=self.table("population_cell"),
            census=self.table("census"),
            areas=self.table("admin_area"),
        )
