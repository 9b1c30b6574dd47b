"""The city model in one GeoPackage file."""

from __future__ import annotations

from xiancheng.city.backends.geopackage.backend import GeoPackageBackend

__all__ = ["GeoPackageBackend"]
