"""The city model in a schema of a PostgreSQL database with PostGIS."""

from __future__ import annotations

from xiancheng.city.backends.postgis.backend import PostgisBackend

__all__ = ["PostgisBackend"]
