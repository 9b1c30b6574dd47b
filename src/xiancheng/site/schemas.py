"""Shapes that many answers share."""

from __future__ import annotations

from typing import Annotated

from ninja import Schema
from pydantic import StringConstraints

ONE_LINE = r"^[^\x00-\x1f\x7f]*$"
Line = Annotated[str, StringConstraints(strip_whitespace=True, pattern=ONE_LINE)]
"""One line of text: without control characters, which PostgreSQL would refuse and no form shows."""


class TextOut(Schema):
    """One text in both languages."""

    zh: str
    en: str


class Problem(Schema):
    """A problem document (RFC 9457): title and detail in the asker's language, and both texts."""

    type: str
    status: int
    title: str
    detail: str
    message: TextOut
    hint: TextOut | None = None
    fields: dict[str, TextOut] | None = None
