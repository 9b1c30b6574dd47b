"""From the cells of a laid out sheet to rows of a standard: what blank cells mean, and what is wrong with others."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, time, timedelta

from xiancheng.foundation.errors import XianchengError
from xiancheng.foundation.text import Text
from xiancheng.operations.categories.model import Category, CodeError, Kind, Scheme
from xiancheng.operations.standard.columns import WorkbookWords
from xiancheng.operations.standard.model import Finding, Level, RowLimit, SheetLayout, StandardRow, Units
from xiancheng.operations.tables import LONGEST_CELL, Cell, cell_text
from xiancheng.operations.terms import CategoryKey, Limit

_CLASS = ("class_code", "class_title")
_SUBCLASS = ("sub_code", "title")
_NO_LIMIT = re.compile(r"[-—–/／\\无]+|不限|另行规定")
_NOTE = re.compile(r"\s*(?:注|备注|说明|附注|填表|制表|审核|note|remark)", re.IGNORECASE)
_DATES = (date, time, timedelta)


@dataclass
class SheetRows:
    """What a sheet gives: rows (without ids yet) and findings, of which errors keep their row aside."""

    rows: list[StandardRow] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)


def read_rows(
    layout: SheetLayout, words: WorkbookWords, scheme: Scheme, read_limit: Callable[[str], Limit]
) -> SheetRows:
    """Read the rows of one sheet.

    Parameters
    ----------
    read_limit
        Reads one limit; raises :class:`XianchengError` for what is none.
    """
    return _Reader(layout, words, scheme, read_limit).read()


def effective_texts(layout: SheetLayout, words: WorkbookWords) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield, for every row of a sheet that is a row of the standard, its number (from 0) and the text of each field.

    Blank cells have what they inherit. A field of several columns is named ``limit``, ``limit 1``, ``limit 2`` …
    """
    yield from _Inheritance(layout, words).texts()


def field_columns(layout: SheetLayout) -> dict[str, int]:
    """Return the column of every field, the limits as :func:`effective_texts` names them."""
    return {
        f"{name} {i}" if i else name: column
        for name, columns in (layout.columns or {}).items()
        for i, column in enumerate(columns)
    }


class _Inheritance:
    """Walks down a sheet and gives blank cells what the cells above them mean."""

    def __init__(self, layout: SheetLayout, words: WorkbookWords) -> None:
        self.layout, self.sheet = layout, layout.sheet
        self.columns = field_columns(layout)
        self.rules = {name: words.columns[name.partition(" ")[0]].inherits for name in self.columns}
        self.anchors = self.sheet.anchors()
        width = self.sheet.width
        self.grid = [
            [v.strip() if isinstance(v, str) else cell_text(v) for v in row] + [""] * (width - len(row))
            for row in self.sheet.cells
        ]
        self.own = {column for name, column in self.columns.items() if name not in _CLASS}
        self.limits = frozenset((layout.columns or {}).get("limit", ()))
        self.current: dict[str, str] = {}
        self.crossed: set[str] = set()

    def texts(self) -> Iterator[tuple[int, dict[str, str]]]:
        for row in range(self.layout.header[1] + 1, len(self.sheet.cells)):
            if any(self.grid[row]) and not self.is_note(row):
                yield row, self.step(row)

    def is_note(self, row: int) -> bool:
        """Whether the row is a remark, a heading or a total: nothing in it but one text that no row begins with."""
        filled = [c for c, text in enumerate(self.grid[row]) if text]
        if self.own.isdisjoint(filled):
            # A class alone is a heading; cells merged from above make it a row that only inherits.
            return not any(
                (row, c) in self.anchors and self.anchors[row, c][0] < row
                for n, c in self.columns.items()
                if n in _SUBCLASS or n == "filing_condition"
            )
        return len(filled) == 1 and _NOTE.match(self.grid[row][filled[0]]) is not None

    def step(self, row: int) -> dict[str, str]:
        cells = self.grid[row]
        own = {name: cells[column] for name, column in self.columns.items()}
        merged: set[str] = set()
        for name, column in self.columns.items() if self.anchors else ():
            top, left = self.anchors.get((row, column), (row, column))
            # Cells merged sideways over the columns of several limits give each of them the same.
            alike = left == column or (column in self.limits and left in self.limits)
            if not own[name] and (top, left) != (row, column) and alike and top > self.layout.header[1]:
                own[name] = self.grid[top][left]
                merged.add(name)
        new_class = self._changed(own, _CLASS)
        new_subclass = self._changed(own, _SUBCLASS) or new_class
        out: dict[str, str] = {}
        self.crossed = set()
        for name, text in own.items():
            rule = self.rules[name]
            kept = self.current.get(name, "")
            if text or name in merged:
                out[name] = text
            elif name in _CLASS:
                out[name] = "" if new_class else kept
            elif name in _SUBCLASS:
                out[name] = "" if new_subclass else kept
            elif rule == "always" or (rule == "class" and not new_class) or (rule == "subclass" and not new_subclass):
                out[name] = kept
                if kept and new_subclass:
                    self.crossed.add(name)
            else:
                out[name] = ""
        self.current = out
        return out

    def _changed(self, own: Mapping[str, str], names: tuple[str, str]) -> bool:
        """Whether the code (without one, the title) is there and other than above: 01 below "1" is the same class."""
        name = next((n for n in names if own.get(n)), None)
        return name is not None and _same(own[name]) != _same(self.current.get(name, ""))


