"""Which of many features a filter is true for: the tree evaluated over whole columns.

Truth has three values. A condition is a pair of ``(n,)`` arrays: where it is true, and where it is known.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from xiancheng.city.layer import Geometries
from xiancheng.site.ogc.cql2 import times
from xiancheng.site.ogc.cql2.checking import Kind
from xiancheng.site.ogc.cql2.nodes import (
    ARITHMETIC,
    ARRAY,
    COMPARISONS,
    FOLDING,
    SPATIAL,
    TEMPORAL,
    Array,
    Box,
    Call,
    Instant,
    Literal,
    Node,
    Property,
    Shape,
)
from xiancheng.site.ogc.cql2.spatial import related

Flags = npt.NDArray[np.bool_]
Truth = tuple[Flags, Flags]
Column = tuple[npt.NDArray[Any], Flags]
"""Values, and where they are known; what stands where they are not does not matter."""


class Features(Protocol):
    """What a filter is evaluated over."""

    def __len__(self) -> int: ...

    def kind(self, name: str) -> Kind:
        """Return what a property is."""

    def values(self, name: str) -> npt.NDArray[Any]:
        """Return a property: float64 with NaN for numbers and truth values, else objects with None.

        Dates and times are ISO text, arrays are tuples.
        """

    def geometry(self) -> Geometries:
        """Return the geometries, in degrees of longitude and latitude; None where there is none."""


def matches(node: Node, features: Features) -> Flags:
    """Return where a checked filter is true."""
    true, known = _Evaluator(features).truth(node)
    return true & known


class _Evaluator:
    def __init__(self, features: Features) -> None:
        self.features = features
        self.n = len(features)

    def truth(self, node: Node) -> Truth:
        """Return a condition."""
        if isinstance(node, Call):
            return self._condition(node)
        values, known = self.column(node)
        return values.astype(np.bool_), known

    def _condition(self, node: Call) -> Truth:
        op = node.op
        if op == "not":
            true, known = self.truth(node.args[0])
            return ~true, known
        if op in {"and", "or"}:
            return self._joined(node)
        if op in COMPARISONS:
            left, right = (self.column(a) for a in node.args)
            return _compared(op, left[0], right[0]), left[1] & right[1]
        if op == "isNull":
            return ~self._known(node.args[0]), self._all()
        if op in SPATIAL:
            return self._spatial(node)
        if op in TEMPORAL:
            return times.related(op, *(self._span(a) for a in node.args))
        if op in ARRAY:
            return self._arrays(node)
        return {"like": self._like, "between": self._between, "in": self._among}[op](node)

    def _joined(self, node: Call) -> Truth:
        """Return AND or OR by Kleene's logic: false AND unknown is false, true OR unknown is true."""
        parts = [self.truth(a) for a in node.args]
        decided = np.zeros(self.n, dtype=np.bool_)
        every = self._all()
        for true, known in parts:
            decided |= known & (~true if node.op == "and" else true)
            every &= known
        return (~decided if node.op == "and" else decided), decided | every

    def _all(self) -> Flags:
        return np.ones(self.n, dtype=np.bool_)

    def _known(self, node: Node) -> Flags:
        if isinstance(node, Property) and self.features.kind(node.name) is Kind.GEOMETRY:
            return np.array([g is not None for g in self.features.geometry()], dtype=np.bool_)
        if isinstance(node, Property) and self.features.kind(node.name) is Kind.ARRAY:
            return _present(self.features.values(node.name))
        if isinstance(node, Shape | Box | Array):
            return self._all()
        if isinstance(node, Call) and node.op not in ARITHMETIC and node.op not in FOLDING:
            return self.truth(node)[1]
        try:
            return self.column(node)[1]
        except TypeError:
            return self._span(node)[2]

    def column(self, node: Node) -> Column:
        """Return a column of texts, numbers, truth values (as numbers) or instants (microseconds)."""
        if isinstance(node, Literal):
            kind = object if isinstance(node.value, str) else np.float64
            return np.full(self.n, node.value, dtype=kind), self._all()
        if isinstance(node, Instant):
            return np.full(self.n, times.moment(node.text), dtype=np.int64), self._all()
        if isinstance(node, Property):
            return self._property(node.name)
        if isinstance(node, Call):
            if node.op in ARITHMETIC:
                return self._arithmetic(node)
            if node.op in FOLDING:
                values, known = self.column(node.args[0])
                fold = FOLDS[node.op]
                return _objects([fold(v) for v in values]), known
            true, known = self.truth(node)
            return true.astype(np.float64), known
        raise TypeError(node)

    def _property(self, name: str) -> Column:
        values, kind = self.features.values(name), self.features.kind(name)
        if values.dtype.kind == "f":
            known = ~np.isnan(values)
            return np.where(known, values, 0.0), known
        known = _present(values)
        if kind is Kind.INSTANT:
            return times.moments(values, known), known
        return np.where(known, values, ""), known

    def _arithmetic(self, node: Call) -> Column:
        (left, left_known), (right, right_known) = (self.column(a) for a in node.args)
        with np.errstate(all="ignore"):
            value = _ARITHMETIC[node.op](left, right)
        known = left_known & right_known & np.isfinite(value)
        return np.where(known, value, 0.0), known

    def _like(self, node: Call) -> Truth:
        values, known = self.column(node.args[0])
        pattern = node.args[1]
        folds: list[Callable[[str], str]] = []
        while isinstance(pattern, Call):
            folds.append(FOLDS[pattern.op])
            pattern = pattern.args[0]
        if not isinstance(pattern, Literal):
            raise TypeError(pattern)
        text = str(pattern.value)
        for fold in reversed(folds):
            text = fold(text)
        fits = like(text).fullmatch
        return np.fromiter((fits(v) is not None for v in values), dtype=np.bool_, count=self.n), known

    def _between(self, node: Call) -> Truth:
        value, low, high = (self.column(a) for a in node.args)
        return (value[0] >= low[0]) & (value[0] <= high[0]), value[1] & low[1] & high[1]

    def _among(self, node: Call) -> Truth:
        value, items = node.args
        if not isinstance(items, Array):
            raise TypeError(items)
        return self._joined(Call("or", tuple(Call("=", (value, item)) for item in items.items)))

    def _spatial(self, node: Call) -> Truth:
        left, right = (self._shapes(a) for a in node.args)
        known = _shape_known(left, self.n) & _shape_known(right, self.n)
        return related(node.op, left, right, known), known

    def _shapes(self, node: Node) -> Any:  # noqa: ANN401 - one geometry or an array of them
        if isinstance(node, Shape):
            return node.geometry
        if isinstance(node, Property):
            return self.features.geometry()
        raise TypeError(node)

    def _span(self, node: Node) -> times.Spans:
        if isinstance(node, times.Interval):
            start = self._end(node.start, times.BEGINNING)
            end = self._end(node.end, times.END)
            return start[0], end[0], start[1] & end[1]
        values, known = self.column(node)
        return values, values, known

    def _end(self, node: Node | None, unbounded: int) -> Column:
        if node is None:
            return np.full(self.n, unbounded, dtype=np.int64), self._all()
        return self.column(node)

    def _arrays(self, node: Call) -> Truth:
        (left, left_known), (right, right_known) = (self._sets(a) for a in node.args)
        test = _SETS[node.op]
        true = np.fromiter((test(a, b) for a, b in zip(left, right, strict=True)), dtype=np.bool_, count=self.n)
        return true, left_known & right_known

    def _sets(self, node: Node) -> tuple[list[frozenset[Any]], Flags]:
        if isinstance(node, Property):
            values = self.features.values(node.name)
            return [frozenset(v or ()) for v in values], _present(values)
        if not isinstance(node, Array):
            raise TypeError(node)
        columns = [self.column(item) for item in node.items]
        known = self._all()
        for _, also in columns:
            known &= also
        if not columns:
            return [frozenset()] * self.n, known
        return [frozenset(row) for row in zip(*(c.tolist() for c, _ in columns), strict=True)], known


