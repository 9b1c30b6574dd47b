"""What duplicates are looked for by: a report or case, and the suggestion with its parts."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from xiancheng.foundation.text import Text
from xiancheng.operations.terms import CategoryKey


@dataclass(frozen=True, slots=True)
class Report:
    """A report or a case, as far as it matters here.

    Attributes
    ----------
    id
        Its name.
    category
        Its category.
    lon, lat
        CGCS2000 degrees.
    at
        Aware instant of the report.
    text
        What was written about it.
    photos
        64-bit perceptual hashes of its photos, however they were computed (the same way for all).
    open
        Whether it is still being handled.
    """

    id: Hashable
    category: CategoryKey
    lon: float
    lat: float
    at: datetime
    text: str = ""
    photos: tuple[int, ...] = ()
    open: bool = True


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a score: its name, its own score 0 to 1, its share of the whole, and why."""

    name: str
    score: float
    share: float
    why: Text


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A case that a report may be a duplicate of: for a person to decide.

    Attributes
    ----------
    id
        The case.
    score
        0 to 1: the sum of ``score x share`` of the parts.
    parts
        Place, category, time and, where both have them, text and photo.
    """

    id: Hashable
    score: float
    parts: tuple[Part, ...]

    def as_dict(self) -> dict[str, Any]:
        """Return what JSON holds."""
        return {
            "id": self.id,
            "score": round(self.score, 4),
            "parts": [
                {"name": p.name, "score": round(p.score, 4), "share": round(p.share, 4), "why": p.why.as_dict()}
                for p in self.parts
            ],
        }
