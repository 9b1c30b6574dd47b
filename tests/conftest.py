"""Fixtures shared by all tests."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from postgres.cluster import Cluster, NoPostgresError
from postgres.places import Places
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


@pytest.fixture(scope="session")
def postgres_cluster() -> Iterator[Cluster]:
    """A PostgreSQL server with PostGIS for the tests of this process; they are skipped where there is none."""
    try:
        cluster = Cluster()
    except (NoPostgresError, ImportError) as error:
        pytest.skip(f"no PostgreSQL with PostGIS: {error}")
    yield cluster
    cluster.stop()


@pytest.fixture(scope="session")
def model_database(postgres_cluster: Cluster) -> str:
    """A database that takes city models, each in a schema of its own."""
    return postgres_cluster.database()


@pytest.fixture(params=["geopackage", "postgis"])
def store_backend(request: pytest.FixtureRequest, tmp_path: Path) -> Places:
    """Places for city models: the test runs with files, and again with PostGIS."""
    if request.param == "geopackage":
        return Places("geopackage", tmp_path)
    cluster, database = request.getfixturevalue("postgres_cluster"), request.getfixturevalue("model_database")
    return Places("postgis", tmp_path, cluster, database)


@pytest.fixture(autouse=True)
def _english() -> None:
    """Tests read English messages unless they choose otherwise."""
    set_language("en")
