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

    from xiancheng.site.databases import civic_database

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
