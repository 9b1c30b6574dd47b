"""Passwords: how strong they must be, and the ones that an administrator gives for a first login."""

from __future__ import annotations

import secrets

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError

from xiancheng.foundation.text import Text
from xiancheng.site.accounts.models import User
from xiancheng.site.problems import InvalidError

# Without the letters and digits that are mistaken for each other when read aloud or from paper.
LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
GROUPS, GROUP = 4, 4
WHY = {
    "password_too_short": Text("至少要有 8 个字符", "it needs at least 8 characters"),
    "password_too_common": Text("它太常见", "it is too common"),
    "password_too_similar": Text("它和账号或姓名太像", "it is too similar to the name of the account or person"),
    "password_entirely_numeric": Text("不能全是数字", "it must not be digits only"),
}


def require_strong(password: str, user: User, field: str = "password") -> None:
    """Refuse a weak password.

    Raises
    ------
    InvalidError
        If `password` is too weak; `field` says which field of the form it came from.
    """
    try:
        validate_password(password, user)
    except ValidationError as error:
        why = [WHY.get(str(item.code), Text(str(item.message), str(item.message))) for item in error.error_list]
        text = Text("；".join(text.zh for text in why), "; ".join(text.en for text in why))
        raise InvalidError(Text("口令太弱", "the password is too weak"), text, fields={field: text}) from error


def one_time_password() -> str:
    """Return a password for the first login: 16 letters and digits in groups, about 79 random bits."""
    return "-".join("".join(secrets.choice(LETTERS) for _ in range(GROUP)) for _ in range(GROUPS))
