"""The catalogue's OpenStreetMap rules, compiled for sorting many objects quickly."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from xiancheng.city.classes import FeatureClass, OsmAttribute, OsmRule

Kind = Literal["node", "line", "area"]
"""What an object is on the ground; one way can be a line and an area."""


@dataclass(frozen=True, slots=True)
class Sorter:
    """Sorts tagged objects into the classes whose rules they satisfy.

    Attributes
    ----------
    classes
        Classes that have rules, in the catalogue's order; results are positions in this tuple.
    keys
        Kind → one key of every rule: an object without any of them belongs to no class.
    every_key
        All keys that rules and attributes ask for.
    """

    classes: tuple[FeatureClass, ...]
    keys: Mapping[Kind, frozenset[str]]
    every_key: frozenset[str]
    _leads: Mapping[Kind, Mapping[str, _Lead]]

    def sort(self, tags: Mapping[str, str], kind: Kind) -> tuple[int, ...]:
        """Return the classes (positions in `classes`, ascending) that an object of `kind` belongs to."""
        leads, found = self._leads[kind], []
        for key in self.keys[kind] & tags.keys():
            lead = leads[key]
            for position, rule in (*lead.by_value.get(tags[key], ()), *lead.any_value):
                if rule is None or satisfies(tags, rule):
                    found.append(position)
        return tuple(sorted(set(found))) if found else ()


@dataclass(frozen=True, slots=True)
class _Lead:
    """Rules that ask for one key first: class position and the rule, None if the key's value is all it asks for."""

    by_value: dict[str, list[tuple[int, OsmRule | None]]] = field(default_factory=dict)
    any_value: list[tuple[int, OsmRule | None]] = field(default_factory=list)

    def add(self, position: int, rule: OsmRule, values: Literal[True] | frozenset[str]) -> None:
        entry = position, None if len(rule.tags) == 1 and not rule.without else rule
        if values is True:
            self.any_value.append(entry)
        else:
            for value in values:
                self.by_value.setdefault(value, []).append(entry)


def compile_rules(classes: Iterable[FeatureClass]) -> Sorter:
    """Return the sorter of the rules of `classes`; classes without rules are left out."""
    ruled = tuple(c for c in classes if c.osm)
    kinds: tuple[Kind, ...] = ("node", "line", "area")
    leads: dict[Kind, dict[str, _Lead]] = {kind: {} for kind in kinds}
    every_key: set[str] = set()
    for position, feature_class in enumerate(ruled):
        for rule in feature_class.osm:
            every_key.update(rule.tags, rule.without)
            key, values = next(iter(rule.tags.items()))
            for kind in kinds:
                if kind in rule.types:
                    leads[kind].setdefault(key, _Lead()).add(position, rule, values)
        for attribute in feature_class.attributes:
            every_key.update(attribute.osm.keys if attribute.osm else ())
    return Sorter(
        classes=ruled,
        keys={kind: frozenset(leads[kind]) for kind in kinds},
        every_key=frozenset(every_key),
        _leads=leads,
    )


def satisfies(tags: Mapping[str, str], rule: OsmRule) -> bool:
    """Whether `tags` satisfy `rule`, leaving aside what kind of object it is."""
    for key, values in rule.tags.items():
        value = tags.get(key)
        if value is None or (values is not True and value not in values):
            return False
    return not any(tags.get(key) in values for key, values in rule.without.items())


def attribute_value(tags: Mapping[str, str], osm: OsmAttribute) -> str | None:
    """Return an attribute's value, None if no tag tells it.

    With `values`, the first key whose value is listed decides (``oneway=no`` before ``junction=roundabout``), then
    the default if any of the keys is there; without, the first key that is there gives its text.
    """
    listed, there = osm.values, False
    for key in osm.keys:
        value = tags.get(key)
        if value is None:
            continue
        if listed is None:
            return value
        if value in listed:
            return listed[value]
        there = True
    return osm.default if there else None
