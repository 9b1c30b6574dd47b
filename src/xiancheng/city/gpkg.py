"""The GeoPackage container: geometry blobs, base tables, layer registration and the R-tree, on plain sqlite3.

Source: OGC 12-128r18, GeoPackage Encoding Standard 1.3.1 (tables of clause 1.1 and 2.1; blob of table 4; triggers of
annex F.3, ``gpkg_rtree_index``).
"""

from __future__ import annotations

import sqlite3
import struct
from collections.abc import Sequence
from typing import cast

import numpy as np
import numpy.typing as npt
import shapely
from pyproj import CRS

from xiancheng.city.layer import Geometries

APPLICATION_ID = 0x47504B47
USER_VERSION = 10300
PAGE_SIZE = 65536
SRS_ID = 4490
RTREE_DEFINITION = "http://www.geopackage.org/spec120/#extension_rtree"

_HEADER = np.dtype([("magic", "S2"), ("version", "u1"), ("flags", "u1"), ("srs", "<i4"), ("envelope", "<f8", 4)])
_ENVELOPE_BYTES = (0, 32, 48, 48, 64)
_LITTLE_WITH_XY_ENVELOPE = 0b0000_0011
_EMPTY_FLAG = 0b0001_0000

_BASE = f"""
CREATE TABLE gpkg_spatial_ref_sys (
  srs_name TEXT NOT NULL, srs_id INTEGER NOT NULL PRIMARY KEY, organization TEXT NOT NULL,
  organization_coordsys_id INTEGER NOT NULL, definition TEXT NOT NULL, description TEXT);
CREATE TABLE gpkg_contents (
  table_name TEXT NOT NULL PRIMARY KEY, data_type TEXT NOT NULL, identifier TEXT UNIQUE, description TEXT DEFAULT '',
  last_change DATETIME NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ','now')),
  min_x DOUBLE, min_y DOUBLE, max_x DOUBLE, max_y DOUBLE, srs_id INTEGER,
  CONSTRAINT fk_gc_r_srs_id FOREIGN KEY (srs_id) REFERENCES gpkg_spatial_ref_sys(srs_id));
CREATE TABLE gpkg_geometry_columns (
  table_name TEXT NOT NULL, column_name TEXT NOT NULL, geometry_type_name TEXT NOT NULL, srs_id INTEGER NOT NULL,
  z TINYINT NOT NULL, m TINYINT NOT NULL,
  CONSTRAINT pk_geom_cols PRIMARY KEY (table_name, column_name), CONSTRAINT uk_gc_table_name UNIQUE (table_name),
  CONSTRAINT fk_gc_tn FOREIGN KEY (table_name) REFERENCES gpkg_contents(table_name),
  CONSTRAINT fk_gc_srs FOREIGN KEY (srs_id) REFERENCES gpkg_spatial_ref_sys(srs_id));
CREATE TABLE gpkg_extensions (
  table_name TEXT, column_name TEXT, extension_name TEXT NOT NULL, definition TEXT NOT NULL, scope TEXT NOT NULL,
  CONSTRAINT ge_tce UNIQUE (table_name, column_name, extension_name));
PRAGMA application_id = {APPLICATION_ID};
PRAGMA user_version = {USER_VERSION};
"""

