"""Where a test's city models lie: as files, or in a PostgreSQL cluster of the tests' own."""

from __future__ import annotations

import itertools
from pathlib import Path
from uuid import uuid4

from postgres.cluster import Cluster


class Places:
    """Gives places for new city models in one kind of database.

    Attributes
    ----------
    kind
        ``geopackage`` or ``postgis``.
    """

    def __init__(self, kind: str, folder: Path, cluster: Cluster | None = None, database: str = "") -> None:
        self.kind, self._folder = kind, folder
        self._cluster, self._database = cluster, database
        self._numbers = itertools.count(1)

    def new(self) -> Path | str:
        """Return where there is no model yet."""
        if self._cluster is None:
            return self._folder / f"model-{next(self._numbers)}.gpkg"
        return self._cluster.url(self._database, f"m{uuid4().hex}")

    def database_setting(self) -> str:
        """Return what a new county's setting ``database`` is."""
        place = self.new()
        return place if isinstance(place, str) else ""
