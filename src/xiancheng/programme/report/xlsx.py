"""An assessment as an Excel workbook: by article, by bureau, every indicator, township, place and exclusion."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import numpy as np
import xlsxwriter

from xiancheng.foundation.text import Language, Text, current_language
from xiancheng.programme.assessment import STATUSES, Assessment
from xiancheng.programme.model import CLAUSE_KINDS
from xiancheng.programme.report.columns import AREAS, BUREAUS, EXCLUDED, INDICATORS, OVERVIEW, SHORT, Column
from xiancheng.programme.report.figures import (
    CERTAINTIES,
    SYMBOLS,
    change_of,
    headline,
    indicator_target_text,
    unit_of,
    unit_text,
)
from xiancheng.programme.report.grouping import bureau_title, by_article, by_bureau, indicators
from xiancheng.programme.report.json import plain
from xiancheng.programme.report.people import population_notes, population_rows

PLACES_PER_INDICATOR = 1_000
"""Places that fall short listed for each indicator; the sheet tells the total."""

_TEXT_LIMIT = 32_767
_CREATED = datetime(2000, 1, 1)  # noqa: DTZ001 - a fixed date without a place, so that equal reports are equal bytes


@dataclass(frozen=True)
class _Figure:
    """A number in a unit: a share is written as a percentage."""

    value: float | None
    unit: str


Row = Sequence[object]


def write(assessment: Assessment, path: Path, *, language: Language | None = None) -> None:
    """Write an assessment as a workbook; the same assessment gives the same bytes.

    Raises
    ------
    OSError
        If `path` cannot be written.
    """
    path.write_bytes(as_bytes(assessment, language=language))


def as_bytes(assessment: Assessment, *, language: Language | None = None) -> bytes:
    """Return the workbook of an assessment."""
    buffer = io.BytesIO()
    options = {
        "in_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
        "nan_inf_to_errors": False,
    }
    with xlsxwriter.Workbook(buffer, options) as book:
        _Book(book, assessment, language or current_language()).build()
    return buffer.getvalue()


class _Book:
    """The sheets of one workbook."""

    def __init__(self, book: Any, assessment: Assessment, language: Language) -> None:  # noqa: ANN401 - no types
        self.book, self.assessment, self.language = book, assessment, language
        title = self.say(assessment.county_name) + " " + self.say(assessment.programme.title)
        book.set_properties({"title": title, "created": _CREATED, "author": "Xiancheng"})
        base = {"font_name": "Microsoft YaHei" if language == "zh" else "Calibri", "font_size": 10, "valign": "top"}
        self.formats: dict[str, Any] = {
            "text": book.add_format({**base, "text_wrap": True}),
            "plain": book.add_format(base),
            "head": book.add_format({**base, "bold": True, "bg_color": "#E4ECEF", "bottom": 1, "text_wrap": True}),
            "title": book.add_format({**base, "bold": True, "font_size": 14}),
            "note": book.add_format({**base, "font_color": "#9C2A21", "bold": True}),
            "share": book.add_format({**base, "num_format": "0.0%"}),
            "points": book.add_format({**base, "num_format": '0.0" pp"' if language == "en" else '0.0" 个百分点"'}),
            "integer": book.add_format({**base, "num_format": "#,##0"}),
            "number": book.add_format({**base, "num_format": "#,##0.00"}),
            "degrees": book.add_format({**base, "num_format": "0.000000"}),
            "date": book.add_format({**base, "num_format": "yyyy-mm-dd", "align": "left"}),
            "met": book.add_format({**base, "font_color": "#1D6B4C"}),
            "short": book.add_format({**base, "font_color": "#A92B21", "bold": True}),
            "informative": book.add_format({**base, "font_color": "#2A5D83"}),
            "no_data": book.add_format({**base, "font_color": "#5B666B"}),
        }

    def say(self, text: Text | None) -> str:
        return "" if text is None else text.get(self.language)

    def words(self, zh: str, en: str) -> str:
        return Text(zh, en).get(self.language)

    def build(self) -> None:
        sheets: list[tuple[Text, Sequence[Column], Callable[[], list[Row]]]] = [
            (Text("概览", "Overview"), OVERVIEW, self.overview),
            (Text("责任单位", "Bureaus"), BUREAUS, self.bureaus),
            (Text("指标", "Indicators"), INDICATORS, self.indicators),
            (Text("分区", "Townships"), AREAS, self.areas),
            (Text("短板", "Places short"), SHORT, self.short),
            (Text("排除", "Excluded"), EXCLUDED, self.excluded),
        ]
        for name, columns, rows in sheets:
            self.sheet(name, columns, rows())
        self.about()

    def sheet(self, name: Text, columns: Sequence[Column], rows: list[Row]) -> None:
        sheet = self.book.add_worksheet(self.say(name))
        self.page(sheet, name)
        sheet.repeat_rows(1)
        sheet.freeze_panes(2, 3)
        sheet.write_string(0, 0, self.banner(), self.formats["note" if self.assessment.synthetic else "plain"])
        for i, column in enumerate(columns):
            sheet.set_column(i, i, column.width)
            sheet.write_string(1, i, self.say(column.title), self.formats["head"])
        for r, row in enumerate(rows, 2):
            for c, (value, column) in enumerate(zip(row, columns, strict=True)):
                self.cell(sheet, r, c, value, column.kind)
        sheet.autofilter(1, 0, max(1, len(rows) + 1), len(columns) - 1)

    def page(self, sheet: Any, name: Text) -> None:  # noqa: ANN401
        sheet.set_landscape()
        sheet.set_paper(9)
        sheet.fit_to_pages(1, 0)
        sheet.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.6)
        label = self.words("合成数据", "synthetic data") if self.assessment.synthetic else ""
        sheet.set_footer(f"&L{self.say(name)}&C{label}&R&P / &N")

    def banner(self) -> str:
        a = self.assessment
        told = f"{self.say(a.county_name)}  {self.say(a.programme.title)}  {self.words('数据日期', 'as of')} {a.as_of}"
        return (self.words("【合成数据】", "[synthetic data] ") if a.synthetic else "") + told

    def cell(self, sheet: Any, row: int, column: int, value: object, kind: str) -> None:  # noqa: ANN401
        if isinstance(value, _Figure):
            self.figure(sheet, row, column, value, kind)
        elif value is None or value == "":
            sheet.write_blank(row, column, None, self.formats["text"])
        elif isinstance(value, date):
            moment = datetime(value.year, value.month, value.day)  # noqa: DTZ001 - Excel has no zones
            sheet.write_datetime(row, column, moment, self.formats["date"])
        elif isinstance(value, int | float | np.number):
            if np.isfinite(value):
                sheet.write_number(row, column, float(value), self.number_format(float(value), kind))
        elif kind == "status":
            status = str(value)
            words = f"{SYMBOLS[status]} {self.say(STATUSES[status])}"  # type: ignore[index]
            sheet.write_string(row, column, words, self.formats[status])
        else:
            sheet.write_string(row, column, str(value)[:_TEXT_LIMIT], self.formats["text"])

    def figure(self, sheet: Any, row: int, column: int, figure: _Figure, kind: str) -> None:  # noqa: ANN401
        if figure.value is None or not np.isfinite(figure.value):
            sheet.write_string(row, column, "—", self.formats["text"])
        elif figure.unit != "share":
            sheet.write_number(row, column, figure.value, self.number_format(figure.value, kind))
        elif kind == "gap":
            sheet.write_number(row, column, 100 * figure.value, self.formats["points"])
        else:
            sheet.write_number(row, column, figure.value, self.formats["share"])

    def number_format(self, value: float, kind: str) -> Any:  # noqa: ANN401
        return self.formats[kind if kind == "degrees" else "integer" if value.is_integer() else "number"]

    def names(self, bureaus: Sequence[str]) -> str:
        return self.words("、", ", ").join(self.say(bureau_title(self.assessment, b)) for b in bureaus)

    def overview(self) -> list[Row]:
        rows: list[Row] = []
        for article, clauses in by_article(self.assessment):
            for found in clauses:
                clause, result = found.clause, headline(found)
                unit = "" if result is None else unit_of(result)
                change = None if result is None else change_of(result)
                value = None if result is None or result.measurement is None else result.measurement.value
                rows.append(
                    (
                        article.id, clause.id, self.say(clause.title), self.say(article.title),
                        self.say(CLAUSE_KINDS[clause.kind]), found.status,
                        "" if result is None else self.say(result.indicator.title), _Figure(value, unit),
                        "" if result is None else self.say(indicator_target_text(result)),
                        _Figure(None if result is None else result.gap, unit), self.say(unit_text(unit)),
                        change.arrow if change else "", self.names(clause.bureaus),
                    )
                )  # fmt: skip
        return rows

    def bureaus(self) -> list[Row]:
        rows: list[Row] = []
        for bureau in by_bureau(self.assessment):
            for found in bureau.clauses:
                result = headline(found)
                unit = "" if result is None else unit_of(result)
                value = None if result is None or result.measurement is None else result.measurement.value
                role = (
                    self.words("牵头", "leads") if found.clause.id in bureau.leads else self.words("配合", "supports")
                )
                rows.append(
                    (
                        self.say(bureau.title), found.clause.id, self.say(found.clause.title), role, found.status,
                        _Figure(value, unit), "" if result is None else self.say(indicator_target_text(result)),
                        _Figure(None if result is None else result.gap, unit), self.say(unit_text(unit)),
                    )
                )  # fmt: skip
        return rows

    def indicators(self) -> list[Row]:
        rows: list[Row] = []
        for found, result in indicators(self.assessment):
            indicator, measurement = result.indicator, result.measurement
            unit = unit_of(result)
            target = indicator.target
            trend = [p for p in result.trend if p.value is not None]
            short = measurement.short if measurement else None
            rows.append(
                (
                    found.clause.id, indicator.id, self.say(indicator.title), result.status,
                    _Figure(measurement.value if measurement else None, unit),
                    _Figure(target.at_least, unit) if target and target.at_least is not None else None,
                    _Figure(target.at_most, unit) if target and target.at_most is not None else None,
                    target.by if target else None, _Figure(result.gap, unit), self.say(unit_text(unit)),
                    measurement.numerator if measurement else None,
                    self.say(measurement.numerator_label if measurement else None),
                    measurement.denominator if measurement else None,
                    self.say(measurement.denominator_label if measurement else None),
                    len(short) if short is not None else None,
                    _Figure(trend[-2].value, unit) if len(trend) > 1 else None,
                    _Figure(result.since.value, result.since.unit) if result.since else None,
                    self.say(measurement.definition) if measurement else "",
                    "  ".join(f"{k}={_param(v)}" for k, v in measurement.params.items()) if measurement else "",
                    self.join(result.missing), self.join((indicator.note, *(measurement.notes if measurement else ()))),
                    self.say(CERTAINTIES.get(indicator.certainty or "")), indicator.measure or "",
                )
            )  # fmt: skip
        return rows

    def join(self, texts: Sequence[Text | None]) -> str:
        return "\n".join(self.say(t) for t in texts if t is not None)

    def areas(self) -> list[Row]:
        return [
            (found.clause.id, result.indicator.id, self.say(result.indicator.title), area.code, area.name,
             _Figure(area.value, measurement.unit), self.say(unit_text(measurement.unit)), area.numerator,
             area.denominator)
            for found, result in indicators(self.assessment)
            if (measurement := result.measurement) is not None
            for area in measurement.by_area
        ]  # fmt: skip

    def short(self) -> list[Row]:
        rows: list[Row] = []
        for found, result in indicators(self.assessment):
            measurement = result.measurement
            if measurement is None or measurement.short is None or not len(measurement.short):
                continue
            areas = {a.code: a.name for a in measurement.by_area}
            head = (found.clause.id, result.indicator.id, self.say(result.indicator.title))
            for n, place in enumerate(measurement.short.rows(PLACES_PER_INDICATOR), 1):
                rows.append(
                    (*head, n, place["name"], place["id"], place["class"], areas.get(place["area"], place["area"]),
                     place["lon"], place["lat"], place["amount"], self.say(unit_text(place["unit"])))
                )  # fmt: skip
            left = len(measurement.short) - PLACES_PER_INDICATOR
            if left > 0:
                total = len(measurement.short)
                told = Text(f"共 {total:,} 处，另有 {left:,} 处未列出", f"{total:,} places in all, {left:,} not listed")
                rows.append((*head, None, self.say(told), *[None] * 7))
        return rows

    def excluded(self) -> list[Row]:
        return [
            (found.clause.id, result.indicator.id, self.say(result.indicator.title), self.say(excluded.reason),
             excluded.count, self.say(unit_text(excluded.unit)))
            for found, result in indicators(self.assessment)
            if result.measurement is not None
            for excluded in result.measurement.excluded
        ]  # fmt: skip

    def nature(self) -> str:
        if self.assessment.synthetic:
            return self.words("合成数据：县域内部为虚构", "synthetic data: the inside of the county is made up")
        return self.words("实际数据", "real data")

    def about(self) -> None:
        a, say, words = self.assessment, self.say, self.words
        name = Text("说明", "Notes")
        sheet = self.book.add_worksheet(say(name))
        self.page(sheet, name)
        sheet.set_column(0, 0, 26)
        sheet.set_column(1, 1, 100)
        rows: list[tuple[str, object]] = [
            (words("县域", "county"), f"{say(a.county_name)} ({a.county_code})"),
            (words("方案", "programme"), say(a.programme.title)),
            (words("方案期", "term"), f"{a.programme.starts} – {a.programme.ends}"),
            (words("状态", "state"), words("已到期", "closed") if a.closed else words("执行中", "open")),
            (words("数据日期", "as of"), a.as_of),
            (words("快照日期", "snapshot date"), a.snapshot_as_of),
            (words("快照哈希", "snapshot hash"), a.snapshot),
            (words("评估日期", "assessed on"), a.assessed_on),
            (words("跟踪至", "followed until"), a.followed_until),
            (words("数据性质", "nature of the data"), self.nature()),
            *((say(STATUSES[s]), a.count(s)) for s in STATUSES),
            *((say(k), say(v)) for k, v in population_rows(a.population_summary)),
            *((words("数据质量", "data quality"), say(n)) for n in a.quality_notes),
            *((words("人口落位", "location of residents"), say(n)) for n in population_notes(a.population_summary)),
            (words("读法", "how to read"), words(
                "“—”表示没有数据，不是零。份额以百分比显示，差距以百分点或指标单位计。"
                "短板表每项指标最多列 1,000 处。经纬度为 CGCS2000。",
                "“—” means no data, not zero. Shares are percentages, gaps are percentage points or the unit of the "
                "indicator. At most 1,000 places are listed for an indicator. Longitude and latitude are CGCS2000.")),
        ]  # fmt: skip
        sheet.write_string(0, 0, self.banner(), self.formats["title"])
        for r, (label, value) in enumerate(rows, 2):
            sheet.write_string(r, 0, label, self.formats["head"])
            self.cell(sheet, r, 1, value, "text")


def _param(value: object) -> str:
    value = plain(value)
    return ",".join(str(v) for v in value) if isinstance(value, list) else str(value)
