"""The Django app of the kept scenarios."""

from __future__ import annotations

from django.apps import AppConfig


class AccessConfig(AppConfig):
    """Scenarios."""

    name = "xiancheng.site.access"
    label = "access"
