"""A tiny comparison language for rules about the attributes of one object.

``nursing_beds <= beds``, ``100 <= age < 300 and grade == "3"``, ``known(floors)``, ``kind in ["a", "b"]``. Numbers,
texts, attribute names, ``+ - * /``, comparisons (chained ones too), ``in``, ``and``, ``or``, ``not``, ``true``,
``false`` and ``known(…)``: nothing else. What is not known makes a comparison unknown, and an unknown rule is not
broken; ``and`` and ``or`` follow Kleene's logic of three values.
"""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from xiancheng.foundation.errors import UnknownNameError, XianchengError
from xiancheng.foundation.text import Text

Booleans = npt.NDArray[np.bool_]

_MAX_LENGTH = 500
_MAX_NODES = 300
"""Keeps evaluation, which descends the tree, far from the interpreter's own limit."""
_COMPARISONS: dict[type[ast.cmpop], Callable[[Any, Any], Any]] = {
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
}
_ARITHMETIC: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}


@dataclass(frozen=True)
class _Value:
    """``(n,)`` values (float64, objects or booleans) and where they are known."""

    values: npt.NDArray[Any]
    known: Booleans

    @property
    def kind(self) -> str:
        return {"b": "truth", "f": "number"}.get(self.values.dtype.kind, "text")


class Expression:
    """A parsed expression that can be evaluated for all objects of a class at once.

    Raises
    ------
    XianchengError
        If `text` is not of the language.
    """

    def __init__(self, text: str) -> None:
        self.text = text.strip()
        if not self.text or len(self.text) > _MAX_LENGTH:
            raise _wrong(
                self.text[:40], Text(f"长度须为 1 至 {_MAX_LENGTH} 字", f"must have 1 to {_MAX_LENGTH} characters")
            )
        try:
            self._tree = ast.parse(self.text, mode="eval").body
        except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
            raise _wrong(self.text, Text("语法错误", "syntax error")) from error
        if sum(1 for _ in ast.walk(self._tree)) > _MAX_NODES:
            raise _wrong(self.text, Text("过于复杂", "too complex"))
        self.names = tuple(dict.fromkeys(self._check(self._tree)))

    def evaluate(self, columns: Mapping[str, npt.NDArray[Any]], n: int) -> tuple[Booleans, Booleans]:
        """Return for `n` objects whether the expression is true, and whether that is known.

        Parameters
        ----------
        columns
            Name → ``(n,)`` float64 (NaN unknown) or objects (None unknown).

        Raises
        ------
        XianchengError
            If the expression compares text with numbers, or is no comparison at all.
        UnknownNameError
            If it uses a name that `columns` lacks.
        """
        result = _Evaluation(self.text, columns, n).of(self._tree)
        if result.kind != "truth":
            raise _wrong(self.text, Text("结果不是真假值，缺少比较", "gives no truth value: it compares nothing"))
        return result.values & result.known, result.known

    def _check(self, node: ast.expr) -> list[str]:
        """Return the names in `node`; refuse whatever is not of the language."""
        match node:
            case ast.BoolOp(values=values):
                return [name for value in values for name in self._check(value)]
            case ast.UnaryOp(op=ast.Not() | ast.USub(), operand=operand):
                return self._check(operand)
            case ast.BinOp(left=left, op=op, right=right) if type(op) in _ARITHMETIC:
                return self._check(left) + self._check(right)
            case ast.Compare(left=left, ops=ops, comparators=comparators):
                names = self._check(left)
                for comparison, comparator in zip(ops, comparators, strict=True):
                    names += self._check_comparator(comparison, comparator)
                return names
            case ast.Call(func=ast.Name(id="known"), args=[ast.Name(id=name)], keywords=[]):
                return [name]
            case ast.Name(id="true" | "false" | "True" | "False"):
                return []
            case ast.Name(id=name):
                return [name]
            case ast.Constant(value=bool() | int() | float() | str()):
                return []
        raise _wrong(self.text, Text(f"不允许“{ast.unparse(node)}”", f"{ast.unparse(node)!r} is not allowed"))

    def _check_comparator(self, op: ast.cmpop, comparator: ast.expr) -> list[str]:
        if isinstance(op, ast.In | ast.NotIn):
            if isinstance(comparator, ast.List | ast.Tuple) and all(
                isinstance(e, ast.Constant) and isinstance(e.value, str | int | float) for e in comparator.elts
            ):
                return []
        elif type(op) in _COMPARISONS:
            return self._check(comparator)
        raise _wrong(self.text, Text("in 之后须为列表；不允许 is", "in takes a list; is is not allowed"))


