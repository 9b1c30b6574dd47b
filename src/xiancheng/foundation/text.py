"""Bilingual text: every message is written in Chinese and English side by side."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, Literal

Language = Literal["zh", "en"]


@dataclass(frozen=True, slots=True)
class Text:
    """One message in both languages.

    ``Text("读取 {n} 行", "read {n} rows").format(n=3)`` keeps both; :meth:`get` chooses one.
    """

    zh: str
    en: str

    def get(self, language: Language | None = None) -> str:
        """Return the text in `language`, or in the language of this process."""
        return self.en if (language or current_language()) == "en" else self.zh

    def format(self, **values: Any) -> Text:  # noqa: ANN401 - anything that can be formatted
        """Fill the placeholders of both languages; a `Text` value is filled in the matching language."""
        zh = {k: v.zh if isinstance(v, Text) else v for k, v in values.items()}
        en = {k: v.en if isinstance(v, Text) else v for k, v in values.items()}
        return Text(self.zh.format(**zh), self.en.format(**en))

    def __str__(self) -> str:
        return self.get()

    def as_dict(self) -> dict[str, str]:
        """Return ``{"zh": …, "en": …}`` for JSON."""
        return {"zh": self.zh, "en": self.en}

    @classmethod
    def of(cls, value: object) -> Text:
        """Build from TOML/JSON: a table with ``zh`` and ``en``, or one string used for both."""
        if isinstance(value, Text):
            return value
        if isinstance(value, dict):
            zh = str(value.get("zh") or value.get("en") or "")
            return cls(zh, str(value.get("en") or zh))
        return cls(str(value), str(value))


_chosen: Language | None = None
_spoken: ContextVar[Language | None] = ContextVar("spoken", default=None)


def set_language(language: Language | None) -> None:
    """Fix the language of this process (``None``: decide from the environment again)."""
    global _chosen  # noqa: PLW0603 - one process speaks one language
    _chosen = language


@contextmanager
def speaking(language: Language) -> Iterator[None]:
    """Speak `language` within the block, in this thread or task only: a server answers many people at once."""
    token = _spoken.set(language)
    try:
        yield
    finally:
        _spoken.reset(token)


def current_language() -> Language:
    """Return the language of :func:`speaking`, else the chosen one, else ``XIANCHENG_LANG``, else the locale's.

    Chinese unless English is asked for.
    """
    spoken = _spoken.get()
    if spoken is not None:
        return spoken
    if _chosen is not None:
        return _chosen
    for variable in ("XIANCHENG_LANG", "LC_ALL", "LC_MESSAGES", "LANG"):
        value = os.environ.get(variable, "").lower()
        if value.startswith("zh"):
            return "zh"
        if value.startswith("en"):
            return "en"
    return "zh"
