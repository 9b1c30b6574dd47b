"""Texts as sets of pairs of neighbouring characters: what Chinese and Latin text are compared by."""

from __future__ import annotations

import re
import unicodedata

import numpy as np
import numpy.typing as npt

Grams = npt.NDArray[np.uint32]

_NO_LETTERS = re.compile(r"[\W_]+")
_LOOSE = re.compile(r"(?<![a-z0-9]) | (?![a-z0-9])")


def normalised(text: str) -> str:
    """Return text as it is compared: half width, lower case, no punctuation, spaces only between Latin words."""
    plain = _NO_LETTERS.sub(" ", unicodedata.normalize("NFKC", text).lower()).strip()
    return _LOOSE.sub("", plain)


def grams(text: str) -> Grams:
    """Return the sorted set of pairs of neighbouring characters of a text, ``(g,)``.

    A pair is the two lower halves of the code points, so characters beyond the Basic Multilingual Plane may, very
    rarely, be taken for others. A text of one character is a pair with nothing; an empty one has none.
    """
    plain = normalised(text)
    if not plain:
        return np.empty(0, dtype=np.uint32)
    points = np.frombuffer(plain.encode("utf-32-le"), dtype=np.uint32) & np.uint32(0xFFFF)
    if len(points) == 1:
        return points << np.uint32(16)
    return np.unique((points[:-1] << np.uint32(16)) | points[1:])


def words_of(codes: Grams) -> list[str]:
    """Return pairs of characters as text, for an explanation."""
    return [(chr(int(code) >> 16) + chr(int(code) & 0xFFFF)).rstrip("\0") for code in codes]
