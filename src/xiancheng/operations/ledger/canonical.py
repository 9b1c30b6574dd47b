"""One form of JSON for what is hashed: a subset of RFC 8785 (JSON Canonicalization Scheme) without fractions.

Names in order, no spaces, UTF-8. Fractions are refused, because implementations write them differently: degrees are
whole ten-millionths, amounts are strings. So are numbers beyond 2⁵³, NUL and lone surrogates, which not every database
gives back as they were.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import orjson

from xiancheng.foundation.errors import XianchengError
from xiancheng.foundation.text import Text

EXACT = 2**53
"""Whole numbers below this are exact in every implementation of JSON."""


class CanonicalError(XianchengError):
    """A value that has no canonical form."""


def canonical(value: Any) -> bytes:  # noqa: ANN401 - anything that JSON can hold
    """Return the canonical bytes of a value made of mappings, lists, strings, whole numbers, truth values and None.

    Raises
    ------
    CanonicalError
        If it has anything else in it; names where.
    """
    _check(value, "$")
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)


def _check(value: Any, path: str) -> None:  # noqa: ANN401 - as above
    if value is None or isinstance(value, bool):
        return
    if isinstance(value, str):
        _check_text(value, path)
    elif isinstance(value, int):
        if abs(value) > EXACT - 1:
            raise _error(path, Text("整数过大，请写成文字", "a number beyond 2⁵³; write it as text"))
    elif isinstance(value, Mapping):
        for key, item in value.items():
            if not isinstance(key, str) or not key.isascii():
                raise _error(path, Text(f"名称 {key!r} 不是 ASCII", f"the name {key!r} is not ASCII"))
            _check_text(key, path)
            _check(item, f"{path}.{key}")
    elif isinstance(value, list | tuple):
        for at, item in enumerate(value):
            _check(item, f"{path}[{at}]")
    elif isinstance(value, float) and math.isfinite(value):
        raise _error(
            path, Text("小数没有唯一写法，请用整数或文字", "a fraction has no single form; use whole units or text")
        )
    else:
        raise _error(path, Text(f"不能记录 {type(value).__name__}", f"cannot record {type(value).__name__}"))


def _check_text(value: str, path: str) -> None:
    try:
        whole = b"\x00" not in value.encode()
    except UnicodeEncodeError:
        whole = False
    if not whole:
        raise _error(path, Text("文字含 NUL 或不成对的代理字符", "text with NUL or a lone surrogate"))


def _error(path: str, message: Text) -> CanonicalError:
    return CanonicalError(
        Text(f"{path}：{message.zh}", f"{path}: {message.en}"),
        Text("记录之前改成可以记录的形式", "change it to a form that can be recorded before recording it"),
    )
