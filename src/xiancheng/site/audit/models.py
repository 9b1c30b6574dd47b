"""Entries of the audit log."""

from __future__ import annotations

from django.db import models


class Entry(models.Model):
    """One thing that somebody saw or did.

    `hash` is SHA-256 over `previous` and the entry's content, see :mod:`xiancheng.site.audit.chain`.
    """

    number = models.BigIntegerField(unique=True)
    at = models.DateTimeField()
    user_id = models.BigIntegerField(null=True)
    user_name = models.CharField(max_length=64, blank=True)
    token_id = models.BigIntegerField(null=True)
    address = models.CharField(max_length=64, blank=True)
    action = models.CharField(max_length=64)
    target = models.CharField(max_length=200, blank=True)
    detail = models.JSONField(default=dict)
    previous = models.CharField(max_length=64)
    hash = models.CharField(max_length=64)

    class Meta:
        ordering = ("-number",)
        indexes = [
            models.Index(fields=("user_name", "-number")),
            models.Index(fields=("action", "-number")),
            models.Index(fields=("target", "-number")),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.action}"
