"""Identifiers of rows that survive another import, although rows move and wording changes a little."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from difflib import SequenceMatcher

from xiancheng.operations.categories.model import plain
from xiancheng.operations.standard.model import StandardRow
from xiancheng.operations.terms import CategoryKey

_ALIKE = 0.6
_MOST_COMPARED = 4_000
"""Pairs of one category that are compared by likeness; a category has a handful of rows."""


def identified(rows: Sequence[StandardRow], former: Sequence[StandardRow] = ()) -> list[StandardRow]:
    """Return the rows with identifiers.

    A row keeps the identifier of the former row of its category that has the same filing condition (spaces and
    punctuation aside; of several the one with the same limit), else of the one whose condition is most alike. Other
    rows get an identifier made of category and condition, so that the first import gives the same anywhere.
    """
    kept = _matched(rows, former)
    taken = {r.id for r in former}
    out: list[StandardRow] = []
    for index, row in enumerate(rows):
        name = kept.get(index)
        if name is None:
            name = _new(row, taken)
            taken.add(name)
        out.append(replace(row, id=name))
    return out


def _matched(rows: Sequence[StandardRow], former: Sequence[StandardRow]) -> dict[int, str]:
    groups: dict[CategoryKey, list[int]] = defaultdict(list)
    for index, row in enumerate(rows):
        groups[row.category].append(index)
    left: dict[CategoryKey, list[StandardRow]] = defaultdict(list)
    for old in former:
        left[old.category].append(old)
    kept: dict[int, str] = {}
    for category, indices in groups.items():
        olds = left.get(category, [])
        for exact in (_whole, _condition):
            waiting: dict[object, list[StandardRow]] = defaultdict(list)
            for old in olds:
                waiting[exact(old)].append(old)
            for index in indices:
                if index not in kept and waiting.get(exact(rows[index])):
                    kept[index] = waiting[exact(rows[index])].pop(0).id
            used = set(kept.values())
            olds = [old for old in olds if old.id not in used]
        _match_alike(rows, [i for i in indices if i not in kept], olds, kept)
    return kept


def _match_alike(
    rows: Sequence[StandardRow], indices: Sequence[int], olds: Sequence[StandardRow], kept: dict[int, str]
) -> None:
    if len(indices) * len(olds) > _MOST_COMPARED:
        return
    scored = sorted(
        (-_likeness(rows[i], old), i, j, old.id) for i in indices for j, old in enumerate(olds)
    )  # best first; of equals the first in the workbook
    used: set[str] = set()
    for score, index, _, name in scored:
        if -score >= _ALIKE and index not in kept and name not in used:
            kept[index] = name
            used.add(name)


def _likeness(row: StandardRow, old: StandardRow) -> float:
    return SequenceMatcher(None, plain(row.filing_condition), plain(old.filing_condition)).ratio()


def _whole(row: StandardRow) -> tuple[str, tuple[str, ...]]:
    return plain(row.filing_condition), tuple(entry.text for entry in row.limits)


def _condition(row: StandardRow) -> str:
    return plain(row.filing_condition)


def _new(row: StandardRow, taken: set[str]) -> str:
    count = 0
    while True:
        seed = f"{row.category}\n{plain(row.filing_condition)}\n{count}"
        digest = hashlib.sha256(seed.encode()).hexdigest()[:8]
        name = f"{row.category.kind}-{row.category.code}-{digest}"
        if name not in taken:
            return name
        count += 1
