"""Findings of data quality that concern one object, from the newest published snapshot."""

from __future__ import annotations

import threading
from typing import Any

from xiancheng.city.quality import check
from xiancheng.site.county import catalogue, county, snapshot, snapshot_dates

_lock = threading.Lock()
_kept: dict[str, dict[tuple[str, str], list[dict[str, Any]]]] = {}


def findings_of(class_name: str, object_id: str) -> list[dict[str, Any]]:
    """Return the findings that name an object, the worst first; empty while nothing is published."""
    if not snapshot_dates():
        return []
    return _findings().get((class_name, object_id), [])


def _findings() -> dict[tuple[str, str], list[dict[str, Any]]]:
    """Return (class, identifier) → findings of the newest snapshot; looked for once a snapshot."""
    newest = snapshot()
    with _lock:
        found = _kept.get(newest.hash)
        if found is None:
            tables = {name: newest.table(name) for name in newest.manifest["classes"]}
            report = check(tables, county=county(), catalogue=catalogue())
            found = {}
            for finding in report.findings:
                for one in finding.objects:
                    found.setdefault((finding.feature_class, one.id), []).append(
                        {
                            "check": finding.check,
                            "title": finding.title.as_dict(),
                            "severity": finding.severity,
                            "detail": None if one.detail is None else one.detail.as_dict(),
                            "as_of": newest.as_of.isoformat(),
                        }
                    )
            _kept.clear()
            _kept[newest.hash] = found
    return found