def _same(text: str) -> str:
    return text.lstrip("0") or text


class _Reader:
    def __init__(
        self, layout: SheetLayout, words: WorkbookWords, scheme: Scheme, read_limit: Callable[[str], Limit]
    ) -> None:
        self.layout, self.words, self.scheme, self.read_limit = layout, words, scheme, read_limit
        self.kind = scheme.kinds.get(layout.kind)
        self.columns = field_columns(layout)
        self.codes: dict[tuple[str, str], CategoryKey | CodeError] = {}
        self.out = SheetRows()
        self.errors: list[Finding] = []

    def read(self) -> SheetRows:
        walk = _Inheritance(self.layout, self.words)
        if self.layout.sheet.formulas:
            n = self.layout.sheet.formulas
            self._tell(
                "formulas", None, None, "", Text(f"{n} 个公式按其结果读入", f"{n} formulas are read as their results")
            )
        seen = set()
        for row, texts in walk.texts():
            seen.add(row)
            self.errors = []
            self._check_cells(row)
            made = self._row(row, texts)
            if made is None or self.errors:
                self.out.findings += self.errors
                continue
            self.out.rows.append(made)
            for name in sorted(walk.crossed):
                self._tell(
                    "inherited-over-subclass", row, self.columns[name], texts[name],
                    Text("空单元格沿用了上一小类的内容", "a blank cell took what the subclass above has"),
                    Text("如不对，请填写；如对，可合并单元格", "if wrong, fill it in; if right, merge the cells"),
                )  # fmt: skip
        for row in range(self.layout.header[1] + 1, len(self.layout.sheet.cells)):
            text = next(filter(None, walk.grid[row]), "") if row not in seen else ""
            if text:
                self._tell(
                    "not-a-row", row, None, text, Text("不是标准行（说明或标题），原样保留", "no row, kept as it is")
                )
        return self.out

    def _row(self, row: int, texts: Mapping[str, str]) -> StandardRow | None:
        category = self._category(row, texts)
        limits = self._limits(row, texts)
        if category is None:
            return None
        return StandardRow(
            id="",
            category=category,
            class_title=texts.get("class_title", ""),
            title=texts.get("title", ""),
            filing_condition=texts.get("filing_condition", ""),
            closing_condition=texts.get("closing_condition", ""),
            handling_units=Units.of(texts.get("handling_units", "")),
            supervising_units=Units.of(texts.get("supervising_units", "")),
            limits=limits,
            legal_basis=texts.get("legal_basis", ""),
            article=texts.get("article", ""),
            collection=texts.get("collection", ""),
            extension=self.layout.extension,
            sheet=self.layout.name,
            row=row + 1,
        )

    def _category(self, row: int, texts: Mapping[str, str]) -> CategoryKey | None:
        kind = self.kind
        if kind is None:
            return None
        class_code, sub_code = texts.get("class_code", ""), texts.get("sub_code", "")
        if not sub_code:
            return self._by_title(row, kind, texts)
        if not class_code and texts.get("class_title") and len(sub_code) <= kind.sub_width:
            classes = [c for c in self.scheme.titled(kind.name, texts["class_title"]) if _is_class(c, kind)]
            class_code = classes[0].key.code if len(classes) == 1 else ""
        if (class_code, sub_code) not in self.codes:
            try:
                self.codes[class_code, sub_code] = CategoryKey(
                    self.scheme.name, kind.name, kind.code(class_code, sub_code)
                )
            except CodeError as error:
                self.codes[class_code, sub_code] = error
        found = self.codes[class_code, sub_code]
        if isinstance(found, CategoryKey):
            return found
        at_fault = "class_code" if _unreadable(kind, class_code) else "sub_code"
        self._error("code-unreadable", row, at_fault, texts.get(at_fault, ""), found.message, found.hint)
        return None

    def _by_title(self, row: int, kind: Kind, texts: Mapping[str, str]) -> CategoryKey | None:
        title = texts.get("title", "")
        found = [c for c in self.scheme.titled(kind.name, title) if not _is_class(c, kind)] if title else []
        if len(found) == 1:
            self._tell(
                "code-by-title", row, self.columns.get("title"), title,
                Text(f"没有小类代码，按名称取 {found[0].key.code}", f"no code; by its title it is {found[0].key.code}"),
            )  # fmt: skip
            return found[0].key
        near = self.scheme.suggest(kind.name, title)
        listed = "；".join(f"{c.key.code} {c.title.zh}" for c in near)
        self._error(
            "code-missing", row, "sub_code" if "sub_code" in self.columns else "title", title,
            Text("没有小类代码", "the subclass has no code"),
            Text(f"相近的有：{listed}", f"near ones: {listed}") if near else Text("填写小类代码", "fill in the code"),
        )  # fmt: skip
        return None

    def _limits(self, row: int, texts: Mapping[str, str]) -> tuple[RowLimit, ...]:
        limits: list[RowLimit] = []
        for i, label in enumerate(self.layout.labels):
            name = f"limit {i}" if i else "limit"
            text = texts.get(name, "")
            if not text:
                continue
            if _NO_LIMIT.fullmatch(text):
                limits.append(RowLimit(label, text, None))
                continue
            try:
                limits.append(RowLimit(label, text, self.read_limit(text)))
            except XianchengError as error:
                self._error("limit-unreadable", row, name, text, error.message, error.hint)
        return tuple(limits)

    def _check_cells(self, row: int) -> None:
        sheet = self.layout.sheet
        cells = sheet.cells[row]
        for name, column in self.columns.items():
            value: Cell = cells[column] if column < len(cells) else ""
            if sheet.unvalued and (row, column) in sheet.unvalued:
                self._error(
                    "formula-without-result", row, name, "",
                    Text("公式没有保存结果", "the file does not hold the result of this formula"),
                    Text("用 Excel 打开、计算并保存，或改为数值", "save it with Excel, or replace it by its value"),
                )  # fmt: skip
            elif isinstance(value, _DATES):
                self._error(
                    "date-instead-of-text", row, name, cell_text(value),
                    Text("Excel 把内容变成了日期或时间", "Excel turned the content into a date or time"),
                    Text("把列设为文本格式后重新填写", "format the column as text and fill it in again"),
                )  # fmt: skip
            elif isinstance(value, str) and len(value) > LONGEST_CELL:
                self._error(
                    "cell-too-long", row, name, value[:60],
                    Text(f"有 {len(value)} 个字符，太长", f"{len(value)} characters are too many"),
                    Text(f"Excel 最多 {LONGEST_CELL} 个：缩短，或分成几行", f"Excel holds {LONGEST_CELL} characters"),
                )  # fmt: skip

    def _error(self, check: str, row: int, name: str, value: str, message: Text, hint: Text | None = None) -> None:
        column = self.columns.get(name)
        self.errors.append(Finding(Level.ERROR, check, self.layout.name, row + 1, column, value, message, hint))

    def _tell(
        self, check: str, row: int | None, column: int | None, value: str, message: Text, hint: Text | None = None
    ) -> None:
        number = None if row is None else row + 1
        self.out.findings.append(Finding(Level.NOTE, check, self.layout.name, number, column, value, message, hint))


def _is_class(category: Category, kind: Kind) -> bool:
    return len(category.key.code) == kind.class_width


def _unreadable(kind: Kind, class_code: str) -> bool:
    if not class_code:
        return True
    try:
        kind.class_code(class_code)
    except CodeError:
        return True
    return False
