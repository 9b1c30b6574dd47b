"""Scenarios that somebody keeps: edits to ask what-if about, with a name and a note."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from xiancheng.site.policy.subject import Subject


class Sharing(models.TextChoices):
    """Who may read a scenario beside its owner."""

    PRIVATE = "private"
    UNIT = "unit"
    ALL = "all"


class Scenario(models.Model):
    """A kept scenario.

    Attributes
    ----------
    snapshot
        Day of the published snapshot that it was made on; it may be asked about any other.
    edits
        As :func:`xiancheng.programme.whatif.scenario.read_edits` reads them.
    view
        How the map was set: facilities, metric, distances.
    unit
        Code of the unit it is shared with, where it is shared with one.
    """

    owner = models.ForeignKey("accounts.User", on_delete=models.CASCADE, related_name="scenarios")
    name = models.CharField(max_length=120)
    note = models.TextField(max_length=4000, blank=True)
    snapshot = models.DateField(null=True)
    edits = models.JSONField(default=list)
    view = models.JSONField(default=dict)
    sharing = models.CharField(max_length=8, choices=Sharing.choices, default=Sharing.PRIVATE)
    unit = models.CharField(max_length=64, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ("-updated_at", "-id")
        indexes = [models.Index(fields=("owner", "-updated_at"), name="scenarios_of_owner")]

    def __str__(self) -> str:
        return self.name


def readable(subject: Subject) -> models.QuerySet[Scenario]:
    """Return the scenarios that somebody may read: their own, those shared with a unit of theirs, and with all."""
    mine = Q(owner_id=subject.user_id)
    shared = Q(sharing=Sharing.ALL) | Q(sharing=Sharing.UNIT, unit__in=sorted(subject.units))
    return Scenario.objects.filter(mine | shared).select_related("owner")
