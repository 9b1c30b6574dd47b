"""Columns of a register: which attribute a column is, and what its cells mean."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from xiancheng.city._cells import MISSING, parse_boolean, parse_date, parse_number, plain
from xiancheng.city._code_lookup import CodeLookup, squeeze, without_brackets
from xiancheng.city.classes import Attribute, FeatureClass
from xiancheng.foundation.text import Text


class Problem(NamedTuple):
    """One cell that could not be understood; its value is left unknown.

    `row` is the place in the values given, counted from 0.
    """

    row: int
    value: str
    reason: Text


_YEAR = re.compile(r"(?:19|20)[0-9]{2}年?(?:末|底|度)?$|^(?:19|20)[0-9]{2}年?")
_DBF_WIDTH = 10


def match_columns(columns: Iterable[str], feature_class: FeatureClass) -> dict[str, str]:
    """Say which attribute of a class each column is.

    A column matches by the attribute's name, its title in either language or an alias: first to the letter, then
    whatever the case, width, spaces and punctuation, then without what stands in brackets (床位数（张）) and without a
    year (``POP_2015``, 人口数2020), then by the parts of a header of several rows (床位/护理型 is 护理型床位, or
    护理型), at last by the ten characters that a DBF field name may have. The better match wins; where two columns are
    equally good for an attribute, or two attributes for a column, nothing is matched.

    Parameters
    ----------
    columns
        Column names as in the source.
    feature_class
        The class that the rows are features of.

    Returns
    -------
    dict
        Column → attribute name; columns without an attribute are left out.
    """
    names = list(dict.fromkeys(columns))
    claims: dict[str, list[tuple[int, str]]] = {}
    for column in names:
        for level, matcher in enumerate(_MATCHERS):
            attributes = {a.name for a in feature_class.attributes if matcher(column, a)}
            if attributes:
                if len(attributes) == 1:
                    claims.setdefault(attributes.pop(), []).append((level, column))
                break
    matched: dict[str, str] = {}
    for attribute, candidates in claims.items():
        best = min(level for level, _ in candidates)
        columns_at_best = [column for level, column in candidates if level == best]
        if len(columns_at_best) == 1:
            matched[columns_at_best[0]] = attribute
    return {column: matched[column] for column in names if column in matched}


def _words(attribute: Attribute) -> tuple[str, ...]:
    return (attribute.name, attribute.title.zh, attribute.title.en, *attribute.aliases)


def _same(column: str, attribute: Attribute, simplify: Callable[[str], str]) -> bool:
    wanted = simplify(column)
    return wanted != "" and any(simplify(word) == wanted for word in _words(attribute))


def _bare(text: str) -> str:
    return squeeze(without_brackets(text))


def _undated(text: str) -> str:
    return squeeze(_YEAR.sub("", without_brackets(text)))


def _inside_out(column: str, attribute: Attribute) -> bool:
    """Whether a header of several rows, read from its last part to its first, is the attribute."""
    parts = [_undated(part) for part in column.split("/")]
    if len(parts) < 2:
        return False
    readings = {"".join(parts), "".join(reversed(parts)), parts[-1] + parts[0]}
    return any(_bare(word) in readings for word in _words(attribute))


def _last_part(column: str, attribute: Attribute) -> bool:
    return "/" in column and _same(column.rsplit("/", 1)[1], attribute, _undated)


def _cut_short(column: str, attribute: Attribute) -> bool:
    """Whether a DBF field name, of ten bytes in UTF-8 or GBK, is the beginning of a word for the attribute."""
    if not any(_DBF_WIDTH - 1 <= len(column.encode(e, "replace")) <= _DBF_WIDTH for e in ("utf-8", "gb18030")):
        return False
    return any(word.lower().startswith(column.lower()) for word in _words(attribute))


_MATCHERS: tuple[Callable[[str, Attribute], bool], ...] = (
    lambda column, attribute: column.strip() == attribute.name,
    lambda column, attribute: column.strip() in {attribute.title.zh, attribute.title.en},
    lambda column, attribute: column.strip() in attribute.aliases,
    lambda column, attribute: _same(column, attribute, squeeze),
    lambda column, attribute: _same(column, attribute, _bare),
    lambda column, attribute: _same(column, attribute, _undated),
    _inside_out,
    _last_part,
    _cut_short,
)
"""From the strictest to the loosest."""


def parse_values(
    values: Sequence[Any] | npt.NDArray[Any], attribute: Attribute, codes: Mapping[str, Mapping[str, Text]]
) -> tuple[npt.NDArray[Any], list[Problem]]:
    """Turn the raw values of a column into the attribute's type.

    Parameters
    ----------
    values
        `n` raw values: str, int, float, bool, date, datetime, list or None.
    attribute
        The attribute that the column is.
    codes
        All code lists: list → code → title.

    Returns
    -------
    array
        ``(n,)`` float64 with NaN for integer, number and boolean; objects with None for all else: text, dates as ISO
        text, the code, or codes joined by ``;``.
    list of Problem
        Cells that could not be understood; they are left unknown. Of a list of codes the known ones are kept.
    """
    if attribute.type in {"integer", "number", "boolean"}:
        return _parse_floats(values, attribute)
    out = np.full(len(values), None, dtype=object)
    problems: list[Problem] = []
    parse = _object_parser(attribute, codes)
    memo: dict[str, tuple[str | None, Text | None]] = {}
    for row, value in enumerate(values):
        if value is None:
            continue
        if isinstance(value, str):
            answer = memo.get(value)
            if answer is None:
                answer = memo[value] = parse(value)
        else:
            answer = parse(value)
        out[row] = answer[0]
        if answer[1] is not None:
            problems.append(Problem(row, _shown(value), answer[1]))
    return out, problems


def _parse_floats(
    values: Sequence[Any] | npt.NDArray[Any], attribute: Attribute
) -> tuple[npt.NDArray[np.float64], list[Problem]]:
    if attribute.type == "number" and isinstance(values, np.ndarray) and values.dtype.kind in "iuf":
        out = values.astype(np.float64)
        infinite = np.flatnonzero(np.isinf(out))
        out[infinite] = np.nan
        return out, [Problem(int(row), str(values[row]), _NO_NUMBER) for row in infinite]
    out = np.full(len(values), np.nan)
    problems: list[Problem] = []
    memo: dict[str, float | Text] = {}
    for row, value in enumerate(values):
        if value is None:
            continue
        if isinstance(value, str):
            answer = memo.get(value)
            if answer is None:
                answer = memo[value] = _one_float(value, attribute)
        else:
            answer = _one_float(value, attribute)
        if isinstance(answer, Text):
            problems.append(Problem(row, _shown(value), answer))
        else:
            out[row] = answer
    return out, problems


_NO_NUMBER = Text("不是数字", "not a number")
_NO_INTEGER = Text("不是整数", "not a whole number")
_NO_BOOLEAN = Text("看不出是或否（可写 是/否、有/无、1/0）", "neither yes nor no (write yes/no, true/false or 1/0)")
_NO_DATE = Text("不是日期（可写 2023-05-01）", "not a date (write 2023-05-01)")
_NO_JSON = Text("不是有效的 JSON", "not valid JSON")


def _one_float(value: Any, attribute: Attribute) -> float | Text:  # noqa: ANN401 - a raw value may be anything
    if attribute.type == "boolean":
        try:
            truth = parse_boolean(value)
        except (ValueError, TypeError):
            return _NO_BOOLEAN
        return np.nan if truth is None else truth
    try:
        number = parse_number(value, attribute.unit)
    except (ValueError, TypeError):
        if _is_year(attribute):
            try:
                day = parse_date(value)
            except (ValueError, TypeError, OverflowError):
                return _NO_NUMBER
            return np.nan if day is None else float(day.year)
        return _NO_NUMBER
    if number is None:
        return np.nan
    if attribute.type == "integer" and number != round(number):
        return _NO_INTEGER
    return number


def _is_year(attribute: Attribute) -> bool:
    """A year may be written as a date (OpenStreetMap's ``start_date``, a day of completion)."""
    return attribute.type == "integer" and (attribute.name == "year" or attribute.name.endswith("_year"))


_Answer = tuple[str | None, Text | None]


def _object_parser(attribute: Attribute, codes: Mapping[str, Mapping[str, Text]]) -> Callable[[Any], _Answer]:
    if attribute.type == "date":
        return _date_text
    if attribute.type == "json":
        return _json_text
    if attribute.type not in {"code", "codes"}:
        return _text
    lookup = CodeLookup(codes.get(attribute.codes or "", {}))
    several = attribute.type == "codes"

    def parse(value: Any) -> _Answer:  # noqa: ANN401
        if several:
            text = ";".join(map(_shown, value)) if isinstance(value, (list, tuple, set, frozenset)) else _shown(value)
            if plain(text) in MISSING and lookup.find(text) is None:
                return None, None
            found, missed = lookup.find_all(text)
            return (";".join(found) or None), (_missing_codes(missed, attribute) if missed else None)
        code = lookup.find(_shown(value))
        return code, (
            None if code is not None or plain(_shown(value)) in MISSING else _missing_codes([_shown(value)], attribute)
        )

    return parse


def _missing_codes(texts: Sequence[str], attribute: Attribute) -> Text:
    return Text(
        f"代码表 {attribute.codes} 中没有“{'、'.join(texts)}”",
        f"{', '.join(map(repr, texts))} not in the code list {attribute.codes}",
    )


def _date_text(value: Any) -> _Answer:  # noqa: ANN401
    try:
        day = parse_date(value)
    except (ValueError, TypeError, OverflowError):
        return None, _NO_DATE
    return (None if day is None else day.isoformat()), None


def _json_text(value: Any) -> _Answer:  # noqa: ANN401
    if isinstance(value, str):
        if plain(value) in MISSING:
            return None, None
        try:
            json.loads(value)
        except (ValueError, RecursionError):
            return None, _NO_JSON
        return value, None
    try:
        return json.dumps(value, ensure_ascii=False), None
    except (ValueError, TypeError, RecursionError):
        return None, _NO_JSON


_NO_TEXT = frozenset(["", "-", "--", "—", "——", "/", "\\n", "null", "nan", "<na>", "#n/a"])


def _text(value: Any) -> _Answer:  # noqa: ANN401
    text = _shown(value)
    return (None if plain(text) in _NO_TEXT else text), None


def _shown(value: Any) -> str:  # noqa: ANN401
    """Return a raw value as people write it: no ``.0`` after the whole numbers of a sheet."""
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, (bool, np.bool_)):
        return "true" if value else "false"
    if isinstance(value, (float, np.floating)):
        return str(int(value)) if np.isfinite(value) and value == int(value) else str(value)
    if isinstance(value, datetime):
        return value.isoformat(sep=" ")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, (list, dict)):
        return json.dumps(value, ensure_ascii=False, default=str)
    return str(value)
