"""Limits as filing standards write them: ``2紧急工作时制止``, ``4小时``, ``5个工作日``.

The grammar is a number, one of the words of ``catalogues/operations/clock.toml`` and a note. What 小时 and 天 mean
differs from one workbook to another, so a workbook's reader switches them with :meth:`LimitWords.meaning`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from xiancheng.foundation.errors import ConfigError, XianchengError
from xiancheng.foundation.resources import data_folder
from xiancheng.foundation.text import Text
from xiancheng.foundation.toml_file import county_toml, read_toml
from xiancheng.operations.terms import Limit, LimitUnit

HOUR, DAY = "小时", "天"
"""The two words that workbooks use in different senses."""
LARGEST_AMOUNT = 9999
"""Larger numbers are slips of the keyboard, and would lead beyond every calendar."""

_FORM = Text(
    "写成“数字＋单位＋说明”，如 4工作时、2紧急工作时制止、15工作日",
    "write number, unit and note, such as 4工作时, 2紧急工作时制止 or 15工作日",
)


class LimitError(XianchengError):
    """A text is not a limit; `text` is what was written."""

    def __init__(self, text: str, message: Text, hint: Text = _FORM) -> None:
        super().__init__(Text(f"处置时限“{text}”{message.zh}", f"limit {text!r}: {message.en}"), hint)
        self.text = text


@dataclass(frozen=True, slots=True)
class LimitWords:
    """The words of limits and what each counts.

    Attributes
    ----------
    units
        Word → what it counts. The first word of a unit is the one that :func:`write_limit` writes.
    """

    units: Mapping[str, LimitUnit]
    _pattern: re.Pattern[str] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        # Longest first: 紧急工作时 must not be read as something before 工作时.
        words = "|".join(map(re.escape, sorted(self.units, key=len, reverse=True)))
        object.__setattr__(self, "_pattern", re.compile(rf"(\d+)\s*个?\s*({words})"))

    def meaning(self, *, hour: LimitUnit | None = None, day: LimitUnit | None = None) -> LimitWords:
        """Return the words with 小时 and 天 meaning what one workbook means by them (``None``: as they are)."""
        changed = dict(self.units)
        changed.update({word: unit for word, unit in ((HOUR, hour), (DAY, day)) if unit is not None})
        return LimitWords(changed)

    def find(self, text: str) -> list[re.Match[str]]:
        """Return every number with a unit in `text`, in order."""
        return list(self._pattern.finditer(text))


@dataclass(frozen=True, slots=True)
class WrittenLimit:
    """A limit and exactly the text that it was read from, so that a workbook can be written back unchanged."""

    limit: Limit
    text: str


def load_limit_words(county_folder: Path | None = None) -> LimitWords:
    """Return the shipped words, and those of ``clock.toml`` in the county directory.

    Raises
    ------
    ConfigError
        If a word counts something that does not exist.
    """
    words = read_toml(data_folder("catalogues") / "operations" / "clock.toml")["words"]
    words |= county_toml(county_folder, "clock.toml").get("words", {})
    units = {}
    for word, name in words.items():
        if name not in set(LimitUnit):
            raise ConfigError(
                Text(f"clock.toml：“{word}”的单位“{name}”不存在", f"clock.toml: {word} has an unknown unit {name!r}"),
                Text("可用的有：" + "、".join(LimitUnit), "there are: " + ", ".join(LimitUnit)),
            )
        units[str(word)] = LimitUnit(name)
    return LimitWords(units)


def parse_limit(text: str, words: LimitWords) -> WrittenLimit:
    """Read a limit.

    Full-width digits, spaces and 个 (``5 个工作日``) are understood. What follows the unit is the note.

    Parameters
    ----------
    text
        What the standard says.
    words
        From :func:`load_limit_words`, with the meaning of 小时 and 天 that this workbook has.

    Raises
    ------
    LimitError
        If there is no number with a unit, several of them, something before the first, or a number out of range.
    """
    shown = text.strip()
    found = words.find(shown)
    if not shown:
        raise LimitError(text, Text("是空的", "is empty"))
    if not found:
        known = "、".join(words.units), ", ".join(words.units)
        raise LimitError(text, Text(f"没有数字和单位（{known[0]}）", f"has no number with a unit ({known[1]})"))
    if len(found) > 1:
        parts = "、".join(m[0] for m in found), ", ".join(m[0] for m in found)
        raise LimitError(
            text,
            Text(f"含有几个时限（{parts[0]}）", f"has several limits ({parts[1]})"),
            Text("每个时限各占一行立案条件", "give each limit a filing condition (row) of its own"),
        )
    match = found[0]
    if match.start() > 0:
        before = shown[: match.start()]
        raise LimitError(
            text,
            Text(f"数字之前还有“{before}”", f"has {before!r} before the number"),
            Text("把条件写进立案条件，这里只写时限", "write conditions as filing conditions, and only the limit here"),
        )
    amount = int(match[1])
    if not 1 <= amount <= LARGEST_AMOUNT:
        raise LimitError(
            text,
            Text(f"的数字应在 1 到 {LARGEST_AMOUNT} 之间", f"the number must be from 1 to {LARGEST_AMOUNT}"),
        )
    return WrittenLimit(Limit(amount, words.units[match[2]], shown[match.end() :].strip()), text)


def write_limit(limit: Limit, words: LimitWords) -> str:
    """Return a limit in the words of the standards, such as ``2紧急工作时制止``; :func:`parse_limit` reads it back.

    Raises
    ------
    ConfigError
        If no word counts the unit of the limit.
    """
    for word, unit in words.units.items():
        if unit is limit.unit:
            return f"{limit.amount}{word}{limit.note}"
    raise ConfigError(
        Text(f"clock.toml 的 [words] 没有表示 {limit.unit} 的词", f"clock.toml: no word of [words] means {limit.unit}")
    )
