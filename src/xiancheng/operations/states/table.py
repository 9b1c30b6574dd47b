"""The table of states and actions."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from functools import cached_property
from typing import Literal, cast, get_args

from xiancheng.foundation.text import Text

Kind = Literal["forward", "return", "rework", "aside", "close", "reopen", "side"]
KINDS: tuple[str, ...] = get_args(Kind)
Owner = Literal["", "unit", "worker", "checker", "reporter", "operator"]
OWNERS: tuple[str, ...] = get_args(Owner)
FINALS = ("", "refused", "voided", "transferred", "merged", "closed")
SAME, BEFORE = "@same", "@before"
EVERY = "*"
"""Instead of names of timers: all that run (or are paused)."""
FORGETTABLE = ("unit", "worker", "checker", "operator")


@dataclass(frozen=True, slots=True)
class Named:
    """An entry with a title: a stage, a timer, a mark, a counter."""

    name: str
    title: Text


@dataclass(frozen=True, slots=True)
class Source:
    """Who reports: what the report must bring, and whether a check on site comes before filing."""

    name: str
    title: Text
    requires: tuple[str, ...] = ()
    pre_filing_check: bool = False


@dataclass(frozen=True, slots=True)
class PermissionSpec:
    """A permission that actions ask for; `roles` have it unless a county decides otherwise."""

    name: str
    title: Text
    roles: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class State:
    """A state.

    Attributes
    ----------
    stage
        Outer stage; empty for a state aside.
    holder
        Role in whose queue the case is; empty if in nobody's.
    filed
        Only filed cases get here.
    final
        How the case ended here (`FINALS`); empty if it goes on.
    aside
        The case is left aside, and leaves it to where it was before.
    """

    name: str
    title: Text
    stage: str = ""
    holder: str = ""
    filed: bool = False
    final: str = ""
    aside: bool = False


@dataclass(frozen=True, slots=True)
class ActionSpec:
    """What may be done: see the head of ``catalogues/operations/states.toml`` for every key."""

    name: str
    title: Text
    permission: str
    kind: Kind
    to: str
    from_states: frozenset[str] = frozenset()
    requires: tuple[str, ...] = ()
    takes: tuple[str, ...] = ()
    own: Owner = ""
    other_than: tuple[str, ...] = ()
    needs: frozenset[str] = frozenset()
    forbids: frozenset[str] = frozenset()
    sets: frozenset[str] = frozenset()
    clears: frozenset[str] = frozenset()
    forgets: frozenset[str] = frozenset()
    starts: tuple[str, ...] = ()
    pauses: tuple[str, ...] = ()
    resumes: tuple[str, ...] = ()
    finishes: tuple[str, ...] = ()
    counts: str = ""
    extends: str = ""
    within_days: int | None = None
    since: tuple[str, ...] = ()
    creates: bool = False
    files: bool = False
    claims: bool = False
    privileged: bool = False


@dataclass(frozen=True)
class StateTable:
    """States and actions, with the words that they use; every mapping is by name and in the order of the file."""

    version: str
    stages: Mapping[str, Named]
    timers: Mapping[str, Named]
    marks: Mapping[str, Named]
    counters: Mapping[str, Named]
    sources: Mapping[str, Source]
    permissions: Mapping[str, PermissionSpec]
    states: Mapping[str, State]
    actions: Mapping[str, ActionSpec]
    words: Mapping[str, Text] = field(default_factory=dict)

    @cached_property
    def leaving(self) -> Mapping[str, tuple[ActionSpec, ...]]:
        """State → actions that may be tried there, in the order of the file; "" → those that make a case."""
        found: dict[str, list[ActionSpec]] = {"": [], **{name: [] for name in self.states}}
        for action in self.actions.values():
            for name in {""} if action.creates else action.from_states:
                found.setdefault(name, []).append(action)
        return {name: tuple(actions) for name, actions in found.items()}

    @cached_property
    def order(self) -> Mapping[str, int]:
        """Stage → its place, from 0."""
        return {name: at for at, name in enumerate(self.stages)}

    @cached_property
    def fingerprint(self) -> str:
        """16 hexadecimal digits that differ if the table behaves differently; titles, roles and queues do not count.

        An event records it, so that a case is always replayed by the table that it was handled under.
        """
        silent = {"title", "roles", "holder"}
        parts = {
            part: {name: _plain(entry, silent) for name, entry in getattr(self, part).items()}
            for part in ("sources", "states", "actions")
        }
        canonical = json.dumps({**parts, "stages": list(self.stages)}, sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(canonical.encode()).hexdigest()[:16]

    def roles(self) -> dict[str, frozenset[str]]:
        """Return role → permissions, as the table suggests them."""
        found: dict[str, set[str]] = {}
        for permission in self.permissions.values():
            for role in permission.roles:
                found.setdefault(role, set()).add(permission.name)
        return {role: frozenset(names) for role, names in found.items()}


def _plain(entry: State | ActionSpec | Source, silent: set[str]) -> dict[str, object]:
    found: dict[str, object] = {}
    for item in fields(entry):
        if item.name not in silent:
            value = getattr(entry, item.name)
            found[item.name] = sorted(cast("frozenset[str]", value)) if isinstance(value, frozenset) else value
    return found