class _Evaluation:
    def __init__(self, text: str, columns: Mapping[str, npt.NDArray[Any]], n: int) -> None:
        self.text, self.columns, self.n = text, columns, n
        self.all = np.ones(n, dtype=bool)

    def of(self, node: ast.expr) -> _Value:
        match node:
            case ast.BoolOp(op=op, values=values):
                return self._join([self._truth(v) for v in values], both=isinstance(op, ast.And))
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                value = self._truth(operand)
                return _Value(~value.values, value.known)
            case ast.UnaryOp(operand=operand):
                value = self._number(operand)
                return _Value(-value.values, value.known)
            case ast.BinOp(left=left, op=op, right=right):
                return self._arithmetic(_ARITHMETIC[type(op)], self._number(left), self._number(right))
            case ast.Compare(left=left, ops=ops, comparators=comparators):
                parts, before = [], left
                for comparison, comparator in zip(ops, comparators, strict=True):
                    parts.append(self._compare(before, comparison, comparator))
                    before = comparator
                return self._join(parts, both=True)
        return self._operand(node)

    def _operand(self, node: ast.expr) -> _Value:
        match node:
            case ast.Call(args=[ast.Name(id=name)]):
                return _Value(self._column(name).known, self.all)
            case ast.Name(id="true" | "True"):
                return _Value(self.all, self.all)
            case ast.Name(id="false" | "False"):
                return _Value(~self.all, self.all)
            case ast.Name(id=name):
                return self._column(name)
            case ast.Constant(value=constant):
                return self._constant(constant)
        raise AssertionError(ast.dump(node))

    def _constant(self, constant: object) -> _Value:
        if isinstance(constant, bool):
            return _Value(np.full(self.n, constant), self.all)
        if isinstance(constant, int | float):
            return _Value(np.full(self.n, float(constant)), self.all)
        return _Value(np.full(self.n, constant, dtype=object), self.all)

    def _column(self, name: str) -> _Value:
        if name not in self.columns:
            raise UnknownNameError(Text("属性", "attribute"), name, list(self.columns))
        values = self.columns[name]
        if values.dtype.kind == "O":
            return _Value(values, np.array([v is not None for v in values], dtype=bool))
        return _Value(values, np.isfinite(values))

    def _truth(self, node: ast.expr) -> _Value:
        value = self.of(node)
        if value.kind == "number":
            return _Value(np.nan_to_num(value.values) != 0, value.known)
        if value.kind == "text":
            raise _wrong(self.text, Text("文本不能当真假值", "text is no truth value"))
        return value

    def _number(self, node: ast.expr) -> _Value:
        value = self.of(node)
        if value.kind != "number":
            raise _wrong(self.text, Text("只能对数值作运算", "only numbers can be calculated with"))
        return value

    def _arithmetic(self, function: Callable[[Any, Any], Any], a: _Value, b: _Value) -> _Value:
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            values = np.asarray(function(a.values, b.values), dtype=np.float64)
        return _Value(values, a.known & b.known & np.isfinite(values))

    def _join(self, parts: list[_Value], *, both: bool) -> _Value:
        """Return Kleene's and / or: a known false makes ``and`` known, a known true makes ``or`` known."""
        decides = np.zeros(self.n, dtype=bool)
        known = self.all
        for part in parts:
            decides = decides | (part.known & (part.values != both))
            known = known & part.known
        return _Value(np.where(decides, not both, both), decides | known)

    def _compare(self, left: ast.expr, op: ast.cmpop, right: ast.expr) -> _Value:
        a = self.of(left)
        if isinstance(op, ast.In | ast.NotIn) and isinstance(right, ast.List | ast.Tuple):
            listed = {e.value for e in right.elts if isinstance(e, ast.Constant)}
            values = np.fromiter((v in listed for v in a.values), dtype=bool, count=self.n)
            return _Value(values != isinstance(op, ast.NotIn), a.known)
        b = self.of(right)
        a, b = self._alike(a, b), self._alike(b, a)
        if a.kind != b.kind:
            raise _wrong(self.text, Text("不能比较文本与数值", "text cannot be compared with numbers"))
        known = a.known & b.known
        values = np.zeros(self.n, dtype=bool)
        values[known] = np.asarray(_COMPARISONS[type(op)](a.values[known], b.values[known]), dtype=bool)
        return _Value(values, known)

    def _alike(self, value: _Value, other: _Value) -> _Value:
        """A truth value beside a number is 1 or 0: boolean attributes are stored so."""
        if value.kind == "truth" and other.kind == "number":
            return _Value(value.values.astype(np.float64), value.known)
        return value


def _wrong(text: str, reason: Text) -> XianchengError:
    return XianchengError(
        Text(f"规则“{text}”：{reason.zh}", f"rule {text!r}: {reason.en}"),
        Text(
            '例如 nursing_beds <= beds，或 100 <= age < 300 and grade == "3"',
            'for example nursing_beds <= beds, or 100 <= age < 300 and grade == "3"',
        ),
    )
