"""Shapefile: datum from the .prj, encoding of the .dbf from the .cpg, or found out."""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from xiancheng.city.layer import SourceLayer
from xiancheng.city.readers._encoding import fits, known_encoding, unknown_encoding
from xiancheng.city.readers._geometry import assemble
from xiancheng.city.readers._magic import SHAPEFILE, head, wrong_content
from xiancheng.city.readers._ogr import read_layer, stated_datum
from xiancheng.city.readers.registry import ReadOptions, reader
from xiancheng.foundation.errors import SourceError
from xiancheng.foundation.text import Text

_CODE_PAGES = {"936": "gb18030", "950": "big5", "65001": "utf-8", "1252": "cp1252", "88591": "latin-1"}
_GBK_DRIVER = 0x4D
_SAMPLE = 20_000


@reader("shapefile", ".shp")
def read_shapefile(path: Path, options: ReadOptions) -> Iterator[SourceLayer]:
    """Read a shapefile.

    The datum is what the ``.prj`` states; without one nothing is stated. The encoding is the one asked for, else that
    of the ``.cpg`` if the text really is in it, else UTF-8 if it is, else GB18030.

    Raises
    ------
    SourceError
        If the .shp, .shx or .dbf is missing, cut short or of another kind.
    """
    if not head(path, 4).startswith(SHAPEFILE):
        raise wrong_content(path, Text("Shapefile", "a shapefile"), "shapefile")
    shx, dbf = _sibling(path, ".shx"), _sibling(path, ".dbf")
    for suffix, found in ((".shx", shx), (".dbf", dbf)):
        if found is None:
            raise SourceError(
                path,
                Text(f"缺少同名的 {suffix} 文件", f"the {suffix} file of the same name is missing"),
                hint=Text(
                    "Shapefile 至少有 .shp、.shx、.dbf 三个同名文件，请一并提供（最好连同 .prj、.cpg）",
                    "a shapefile is at least three files of one name, .shp, .shx and .dbf: provide them all "
                    "(and .prj and .cpg if you can)",
                ),
            )
    _check_length(path)
    encoding = _encoding(path, dbf or path, options.encoding)
    # Read byte for byte (as Latin-1) and decoded here: a field name or a value whose last character the width of the
    # field cut short would otherwise stop GDAL, and 10 bytes are only three Chinese characters and a third in UTF-8.
    layer = read_layer(path, encoding="ISO-8859-1")
    columns: dict[str, Sequence[Any]] = {}
    for name, values in layer.columns.items():
        plain_name = _decoded(name, encoding)
        columns[plain_name if plain_name not in columns else name] = [
            _decoded(v, encoding) or None if isinstance(v, str) else v for v in values
        ]
    yield assemble(path.stem, columns, layer.geometry, layer.rows, reasons=layer.reasons, datum=_datum(path))


def _decoded(text: str, encoding: str) -> str:
    return text if text.isascii() else text.encode("latin-1").decode(encoding, errors="ignore").strip()


def _sibling(path: Path, suffix: str) -> Path | None:
    """Return the file of the same name with another ending, whatever its case."""
    for candidate in (path.with_suffix(suffix), path.with_suffix(suffix.upper())):
        if candidate.is_file():
            return candidate
    return None


def _cut_short(path: Path, expected: int, found: int) -> SourceError:
    return SourceError(
        path,
        Text(
            f"文件不完整：应有 {expected} 字节，只有 {found} 字节",
            f"the file is cut short: {expected} bytes expected, {found} found",
        ),
        hint=Text("文件可能没有复制完，请重新获取", "it may be half copied; get it again"),
    )


def _check_length(path: Path) -> None:
    """Compare the length that the header states (in 16-bit words) with the file's."""
    start, size = head(path, 100), path.stat().st_size
    if len(start) < 100:
        raise _cut_short(path, 100, size)
    stated = struct.unpack(">i", start[24:28])[0] * 2
    if stated > size:
        raise _cut_short(path, stated, size)


def _datum(path: Path) -> str | None:
    prj = _sibling(path, ".prj")
    if prj is None:
        return None
    return stated_datum(prj.read_bytes().decode("utf-8", errors="replace").removeprefix("\ufeff").strip())


def encoding_of(path: Path) -> str | None:
    """Return the encoding in which the text of a shapefile's table is read; None if it has no table.

    Raises
    ------
    SourceError
        If the text is in none that can be told.
    """
    dbf = _sibling(path, ".dbf")
    return None if dbf is None else _encoding(path, dbf, None)


def _encoding(path: Path, dbf: Path, asked: str | None) -> str:
    """Return the encoding of the text of the DBF file."""
    names, cells, driver = _text(path, dbf)
    if asked is not None:
        return known_encoding(path, asked)
    if not any(byte > 127 for cell in (*names, *cells) for byte in cell):
        return "utf-8"
    candidates = ["utf-8", "gb18030"]
    if driver == _GBK_DRIVER:
        candidates.insert(0, "gb18030")
    stated = _code_page(path)
    if stated is not None:
        candidates.insert(0, stated)
    for encoding in candidates:
        if fits(names, encoding) and fits(cells, encoding):
            return encoding
    raise unknown_encoding(dbf)


def _code_page(path: Path) -> str | None:
    cpg = _sibling(path, ".cpg")
    if cpg is None:
        return None
    text = cpg.read_bytes().decode("ascii", errors="ignore").strip().lower()
    number = "".join(c for c in text if c.isdigit())
    if number in _CODE_PAGES and not text.startswith("utf"):
        return _CODE_PAGES[number]
    try:
        return known_encoding(path, text)
    except SourceError:
        return None


def _text(path: Path, dbf: Path) -> tuple[list[bytes], list[bytes], int]:
    """Return the field names, the text cells of the first records, and the language driver of a DBF file."""
    start = head(dbf, 32)
    size = dbf.stat().st_size
    if len(start) < 32:
        raise _cut_short(dbf, 32, size)
    records, header, width = struct.unpack("<IHH", start[4:12])
    if header + records * width > size:
        raise _cut_short(dbf, header + records * width, size)
    _check_count(path, dbf, records)
    raw = head(dbf, header + min(records, _SAMPLE) * width)
    names: list[bytes] = []
    cells: list[bytes] = []
    offset = 1
    table = np.frombuffer(raw[header:], dtype=np.uint8)
    table = table[: len(table) // max(width, 1) * width].reshape(-1, max(width, 1))
    for at in range(32, header - 1, 32):
        if raw[at] == 0x0D:
            break
        field = raw[at : at + 32]
        names.append(field[:11].split(b"\0")[0])
        length = field[16]
        if field[11:12] == b"C":
            column = np.ascontiguousarray(table[:, offset : offset + length])
            # Only cells with other than ASCII characters tell one encoding from another.
            cells += [row.tobytes().rstrip(b" \0") for row in column[(column > 127).any(axis=1)]]
        offset += length
    return names, cells, start[29]


def _check_count(path: Path, dbf: Path, records: int) -> None:
    """Compare the number of records of the table with that of the index of the geometries."""
    shx = _sibling(path, ".shx") or path
    shapes = (shx.stat().st_size - 100) // 8
    if shapes != records:
        raise SourceError(
            path,
            Text(
                f"几何有 {shapes} 个，属性表（{dbf.name}）有 {records} 行，两者不符",
                f"there are {shapes} geometries, but {records} rows in {dbf.name}",
            ),
            hint=Text("三个文件可能来自不同的导出，请重新导出", "the files may be of different exports; export again"),
        )
