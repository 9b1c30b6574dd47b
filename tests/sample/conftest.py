"""The sample county of a small town, written once for all tests of this folder."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from xiancheng.city.classes import load_catalogue
from xiancheng.city.county import County
from xiancheng.city.import_report import ImportReport
from xiancheng.city.publish import open_snapshot
from xiancheng.city.snapshot import Snapshot
from xiancheng.sample import SampleSources, import_sources, write_sources
from xiancheng.sample.frame import DATES
from xiancheng.sample.town import Town, build_town

PEOPLE = 4_000


@dataclass(frozen=True)
class Imported:
    """The county made of the sample's files."""

    county: County
    reports: list[ImportReport]
    snapshots: tuple[Snapshot, Snapshot]


@pytest.fixture(scope="session")
def town() -> Town:
    return build_town(PEOPLE, 1)


@pytest.fixture(scope="session")
def sources(tmp_path_factory: pytest.TempPathFactory) -> SampleSources:
    return write_sources(tmp_path_factory.mktemp("sample") / "sources", people=PEOPLE, seed=1)


@pytest.fixture(scope="session")
def faults(sources: SampleSources) -> list[dict[str, Any]]:
    return json.loads(sources.faults.read_text(encoding="utf-8"))["faults"]


@pytest.fixture(scope="session")
def imported(sources: SampleSources, tmp_path_factory: pytest.TempPathFactory) -> Imported:
    folder: Path = tmp_path_factory.mktemp("county") / "county"
    reports = import_sources(sources.folder, folder)
    county = County.load(folder)
    catalogue = load_catalogue(folder)
    first, second = (open_snapshot(county, catalogue, on) for on in DATES)
    return Imported(county, reports, (first, second))
