"""A small sample county behind the site, and people of several roles to ask it."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from django.test import Client

from postgres import site as on_postgres
from xiancheng.city.classes import load_catalogue
from xiancheng.city.county import County
from xiancheng.city.publish import publish
from xiancheng.city.store import open_store
from xiancheng.sample import import_sources, write_sources

DAYS = (date(2023, 12, 31), date(2025, 12, 31))
PASSWORD = "county-2025-test"


@pytest.fixture(scope="session")
def sample_county(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A published sample county of 3,000 people; read only, ask `county_folder` for one to change."""
    folder = tmp_path_factory.mktemp("sample-county")
    write_sources(folder / "sources", people=3000, seed=1)
    if on_postgres.WANTED:
        cluster = request.getfixturevalue("postgres_cluster")
        on_postgres.set_database(folder, cluster.url(cluster.database()))
    import_sources(folder / "sources", folder)
    county, catalogue = County.load(folder), load_catalogue(folder)
    with open_store(county, catalogue, read_only=True) as store:
        for day in DAYS:
            publish(store, county, catalogue, day)
    return folder


@pytest.fixture(scope="session")
def django_db_modify_db_settings(request: pytest.FixtureRequest) -> None:
    """Keep the civic database in the tests' own PostgreSQL where that is wanted."""
    if on_postgres.WANTED:
        on_postgres.use_for_django(request.getfixturevalue("postgres_cluster"))
    else:
        request.getfixturevalue("django_db_modify_db_settings_parallel_suffix")


@pytest.fixture(scope="session")
def django_db_keepdb(django_db_keepdb: bool) -> bool:
    """Nothing needs to be removed from a cluster that is removed itself."""
    return django_db_keepdb or on_postgres.WANTED


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup, django_db_blocker) -> None:
    """Lift the triggers of the audit log while tables are emptied after a test with real transactions."""
    from django.db import connection

    from xiancheng.site.audit.triggers import lifted

    empty = connection.ops.execute_sql_flush

    def empty_all(statements):
        with lifted(connection):
            empty(statements)

    connection.ops.execute_sql_flush = empty_all


@pytest.fixture(autouse=True)
def cheap_passwords(settings) -> None:
    """Argon2 is slow on purpose; tests log in often."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture(autouse=True)
def name_of_the_test_client(settings) -> None:
    """Django's client calls the site so."""
    settings.SITE_HOSTS = (*settings.SITE_HOSTS, "testserver")


@pytest.fixture(scope="session")
def copy_county(request: pytest.FixtureRequest, sample_county: Path) -> Callable[[Path], Path]:
    """Return what copies the sample county, its model too, to a folder: ``copy_county(tmp_path / "county")``."""

    def copy(folder: Path) -> Path:
        shutil.copytree(sample_county, folder, ignore=shutil.ignore_patterns("sources"))
        if on_postgres.WANTED:
            cluster = request.getfixturevalue("postgres_cluster")
            template = on_postgres.database_of(sample_county)
            on_postgres.set_database(folder, cluster.url(cluster.database(template)))
        return folder

    return copy


@pytest.fixture
def county_folder(copy_county: Callable[[Path], Path], tmp_path: Path, settings) -> Path:
    """A copy of the sample county that a test may change; the site serves it."""
    settings.COUNTY_FOLDER = copy_county(tmp_path / "county")
    return settings.COUNTY_FOLDER


@pytest.fixture
def site(sample_county: Path, settings, db) -> Path:
    """The site serves the sample county, with its units; nothing may be written to the model."""
    from xiancheng.site.setup import make_units

    settings.COUNTY_FOLDER = sample_county
    make_units()
    return sample_county


@pytest.fixture
def writable_site(county_folder: Path, db) -> Path:
    """The site serves a county of this test's own."""
    from xiancheng.site.setup import make_units

    make_units()
    return county_folder


@pytest.fixture
def log_in() -> Callable[..., Client]:
    """Return a client that is logged in with a role: ``log_in("steward", "education")``."""
    from xiancheng.site.accounts.making import make_account
    from xiancheng.site.county import county

    def make(role: str, bureau: str | None = None) -> Client:
        name = f"{role}-{bureau or 'none'}"
        user = make_account(name, password=PASSWORD, roles=[role], unit=f"{county().code}-{bureau}" if bureau else None)
        client = Client()
        client.force_login(user)
        return client

    return make
