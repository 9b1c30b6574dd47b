"""Roles and stewardship, read from the catalogues and the county's own files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from xiancheng.foundation.errors import ConfigError, UnknownNameError
from xiancheng.foundation.resources import data_folder
from xiancheng.foundation.text import Text
from xiancheng.foundation.toml_file import optional_toml, read_toml
from xiancheng.site.policy.permission import Permission

ALL, OWN, SHARED = "all", "own", "shared"


@dataclass(frozen=True, slots=True)
class Role:
    """A role: what it grants, and the classes it sees and edits (`ALL`, `OWN`, `SHARED` or names)."""

    name: str
    title: Text
    grants: frozenset[Permission]
    sees: tuple[str, ...]
    edits: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Stewardship:
    """Which bureau keeps which classes, and which everybody may see."""

    shared: frozenset[str]
    common: frozenset[str]
    bureaus: Mapping[str, frozenset[str]]

    def own(self, bureau: str) -> frozenset[str]:
        """Return the classes that a bureau keeps."""
        return self.bureaus.get(bureau, frozenset()) | (self.common if bureau else frozenset())


@lru_cache(maxsize=8)
def load_roles(county_folder: Path) -> dict[str, Role]:
    """Return the roles by name: the shipped ones and those of ``roles.toml`` in the county directory.

    Raises
    ------
    ConfigError
        If a role grants a permission that does not exist.
    """
    path = data_folder("catalogues") / "site" / "roles.toml"
    entries = read_toml(path) | optional_toml(county_folder / "roles.toml")
    return {name: _role(name, entry) for name, entry in entries.items()}


def role_named(county_folder: Path, name: str) -> Role:
    """Return a role.

    Raises
    ------
    UnknownNameError
        If there is no such role.
    """
    roles = load_roles(county_folder)
    if name not in roles:
        raise UnknownNameError(Text("角色", "role"), name, list(roles))
    return roles[name]


@lru_cache(maxsize=8)
def load_stewardship(county_folder: Path) -> Stewardship:
    """Return who keeps which register: the shipped table and ``stewardship.toml`` in the county directory."""
    path = data_folder("catalogues") / "site" / "stewardship.toml"
    base, own = read_toml(path), optional_toml(county_folder / "stewardship.toml")
    bureaus = base["bureaus"] | own.get("bureaus", {})
    return Stewardship(
        shared=frozenset(own.get("shared", base["shared"])),
        common=frozenset(own.get("common", base["common"])["classes"]),
        bureaus={name: frozenset(classes) for name, classes in bureaus.items()},
    )


def _role(name: str, entry: Mapping[str, object]) -> Role:
    grants = [str(item) for item in _list(entry, "grants")]
    unknown = [item for item in grants if item != "*" and item not in list(Permission)]
    if unknown:
        raise ConfigError(
            Text(f"角色 {name} 的权限不存在：{'、'.join(unknown)}", f"role {name}: no permission {', '.join(unknown)}"),
            Text("可用的有：" + "、".join(Permission), "there are: " + ", ".join(Permission)),
        )
    return Role(
        name=name,
        title=Text.of(entry.get("title", name)),
        grants=frozenset(Permission) if "*" in grants else frozenset(map(Permission, grants)),
        sees=tuple(map(str, _list(entry, "sees"))),
        edits=tuple(map(str, _list(entry, "edits"))),
    )


def _list(entry: Mapping[str, object], key: str) -> list[object]:
    value = entry.get(key, [])
    return value if isinstance(value, list) else [value]
