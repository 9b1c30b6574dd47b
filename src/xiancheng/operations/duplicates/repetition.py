"""Repetition (重复): how many cases have an earlier one of the same category at the same place within N days."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt
from scipy.spatial import cKDTree

from xiancheng.operations.duplicates.policy import DuplicatePolicy
from xiancheng.operations.terms import CategoryKey

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


def count_repetitions(
    categories: Sequence[CategoryKey], xy: Floats, at: npt.NDArray[np.datetime64], policy: DuplicatePolicy
) -> Ints:
    """Return, for each case, how many earlier cases of its category there are at its place within the days of it.

    The numerator of 重复率 (standard formula: same place and subclass within N days) is the number of cases with one
    or more. Of cases at the same instant each counts for the other.

    Parameters
    ----------
    categories
        `n` categories.
    xy
        ``(n, 2)`` places in a projected CRS, metres.
    at
        ``(n,)`` instants.
    policy
        Metres and days of repetition by category.

    Returns
    -------
    array
        ``(n,)`` int64.
    """
    moments = at.astype("datetime64[us]").astype(np.int64)
    groups: dict[CategoryKey, list[int]] = {}
    for i, category in enumerate(categories):
        groups.setdefault(category, []).append(i)
    out = np.zeros(len(categories), dtype=np.int64)
    for category, members in groups.items():
        reach = policy.reach(category)
        rows = np.array(members, dtype=np.int64)
        rows = rows[np.argsort(moments[rows], kind="stable")]
        span = int(reach.repetition_days * 86_400e6)
        _count_group(rows, xy, moments, span, reach.repetition_metres, out)
    return out


def _count_group(rows: Ints, xy: Floats, moments: Ints, span: int, metres: float, out: Ints) -> None:
    """Count within one category; `rows` are sorted by time.

    Cases are taken by spans of time: pairs lie in one span or in neighbouring ones, so that the number of pairs looked
    at stays near the number of pairs there are.
    """
    number = (moments[rows] - moments[rows[0]]) // span
    first = np.flatnonzero(np.concatenate([[True], number[1:] != number[:-1]]))
    spans = [(int(number[i]), chunk) for i, chunk in zip(first, np.split(rows, first[1:]), strict=True)]
    trees = [cKDTree(xy[chunk]) for _, chunk in spans]
    for i, (place, chunk) in enumerate(spans):
        _add_pairs(trees[i], trees[i], chunk, chunk, moments, span, metres, out, lambda a, b: a != b)
        if i and spans[i - 1][0] == place - 1:
            _add_pairs(trees[i], trees[i - 1], chunk, spans[i - 1][1], moments, span, metres, out, None)


def _add_pairs(
    later: cKDTree, earlier: cKDTree, rows: Ints, before: Ints, moments: Ints, span: int, metres: float, out: Ints,
    differ: Callable[[Ints, Ints], npt.NDArray[np.bool_]] | None,
) -> None:  # fmt: skip
    pairs = later.sparse_distance_matrix(earlier, metres, output_type="ndarray")
    a, b = rows[pairs["i"]], before[pairs["j"]]
    gap = moments[a] - moments[b]
    keep = (gap >= 0) & (gap <= span)
    if differ is not None:
        keep &= differ(a, b)
    out += np.bincount(a[keep], minlength=len(out))
