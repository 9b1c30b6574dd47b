"""Shared nodes: lines that cross or touch at one level get a common node there."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import shapely

from xiancheng.sample.frame import Floats

_TOLERANCE = 0.05


def join(lines: Sequence[Floats], level: Sequence[int]) -> list[Floats]:
    """Return the lines with a vertex wherever another line of the same level crosses or touches them.

    Parameters
    ----------
    lines
        ``(n, 2)`` metres each.
    level
        Level of each line; lines of different levels meet at common end points only.
    """
    sizes = np.array([len(line) - 1 for line in lines])
    owner = np.repeat(np.arange(len(lines)), sizes)
    start = np.concatenate([line[:-1] for line in lines])
    end = np.concatenate([line[1:] for line in lines])
    levels = np.asarray(level)[owner]
    segments = shapely.linestrings(np.stack([start, end], axis=1))
    first, second = shapely.STRtree(segments).query(segments, predicate="dwithin", distance=_TOLERANCE)
    keep = (first < second) & (levels[first] == levels[second])
    same = owner[first] == owner[second]
    keep &= ~(same & (np.abs(first - second) <= 1))
    first, second = first[keep], second[keep]
    a, b, t, u, point = _meet(start, end, first, second)
    return _insert(lines, owner, sizes, np.concatenate([a, b]), np.concatenate([t, u]), np.concatenate([point, point]))


def _meet(
    start: Floats, end: Floats, first: npt.NDArray[np.int64], second: npt.NDArray[np.int64]
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], Floats, Floats, Floats]:
    p, r = start[first], end[first] - start[first]
    q, s = start[second], end[second] - start[second]
    cross = r[:, 0] * s[:, 1] - r[:, 1] * s[:, 0]
    length_r, length_s = np.linalg.norm(r, axis=1), np.linalg.norm(s, axis=1)
    turned = np.abs(cross) > 1e-6 * length_r * length_s
    p, r, q, s, cross = p[turned], r[turned], q[turned], s[turned], cross[turned]
    first, second, length_r, length_s = first[turned], second[turned], length_r[turned], length_s[turned]
    gap = q - p
    t = (gap[:, 0] * s[:, 1] - gap[:, 1] * s[:, 0]) / cross
    u = (gap[:, 0] * r[:, 1] - gap[:, 1] * r[:, 0]) / cross
    slack_t, slack_u = _TOLERANCE / length_r, _TOLERANCE / length_s
    meets = (t > -slack_t) & (t < 1 + slack_t) & (u > -slack_u) & (u < 1 + slack_u)
    p, r, t, u = p[meets], r[meets], np.clip(t[meets], 0, 1), np.clip(u[meets], 0, 1)
    first, second, slack_t, slack_u = first[meets], second[meets], slack_t[meets], slack_u[meets]
    point = np.round(p + t[:, None] * r, 2)
    # An end of either segment is the node of both, exactly.
    for value, slack, index in ((u, slack_u, second), (t, slack_t, first)):
        low, high = value <= slack, value >= 1 - slack
        point[low], point[high] = start[index[low]], end[index[high]]
    return first, second, t, u, point


def _insert(
    lines: Sequence[Floats],
    owner: npt.NDArray[np.int64],
    sizes: npt.NDArray[np.int64],
    segment: npt.NDArray[np.int64],
    at: Floats,
    point: Floats,
) -> list[Floats]:
    offset = np.concatenate([[0], np.cumsum(sizes)])
    line = owner[segment]
    place = segment - offset[line] + at
    order = np.lexsort((place, line))
    line, place, point = line[order], place[order], point[order]
    bounds = np.searchsorted(line, np.arange(len(lines) + 1))
    result = []
    for i, vertices in enumerate(lines):
        a, b = bounds[i], bounds[i + 1]
        if a == b:
            result.append(vertices)
            continue
        position = np.concatenate([np.arange(len(vertices), dtype=float), place[a:b]])
        merged = np.concatenate([vertices, point[a:b]])[np.argsort(position, kind="stable")]
        moved = np.abs(np.diff(merged, axis=0)).max(axis=1) > 1e-9
        result.append(merged[np.concatenate([[True], moved])])
    return result
