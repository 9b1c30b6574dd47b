"""The job that verifies the log."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from xiancheng.foundation.progress import Progress
from xiancheng.site.audit.verifying import verify
from xiancheng.site.jobs.registry import job
from xiancheng.site.policy.subject import Subject

VERIFY = "audit.verify"


@job(VERIFY, repeatable=True)
def verify_log(parameters: Mapping[str, Any], subject: Subject, progress: Progress) -> dict[str, Any]:
    """Verify the whole log."""
    del parameters, subject
    return verify(progress).as_dict()
