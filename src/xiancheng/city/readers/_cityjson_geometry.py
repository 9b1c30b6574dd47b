"""Geometry of CityJSON: boundaries of vertex numbers to footprints, heights, lines and places."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

Floats = npt.NDArray[np.float64]
Json = Mapping[str, Any]
Ring = Sequence[int]

_SURFACES = frozenset({"MultiSurface", "CompositeSurface"})
_SOLIDS = frozenset({"MultiSolid", "CompositeSolid"})
_FLAT = 1e-3
"""A face whose shadow is smaller than this share of its outline's square stands upright."""


class GeometryError(ValueError):
    """A geometry names vertices or templates that are not there, or is no geometry at all."""


@dataclass(frozen=True)
class Shape:
    """One geometry of a city object, in the model's coordinates.

    Attributes
    ----------
    lod
        Level of detail as a number (``"2.2"`` is 2.2).
    points
        ``(m, 3)`` vertices of all rings, one ring after another.
    ring
        ``(m,)`` ring of each vertex.
    face
        ``(r,)`` face of each ring; the first ring of a face is its outline, others are holes.
    kinds
        Semantic type of each face (``GroundSurface``), None if the model says none.
    lines
        Lines instead of faces, each ``(k, 3)``.
    place
        ``(3,)`` reference point of an instance of a template, or the only point.
    """

    lod: float
    points: Floats
    ring: npt.NDArray[np.intp]
    face: npt.NDArray[np.intp]
    kinds: tuple[str | None, ...]
    lines: tuple[Floats, ...] = ()
    place: Floats | None = None

    @property
    def height(self) -> float:
        """Extent in z, metres; 0 for flat ones."""
        return float(np.ptp(self.points[:, 2])) if len(self.points) else 0.0


@dataclass(frozen=True)
class Vertices:
    """Vertices of a model or a feature and the templates of the model.

    Attributes
    ----------
    xyz
        ``(n, 3)`` coordinates, dequantised.
    templates
        Geometries of templates.
    template_xyz
        ``(t, 3)`` their vertices.
    """

    xyz: Floats
    templates: Sequence[Json] = ()
    template_xyz: Floats = field(default_factory=lambda: np.empty((0, 3)))


def shape(geometry: Json, vertices: Vertices) -> Shape:
    """Return a geometry with its coordinates.

    Raises
    ------
    GeometryError
        If a vertex or template it names does not exist, a coordinate is not finite, or the nesting is wrong.
    """
    try:
        if geometry["type"] == "GeometryInstance":
            return _instance(geometry, vertices)
        return _shape(geometry, vertices.xyz)
    except GeometryError:
        raise
    except (KeyError, IndexError, TypeError, ValueError, AttributeError) as error:
        raise GeometryError(f"{type(error).__name__}: {error}") from error


def _instance(geometry: Json, vertices: Vertices) -> Shape:
    number = geometry["template"]
    if not isinstance(number, int) or not 0 <= number < len(vertices.templates):
        raise GeometryError(f"template {number}")
    place = _pick([geometry["boundaries"][0]], vertices.xyz)[0]
    template = _shape(vertices.templates[number], vertices.template_xyz)
    matrix = np.asarray(geometry.get("transformationMatrix", np.eye(4)), dtype=float).reshape(4, 4)
    points = template.points @ matrix[:3, :3].T + matrix[:3, 3] + place
    lines = tuple(line @ matrix[:3, :3].T + matrix[:3, 3] + place for line in template.lines)
    return Shape(template.lod, points, template.ring, template.face, template.kinds, lines, place)


