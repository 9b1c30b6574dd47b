"""The Django app of the imports."""

from __future__ import annotations

from django.apps import AppConfig


class ImportsConfig(AppConfig):
    """Imports."""

    name = "xiancheng.site.imports"
    label = "imports"
