"""Reading TOML files that people write."""

from __future__ import annotations

import tomllib
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
