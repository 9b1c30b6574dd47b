"""The tree of a CQL2 expression."""

from __future__ import annotations

from dataclasses import dataclass, field

from shapely.geometry.base import BaseGeometry

from xiancheng.site.ogc.cql2.errors import Where

LOGIC = frozenset({"and", "or", "not"})
COMPARISONS = frozenset({"=", "<>", "<", ">", "<=", ">="})
PREDICATES = frozenset({"like", "between", "in", "isNull"})
ARITHMETIC = frozenset({"+", "-", "*", "/", "^", "%", "div"})
FOLDING = frozenset({"casei", "accenti"})
SPATIAL = frozenset(
    {"s_contains", "s_crosses", "s_disjoint", "s_equals", "s_intersects", "s_overlaps", "s_touches", "s_within"}
)
TEMPORAL = frozenset(
    {
        "t_after", "t_before", "t_contains", "t_disjoint", "t_during", "t_equals", "t_finishedBy", "t_finishes",
        "t_intersects", "t_meets", "t_metBy", "t_overlappedBy", "t_overlaps", "t_startedBy", "t_starts",
    }
)  # fmt: skip
ARRAY = frozenset({"a_containedBy", "a_contains", "a_equals", "a_overlaps"})
FUNCTIONS = {name.lower(): name for name in (*FOLDING, *SPATIAL, *TEMPORAL, *ARRAY)}
"""Lower-case name of every standard function → its name in JSON."""
ARGUMENTS: dict[str, int] = (
    {"not": 1, "isNull": 1, "like": 2, "between": 3, "in": 2}
    | dict.fromkeys(FOLDING, 1)
    | dict.fromkeys((*COMPARISONS, *ARITHMETIC, *SPATIAL, *TEMPORAL, *ARRAY), 2)
)
"""Operator → how many arguments it takes; ``and`` and ``or`` take two or more."""


@dataclass(frozen=True, slots=True)
class Property:
    """A property of the feature."""

    name: str
    where: Where = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class Literal:
    """A text, number or truth value."""

    value: str | int | float | bool
    where: Where = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class Instant:
    """A day (``2025-12-31``) or a time in UTC (``2025-12-31T08:00:00Z``), as written."""

    text: str
    where: Where = field(default="", compare=False)

    @property
    def is_day(self) -> bool:
        """Whether it is a day."""
        return "T" not in self.text


@dataclass(frozen=True, slots=True)
class Interval:
    """From one instant to another, both included; None for no end."""

    start: Node | None
    end: Node | None
    where: Where = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class Shape:
    """A geometry."""

    geometry: BaseGeometry
    where: Where = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class Box:
    """A box of four (or, with heights, six) numbers."""

    numbers: tuple[float, ...]
    where: Where = field(default="", compare=False)

    @property
    def flat(self) -> tuple[float, float, float, float]:
        """The box without heights: two lower, then two upper bounds."""
        n = self.numbers
        return (n[0], n[1], n[2], n[3]) if len(n) == 4 else (n[0], n[1], n[3], n[4])


@dataclass(frozen=True, slots=True)
class Array:
    """Several values."""

    items: tuple[Node, ...]
    where: Where = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class Call:
    """An operator or function, named as in JSON, with its arguments."""

    op: str
    args: tuple[Node, ...]
    where: Where = field(default="", compare=False)


Node = Property | Literal | Instant | Interval | Shape | Box | Array | Call
