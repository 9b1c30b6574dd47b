"""What a reader hands over: columns, geometries and row numbers, before any judgement."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt

from xiancheng.foundation.text import Text

Geometries = npt.NDArray[np.object_]
"""One-dimensional array of shapely geometries or None."""


@dataclass(frozen=True, slots=True)
class Rejection:
    """One row (or object) of a source that was not taken, and why."""

    row: int | None
    """Row number as a person counts it in the source (XLSX and CSV: the sheet's row; else 1-based feature)."""
    object_id: str | None
    field: str | None
    reason: Text
    value: str | None = None


@dataclass
class SourceLayer:
    """One layer of a source file.

    Attributes
    ----------
    name
        Name of the layer in its source (sheet, table, file stem).
    columns
        Column name as in the source → sequence of `n` raw values (str, int, float, bool, date or None).
    geometry
        `n` shapely geometries in the source's coordinates, x before y (longitude before latitude); None for a
        table without places.
    rows
        `n` row numbers as a person counts them.
    ids
        `n` stable identifiers of the source's own (such as ``w123`` for an OSM way), if it has any.
    feature_class
        The class the reader knows these to be (OSM rules, own layers); else the mapping must say.
    datum
        What the source itself states about its coordinates (``EPSG:4326``, ``CGCS2000``, …); None if nothing.
    mapped
        True if `columns` already carry the class's attribute names.
    rejections
        What the reader could not read.
    place_columns
        The columns that the geometries were read from, in a table of coordinates.
    valid_on
        The date that the source says its contents describe.
    notes
        What a person should know of the reading though nothing is wrong, such as what was left out on purpose.
    """

    name: str
    columns: Mapping[str, Sequence[Any]]
    geometry: Geometries | None
    rows: npt.NDArray[np.int64]
    ids: Sequence[str] | None = None
    feature_class: str | None = None
    datum: str | None = None
    mapped: bool = False
    rejections: list[Rejection] = field(default_factory=list)
    place_columns: tuple[str, ...] = ()
    valid_on: date | None = None
    notes: list[Text] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.rows)
