"""Anchors: the head of the chain, written now and then into a file beside the county.

Whoever removes the last entries from the database, or writes the whole chain anew, leaves a chain that is in order.
The anchors, best copied to another machine with the backups, show that it ended elsewhere.
"""

from __future__ import annotations

import logging
import os
import threading
import time
from pathlib import Path

import orjson

from xiancheng.foundation.text import Text
from xiancheng.site.audit.models import Entry
from xiancheng.site.county import folder
from xiancheng.site.problems import ConflictError

FILE = "audit-anchor.jsonl"
EVERY = 64
SECONDS = 600
logger = logging.getLogger(__name__)
_lock = threading.Lock()
_last: dict[Path, float] = {}


def anchor_path() -> Path:
    """Return the file of the anchors."""
    return folder() / FILE


def anchor_if_due(entry: Entry) -> None:
    """Write an anchor at every 64th entry, at the first of a process, and when none was written for ten minutes."""
    path, now = anchor_path(), time.monotonic()
    with _lock:
        due = entry.number % EVERY == 0 or now - _last.get(path, -SECONDS) >= SECONDS
        if due:
            _last[path] = now
    if due:
        write_anchor(entry)


def write_anchor(entry: Entry) -> None:
    """Write where the chain stands. A disk that is full must not stop the work: it is logged."""
    line = orjson.dumps({"number": entry.number, "hash": entry.hash, "at": entry.at}) + b"\n"
    try:
        # One small write to a file opened for appending is not mixed with those of other processes.
        descriptor = os.open(anchor_path(), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o640)
        try:
            os.write(descriptor, line)
        finally:
            os.close(descriptor)
    except OSError:
        logger.exception("no anchor of the audit log written")


def read_anchors() -> dict[int, str]:
    """Return the anchored hashes by number of entry.

    Raises
    ------
    ConflictError
        If a line cannot be read, or two anchors of one entry differ.
    """
    found: dict[int, str] = {}
    path = anchor_path()
    if not path.exists():
        return found
    with path.open("rb") as file:
        for at, line in enumerate(file, start=1):
            try:
                anchor = orjson.loads(line)
                number, value = int(anchor["number"]), str(anchor["hash"])
            except (ValueError, KeyError, TypeError) as error:
                raise ConflictError(
                    Text(f"{FILE} 第 {at} 行读不懂", f"{FILE}: line {at} cannot be read"),
                ) from error
            if found.setdefault(number, value) != value:
                raise ConflictError(
                    Text(f"{FILE} 第 {at} 行与前面的锚点矛盾", f"{FILE}: line {at} contradicts an earlier anchor"),
                )
    return found
