"""Errors that a person can act on: what is wrong, where, and what to do about it."""

from __future__ import annotations

from difflib import get_close_matches
from pathlib import Path

from xiancheng.foundation.text import Text


class XianchengError(Exception):
    """Base of every error that is told to a person instead of shown as a traceback.

    Parameters
    ----------
    message
        What is wrong.
    hint
        What to do about it.
    """

    def __init__(self, message: Text, hint: Text | None = None) -> None:
        super().__init__(message.en)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return self.message.get() if self.hint is None else f"{self.message.get()}\n{self.hint.get()}"


class SourceError(XianchengError):
    """A source file cannot be read: names the file and, where known, row and field."""

    def __init__(
        self,
        path: Path,
        message: Text,
        *,
        row: int | None = None,
        field: str | None = None,
        hint: Text | None = None,
    ) -> None:
        zh = path.name + (f" 第{row}行" if row is not None else "") + (f" 字段“{field}”" if field else "")
        en = path.name + (f", row {row}" if row is not None else "") + (f", field {field!r}" if field else "")
        super().__init__(Text(f"{zh}：{message.zh}", f"{en}: {message.en}"), hint)
        self.path, self.row, self.field = path, row, field


class ConfigError(XianchengError):
    """A county, catalogue or programme file is wrong: names the file and the entry."""


class UnknownNameError(XianchengError):
    """A name (class, measure, clause, code) that does not exist; suggests near ones."""

    def __init__(self, kind: Text, name: str, known: list[str]) -> None:
        near = get_close_matches(name, known, n=3, cutoff=0.5)
        hint = Text("您是不是要找：" + "、".join(near), "did you mean: " + ", ".join(near)) if near else None
        super().__init__(Text(f"没有名为“{name}”的{kind.zh}", f"no {kind.en} named {name!r}"), hint)
        self.name = name
