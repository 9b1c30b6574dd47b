"""Rows of the registers: coordinates in the bureau's datum, codes and yes-no as people write them."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import shapely

from xiancheng.city.classes import Catalogue
from xiancheng.city.datum import wgs84_to_gcj02
from xiancheng.sample.facilities import Facility
from xiancheng.sample.frame import ORIGIN, Floats, bend, degrees
from xiancheng.sample.registers import KEY, PLACE, Register


def lonlat(xy: Floats, datum: str) -> Floats:
    """Return ``(n, 2)`` degrees of places of the straight plan, in CGCS2000 or GCJ-02, to a centimetre."""
    places = degrees(bend(xy))
    if datum == "GCJ02":
        places = np.column_stack(wgs84_to_gcj02(places[:, 0], places[:, 1]))
    return np.round(places, 7)


@dataclass(frozen=True)
class Table:
    """Headers, the identifier of each row and its values."""

    header: list[tuple[str, ...]]
    ids: list[str]
    rows: list[list[Any]]

    def column(self, attribute_header: Sequence[str]) -> int:
        """Return the place of a column."""
        return self.header.index(tuple(attribute_header))


def table_of(register: Register, facilities: Iterable[Facility], which: int, catalogue: Catalogue) -> Table:
    """Return a register's rows at date number `which`."""
    present = [(f, state) for f in facilities if (state := f.at(which)) is not None]
    header: list[tuple[str, ...]] = [(KEY,), ("名称",), ("地址",), *(c.header for c in register.columns)]
    places: Floats | None = None
    if register.datum is not None:
        header += [(PLACE[0],), (PLACE[1],)]
        places = lonlat(np.array([(f.x, f.y) for f, _ in present], dtype=float), register.datum)
    written = _Written(catalogue, register.feature_class)
    rows: list[list[Any]] = []
    for i, (facility, state) in enumerate(present):
        row: list[Any] = [facility.id, facility.name, facility.address]
        row += [written.cell(c.attribute, state.get(c.attribute)) for c in register.columns]
        if places is not None:
            row += [float(places[i, 0]), float(places[i, 1])]
        rows.append(row)
    return Table(header, [f.id for f, _ in present], rows)


class _Written:
    """Values as people write them: titles of codes, 是 and 否."""

    def __init__(self, catalogue: Catalogue, feature_class: str) -> None:
        self._catalogue = catalogue
        self._attributes = {a.name: a for a in catalogue[feature_class].attributes}

    def cell(self, name: str, value: Any) -> Any:  # noqa: ANN401 - values of all types
        if value is None:
            return None
        attribute = self._attributes[name]
        if attribute.type == "boolean":
            return "是" if value else "否"
        if attribute.type == "code":
            return self._catalogue.code_title(str(attribute.codes), str(value)).zh
        if attribute.type == "codes":
            return "、".join(self._catalogue.code_title(str(attribute.codes), str(v)).zh for v in value)
        return value


def write_csv(path: Path, header: Sequence[str], columns: Sequence[Sequence[Any]], *, encoding: str = "gbk") -> None:
    """Write columns as CSV with the line ends of Windows."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(header)
    writer.writerows(zip(*columns, strict=True))
    path.write_bytes(text.getvalue().encode(encoding))


def fixed(values: Floats, digits: int) -> list[str]:
    """Return numbers with a fixed number of decimals."""
    return np.char.mod(f"%.{digits}f", values).tolist()


def write_geojson(
    path: Path, name: str, features: Iterable[tuple[str, shapely.Geometry, dict[str, Any]]], *, ground: bool = True
) -> None:
    """Write features as GeoJSON in CGCS2000 with a ``crs`` member.

    Parameters
    ----------
    features
        Identifier, geometry in metres and properties.
    ground
        Whether the geometry is on the ground already; else it is on the straight plan.
    """

    def transform(xy: Floats) -> Floats:
        return np.round(degrees(xy if ground else bend(xy)), 7)

    content = {
        "type": "FeatureCollection",
        "name": name,
        "note": "合成数据 synthetic data",
        "crs": {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::4490"}},
        "features": [
            {
                "type": "Feature",
                "id": number,
                "properties": {"id": number, **properties},
                "geometry": json.loads(shapely.to_geojson(shapely.transform(geometry, transform))),
            }
            for number, geometry, properties in features
        ],
    }
    path.write_text(json.dumps(content, ensure_ascii=False, separators=(",", ":")) + "\n", encoding="utf-8")


def projected(geometry: shapely.Geometry) -> shapely.Geometry:
    """Return geometry on the ground, metres from the seat's middle, in the county's CRS, to a millimetre."""
    return shapely.transform(geometry, lambda xy: np.round(xy + ORIGIN, 3))
