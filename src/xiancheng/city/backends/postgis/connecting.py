"""Connections to PostgreSQL that take SQL as SQLite does, and give dates and times as the model's ISO text."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Any
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit, urlunsplit

from xiancheng.city.backends.base import Parameters
from xiancheng.city.history import StoreError, time_text
from xiancheng.foundation.errors import ConfigError
from xiancheng.foundation.text import Text

try:
    import psycopg
    from psycopg.adapt import Loader
    from psycopg.pq import Format, TransactionStatus
except ImportError as error:
    raise ConfigError(
        Text("没有安装 PostgreSQL 的驱动 psycopg", "psycopg, the driver of PostgreSQL, is not installed"),
        Text("运行 pip install 'xiancheng[postgres]'", "run pip install 'xiancheng[postgres]'"),
    ) from error

SCHEMA_KEY = "schema"
DEFAULT_SCHEMA = "city"

_TOKENS = re.compile(r"""'(?:[^']|'')*'|"(?:[^"]|"")*"|::|\?|%|:([A-Za-z_]\w*)""")
_EPOCH_DAY = date(2000, 1, 1)
_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)


class Address:
    """An address of a city model: ``postgresql://user:password@host/name?schema=city``.

    Attributes
    ----------
    url
        What PostgreSQL's own library takes.
    schema
        The schema of the database that holds the model; ``city`` if the address does not say.
    shown
        The address without user and password.
    """

    def __init__(self, text: str) -> None:
        parts = urlsplit(text)
        query = dict(parse_qsl(parts.query))
        self.schema = query.pop(SCHEMA_KEY, DEFAULT_SCHEMA)
        if not self.schema.isidentifier() or self.schema != self.schema.lower():
            raise ConfigError(
                Text(f"模式名“{self.schema}”无效", f"invalid name of a schema: {self.schema!r}"),
                Text("用小写英文标识符", "use a lower-case identifier"),
            )
        self.url = urlunsplit(parts._replace(query=urlencode(query, quote_via=quote)))
        host = parts.hostname or query.get("host", "")
        self.shown = f"postgresql://{host}/{unquote(parts.path.strip('/'))}?{SCHEMA_KEY}={self.schema}"


class PostgresConnection:
    """A connection whose statements name parameters as SQLite does: ``:name`` or ``?``."""

    def __init__(self, address: Address) -> None:
        try:
            # Every statement is its own transaction unless BEGIN was said.
            self.raw = psycopg.connect(address.url, autocommit=True, application_name="xiancheng")
        except psycopg.Error as error:
            raise StoreError(
                Text(f"连不上 {address.shown}：{error}", f"cannot connect to {address.shown}: {error}")
            ) from error
        self.raw.adapters.register_loader("date", _DayLoader)
        self.raw.adapters.register_loader("timestamptz", _TimeLoader)

    def execute(self, sql: str, parameters: Parameters = (), /) -> psycopg.Cursor[tuple[Any, ...]]:
        """Run one statement."""
        if not isinstance(parameters, Mapping):
            parameters = tuple(parameters)
        cursor = self.raw.cursor(binary=True)
        cursor.execute(translated(sql), parameters)
        return cursor

    def run(self, script: str) -> None:
        """Run several statements without parameters in one go."""
        self.raw.execute(script)

    def close(self) -> None:
        """End the connection."""
        self.raw.close()

    def __del__(self) -> None:
        """End the connection of a store that a thread kept until its own end."""
        if hasattr(self, "raw") and not self.raw.closed:
            self.raw.close()

    @property
    def in_transaction(self) -> bool:
        """Whether a transaction is open, failed or not."""
        return self.raw.info.transaction_status not in {TransactionStatus.IDLE, TransactionStatus.UNKNOWN}


@lru_cache(maxsize=512)
def translated(sql: str) -> str:
    """Return a statement with the placeholders of psycopg; what stands in quotes is left alone.

    >>> translated("SELECT '?:a' FROM t WHERE a = :a AND b LIKE ?")
    "SELECT '?:a' FROM t WHERE a = %(a)s AND b LIKE %s"
    """

    def replaced(token: re.Match[str]) -> str:
        text = token[0]
        if token[1]:
            return f"%({token[1]})s"
        if text == "?":
            return "%s"
        return text.replace("%", "%%")

    return _TOKENS.sub(replaced, sql)


class _DayLoader(Loader):
    format = Format.BINARY

    def load(self, data: Any) -> str:  # noqa: ANN401 - bytes or a view of them
        return _day(bytes(data))


class _TimeLoader(Loader):
    format = Format.BINARY

    def load(self, data: Any) -> str:  # noqa: ANN401 - bytes or a view of them
        return _time(bytes(data))


@lru_cache(maxsize=100_000)
def _day(data: bytes) -> str:
    return (_EPOCH_DAY + timedelta(days=int.from_bytes(data, "big", signed=True))).isoformat()


@lru_cache(maxsize=100_000)
def _time(data: bytes) -> str:
    return time_text(_EPOCH + timedelta(microseconds=int.from_bytes(data, "big", signed=True)))
