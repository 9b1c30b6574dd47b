"""Footprints to closed solids: walls, roofs and floors as triangles."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import mapbox_earcut
import numpy as np
import numpy.typing as npt
import shapely

from xiancheng.city.layer import Geometries
from xiancheng.site.tiles.solids.frame import Floats, Frame

Integers = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Mesh:
    """Triangles of many solids.

    Attributes
    ----------
    positions, normals
        ``(v, 3)`` metres east, north, up of the frame; unit vectors that point out of the solid.
    triangles
        ``(t, 3)`` vertices, counter-clockwise seen from outside.
    owner
        ``(v,)`` which solid a vertex belongs to.
    """

    positions: Floats
    normals: Floats
    triangles: Integers
    owner: Integers

    def split(self, groups: Sequence[Integers], count: int) -> Iterator[Mesh]:
        """Yield the triangles of each group of solids, whose owners are then their places within the group.

        Parameters
        ----------
        groups
            Disjoint; together all `count` solids.
        """
        group_of, place_of = np.zeros((2, count), dtype=np.int64)
        for number, solids in enumerate(groups):
            group_of[solids], place_of[solids] = number, np.arange(len(solids))
        # Sorted once: choosing the vertices of every group anew would read all of them for each.
        group_of_vertex = group_of[self.owner]
        order = np.argsort(group_of_vertex, kind="stable")
        renumbered = np.empty_like(order)
        renumbered[order] = np.arange(len(order))
        group_of_triangle = group_of_vertex[self.triangles[:, 0]]
        triangles = renumbered[self.triangles[np.argsort(group_of_triangle, kind="stable")]]
        numbers = np.arange(len(groups) + 1)
        vertex_at = np.searchsorted(group_of_vertex[order], numbers)
        triangle_at = np.searchsorted(np.sort(group_of_triangle), numbers)
        for number in range(len(groups)):
            mine = order[vertex_at[number] : vertex_at[number + 1]]
            yield Mesh(
                self.positions[mine],
                self.normals[mine],
                triangles[triangle_at[number] : triangle_at[number + 1]] - vertex_at[number],
                place_of[self.owner[mine]],
            )


def extrude(footprints: Geometries, heights: Floats, frame: Frame) -> Mesh:
    """Return the closed solids over footprints.

    Parameters
    ----------
    footprints
        ``(n,)`` valid polygons or multipolygons in degrees; each is one solid (of several parts).
    heights
        ``(n,)`` metres above the ground, which is the ellipsoid: there is no terrain.
    """
    parts, part_owner = shapely.get_parts(footprints, return_index=True)
    parts = shapely.orient_polygons(parts)
    rings, ring_part = shapely.get_rings(parts, return_index=True)
    points, point_ring = shapely.get_coordinates(rings, return_index=True)
    # The last point of a ring repeats its first; without it, "the next point" wraps around within the ring.
    last = np.append(point_ring[1:] != point_ring[:-1], True)
    points, point_ring = points[~last], point_ring[~last]
    starts = np.searchsorted(point_ring, np.arange(len(rings)))
    sizes = np.diff(np.append(starts, len(points)))
    following = np.arange(len(points)) + 1
    ends = starts + sizes - 1
    following[ends] = starts
    owner = part_owner[ring_part[point_ring]].astype(np.int64)
    bottom = frame.local(points[:, 0], points[:, 1], np.zeros(len(points)))
    top = frame.local(points[:, 0], points[:, 1], heights[owner])
    walls = _walls(bottom, top, following, owner)
    flat = _triangulate(bottom[:, :2], starts, sizes, ring_part)
    up = np.tile(frame_up := np.array([0.0, 0.0, 1.0]), (len(points), 1))
    roofs = Mesh(top, up, flat, owner)
    floors = Mesh(bottom, np.tile(-frame_up, (len(points), 1)), flat[:, ::-1], owner)
    return _joined([walls, roofs, floors])


def _walls(bottom: Floats, top: Floats, following: Integers, owner: Integers) -> Mesh:
    n = len(bottom)
    # Outer rings run counter-clockwise and holes clockwise, so outside is always to the right.
    along = bottom[following] - bottom
    normals = np.column_stack([along[:, 1], -along[:, 0], np.zeros(n)])
    length = np.linalg.norm(normals, axis=1, keepdims=True)
    normals = np.divide(normals, length, out=np.zeros_like(normals), where=length > 0)
    positions = np.stack([bottom, bottom[following], top[following], top], axis=1).reshape(-1, 3)
    first = 4 * np.arange(n)[:, None]
    triangles = np.concatenate([first + np.array([0, 1, 2]), first + np.array([0, 2, 3])])
    return Mesh(positions, np.repeat(normals, 4, axis=0), triangles, np.repeat(owner, 4))


def _triangulate(points: Floats, starts: Integers, sizes: Integers, ring_part: Integers) -> Integers:
    """Return ``(t, 3)`` triangles of all parts, counter-clockwise seen from above."""
    rings_of_part = np.bincount(ring_part)
    first_ring = np.searchsorted(ring_part, np.arange(len(rings_of_part)))
    four = first_ring[(rings_of_part == 1) & (sizes[first_ring] == 4)]
    corners = starts[four][:, None] + np.arange(4)
    convex = _is_convex(points[corners])
    simple = corners[convex]
    found = [simple[:, [0, 1, 2]], simple[:, [0, 2, 3]]]
    quick = np.zeros(len(rings_of_part), dtype=bool)
    quick[ring_part[four[convex]]] = True
    for part in np.flatnonzero(~quick):
        ring = first_ring[part]
        begin, count = starts[ring], sizes[ring : ring + rings_of_part[part]]
        inside = np.ascontiguousarray(points[begin : begin + count.sum()])
        triangles = mapbox_earcut.triangulate_float64(inside, np.cumsum(count).astype(np.uint32))
        found.append(triangles.reshape(-1, 3).astype(np.int64) + begin)
    flat = np.concatenate(found)
    a, b, c = (points[flat[:, i]] for i in range(3))
    clockwise = _cross(b - a, c - a) < 0
    flat[clockwise] = flat[clockwise][:, ::-1]
    return flat


def _is_convex(corners: Floats) -> npt.NDArray[np.bool_]:
    """Whether ``(n, 4, 2)`` quadrangles turn left at every corner."""
    edges = np.roll(corners, -1, axis=1) - corners
    return np.asarray((_cross(edges, np.roll(edges, -1, axis=1)) > 0).all(axis=1))


def _cross(one: Floats, other: Floats) -> Floats:
    return np.asarray(one[..., 0] * other[..., 1] - one[..., 1] * other[..., 0])


def _joined(meshes: list[Mesh]) -> Mesh:
    shift = np.cumsum([0, *(len(m.positions) for m in meshes[:-1])])
    return Mesh(
        np.concatenate([m.positions for m in meshes]),
        np.concatenate([m.normals for m in meshes]),
        np.concatenate([m.triangles + s for m, s in zip(meshes, shift, strict=True)]),
        np.concatenate([m.owner for m in meshes]),
    )
