"""Small counties made in memory: tables from plain coordinates in metres, snapshots without files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import numpy as np
import shapely
from pyproj import Transformer

from xiancheng.city.classes import Catalogue, load_catalogue
from xiancheng.city.county import STORED_CRS
from xiancheng.city.snapshot import AGE_BANDS, CountyInfo, FeatureTable, Population, Snapshot, empty_table
from xiancheng.foundation.text import Text

CRS = "EPSG:4546"
CODE = "150221"
ORIGIN = np.array([459_500.0, 4_492_000.0])
"""Metres of the place called (0, 0): near Salaqi."""

_CATALOGUE: list[Catalogue] = []


def shipped() -> Catalogue:
    """The shipped classes, read once."""
    if not _CATALOGUE:
        _CATALOGUE.append(load_catalogue())
    return _CATALOGUE[0]


def table(
    class_name: str,
    /,
    geometry: Sequence[Any] | None = None,
    *,
    ids: Sequence[str] | None = None,
    in_area: Sequence[str | None] | None = None,
    **columns: Sequence[Any],
) -> FeatureTable:
    """Features of a class; geometries in metres east and north of :data:`ORIGIN`."""
    feature_class = shipped()[class_name]
    n = len(geometry) if geometry is not None else len(next(iter(columns.values())))
    if n == 0:
        return empty_table(feature_class, CRS)
    arrays = {}
    for key, values in columns.items():
        numeric = feature_class.attribute(key).type in {"integer", "number", "boolean"}
        if numeric:
            arrays[key] = np.array([np.nan if v is None else float(v) for v in values])
        else:
            arrays[key] = np.empty(n, dtype=object)
            arrays[key][:] = list(values)
    names = np.array(ids if ids is not None else [f"{class_name}-{i}" for i in range(n)], dtype=object)
    area = np.empty(n, dtype=object)
    area[:] = list(in_area) if in_area is not None else [None] * n
    if geometry is None:
        nothing = np.full(n, None, dtype=object)
        return FeatureTable(
            feature_class, names, nothing, arrays, np.full((n, 2), np.nan), np.zeros(n), np.zeros(n), nothing, CRS
        )
    local = np.empty(n, dtype=object)
    local[:] = list(geometry)
    metric = shapely.transform(local, lambda c: c + ORIGIN)
    back = Transformer.from_crs(CRS, STORED_CRS, always_xy=True)
    stored = shapely.transform(metric, lambda c: np.column_stack(back.transform(c[:, 0], c[:, 1])))
    points = shapely.point_on_surface(metric)
    dimension = shapely.get_dimensions(metric)
    return FeatureTable(
        feature_class,
        names,
        stored,
        arrays,
        np.column_stack([shapely.get_x(points), shapely.get_y(points)]),
        np.where(dimension == 2, shapely.area(metric), 0.0),
        np.where(dimension == 1, shapely.length(metric), 0.0),
        area,
        CRS,
    )


def people(
    xy: Any,
    persons: Sequence[float],
    *,
    ages: Mapping[str, Sequence[float]] | None = None,
    in_area: Sequence[str | None] | None = None,
    feature_class: str = "population_cell",
) -> Population:
    """Residents at places in metres east and north of :data:`ORIGIN`."""
    n = len(persons)
    area = np.empty(n, dtype=object)
    area[:] = list(in_area) if in_area is not None else [None] * n
    return Population(
        np.array([f"cell-{i}" for i in range(n)], dtype=object),
        feature_class,
        np.asarray(xy, dtype=float).reshape(-1, 2) + ORIGIN,
        np.asarray(persons, dtype=float),
        {band: np.asarray(values, dtype=float) for band, values in (ages or {}).items()},
        area,
        "cells" if n else "none",
        {"method": "cells" if n else "none", "persons": float(np.sum(persons))},
    )


def county(
    *tables: FeatureTable,
    population: Population | None = None,
    as_of: date = date(2025, 12, 31),
    content_hash: str = "sha256:test",
) -> Snapshot:
    """A snapshot of the given tables."""
    return Snapshot(
        county=CountyInfo(Text("试验县", "Test County"), CODE, CRS, synthetic=True),
        as_of=as_of,
        content_hash=content_hash,
        catalogue=shipped(),
        tables={t.feature_class.name: t for t in tables},
        population=population if population is not None else people(np.empty((0, 2)), []),
    )


def boundaries(size: float = 4000.0, *, seat: bool = True) -> FeatureTable:
    """A square county of `size` metres with two townships (west, east) and a county seat in the middle."""
    half = size / 2
    geometry = [shapely.box(0, 0, size, size), shapely.box(0, 0, half, size), shapely.box(half, 0, size, size)]
    code = [CODE, CODE + "100", CODE + "101"]
    level = ["county", "township", "township"]
    name = ["试验县", "西镇", "东镇"]
    if seat:
        geometry.append(shapely.box(size / 4, size / 4, 3 * size / 4, 3 * size / 4))
        code.append(None)
        level.append("county_seat")
        name.append("县城")
    return table("admin_area", geometry, code=code, level=level, name=name)


def township(x: float, size: float = 4000.0) -> str:
    """Code of the township that holds a place of :func:`boundaries`."""
    return CODE + ("100" if x < size / 2 else "101")


def random_county(seed: int, *, n: int = 200, size: float = 4000.0, extra: float = 400.0) -> Snapshot:
    """A county with residents (some outside), parks, greens, a street grid, hospitals and schools."""
    random = np.random.default_rng(seed)
    xy = random.uniform(-extra, size + extra, (n, 2))
    area = [township(x, size) if 0 <= x <= size and 0 <= y <= size else None for x, y in xy]
    persons = random.integers(0, 40, n).astype(float)
    shares = random.dirichlet(np.ones(len(AGE_BANDS)), n)
    ages = {band: persons * shares[:, i] for i, band in enumerate(AGE_BANDS)}

    def blobs(count: int, low: float, high: float) -> list[Any]:
        centres = random.uniform(-extra, size + extra, (count, 2))
        return [
            shapely.Point(*c).buffer(r, quad_segs=3)
            for c, r in zip(centres, random.uniform(low, high, count), strict=True)
        ]

    parks, greens = blobs(8, 20, 140), blobs(10, 10, 60)
    lines = []
    for k in np.arange(0, size + 1, size / 8):
        for j in np.arange(0, size, size / 8):
            lines += [shapely.LineString([(k, j), (k, j + size / 8)]), shapely.LineString([(j, k), (j + size / 8, k)])]
    keep = random.random(len(lines)) < 0.9
    lines = [line for line, k in zip(lines, keep, strict=True) if k]
    points = [shapely.Point(*p) for p in random.uniform(0, size, (12, 2))]
    at = [township(p.x, size) for p in points]
    beds = [None if random.random() < 0.15 else int(random.integers(10, 600)) for _ in points]
    kinds = random.choice(["general", "chinese", "mongolian"], len(points))
    gates = [(shapely.Point(*p.exterior.coords[0]), f"park-{i}") for i, p in enumerate(parks) if i % 2]
    return county(
        boundaries(size),
        table("park", parks, access=random.choice([1, 0, None], len(parks), p=[0.6, 0.2, 0.2]),
              kind=random.choice(["comprehensive", "garden", "country"], len(parks))),
        table("green_space", greens, public=random.choice([1, 0, None], len(greens), p=[0.6, 0.2, 0.2])),
        table("park_entrance", [g for g, _ in gates], park_id=[i for _, i in gates]),
        table("road", lines, road_class=["residential"] * len(lines)),
        table("hospital", points, in_area=at, beds=beds, kind=kinds,
              nurses=[int(v) for v in random.integers(5, 300, len(points))],
              county_level=random.choice([1, 0, None], len(points))),
        table("school", points, in_area=at, level=["primary"] * len(points),
              places=[int(v) for v in random.integers(5, 60, len(points))]),
        population=people(xy, persons, ages=ages, in_area=area),
    )  # fmt: skip
