"""Which solids lie in which tile: the largest first, so that a far view shows what would be missed most."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from xiancheng.site.tiles.solids.frame import Floats

Integers = npt.NDArray[np.int64]
IN_A_TILE = 800
DEEPEST = 18
CONTENT_DEGREES = 0.02
"""Cells larger than this (about two kilometres) hold nothing themselves: viewers that draw in the Mercator projection
place what is far from the middle of its tile several metres wrong."""
METRES_OF_DEGREE = 111_320.0


@dataclass
class Node:
    """One tile.

    Attributes
    ----------
    solids
        Those drawn by this tile itself; none in the upper tiles.
    box
        West, south, east, north (degrees) of these and of all below.
    top
        The greatest height of these and of all below.
    error
        How large, in metres, the largest solid is that this tile leaves to its children; of the upper tiles, which
        leave everything to them, the size of their cell.
    """

    number: int
    solids: Integers
    box: Floats
    top: float
    error: float
    children: list[Node] = field(default_factory=list)

    def __iter__(self) -> Iterator[Node]:
        yield self
        for child in self.children:
            yield from child


def divide(boxes: Floats, heights: Floats, sizes: Floats, limit: int = IN_A_TILE) -> Node:
    """Return the tree of tiles.

    Parameters
    ----------
    boxes
        ``(n, 4)`` extents in degrees.
    heights, sizes
        ``(n,)`` metres: of the solid, and of its greatest extent.
    """
    order = np.argsort(-sizes, kind="stable").astype(np.int64)
    middles = (boxes[:, :2] + boxes[:, 2:]) / 2
    everything = np.concatenate([middles.min(axis=0), middles.max(axis=0)])
    counter = iter(range(len(boxes) + 1))

    def make(solids: Integers, cell: Floats, depth: int) -> Node:
        number = next(counter)
        box = np.concatenate([boxes[solids, :2].min(axis=0), boxes[solids, 2:].max(axis=0)])
        top = float(heights[solids].max())
        size = cell[2:] - cell[:2]
        # Sorted by size: what is left to the children begins with the largest of it.
        if depth == DEEPEST:
            node = Node(number, solids, box, top, 0.0)
        elif size.max() > CONTENT_DEGREES:
            node = Node(number, solids[:0], box, top, float(np.linalg.norm(size)) * METRES_OF_DEGREE)
        else:
            error = float(sizes[solids[limit]]) if len(solids) > limit else 0.0
            node = Node(number, solids[:limit], box, top, error)
        rest = solids[len(node.solids) :]
        centre = (cell[:2] + cell[2:]) / 2
        quarter = (middles[rest, 0] >= centre[0]) + 2 * (middles[rest, 1] >= centre[1])
        for q in range(4):
            inside = rest[quarter == q]
            if len(inside):
                east, north = q % 2, q // 2
                part = np.array(
                    [
                        centre[0] if east else cell[0],
                        centre[1] if north else cell[1],
                        cell[2] if east else centre[0],
                        cell[3] if north else centre[1],
                    ]
                )
                node.children.append(make(inside, part, depth + 1))
        return node

    return make(order, everything, 0)
