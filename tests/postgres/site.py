"""The site's tests on PostgreSQL: the civic database and the city model, where XIANCHENG_TEST_DATABASE says so."""

from __future__ import annotations

import os
import tomllib
from pathlib import Path

import tomli_w

from postgres.cluster import Cluster

WANTED = os.environ.get("XIANCHENG_TEST_DATABASE") == "postgres"


def use_for_django(cluster: Cluster) -> None:
    """Let Django keep the civic database in the cluster from now on."""
    from django.conf import settings
    from django.db import connections
    from django.db.backends.postgresql.base import DatabaseWrapper

    from xiancheng.site.databases import civic_database

    # A test that closes its response would end the connection, and with it the transaction that the test is in; that of
    # SQLite in memory is never ended.
    end = DatabaseWrapper.close_if_unusable_or_obsolete

    def end_outside_of_tests(self: DatabaseWrapper) -> None:
        if not self.in_atomic_block:
            end(self)

    DatabaseWrapper.close_if_unusable_or_obsolete = end_outside_of_tests
    databases = {"default": civic_database(Path(), cluster.url("civic"))}
    settings.DATABASES = databases
    connections.settings = connections.configure_settings(databases)
    if hasattr(connections._connections, "default"):
        del connections["default"]


def set_database(county_folder: Path, address: str) -> None:
    """Write the setting that tells where a county's model is."""
    path = county_folder / "county.toml"
    county_folder.mkdir(parents=True, exist_ok=True)
    content = tomllib.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    content.setdefault("site", {})["database"] = address
    path.write_text(tomli_w.dumps(content), encoding="utf-8")


def database_of(county_folder: Path) -> str:
    """Return the name of the database that holds a county's model."""
    content = tomllib.loads((county_folder / "county.toml").read_text(encoding="utf-8"))
    return str(content["site"]["database"]).split("@/", 1)[1].split("?", 1)[0]
