"""Errors of requests that the standard wants answered by a status of its own."""

from __future__ import annotations

from xiancheng.foundation.errors import XianchengError
from xiancheng.foundation.text import Text


class BadParameterError(XianchengError):
    """A query parameter or header that cannot be (400)."""

    def __init__(self, name: str, message: Text, expected: Text | None = None) -> None:
        super().__init__(
            Text(f"参数 {name}：{message.zh}", f"parameter {name}: {message.en}"),
            None if expected is None else Text(f"应为{expected.zh}", f"expected {expected.en}"),
        )
        self.name = name
