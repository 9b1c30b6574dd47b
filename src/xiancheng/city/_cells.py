"""What people write in the cells of a register, read as one number, truth value or date.

Each function takes one raw value and returns what it means, None for "not known"; what cannot be understood raises
:class:`ValueError` (or TypeError for what is no scalar) with no message, for the caller knows the cell.
"""

from __future__ import annotations

import math
import re
import unicodedata
from datetime import date, datetime, timedelta
from typing import Any

MISSING = frozenset(
    [
        *("", "-", "--", "---", "—", "——", "/", "\\", "\\n", "?", "n/a", "na", "#n/a", "nil", "null", "none", "nan"),
        *("<na>", "unknown", "不详", "未知", "暂无", "待定", "待补充", "未填", "无数据"),
    ]
)
"""How people write that they do not know, after :func:`plain`."""

_TRUE = frozenset(["是", "有", "对", "已", "√", "✓", "✔", "☑", "yes", "y", "true", "t", "1", "on"])
_FALSE = frozenset(["否", "无", "没有", "不是", "未", "×", "✗", "✘", "☐", "no", "n", "false", "f", "0", "off", "x"])

_PLAIN_NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:e[+-]?[0-9]{1,3})?")
_NUMBER = re.compile(
    r"(?:大约|约|近|共计|共|合计|第|¥|￥|ca\.?|about|approx\.?|~|≈)?\s*"
    r"(?P<number>[+-]?(?:[0-9]{1,3}(?:[, ][0-9]{3})+|[0-9]+)(?:\.[0-9]+)?)\s*"
    r"(?P<scale>[万亿]?)\s*(?P<unit>[kh]?m2|[^0-9]{0,12})"
)
_CHINESE_NUMBER = re.compile(
    r"(?:第)?(?P<number>[零〇一二两三四五六七八九十]{1,3})(?P<unit>[^零〇一二两三四五六七八九十0-9]{0,4})"
)
_DIGITS = {c: i for i, c in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}
_SCALES = {"": 1.0, "万": 1e4, "亿": 1e8}
_BOUNDS = re.compile(r"以上|以下|以内|以外|不足|不到|超过|至|到|[-~–—+<>≤≥]")

_UNITS: dict[str, tuple[str, float]] = {
    **dict.fromkeys(["m", "米", "公尺", "metre", "metres", "meter", "meters"], ("m", 1.0)),
    **dict.fromkeys(["cm", "厘米", "公分"], ("m", 0.01)),
    **dict.fromkeys(["mm", "毫米"], ("m", 0.001)),
    **dict.fromkeys(["km", "千米", "公里"], ("m", 1000.0)),
    **dict.fromkeys(["ft", "feet", "'"], ("m", 0.3048)),
    **dict.fromkeys(["m2", "㎡", "平方米", "平米", "平方", "sqm"], ("m2", 1.0)),
    **dict.fromkeys(["ha", "hm2", "公顷"], ("m2", 10000.0)),
    **dict.fromkeys(["km2", "平方公里", "平方千米"], ("m2", 1e6)),
    **dict.fromkeys(["亩", "mu"], ("m2", 10000.0 / 15.0)),
}
"""Units of length and area: dimension and size in the dimension's base unit (15 mu are one hectare)."""


def plain(value: str) -> str:
    """Return text in half-width, lower case, without surrounding space."""
    return value.strip().lower() if value.isascii() else unicodedata.normalize("NFKC", value).strip().lower()


def parse_number(value: Any, unit: str | None) -> float | None:  # noqa: ANN401 - a raw value may be anything
    """Read a number, in the attribute's `unit` where the text names another one of the same dimension.

    ``1,200``, ``１２``, ``35 m``, ``3层``, ``约50``, ``1.2万``, ``三层``, ``12亩`` (for m2: 8000).
    """
    if isinstance(value, (bool, int, float)):
        return _finite(value)
    if not isinstance(value, str):
        return _finite(float(value))
    text = plain(value)
    if _PLAIN_NUMBER.fullmatch(text):
        return _finite(float(text))
    if text in MISSING or text == "无":
        return None
    match = _NUMBER.fullmatch(text)
    if match:
        number = float(re.sub(r"[, ]", "", match["number"])) * _SCALES[match["scale"]]
        return _finite(number * _unit_factor(match["unit"].strip(), unit))
    match = _CHINESE_NUMBER.fullmatch(text)
    if match:
        return _chinese(match["number"]) * _unit_factor(match["unit"].strip(), unit)
    raise ValueError


