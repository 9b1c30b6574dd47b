"""The Django app of the accounts."""

from __future__ import annotations

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """Accounts."""

    name = "xiancheng.site.accounts"
    label = "accounts"

    def ready(self) -> None:
        """Have what is remembered of accounts follow their changes."""
        from xiancheng.site.accounts.models import Membership, Token, Unit, User  # noqa: PLC0415
        from xiancheng.site.accounts.remembering import follow  # noqa: PLC0415

        follow(User, Membership, Unit, Token)
