"""Publications: which snapshot was published when by whom, and what it moved."""

from __future__ import annotations

from django.db import models


class Publication(models.Model):
    """One publication of a day.

    Attributes
    ----------
    as_of, hash
        The snapshot.
    former_as_of, former_hash
        The snapshot that it is compared with: the day's own before, else the latest earlier one.
    change
        Number of the last change of the model that it holds.
    summary
        What :mod:`xiancheng.site.publishing.summary` says.
    """

    as_of = models.DateField()
    hash = models.CharField(max_length=64)
    former_as_of = models.DateField(null=True)
    former_hash = models.CharField(max_length=64, blank=True)
    change = models.BigIntegerField(null=True)
    user = models.ForeignKey("accounts.User", null=True, on_delete=models.SET_NULL, related_name="publications")
    published_at = models.DateTimeField(auto_now_add=True)
    summary = models.JSONField(default=dict)

    class Meta:
        ordering = ("-id",)

    def __str__(self) -> str:
        return f"{self.as_of} {self.hash[:12]}"
