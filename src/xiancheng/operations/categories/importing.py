"""The full list of a scheme, or a county's own subclasses, from a table."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from xiancheng.foundation.errors import SourceError
from xiancheng.foundation.text import Text
from xiancheng.operations.categories.model import Category, CodeError, Kind, Scheme, ordered, plain
from xiancheng.operations.tables import Sheet, cell_text, column_letter, read_sheets
from xiancheng.operations.terms import CategoryKey

_NAMES: Mapping[str, frozenset[str]] = {
    "kind": frozenset(map(plain, ("kind", "种类", "类型", "部件事件", "部件或事项"))),
    "class_code": frozenset(map(plain, ("class_code", "大类代码", "大类编码", "大类"))),
    "class_title": frozenset(map(plain, ("class_name", "class_title", "大类名称"))),
    "sub_code": frozenset(map(plain, ("sub_code", "小类代码", "小类编码", "小类"))),
    "code": frozenset(map(plain, ("type_code", "code", "代码", "编码", "类型代码"))),
    "title": frozenset(map(plain, ("sub_name", "sub_title", "title", "小类名称", "名称"))),
    "title_en": frozenset(map(plain, ("title_en", "sub_name_en", "英文名称", "英文"))),
}
_HEADER_ROWS = 10


@dataclass(frozen=True, slots=True)
class CategoryFault:
    """A row that was not taken: sheet, row and column as Excel shows them, reason and what to do."""

    sheet: str
    row: int
    column: str
    value: str
    reason: Text
    hint: Text | None = None


@dataclass(frozen=True, slots=True)
class CategoryImport:
    """What a table of categories gives.

    Attributes
    ----------
    entries
        Every version of every category that the county's list now holds.
    added, renamed, closed, unchanged
        What the table changes: new codes, other titles, codes that a complete list no longer has.
    """

    entries: tuple[Category, ...]
    added: tuple[Category, ...]
    renamed: tuple[tuple[Category, Category], ...]
    closed: tuple[Category, ...]
    unchanged: int
    faults: tuple[CategoryFault, ...]


def import_categories(
    path: Path, scheme: Scheme, *, valid_from: date | None = None, complete: bool = False, kind: str | None = None
) -> CategoryImport:
    """Read a table of categories: columns class code, subclass code (or one code of both) and title, in any order.

    Parameters
    ----------
    scheme
        What the codes belong to, with what is known of it already.
    valid_from
        Since when the table holds: a title that changed gets a new version from that day. None: the table says what
        has always held, and corrects what was known.
    complete
        Whether the table lists every subclass: what it does not list is closed (or, without `valid_from`, dropped).
    kind
        Kind of every row of a table that does not say it.

    Raises
    ------
    SourceError
        If no sheet has the columns.
    """
    since = valid_from or scheme.valid_from
    read: dict[tuple[str, str], Category] = {}
    faults: list[CategoryFault] = []
    known = False
    for sheet in read_sheets(path):
        found = _header(sheet)
        if found is None:
            continue
        known = True
        header, columns = found
        for row in range(header + 1, len(sheet.cells)):
            if any(cell_text(v).strip() for v in sheet.cells[row]):
                _take(sheet, row, columns, scheme, since, kind, read, faults)
    if not known:
        raise SourceError(
            path,
            Text("没有类别表的表头", "no sheet has the header of a list of categories"),
            hint=Text(
                "需要列：大类代码、小类代码（或代码）、小类名称，种类（component/matter）可由 --kind 指定",
                "columns needed: class_code and sub_code (or code), title; the kind may be given with --kind",
            ),
        )
    return _merged(scheme, read, faults, valid_from, complete)


def _header(sheet: Sheet) -> tuple[int, dict[str, int]] | None:
    for row, cells in enumerate(sheet.cells[:_HEADER_ROWS]):
        columns: dict[str, int] = {}
        for column, value in enumerate(cells):
            text = plain(cell_text(value))
            for name, names in _NAMES.items():
                if text in names:
                    columns.setdefault(name, column)
        if "title" in columns and ("code" in columns or "sub_code" in columns):
            return row, columns
    return None


def _take(
    sheet: Sheet,
    row: int,
    columns: Mapping[str, int],
    scheme: Scheme,
    since: date,
    given_kind: str | None,
    read: dict[tuple[str, str], Category],
    faults: list[CategoryFault],
) -> None:
    def cell(name: str) -> str:
        return cell_text(sheet.at(row, columns[name])).strip() if name in columns else ""

    def fault(name: str, reason: Text, hint: Text | None = None) -> None:
        column = columns.get(name, 0)
        faults.append(CategoryFault(sheet.name, row + 1, column_letter(column), cell(name), reason, hint))

    kind = _kind(scheme, cell("kind"), given_kind)
    if kind is None:
        known = "、".join(scheme.kinds), ", ".join(scheme.kinds)
        fault("kind", Text(f"种类应为 {known[0]}", f"the kind must be one of {known[1]}"))
        return
    try:
        class_code = cell("class_code")
        code = kind.code(class_code, cell("sub_code") or cell("code"))
    except CodeError as error:
        fault("sub_code" if "sub_code" in columns else "code", error.message, error.hint)
        return
    title = cell("title")
    if not title:
        fault("title", Text("没有名称", "it has no title"))
        return
    entry = Category(
        CategoryKey(scheme.name, kind.name, code),
        Text(title, cell("title_en") or title),
        since,
        None,
        kind.is_local(code),
    )
    if (former := read.get((kind.name, code))) is not None:
        fault(
            "title",
            Text(f"代码 {code} 重复，前面是“{former.title.zh}”", f"code {code} is there already: {former.title.zh}"),
            Text("每个代码只写一行", "one row a code"),
        )
        return
    read[kind.name, code] = entry
    parent = code[: kind.class_width]
    if cell("class_title") and (kind.name, parent) not in read:
        title = cell("class_title")
        read[kind.name, parent] = replace(
            entry, key=CategoryKey(scheme.name, kind.name, parent), title=Text(title, title), local=False
        )


def _kind(scheme: Scheme, written: str, given: str | None) -> Kind | None:
    for kind in scheme.kinds.values():
        if written and plain(written) in {plain(kind.name), plain(kind.title.zh), plain(kind.title.en)}:
            return kind
    return scheme.kinds.get(given or "") if not written else None


def _merged(
    scheme: Scheme,
    read: Mapping[tuple[str, str], Category],
    faults: Sequence[CategoryFault],
    valid_from: date | None,
    complete: bool,
) -> CategoryImport:
    entries = dict(scheme.entries)
    added: list[Category] = []
    renamed: list[tuple[Category, Category]] = []
    closed: list[Category] = []
    unchanged = 0
    for place, entry in read.items():
        versions = entries.get(place, ())
        last = versions[-1] if versions else None
        if last is None or last.valid_to is not None:
            entries[place] = ordered([*versions, entry])
            added.append(entry)
        elif last.title.zh == entry.title.zh:
            unchanged += 1
            # English that only we know stays; that of the table wins.
            if entry.title.en not in {entry.title.zh, last.title.en}:
                entries[place] = (*versions[:-1], replace(last, title=entry.title))
        else:
            new = _with_english(entry, last)
            renamed.append((last, new))
            entries[place] = _renamed(versions, new, valid_from)
    if complete:
        for place, versions in list(entries.items()):
            last = versions[-1]
            is_class = len(place[1]) == scheme.kinds[place[0]].class_width
            if place in read or last.valid_to is not None or is_class:
                continue
            closed.append(last)
            if valid_from is None or valid_from <= last.valid_from:
                del entries[place]
            else:
                entries[place] = (*versions[:-1], replace(last, valid_to=valid_from))
    listed = tuple(v for versions in entries.values() for v in versions)
    return CategoryImport(listed, tuple(added), tuple(renamed), tuple(closed), unchanged, tuple(faults))


def _with_english(entry: Category, last: Category) -> Category:
    """Keep the English title where only the wording of the Chinese one differs (a word more or less)."""
    nearly = plain(entry.title.zh) in plain(last.title.zh) or plain(last.title.zh) in plain(entry.title.zh)
    if entry.title.en == entry.title.zh and nearly:
        return replace(entry, title=Text(entry.title.zh, last.title.en))
    return entry


def _renamed(versions: Iterable[Category], entry: Category, valid_from: date | None) -> tuple[Category, ...]:
    *before, last = versions
    if valid_from is None or valid_from <= last.valid_from:
        return (*before, replace(entry, valid_from=last.valid_from))
    return (*before, replace(last, valid_to=valid_from), entry)
