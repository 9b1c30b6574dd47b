"""CSV and TSV: encoding and separator found out, coordinates by their headers."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path

from xiancheng.city.layer import SourceLayer
from xiancheng.city.readers._encoding import decode
from xiancheng.city.readers._magic import OLE, SQLITE, ZIP, head, wrong_content
from xiancheng.city.readers._table import NoHeader, Sheet, no_header, to_layer
from xiancheng.city.readers.registry import ReadOptions, reader
from xiancheng.foundation.errors import SourceError
from xiancheng.foundation.text import Text

_DELIMITERS = (",", "\t", ";", "|")
_LONGEST_CELL = 1 << 28


@reader("csv", ".csv", ".tsv", ".txt")
def read_csv(path: Path, options: ReadOptions) -> Iterator[SourceLayer]:
    """Read a table of text. Row numbers are those that a spreadsheet shows.

    Raises
    ------
    SourceError
        If it is no text, in an encoding that cannot be told, without a header, or has one coordinate column only.
    """
    if head(path, 16).startswith((SQLITE, ZIP, OLE)):
        raise wrong_content(path, Text("文本表格", "a table of text"), "csv")
    text = decode(path, path.read_bytes(), options.encoding)
    if "\0" in text:
        raise SourceError(path, Text("含有空字符，不是文本表格", "it holds NUL characters and is no table of text"))
    csv.field_size_limit(_LONGEST_CELL)  # a polygon as WKT is longer than the 128 KiB that the module allows
    try:
        cells = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter_of(text)))
    except csv.Error as error:
        raise SourceError(path, Text(f"不是有效的 CSV：{error}", f"it is not valid CSV: {error}")) from error
    try:
        yield to_layer(path, Sheet(path.stem, list(cells)), options)
    except NoHeader:
        raise no_header(path, path.stem) from None


def delimiter_of(text: str) -> str:
    """Return the separator that parts the first lines into the same number of cells, and into most."""
    sample = text[: 1 << 16].splitlines()[:50]
    if len(text) > 1 << 16 and len(sample) > 1:
        sample = sample[:-1]
    best, best_score = ",", (0.0, 0)
    for delimiter in _DELIMITERS:
        counts = [len(row) for row in csv.reader(sample, delimiter=delimiter) if row]
        if not counts:
            continue
        usual = max(set(counts), key=counts.count)
        score = (counts.count(usual) / len(counts) if usual > 1 else 0.0, usual)
        if score > best_score:
            best, best_score = delimiter, score
    return best
