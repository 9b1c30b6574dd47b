"""The Django app of the cases."""

from __future__ import annotations

from django.apps import AppConfig


class CasesConfig(AppConfig):
    """Cases."""

    name = "xiancheng.site.cases"
    label = "cases"
