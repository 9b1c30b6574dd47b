"""Publishing: the city model as of a date, as GeoParquet files that never change."""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import shapely

from xiancheng.city.classes import Attribute, Catalogue
from xiancheng.city.county import AUTO, STORED_CRS, County, check_projected
from xiancheng.city.history import time_text
from xiancheng.city.layer import Geometries
from xiancheng.city.population import locate_population
from xiancheng.city.rows import Rows
from xiancheng.city.snapshot import (
    AGE_BANDS,
    MANIFEST,
    FeatureTable,
    Objects,
    Population,
    Snapshot,
    empty_table,
    project,
)
from xiancheng.city.store import Store
from xiancheng.city.writers.geoparquet import write_parquet
from xiancheng.foundation.errors import ConfigError, XianchengError
from xiancheng.foundation.progress import Progress, Silent
from xiancheng.foundation.text import Text

FORMAT = "xiancheng-snapshot-1"
POPULATION = "population"
TOWNSHIP = "township"
_SHORT = 12
"""Characters of a hash that name a superseded snapshot."""

Townships = tuple[Geometries, Objects]

_ARROW_TYPES = {"integer": pa.int64(), "number": pa.float64(), "boolean": pa.bool_()}


def feature_tables(store: Store, county: County, catalogue: Catalogue, on: date) -> dict[str, FeatureTable]:
    """Return the features of every class that exist on a day, with what is computed of their places.

    Raises
    ------
    ConfigError
        If the county's projected CRS is not settled yet.
    """
    crs = _projected(county)
    with store.reading():
        rows = {c.name: store.as_of(c.name, on) for c in catalogue}
    townships = _townships(rows["admin_area"])
    return {name: _table(found, crs, townships) for name, found in rows.items() if len(found)}


def publish(
    store: Store, county: County, catalogue: Catalogue, on: date, *, progress: Progress | None = None
) -> Path:  # fmt: skip
    """Write the snapshot of a day and return its folder, ``snapshots/<date>``.

    The same model gives the same bytes and the same hash, whenever it is published. If the day was published before
    with other contents, that snapshot is kept as ``snapshots/<date>~<hash>``.

    Raises
    ------
    ConfigError
        If the county's projected CRS is not settled yet.
    """
    progress = progress or Silent()
    progress.step(Text(f"读取 {on} 的模型", f"reading the model as of {on}"))
    with store.reading():
        tables = feature_tables(store, county, catalogue, on)
        changes = store.changes()

    def table(name: str) -> FeatureTable:
        return tables.get(name) or empty_table(catalogue[name], county.crs)

    progress.step(Text("分布人口", "locating residents"))
    population = locate_population(
        buildings=table("building"), cells=table("population_cell"), census=table("census"), areas=table("admin_area")
    )
    county.snapshots_folder.mkdir(parents=True, exist_ok=True)
    temporary = Path(tempfile.mkdtemp(prefix=f".{on}-", dir=county.snapshots_folder))
    try:
        progress.step(Text("写出快照", "writing the snapshot"), len(tables) + 1)
        entries: dict[str, dict[str, Any]] = {}
        for name, features in sorted(tables.items()):
            path = temporary / f"{name}.parquet"
            _write_table(path, features)
            entries[name] = {"rows": len(features), "sha256": _sha256(path)}
            progress.advance()
        residents = _write_population(temporary / f"{POPULATION}.parquet", population)
        progress.advance()
        manifest = _manifest(county, on, entries, residents)
        last = changes[-1] if changes else None
        manifest["published_from"] = {
            "change": None if last is None else last.id,
            "recorded_at": None if last is None else time_text(last.recorded_at),
        }
        text = json.dumps(manifest, ensure_ascii=False, indent=1, sort_keys=True)
        (temporary / MANIFEST).write_text(text + "\n", encoding="utf-8")
        temporary.chmod(0o755)
        return _place(temporary, county.snapshots_folder / on.isoformat(), str(manifest["hash"]), progress)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def published(county: County) -> list[date]:
    """Return the days of which a snapshot is published, in order."""
    days = []
    for path in county.snapshots_folder.glob(f"*/{MANIFEST}"):
        try:
            days.append(date.fromisoformat(path.parent.name))
        except ValueError:  # a superseded snapshot, or one that never was finished
            continue
    return sorted(days)


