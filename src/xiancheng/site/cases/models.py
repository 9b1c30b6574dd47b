"""A case as it stands, the units that it concerns, and its ledger."""

from __future__ import annotations

from django.db import models


class Reporter(models.Model):
    """Somebody who reported: personal data, masked unless a view of it is recorded in the audit log."""

    name = models.CharField(max_length=80, blank=True)
    phone = models.CharField(max_length=32, blank=True, db_index=True)
    address = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"reporter {self.pk}"


class Case(models.Model):
    """The current values of a case. Every one of them follows from the case's events, which are the record."""

    number = models.CharField(max_length=32, unique=True)
    state = models.CharField(max_length=24)
    is_open = models.BooleanField(default=True)
    source = models.CharField(max_length=24, help_text="inspector, public, hotline, alarm, finding")

    scheme = models.CharField(max_length=40, blank=True)
    kind = models.CharField(max_length=16, blank=True)
    code = models.CharField(max_length=12, blank=True)
    standard = models.CharField(max_length=80, blank=True, help_text="row of the filing standard, with its version")

    description = models.TextField(blank=True)
    salt = models.BinaryField(default=bytes, help_text="with it the ledger's commitment to the words can be shown")
    longitude = models.IntegerField(null=True, help_text="CGCS2000, ten-millionths of a degree, as the ledger has it")
    latitude = models.IntegerField(null=True)
    address = models.CharField(max_length=200, blank=True)
    township = models.CharField(max_length=9, blank=True)
    community = models.CharField(max_length=12, blank=True)
    grid = models.CharField(max_length=15, blank=True)
    component_class = models.CharField(max_length=64, blank=True)
    component = models.CharField(max_length=64, blank=True, help_text="object_id in the city model")

    lead = models.ForeignKey("accounts.Unit", null=True, on_delete=models.PROTECT, related_name="led_cases")
    reporter = models.ForeignKey(Reporter, null=True, on_delete=models.PROTECT, related_name="cases")

    reported_at = models.DateTimeField()
    filed_at = models.DateTimeField(null=True)
    dispatched_at = models.DateTimeField(null=True)
    handled_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    stage_due_at = models.DateTimeField(null=True, help_text="when the stage that is running must end")
    due_at = models.DateTimeField(null=True, help_text="when the case must be closed")
    suspended = models.BooleanField(default=False)
    supervised = models.BooleanField(default=False)
    returns = models.PositiveSmallIntegerField(default=0)
    reworks = models.PositiveSmallIntegerField(default=0)
    extensions = models.PositiveSmallIntegerField(default=0)

    status = models.JSONField(default=dict, help_text="what the table of states and the clock need to go on")
    events_count = models.PositiveIntegerField(default=0, help_text="number of the last event; changes are made to it")
    head = models.CharField(max_length=64, blank=True, help_text="hash of the last event")
    changed_at = models.DateTimeField(help_text="time of the last event")

    class Meta:
        ordering = ("-id",)
        indexes = [
            models.Index(fields=("is_open", "stage_due_at", "id"), name="case_open_due"),
            models.Index(fields=("state", "stage_due_at", "id"), name="case_state_due"),
            models.Index(fields=("scheme", "kind", "code", "-reported_at"), name="case_category"),
            models.Index(fields=("community", "-reported_at"), name="case_community"),
            models.Index(fields=("-reported_at",), name="case_reported"),
            models.Index(fields=("component", "-reported_at"), name="case_component"),
        ]

    def __str__(self) -> str:
        return self.number


class Involvement(models.Model):
    """A unit that a case concerns. Open state and due time are repeated here: a unit's list is one walk of an index."""

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="involvements")
    unit = models.ForeignKey("accounts.Unit", on_delete=models.PROTECT, related_name="involvements")
    part = models.CharField(max_length=12, help_text="lead or assist")
    is_open = models.BooleanField(default=True)
    due_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=("case", "unit"), name="involved_once")]
        indexes = [models.Index(fields=("unit", "is_open", "due_at", "case"), name="involvement_list")]

    def __str__(self) -> str:
        return f"{self.case_id} {self.unit_id} {self.part}"


class CaseEvent(models.Model):
    """One entry of a case's ledger (`xiancheng.operations.ledger`), and what lists need of it."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="events")
    number = models.PositiveIntegerField()
    at = models.DateTimeField()
    kind = models.CharField(max_length=24)
    version = models.PositiveSmallIntegerField()
    body = models.TextField(help_text="canonical JSON, from which the hash was computed")
    previous = models.CharField(max_length=64)
    hash = models.CharField(max_length=64)
    action = models.CharField(max_length=40, blank=True)
    actor = models.CharField(max_length=64, blank=True)

    class Meta:
        ordering = ("case", "number")
        constraints = [models.UniqueConstraint(fields=("case", "number"), name="event_once")]
        indexes = [models.Index(fields=("at", "id"), name="event_time")]

    def __str__(self) -> str:
        return f"{self.case_id}#{self.number} {self.action or self.kind}"


class Serial(models.Model):
    """The last number given on a day."""

    day = models.DateField(unique=True)
    last = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.day} {self.last}"
