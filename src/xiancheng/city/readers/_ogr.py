"""Reading a layer through GDAL, as raw values and screened geometries."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyogrio
from pyogrio.errors import DataLayerError, DataSourceError, FieldError

from xiancheng.city.datum import parse_datum
from xiancheng.city.layer import Geometries
from xiancheng.city.readers._geometry import from_wkb
from xiancheng.foundation.errors import SourceError, UnknownNameError
from xiancheng.foundation.text import Text


@dataclass
class OgrLayer:
    """One layer as GDAL gives it: `n` features, none left out."""

    columns: dict[str, Sequence[Any]]
    geometry: Geometries | None
    reasons: dict[int, Text]
    rows: npt.NDArray[np.int64]
    crs: str | None


def failed(path: Path, error: Exception) -> SourceError:
    """Return the error for a file that GDAL cannot read."""
    return SourceError(
        path,
        Text(f"无法读取：{error}", f"cannot be read: {error}"),
        hint=Text("文件可能损坏或不完整；请重新导出", "it may be damaged or incomplete; export it again"),
    )


@contextmanager
def _quiet() -> Iterator[None]:
    """Silence GDAL's warnings of single features (unclosed rings, measures): the screening tells of them by row."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        warnings.simplefilter("ignore", UserWarning)
        yield


def layer_names(path: Path) -> list[str]:
    """Return the names of the layers of a file.

    Raises
    ------
    SourceError
        If GDAL cannot open it.
    """
    try:
        with _quiet():
            names = [str(name) for name in pyogrio.list_layers(path)[:, 0]]
    except (DataSourceError, DataLayerError, ValueError) as error:
        raise failed(path, error) from error
    if not names:
        raise SourceError(
            path,
            Text("里面没有图层", "it has no layers"),
            hint=Text("文件可能损坏或不完整；请重新导出", "it may be damaged or incomplete; export it again"),
        )
    return names


def field_names(path: Path, layer: str) -> set[str]:
    """Return the names of the fields of a layer.

    Raises
    ------
    SourceError
        If GDAL cannot read it.
    """
    try:
        with _quiet():
            return {str(name) for name in pyogrio.read_info(path, layer=layer)["fields"]}
    except (DataSourceError, DataLayerError, ValueError) as error:
        raise failed(path, error) from error


def read_layer(
    path: Path, layer: str | None = None, *, encoding: str | None = None, where: str | None = None
) -> OgrLayer:
    """Read a whole layer.

    Parameters
    ----------
    layer
        Its name; None reads the first.
    encoding
        Encoding of text in a DBF file.
    where
        A condition in the layer's own SQL.

    Raises
    ------
    SourceError
        If GDAL cannot read it.
    """
    try:
        with _quiet():
            meta, table = pyogrio.raw.read_arrow(path, layer=layer, encoding=encoding, where=where)
    except (DataSourceError, DataLayerError, FieldError, pa.ArrowException, OSError, ValueError, RuntimeError) as error:
        raise failed(path, error) from error
    geometry_name = meta["geometry_name"] or "wkb_geometry"
    geometry: Geometries | None = None
    reasons: dict[int, Text] = {}
    if meta["geometry_type"] is not None and geometry_name in table.column_names:
        geometry, reasons = from_wkb(table.column(geometry_name).to_pylist())
    columns: dict[str, Sequence[Any]] = {
        name: _values(table.column(name)) for name in table.column_names if name in set(map(str, meta["fields"]))
    }
    return OgrLayer(columns, geometry, reasons, np.arange(1, table.num_rows + 1), meta["crs"])


def _values(column: pa.ChunkedArray) -> list[Any]:
    """Return the values of a column as Python's own; NaN is not known."""
    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    values: list[Any] = column.to_pylist()
    if pa.types.is_floating(column.type):
        return [None if v is None or v != v else v for v in values]  # noqa: PLR0124 - NaN is not itself
    if pa.types.is_string(column.type) or pa.types.is_large_string(column.type):
        return [v.strip() or None if v is not None else None for v in values]
    return values


def stated_datum(crs: str | None) -> str | None:
    """Return the normal name of a CRS that a file states, None if it says it does not know.

    What no one knows is handed on as it is, for the person to see.
    """
    if crs is None or not crs.strip() or "Undefined" in crs[:80] or "Unknown" in crs[:80]:
        return None
    try:
        return parse_datum(crs)
    except UnknownNameError:
        return crs
