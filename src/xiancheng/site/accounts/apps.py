"""The Django app of the accounts."""

from __future__ import annotations

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """Accounts."""

    name = "xiancheng.site.accounts"
    label = "accounts"
