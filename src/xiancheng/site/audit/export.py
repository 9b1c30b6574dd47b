"""Entries of the log as a workbook, and as lines of JSON."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import orjson
from django.db.models import QuerySet
from django.http import HttpResponse

from xiancheng.foundation.text import Text
from xiancheng.site.accounts.export import local_time, workbook
from xiancheng.site.audit.models import Entry

MOST_ROWS = 1_000_000
"""A sheet has 1,048,576 rows."""
CHUNK = 5_000
COLUMNS = (
    (Text("编号", "number"), 10),
    (Text("时间", "time"), 20),
    (Text("账号", "account"), 18),
    (Text("令牌", "token"), 8),
    (Text("地址", "address"), 16),
    (Text("操作", "action"), 22),
    (Text("对象", "target"), 28),
    (Text("详情", "detail"), 60),
    (Text("哈希", "hash"), 20),
)


def audit_workbook(found: QuerySet[Entry]) -> HttpResponse:
    """Return a workbook of entries in the asker's language, at most a sheet full."""
    rows = (
        (
            entry.number,
            local_time(entry.at),
            entry.user_name,
            entry.token_id or "",
            entry.address,
            entry.action,
            entry.target,
            orjson.dumps(entry.detail).decode() if entry.detail else "",
            entry.hash,
        )
        for entry in found[:MOST_ROWS].iterator(chunk_size=CHUNK)
    )
    return workbook("audit.xlsx", Text("审计日志", "audit log"), COLUMNS, rows)


def audit_lines(found: QuerySet[Entry]) -> Iterator[bytes]:
    """Return entries as lines of JSON, with all that their hashes cover."""
    for entry in found.iterator(chunk_size=CHUNK):
        yield orjson.dumps(entry_row(entry)) + b"\n"


def entry_row(entry: Entry) -> dict[str, Any]:
    """Return an entry as the API shows it."""
    return {
        "number": entry.number,
        "at": entry.at,
        "user_id": entry.user_id,
        "user_name": entry.user_name,
        "token_id": entry.token_id,
        "address": entry.address,
        "action": entry.action,
        "target": entry.target,
        "detail": entry.detail,
        "previous": entry.previous,
        "hash": entry.hash,
    }