_RTREE = """
CREATE VIRTUAL TABLE "{r}" USING rtree(id, minx, maxx, miny, maxy);
CREATE TRIGGER "{r}_insert" AFTER INSERT ON "{t}"
  WHEN (new."{g}" NOT NULL AND NOT ST_IsEmpty(NEW."{g}"))
BEGIN INSERT OR REPLACE INTO "{r}" VALUES (NEW."fid", {box}); END;
CREATE TRIGGER "{r}_update1" AFTER UPDATE OF "{g}" ON "{t}"
  WHEN OLD."fid" = NEW."fid" AND (NEW."{g}" NOTNULL AND NOT ST_IsEmpty(NEW."{g}"))
BEGIN INSERT OR REPLACE INTO "{r}" VALUES (NEW."fid", {box}); END;
CREATE TRIGGER "{r}_update2" AFTER UPDATE OF "{g}" ON "{t}"
  WHEN OLD."fid" = NEW."fid" AND (NEW."{g}" ISNULL OR ST_IsEmpty(NEW."{g}"))
BEGIN DELETE FROM "{r}" WHERE id = OLD."fid"; END;
CREATE TRIGGER "{r}_update3" AFTER UPDATE ON "{t}"
  WHEN OLD."fid" != NEW."fid" AND (NEW."{g}" NOTNULL AND NOT ST_IsEmpty(NEW."{g}"))
BEGIN DELETE FROM "{r}" WHERE id = OLD."fid"; INSERT OR REPLACE INTO "{r}" VALUES (NEW."fid", {box}); END;
CREATE TRIGGER "{r}_update4" AFTER UPDATE ON "{t}"
  WHEN OLD."fid" != NEW."fid" AND (NEW."{g}" ISNULL OR ST_IsEmpty(NEW."{g}"))
BEGIN DELETE FROM "{r}" WHERE id IN (OLD."fid", NEW."fid"); END;
CREATE TRIGGER "{r}_delete" AFTER DELETE ON "{t}"
  WHEN old."{g}" NOT NULL
BEGIN DELETE FROM "{r}" WHERE id = OLD."fid"; END;
"""


def run_script(connection: sqlite3.Connection, script: str) -> None:
    """Execute several statements inside the open transaction (``executescript`` would commit it first)."""
    statement = ""
    for line in script.splitlines():
        statement += line + "\n"
        if sqlite3.complete_statement(statement):
            connection.execute(statement)
            statement = ""


def create_base(connection: sqlite3.Connection) -> None:
    """Make the connected empty database a GeoPackage 1.3 without layers."""
    run_script(connection, _BASE)

    def definition(code: int) -> str:
        return CRS.from_epsg(code).to_wkt("WKT1_GDAL")

    connection.executemany(
        "INSERT INTO gpkg_spatial_ref_sys VALUES (?, ?, ?, ?, ?, ?)",
        [
            ("Undefined Cartesian SRS", -1, "NONE", -1, "undefined", "undefined Cartesian coordinate reference system"),
            ("Undefined geographic SRS", 0, "NONE", 0, "undefined", "undefined geographic coordinate reference system"),
            ("WGS 84 geodetic", 4326, "EPSG", 4326, definition(4326), "longitude/latitude in degrees on WGS 84"),
            ("CGCS2000", SRS_ID, "EPSG", SRS_ID, definition(SRS_ID), "longitude/latitude in degrees on CGCS2000"),
        ],
    )


def register_layer(
    connection: sqlite3.Connection, name: str, *, geometry_type: str | None, identifier: str, description: str
) -> None:
    """List table or view `name` as a layer: ``features`` with column ``geom``, or ``attributes`` without geometry."""
    connection.execute(
        "INSERT INTO gpkg_contents (table_name, data_type, identifier, description, srs_id) VALUES (?, ?, ?, ?, ?)",
        (name, "attributes" if geometry_type is None else "features", identifier, description,
         None if geometry_type is None else SRS_ID),
    )  # fmt: skip
    if geometry_type is not None:
        connection.execute(
            "INSERT INTO gpkg_geometry_columns VALUES (?, 'geom', ?, ?, 0, 0)", (name, geometry_type, SRS_ID)
        )


def create_rtree(connection: sqlite3.Connection, name: str) -> None:
    """Index column ``geom`` of table `name` by an R-tree that its triggers keep."""
    box = ", ".join(f'{f}(NEW."geom")' for f in ("ST_MinX", "ST_MaxX", "ST_MinY", "ST_MaxY"))
    run_script(connection, _RTREE.format(r=f"rtree_{name}_geom", t=name, g="geom", box=box))
    connection.execute(
        "INSERT INTO gpkg_extensions VALUES (?, 'geom', 'gpkg_rtree_index', ?, 'write-only')", (name, RTREE_DEFINITION)
    )


