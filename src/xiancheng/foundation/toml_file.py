"""Reading TOML files that people write."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from xiancheng.foundation.errors import ConfigError
from xiancheng.foundation.text import Text


def read_toml(path: Path) -> dict[str, Any]:
    """Return the contents of a TOML file.

    Raises
    ------
    ConfigError
        If it cannot be read or is not TOML; names the file, the line and the column.
    """
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(Text(f"读不了 {path}：{error}", f"cannot read {path}: {error}")) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(Text(f"{path} 不是有效的 TOML：{error}", f"{path} is not valid TOML: {error}")) from error


def optional_toml(path: Path) -> dict[str, Any]:
    """Return the contents of a TOML file; nothing if there is no such file.

    Raises
    ------
    ConfigError
        As :func:`read_toml`.
    """
    return read_toml(path) if path.exists() else {}


def county_toml(county_folder: Path | None, name: Path | str) -> dict[str, Any]:
    """Return what a county's own file says; nothing without a county or such a file.

    Raises
    ------
    ConfigError
        As :func:`read_toml`.
    """
    return {} if county_folder is None else optional_toml(county_folder / name)


def with_entries(base: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
    """Return `base` with single keys of its tables' entries replaced, and entries added, by `own`."""
    merged = dict(base)
    for part, entries in own.items():
        if not isinstance(entries, dict):
            merged[part] = entries
            continue
        merged[part] = dict(merged.get(part, {}))
        for name, entry in entries.items():
            before = merged[part].get(name)
            both = isinstance(before, dict) and isinstance(entry, dict)
            merged[part][name] = {**before, **entry} if both else entry
    return merged
