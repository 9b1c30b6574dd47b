"""One tile out of a PMTiles archive, quickly: its directories stay in memory."""

from __future__ import annotations

import gzip
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from pmtiles.tile import Compression, deserialize_directory, deserialize_header, find_tile, zxy_to_tileid

_HEADER_BYTES = 127
_DEEPEST = 4
"""Directories point to directories; the format's own limit."""


@dataclass(frozen=True, slots=True)
class Tile:
    """A tile as it lies in the archive."""

    content: bytes
    is_gzipped: bool

    def plain(self) -> bytes:
        """Return the tile uncompressed."""
        return gzip.decompress(self.content) if self.is_gzipped else self.content


def read_tile(path: Path, z: int, x: int, y: int) -> Tile | None:
    """Return a tile; None if the archive has none there.

    Raises
    ------
    ValueError
        If there is no such tile at all (beyond the edge of the matrix).
    """
    number = zxy_to_tileid(z, x, y)
    key = (str(path), path.stat().st_mtime_ns)
    header = _header(*key)
    offset, length = header["root_offset"], header["root_length"]
    for _ in range(_DEEPEST):
        entry = find_tile(_directory(*key, offset, length), number)
        if entry is None:
            return None
        if entry.run_length > 0:
            content = _bytes(path, header["tile_data_offset"] + entry.offset, entry.length)
            return Tile(content, header["tile_compression"] == Compression.GZIP)
        offset, length = header["leaf_directory_offset"] + entry.offset, entry.length
    return None


@lru_cache(maxsize=256)
def _header(path: str, changed: int) -> dict[str, Any]:
    del changed
    found: dict[str, Any] = deserialize_header(_bytes(Path(path), 0, _HEADER_BYTES))
    return found


@lru_cache(maxsize=512)
def _directory(path: str, changed: int, offset: int, length: int) -> list[Any]:
    del changed
    found: list[Any] = deserialize_directory(_bytes(Path(path), offset, length))
    return found


def _bytes(path: Path, offset: int, length: int) -> bytes:
    with path.open("rb") as file:
        file.seek(offset)
        return file.read(length)
