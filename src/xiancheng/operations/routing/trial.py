"""What changed rules would have done: both sets of rules over the same history."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
import numpy.typing as npt

from xiancheng.foundation.errors import XianchengError
from xiancheng.foundation.text import Text
from xiancheng.operations.routing.router import Router
from xiancheng.operations.terms import CategoryKey

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class History:
    """Cases of the past, `n` of each.

    Attributes
    ----------
    ids
        Names of the cases.
    categories, when
        Category and aware instant of the routing.
    lon, lat
        CGCS2000 degrees; NaN where not known.
    areas
        Codes of areas known otherwise than by place.
    owners
        Owner of the component, or None.
    """

    ids: Sequence[str]
    categories: Sequence[CategoryKey]
    when: Sequence[datetime]
    lon: Floats
    lat: Floats
    areas: Sequence[tuple[str, ...]]
    owners: Sequence[str | None]

    def __post_init__(self) -> None:
        lengths = {len(self.ids), len(self.categories), len(self.when), len(self.lon), len(self.lat),
                   len(self.areas), len(self.owners)}  # fmt: skip
        if len(lengths) > 1:
            raise XianchengError(
                Text("历史案件各列长度不同", "the columns of the history differ in length"),
                Text("每列每案一个值", "give one value a case in each column"),
            )

    def leads(self, router: Router) -> list[str]:
        """Return the lead unit of each case under a set of rules."""
        places = router.locate_many(self.lon, self.lat)
        areas = [(*known, *found) if known else found for known, found in zip(self.areas, places, strict=True)]
        return router.leads(zip(self.categories, areas, self.owners, self.when, strict=True))


@dataclass(frozen=True, slots=True)
class Trial:
    """Which cases the new rules would have sent elsewhere.

    Attributes
    ----------
    cases
        How many cases were tried.
    moves
        (unit before, unit after) → how many; only units that differ, most frequent first.
    moved
        ``(m,)`` positions of the moved cases in the history.
    before, after
        Lead unit of each of the moved cases.
    """

    cases: int
    moves: dict[tuple[str, str], int]
    moved: npt.NDArray[np.int64]
    before: list[str]
    after: list[str]

    def load(self) -> dict[str, int]:
        """Return unit → how many cases it would have more (negative: fewer)."""
        out: Counter[str] = Counter()
        for (old, new), count in self.moves.items():
            out[new] += count
            out[old] -= count
        return dict(sorted(out.items(), key=lambda item: -abs(item[1])))

    def as_dict(self) -> dict[str, Any]:
        """Return what JSON holds."""
        return {
            "cases": self.cases,
            "moved": len(self.moved),
            "moves": [{"from": a, "to": b, "cases": n} for (a, b), n in self.moves.items()],
            "load": self.load(),
        }


def try_rules(old: Router, new: Router, history: History) -> Trial:
    """Route every case of a history by two sets of rules and return what differs.

    Instants decide as they were: rules whose validity begins later do not count for earlier cases.
    """
    before, after = history.leads(old), history.leads(new)
    moved = [i for i, (a, b) in enumerate(zip(before, after, strict=True)) if a != b]
    moves = Counter((before[i], after[i]) for i in moved)
    return Trial(
        len(before),
        dict(moves.most_common()),
        np.array(moved, dtype=np.int64),
        [before[i] for i in moved],
        [after[i] for i in moved],
    )
