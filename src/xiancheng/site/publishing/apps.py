"""The Django app of the publications."""

from __future__ import annotations

from django.apps import AppConfig


class PublishingConfig(AppConfig):
    """Publications."""

    name = "xiancheng.site.publishing"
    label = "publishing"
