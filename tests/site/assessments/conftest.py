"""A site whose figures are computed, and the assessment of the same county by the command line's own function."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from xiancheng.foundation.progress import Silent


@pytest.fixture
def assessed(site: Path) -> Path:
    """The sample county's site with every figure computed; once, since they are kept in the county's folder."""
    from xiancheng.site.assessments.work import assess_snapshots
    from xiancheng.site.policy.subject import Subject

    assess_snapshots({}, Subject(), Silent())
    return site


@pytest.fixture(scope="session")
def by_command_line(sample_county: Path) -> dict[str, Any]:
    """What ``xiancheng assess --json`` says of the sample county."""
    command = [sys.executable, "-m", "xiancheng", "-C", str(sample_county), "assess", "--json"]
    result = subprocess.run(command, capture_output=True, text=True, check=True)
    found: dict[str, Any] = json.loads(result.stdout)
    return found


@pytest.fixture
def unassessed(writable_site: Path) -> Path:
    """A site whose figures are not computed yet."""
    shutil.rmtree(writable_site / "assessments", ignore_errors=True)
    return writable_site
