"""The bulletin as a document to be edited and stamped: totals, rankings, what was left out, how to read it."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from docx import Document
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml.ns import qn
from docx.shared import Pt

from xiancheng.foundation.text import Language, Text, current_language
from xiancheng.operations.evaluation.result import Evaluation, Level
from xiancheng.operations.evaluation.wording import (
    DENOMINATOR,
    EXCLUDED,
    NO_DATA,
    NOTES,
    NUMERATOR,
    RANK,
    SCORE,
    TITLE,
    VALUE,
    left_out,
    shown,
    weights_text,
)

if TYPE_CHECKING:
    from docx.document import Document as Page

MOST_ROWS = 60
"""Groups listed in a ranking; the workbook has all of them."""

_CREATED = datetime(2000, 1, 1)  # noqa: DTZ001 - a fixed date without a place, so that equal bulletins are equal bytes
_FONT = "仿宋"
_FIGURE = Text("指标", "figure")


def document(evaluation: Evaluation, language: Language | None = None) -> bytes:
    """Return the bulletin as DOCX; the same evaluation gives the same bytes."""
    chosen = language or current_language()
    page = Document()
    _fonts(page)
    page.core_properties.title = TITLE.get(chosen)
    page.core_properties.author = ""
    page.core_properties.created = page.core_properties.modified = _CREATED
    page.add_heading(TITLE.get(chosen), 0).alignment = WD_ALIGN_PARAGRAPH.CENTER
    page.add_paragraph(evaluation.period.title().get(chosen)).alignment = WD_ALIGN_PARAGRAPH.CENTER
    for level in evaluation.levels.values():
        page.add_heading(level.rule.title.get(chosen), 1)
        _totals(page, evaluation, level, chosen)
        for name, rule in evaluation.rules.scores.items():
            if rule.level == level.rule.name:
                _ranking(page, evaluation, level, name, chosen)
    page.add_heading(Text("口径", "How to read it").get(chosen), 1)
    for note in NOTES:
        page.add_paragraph(note.get(chosen), style="List Number")
    buffer = io.BytesIO()
    page.save(buffer)
    return _undated(buffer.getvalue())


def _fonts(page: Page) -> None:
    style = page.styles["Normal"]
    style.font.size = Pt(12)
    for name in ("Normal", "Title", "Heading 1"):
        fonts = page.styles[name].element.get_or_add_rPr().get_or_add_rFonts()
        fonts.set(qn("w:eastAsia"), _FONT)


def _totals(page: Page, evaluation: Evaluation, level: Level, language: Language) -> None:
    rows = []
    for name, (rule, *_) in level.figures.items():
        figure = level.total(name)
        above = "" if rule.kind == "count" else f"{figure.numerator:.1f}".removesuffix(".0")
        rows.append(
            [
                rule.title.get(language),
                above,
                str(figure.denominator),
                shown(figure, language),
                left_out(evaluation, figure, language),
            ]
        )
    _table(page, [_FIGURE, NUMERATOR, DENOMINATOR, VALUE, EXCLUDED], rows, language)


def _ranking(page: Page, evaluation: Evaluation, level: Level, score: str, language: Language) -> None:
    rule, found = evaluation.rules.scores[score], evaluation.scores[score]
    page.add_paragraph(weights_text(evaluation, score).get(language))
    order = sorted(level.present(), key=lambda i: (found[level.labels[i - 1]].rank or len(level.labels) + 1, i))
    rates = [name for name in rule.weights if name in level.figures]
    rows = []
    for index in order[:MOST_ROWS]:
        label = level.labels[index - 1]
        own = found[label]
        rows.append(
            [
                str(own.rank) if own.rank is not None else "",
                label,
                f"{own.value:.2f}" if own.value is not None else NO_DATA.get(language),
                *(_with_counts(level, name, index, language) for name in rates),
            ]
        )
    titles = [evaluation.rules.figures[name].title for name in rates]
    _table(page, [RANK, level.rule.title, SCORE, *titles], rows, language)
    if len(order) > MOST_ROWS:
        rest = len(order) - MOST_ROWS
        text = Text(f"其余 {rest} 个见工作簿。", f"The other {rest} are in the workbook.")
        page.add_paragraph(text.get(language))


def _with_counts(level: Level, name: str, index: int, language: Language) -> str:
    figure = level.at(name, index)
    out = sum(figure.excluded.values())
    counts = f"{figure.numerator:.0f}/{figure.denominator}"
    more = Text(f"，{EXCLUDED.zh}{out}", f", {EXCLUDED.en} {out}").get(language) if out else ""
    return f"{shown(figure, language)} ({counts}{more})"


def _table(page: Page, head: Sequence[Text], rows: Sequence[Sequence[str]], language: Language) -> None:
    table = page.add_table(rows=len(rows) + 1, cols=len(head), style="Table Grid")
    # Asking a table for one cell walks through all of them: they are taken row by row.
    for row, texts in zip(table.rows, [[h.get(language) for h in head], *rows], strict=True):
        for cell, text in zip(row.cells, texts, strict=True):
            cell.text = text
    for cell in table.rows[0].cells:
        for run in cell.paragraphs[0].runs:
            run.bold = True
    page.add_paragraph()


def _undated(content: bytes) -> bytes:
    """Return the archive with the times of its parts taken out."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for item in old.infolist():
            plain = zipfile.ZipInfo(item.filename, _CREATED.timetuple()[:6])
            plain.compress_type = zipfile.ZIP_DEFLATED
            new.writestr(plain, old.read(item))
    return out.getvalue()
