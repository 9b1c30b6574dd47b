"""Nearest straight piece (of a road, of an outline) to each of many points."""

from __future__ import annotations

import numpy as np
import shapely

from xiancheng.planning.exact import Floats, Ints


def nearest_in_squares(
    tree: shapely.STRtree, begin: Floats, end: Floats, points: Floats, radius: Floats | float
) -> tuple[Ints, Floats, Floats]:
    """Find the nearest of the pieces that come into a square around each point.

    Parameters
    ----------
    tree
        Of the pieces' boxes, in the order of `begin`.
    begin, end
        ``(s, 2)`` ends of the pieces, metres; equal ends are a point.
    points
        ``(k, 2)`` metres.
    radius
        Half the side of the square, one or ``(k,)``, metres. A piece farther than this may be missed.

    Returns
    -------
    piece
        ``(k,)`` nearest piece, the lowest of equally near ones; s if there is none.
    metres
        ``(k,)`` its distance; infinite if there is none.
    share
        ``(k,)`` where on the piece, 0 at its begin, 1 at its end.
    """
    x, y = points[:, 0], points[:, 1]
    who, of = tree.query(shapely.box(x - radius, y - radius, x + radius, y + radius))
    a, along = begin[of], end[of] - begin[of]
    rest = points[who] - a
    square = np.einsum("ij,ij->i", along, along)
    position = np.clip(np.einsum("ij,ij->i", rest, along) / np.where(square > 0, square, 1), 0, 1)
    off = rest - position[:, None] * along
    measured = np.sqrt(np.einsum("ij,ij->i", off, off))

    metres = np.full(len(points), np.inf)
    np.minimum.at(metres, who, measured)
    best = measured == metres[who]
    piece = np.full(len(points), len(begin))
    np.minimum.at(piece, who[best], of[best])
    chosen = np.flatnonzero(best & (of == piece[who]))
    share = np.zeros(len(points))
    share[who[chosen]] = position[chosen]
    return piece, metres, share


def spatial_order(points: Floats) -> Ints:
    """Return the finite points strip by strip: neighbours find the tree's pages in the processor's cache."""
    finite = np.flatnonzero(np.isfinite(points).all(axis=1))
    if len(finite) == 0:
        return finite
    some = points[finite]
    strip = max(float(np.ptp(some[:, 1])) / np.sqrt(len(some)) * 4, 1e-9)
    return finite[np.lexsort((some[:, 0], some[:, 1] // strip))]
