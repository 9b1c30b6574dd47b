"""Arguments of the form KEY=VALUE."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from xiancheng.foundation.errors import XianchengError
from xiancheng.foundation.text import Text


def pairs(given: Iterable[str], form: Text, example: str) -> Iterator[tuple[str, str]]:
    """Split arguments at their first equals sign.

    Parameters
    ----------
    form
        What they should look like, such as ``ATTRIBUTE=COLUMN``.
    example
        A good one, for the error.

    Raises
    ------
    XianchengError
        If one has no equals sign.
    """
    for argument in given:
        key, separator, value = argument.partition("=")
        if not separator:
            raise XianchengError(
                Text(f"“{argument}”应为 {form.zh}", f"{argument!r} must be {form.en}"),
                Text(f"例如 {example}", f"for example {example}"),
            )
        yield key, value
