"""The chain of a case: each entry is sealed with the hash of the one before."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from xiancheng.foundation.errors import XianchengError
from xiancheng.foundation.text import Text
from xiancheng.operations.ledger.canonical import canonical
from xiancheng.operations.ledger.codec import read_instant, write_instant
from xiancheng.operations.ledger.events import Acted, Event, decode, encode
from xiancheng.operations.states.case import CaseState
from xiancheng.operations.states.engine import TableOf, replay
from xiancheng.operations.states.table import StateTable

START = "0" * 64
"""What the first entry of a case follows."""
_DOMAIN = b"xiancheng-case-1\n"


class ChainError(XianchengError):
    """An entry cannot be added to a chain, or read."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One event in the record of a case.

    Attributes
    ----------
    number
        1, 2, … within the case.
    at
        When it was recorded; never before the entry that it follows.
    body
        Canonical JSON.
    previous, hash
        SHA-256 of the entry before, and of this one, hexadecimal.
    """

    case_id: str
    number: int
    at: datetime
    kind: str
    version: int
    body: bytes
    previous: str
    hash: str

    def event(self) -> Event:
        """Return the event.

        Raises
        ------
        UnreadableEventError, CodecError
            As `events.decode`.
        """
        return decode(self.kind, self.version, self.body)


def seal(case_id: str, number: int, at: datetime, kind: str, version: int, body: bytes, previous: str) -> str:
    """Return the hash of an entry.

    It is the SHA-256 of a fixed first line, the 32 bytes of `previous`, the canonical JSON of case, number, time, kind
    and version, a line break and `body`. Neither JSON has a line break in it, so that nothing can be moved across.
    """
    # In order of the names already, and of text and whole numbers only: what `canonical` would write.
    header = orjson.dumps(
        {"at": write_instant(at), "case": case_id, "kind": kind, "number": number, "version": version}
    )
    return hashlib.sha256(b"".join((_DOMAIN, bytes.fromhex(previous), header, b"\n", body))).hexdigest()


def append(last: Entry | None, case_id: str, at: datetime, event: Event) -> Entry:
    """Return the entry that follows `last` (None: the first of the case).

    Raises
    ------
    ChainError
        If `last` is of another case, or later.
    CanonicalError
        If the event holds something that cannot be recorded.
    """
    if last is not None and last.case_id != case_id:
        raise ChainError(
            Text(
                f"{last.case_id} 的记录后面不能接 {case_id} 的", f"{case_id} cannot follow an entry of {last.case_id}"
            ),
            Text("读取本案最近一条记录后再记", "read the last entry of the case first"),
        )
    if last is not None and at < last.at:
        raise ChainError(
            Text(f"{case_id}：记录时间早于上一条", f"{case_id}: recorded before the entry that it follows"),
            Text("校准服务器时钟；记录时间由服务器给出", "set the server's clock; it gives the time of recording"),
        )
    kind, version, body = encode(event)
    canonical(case_id)
    number, previous = (last.number + 1, last.hash) if last else (1, START)
    return Entry(
        case_id, number, at, kind, version, body, previous, seal(case_id, number, at, kind, version, body, previous)
    )


def case_of(table: StateTable | TableOf, case_id: str, entries: Iterable[Entry]) -> CaseState:
    """Return where a case stands by its record.

    Raises
    ------
    IllegalActionError
        If the record holds an action that was not possible.
    """
    events = (entry.event() for entry in entries if entry.kind == "acted")
    return replay(table, case_id, ((e.table, e.action) for e in events if isinstance(e, Acted)))


def to_line(entry: Entry) -> bytes:
    """Return an entry as a line of JSON, without line break."""
    return canonical(
        {
            "case": entry.case_id,
            "number": entry.number,
            "at": write_instant(entry.at),
            "kind": entry.kind,
            "version": entry.version,
            "body": orjson.loads(entry.body),
            "previous": entry.previous,
            "hash": entry.hash,
        }
    )


def from_line(line: bytes | str) -> Entry:
    """Return the entry of a line; its hash is not checked.

    Raises
    ------
    ChainError
        If the line is not an entry.
    """
    try:
        row: dict[str, Any] = orjson.loads(line)
        return Entry(
            case_id=str(row["case"]),
            number=int(row["number"]),
            at=read_instant(row["at"]),
            kind=str(row["kind"]),
            version=int(row["version"]),
            body=canonical(row["body"]),
            previous=str(row["previous"]),
            hash=str(row["hash"]),
        )
    except (ValueError, KeyError, TypeError, XianchengError) as error:
        raise ChainError(
            Text("这一行不是案件记录", "the line is not an entry of a case's record"),
            Text("导出文件是否被改动过？重新导出", "was the exported file changed? export it again"),
        ) from error
