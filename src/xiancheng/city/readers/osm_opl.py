"""Lines of OPL, libosmium's text format of one object a line: how tags reach Python fastest.

Asking osmium's objects for their tags one by one costs several microseconds a tag; writing the objects that matter as
text and splitting it costs a tenth of that.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from math import nan
from typing import NamedTuple

_ESCAPED = re.compile(r"%([0-9a-fA-F]*)%")


class Opl(NamedTuple):
    """One object: ``n``, ``w`` or ``r``, its number, its tags, and the rest of its line."""

    type: str
    number: int
    tags: dict[str, str]
    rest: str


def parse_opl(line: str, keys: Collection[str]) -> Opl:
    """Split a line written without metadata; only the values of `keys` are unescaped.

    Source: OPL file format, osmcode.org/opl-file-format: fields are separated by one space, tags by commas; other
    characters that would be in the way are written as their code point in hexadecimal between per cent signs.
    """
    head, text, rest = line.rstrip("\n").split(" ", 2)
    tags = dict([pair.split("=", 1) for pair in text[1:].split(",")])
    if "%" in text:
        for key in tags.keys() & keys:
            if "%" in tags[key]:
                tags[key] = _unescape(tags[key])
    return Opl(head[0], int(head[1:]), tags, rest)


def node_place(rest: str) -> tuple[float, float]:
    """Return longitude and latitude of a node's ``x… y…``; NaN where the file has none."""
    x, _, y = rest.partition(" ")
    return (float(x[1:]), float(y[1:])) if len(x) > 1 and len(y) > 1 else (nan, nan)


def way_shape(rest: str) -> tuple[int, bool]:
    """Return how many nodes a way's ``N…`` lists and whether the last is the first."""
    if len(rest) < 2:
        return 0, False
    refs = rest[1:]
    first, last = refs.find(","), refs.rfind(",")
    return refs.count(",") + 1, first > 0 and refs[:first] == refs[last + 1 :]


def member_ways(rest: str) -> list[int]:
    """Return the ways that a relation's ``M…`` lists."""
    return [int(m[1:].split("@", 1)[0]) for m in rest[1:].split(",") if m.startswith("w")]


def _unescape(text: str) -> str:
    return _ESCAPED.sub(lambda match: chr(int(match[1], 16)), text)
