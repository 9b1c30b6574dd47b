"""An assessment, or the places of an indicator, as a file."""

from __future__ import annotations

import csv
import io
import json
import tempfile
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import orjson
import pyarrow as pa
import shapely
import xlsxwriter

from xiancheng.city.snapshot import Snapshot
from xiancheng.city.writers.geoparquet import write_parquet
from xiancheng.foundation.text import Language, Text
from xiancheng.programme.assessment import Assessment
from xiancheng.programme.report import html, xlsx
from xiancheng.programme.report.grouping import indicators
from xiancheng.programme.report.json import as_dict
from xiancheng.site.assessments.places import Places, collection_out, rows_out
from xiancheng.site.county import snapshot

SYNTHETIC = Text("合成数据：并非真实情况", "synthetic data: not real")
TYPES = {
    "json": "application/json",
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "html": "text/html; charset=utf-8",
    "parquet": "application/vnd.apache.parquet",
    "geojson": "application/geo+json",
}
_CREATED = datetime(2000, 1, 1)  # noqa: DTZ001 - a fixed day, so that the same rows give the same bytes
_BOM = "\ufeff"
"""Without it Excel takes a CSV file for one in the system's old encoding."""

_INDICATORS: dict[str, pa.DataType] = {
    "programme": pa.string(),
    "article": pa.string(),
    "clause": pa.string(),
    "clause_zh": pa.string(),
    "clause_en": pa.string(),
    "clause_status": pa.string(),
    "bureaus": pa.string(),
    "indicator": pa.string(),
    "indicator_zh": pa.string(),
    "indicator_en": pa.string(),
    "status": pa.string(),
    "value": pa.float64(),
    "unit": pa.string(),
    "at_least": pa.float64(),
    "at_most": pa.float64(),
    "by": pa.date32(),
    "gap": pa.float64(),
    "numerator": pa.float64(),
    "denominator": pa.float64(),
    "places_short": pa.int64(),
    "measure": pa.string(),
    "params": pa.string(),
    "certainty": pa.string(),
    "as_of": pa.date32(),
    "snapshot": pa.string(),
    "synthetic": pa.bool_(),
}
_PLACES: dict[str, pa.DataType] = {
    "rank": pa.int64(),
    "class": pa.string(),
    "id": pa.string(),
    "name": pa.string(),
    "amount": pa.float64(),
    "unit": pa.string(),
    "area": pa.string(),
    "area_name": pa.string(),
    "lon": pa.float64(),
    "lat": pa.float64(),
}
_TITLES = {
    "rank": Text("序号", "rank"),
    "class": Text("要素类", "class"),
    "id": Text("编号", "id"),
    "name": Text("名称", "name"),
    "amount": Text("数量", "amount"),
    "unit": Text("单位", "unit"),
    "area": Text("区划代码", "area code"),
    "area_name": Text("乡镇", "township"),
    "lon": Text("经度（CGCS2000）", "longitude (CGCS2000)"),
    "lat": Text("纬度（CGCS2000）", "latitude (CGCS2000)"),
}

Row = dict[str, Any]


def export_assessment(assessment: Assessment, kind: str, language: Language) -> bytes:
    """Return an assessment as a file; its places are those that `assessment` lists."""
    makers: dict[str, Callable[[], bytes]] = {
        "json": lambda: orjson.dumps(as_dict(assessment), option=orjson.OPT_INDENT_2),
        "csv": lambda: _csv(_INDICATORS, _indicator_rows(assessment)),
        "xlsx": lambda: xlsx.as_bytes(assessment, language=language),
        "html": lambda: _html(assessment, language),
        "parquet": lambda: _parquet(_INDICATORS, _indicator_rows(assessment), assessment),
    }
    return makers[kind]()


def export_places(
    places: Places, indices: npt.NDArray[np.intp], kind: str, *, assessment: Assessment, language: Language
) -> bytes:
    """Return places of one indicator as a file."""
    rows = rows_out(places, indices)
    if kind == "csv":
        types = {**_PLACES, "synthetic": pa.bool_()}
        return _csv(types, [{**row, "synthetic": assessment.synthetic} for row in rows])
    if kind == "xlsx":
        return _places_xlsx(rows, assessment, language)
    if kind == "geojson":
        shapes = snapshot_of(assessment)
        return orjson.dumps(collection_out(places, indices, shapes, synthetic=assessment.synthetic))
    return _parquet(_PLACES, rows, assessment, places=True)


