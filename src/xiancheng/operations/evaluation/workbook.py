"""The bulletin as a workbook: one sheet a level, every figure with numerator, denominator and what was left out."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import xlsxwriter

from xiancheng.foundation.text import Language, Text, current_language
from xiancheng.operations.evaluation.result import Evaluation, Figure, Level, Score
from xiancheng.operations.evaluation.rules import FigureRule
from xiancheng.operations.evaluation.wording import (
    DENOMINATOR,
    NO_DATA,
    NOTES,
    NUMERATOR,
    RANK,
    TITLE,
    TOTAL,
    UNASSIGNED,
    VALUE,
    reason_title,
    weights_text,
)

_CREATED = datetime(2000, 1, 1)  # noqa: DTZ001 - a fixed date without a place, so that equal bulletins are equal bytes
_OPTIONS = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
_HEAD_ROWS = 4


def workbook(evaluation: Evaluation, language: Language | None = None) -> bytes:
    """Return the bulletin as XLSX; the same evaluation gives the same bytes."""
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, _OPTIONS) as book:
        book.set_properties({"title": TITLE.get(language), "created": _CREATED})
        _Book(book, evaluation, language or current_language()).build()
    return buffer.getvalue()


@dataclass(frozen=True)
class _Column:
    """One column: the figure that it is of, its heading, format and how a cell is taken from the figure."""

    figure: str
    title: Text
    style: str
    part: str


class _Book:
    """The sheets of one workbook."""

    def __init__(self, book: Any, evaluation: Evaluation, language: Language) -> None:  # noqa: ANN401 - no types
        self.book, self.evaluation, self.language = book, evaluation, language
        border = {"border": 1, "valign": "vcenter"}
        self.styles = {
            "title": book.add_format({"bold": True, "font_size": 14}),
            "head": book.add_format(
                {**border, "bold": True, "align": "center", "text_wrap": True, "bg_color": "#E6EFEE"}
            ),
            "text": book.add_format(border),
            "wrap": book.add_format({"text_wrap": True, "valign": "top"}),
            "count": book.add_format({**border, "num_format": "0"}),
            "mean": book.add_format({**border, "num_format": "0.0"}),
            "rate": book.add_format({**border, "num_format": "0.00%"}),
            "score": book.add_format({**border, "num_format": "0.00"}),
        }

    def build(self) -> None:
        for level in self.evaluation.levels.values():
            self._level(level)
        self._notes()

    def _level(self, level: Level) -> None:
        sheet = self.book.add_worksheet(_sheet_name(level.rule.title.get(self.language)))
        columns = [c for rule, *_ in level.figures.values() for c in self._columns(rule)]
        scores = [name for name, rule in self.evaluation.rules.scores.items() if rule.level == level.rule.name]
        sheet.write(0, 0, f"{TITLE.get(self.language)}：{level.rule.title.get(self.language)}", self.styles["title"])
        sheet.write(1, 0, self.evaluation.period.title().get(self.language))
        self._head(sheet, level, scores, columns)
        begin = 1 + 2 * len(scores)
        row = _HEAD_ROWS
        for index in self._ordered(level, scores):
            self._row(sheet, row, level.labels[index - 1], scores)
            self._figures(sheet, row, begin, columns, {name: level.at(name, index) for name in level.figures})
            row += 1
        if level.unassigned():
            self._row(sheet, row, UNASSIGNED.get(self.language), [])
            self._figures(sheet, row, begin, columns, {name: level.at(name, 0) for name in level.figures})
            row += 1
        self._row(sheet, row, TOTAL.get(self.language), [])
        self._figures(sheet, row, begin, columns, {name: level.total(name) for name in level.figures})
        sheet.freeze_panes(_HEAD_ROWS, 1)
        sheet.set_column(0, 0, 24)
        sheet.set_column(1, begin + len(columns), 10)
        sheet.set_landscape()
        sheet.repeat_rows(2, _HEAD_ROWS - 1)

    def _columns(self, rule: FigureRule) -> Iterator[_Column]:
        if rule.kind != "count":
            yield _Column(rule.name, NUMERATOR, "mean" if rule.kind == "mean" else "count", "numerator")
            yield _Column(rule.name, DENOMINATOR, "count", "denominator")
        yield _Column(rule.name, VALUE, rule.kind, "value")
        for reason in rule.reasons:
            title = reason_title(self.evaluation, reason)
            yield _Column(rule.name, Text(f"排除：{title.zh}", f"left out: {title.en}"), "count", f"-{reason}")

    def _head(self, sheet: Any, level: Level, scores: list[str], columns: list[_Column]) -> None:  # noqa: ANN401
        head = self.styles["head"]
        sheet.merge_range(2, 0, 3, 0, level.rule.title.get(self.language), head)
        for at, name in enumerate(scores):
            sheet.merge_range(2, 1 + 2 * at, 3, 1 + 2 * at, RANK.get(self.language), head)
            title = self.evaluation.rules.scores[name].title.get(self.language)
            sheet.merge_range(2, 2 + 2 * at, 3, 2 + 2 * at, title, head)
        begin = 1 + 2 * len(scores)
        for at, column in enumerate(columns):
            sheet.write(3, begin + at, column.title.get(self.language), head)
        at = begin
        for name, (rule, *_) in level.figures.items():
            width = sum(c.figure == name for c in columns)
            title = rule.title.get(self.language)
            if width > 1:
                sheet.merge_range(2, at, 2, at + width - 1, title, head)
            else:
                sheet.write(2, at, title, head)
            at += width

    def _ordered(self, level: Level, scores: list[str]) -> list[int]:
        """Return the groups by rank where there is a score, else as they are."""
        present = level.present()
        if not scores:
            return present
        found = self.evaluation.scores[scores[0]]

        def rank(index: int) -> tuple[int, int]:
            score = found[level.labels[index - 1]].rank
            return (score if score is not None else len(level.labels) + 1, index)

        return sorted(present, key=rank)

    def _row(self, sheet: Any, row: int, label: str, scores: list[str]) -> None:  # noqa: ANN401
        sheet.write_string(row, 0, label, self.styles["text"])
        for at, name in enumerate(scores):
            score: Score = self.evaluation.scores[name][label]
            for part, value in enumerate((score.rank, score.value)):
                self._value(sheet, row, 1 + 2 * at + part, value, "score" if part else "count")

    def _figures(
        self, sheet: Any, row: int, begin: int, columns: list[_Column], figures: dict[str, Figure]  # noqa: ANN401
    ) -> None:  # fmt: skip
        for at, column in enumerate(columns, start=begin):
            figure = figures[column.figure]
            reason = column.part.removeprefix("-")
            value = figure.excluded[reason] if column.part.startswith("-") else getattr(figure, column.part)
            self._value(sheet, row, at, value, column.style)

    def _value(self, sheet: Any, row: int, column: int, value: float | None, style: str) -> None:  # noqa: ANN401
        if value is None:
            sheet.write_string(row, column, NO_DATA.get(self.language), self.styles["text"])
        else:
            sheet.write_number(row, column, value, self.styles[style])

    def _notes(self) -> None:
        sheet = self.book.add_worksheet(Text("口径", "Notes").get(self.language))
        lines = [*NOTES, *(weights_text(self.evaluation, name) for name in self.evaluation.scores)]
        days = self.evaluation.rules.repetition_days
        lines.append(
            Text(
                f"重复：同一地点同一小类 {days} 日内再次上报。",
                f"Repetition: the same place and subclass reported again within {days} days.",
            )
        )
        for row, line in enumerate(lines):
            sheet.write_string(row, 0, line.get(self.language), self.styles["wrap"])
        sheet.set_column(0, 0, 110)


def _sheet_name(title: str) -> str:
    return "".join("：" if c in "[]:*?/\\" else c for c in title)[:31]
