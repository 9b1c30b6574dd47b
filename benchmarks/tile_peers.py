"""Peers for ``tiles.py``: tipg, which draws each tile from PostGIS, and pygeoapi, which reads ours unpacked on disk.

Each lives in an environment of its own: ``pip install tipg uvicorn``, and ``pip install pygeoapi==0.21.* gunicorn``.
"""

from __future__ import annotations

import gzip
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pyarrow.parquet as pq

from pygeoapi_peer import pygeoapi as serve_pygeoapi
from pygeoapi_peer import running

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))
sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests" / "site"))

from serving import free_port

from postgres.cluster import SETTINGS, Cluster

COLUMNS = ("name", "floors", "height", "use")


@contextmanager
def database(parquet: Path) -> Iterator[dict[str, str]]:
    """A cluster of its own on this machine's loopback, with the buildings of a snapshot."""
    os.environ["PGPORT"] = str(free_port())
    SETTINGS.update(listen_addresses="127.0.0.1", port=os.environ["PGPORT"])
    cluster = Cluster()
    try:
        name = cluster.database()
        load(cluster.url(name), parquet)
        yield {"host": "127.0.0.1", "pg_port": os.environ["PGPORT"], "name": name, "user": cluster.user}
    finally:
        cluster.stop()


def load(address: str, parquet: Path) -> None:
    """Put the buildings of a snapshot into a table with a spatial index."""
    import psycopg

    names = pq.read_schema(parquet).names
    columns = [c for c in COLUMNS if c in names]
    table = pq.read_table(parquet, columns=["object_id", *columns, "geometry"])
    with psycopg.connect(address, autocommit=True) as connection:
        listed = ", ".join(f'"{c}" text' for c in columns)
        connection.execute(f"CREATE TABLE building (fid serial PRIMARY KEY, object_id text, {listed}, g bytea)")
        with connection.cursor().copy(
            f"COPY building (object_id, {', '.join(columns)}, g) FROM STDIN"
        ) as copy:  # fmt: skip
            for row in zip(*(table.column(n).to_pylist() for n in ("object_id", *columns, "geometry")), strict=True):
                copy.write_row([*(None if v is None else str(v) for v in row[:-1]), row[-1]])
        connection.execute("ALTER TABLE building ADD geom geometry(Geometry, 4326)")
        connection.execute("UPDATE building SET geom = ST_SetSRID(ST_GeomFromWKB(g), 4326)")
        connection.execute("ALTER TABLE building DROP g")
        connection.execute("CREATE INDEX ON building USING gist (geom)")
        connection.execute("VACUUM ANALYZE building")


@contextmanager
def tipg(python: Path, database: dict[str, str]) -> Iterator[tuple[int, str]]:
    """Serve with one process of uvicorn; the port, and the pattern of a tile's address."""
    port, address = free_port(), "postgresql://{user}@{host}:{pg_port}/{name}".format(**database)
    environment = {**os.environ, "DATABASE_URL": address, "TIPG_MAX_FEATURES_PER_TILE": "1000000"}
    command = [python, "-m", "uvicorn", "tipg.main:app", "--port", str(port), "--log-level", "error"]
    with running(command, environment, f"http://127.0.0.1:{port}/healthz"):
        yield port, "/collections/public.building/tiles/WebMercatorQuad/{z}/{x}/{y}"


def unpack(archive: Path, folder: Path) -> None:
    """Write the tiles of a PMTiles archive as pygeoapi expects them: ``z/x/y.pbf``, not compressed."""
    from pmtiles.reader import MmapSource, all_tiles

    folder.mkdir()
    (folder / "metadata.json").write_text("{}")
    with archive.open("rb") as file:
        for (z, x, y), content in all_tiles(MmapSource(file)):
            path = folder / str(z) / str(x) / f"{y}.pbf"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(gzip.decompress(content))


@contextmanager
def pygeoapi(python: Path, archive: Path, folder: Path) -> Iterator[tuple[int, str]]:
    """Serve with one worker of gunicorn; the port, and the pattern of a tile's address."""
    unpack(archive, folder / "building")
    provider = (
        f"{{type: tile, name: MVT-tippecanoe, data: {folder / 'building'}, options: {{zoom: {{min: 0, max: 22}}, "
        "schemes: [WebMercatorQuad]}, format: {name: pbf, mimetype: application/vnd.mapbox-vector-tile}}"
    )
    with serve_pygeoapi(python, provider, folder, "--threads", "8", "--keep-alive", "60") as port:
        yield port, "/collections/building/tiles/WebMercatorQuad/{z}/{y}/{x}?f=mvt"