def superseded(county: County, on: date) -> list[Path]:
    """Return the folders of former snapshots of a day, which other contents replaced."""
    return sorted(p.parent for p in county.snapshots_folder.glob(f"{on.isoformat()}~*/{MANIFEST}"))


def open_snapshot(county: County, catalogue: Catalogue, on: date | None) -> Snapshot:
    """Open the latest snapshot published for a day on or before `on` (for None, the latest of all).

    Raises
    ------
    XianchengError
        If there is none.
    """
    days = [day for day in published(county) if on is None or day <= on]
    if not days:
        raise XianchengError(
            Text("还没有发布过快照", "no snapshot has been published")
            if on is None
            else Text(f"没有 {on} 或更早的快照", f"no snapshot of {on} or before"),
            Text("用 xiancheng publish 发布", "publish one with xiancheng publish"),
        )
    return Snapshot.open(county.snapshots_folder / days[-1].isoformat(), catalogue)


def _projected(county: County) -> str:
    if county.crs == AUTO:
        raise ConfigError(
            Text("县域的投影坐标系还没有确定", "the county's projected CRS is not settled yet"),
            Text(
                "先导入有坐标的数据，或在 county.toml 写 crs",
                "import something with coordinates first, or write crs in county.toml",
            ),
        )
    return check_projected(county.crs)


def _townships(areas: Rows) -> Townships:
    """Return the polygons of townships, in the order of their codes, and the codes."""
    codes = areas.columns["code"]
    chosen = np.flatnonzero((areas.columns["level"] == TOWNSHIP) & (codes != None))  # noqa: E711
    chosen = chosen[np.argsort(codes[chosen].astype(str), kind="stable")]
    return areas.geometry[chosen], codes[chosen]


def _table(rows: Rows, crs: str, townships: Townships) -> FeatureTable:
    n = len(rows)
    nothing, nan = np.full(n, None, dtype=object), np.full(n, np.nan)
    if not rows.feature_class.has_geometry:
        return FeatureTable(
            rows.feature_class, rows.object_id, nothing, rows.columns, np.full((n, 2), np.nan), nan, nan, nothing, crs
        )  # fmt: skip
    points = representative_points(rows.geometry)
    projected = project(rows.geometry, crs)
    xy = shapely.get_coordinates(project(points, crs))
    dimensions = shapely.get_dimensions(rows.geometry)
    return FeatureTable(
        rows.feature_class, rows.object_id, rows.geometry, rows.columns, xy,
        np.where(dimensions == 2, shapely.area(projected), 0.0),
        np.where(dimensions == 1, shapely.length(projected), 0.0), _areas_of(points, townships), crs,
    )  # fmt: skip


def representative_points(geometry: Geometries) -> Geometries:
    """Return ``(n,)`` points that stand for the features: inside an area, in the middle of a line, the point itself."""
    points = np.asarray(shapely.point_on_surface(geometry), dtype=object)
    line = np.flatnonzero(shapely.get_type_id(geometry) == 1)
    points[line] = shapely.line_interpolate_point(geometry[line], 0.5, normalized=True)
    return points


def _areas_of(points: Geometries, townships: Townships) -> Objects:
    """Return the code of the township around each point; of several, the first by code (a point on their border)."""
    areas, codes = townships
    out = np.full(len(points), None, dtype=object)
    area, point = shapely.STRtree(points).query(areas, predicate="intersects")
    backwards = np.argsort(-area, kind="stable")
    out[point[backwards]] = codes[area[backwards]]
    return out


