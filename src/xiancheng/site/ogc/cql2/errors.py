"""What is wrong with a filter, and where."""

from __future__ import annotations

from xiancheng.foundation.errors import XianchengError
from xiancheng.foundation.text import Text

Where = int | str
"""Place in a filter: character (from 0) of a text, or path in a JSON document such as ``args[0].property``."""


class FilterError(XianchengError):
    """A filter that cannot be understood or evaluated; says where and what was expected there.

    Attributes
    ----------
    where
        Place of the fault.
    """

    def __init__(self, where: Where, message: Text, expected: Text | None = None) -> None:
        zh, en = (
            (f"第 {where + 1} 个字符", f"character {where + 1}")
            if isinstance(where, int)
            else (f"“{where or '顶层'}”处", f"at {where or 'the top'}")
        )
        super().__init__(
            Text(f"过滤条件 {zh}：{message.zh}", f"filter, {en}: {message.en}"),
            None if expected is None else Text(f"应为{expected.zh}", f"expected {expected.en}"),
        )
        self.where = where
