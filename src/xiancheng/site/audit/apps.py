"""The Django app of the audit log."""

from __future__ import annotations

from django.apps import AppConfig


class AuditConfig(AppConfig):
    """Audit."""

    name = "xiancheng.site.audit"
    label = "audit"
