"""Consistency rules, identity and unique numbers as data: ``catalogues/consistency.toml``, shipped or the county's."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from xiancheng.city.classes import Catalogue, FeatureClass
from xiancheng.city.quality.expressions import Expression
from xiancheng.city.quality.report import SEVERITIES, Severity
from xiancheng.foundation.errors import ConfigError, XianchengError
from xiancheng.foundation.resources import data_folder
from xiancheng.foundation.text import Text
from xiancheng.foundation.toml_file import optional_toml

FILE = "consistency.toml"
COMPUTED_NAMES = ("metric_area", "metric_length")
"""Names that rules may use besides attributes: m² of polygons and m of lines, 0 for others."""


@dataclass(frozen=True)
class Rule:
    """What must hold for the objects of a class, where `when` holds."""

    id: str
    feature_class: str
    must: Expression
    when: Expression | None
    severity: Severity
    message: Text

    @property
    def names(self) -> tuple[str, ...]:
        """The attributes the rule speaks of."""
        return tuple(dict.fromkeys(self.must.names + (self.when.names if self.when is not None else ())))


@dataclass(frozen=True)
class Rules:
    """All rules of a county.

    Attributes
    ----------
    rules
        Class → its consistency rules.
    unique
        Class → groups of attributes whose values together belong to one object only.
    identity
        Class → attributes that make two objects at one place different objects.
    nearby_names
        Classes whose objects of one name do not stand close to each other.
    """

    rules: Mapping[str, list[Rule]] = field(default_factory=dict)
    unique: Mapping[str, list[tuple[str, ...]]] = field(default_factory=dict)
    identity: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    nearby_names: frozenset[str] = frozenset()


def load_rules(catalogue: Catalogue, county_folder: Path | None = None) -> Rules:
    """Read the shipped rules, then the county's own; a rule of the same class and id replaces the shipped one.

    Raises
    ------
    ConfigError
        Naming the file and the rule that is wrong.
    """
    rules: dict[tuple[str, str], Rule] = {}
    unique: dict[str, list[tuple[str, ...]]] = {}
    identity: dict[str, tuple[str, ...]] = {}
    nearby: set[str] = set()
    paths = [data_folder("catalogues") / FILE]
    if county_folder is not None:
        paths.append(county_folder / "catalogues" / FILE)
    for path in paths:
        data = optional_toml(path)
        for entry in data.get("rule", []):
            rule = _rule(path, entry, catalogue)
            rules[rule.feature_class, rule.id] = rule
        for name, groups in data.get("unique", {}).items():
            chosen = [(g,) if isinstance(g, str) else tuple(g) for g in groups]
            for group in chosen:
                _known(path, "unique", name, group, catalogue)
            unique.setdefault(name, []).extend(chosen)
        for name, attributes in data.get("identity", {}).items():
            identity[name] = _known(path, "identity", name, tuple(attributes), catalogue)
        for name in data.get("nearby_names", {}).get("classes", []):
            _known(path, "nearby_names", name, (), catalogue)
            nearby.add(name)
    by_class: dict[str, list[Rule]] = {}
    for rule in rules.values():
        by_class.setdefault(rule.feature_class, []).append(rule)
    return Rules(by_class, unique, identity, frozenset(nearby))


def _known(path: Path, entry: str, name: str, attributes: tuple[str, ...], catalogue: Catalogue) -> tuple[str, ...]:
    try:
        for attribute in attributes:
            catalogue[name].attribute(attribute)
        _ = catalogue[name]
    except XianchengError as error:
        raise _wrong(path, f"{entry}.{name}", error) from error
    return attributes


def _rule(path: Path, entry: Mapping[str, Any], catalogue: Catalogue) -> Rule:
    label = f"{entry.get('class', '?')}.{entry.get('id', '?')}"
    for key in ("id", "class", "must", "message"):
        if key not in entry:
            raise ConfigError(
                Text(f"{path.name} 的规则“{label}”缺少 {key}", f"{path.name}, rule {label!r} lacks {key}")
            )
    severity = entry.get("severity", "warning")
    if severity not in SEVERITIES:
        raise ConfigError(
            Text(
                f"{path.name} 的规则“{label}”：severity 须为 {'、'.join(SEVERITIES)}",
                f"{path.name}, rule {label!r}: severity must be one of {', '.join(SEVERITIES)}",
            )
        )
    try:
        feature_class = catalogue[str(entry["class"])]
        must = _expression(str(entry["must"]), feature_class)
        when = _expression(str(entry["when"]), feature_class) if "when" in entry else None
    except XianchengError as error:
        raise _wrong(path, label, error) from error
    return Rule(
        id=str(entry["id"]),
        feature_class=feature_class.name,
        must=must,
        when=when,
        severity=cast("Severity", severity),
        message=Text.of(entry["message"]),
    )


def _expression(text: str, feature_class: FeatureClass) -> Expression:
    expression = Expression(text)
    for name in expression.names:
        if name not in COMPUTED_NAMES:
            feature_class.attribute(name)
    return expression


def _wrong(path: Path, entry: str, error: XianchengError) -> ConfigError:
    return ConfigError(
        Text(f"{path.name} 的“{entry}”：{error.message.zh}", f"{path.name}, {entry!r}: {error.message.en}"), error.hint
    )