def like(pattern: str) -> re.Pattern[str]:
    r"""Return a pattern of LIKE as a regular expression: ``%`` any, ``_`` one character, ``\`` the next as it is."""
    out = []
    characters = iter(pattern)
    for character in characters:
        if character == "%":
            out.append(".*")
        elif character == "_":
            out.append(".")
        else:
            out.append(re.escape(next(characters, "\\") if character == "\\" else character))
    return re.compile("".join(out), re.DOTALL)


def without_accents(text: str) -> str:
    """Return a text without its diacritical marks."""
    bare = "".join(c for c in unicodedata.normalize("NFD", text) if unicodedata.category(c) != "Mn")
    return unicodedata.normalize("NFC", bare)


FOLDS: dict[str, Callable[[str], str]] = {"casei": str.casefold, "accenti": without_accents}

_ARITHMETIC: dict[str, Callable[[Any, Any], Any]] = {
    "+": np.add,
    "-": np.subtract,
    "*": np.multiply,
    "/": np.divide,
    "%": np.fmod,
    "div": lambda a, b: np.trunc(np.divide(a, b)),
    "^": np.power,
}

_SETS: dict[str, Callable[[frozenset[Any], frozenset[Any]], bool]] = {
    "a_equals": frozenset.__eq__,
    "a_contains": frozenset.issuperset,
    "a_containedBy": frozenset.issubset,
    "a_overlaps": lambda a, b: not a.isdisjoint(b),
}

_COMPARE: dict[str, Callable[[Any, Any], Any]] = {
    "=": np.equal, "<>": np.not_equal, "<": np.less, "<=": np.less_equal, ">": np.greater, ">=": np.greater_equal,
}  # fmt: skip


def _compared(op: str, left: npt.NDArray[Any], right: npt.NDArray[Any]) -> Flags:
    return np.asarray(_COMPARE[op](left, right)).astype(np.bool_)


def _present(values: npt.NDArray[Any]) -> Flags:
    return np.fromiter((v is not None for v in values), dtype=np.bool_, count=len(values))


def _objects(values: list[Any]) -> npt.NDArray[np.object_]:
    out = np.empty(len(values), dtype=object)
    out[:] = values
    return out


def _shape_known(shapes: Any, count: int) -> Flags:  # noqa: ANN401
    if isinstance(shapes, np.ndarray):
        return _present(shapes)
    return np.ones(count, dtype=np.bool_)
