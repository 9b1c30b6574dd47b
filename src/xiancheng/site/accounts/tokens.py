"""API tokens: made once, shown once, kept as a hash."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable
from datetime import datetime

from xiancheng.site.accounts.models import Token, User
from xiancheng.site.policy.permission import Scope

PREFIX = "xc_"


def make_token(
    user: User, name: str, scopes: Iterable[Scope], *, expires_at: datetime | None = None
) -> tuple[Token, str]:
    """Make a token; return its record and the token itself, which cannot be seen again."""
    text = PREFIX + secrets.token_urlsafe(32)
    record = Token.objects.create(
        user=user, name=name, prefix=text[:8], digest=digest(text), scopes=[s.value for s in scopes],
        expires_at=expires_at,
    )  # fmt: skip
    return record, text


def digest(text: str) -> str:
    """Return what is kept of a token. It has 256 random bits, so one round of SHA-256 is enough."""
    return hashlib.sha256(text.encode()).hexdigest()
