"""A published snapshot: the city model as of one date, immutable, what measures read and nothing else."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, TypeVar, cast

import numpy as np
import numpy.typing as npt
import pyarrow.parquet as pq
import shapely
from pyproj import Transformer

from xiancheng.city.classes import Catalogue, FeatureClass
from xiancheng.city.county import STORED_CRS
from xiancheng.city.layer import Geometries
from xiancheng.foundation.errors import XianchengError
from xiancheng.foundation.text import Text

Floats = npt.NDArray[np.float64]
Objects = npt.NDArray[np.object_]
Result = TypeVar("Result")

AGE_BANDS = ("age_0_2", "age_3_5", "age_6_11", "age_12_14", "age_15_17", "age_18_59", "age_60_up")
"""Age bands of residents, as attributes of ``census`` and ``population_cell``."""

MANIFEST = "manifest.json"
COMPUTED = ("in_area", "metric_x", "metric_y", "metric_area", "metric_length")
"""Columns added at publication: township code; representative point, area and length in the county's CRS."""


@dataclass(frozen=True)
class FeatureTable:
    """Features of one class at the snapshot's date.

    Attributes
    ----------
    ids
        ``(n,)`` object identifiers.
    geometry
        ``(n,)`` shapely geometries in CGCS2000 longitude, latitude (None where the class has no place).
    columns
        Attribute → ``(n,)`` array: numbers and booleans as float64 (NaN: not known; true 1, false 0), all else as
        objects (None: not known), dates as ISO text.
    xy
        ``(n, 2)`` representative points in the county's CRS, metres (NaN without a place).
    area
        ``(n,)`` m² of polygons, 0 for others.
    length
        ``(n,)`` m of lines, 0 for others.
    in_area
        ``(n,)`` code of the township it lies in; None outside all.
    """

    feature_class: FeatureClass
    ids: Objects
    geometry: Geometries
    columns: Mapping[str, npt.NDArray[Any]]
    xy: Floats
    area: Floats
    length: Floats
    in_area: Objects
    crs: str

    def __len__(self) -> int:
        return len(self.ids)

    def column(self, name: str) -> npt.NDArray[Any]:
        """Return the values of attribute `name` (all unknown if the snapshot has no such column yet).

        Raises
        ------
        UnknownNameError
            If the class has no such attribute.
        """
        attribute = self.feature_class.attribute(name)
        if name in self.columns:
            return self.columns[name]
        if attribute.type in {"integer", "number", "boolean"}:
            return np.full(len(self), np.nan)
        return np.full(len(self), None, dtype=object)

    @cached_property
    def projected(self) -> Geometries:
        """``(n,)`` geometries in the county's CRS, metres."""
        return project(self.geometry, self.crs)

    def take(self, selection: npt.NDArray[np.bool_] | npt.NDArray[np.intp]) -> FeatureTable:
        """Return the features of a mask or of indices."""
        taken = FeatureTable(
            self.feature_class,
            self.ids[selection],
            self.geometry[selection],
            {k: v[selection] for k, v in self.columns.items()},
            self.xy[selection],
            self.area[selection],
            self.length[selection],
            self.in_area[selection],
            self.crs,
        )
        if "projected" in self.__dict__:
            # Projecting again would cost more than all the rest.
            taken.__dict__["projected"] = self.projected[selection]
        return taken


@dataclass(frozen=True)
class Population:
    """Where residents live: one entry per residential building or population cell.

    Attributes
    ----------
    ids, feature_class
        ``(n,)`` identifiers and the class they belong to (``building`` or ``population_cell``).
    xy
        ``(n, 2)`` metres in the county's CRS.
    persons
        ``(n,)`` residents.
    ages
        Age band → ``(n,)`` residents; empty if the source has no ages.
    in_area
        ``(n,)`` township code or None.
    method
        ``census_floor_area``, ``cells`` or ``none``.
    summary
        Totals, what was not distributed and why, floor-area assumptions: kept with every result.
    """

    ids: Objects
    feature_class: str
    xy: Floats
    persons: Floats
    ages: Mapping[str, Floats]
    in_area: Objects
    method: str
    summary: Mapping[str, Any] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.ids)

    def group(self, bands: Sequence[str] | None) -> Floats | None:
        """Return ``(n,)`` residents of the given age bands (all residents for None); None if ages are not known."""
        if not bands:
            return self.persons
        if any(band not in self.ages for band in bands):
            return None
        return cast("Floats", np.sum([self.ages[band] for band in bands], axis=0))


@dataclass(frozen=True)
class CountyInfo:
    """What a snapshot says of its county."""

    name: Text
    code: str
    crs: str
    synthetic: bool


