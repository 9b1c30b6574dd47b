"""Shape of the city model's tables, whatever database holds them: one a feature class, bitemporal, append-only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from xiancheng.city.classes import AttributeType, FeatureClass

FIXED = (
    "fid", "object_id", "valid_from", "valid_to", "recorded_from", "recorded_to", "source", "reason", "cim_level",
    "geom",
)  # fmt: skip
"""Columns that every class has besides its attributes (``geom`` only where it has a place)."""

GEOMETRY_TYPES = {"point": "POINT", "line": "MULTILINESTRING", "polygon": "MULTIPOLYGON", "any": "GEOMETRY"}
"""Declared type of a layer. Lines and polygons are multi: QGIS and GDAL then edit and append any of them."""

OVERLAP = "overlapping validity of one object"
APPEND_ONLY = "records are append-only"

REGISTERS = {"xc_change": "变更记录 change sets", "xc_lineage": "沿革 lineage"}
"""Tables of the model besides those of classes."""

ColumnType = Literal["text", "integer", "number", "boolean", "date"]

_COLUMN_TYPES: dict[AttributeType, ColumnType] = {
    "text": "text", "integer": "integer", "number": "number", "boolean": "boolean", "date": "date", "code": "text",
    "codes": "text", "json": "text",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class TableShape:
    """How the table of a class is made.

    Attributes
    ----------
    description
        What the class is, for whoever opens the database.
    geometry_type
        One of `GEOMETRY_TYPES`, None for a class without places.
    columns
        Attribute → type, in order.
    """

    name: str
    description: str
    geometry_type: str | None
    columns: dict[str, ColumnType]

    @classmethod
    def of(cls, feature_class: FeatureClass) -> TableShape:
        """Return the shape that the catalogue wants."""
        return cls(
            feature_class.name,
            f"{feature_class.title.zh} {feature_class.title.en}",
            GEOMETRY_TYPES.get(feature_class.geometry),
            {a.name: _COLUMN_TYPES[a.type] for a in feature_class.attributes},
        )

    @property
    def fixed(self) -> tuple[str, ...]:
        """The columns besides the attributes."""
        return FIXED if self.geometry_type is not None else FIXED[:-1]
