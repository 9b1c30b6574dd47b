"""Jobs and the events that browsers watch."""

from __future__ import annotations

from django.db import models


class Job(models.Model):
    """One piece of long work."""

    class State(models.TextChoices):
        """Where a job stands."""

        WAITING = "waiting"
        RUNNING = "running"
        DONE = "done"
        FAILED = "failed"
        CANCELLED = "cancelled"

    kind = models.CharField(max_length=64)
    parameters = models.JSONField(default=dict)
    state = models.CharField(max_length=16, choices=State.choices, default=State.WAITING)
    user = models.ForeignKey("accounts.User", null=True, on_delete=models.SET_NULL, related_name="jobs")
    created_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    heartbeat = models.DateTimeField(null=True)
    step = models.JSONField(default=dict, help_text="the present step in both languages")
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(null=True)
    result = models.JSONField(null=True)
    error = models.JSONField(null=True, help_text="message and hint in both languages")

    class Meta:
        ordering = ("-id",)
        indexes = [models.Index(fields=("state", "id"))]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk} {self.state}"


class Event(models.Model):
    """Something that open pages want to know at once. `needs` names who may: a permission, a class, or a user id."""

    at = models.DateTimeField(auto_now_add=True)
    topic = models.CharField(max_length=64)
    permission = models.CharField(max_length=64, blank=True)
    class_name = models.CharField(max_length=64, blank=True)
    user_id = models.BigIntegerField(null=True)
    payload = models.JSONField(default=dict)

    class Meta:
        ordering = ("id",)

    def __str__(self) -> str:
        return f"{self.pk} {self.topic}"
