"""An uploaded workbook: its cells as they are, and the rows of one class among them, checked cell by cell."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import python_calamine as calamine
import shapely

from xiancheng.city._cells import parse_number
from xiancheng.city.classes import Attribute, Catalogue, FeatureClass
from xiancheng.city.columns import parse_values
from xiancheng.city.layer import Geometries
from xiancheng.city.matching import parse_ids
from xiancheng.city.readers._table import NoHeader, find_header
from xiancheng.city.values import NUMERIC
from xiancheng.foundation.errors import SourceError
from xiancheng.foundation.text import Text
from xiancheng.site.registers.checking import LONGEST, out_of_range
from xiancheng.site.registers.sheets.layout import Layout, layout_of

MOST_ROWS = 200_000
Objects = npt.NDArray[np.object_]


@dataclass(frozen=True, slots=True)
class Fault:
    """A cell that cannot be taken; `row` among the rows read, `column` of the sheet (-1: the row as a whole)."""

    row: int
    column: int
    value: str
    reason: Text


@dataclass
class Upload:
    """An uploaded workbook.

    Attributes
    ----------
    sheets
        Name → cells of every sheet, as uploaded.
    name
        The sheet that holds the objects.
    numbers
        ``(n,)`` rows of that sheet (from 0) that hold objects.
    ids
        ``(n,)`` identifiers, None for a new object.
    columns
        Attribute → ``(n,)`` values, as in a feature table.
    points
        ``(n,)`` points of longitude and latitude; None where the cells are empty.
    """

    sheets: dict[str, list[list[Any]]]
    name: str
    layout: Layout
    numbers: list[int]
    ids: Objects
    columns: dict[str, npt.NDArray[Any]]
    points: Geometries
    faults: list[Fault] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.numbers)


def read_upload(path: Path, feature_class: FeatureClass, catalogue: Catalogue) -> Upload:
    """Read a workbook that a bureau filled in.

    Raises
    ------
    SourceError
        If it is no workbook, or no sheet of it has the columns of the class.
    """
    sheets = _sheets(path)
    name, layout = _find(path, sheets, feature_class)
    cells = sheets[name]
    numbers = [i for i in range(layout.header + 1, len(cells)) if any(v not in {"", None} for v in cells[i])]
    if len(numbers) > MOST_ROWS:
        raise SourceError(path, Text(f"超过 {MOST_ROWS} 行", f"more than {MOST_ROWS} rows"))
    upload = Upload(sheets, name, layout, numbers, np.full(len(numbers), None, dtype=object), {}, np.empty(0, object))
    if layout.identifier is not None:
        upload.ids = parse_ids(_column(cells, numbers, layout.identifier))
    _refuse_repeated(upload)
    for attribute in feature_class.attributes:
        if attribute.name in layout.attributes:
            _read(upload, attribute, layout.attributes[attribute.name], catalogue)
    upload.points = _points(upload, cells)
    return upload


def _sheets(path: Path) -> dict[str, list[list[Any]]]:
    try:
        book = calamine.CalamineWorkbook.from_path(str(path))
        return {n: book.get_sheet_by_name(n).to_python(skip_empty_area=False) for n in book.sheet_names}
    except (calamine.CalamineError, OSError, ValueError) as error:
        raise SourceError(
            path,
            Text("不是能读的 Excel 工作簿", "not an Excel workbook that can be read"),
            hint=Text("用 Excel 打开后另存为 .xlsx，取消密码", "save it as .xlsx with Excel, without a password"),
        ) from error


def _find(path: Path, sheets: dict[str, list[list[Any]]], feature_class: FeatureClass) -> tuple[str, Layout]:
    """Return the sheet whose header names most of the class's columns."""
    best: tuple[int, str, Layout] | None = None
    for name, cells in sheets.items():
        try:
            header = find_header([[_word(v) for v in row] for row in cells[:60]])
        except NoHeader:
            continue
        layout = layout_of(header, cells[header], feature_class)
        count = len(layout.attributes) + 2 * (layout.identifier is not None)
        if count and (best is None or count > best[0]):
            best = (count, name, layout)
    title = feature_class.title
    if best is None:
        raise SourceError(
            path,
            Text(f"没有一张表有“{title.zh}”的列", f"no sheet has the columns of {title.en}"),
            hint=Text("请用本页的模板或导出的表", "use the template or the export of this page"),
        )
    if best[2].other_datum:
        raise SourceError(
            path,
            Text("坐标不是 CGCS2000", "the coordinates are not CGCS2000"),
            hint=Text(
                "火星、百度坐标请用“导入”页，可选坐标基准", "import it on the Imports page, which asks for the datum"
            ),
        )
    return best[1], best[2]


