"""Fixtures shared by all tests."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from xiancheng.city.classes import Catalogue, load_catalogue
from xiancheng.foundation.text import set_language

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def catalogue() -> Catalogue:
    """The shipped classes."""
    return load_catalogue()


@pytest.fixture(scope="session")
def shared() -> Path:
    """Real data that is not part of the project; tests that need it are skipped where it is absent."""
    folder = Path(os.environ.get("XIANCHENG_TEST_DATA", ROOT.parent / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip(f"no real data in {folder} (set XIANCHENG_TEST_DATA)")
    return folder


@pytest.fixture(autouse=True)
def _english() -> None:
    """Tests read English messages unless they choose otherwise."""
    set_language("en")
