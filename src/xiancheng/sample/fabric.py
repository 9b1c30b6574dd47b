"""What a town is made of while it is being built: lines, rectangular buildings and other areas, in metres."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from xiancheng.sample.frame import BOTH, Floats

USES = (
    "apartments", "house", "retail", "office", "industrial", "warehouse", "school", "kindergarten", "hospital",
    "public", "train_station", "temple", "garages", "museum", "sports_hall",
)  # fmt: skip
"""OSM values of ``building``, by the number kept in `Buildings.use`."""
_USE = {name: i for i, name in enumerate(USES)}
RESIDENTIAL = (_USE["apartments"], _USE["house"])
STOREY = 2.9


@dataclass(frozen=True)
class Line:
    """A street, path, watercourse or wall: ``(n, 2)`` metres and OSM tags."""

    points: Floats
    tags: Mapping[str, str]
    when: int = BOTH
    level: int = 0


@dataclass(frozen=True)
class Area:
    """A park, pond or compound: rings of ``(n, 2)`` metres (not closed) and OSM tags."""

    ring: Floats
    tags: Mapping[str, str]
    holes: tuple[Floats, ...] = ()
    when: int = BOTH


@dataclass(frozen=True)
class Buildings:
    """Rectangular buildings of the straight plan.

    Attributes
    ----------
    x, y, width, depth
        ``(n,)`` middle and size, west-east and south-north, metres.
    floors
        ``(n,)`` storeys above ground.
    use
        ``(n,)`` index into `USES`.
    dwellings
        ``(n,)``; 0 where nobody lives.
    when
        ``(n,)`` dates at which it stands.
    place
        ``(n,)`` number of the compound, village or parcel it belongs to; -1 none.
    year
        ``(n,)`` of completion.
    """

    x: Floats
    y: Floats
    width: Floats
    depth: Floats
    floors: npt.NDArray[np.int64]
    use: npt.NDArray[np.int64]
    dwellings: npt.NDArray[np.int64]
    when: npt.NDArray[np.int64]
    place: npt.NDArray[np.int64]
    year: npt.NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.x)

    @property
    def floor_area(self) -> Floats:
        """``(n,)`` m²."""
        return self.width * self.depth * self.floors

    @property
    def residential(self) -> npt.NDArray[np.bool_]:
        """``(n,)`` whether people live there."""
        return np.isin(self.use, RESIDENTIAL)

    def take(self, selection: npt.NDArray[np.bool_] | npt.NDArray[np.intp]) -> Buildings:
        """Return the buildings of a mask or of indices."""
        return Buildings(*(getattr(self, name)[selection] for name in self.__dataclass_fields__))

    def corners(self) -> Floats:
        """Return ``(n, 4, 2)`` corners, metres, counter-clockwise from the south-west."""
        east, north = self.width / 2, self.depth / 2
        x = self.x[:, None] + east[:, None] * np.array([-1, 1, 1, -1])
        y = self.y[:, None] + north[:, None] * np.array([-1, -1, 1, 1])
        return np.stack([x, y], axis=2)


@dataclass(frozen=True, slots=True)
class Site:
    """A place where a facility is: its kind, metres, dates and what it is named after."""

    kind: str
    x: float
    y: float
    when: int
    name: str


@dataclass
class Fabric:
    """Collects what the builders of parcels and villages make."""

    lines: list[Line] = field(default_factory=list)
    areas: list[Area] = field(default_factory=list)
    places: list[str] = field(default_factory=list)
    sites: list[Site] = field(default_factory=list)
    _buildings: list[tuple[npt.NDArray[np.float64], ...]] = field(default_factory=list)

    def place(self, name: str) -> int:
        """Number a compound or village."""
        self.places.append(name)
        return len(self.places) - 1

    def site(self, kind: str, x: float, y: float, when: int = BOTH, name: str = "") -> None:
        """Note where a facility is."""
        self.sites.append(Site(kind, round(float(x), 1), round(float(y), 1), when, name))

    def line(self, points: Sequence[tuple[float, float]] | Floats, when: int = BOTH, **tags: str) -> None:
        """Add a line; ``highway="service"`` and other tags as keywords (``__`` stands for ``:``)."""
        self.lines.append(Line(np.asarray(points, dtype=float), _tags(tags), when))

    def area(
        self,
        ring: Sequence[tuple[float, float]] | Floats,
        when: int = BOTH,
        holes: Sequence[Floats] = (),
        **tags: str,
    ) -> None:
        """Add an area; tags as in `line`."""
        self.areas.append(Area(np.asarray(ring, dtype=float), _tags(tags), tuple(holes), when))

    def box(self, x0: float, y0: float, x1: float, y1: float, when: int = BOTH, **tags: str) -> None:
        """Add a rectangular area."""
        ring = np.array([(x0, y0), (x1, y0), (x1, y1), (x0, y1)], dtype=float)
        self.areas.append(Area(ring, _tags(tags), (), when))

    def build(
        self,
        use: str,
        x: npt.ArrayLike,
        y: npt.ArrayLike,
        width: npt.ArrayLike,
        depth: npt.ArrayLike,
        floors: npt.ArrayLike,
        *,
        dwellings: npt.ArrayLike = 0,
        when: int = BOTH,
        place: int = -1,
        year: npt.ArrayLike = 2005,
    ) -> None:
        """Add buildings of one use; numbers or arrays."""
        arrays = np.broadcast_arrays(
            *(np.atleast_1d(np.asarray(v, dtype=float)) for v in (x, y, width, depth, floors)),
            np.asarray(_USE[use], dtype=float),
            *(np.asarray(v, dtype=float) for v in (dwellings, when, place, year)),
        )
        self._buildings.append(tuple(np.array(a) for a in arrays))

    @property
    def buildings_count(self) -> int:
        """How many times `build` was called: a mark for `buildings`."""
        return len(self._buildings)

    def buildings(self, since: int = 0) -> Buildings:
        """Return the buildings added so far, or since a mark."""
        if len(self._buildings) <= since:
            none = np.empty(0)
            return Buildings(none, none, none, none, *([none.astype(np.int64)] * 6))
        columns = [np.concatenate(c) for c in zip(*self._buildings[since:], strict=True)]
        metres = [np.round(c, 2) for c in columns[:4]]
        return Buildings(*metres, *(c.astype(np.int64) for c in columns[4:]))


def _tags(tags: Mapping[str, str]) -> dict[str, str]:
    return {key.replace("__", ":"): value for key, value in tags.items()}
