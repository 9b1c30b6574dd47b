"""Counting: every row gets a number for the conditions that hold on it, and groups count these numbers once.

A table of a million rows is read once a condition and once a level; how many figures are made of the conditions matters
little.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array

from xiancheng.operations.evaluation.columns import Columns
from xiancheng.operations.evaluation.conditions import CONDITIONS, EXCLUSIONS, REPEATED, Mask, repeated
from xiancheng.operations.evaluation.period import Period
from xiancheng.operations.evaluation.result import Counts, Evaluation, Level, Score
from xiancheng.operations.evaluation.rules import UNKNOWN, FigureRule, Rules, ScoreRule

MOST_BITS = 22
"""Conditions whose combinations are numbered by a table; more are numbered by sorting."""
MOST_CELLS = 20_000_000
"""Groups times combinations counted in one array; more, or far more than rows, are counted by sorting."""

Ids = npt.NDArray[np.int32]
Signature = npt.NDArray[np.uint64]
Found = tuple[FigureRule, npt.NDArray[np.float64], Counts, Mapping[str, Counts]]


def evaluate(
    tables: Mapping[str, Columns], period: Period, rules: Rules, labels: Mapping[str, Sequence[str]]
) -> Evaluation:
    """Return all figures of a period.

    Parameters
    ----------
    tables
        By name; figures of tables that are not given are left out.
    labels
        Level → names of its groups, in the order of the codes of the level's column.

    Raises
    ------
    ValueError
        If a code has no label.
    """
    prepared = {
        name: _Combined.of(columns, period, rules)
        for name, columns in tables.items()
        if any(f.table == name for f in rules.figures.values())
    }
    levels = {}
    for name, level in rules.levels.items():
        of_level = [f for f in rules.of_level(name) if f.table in prepared]
        if not of_level:
            continue
        names = tuple(labels.get(name, ()))
        figures: dict[str, Found] = {}
        for table in dict.fromkeys(f.table for f in of_level):
            chosen = [f for f in of_level if f.table == table]
            figures |= prepared[table].count(level.column, len(names), chosen)
        levels[name] = Level(level, names, {f.name: figures[f.name] for f in of_level})
    scores = {name: _scores(rule, levels[rule.level]) for name, rule in rules.scores.items() if rule.level in levels}
    return Evaluation(period, rules, levels, scores)


@dataclass(frozen=True)
class _Combined:
    """The rows of a table on which anything that matters holds.

    Attributes
    ----------
    columns
        These rows, of shape (m,) each.
    ids
        Of each row the combination of conditions that holds on it, shape (m,).
    holds
        Condition → combination → whether it holds, shape (s,). Reasons to leave out have a minus before their name.
    """

    columns: Columns
    ids: Ids
    holds: Mapping[str, Mask]
    size: int

    @classmethod
    def of(cls, columns: Columns, period: Period, rules: Rules) -> _Combined:
        figures = [f for f in rules.figures.values() if f.table == columns.table]
        bases = list(dict.fromkeys(f.base for f in figures))
        hits = [name for name in dict.fromkeys(f.hit for f in figures if f.hit) if name not in bases]
        reasons = list(dict.fromkeys(r for f in figures for r in f.exclude))
        signature: Signature = np.zeros(columns.size, np.uint64)
        for bit, name in enumerate(bases):
            _set(signature, bit, _condition(columns, period, rules, name))
        # Most rows of years lie in no base of a month: nothing else is asked of them.
        rows = np.flatnonzero(signature)
        some = columns if len(rows) == columns.size else _taken(columns, rows)
        signature = signature[rows]
        for bit, name in enumerate(hits, start=len(bases)):
            mask = (
                _condition(columns, period, rules, name)[rows]
                if name == REPEATED
                else CONDITIONS[columns.table][name](some, period)
            )
            _set(signature, bit, mask)
        for bit, name in enumerate(reasons, start=len(bases) + len(hits)):
            _set(signature, bit, EXCLUSIONS[columns.table][name](some, period))
        names = [*bases, *hits, *(f"-{r}" for r in reasons)]
        codes, ids = _numbered(signature, len(names))
        holds: dict[str, Mask] = {name: (codes >> np.uint64(bit)) & np.uint64(1) > 0 for bit, name in enumerate(names)}
        return cls(some, ids, holds, len(codes))

    def count(self, column: str, groups: int, figures: Sequence[FigureRule]) -> dict[str, Found]:
        """Return the figures by the groups of a column."""
        code = self.columns[column]
        if len(code) and int(code.max()) >= groups:
            raise ValueError((self.columns.table, column, int(code.max())))
        group = code + np.int32(1)
        wanted = [mask for f in figures for mask in self._masks(f)]
        counted = _cells(group, self.ids, groups + 1, self.size) @ np.stack(wanted, axis=1).astype(np.int64)
        found: dict[str, Found] = {}
        at = 0
        for figure in figures:
            above, below, *left_out = counted[:, at : at + 2 + len(figure.exclude)].T
            at += 2 + len(figure.exclude)
            excluded = dict(zip(figure.exclude, left_out, strict=True))
            sums = above.astype(np.float64)
            if figure.value:
                sums, excluded[UNKNOWN] = self._sums(figure, group, groups + 1)
                below = below - excluded[UNKNOWN]
            found[figure.name] = (figure, sums, below, excluded)
        return found

    def _masks(self, figure: FigureRule) -> list[Mask]:
        """Return which combinations hit, count, and are left out for each reason."""
        left = self.holds[figure.base]
        excluded = []
        for reason in figure.exclude:
            excluded.append(left & self.holds[f"-{reason}"])
            left = left & ~self.holds[f"-{reason}"]
        return [left & self.holds[figure.hit] if figure.hit else left, left, *excluded]

    def _sums(self, figure: FigureRule, group: Ids, groups: int) -> tuple[npt.NDArray[np.float64], Counts]:
        """Return the sums of a mean by group, and how many of its rows have no value."""
        chosen = np.flatnonzero(self._masks(figure)[1][self.ids])
        values, of = self.columns[figure.value][chosen], group[chosen]
        known = values >= 0
        missing = np.bincount(of[~known], minlength=groups).astype(np.int64)
        return np.bincount(of[known], weights=values[known], minlength=groups) / figure.per, missing


def _cells(group: Ids, ids: Ids, groups: int, size: int) -> csr_array:
    """Return how many rows of each group have each combination, shape (groups, size)."""
    if groups * size <= min(MOST_CELLS, 8 * len(ids) + 100_000):
        cells = np.bincount(group.astype(np.intp) * size + ids, minlength=groups * size)
        key = np.flatnonzero(cells)
        number = cells[key]
    else:
        key, number = np.unique(group.astype(np.int64) * size + ids, return_counts=True)
    begins = np.searchsorted(key, np.arange(groups + 1) * size)
    return csr_array((number.astype(np.int64), key % size, begins), shape=(groups, size))


def _set(signature: Signature, bit: int, mask: Mask) -> None:
    signature |= mask.astype(np.uint64) << np.uint64(bit)


def _condition(columns: Columns, period: Period, rules: Rules, name: str) -> Mask:
    if name == REPEATED:
        return repeated(columns, period, rules.repetition_days)
    return CONDITIONS[columns.table][name](columns, period)


def _taken(columns: Columns, rows: npt.NDArray[np.intp]) -> Columns:
    return Columns(columns.table, {name: array[rows] for name, array in columns.arrays.items()}, len(rows))


def _numbered(signature: Signature, bits: int) -> tuple[Signature, Ids]:
    """Return the combinations that occur, one at least, and of each row which one it has."""
    if not len(signature):
        return np.zeros(1, np.uint64), np.zeros(0, np.int32)
    if bits > MOST_BITS:
        codes, ids = np.unique(signature, return_inverse=True)
        return codes, ids.astype(np.int32)
    seen = np.zeros(1 << bits, bool)
    seen[signature] = True
    codes = np.flatnonzero(seen).astype(np.uint64)
    number = np.zeros(1 << bits, np.int32)
    number[codes] = np.arange(len(codes), dtype=np.int32)
    return codes, number[signature]


def _scores(rule: ScoreRule, level: Level) -> dict[str, Score]:
    values: dict[str, float | None] = {}
    for index in level.present():
        parts = []
        for name, weight in rule.weights.items():
            figure = level.at(name, index) if name in level.figures else None
            if figure is not None and figure.value is not None:
                parts.append((weight, figure.value if figure.rule.better == "higher" else 1 - figure.value))
        known = sum(weight for weight, _ in parts)
        whole = len(parts) == len(rule.weights) or (rule.missing == "renormalise" and known > 0)
        score = 100 * sum(weight * value for weight, value in parts) / known if whole and known else None
        values[level.labels[index - 1]] = score
    told = sorted((v for v in values.values() if v is not None), reverse=True)
    return {label: Score(rule, v, told.index(v) + 1 if v is not None else None) for label, v in values.items()}
