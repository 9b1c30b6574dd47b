"""A site whose figures are computed, and the assessment of the same county by the command line's own function."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

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
    from xiancheng.cli.app import root

    result = CliRunner().invoke(root, ["-C", str(sample_county), "assess", "--json"], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    found: dict[str, Any] = json.loads(result.stdout)
    return found
