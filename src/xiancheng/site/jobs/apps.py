"""The Django app of the jobs."""

from __future__ import annotations

from django.apps import AppConfig


class JobsConfig(AppConfig):
    """Jobs."""

    name = "xiancheng.site.jobs"
    label = "jobs"

    def ready(self) -> None:
        """Register the kinds of jobs."""
        from xiancheng.site.jobs import kinds  # noqa: F401, PLC0415
