"""Running every check over the tables of a county."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import shapely

from xiancheng.city.classes import Catalogue
from xiancheng.city.county import County
from xiancheng.city.layer import Geometries
from xiancheng.city.quality.registry import CheckSpec, Found, Inspection, checks
from xiancheng.city.quality.report import SEVERITIES, Finding, FoundObject, QualityReport
from xiancheng.city.snapshot import FeatureTable
from xiancheng.foundation.text import Text

LISTED = 1000
"""Objects listed for one finding; the count is always of all."""


def check(
    tables: Mapping[str, FeatureTable], *, county: County, catalogue: Catalogue, listed: int = LISTED
) -> QualityReport:
    """Run every check on the features of one date.

    Parameters
    ----------
    tables
        Class name → features, as of one date.
    county
        Whose boundary, code and own rules count.
    catalogue
        The classes and code lists.
    listed
        Objects to list for each finding, the worst first.

    Raises
    ------
    ConfigError
        If a consistency rule is wrong.
    """
    inspection = Inspection(tables, county, catalogue)
    present = {c.name: tables[c.name] for c in catalogue if c.name in tables and len(tables[c.name])}
    specs = checks()
    findings: list[Finding] = []
    for table in present.values():
        for spec in specs.values():
            if spec.of(table.feature_class):
                findings.extend(
                    _finding(spec, table, found, listed)
                    for found in spec.function(table, inspection)
                    if len(found.rows)
                )
    order = {severity: i for i, severity in enumerate(SEVERITIES)}
    position = {name: i for i, name in enumerate(present)}
    findings.sort(key=lambda f: (position[f.feature_class], order[f.severity], f.check))
    return QualityReport(
        county=county.name,
        code=county.code,
        synthetic=county.synthetic,
        checked={name: (table.feature_class.title, len(table)) for name, table in present.items()},
        findings=tuple(findings),
        checks={name: spec.title for name, spec in specs.items()},
        notes=tuple(inspection.notes),
    )


def _finding(spec: CheckSpec, table: FeatureTable, found: Found, listed: int) -> Finding:
    count, total = len(found.rows), len(table)
    rows = found.rows[:listed]
    names = table.column("name")
    if found.points is not None:
        points = found.points[:listed]
    else:
        points = shapely.get_coordinates(shapely.force_2d(_places(table.geometry[rows])))
    objects = tuple(
        FoundObject(
            id=str(table.ids[row]),
            name=None if names[row] is None else str(names[row]),
            lon=_coordinate(points[i, 0]),
            lat=_coordinate(points[i, 1]),
            detail=found.details(i),
        )
        for i, row in enumerate(rows)
    )
    message = Text(
        found.message.zh.replace("{count}", f"{count:,}").replace("{total}", f"{total:,}"),
        found.message.en.replace("{count}", f"{count:,}").replace("{total}", f"{total:,}"),
    )
    return Finding(
        check=spec.name,
        title=spec.title,
        feature_class=table.feature_class.name,
        severity=found.severity or spec.severity,
        count=count,
        total=total,
        message=message,
        objects=objects,
    )


def _places(geometry: Geometries) -> Geometries:
    """Return one point for each geometry, not a number where there is none; works for invalid polygons too."""
    first = shapely.get_coordinates(geometry, return_index=True)
    points = np.full((len(geometry), 2), np.nan)
    coordinates, index = first
    owners, start = np.unique(index, return_index=True)
    points[owners] = coordinates[start]
    simple = shapely.is_valid(geometry) & ~shapely.is_empty(geometry)
    inside = shapely.get_coordinates(shapely.point_on_surface(geometry[simple]))
    points[simple] = inside
    return np.asarray(shapely.points(points), dtype=object)


def _coordinate(value: float) -> float | None:
    return round(float(value), 7) if np.isfinite(value) else None