def _shape(geometry: Json, xyz: Floats) -> Shape:
    kind, boundaries = geometry["type"], geometry["boundaries"]
    lod = float(geometry.get("lod", 0))
    none = np.empty(0, dtype=np.intp)
    if kind == "MultiPoint":
        points = _pick(boundaries, xyz)
        return Shape(lod, points, none, none, (), place=points[0] if len(points) == 1 else None)
    if kind == "MultiLineString":
        lines = tuple(_pick(line, xyz) for line in boundaries)
        return Shape(lod, np.concatenate(lines) if lines else np.empty((0, 3)), none, none, (), lines)
    faces, kinds = [], []
    for face, semantic in _faces(kind, boundaries, geometry.get("semantics") or {}):
        rings = [ring for ring in face if len(ring) >= 3]
        if rings and len(face[0]) >= 3:
            faces.append(rings)
            kinds.append(semantic)
    rings = [*chain.from_iterable(faces)]
    return Shape(
        lod,
        _pick([*chain.from_iterable(rings)], xyz),
        np.repeat(np.arange(len(rings)), [len(r) for r in rings]) if rings else none,
        np.repeat(np.arange(len(faces)), [len(f) for f in faces]) if faces else none,
        tuple(kinds),
    )


def _faces(kind: str, boundaries: Any, semantics: Json) -> Iterator[tuple[list[Ring], str | None]]:  # noqa: ANN401
    """Walk the faces of outer shells with what each is called; inner shells are hollows of the solid."""
    surfaces, values = semantics.get("surfaces", ()), semantics.get("values")
    if kind in _SURFACES:
        shells = [(boundaries, values)]
    elif kind == "Solid":
        shells = [(boundaries[0], values[0] if values else None)] if boundaries else []
    elif kind in _SOLIDS:
        shells = [
            (solid[0], values[i][0] if values and values[i] else None) for i, solid in enumerate(boundaries) if solid
        ]
    else:
        raise GeometryError(f"type {kind}")
    for faces, called in shells:
        for i, face in enumerate(faces):
            number = called[i] if called else None
            yield face, None if number is None else surfaces[number].get("type")


def _pick(numbers: Sequence[int], xyz: Floats) -> Floats:
    index = np.asarray(numbers)
    if not index.size:
        return np.empty((0, 3))
    if index.ndim != 1 or index.dtype.kind not in "iu":
        raise GeometryError("vertex numbers are not whole numbers")
    if index.min() < 0 or index.max() >= len(xyz):
        raise GeometryError(f"vertex {index.min() if index.min() < 0 else index.max()} of {len(xyz)}")
    picked = xyz[index]
    if not np.isfinite(picked).all():
        raise GeometryError("a coordinate is not a number")
    return picked


def footprint(shapes: Sequence[Shape]) -> Any:  # noqa: ANN401 - shapely
    """Return what shapes cover on the ground: a polygon or several, with holes; None if nothing.

    Where a shape names ground surfaces these are it; else the shadow of all its faces that do not stand upright.
    """
    shadows = [polygon for one in shapes for polygon in _shadows(one)]
    if not shadows:
        return None
    merged = shapely.union_all(np.array(shadows, dtype=object))
    parts = shapely.get_parts(merged)
    polygons = parts[(shapely.get_type_id(parts) == shapely.GeometryType.POLYGON) & (shapely.area(parts) > 0)]
    if not len(polygons):
        return None
    return polygons[0] if len(polygons) == 1 else shapely.MultiPolygon(list(polygons))


def _shadows(one: Shape) -> list[Any]:
    if not len(one.ring):
        return []
    ground = np.array([kind == "GroundSurface" for kind in one.kinds])
    rings = shapely.linearrings(one.points[:, :2], indices=one.ring)
    first = np.flatnonzero(np.diff(one.face, prepend=-1))
    hole = np.ones(len(one.face), dtype=bool)
    hole[first] = False
    faces = shapely.polygons(rings[first])
    for number in np.unique(one.face[hole]):
        faces[number] = shapely.polygons(rings[first[number]], rings[hole & (one.face == number)].tolist())
    lying = shapely.area(faces) > _FLAT * (shapely.length(faces) / 4) ** 2
    chosen = faces[lying & ground] if (lying & ground).any() else faces[lying]
    return shapely.make_valid(chosen).tolist()


def best(shapes: Sequence[Shape]) -> Shape | None:
    """Return the shape of the highest level of detail that has faces (the first of equals)."""
    faced = [one for one in shapes if len(one.ring)]
    return max(faced, key=lambda one: one.lod) if faced else None
