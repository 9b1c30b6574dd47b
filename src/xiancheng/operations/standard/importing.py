"""Import of a county's workbook: every sheet, every row, and everything that is wrong with them."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import islice
from pathlib import Path

from xiancheng.foundation.errors import SourceError, XianchengError
from xiancheng.foundation.text import Text
from xiancheng.operations.categories.loading import load_schemes, scheme_named
from xiancheng.operations.categories.model import Scheme, plain
from xiancheng.operations.limits import load_limit_words, parse_limit
from xiancheng.operations.standard.columns import WorkbookWords, lay_out, load_words
from xiancheng.operations.standard.identity import identified
from xiancheng.operations.standard.model import Finding, Level, SheetLayout, Standard, StandardRow
from xiancheng.operations.standard.rows import SheetRows, effective_texts, read_rows
from xiancheng.operations.tables import cell_text, read_sheets
from xiancheng.operations.terms import Limit, LimitUnit

_LOOKED_AT = 1_000
"""Rows of a sheet by which the scheme is chosen."""


@dataclass(frozen=True, slots=True)
class ImportSettings:
    """How a workbook is to be read.

    Attributes
    ----------
    name
        What the county calls the standard.
    valid_from
        Since when it holds.
    scheme
        Name of the scheme of its codes; empty: the one that fits best.
    kind
        Kind of the sheets whose name, title and file do not say it; empty: such a sheet is not read.
    hour, day
        What 小时 and 天 mean in this workbook; None: as ``clock.toml`` says.
    """

    name: str
    valid_from: date
    scheme: str = ""
    kind: str = ""
    hour: LimitUnit | None = None
    day: LimitUnit | None = None


@dataclass(frozen=True, slots=True)
class StandardImport:
    """A standard as read, and every finding of reading it (its errors are the standard's rows aside)."""

    standard: Standard
    findings: tuple[Finding, ...]


def import_standard(
    path: Path,
    settings: ImportSettings,
    *,
    county_folder: Path | None = None,
    former: Sequence[StandardRow] = (),
) -> StandardImport:
    """Read a workbook (.xlsx, .xls, .ods …) or a text table (.csv) of filing, handling and closing standards.

    Parameters
    ----------
    county_folder
        Where the county's own schemes, columns and words of limits lie.
    former
        Rows of the version before: rows that are still there keep their identifiers.

    Raises
    ------
    SourceError
        If the file cannot be read, or no sheet holds a standard.
    UnknownNameError
        If there is no such scheme.
    """
    words = load_words(county_folder)
    schemes = load_schemes(county_folder)
    sheets = read_sheets(path)
    found = [lay_out(sheet, words, path.stem) for sheet in sheets]
    layouts = [layout or SheetLayout(sheet) for layout, sheet in zip(found, sheets, strict=True)]
    if not any(found):
        raise SourceError(
            path,
            Text("没有一个工作表有立结案标准的表头", "no sheet has the header of a filing and closing standard"),
            hint=Text(
                "前 10 行内要有一行写着：小类代码或小类名称，以及立案条件、处置时限、结案条件等",
                "one of the first ten rows must name 小类代码 or 小类名称, and 立案条件, 处置时限 or 结案条件",
            ),
        )
    scheme = scheme_named(schemes, settings.scheme) if settings.scheme else choose_scheme(layouts, schemes, words)
    layouts = [_with_kind(layout, settings.kind) for layout in layouts]
    read = _limit_reader(settings, county_folder)
    rows: list[StandardRow] = []
    findings: list[Finding] = []
    for layout, known in zip(layouts, found, strict=True):
        result = _read(layout, known is not None, words, scheme, read)
        rows += result.rows
        findings += result.findings
    standard = Standard(
        name=settings.name,
        title=_title(layouts),
        scheme=scheme.name,
        valid_from=settings.valid_from,
        rows=tuple(identified(rows, former)),
        aside=tuple(f for f in findings if f.level is Level.ERROR),
        layouts=tuple(layouts),
        source=path.name,
        sha256=hashlib.sha256(path.read_bytes()).hexdigest(),
    )
    return StandardImport(standard, tuple(findings))


def choose_scheme(layouts: Sequence[SheetLayout], schemes: Mapping[str, Scheme], words: WorkbookWords) -> Scheme:
    """Return the scheme that fits the codes of a workbook: as wide as they are, and with most of the titles.

    Between equals the one of lower rank is taken.
    """
    widths: list[int] = []
    titles: set[tuple[str, str, str]] = set()
    for layout in layouts:
        if layout.kind and layout.columns:
            for _, texts in islice(effective_texts(layout, words), _LOOKED_AT):
                if (code := texts.get("sub_code", "")).isdigit():
                    widths.append(len(code))
                titles.add((layout.kind, texts.get("class_code", "").lstrip("0"), plain(texts.get("class_title", ""))))
                titles.add((layout.kind, "", plain(texts.get("title", ""))))
    width = max(widths, default=0)

    def fit(scheme: Scheme) -> tuple[bool, float, int]:
        wide = any(k.sub_width == width or k.sub_width + k.class_width == width for k in scheme.kinds.values())
        return wide, sum(_has(scheme, *title) for title in titles), -scheme.rank

    return max(schemes.values(), key=fit)


def _has(scheme: Scheme, kind: str, class_code: str, title: str) -> bool:
    if kind not in scheme.kinds or not title:
        return False
    if class_code:
        entry = scheme.get(kind, class_code.zfill(scheme.kinds[kind].class_width))
        return entry is not None and plain(entry.title.zh) == title
    return bool(scheme.titled(kind, title))


def _with_kind(layout: SheetLayout, kind: str) -> SheetLayout:
    if layout.kind or not layout.columns:
        return layout
    return SheetLayout(layout.sheet, kind, False, layout.header, layout.columns, layout.labels)


def _read(
    layout: SheetLayout, has_header: bool, words: WorkbookWords, scheme: Scheme, read: Callable[[str], Limit]
) -> SheetRows:
    if not layout.sheet.cells:
        return SheetRows()
    if not has_header:
        message = Text("没有立结案标准的表头，原样保留", "no header of a standard, kept as it is")
        return SheetRows([], [Finding(Level.NOTE, "not-a-standard", layout.name, None, None, "", message)])
    if layout.kind not in scheme.kinds:
        message = Text(
            "看不出是部件、事件还是服务事项", "does not say whether it holds components, matters or services"
        )
        hint = Text(
            "把工作表命名为“部件”或“事件”，或用 --kind 指明", "name the sheet 部件 or 事件, or say it with --kind"
        )
        if layout.kind:
            message = Text(
                f"方案 {scheme.name} 没有种类 {layout.kind}", f"scheme {scheme.name} has no kind {layout.kind}"
            )
            hint = Text("换一个 --scheme", "choose another --scheme")
        return SheetRows([], [Finding(Level.ERROR, "kind-unknown", layout.name, None, None, "", message, hint)])
    return read_rows(layout, words, scheme, read)


def _limit_reader(settings: ImportSettings, county_folder: Path | None) -> Callable[[str], Limit]:
    words = load_limit_words(county_folder).meaning(hour=settings.hour, day=settings.day)
    known: dict[str, Limit | XianchengError] = {}

    def read(text: str) -> Limit:
        if text not in known:
            try:
                known[text] = parse_limit(text, words).limit
            except XianchengError as error:
                known[text] = error
        result = known[text]
        if isinstance(result, XianchengError):
            raise result
        return result

    return read


def _title(layouts: Sequence[SheetLayout]) -> str:
    for layout in layouts:
        if layout.columns:
            for cells in layout.sheet.cells[: layout.header[0]]:
                for value in cells:
                    if text := cell_text(value).strip():
                        return text
    return ""
