"""Jobs, the events that browsers watch, and the processes that look after them."""

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
    worker = models.CharField(max_length=120, blank=True, help_text="host, process and a random part")
    attempts = models.PositiveIntegerField(default=0)
    cancel_requested = models.BooleanField(default=False)
    step = models.JSONField(default=dict, help_text="the present step in both languages")
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(null=True)
    result = models.JSONField(null=True)
    error = models.JSONField(null=True, help_text="message and hint in both languages")

    class Meta:
        ordering = ("-id",)
        indexes = [models.Index(fields=("state", "id")), models.Index(fields=("user", "-id"))]

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


class Companion(models.Model):
    """A process beside the web server, and when it last showed a sign of life."""

    name = models.CharField(max_length=32, unique=True)
    process = models.CharField(max_length=120)
    seen_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name
