"""FlatGeobuf: one layer, whose header states its CRS."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from xiancheng.city.layer import SourceLayer
from xiancheng.city.readers._magic import FLATGEOBUF, head, wrong_content
from xiancheng.city.readers._ogr import layer_names, read_layer
from xiancheng.city.readers.geopackage import layer_of
from xiancheng.city.readers.registry import ReadOptions, reader
from xiancheng.foundation.text import Text


@reader("flatgeobuf", ".fgb")
def read_flatgeobuf(path: Path, options: ReadOptions) -> Iterator[SourceLayer]:
    """Read a FlatGeobuf file.

    Raises
    ------
    SourceError
        If it is not FlatGeobuf, or damaged.
    """
    if not head(path, 8).startswith(FLATGEOBUF):
        raise wrong_content(path, Text("FlatGeobuf", "FlatGeobuf"), "flatgeobuf")
    name = layer_names(path)[0]
    known = name if name in options.catalogue.classes else path.stem
    yield layer_of(read_layer(path), name, known if known in options.catalogue.classes else None, options)