class Snapshot:
    """The city model as of one date, from a published directory or from tables in memory.

    Parameters
    ----------
    tables
        Class name → features, or a function that loads one class.
    """

    def __init__(
        self,
        *,
        county: CountyInfo,
        as_of: date,
        content_hash: str,
        catalogue: Catalogue,
        tables: Mapping[str, FeatureTable] | Callable[[str], FeatureTable | None],
        population: Population | Callable[[], Population],
        rows: Mapping[str, int] | None = None,
        manifest: Mapping[str, Any] | None = None,
    ) -> None:
        self.county = county
        self.as_of = as_of
        self.hash = content_hash
        self.catalogue = catalogue
        self.manifest: Mapping[str, Any] = manifest or {}
        self._load = tables if callable(tables) else cast("Callable[[str], FeatureTable | None]", tables.get)
        self._rows = rows if rows is not None else {k: len(v) for k, v in cast("Any", tables).items()}
        self._population = population
        self._tables: dict[str, FeatureTable] = {}
        self._memo: dict[object, object] = {}

    def has(self, name: str) -> bool:
        """Whether the snapshot holds at least one feature of class `name`."""
        _ = self.catalogue[name]
        return self._rows.get(name, 0) > 0

    def table(self, name: str) -> FeatureTable:
        """Return the features of class `name`; an empty table if there are none.

        Raises
        ------
        UnknownNameError
            If there is no such class.
        """
        if name not in self._tables:
            feature_class = self.catalogue[name]
            loaded = self._load(name) if self.has(name) else None
            self._tables[name] = loaded if loaded is not None else empty_table(feature_class, self.county.crs)
        return self._tables[name]

    @cached_property
    def population(self) -> Population:
        """Where residents live."""
        return self._population() if callable(self._population) else self._population

    def memo(self, key: object, make: Callable[[], Result]) -> Result:
        """Return what `make` gives, computed once per snapshot for `key` (networks, snapped places, unions).

        Whatever `make` needs of the snapshot it has to read itself, not its caller: so it can be known which classes
        the result depends on.
        """
        if key not in self._memo:
            self._memo[key] = make()
        return cast("Result", self._memo[key])

    @classmethod
    def open(cls, folder: Path, catalogue: Catalogue) -> Snapshot:
        """Open a published snapshot.

        Raises
        ------
        XianchengError
            If `folder` holds no manifest or one that cannot be read.
        """
        path = folder / MANIFEST
        try:
            manifest = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise XianchengError(
                Text(f"{folder} 不是快照：{error}", f"{folder} is not a snapshot: {error}"),
                Text("用 xiancheng publish 发布一个快照", "publish one with xiancheng publish"),
            ) from error
        county = CountyInfo(
            Text.of(manifest["county"]["name"]),
            manifest["county"]["code"],
            manifest["county"]["crs"],
            bool(manifest["county"]["synthetic"]),
        )
        return cls(
            county=county,
            as_of=date.fromisoformat(manifest["as_of"]),
            content_hash=manifest["hash"],
            catalogue=catalogue,
            tables=lambda name: read_table(folder / f"{name}.parquet", catalogue[name], county.crs),
            population=lambda: read_population(folder / "population.parquet", manifest["population"]),
            rows={name: entry["rows"] for name, entry in manifest["classes"].items()},
            manifest=manifest,
        )


@lru_cache(maxsize=8)
def _transformer(crs: str) -> Transformer:
    """Return the way from stored coordinates to `crs`; finding it takes longer than projecting a small class."""
    return Transformer.from_crs(STORED_CRS, crs, always_xy=True)


def project(geometry: Geometries, crs: str) -> Geometries:
    """Return geometries in CGCS2000 longitude, latitude projected to `crs`, as new geometries."""
    transformer = _transformer(crs)

    def forward(points: Floats) -> Floats:
        return np.column_stack(transformer.transform(points[:, 0], points[:, 1]))

    return cast("Geometries", shapely.transform(geometry, forward))


def empty_table(feature_class: FeatureClass, crs: str) -> FeatureTable:
    """Return a table of `feature_class` without features."""
    none = np.empty(0, dtype=object)
    zero = np.empty(0)
    return FeatureTable(feature_class, none, none, {}, np.empty((0, 2)), zero, zero, none, crs)


def read_table(path: Path, feature_class: FeatureClass, crs: str) -> FeatureTable:
    """Read one class of a snapshot from its GeoParquet file."""
    table = pq.read_table(path)
    n = table.num_rows
    columns = {
        a.name: _values(table.column(a.name), a.type) for a in feature_class.attributes if a.name in table.column_names
    }
    nothing = np.full(n, None, dtype=object)
    if not feature_class.has_geometry:
        nan = np.full(n, np.nan)
        return FeatureTable(
            feature_class, _objects(table.column("object_id")), nothing, columns,
            np.full((n, 2), np.nan), nan, nan, nothing, crs,
        )  # fmt: skip
    return FeatureTable(
        feature_class,
        _objects(table.column("object_id")),
        shapely.from_wkb(_objects(table.column("geometry"))),
        columns,
        np.column_stack([_floats(table.column("metric_x")), _floats(table.column("metric_y"))]),
        _floats(table.column("metric_area")),
        _floats(table.column("metric_length")),
        _objects(table.column("in_area")),
        crs,
    )


def read_population(path: Path, summary: Mapping[str, Any]) -> Population:
    """Read the residents of a snapshot; an empty population if nothing says where they live."""
    if not path.exists():
        none = np.empty(0, dtype=object)
        return Population(none, "building", np.empty((0, 2)), np.empty(0), {}, none, "none", summary)
    table = pq.read_table(path)
    return Population(
        _objects(table.column("object_id")),
        str(summary["feature_class"]),
        np.column_stack([_floats(table.column("metric_x")), _floats(table.column("metric_y"))]),
        _floats(table.column("persons")),
        {band: _floats(table.column(band)) for band in AGE_BANDS if band in table.column_names},
        _objects(table.column("in_area")),
        str(summary["method"]),
        summary,
    )


def _values(column: Any, kind: str) -> npt.NDArray[Any]:  # noqa: ANN401 - pyarrow has no types
    if kind in {"integer", "number", "boolean"}:
        return _floats(column)
    return _objects(column)


def _floats(column: Any) -> Floats:  # noqa: ANN401
    return np.asarray(column.cast("float64").to_numpy(), dtype=np.float64)


def _objects(column: Any) -> Objects:  # noqa: ANN401
    return np.asarray(column.to_numpy(), dtype=object)