def _write_table(path: Path, table: FeatureTable) -> None:
    columns: dict[str, pa.Array] = {"object_id": pa.array(table.ids, pa.string())}
    for attribute in table.feature_class.attributes:
        columns[attribute.name] = _arrow(table.column(attribute.name), attribute)
    if table.feature_class.has_geometry:
        columns |= {
            "in_area": pa.array(table.in_area, pa.string()),
            "metric_x": pa.array(table.xy[:, 0]),
            "metric_y": pa.array(table.xy[:, 1]),
            "metric_area": pa.array(table.area),
            "metric_length": pa.array(table.length),
        }
    write_parquet(
        path, columns=columns, geometry=table.geometry if table.feature_class.has_geometry else None, crs=STORED_CRS,
        metadata={"xiancheng:class": table.feature_class.name, "xiancheng:metric_crs": table.crs},
    )  # fmt: skip


def _arrow(column: npt.NDArray[Any], attribute: Attribute) -> pa.Array:
    """Return a column with the type that its attribute has for other readers."""
    if attribute.type not in _ARROW_TYPES:
        return pa.array(column, pa.string())
    unknown = np.isnan(column)
    if attribute.type == "number":
        return pa.array(column, pa.float64(), mask=unknown)
    whole = np.where(unknown, 0, column)
    return pa.array(whole.astype(bool if attribute.type == "boolean" else np.int64), mask=unknown)


def _write_population(path: Path, population: Population) -> dict[str, Any]:
    """Write where residents live, if anything says so, and return what the manifest holds of it."""
    entry = {**population.summary, "method": population.method, "feature_class": population.feature_class}
    if not len(population):
        return entry
    columns = {
        "object_id": pa.array(population.ids, pa.string()),
        "metric_x": pa.array(population.xy[:, 0]),
        "metric_y": pa.array(population.xy[:, 1]),
        "persons": pa.array(population.persons),
        **{band: pa.array(population.ages[band]) for band in AGE_BANDS if band in population.ages},
        "in_area": pa.array(population.in_area, pa.string()),
    }
    write_parquet(path, columns=columns, geometry=None)
    return {**entry, "rows": len(population), "sha256": _sha256(path)}


def _manifest(
    county: County, on: date, entries: Mapping[str, Mapping[str, Any]], population: Mapping[str, Any]
) -> dict[str, Any]:
    lines = [f"{name} {entry['sha256']}" for name, entry in sorted(entries.items())]
    if "sha256" in population:
        lines.append(f"{POPULATION} {population['sha256']}")
    lines += [f"as_of {on.isoformat()}", f"county {county.code}"]
    return {
        "format": FORMAT,
        "county": {
            "name": county.name.as_dict(),
            "code": county.code,
            "crs": county.crs,
            "synthetic": county.synthetic,
        },
        "as_of": on.isoformat(),
        "classes": dict(entries),
        "population": _plain(population),
        "hash": hashlib.sha256("\n".join(lines).encode()).hexdigest(),
    }


def _plain(value: Any) -> Any:  # noqa: ANN401 - whatever a summary holds
    """Return a summary as JSON holds it."""
    if isinstance(value, Text):
        return value.as_dict()
    if isinstance(value, Mapping):
        return {str(k): _plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(v) for v in value]
    if isinstance(value, np.generic):
        return value.item()
    return value


def _place(temporary: Path, target: Path, content_hash: str, progress: Progress) -> Path:
    """Put a finished snapshot where it belongs; one of other contents that lies there is kept under its hash."""
    if target.exists():
        former = _hash_of(target)
        if former == content_hash:
            return target
        aside = target.with_name(f"{target.name}~{(former or 'unreadable')[:_SHORT]}")
        if aside.exists():
            shutil.rmtree(target)
        else:
            target.rename(aside)
        progress.step(
            Text(f"内容已变，原快照保留为 {aside.name}", f"contents differ; the former is kept as {aside.name}")
        )
    temporary.rename(target)
    return target


def _hash_of(folder: Path) -> str | None:
    try:
        return str(json.loads((folder / MANIFEST).read_text(encoding="utf-8"))["hash"])
    except (OSError, ValueError, KeyError):
        return None


def _sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
