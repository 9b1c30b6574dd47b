"""Service-radius coverage: the land within the radii of facilities, as areas and not as points."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import shapely

from xiancheng.planning.exact import Floats

Geometries = npt.NDArray[np.object_]

QUAD_SEGS = 16
"""Straight pieces a quarter of a circle is drawn with. The area falls short of the true disc's by 0.16 %."""


def service_radius(
    land: npt.ArrayLike, facilities: npt.ArrayLike, radii: npt.ArrayLike, *, quad_segs: int = QUAD_SEGS
) -> Floats:
    """Measure how much of each parcel lies within the radius of at least one facility.

    This is the official method for parks (服务半径覆盖居住用地): the union of the facilities' buffers, each with the
    radius of its class, intersected with residential land. Where buffers overlap the land counts once.

    Parameters
    ----------
    land
        ``(n,)`` polygons of parcels, metres in a projected CRS; invalid ones are repaired first, missing ones have 0.
    facilities
        ``(f,)`` geometries: areas are buffered from their boundary outwards.
    radii
        ``(f,)`` or one radius, metres. With 0 a facility covers only itself, with NaN or less than 0 nothing.
    quad_segs
        Pieces a quarter circle is drawn with: more is closer to the disc (4: 2.6 % less area, 16: 0.16 %, 64: 0.01 %).

    Returns
    -------
    numpy.ndarray
        ``(n,)`` m² covered.
    """
    parcels, places = _sound(land), _sound(facilities)
    radius = np.broadcast_to(np.asarray(radii, dtype=np.float64), places.shape)
    covered = np.zeros(len(parcels))
    served = shapely.buffer(places[radius >= 0], radius[radius >= 0], quad_segs=quad_segs)
    served = served[~(shapely.is_empty(served) | shapely.is_missing(served))]
    if len(served) == 0 or len(parcels) == 0:
        return covered

    tree = shapely.STRtree(parcels)
    shapely.prepare(served)
    whole = np.zeros(len(parcels), dtype=bool)
    whole[tree.query(served, predicate="covers")[1]] = True
    covered[whole] = shapely.area(parcels[whole])

    facility, parcel = tree.query(served, predicate="intersects")
    partly = ~whole[parcel]
    facility, parcel = facility[partly], parcel[partly]
    order = np.argsort(parcel, kind="stable")
    facility, parcel = facility[order], parcel[order]
    pieces = shapely.intersection(parcels[parcel], served[facility])
    one, first, count = np.unique(parcel, return_index=True, return_counts=True)
    single = first[count == 1]
    covered[parcel[single]] = shapely.area(pieces[single])
    several = np.repeat(count > 1, count)
    if several.any():
        group = np.repeat(np.arange(np.count_nonzero(count > 1)), count[count > 1])
        together = shapely.geometrycollections(_areas(pieces[several]), indices=group)
        covered[one[count > 1]] = shapely.area(shapely.union_all(together[:, None], axis=1))
    return covered


def _sound(geometries: npt.ArrayLike) -> Geometries:
    """Return a copy of the geometries in which invalid ones are repaired."""
    given = np.array(geometries, dtype=object).reshape(-1)
    wrong = ~shapely.is_valid(given) & ~shapely.is_missing(given)
    given[wrong] = shapely.make_valid(given[wrong])
    return given


def _areas(pieces: Geometries) -> Geometries:
    """Replace lines and points, where a disc merely touches a parcel, by nothing."""
    return np.where(shapely.get_dimensions(pieces) == 2, pieces, shapely.from_wkt("POLYGON EMPTY"))
