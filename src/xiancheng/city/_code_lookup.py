"""Codes from what people write: the code itself, its title in either language, or an unambiguous piece of it."""

from __future__ import annotations

import re
from collections.abc import Mapping

from xiancheng.city._cells import plain
from xiancheng.foundation.text import Text

_BRACKETS = re.compile(r"[(\[{【〔《<][^)\]}】〕》>]*[)\]}】〕》>]")
_NOISE = re.compile(r"[\s_\-·.,;:'\"、，。()\[\]{}【】〔〕《》<>*]+")
_NEGATIONS = ("非", "不", "无", "未", "没", "non", "not", "un", "no")
_WORD = re.compile(r"[a-z]+")
_SEPARATORS = re.compile(r"[;,、/|\n]")


def squeeze(text: str) -> str:
    """Return text for comparison: half-width, lower case, without spaces and punctuation."""
    return _NOISE.sub("", plain(text))


def without_brackets(text: str) -> str:
    """Return text without what stands in brackets of any kind or width."""
    return _BRACKETS.sub("", plain(text))


class CodeLookup:
    """Finds the code that a text means in one code list.

    Parameters
    ----------
    codes
        Code → title in both languages.
    """

    def __init__(self, codes: Mapping[str, Text]) -> None:
        self._exact: dict[str, set[str]] = {}
        self._loose: dict[str, set[str]] = {}
        for code, title in codes.items():
            for text in (code, title.zh, title.en):
                self._exact.setdefault(squeeze(text), set()).add(code)
            for text in (title.zh, title.en):
                bare = without_brackets(text)
                for piece in (text, bare, *bare.split("、")):
                    self._loose.setdefault(squeeze(piece), set()).add(code)
            self._loose.setdefault(squeeze(code), set()).add(code)
        self._exact.pop("", None)
        self._loose.pop("", None)
        self._memo: dict[str, str | None] = {}

    def find(self, text: str) -> str | None:
        """Return the code that `text` means, None if it means none or several."""
        if text not in self._memo:
            self._memo[text] = self._find(text)
        return self._memo[text]

    def find_all(self, text: str) -> tuple[list[str], list[str]]:
        """Return the codes of a list written in one cell, and the pieces that are no code."""
        whole = self._unique(self._exact, squeeze(text))
        if whole is not None:
            return [whole], []
        found: list[str] = []
        unknown: list[str] = []
        for piece in _SEPARATORS.split(plain(text)):
            if not piece.strip():
                continue
            code = self.find(piece)
            if code is None:
                unknown.append(piece.strip())
            elif code not in found:
                found.append(code)
        return found, unknown

    def _find(self, text: str) -> str | None:
        value, bare = squeeze(text), squeeze(without_brackets(text))
        for index in (self._exact, self._loose):
            for candidate in (value, bare):
                code = self._unique(index, candidate)
                if code is not None:
                    return code
        if not bare:
            return None
        for matches in (self._beginnings(bare), self._pieces(bare, set(_WORD.findall(plain(text))))):
            if matches:
                return self._only(matches, bare)
        return None

    @staticmethod
    def _unique(index: Mapping[str, set[str]], text: str) -> str | None:
        codes = index.get(text, set())
        return next(iter(codes)) if len(codes) == 1 else None

    def _beginnings(self, value: str) -> list[str]:
        """Return titles that begin with the value or begin it; three letters or one Chinese character are enough."""
        if value.isascii() and len(value) < 3:
            return []
        return [t for t in self._loose if t.startswith(value) or (_long_enough(t) and value.startswith(t))]

    def _pieces(self, value: str, words: set[str]) -> list[str]:
        """Return titles that stand in the value or hold it; English ones must be words of their own."""
        if not _long_enough(value):
            return []
        denied = not words.isdisjoint(_NEGATIONS)
        return [
            title
            for title in self._loose
            if _long_enough(title)
            and (
                (title in words and not denied)
                if title.isascii()
                else (_affirms(title, value) or _affirms(value, title))
            )
        ]

    def _only(self, titles: list[str], value: str) -> str | None:
        """Return the one code of `titles`; a title that holds all the others speaks for them.

        A title of another code with more of the value's characters makes it doubtful: 民办普惠 begins with 民办, but
        may mean 普惠性民办.
        """
        longest = max(titles, key=len)
        codes = {code for title in titles for code in self._loose[title]}
        if len(codes) > 1 and all(title in longest for title in titles):
            codes = self._loose[longest]
        if len(codes) != 1:
            return None
        code = next(iter(codes))
        if not value.isascii():
            shared = {title: sum(c in title for c in value) for title in self._loose}
            best = max(shared.values())
            if not any(code in self._loose[title] for title, count in shared.items() if count == best):
                return None
        return code


def _long_enough(text: str) -> bool:
    return len(text) >= (4 if text.isascii() else 2)


def _affirms(text: str, piece: str) -> bool:
    """Whether `piece` stands in `text` and the word before it does not deny it (非公办 is not 公办)."""
    at = text.find(piece)
    return at >= 0 and not text[:at].endswith(_NEGATIONS)
