"""Places brought to the nearest point of the nearest road."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from xiancheng.planning.exact import Bools, Floats, Ints, exact
from xiancheng.planning.network import Network
from xiancheng.planning.pieces import nearest_in_squares, spatial_order

LIMIT = 500.0
"""Metres from a road beyond which a place is not on the network unless the caller says otherwise."""

_NODE = 1e-6
"""Metres from an edge's end within which a place is at the node itself, whatever the edge's direction."""


@dataclass(frozen=True, eq=False)
class Snapped:
    """k places on a network.

    Attributes
    ----------
    edge
        ``(k,)`` nearest edge; -1 if the network has none within the limit.
    fraction
        ``(k,)`` where on the edge, 0 at its tail, 1 at its head; NaN off the network.
    offset
        ``(k,)`` metres from the place to that point in a straight line; infinite off the network.
    on_network
        ``(k,)`` whether the place is within the limit of a road. One that is not is at no distance from anything.
    """

    edge: Ints
    fraction: Floats
    offset: Floats
    on_network: Bools

    def __len__(self) -> int:
        return len(self.edge)

    def take(self, selection: npt.NDArray[np.bool_] | npt.NDArray[np.intp]) -> Snapped:
        """Return the places of a mask or of indices."""
        return Snapped(
            self.edge[selection], self.fraction[selection], self.offset[selection], self.on_network[selection]
        )

    def along(self, network: Network) -> Floats:
        """Return ``(k,)`` metres from the edge's tail, exact; NaN off the network."""
        if network.n_edges == 0:
            return np.full(len(self), np.nan)
        return exact(self.fraction * network.length[self.edge])


def snap(network: Network, xy: npt.ArrayLike, *, limit: float = LIMIT, among: Bools | None = None) -> Snapped:
    """Snap places to the nearest point of the nearest edge.

    Equally near edges are decided by the lowest index. The search looks in a square around each place that doubles
    until the nearest edge is certain, so dense streets and lonely farms cost about the same.

    Parameters
    ----------
    network
        The network.
    xy
        ``(k, 2)`` places, metres, in the network's CRS; those with NaN are off the network.
    limit
        Metres from a road beyond which a place is off the network (a facility across the water is not 0 m away).
    among
        ``(m,)`` the edges that may be snapped to, such as those of the longest component; all by default.

    Returns
    -------
    Snapped
    """
    points = np.asarray(xy, dtype=np.float64).reshape(-1, 2)
    count = len(points)
    result = Snapped(
        np.full(count, -1, dtype=np.int64), np.full(count, np.nan), np.full(count, np.inf), np.zeros(count, dtype=bool)
    )
    pieces = network.pieces(among)
    waiting = spatial_order(points)
    if len(pieces.edge) == 0 or len(waiting) == 0:
        return result

    begin, end = network.vertices[pieces.vertex], network.vertices[pieces.vertex + 1]
    # Most places have their road within half the usual distance between roads, or within twice that.
    radius = min(max(pieces.spacing / 2, 1.0), limit)
    while len(waiting):
        near, distance, share = nearest_in_squares(pieces.tree, begin, end, points[waiting], radius)
        certain = distance <= radius
        done, of = waiting[certain], near[certain]
        along = network.along[pieces.vertex[of]]
        length = network.along[pieces.vertex[of] + 1] - along
        result.edge[done] = pieces.edge[of]
        result.offset[done] = exact(distance[certain])
        result.on_network[done] = True
        result.fraction[done] = _fraction(along + share[certain] * length, network.length[pieces.edge[of]])
        if radius >= limit:
            break
        waiting = waiting[~certain]
        radius = min(2 * radius, limit)
    return result


def _fraction(along: Floats, length: Floats) -> Floats:
    """Metres along an edge as a share of its length, exactly 0 or 1 at the nodes."""
    share = np.clip(along / length, 0, 1)
    share[along <= _NODE] = 0
    share[along >= length - _NODE] = 1
    return share
