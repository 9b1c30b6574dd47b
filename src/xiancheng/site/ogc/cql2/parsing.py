"""CQL2 text into a tree: recursive descent, one method a level of precedence."""

from __future__ import annotations

import re
from datetime import date, datetime

from xiancheng.foundation.text import Text
from xiancheng.site.ogc.cql2.errors import FilterError, Where
from xiancheng.site.ogc.cql2.lexing import Token, words
from xiancheng.site.ogc.cql2.nodes import (
    ARGUMENTS,
    ARRAY,
    COMPARISONS,
    FUNCTIONS,
    Array,
    Box,
    Call,
    Instant,
    Interval,
    Literal,
    Node,
    Property,
    Shape,
)
from xiancheng.site.ogc.cql2.wkt import TYPES, read_shape

LONGEST = 65536
DEEPEST = 60
MOST = 2**53
"""Whole numbers below this are exact in every part of the way."""
_RESERVED = frozenset({"AND", "OR", "NOT", "LIKE", "BETWEEN", "IN", "IS", "NULL", "TRUE", "FALSE", "DIV"})
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_TIME = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?Z", re.ASCII)


def from_text(source: str) -> Node:
    """Return the tree of a filter in CQL2 text.

    Raises
    ------
    FilterError
        Saying at which character, and what was expected there.
    """
    if len(source) > LONGEST:
        raise FilterError(LONGEST, Text("过滤条件太长", "the filter is too long"))
    parser = Parser(list(words(source)))
    node = parser.expression()
    if parser.now.sort != "end":
        raise parser.unexpected(Text("AND、OR 或结尾", "AND, OR or the end"))
    return node


def instant(text: str, where: Where, *, day: bool | None = None) -> Instant:
    """Return the instant that `text` says; `day` if it must (not) be a day.

    Raises
    ------
    FilterError
        If it is not one.
    """
    fits = (_DAY.fullmatch(text) and day is not False) or (_TIME.fullmatch(text) and day is not True)
    try:
        if fits:
            date.fromisoformat(text[:10])
            datetime.fromisoformat(re.sub(r"(\.\d{6})\d+", r"\1", text))
            return Instant(text, where)
    except ValueError:
        pass
    expected = {
        True: Text("日期，如 '2025-12-31'", "a date such as '2025-12-31'"),
        False: Text("UTC 时间，如 '2025-12-31T08:00:00Z'", "a time in UTC such as '2025-12-31T08:00:00Z'"),
        None: Text(
            "日期或 UTC 时间，如 '2025-12-31'、'2025-12-31T08:00:00Z'",
            "a date or a time in UTC such as '2025-12-31' or '2025-12-31T08:00:00Z'",
        ),
    }[day]
    raise FilterError(where, Text(f"“{text}”不是日期或时间", f"{text!r} is no date or time"), expected)


