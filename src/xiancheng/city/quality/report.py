"""What the checks found, ready for a table, JSON or a workbook."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from xiancheng.foundation.text import Text

Severity = Literal["error", "warning", "info"]

SEVERITIES: dict[Severity, Text] = {
    "error": Text("错误", "error"),
    "warning": Text("警告", "warning"),
    "info": Text("提示", "info"),
}
"""Error: wrong for certain. Warning: someone should look. Info: missing data that limits some measures."""


@dataclass(frozen=True, slots=True)
class FoundObject:
    """One object of a finding; longitude and latitude in CGCS2000, None without a place."""

    id: str
    name: str | None
    lon: float | None
    lat: float | None
    detail: Text | None = None

    def as_dict(self) -> dict[str, Any]:
        """Return the object for JSON."""
        return {
            "id": self.id,
            "name": self.name,
            "lon": self.lon,
            "lat": self.lat,
            "detail": self.detail.as_dict() if self.detail is not None else None,
        }


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check found in one class.

    Attributes
    ----------
    check
        Name of the check, such as ``building.without_floors``.
    count, total
        Objects concerned, of all objects of the class.
    objects
        The objects concerned, the worst first, at most as many as the run was asked to list; `count` counts all.
    """

    check: str
    title: Text
    feature_class: str
    severity: Severity
    count: int
    total: int
    message: Text
    objects: tuple[FoundObject, ...]

    def as_dict(self) -> dict[str, Any]:
        """Return the finding for JSON."""
        return {
            "check": self.check,
            "title": self.title.as_dict(),
            "class": self.feature_class,
            "severity": self.severity,
            "count": self.count,
            "total": self.total,
            "message": self.message.as_dict(),
            "listed": len(self.objects),
            "objects": [o.as_dict() for o in self.objects],
        }


@dataclass(frozen=True)
class QualityReport:
    """All findings of a run.

    Attributes
    ----------
    county, code, synthetic
        Whose data it is.
    checked
        Class name → (title, objects checked).
    findings
        Errors first, by class in the order of the catalogue.
    checks
        Name → title of every check that was run.
    notes
        What could not be checked, and why.
    """

    county: Text
    code: str
    synthetic: bool
    checked: Mapping[str, tuple[Text, int]]
    findings: tuple[Finding, ...]
    checks: Mapping[str, Text]
    notes: tuple[Text, ...] = ()

    def only(self, classes: Sequence[str]) -> QualityReport:
        """Return the report of some classes."""
        chosen = set(classes)
        return replace(
            self,
            checked={k: v for k, v in self.checked.items() if k in chosen},
            findings=tuple(f for f in self.findings if f.feature_class in chosen),
        )

    def by_class(self) -> Iterator[tuple[str, Text, int, list[Finding]]]:
        """Yield class name, title, objects checked and findings of every class that has findings."""
        for name, (title, total) in self.checked.items():
            findings = [f for f in self.findings if f.feature_class == name]
            if findings:
                yield name, title, total, findings

    def counts(self) -> dict[Severity, int]:
        """Return the number of findings by severity."""
        return {s: sum(f.severity == s for f in self.findings) for s in SEVERITIES}

    def as_dict(self) -> dict[str, Any]:
        """Return the report for JSON, by class."""
        return {
            "county": {"name": self.county.as_dict(), "code": self.code, "synthetic": self.synthetic},
            "findings": self.counts(),
            "checks": {name: title.as_dict() for name, title in self.checks.items()},
            "classes": {
                name: {
                    "title": title.as_dict(),
                    "checked": total,
                    "findings": [f.as_dict() for f in self.findings if f.feature_class == name],
                }
                for name, (title, total) in self.checked.items()
            },
            "notes": [note.as_dict() for note in self.notes],
        }
