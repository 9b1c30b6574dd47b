"""Where a city model is: a file, or the address of a PostgreSQL database."""

from __future__ import annotations

from pathlib import Path

from xiancheng.city.backends.base import Backend
from xiancheng.city.backends.geopackage import GeoPackageBackend

SCHEMES = ("postgresql://", "postgres://")


def is_address(place: Path | str) -> bool:
    """Whether `place` is the address of a PostgreSQL database, and no file."""
    return isinstance(place, str) and place.startswith(SCHEMES)


def has_model(place: Path | str) -> bool:
    """Whether there is a city model, or anything else in its place.

    Raises
    ------
    StoreError
        If the database cannot be reached.
    """
    if is_address(place):
        from xiancheng.city.backends.postgis import PostgisBackend  # noqa: PLC0415 - an optional part

        return PostgisBackend.is_in(str(place))
    return Path(place).exists()


def create_backend(place: Path | str) -> Backend:
    """Make an empty city model.

    Raises
    ------
    StoreError
        If there is one already, or the database cannot be used.
    """
    if is_address(place):
        from xiancheng.city.backends.postgis import PostgisBackend  # noqa: PLC0415 - an optional part

        return PostgisBackend.create(str(place))
    return GeoPackageBackend.create(Path(place))


def open_backend(place: Path | str, *, read_only: bool = False) -> Backend:
    """Open a city model.

    Raises
    ------
    StoreError
        If there is none.
    """
    if is_address(place):
        from xiancheng.city.backends.postgis import PostgisBackend  # noqa: PLC0415 - an optional part

        return PostgisBackend.open(str(place), read_only=read_only)
    return GeoPackageBackend.open(Path(place), read_only=read_only)
