"""CQL2 evaluated one feature at a time in plain Python: slow, and obviously what the standard says.

A condition is True, False or None (not known); any other expression a value or None.
"""

import math
import re
import unicodedata
from datetime import UTC, datetime

import shapely

from xiancheng.site.ogc.cql2.nodes import Array, Box, Instant, Interval, Literal, Property, Shape

FIRST, LAST = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)


def instant(text):
    if len(text) == 10:
        text += "T00:00:00Z"
    return datetime.fromisoformat(text)


def evaluate(node, feature, kinds):
    if isinstance(node, Property):
        value = feature[node.name]
        if value is None:
            return None
        if kinds[node.name] == "instant":
            return instant(value)
        if kinds[node.name] == "boolean":
            return bool(value)
        return frozenset(value) if kinds[node.name] == "array" else value
    if isinstance(node, Literal):
        return node.value if isinstance(node.value, str | bool) else float(node.value)
    if isinstance(node, Instant):
        return instant(node.text)
    if isinstance(node, Shape):
        return node.geometry
    if isinstance(node, Box):
        return shapely.box(*node.flat)
    if isinstance(node, Array):
        return frozenset(evaluate(item, feature, kinds) for item in node.items)
    if isinstance(node, Interval):
        ends = []
        for end, open_end in ((node.start, FIRST), (node.end, LAST)):
            ends.append(open_end if end is None else evaluate(end, feature, kinds))
        return None if None in ends else tuple(ends)
    args = [evaluate(a, feature, kinds) for a in node.args]
    return call(node.op, args)


def call(op, args):
    if op == "and":
        return False if False in args else None if None in args else True
    if op == "or":
        return True if True in args else None if None in args else False
    if op == "isNull":
        return args[0] is None
    if op == "in":
        return call("or", [call("=", [args[0], item]) for item in args[1]])
    if None in args:
        return None
    if op == "not":
        return not args[0]
    if op == "between":
        return args[1] <= args[0] <= args[2]
    if op == "like":
        return like(*args)
    if op == "casei":
        return args[0].casefold()
    if op == "accenti":
        decomposed = unicodedata.normalize("NFD", args[0])
        return unicodedata.normalize("NFC", "".join(c for c in decomposed if unicodedata.category(c) != "Mn"))
    if op in COMPARE:
        return COMPARE[op](*args)
    if op in ARITHMETIC:
        return number(ARITHMETIC[op], *args)
    if op.startswith("s_"):
        return bool(getattr(shapely, op[2:])(*args))
    if op.startswith("a_"):
        return SETS[op](*args)
    (a, b), (c, d) = (x if isinstance(x, tuple) else (x, x) for x in args)
    return TIMES[op](a, b, c, d)


def number(operate, left, right):
    try:
        value = operate(left, right)
    except (ZeroDivisionError, OverflowError, ValueError):
        return None
    return value if isinstance(value, float) and math.isfinite(value) else None


def like(value, pattern):
    wild = {"%": ".*", "_": "."}
    expression = "".join(wild.get(c) or re.escape(c) for c in pattern)
    return re.fullmatch(expression, value, re.DOTALL) is not None


COMPARE = {
    "=": lambda a, b: a == b,
    "<>": lambda a, b: a != b,
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
}
ARITHMETIC = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": lambda a, b: a / b,
    "%": math.fmod,
    "div": lambda a, b: float(math.trunc(a / b)),
    "^": math.pow,
}
SETS = {
    "a_equals": lambda a, b: a == b,
    "a_contains": lambda a, b: a >= b,
    "a_containedBy": lambda a, b: a <= b,
    "a_overlaps": lambda a, b: bool(a & b),
}
TIMES = {
    "t_after": lambda a, b, c, d: a > d,
    "t_before": lambda a, b, c, d: b < c,
    "t_disjoint": lambda a, b, c, d: b < c or a > d,
    "t_intersects": lambda a, b, c, d: not (b < c or a > d),
    "t_equals": lambda a, b, c, d: a == c and b == d,
    "t_contains": lambda a, b, c, d: a < c and b > d,
    "t_during": lambda a, b, c, d: a > c and b < d,
    "t_finishedBy": lambda a, b, c, d: a < c and b == d,
    "t_finishes": lambda a, b, c, d: a > c and b == d,
    "t_meets": lambda a, b, c, d: b == c,
    "t_metBy": lambda a, b, c, d: a == d,
    "t_overlappedBy": lambda a, b, c, d: c < a < d < b,
    "t_overlaps": lambda a, b, c, d: a < c < b < d,
    "t_startedBy": lambda a, b, c, d: a == c and b > d,
    "t_starts": lambda a, b, c, d: a == c and b < d,
}
