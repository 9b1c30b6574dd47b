"""Order along a Hilbert curve: neighbours on the ground become neighbours in the file."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

BITS = 16
"""Cells of the curve along one side are 2 to this power."""


def hilbert_distance(x: npt.NDArray[np.uint32], y: npt.NDArray[np.uint32]) -> npt.NDArray[np.uint64]:
    """Return the distance along the Hilbert curve of order :data:`BITS` of grid cells.

    Parameters
    ----------
    x, y
        ``(n,)`` cell numbers in ``[0, 2**BITS)``.

    Returns
    -------
    ``(n,)`` positions in ``[0, 4**BITS)``.

    Notes
    -----
    The classic rotate-and-reflect recursion (Hamilton, *Compact Hilbert Indices*, 2006), one bit at a time for all
    cells at once.
    """
    x, y = x.astype(np.uint32), y.astype(np.uint32)
    distance = np.zeros(x.shape, dtype=np.uint64)
    for bit in range(BITS - 1, -1, -1):
        side = np.uint32(1 << bit)
        right, up = (x & side) > 0, (y & side) > 0
        distance += np.uint64(1 << (2 * bit)) * np.where(right, 3 ^ up, up).astype(np.uint64)
        # A lower quadrant is transposed, the right one of the two also turned over, before the next bit is read.
        low, mask = ~up, np.uint32((1 << BITS) - 1)
        x, y = np.where(low & right, mask - x, x), np.where(low & right, mask - y, y)
        x, y = np.where(low, y, x), np.where(low, x, y)
    return distance


def hilbert_order(bounds: npt.NDArray[np.float64]) -> npt.NDArray[np.uint64]:
    """Return the sort key of boxes: the place of each box's centre on a Hilbert curve over all of them.

    Parameters
    ----------
    bounds
        ``(n, 4)`` xmin, ymin, xmax, ymax; NaN where there is no geometry.

    Returns
    -------
    ``(n,)`` keys; boxes without a place come last.
    """
    key = np.full(len(bounds), np.iinfo(np.uint64).max, dtype=np.uint64)
    placed = np.isfinite(bounds).all(axis=1)
    if not placed.any():
        return key
    centre = (bounds[placed, :2] + bounds[placed, 2:]) / 2
    low, span = centre.min(axis=0), np.ptp(centre, axis=0)
    cells = ((centre - low) / np.where(span > 0, span, 1) * ((1 << BITS) - 1)).astype(np.uint32)
    key[placed] = hilbert_distance(cells[:, 0], cells[:, 1])
    return key
