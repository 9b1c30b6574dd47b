"""Settings of the site: ``[site]`` of county.toml, overridden by the environment."""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from xiancheng.city.county import CONFIG
from xiancheng.foundation.errors import ConfigError
from xiancheng.foundation.text import Text
from xiancheng.foundation.toml_file import read_toml

COUNTY_VARIABLE = "XIANCHENG_COUNTY"
SIGNING_KEY_FILE = ".site-key"


@dataclass(frozen=True, slots=True)
class Oidc:
    """``[site.oidc]``: people log in with an identity service of the county (OpenID Connect).

    Attributes
    ----------
    server_url
        Address of the service, to which ``/.well-known/openid-configuration`` is added.
    client_id
        Name of this site at the service.
    key_variable
        Name of the environment variable that holds the secret of this site at the service.
    name
        What people read on the button.
    """

    server_url: str
    client_id: str
    key_variable: str = "XIANCHENG_OIDC_SECRET"
    name: str = "OpenID"


@dataclass(frozen=True, slots=True)
class SiteConfiguration:
    """What an installation decides about its site. Each is a key of ``[site]`` or ``XIANCHENG_<KEY>``.

    Attributes
    ----------
    database
        ``postgresql://user:password@host/name``; empty: SQLite files in the county directory.
    allowed_hosts
        Host names under which people reach the site; empty: what the machine calls itself and any IP address (see
        :mod:`xiancheng.site.hosts`); ``*`` for any name.
    public_classes
        Feature classes that anyone may read without an account.
    workers, threads
        Processes and threads that answer requests.
    session_hours
        Hours after which an idle session ends.
    https
        True if people reach the site by https (a proxy in front of it): cookies are then sent by https only.
    live_url
        Where browsers find the live updates; empty: the port after the site's own.
    oidc
        An identity service, a table of its own: see `Oidc`.
    """

    database: str = ""
    allowed_hosts: tuple[str, ...] = ()
    public_classes: tuple[str, ...] = ()
    workers: int = 2
    threads: int = 4
    session_hours: int = 12
    https: bool = False
    live_url: str = ""
    oidc: Oidc | None = None


def load_configuration(folder: Path, environment: Mapping[str, str] = os.environ) -> SiteConfiguration:
    """Return the settings of the county in `folder`; a folder without ``county.toml`` has the defaults.

    Raises
    ------
    ConfigError
        If a key is not known or a value has the wrong type.
    """
    path = folder / CONFIG
    table = read_toml(path).get("site", {}) if path.exists() else {}
    known = {field.name: field.default for field in fields(SiteConfiguration)}
    for key in table:
        if key not in known:
            raise ConfigError(
                Text(f"{path}：[site] 没有“{key}”这一项", f"{path}: [site] has no setting {key!r}"),
                Text("可用的有：" + "、".join(known), "there are: " + ", ".join(known)),
            )
    values: dict[str, Any] = {"oidc": _oidc(table["oidc"], f"{path}：[site.oidc]") if "oidc" in table else None}
    for key, default in known.items():
        if key == "oidc":
            continue
        variable = f"XIANCHENG_{key.upper()}"
        if environment.get(variable):
            values[key] = _from_text(environment[variable], default, variable)
        elif key in table:
            values[key] = _from_toml(table[key], default, f"{path}：[site] {key}")
    return SiteConfiguration(**values)


def secret_key(folder: Path, environment: Mapping[str, str] = os.environ) -> str:
    """Return the key that signs sessions, making one on first use (readable by its owner only)."""
    if environment.get("XIANCHENG_SECRET_KEY"):
        return environment["XIANCHENG_SECRET_KEY"]
    path = folder / SIGNING_KEY_FILE
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text(encoding="ascii").strip()
    except OSError:
        # A folder that cannot be written: good for this process only.
        return secrets.token_urlsafe(48)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        key = secrets.token_urlsafe(48)
        file.write(key + "\n")
    return key


def _oidc(table: object, where: str) -> Oidc:
    keys = [field.name for field in fields(Oidc)]
    if not isinstance(table, dict) or not all(isinstance(value, str) for value in table.values()):
        raise _wrong(where, table)
    missing = [key for key in ("server_url", "client_id") if not table.get(key)]
    if missing or set(table) - set(keys):
        raise ConfigError(
            Text(
                f"{where} 缺少 {'、'.join(missing)}" if missing else f"{where} 有不认识的项",
                f"{where} lacks {', '.join(missing)}" if missing else f"{where} has an unknown setting",
            ),
            Text("可用的有：" + "、".join(keys), "there are: " + ", ".join(keys)),
        )
    return Oidc(**table)


def _from_text(value: str, default: object, where: str) -> object:
    if isinstance(default, bool):
        return value.lower() in {"1", "true", "yes", "on"}
    if isinstance(default, int):
        try:
            return int(value)
        except ValueError as error:
            raise _wrong(where, value) from error
    if isinstance(default, tuple):
        return tuple(part.strip() for part in value.split(",") if part.strip())
    return value


def _from_toml(value: object, default: object, where: str) -> object:
    if isinstance(default, tuple) and isinstance(value, list) and all(isinstance(item, str) for item in value):
        return tuple(value)
    if type(value) is type(default):
        return value
    raise _wrong(where, value)


def _wrong(where: str, value: object) -> ConfigError:
    return ConfigError(Text(f"{where} 的值不对：{value!r}", f"{where} has a wrong value: {value!r}"))
