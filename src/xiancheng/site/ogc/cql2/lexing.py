"""A CQL2 text cut into words."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from xiancheng.foundation.text import Text
from xiancheng.site.ogc.cql2.errors import FilterError

Sort = Literal["name", "quoted", "text", "number", "sign", "end"]

_START = (
    ":_A-Za-z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u02ff\u0370-\u037d\u037f-\u1ffe\u200c-\u200d\u2070-\u218f"
    "\u2c00-\u2fef\u3001-\ud7ff\uf900-\ufdcf\ufdf0-\ufffd\U00010000-\U000effff"
)
_WORD = re.compile(
    rf"""
    (?P<space>[\s\u0085]+)
  | (?P<name>[{_START}][{_START}.0-9\u0300-\u036f\u203f-\u2040]*)
  | "(?P<quoted>[^"]+)"
  | '(?P<text>(?:[^'\\]|''|\\.)*)'
  | (?P<number>(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)
  | (?P<sign><>|<=|>=|[=<>+\-*/%^(),])
    """,
    re.VERBOSE | re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Token:
    """A word: what sort, its text, and where it begins."""

    sort: Sort
    text: str
    where: int

    def says(self, *words: str) -> bool:
        """Whether this is one of some keywords, in any case."""
        return self.sort == "name" and self.text.upper() in words

    def signs(self, *signs: str) -> bool:
        """Whether this is one of some signs."""
        return self.sort == "sign" and self.text in signs

    @property
    def shown(self) -> Text:
        """The word as a message names it."""
        return Text("结尾", "the end") if self.sort == "end" else Text(f"“{self.text}”", repr(self.text))


def words(source: str) -> Iterator[Token]:
    """Yield the words of a text, then an ``end``.

    Raises
    ------
    FilterError
        At a character that cannot begin a word.
    """
    at = 0
    while at < len(source):
        match = _WORD.match(source, at)
        if match is None:
            raise _unknown(source, at)
        sort = match.lastgroup
        if sort == "text":
            # A quote is written twice or after a backslash; other backslashes belong to patterns of LIKE.
            yield Token("text", re.sub(r"''|\\'", "'", match["text"]), at)
        elif sort in {"name", "quoted", "number", "sign"}:
            yield Token(sort, match[sort], at)  # type: ignore[arg-type]
        at = match.end()
    yield Token("end", "", at)


def _unknown(source: str, at: int) -> FilterError:
    if source[at] in "'\"":
        return FilterError(at, Text("引号没有结束", "the quote does not end"))
    return FilterError(at, Text(f"不认识的字符“{source[at]}”", f"unknown character {source[at]!r}"))
