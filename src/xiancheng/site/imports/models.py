"""Files on their way into the model, and what people said of the files that came before."""

from __future__ import annotations

from django.db import models


class Upload(models.Model):
    """A file that somebody brought, and what they have said of it so far; the page can be left and come back to.

    Attributes
    ----------
    digest
        SHA-256 of the contents: the name of the folder below ``files/uploads`` that holds them.
    files
        Names of the files that can be read; the parts of a shapefile stand under its ``.shp``.
    choices
        What the person chose, see :mod:`xiancheng.site.imports.choices`.
    previewed
        Digest of the choices that the last preview was made with; only those can be committed.
    """

    owner = models.ForeignKey("accounts.User", on_delete=models.CASCADE, related_name="uploads")
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)
    name = models.CharField(max_length=200)
    digest = models.CharField(max_length=64)
    size = models.BigIntegerField()
    files = models.JSONField(default=list)
    choices = models.JSONField(default=dict)
    previewed = models.CharField(max_length=64, blank=True)
    job = models.ForeignKey("jobs.Job", null=True, on_delete=models.SET_NULL, related_name="+")
    change_id = models.BigIntegerField(null=True)

    class Meta:
        ordering = ("-id",)

    def __str__(self) -> str:
        return f"{self.pk} {self.name}"


class Remembered(models.Model):
    """What was said of the last file of a source: columns and words, offered when the source comes again."""

    source = models.CharField(max_length=120)
    class_name = models.CharField(max_length=64)
    choices = models.JSONField(default=dict)
    updated_at = models.DateTimeField(auto_now=True)
    updated_by = models.CharField(max_length=64, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=("source", "class_name"), name="one_memory_of_a_source_and_class")
        ]

    def __str__(self) -> str:
        return f"{self.source} → {self.class_name}"
