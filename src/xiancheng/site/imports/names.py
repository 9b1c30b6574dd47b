"""Names of files as people gave them, made harmless."""

from __future__ import annotations

import re
from collections.abc import Collection
from pathlib import PurePosixPath

LONGEST = 120
_BAD = re.compile(r'[\x00-\x1f\x7f<>:"|?*\u202a-\u202e\u2066-\u2069]+')


def safe_name(name: str) -> str:
    """Return the last part of a path, without what a file system or a reader could stumble over."""
    last = PurePosixPath(name.replace("\\", "/")).name
    stem, dot, ending = _BAD.sub("_", last).strip().lstrip(".").rpartition(".")
    if not dot:
        stem, ending = ending, ""
    # Few bytes too: Chinese characters take three, and most file systems end at 255 bytes.
    while len(stem.encode()) > LONGEST:
        stem = stem[:-1]
    return f"{stem.strip() or 'file'}{dot}{ending[:16]}"


def unused_name(name: str, used: Collection[str]) -> str:
    """Return `name`, with a number if it is taken."""
    lower = {n.lower() for n in used}
    stem, dot, ending = name.rpartition(".")
    if not dot:
        stem, ending = name, ""
    number, found = 2, name
    while found.lower() in lower:
        found = f"{stem}-{number}{dot}{ending}"
        number += 1
    return found
