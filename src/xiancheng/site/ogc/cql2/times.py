"""Instants and intervals as microseconds, and how two of them lie to each other.

Source: table 6 and 7 of OGC 21-065r2, after the W3C/OGC Time Ontology in OWL. Intervals are closed at both ends. A day
counts as the instant at which it begins (UTC), as a DATE beside a TIMESTAMP in SQL does.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from xiancheng.site.ogc.cql2.nodes import Interval

__all__ = ["BEGINNING", "END", "Interval", "Spans", "moment", "moments", "related"]

Moments = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
Spans = tuple[Moments, Moments, Flags]
"""Starts, ends, and where both are known."""

BEGINNING, END = int(np.iinfo(np.int64).min), int(np.iinfo(np.int64).max)


def moment(text: str) -> int:
    """Return an instant in microseconds since 1970."""
    return int(np.datetime64(text.removesuffix("Z"), "us").astype(np.int64))


def moments(values: npt.NDArray[Any], known: Flags) -> Moments:
    """Return a column of ISO texts in microseconds since 1970; 0 where they are not known."""
    plain = [str(v).removesuffix("Z") if k else "1970-01-01" for v, k in zip(values, known.tolist(), strict=True)]
    return np.array(plain, dtype="datetime64[us]").astype(np.int64)


@dataclass(frozen=True, slots=True)
class _Ends:
    """Starts and ends of the first (`a` to `b`) and of the second operand (`c` to `d`)."""

    a: Moments
    b: Moments
    c: Moments
    d: Moments


def related(op: str, one: Spans, other: Spans) -> tuple[Flags, Flags]:
    """Return where a function of time is true, and where it is known."""
    (a, b, known), (c, d, also_known) = one, other
    return _RELATIONS[op](_Ends(a, b, c, d)), known & also_known


_RELATIONS: dict[str, Callable[[_Ends], Flags]] = {
    "t_after": lambda t: t.a > t.d,
    "t_before": lambda t: t.b < t.c,
    "t_disjoint": lambda t: (t.b < t.c) | (t.a > t.d),
    "t_intersects": lambda t: (t.b >= t.c) & (t.a <= t.d),
    "t_equals": lambda t: (t.a == t.c) & (t.b == t.d),
    "t_contains": lambda t: (t.a < t.c) & (t.b > t.d),
    "t_during": lambda t: (t.a > t.c) & (t.b < t.d),
    "t_finishedBy": lambda t: (t.a < t.c) & (t.b == t.d),
    "t_finishes": lambda t: (t.a > t.c) & (t.b == t.d),
    "t_meets": lambda t: t.b == t.c,
    "t_metBy": lambda t: t.a == t.d,
    "t_overlappedBy": lambda t: (t.a > t.c) & (t.a < t.d) & (t.b > t.d),
    "t_overlaps": lambda t: (t.a < t.c) & (t.b > t.c) & (t.b < t.d),
    "t_startedBy": lambda t: (t.a == t.c) & (t.b > t.d),
    "t_starts": lambda t: (t.a == t.c) & (t.b < t.d),
}
