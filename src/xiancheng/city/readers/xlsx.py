"""Spreadsheets: .xlsx, .xls, .xlsb and .ods through calamine."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import python_calamine as calamine

from xiancheng.city.layer import Rejection, SourceLayer
from xiancheng.city.readers._magic import OLE, ZIP, head, wrong_content
from xiancheng.city.readers._ods import merged_ranges
from xiancheng.city.readers._table import NoHeader, Sheet, no_header, to_layer
from xiancheng.city.readers.registry import ReadOptions, reader
from xiancheng.foundation.errors import SourceError
from xiancheng.foundation.text import Text


@reader("xlsx", ".xlsx", ".xlsm", ".xlsb", ".xls", ".ods")
def read_xlsx(path: Path, options: ReadOptions) -> Iterator[SourceLayer]:
    """Read a workbook, every sheet a layer. Row numbers are the sheet's.

    Raises
    ------
    SourceError
        If it is no workbook, protected by a password, damaged, or no sheet has a header.
    """
    if not head(path, 8).startswith((ZIP, OLE)):
        raise wrong_content(path, Text("Excel 工作簿", "an Excel workbook"), "xlsx")
    workbook = _open(path)
    names = list(workbook.sheet_names)
    if options.layer is not None:
        if options.layer not in names:
            raise SourceError(
                path,
                Text(f"没有工作表“{options.layer}”", f"no sheet {options.layer!r}"),
                hint=Text("有：" + "、".join(names), "it has: " + ", ".join(names)),
            )
        names = [options.layer]
    layers: list[SourceLayer] = []
    headless: list[str] = []
    for name in names:
        options.progress.step(Text(f"读取工作表 {name}", f"reading sheet {name}"))
        sheet = _sheet(path, workbook, name)
        if not any(v not in {"", None} for row in sheet.cells for v in row):
            continue
        try:
            layers.append(to_layer(path, sheet, options))
        except NoHeader:
            headless.append(name)
    if not layers:
        if headless:
            raise no_header(path, headless[0])
        raise SourceError(path, Text("工作簿是空的", "the workbook is empty"))
    yield from layers
    for name in headless:
        error = no_header(path, name)
        rejection = Rejection(None, None, None, error.message)
        yield SourceLayer(name, {}, None, np.empty(0, dtype=np.int64), rejections=[rejection])


def _open(path: Path) -> calamine.CalamineWorkbook:
    try:
        return calamine.CalamineWorkbook.from_path(str(path))
    except calamine.PasswordError as error:
        raise SourceError(
            path,
            Text("工作簿有密码", "the workbook is protected by a password"),
            hint=Text("在 Excel 中取消密码后另存", "save it without the password"),
        ) from error
    except (calamine.CalamineError, OSError, ValueError) as error:
        raise _damaged(path, error) from error


def _damaged(path: Path, error: Exception) -> SourceError:
    return SourceError(
        path,
        Text(f"工作簿损坏：{error}", f"the workbook is damaged: {error}"),
        hint=Text("用 Excel 打开并另存，或请提供者重新导出", "open and save it with Excel, or have it exported again"),
    )


def _sheet(path: Path, workbook: calamine.CalamineWorkbook, name: str) -> Sheet:
    try:
        sheet = workbook.get_sheet_by_name(name)
        # Leading empty rows stay, so that row numbers are the sheet's.
        cells = sheet.to_python(skip_empty_area=False)
        ranges = sheet.merged_cell_ranges
    except (calamine.CalamineError, OSError, ValueError) as error:
        raise _damaged(path, error) from error
    if ranges is None:
        return Sheet(name, cells, merged_ranges(path).get(name, []))
    return Sheet(name, cells, [(top, left, bottom, right) for (top, left), (bottom, right) in ranges])