def _finite(value: float) -> float | None:
    try:
        number = float(value)
    except OverflowError:
        raise ValueError from None
    if math.isnan(number):
        return None
    if math.isinf(number):
        raise ValueError
    return number


def _unit_factor(written: str, wanted: str | None) -> float:
    """Return what a number in the `written` unit is multiplied by; unknown words (层, 张, 人) are measure words."""
    if _BOUNDS.search(written):
        raise ValueError
    if written == "%":
        return 1.0 if wanted == "%" else 0.01
    source = _UNITS.get(re.sub(r"[\s().]", "", written).replace("^", ""))
    target = _UNITS.get((wanted or "").lower())
    if source is None or target is None:
        return 1.0
    if source[0] != target[0]:
        raise ValueError
    return source[1] / target[1]


def _chinese(text: str) -> float:
    if text == "十":
        return 10.0
    if "十" not in text:
        if len(text) > 1:
            raise ValueError
        return float(_DIGITS[text])
    tens, _, ones = text.partition("十")
    if len(tens) > 1 or len(ones) > 1:
        raise ValueError
    try:
        return float((_DIGITS[tens] if tens else 1) * 10 + (_DIGITS[ones] if ones else 0))
    except KeyError:
        raise ValueError from None


def parse_boolean(value: Any) -> float | None:  # noqa: ANN401
    """Read a truth value as 1 or 0: 是/否, 有/无, √/×, yes/no, true/false, 1/0."""
    if isinstance(value, (bool, int, float)):
        number = _finite(value)
        if number not in {None, 0.0, 1.0}:
            raise ValueError
        return number
    text = plain(str(value))
    if text in _TRUE or text == "1.0":
        return 1.0
    if text in _FALSE or text == "0.0":
        return 0.0
    if text in MISSING:
        return None
    raise ValueError


_DATE = re.compile(
    r"(?P<year>[0-9]{4})\s*(?:年|[-/.])?\s*"
    r"(?:(?P<month>[0-9]{1,2})\s*(?:月|[-/.])?\s*(?:(?P<day>[0-9]{1,2})\s*[日号]?)?)?"
    r"(?:[t\s]+[0-9]{1,2}(?::[0-9]{1,2}){1,2}(?:\.[0-9]+)?\s*(?:z|[+-][0-9]{2}:?[0-9]{2})?)?"
)
_COMPACT = re.compile(r"(?P<year>[0-9]{4})(?P<month>[0-9]{2})(?P<day>[0-9]{2})?")
_EXCEL_EPOCH = date(1899, 12, 30)


def parse_date(value: Any) -> date | None:  # noqa: ANN401
    """Read a date: 2023-05-01, 2023/5/1, 2023.5.1, 20230501, 2023年5月1日, date, datetime, Excel's day number.

    A month alone means its first day, a year alone its first of January.
    """
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        number = _finite(value)
        if number is None:
            return None
        if 10000 <= number < 100000:
            return _EXCEL_EPOCH + timedelta(days=int(number))
        if number != int(number):
            raise ValueError
        value = str(int(number))
    text = plain(str(value))
    if text in MISSING or text == "无":
        return None
    match = (_COMPACT.fullmatch(text) if text.isdigit() and len(text) in {6, 8} else None) or _DATE.fullmatch(text)
    if match is None or (match["month"] is None and len(text) > 5):
        raise ValueError
    if text.isdigit() and len(text) not in {4, 6, 8}:
        raise ValueError
    return date(int(match["year"]), int(match["month"] or 1), int(match["day"] or 1))