def widen_extent(connection: sqlite3.Connection, names: Sequence[str], bounds: Sequence[float] | None) -> None:
    """Note in ``gpkg_contents`` that layers `names` changed and reach over `bounds` (min x, min y, max x, max y)."""
    for name in names:
        connection.execute(
            "UPDATE gpkg_contents SET last_change = strftime('%Y-%m-%dT%H:%M:%fZ','now') WHERE table_name = ?", (name,)
        )
        if bounds is not None:
            connection.execute(
                "UPDATE gpkg_contents SET min_x = min(ifnull(min_x, ?1), ?1), min_y = min(ifnull(min_y, ?2), ?2),"
                " max_x = max(ifnull(max_x, ?3), ?3), max_y = max(ifnull(max_y, ?4), ?4) WHERE table_name = ?5",
                (*(float(b) for b in bounds), name),
            )


def encode(geometry: Geometries, *, promote: bool) -> list[bytes | None]:
    """Return GeoPackage blobs of geometries, with the envelope in each header.

    Parameters
    ----------
    geometry
        ``(n,)`` shapely geometries or None; none of them empty.
    promote
        Store lines and polygons as multi-geometries, so that a layer has a single type.
    """
    flat = flattened(geometry, promote=promote)
    bodies = shapely.to_wkb(flat, byte_order=1)
    header = np.zeros(len(flat), dtype=_HEADER)
    header["magic"], header["flags"], header["srs"] = b"GP", _LITTLE_WITH_XY_ENVELOPE, SRS_ID
    header["envelope"] = shapely.bounds(flat)[:, [0, 2, 1, 3]]
    raw, size = header.tobytes(), _HEADER.itemsize
    return [None if b is None else raw[i * size : (i + 1) * size] + b for i, b in enumerate(bodies)]


def flattened(geometry: Geometries, *, promote: bool) -> Geometries:
    """Return geometries without heights; `promote`: lines and polygons as multi-geometries."""
    flat = shapely.force_2d(geometry)
    return _promote(flat) if promote else flat


def decode(blobs: Sequence[bytes | None]) -> Geometries:
    """Return ``(n,)`` geometries of GeoPackage blobs; a multi-geometry of one part comes back as that part."""
    bodies = np.empty(len(blobs), dtype=object)
    bodies[:] = [None if b is None else b[8 + _ENVELOPE_BYTES[b[3] >> 1 & 7] :] for b in blobs]
    return simplest(cast("Geometries", shapely.from_wkb(bodies)))


def simplest(geometry: Geometries) -> Geometries:
    """Return ``(n,)`` geometries where every multi-geometry of one part is replaced by that part."""
    kind = shapely.get_type_id(geometry)
    single = (kind >= 4) & (kind <= 6) & (shapely.get_num_geometries(geometry) == 1)
    if not single.any():
        return geometry
    out = geometry.copy()
    out[single] = shapely.get_geometry(geometry[single], 0)
    return out


def _promote(geometry: npt.NDArray[np.object_]) -> npt.NDArray[np.object_]:
    kind = shapely.get_type_id(geometry)
    out = geometry.copy()
    for single, make in ((1, shapely.multilinestrings), (3, shapely.multipolygons)):
        which = np.flatnonzero(kind == single)
        if len(which):
            out[which] = make(geometry[which], indices=np.arange(len(which)))
    return out


def envelope(blob: bytes) -> tuple[float, float, float, float]:
    """Return min x, max x, min y, max y of a blob, from its header where it has one."""
    if blob[3] >> 1 & 7:
        return cast("tuple[float, float, float, float]", struct.unpack_from("<4d" if blob[3] & 1 else ">4d", blob, 8))
    west, south, east, north = shapely.from_wkb(blob[8:]).bounds
    return west, east, south, north


def register_functions(connection: sqlite3.Connection) -> None:
    """Give the connection the five functions that the R-tree triggers call."""

    def is_empty(blob: bytes | None) -> int | None:
        return None if blob is None else int(bool(blob[3] & _EMPTY_FLAG))

    connection.create_function("ST_IsEmpty", 1, is_empty, deterministic=True)
    for position, name in enumerate(("ST_MinX", "ST_MaxX", "ST_MinY", "ST_MaxY")):

        def bound(blob: bytes | None, position: int = position) -> float | None:
            return None if blob is None else envelope(blob)[position]

        connection.create_function(name, 1, bound, deterministic=True)
