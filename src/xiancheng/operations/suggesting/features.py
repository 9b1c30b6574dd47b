"""From texts to numbers: hashed character n-grams, weighted by how rare they are."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import sparse

from xiancheng.operations.suggesting.settings import SuggestionSettings

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

_SPACES = re.compile(r"\s+")
_PRIME, _BASIS = np.uint64(0x9E3779B97F4A7C15), np.uint64(0x2545F4914F6CDD1D)
_A, _B = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)


def plain(text: str) -> str:
    """Return text as n-grams are taken from it: half width, lower case, one space between words and at both ends."""
    words = _SPACES.sub(" ", unicodedata.normalize("NFKC", text).lower()).strip()
    return f" {words} " if words else ""


def ngrams(text: str, settings: SuggestionSettings) -> list[str]:
    """Return the n-grams of a text in the order of :func:`buckets`."""
    words = plain(text)
    lengths = range(settings.shortest, settings.longest + 1)
    return [words[i : i + n] for n in lengths for i in range(len(words) - n + 1)]


def buckets(text: str, settings: SuggestionSettings) -> Ints:
    """Return the bucket of every n-gram of a text, ``(g,)``.

    The hash is our own arithmetic on code points (the finaliser of splitmix64 after a polynomial), so a model file
    means the same on every machine and version.
    """
    points = np.frombuffer(plain(text).encode("utf-32-le", "replace"), dtype=np.uint32).astype(np.uint64)
    rolled = np.full(len(points), _BASIS)
    out = []
    for n in range(1, settings.longest + 1):
        if len(points) < n:
            break
        # One more character for each n-gram of one less.
        rolled = rolled[: len(points) - n + 1] * _PRIME + points[n - 1 :] + np.uint64(1)
        if n >= settings.shortest:
            mixed = (rolled ^ (rolled >> np.uint64(30))) * _A
            mixed = (mixed ^ (mixed >> np.uint64(27))) * _B
            out.append((mixed >> np.uint64(64 - settings.bits)).astype(np.int64))
    return np.concatenate(out) if out else np.empty(0, dtype=np.int64)


@dataclass(frozen=True, slots=True)
class Features:
    """Which buckets are features, and their weights.

    Attributes
    ----------
    settings
        Lengths of n-grams and number of buckets.
    chosen
        ``(f,)`` buckets, ascending.
    rarity
        ``(f,)`` weights: ``log((1 + n) / (1 + d)) + 1`` of a bucket that is in `d` of the `n` texts learned from.
    """

    settings: SuggestionSettings
    chosen: Ints
    rarity: Floats

    @classmethod
    def learn(cls, texts: Sequence[str], settings: SuggestionSettings) -> Features:
        """Choose the buckets that are in most texts."""
        inside = np.zeros(1 << settings.bits, dtype=np.int64)
        for text in texts:
            inside[np.unique(buckets(text, settings))] += 1
        enough = np.flatnonzero(inside >= settings.least_documents)
        # By number of texts, then by bucket: the same choice on every machine.
        chosen = np.sort(enough[np.lexsort((enough, -inside[enough]))[: settings.features]])
        return cls(settings, chosen, np.log((1 + len(texts)) / (1 + inside[chosen])) + 1)

    def places(self, text: str) -> Ints:
        """Return the feature of every n-gram of a text, -1 where it is none."""
        found = buckets(text, self.settings)
        if not len(self.chosen):
            return np.full(len(found), -1)
        place = np.minimum(np.searchsorted(self.chosen, found), len(self.chosen) - 1)
        return np.where(self.chosen[place] == found, place, -1)

    def matrix(self, texts: Sequence[str]) -> sparse.csr_matrix:
        """Return ``(n, f)``: ``(1 + log count) x rarity``, each row of length 1 (or 0 if a text has no feature)."""
        columns: list[Ints] = []
        values: list[Floats] = []
        ends = [0]
        for text in texts:
            places = self.places(text)
            column, count = np.unique(places[places >= 0], return_counts=True)
            value = (1 + np.log(count)) * self.rarity[column]
            length = float(np.sqrt(np.sum(value**2)))
            columns.append(column)
            values.append(value / length if length else value)
            ends.append(ends[-1] + len(column))
        indices = np.concatenate(columns) if columns else np.empty(0, dtype=np.int64)
        data = np.concatenate(values) if values else np.empty(0)
        return sparse.csr_matrix((data, indices, ends), shape=(len(texts), len(self.chosen)))
