"""The civic database: SQLite beside the city model, or PostgreSQL by one setting."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from xiancheng.foundation.errors import ConfigError
from xiancheng.foundation.text import Text

CIVIC = "civic.sqlite3"
WAIT_SECONDS = 20


def civic_database(folder: Path, url: str) -> dict[str, Any]:
    """Return Django's settings of the database that holds accounts, audit, jobs, cases and applications.

    Raises
    ------
    ConfigError
        If `url` is not a PostgreSQL address.
    """
    if not url:
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": folder / CIVIC,
            "CONN_MAX_AGE": 60,
            "OPTIONS": {
                # A transaction that begins by reading cannot become a writer while another writes: begin as one.
                "transaction_mode": "IMMEDIATE",
                "timeout": WAIT_SECONDS,
                "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA foreign_keys=ON;",
            },
        }
    parts = urlsplit(url)
    if parts.scheme not in {"postgresql", "postgres"} or not parts.path.strip("/"):
        raise ConfigError(
            Text(f"数据库地址不对：{url}", f"not a database address: {url}"),
            Text(
                "写成 postgresql://用户:口令@主机/库名，或留空使用 SQLite",
                "write postgresql://user:password@host/name, or leave it empty for SQLite",
            ),
        )
    query = dict(parse_qsl(parts.query))
    query.pop("schema", None)  # where the city model is; these tables are in the database's usual schema
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.strip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        # A socket directory cannot stand before the path of an address; libpq takes it as ?host=.
        "HOST": query.pop("host", parts.hostname or ""),
        "PORT": str(parts.port or query.pop("port", "")),
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": query,
    }
