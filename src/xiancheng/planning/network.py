"""A road network: nodes at true junctions, edges that keep their polylines and true lengths."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import cast

import numpy as np
import numpy.typing as npt
import shapely
from scipy.sparse import coo_array, csr_array
from scipy.sparse.csgraph import connected_components

from xiancheng.planning.exact import QUANTUM, Bools, Floats, Ints, exact
from xiancheng.planning.noding import cluster, flatten, insert_crossings


@dataclass(frozen=True, eq=False)
class Components:
    """The connected parts of a network, longest first (directions are not regarded).

    Attributes
    ----------
    label
        ``(n,)`` part each node belongs to; 0 is the longest.
    length
        ``(parts,)`` metres of road in each part.
    """

    label: Ints
    length: Floats


@dataclass(frozen=True, eq=False)
class RoadPieces:
    """The straight pieces of all edges, to look up what is near.

    Attributes
    ----------
    edge
        ``(s,)`` edge of each piece, ascending.
    vertex
        ``(s,)`` vertex it begins at; it ends at the next one.
    tree
        Of the pieces' boxes.
    spacing
        Metres: about how far pieces are from each other.
    """

    edge: Ints
    vertex: Ints
    tree: shapely.STRtree
    spacing: float


@dataclass(frozen=True, eq=False)
class Network:
    """A network of n nodes and m edges.

    Attributes
    ----------
    xy
        ``(n, 2)`` nodes, metres: junctions, ends, and places where the direction of travel changes.
    tail, head
        ``(m,)`` end nodes of each edge; equal for a loop. Several edges may join the same two nodes.
    length
        ``(m,)`` metres along the polyline, whole multiples of :data:`~xiancheng.planning.exact.QUANTUM`.
    forward, backward
        ``(m,)`` whether the edge may be used from tail to head, and from head to tail.
    line
        ``(m,)`` the input line the edge begins with.
    vertices
        ``(p, 2)`` vertices of all polylines, edge after edge, tail to head.
    first
        ``(m + 1,)`` where each edge's vertices begin in `vertices`.
    along
        ``(p,)`` metres from the edge's tail to each vertex.
    unused
        Input lines that contribute nothing: empty, shorter than the tolerance, coordinates not finite, usable in
        neither direction, or drawn twice.
    """

    xy: Floats
    tail: Ints
    head: Ints
    length: Floats
    forward: Bools
    backward: Bools
    line: Ints
    vertices: Floats
    first: Ints
    along: Floats
    unused: Ints

    @property
    def n_nodes(self) -> int:
        """Number of nodes."""
        return len(self.xy)

    @property
    def n_edges(self) -> int:
        """Number of edges."""
        return len(self.tail)

    @cached_property
    def directed(self) -> bool:
        """Whether some edge may be used one way only."""
        return bool((self.forward != self.backward).any())

    @cached_property
    def geometry(self) -> npt.NDArray[np.object_]:
        """``(m,)`` LineStrings of the edges, tail to head."""
        edge = np.repeat(np.arange(self.n_edges), np.diff(self.first))
        return cast("npt.NDArray[np.object_]", shapely.linestrings(self.vertices, indices=edge))

    @cached_property
    def costs(self) -> csr_array:
        """``(n, n)`` metres from row to column over the shortest edge, absent where there is none."""
        return self._csr(reverse=False)

    @cached_property
    def reverse_costs(self) -> csr_array:
        """``(n, n)`` metres from column to row: the network as seen from a destination."""
        return self._csr(reverse=True) if self.directed else self.costs

    def pieces(self, among: Bools | None = None) -> RoadPieces:
        """Return the straight pieces of all edges or of those of a mask ``(m,)``, kept for the next call."""
        edges = np.ones(self.n_edges, dtype=bool) if among is None else np.asarray(among, dtype=bool)
        key = np.packbits(edges).tobytes()
        if key not in self._pieces:
            self._pieces[key] = self._pieces_of(edges)
        return self._pieces[key]

    @cached_property
    def _pieces(self) -> dict[bytes, RoadPieces]:
        return {}

    def _pieces_of(self, edges: Bools) -> RoadPieces:
        edge = np.repeat(np.arange(self.n_edges), np.diff(self.first) - 1)
        vertex = np.arange(len(edge)) + edge
        chosen = edges[edge]
        edge, vertex = edge[chosen], vertex[chosen]
        begin, end = self.vertices[vertex], self.vertices[vertex + 1]
        low, high = np.minimum(begin, end), np.maximum(begin, end)
        tree = shapely.STRtree(shapely.box(low[:, 0], low[:, 1], high[:, 0], high[:, 1]))
        area = float(np.prod(np.maximum(high.max(axis=0) - low.min(axis=0), 1.0))) if len(edge) else 1.0
        return RoadPieces(edge, vertex, tree, float(np.sqrt(area / max(len(edge), 1))))

    def components(self) -> Components:
        """Return the connected parts, longest first."""
        links = coo_array((np.ones(self.n_edges, np.int8), (self.tail, self.head)), shape=(self.n_nodes,) * 2)
        count, label = connected_components(links, directed=False)
        metres = np.bincount(label[self.tail], weights=self.length, minlength=count).astype(np.float64)
        order = np.argsort(-metres, kind="stable")
        rank = np.empty(count, dtype=np.int64)
        rank[order] = np.arange(count)
        return Components(rank[label], metres[order])

    def _csr(self, *, reverse: bool) -> csr_array:
        tail, head = (self.head, self.tail) if reverse else (self.tail, self.head)
        out = self.forward & (tail != head)
        back = self.backward & (tail != head)
        row = np.concatenate([tail[out], head[back]])
        column = np.concatenate([head[out], tail[back]])
        metres = np.concatenate([self.length[out], self.length[back]])
        # Of parallel edges only the shortest matters; a sparse constructor would add them up.
        order = np.lexsort((metres, column, row))
        row, column, metres = row[order], column[order], metres[order]
        kept = np.ones(len(row), dtype=bool)
        kept[1:] = (row[1:] != row[:-1]) | (column[1:] != column[:-1])
        pointer = np.zeros(self.n_nodes + 1, dtype=np.int32)
        pointer[1:] = np.cumsum(np.bincount(row[kept], minlength=self.n_nodes))
        parts = (metres[kept], column[kept].astype(np.int32), pointer)
        return csr_array(parts, shape=(self.n_nodes, self.n_nodes))


def build_network(
    lines: npt.ArrayLike,
    *,
    forward: npt.ArrayLike | None = None,
    backward: npt.ArrayLike | None = None,
    level: npt.ArrayLike | None = None,
    tolerance: float = 0.01,
    split_crossings: bool = False,
) -> Network:
    """Build a network that is connected at true junctions.

    Two lines join where they share a vertex (closer than `tolerance`), inside a line as well as at its ends; lines that
    merely cross, as at a bridge, do not. Vertices that only bend a road are not nodes: the roads on either side become
    one edge, which keeps its polyline. A stretch drawn twice counts once; closed rings become loops.

    Parameters
    ----------
    lines
        ``(n,)`` shapely LineString or MultiLineString, metres in a projected CRS.
    forward, backward
        ``(n,)`` whether a line may be used in, and against, its drawing direction; both everywhere by default.
    level
        ``(n,)`` level of a line (bridges above 0, tunnels below; NaN: 0); only used by `split_crossings`.
    tolerance
        Metres below which vertices are the same place.
    split_crossings
        Also join lines of one level that cross or touch without a shared vertex, for files drawn without junctions.

    Returns
    -------
    Network

    Raises
    ------
    ValueError
        If a geometry is not a line, or the arrays differ in length.
    """
    given = np.array(lines, dtype=object).reshape(-1)
    ahead = _per_line(forward, given, fill=True).astype(bool)
    back = _per_line(backward, given, fill=True).astype(bool)
    height = np.nan_to_num(_per_line(level, given, fill=0).astype(np.float64)).astype(np.int64)

    usable = ahead | back
    given[~usable] = None
    xy, part, line = flatten(given, tolerance)
    if split_crossings:
        xy, part = insert_crossings(xy, part, height[line], tolerance)
    place, places = cluster(xy, tolerance)
    step = np.flatnonzero((part[1:] == part[:-1]) & (place[1:] != place[:-1]))
    start, end, source = place[step], place[step + 1], line[part[step]]

    segments = _unique_segments(start, end, source, ahead[source], back[source])
    unused = np.setdiff1d(np.arange(len(given)), segments.line)
    return _contract(segments, places, unused)


@dataclass(frozen=True)
class _Segments:
    """Straight stretches between two places, each once: half-edge 2s runs low → high, 2s + 1 high → low."""

    low: Ints
    high: Ints
    line: Ints
    allowed: Bools
    """``(2 s,)`` whether each half-edge may be used."""

    @cached_property
    def origin(self) -> Ints:
        """``(2 s,)`` the place each half-edge leaves."""
        return np.column_stack([self.low, self.high]).ravel()

    @cached_property
    def target(self) -> Ints:
        """``(2 s,)`` the place each half-edge reaches."""
        return np.column_stack([self.high, self.low]).ravel()


def _per_line(values: npt.ArrayLike | None, lines: npt.NDArray[np.object_], *, fill: object) -> npt.NDArray[np.generic]:
    array = np.full(len(lines), fill) if values is None else np.asarray(values).reshape(-1)
    if len(array) != len(lines):
        raise ValueError(f"{len(array)} values for {len(lines)} lines")
    return array


def _unique_segments(start: Ints, end: Ints, line: Ints, ahead: Bools, back: Bools) -> _Segments:
    """Merge stretches between the same two places; what one of the lines allows is allowed."""
    upward = start < end
    low, high = np.minimum(start, end), np.maximum(start, end)
    order = np.lexsort((line, high, low))
    low, high, line = low[order], high[order], line[order]
    up = np.where(upward, ahead, back)[order]
    down = np.where(upward, back, ahead)[order]
    new = np.ones(len(low), dtype=bool)
    new[1:] = (low[1:] != low[:-1]) | (high[1:] != high[:-1])
    begin = np.flatnonzero(new)
    if len(begin):
        up = np.logical_or.reduceat(up, begin)
        down = np.logical_or.reduceat(down, begin)
    return _Segments(low[begin], high[begin], line[begin], np.column_stack([up, down]).ravel().astype(bool))


def _contract(segments: _Segments, places: Floats, unused: Ints) -> Network:
    """Join segments through places that only bend a road."""
    origin, target, count = segments.origin, segments.target, len(places)
    half = np.arange(len(origin))
    bend, following = _bends(segments, count)

    # The half-edge each chain begins with and the steps from there, by pointer doubling: log2(longest chain) rounds.
    before = np.where(bend[origin], following[half ^ 1] ^ 1, half)
    rank = (before != half).astype(np.int64)
    while True:
        rank += rank[before]
        further = before[before]
        if np.array_equal(further, before):
            break
        before = further

    # Every chain is found once from either end; the one that begins with the lower places is kept.
    last = np.flatnonzero(~bend[target])
    begin = before[last]
    lower = (origin[begin] < target[last]) | ((origin[begin] == target[last]) & (target[begin] < origin[last]))
    last, begin = last[lower], begin[lower]
    edge_of = np.full(len(origin), -1)
    edge_of[begin] = np.arange(len(begin))
    member = np.flatnonzero(edge_of[before] >= 0)
    member = member[np.lexsort((rank[member], edge_of[before[member]]))]
    edge = edge_of[before[member]]

    size = np.bincount(edge, minlength=len(begin))
    first = np.concatenate([[0], np.cumsum(size + 1)])
    position = np.arange(len(member)) + edge
    at = np.empty(first[-1], dtype=np.int64)
    at[position] = origin[member]
    at[first[1:] - 1] = target[last]
    vertices = places[at]
    step = exact(np.hypot(*(vertices[position + 1] - vertices[position]).T))
    # Exact sums: the running total over all edges minus the total before an edge loses nothing.
    total = np.zeros(first[-1])
    total[position + 1] = np.maximum(step, QUANTUM)
    total = np.cumsum(total)
    along = total - np.repeat(total[first[:-1]], size + 1)

    node = np.zeros(count, dtype=bool)
    node[origin[begin]] = True
    node[target[last]] = True
    number = np.cumsum(node) - 1
    return Network(
        xy=places[node],
        tail=number[origin[begin]],
        head=number[target[last]],
        length=along[first[1:] - 1],
        forward=segments.allowed[begin],
        backward=segments.allowed[begin ^ 1],
        line=segments.line[begin >> 1],
        vertices=vertices,
        first=first,
        along=along,
        unused=unused,
    )


def _bends(segments: _Segments, count: int) -> tuple[Bools, Ints]:
    """Which places only bend a road, and the half-edge that follows each half-edge through a bend."""
    origin, target, allowed = segments.origin, segments.target, segments.allowed
    half = np.arange(len(origin))
    leaving = np.argsort(origin, kind="stable")
    degree = np.bincount(origin, minlength=count)
    pointer = np.concatenate([[0], np.cumsum(degree)])
    two = np.flatnonzero(degree == 2)
    one, other = leaving[pointer[two]], leaving[pointer[two] + 1]
    same_way = (allowed[one ^ 1] == allowed[other]) & (allowed[other ^ 1] == allowed[one])
    bend = np.zeros(count, dtype=bool)
    bend[two[same_way]] = True

    # A ring without a junction has no end to begin at: its lowest place becomes a node.
    links = coo_array((np.ones(len(segments.low), np.int8), (segments.low, segments.high)), shape=(count, count))
    parts, label = connected_components(links, directed=False)
    with_node = np.zeros(parts, dtype=bool)
    with_node[label[~bend]] = True
    ring = np.flatnonzero(~with_node)
    _, lowest = np.unique(label, return_index=True)
    bend[lowest[ring]] = False

    through = np.zeros(count, dtype=np.int64)
    through[two] = one + other
    following = np.where(bend[target], through[target] - (half ^ 1), half)
    return bend, following