class Parser:
    """Reads words from left to right."""

    def __init__(self, tokens: list[Token]) -> None:
        self.tokens = tokens
        self.place = 0
        self.depth = 0

    @property
    def now(self) -> Token:
        """The present word."""
        return self.tokens[self.place]

    def step(self) -> Token:
        """Take the present word."""
        token = self.now
        if token.sort != "end":
            self.place += 1
        return token

    def take(self, *signs: str) -> Token:
        """Take one of some signs.

        Raises
        ------
        FilterError
            If something else is there.
        """
        if not self.now.signs(*signs):
            listed = " ".join(signs)
            raise self.unexpected(Text(listed, listed))
        return self.step()

    def unexpected(self, expected: Text) -> FilterError:
        """Return the error that something else stands here than expected."""
        shown = self.now.shown
        return FilterError(self.now.where, Text(f"意外的{shown.zh}", f"unexpected {shown.en}"), expected)

    def expression(self) -> Node:
        """Read terms joined by OR."""
        self.depth += 1
        if self.depth > DEEPEST:
            raise FilterError(self.now.where, Text("嵌套太深", "nested too deeply"))
        node = self._joined("OR")
        self.depth -= 1
        return node

    def _joined(self, word: str) -> Node:
        where = self.now.where
        parts = [self._joined("AND") if word == "OR" else self._negated()]
        while self.now.says(word):
            self.step()
            parts.append(self._joined("AND") if word == "OR" else self._negated())
        return parts[0] if len(parts) == 1 else Call(word.lower(), tuple(parts), where)

    def _negated(self) -> Node:
        if self.now.says("NOT"):
            where = self.step().where
            return Call("not", (self._predicate(),), where)
        return self._predicate()

    def _predicate(self) -> Node:
        left = self.sum()
        token = self.now
        if token.signs(*COMPARISONS):
            self.step()
            return Call(token.text, (left, self.sum()), token.where)
        if token.says("IS"):
            self.step()
            negated = self.now.says("NOT")
            if negated:
                self.step()
            if not self.now.says("NULL"):
                raise self.unexpected(Text("NULL", "NULL"))
            self.step()
            return _maybe_not(Call("isNull", (left,), token.where), negated)
        negated = token.says("NOT")
        if negated:
            self.step()
        if self.now.says("LIKE"):
            self.step()
            return _maybe_not(Call("like", (left, self.sum()), token.where), negated)
        if self.now.says("BETWEEN"):
            self.step()
            low = self.sum()
            if not self.now.says("AND"):
                raise self.unexpected(Text("BETWEEN 的 AND", "the AND of BETWEEN"))
            self.step()
            return _maybe_not(Call("between", (left, low, self.sum()), token.where), negated)
        if self.now.says("IN"):
            self.step()
            items = self.array()
            if not items.items:
                raise FilterError(items.where, Text("IN 的列表是空的", "the list of IN is empty"))
            return _maybe_not(Call("in", (left, items), token.where), negated)
        if negated:
            raise self.unexpected(Text("LIKE、BETWEEN 或 IN", "LIKE, BETWEEN or IN"))
        return left

    def sum(self) -> Node:
        """Read terms joined by plus and minus."""
        node = self._product()
        while self.now.signs("+", "-"):
            token = self.step()
            node = Call(token.text, (node, self._product()), token.where)
        return node

    def _product(self) -> Node:
        node = self._power()
        while self.now.signs("*", "/", "%") or self.now.says("DIV"):
            token = self.step()
            node = Call(token.text.lower(), (node, self._power()), token.where)
        return node

    def _power(self) -> Node:
        node = self._factor()
        if self.now.signs("^"):
            token = self.step()
            node = Call("^", (node, self._factor()), token.where)
        return node

    def _factor(self) -> Node:
        token = self.now
        if not token.signs("-", "+"):
            return self._operand()
        self.step()
        node = self._operand()
        if isinstance(node, Literal) and not isinstance(node.value, str | bool):
            return Literal(-node.value if token.text == "-" else node.value, token.where)
        return Call("*", (Literal(-1), node), token.where) if token.text == "-" else node

    def _operand(self) -> Node:
        token = self.now
        if token.sort == "number":
            return Literal(self._number(), token.where)
        if token.sort == "text":
            return Literal(self.step().text, token.where)
        if token.sort == "quoted":
            return Property(self.step().text, token.where)
        if token.signs("("):
            return self._in_parentheses()
        if token.says("TRUE", "FALSE"):
            return Literal(self.step().text.upper() == "TRUE", token.where)
        if token.sort == "name" and token.text.upper() not in _RESERVED:
            following = self.tokens[self.place + 1]
            if following.signs("(") or (token.says(*TYPES) and following.says("Z")):
                return self._function()
            return Property(self.step().text, token.where)
        raise self.unexpected(Text("属性、值、函数或 (", "a property, a value, a function or ("))

    def _number(self) -> int | float:
        token = self.step()
        value = float(token.text)
        if value == float("inf"):
            raise FilterError(token.where, Text("数字太大", "the number is too large"))
        return int(token.text) if token.text.isdigit() and value < MOST else value

    def _in_parentheses(self) -> Node:
        where = self.take("(").where
        if self.now.signs(")"):
            self.step()
            return Array((), where)
        node = self.expression()
        if self.now.signs(","):
            items = [node]
            while self.now.signs(","):
                self.step()
                items.append(self.expression())
            node = Array(tuple(items), where)
        self.take(")")
        return node

    def array(self) -> Array:
        """Read values in parentheses, be it a single one."""
        where = self.take("(").where
        return Array(tuple(self._arguments()), where)

    def _arguments(self, *, arrays: bool = False) -> list[Node]:
        """Read arguments up to and with the closing parenthesis."""
        out: list[Node] = []
        if self.now.signs(")"):
            self.step()
            return out
        while True:
            out.append(self.array() if arrays and self.now.signs("(") else self.expression())
            if self.take(",", ")").text == ")":
                return out

    def _function(self) -> Node:
        token = self.now
        name = token.text.upper()
        if name in TYPES:
            return Shape(read_shape(self), token.where)
        self.step()
        opening = self.take("(").where
        if name in {"DATE", "TIMESTAMP"}:
            if self.now.sort != "text":
                raise self.unexpected(Text("引号中的日期", "a date in quotes"))
            text = self.step()
            self.take(")")
            return instant(text.text, text.where, day=name == "DATE")
        if name == "BBOX":
            return self._box(token.where)
        if name == "INTERVAL":
            return self._interval(token.where)
        op = FUNCTIONS.get(token.text.lower())
        args = self._arguments(arrays=op in ARRAY)
        if op is not None and len(args) != ARGUMENTS[op]:
            n = ARGUMENTS[op]
            raise FilterError(
                opening,
                Text(f"{name} 有 {len(args)} 个参数", f"{name} has {len(args)} arguments"),
                Text(f"{n} 个", str(n)),
            )
        return Call(op or token.text, tuple(args), token.where)

    def _box(self, where: int) -> Box:
        numbers: list[float] = []
        while True:
            numbers.append(self.signed())
            if self.take(",", ")").text == ")":
                break
        if len(numbers) not in {4, 6}:
            raise FilterError(
                where,
                Text(f"BBOX 有 {len(numbers)} 个数", f"BBOX has {len(numbers)} numbers"),
                Text("4 或 6 个", "4 or 6"),
            )
        return Box(tuple(numbers), where)

    def signed(self) -> float:
        """Read a number with or without a sign."""
        negative = self.now.signs("-")
        if self.now.signs("-", "+"):
            self.step()
        if self.now.sort != "number":
            raise self.unexpected(Text("数字", "a number"))
        value = float(self._number())
        return -value if negative else value

    def _interval(self, where: int) -> Interval:
        start = self._end()
        self.take(",")
        end = self._end()
        self.take(")")
        return Interval(start, end, where)

    def _end(self) -> Node | None:
        token = self.now
        if token.sort == "text":
            self.step()
            return None if token.text == ".." else instant(token.text, token.where)
        return self._operand()


def _maybe_not(node: Call, negated: bool) -> Node:
    return Call("not", (node,), node.where) if negated else node