def _word(value: Any) -> Any:  # noqa: ANN401 - any cell
    return (value.strip() or None) if isinstance(value, str) else value


def _column(cells: Sequence[Sequence[Any]], numbers: Sequence[int], column: int) -> list[Any]:
    out = [_word(cells[i][column]) if column < len(cells[i]) else None for i in numbers]
    return [None if v == "" else v for v in out]


def _refuse_repeated(upload: Upload) -> None:
    first: dict[str, int] = {}
    for i, object_id in enumerate(upload.ids.tolist()):
        if object_id is not None and first.setdefault(object_id, i) != i:
            row = upload.numbers[first[object_id]] + 1
            reason = Text(f"标识与第 {row} 行重复", f"the identifier stands in row {row} already")
            upload.faults.append(Fault(i, upload.layout.identifier or 0, object_id, reason))


def _read(upload: Upload, attribute: Attribute, column: int, catalogue: Catalogue) -> None:
    raw = _column(upload.sheets[upload.name], upload.numbers, column)
    parsed, problems = parse_values(raw, attribute, catalogue.codes)
    upload.faults += [Fault(p.row, column, p.value, p.reason) for p in problems]
    if attribute.type in NUMERIC:
        low = -np.inf if attribute.minimum is None else attribute.minimum
        high = np.inf if attribute.maximum is None else attribute.maximum
        with np.errstate(invalid="ignore"):
            outside = np.flatnonzero((parsed < low) | (parsed > high))
        for i in outside.tolist():
            reason = out_of_range(attribute, float(parsed[i]))
            if reason is not None:
                upload.faults.append(Fault(i, column, f"{parsed[i]:g}", reason))
    else:
        for i, value in enumerate(parsed.tolist()):
            if value is not None and len(value) > LONGEST:
                reason = Text(f"最多 {LONGEST} 个字", f"at most {LONGEST} characters")
                upload.faults.append(Fault(i, column, value[:40], reason))
    if attribute.required:
        wrong = {p.row for p in problems}
        empty = np.isnan(parsed) if attribute.type in NUMERIC else parsed == None  # noqa: E711
        for i in np.flatnonzero(empty).tolist():
            if i not in wrong:
                upload.faults.append(Fault(i, column, "", Text("必填", "required")))
    upload.columns[attribute.name] = parsed


def _points(upload: Upload, cells: Sequence[Sequence[Any]]) -> Geometries:
    """Return the points that longitude and latitude give."""
    layout, n = upload.layout, len(upload)
    out = np.full(n, None, dtype=object)
    if layout.longitude is None or layout.latitude is None:
        return out
    sides = []
    for column, limit in ((layout.longitude, 180.0), (layout.latitude, 90.0)):
        degrees = np.full(n, np.nan)
        for i, value in enumerate(_column(cells, upload.numbers, column)):
            if value is None:
                continue
            try:
                number = parse_number(value, None)
            except (ValueError, TypeError):
                number = np.inf
            if number is not None and abs(number) > limit:
                reason = Text(f"不是 ±{limit:g}° 之内的度数", f"no degrees within ±{limit:g}°")
                upload.faults.append(Fault(i, column, str(value), reason))
                number = None
            degrees[i] = np.nan if number is None else number
        sides.append(degrees)
    half = np.flatnonzero(np.isnan(sides[0]) != np.isnan(sides[1])).tolist()
    faulty = {f.row for f in upload.faults if f.column in {layout.longitude, layout.latitude}}
    for i in half:
        if i not in faulty:
            column = layout.longitude if np.isnan(sides[0][i]) else layout.latitude
            upload.faults.append(Fault(i, column, "", Text("经度、纬度要同时填写", "fill in both coordinates")))
    placed = np.flatnonzero(np.isfinite(sides[0]) & np.isfinite(sides[1]))
    out[placed] = shapely.points(sides[0][placed], sides[1][placed])
    return out