def snapshot_of(assessment: Assessment) -> Snapshot | None:
    """Return the snapshot that was assessed; None if its day was published again meanwhile."""
    found = snapshot(assessment.snapshot_as_of)
    return found if found.hash == assessment.snapshot else None


def _html(assessment: Assessment, language: Language) -> bytes:
    found = snapshot_of(assessment)
    maps = html.map_layers(found) if found is not None else None
    return html.as_text(assessment, language=language, maps=maps).encode("utf-8", errors="replace")


def _indicator_rows(assessment: Assessment) -> list[Row]:
    rows = []
    for clause, result in indicators(assessment):
        found, target, of = result.measurement, result.indicator.target, clause.clause
        rows.append(
            {
                "programme": assessment.programme.id,
                "article": of.article,
                "clause": of.id,
                "clause_zh": of.title.zh,
                "clause_en": of.title.en,
                "clause_status": clause.status,
                "bureaus": ";".join(of.bureaus),
                "indicator": result.indicator.id,
                "indicator_zh": result.indicator.title.zh,
                "indicator_en": result.indicator.title.en,
                "status": result.status,
                "value": found.value if found else None,
                "unit": found.unit if found else None,
                "at_least": target.at_least if target else None,
                "at_most": target.at_most if target else None,
                "by": target.by if target else None,
                "gap": result.gap,
                "numerator": found.numerator if found else None,
                "denominator": found.denominator if found else None,
                "places_short": len(found.short) if found and found.short is not None else None,
                "measure": result.indicator.measure,
                "params": json.dumps(dict(found.params), ensure_ascii=False) if found else None,
                "certainty": result.indicator.certainty,
                "as_of": assessment.as_of,
                "snapshot": assessment.snapshot,
                "synthetic": assessment.synthetic,
            }
        )
    return rows


def _csv(types: dict[str, pa.DataType], rows: Sequence[Row]) -> bytes:
    stream = io.StringIO(newline="")
    writer = csv.writer(stream)
    writer.writerow(types)
    writer.writerows([[_cell(row[name]) for name in types] for row in rows])
    return (_BOM + stream.getvalue()).encode()


def _cell(value: object) -> object:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str) and value[:1] in {"=", "+", "-", "@", "\t", "\r"}:
        # A spreadsheet would take a name that begins so for a formula and run it.
        return "'" + value
    return value


def _parquet(
    types: dict[str, pa.DataType], rows: Sequence[Row], assessment: Assessment, *, places: bool = False
) -> bytes:
    columns = {
        name: pa.array([None if row[name] is None else _typed(row[name], kind) for row in rows], kind)
        for name, kind in types.items()
    }
    geometry = None
    if places:
        points = [None if row["lon"] is None else shapely.Point(row["lon"], row["lat"]) for row in rows]
        geometry = np.empty(len(points), dtype=object)
        geometry[:] = points
    about = {
        "county": assessment.county_name.zh,
        "programme": assessment.programme.id,
        "as_of": assessment.as_of.isoformat(),
        "snapshot": assessment.snapshot,
        **({"synthetic": "true"} if assessment.synthetic else {}),
    }
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "export.parquet"
        write_parquet(path, columns=columns, geometry=geometry, metadata=about)
        return path.read_bytes()


def _typed(value: Any, kind: pa.DataType) -> Any:  # noqa: ANN401 - a cell
    return float(value) if pa.types.is_floating(kind) else value


def _places_xlsx(rows: Sequence[Row], assessment: Assessment, language: Language) -> bytes:
    stream = io.BytesIO()
    options = {
        "in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False,
    }  # fmt: skip
    with xlsxwriter.Workbook(stream, options) as book:
        book.set_properties({"title": assessment.county_name.get(language), "created": _CREATED})
        bold = book.add_format({"bold": True, "bg_color": "#E4ECEF", "bottom": 1})
        note = book.add_format({"bold": True, "font_color": "#B00020"})
        sheet = book.add_worksheet(Text("短板", "places short").get(language))
        top = 0
        if assessment.synthetic:
            sheet.write_string(0, 0, SYNTHETIC.get(language), note)
            top = 1
        sheet.freeze_panes(top + 1, 0)
        sheet.autofilter(top, 0, top + max(len(rows), 1), len(_PLACES) - 1)
        sheet.set_column(0, len(_PLACES) - 1, 16)
        for column, name in enumerate(_PLACES):
            sheet.write_string(top, column, _TITLES[name].get(language), bold)
            for line, row in enumerate(rows, top + 1):
                if row[name] is not None:
                    sheet.write(line, column, row[name])
    return stream.getvalue()
