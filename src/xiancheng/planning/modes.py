"""Which roads may be walked or driven, and in which direction, from the attributes of class ``road``."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from xiancheng.planning.exact import Bools

NOT_WALKED = frozenset({"motorway", "trunk", "cycleway"})
"""Classes not walked unless ``foot`` says so (快速路 has no footway of its own)."""

NOT_DRIVEN = frozenset({"pedestrian", "footway", "cycleway", "steps", "path", "track"})
"""Classes a vehicle does not use; a field track only where the caller allows it."""


def walkable(
    road_class: npt.ArrayLike, foot: npt.ArrayLike | None = None, access: npt.ArrayLike | None = None
) -> Bools:
    """Return which roads may be walked.

    What ``foot`` says decides; else a road closed to the public is not walked, and the rest by class. A road without a
    class is walked.

    Parameters
    ----------
    road_class
        ``(n,)`` codes of the list ``road_class``, or None.
    foot, access
        ``(n,)`` 1 yes, 0 no, NaN or None not known.
    """
    classes = np.asarray(road_class, dtype=object).reshape(-1)
    on_foot, public = _known(foot, len(classes)), _known(access, len(classes))
    usual = ~np.isin(classes.astype(str), sorted(NOT_WALKED)) & (public != 0)
    return np.where(np.isnan(on_foot), usual, on_foot == 1)


def drivable(road_class: npt.ArrayLike, access: npt.ArrayLike | None = None, *, tracks: bool = False) -> Bools:
    """Return which roads a vehicle may use.

    Parameters
    ----------
    road_class
        ``(n,)`` codes of the list ``road_class``; a road without one (None) is driven.
    access
        ``(n,)`` 1 open to the public, 0 not, NaN or None not known.
    tracks
        Whether field tracks (机耕道) count.
    """
    classes = np.asarray(road_class, dtype=object).reshape(-1)
    closed = NOT_DRIVEN - {"track"} if tracks else NOT_DRIVEN
    return ~np.isin(classes.astype(str), sorted(closed)) & (_known(access, len(classes)) != 0)


def directions(oneway: npt.ArrayLike, road_class: npt.ArrayLike | None = None) -> tuple[Bools, Bools]:
    """Return whether roads may be driven in their drawing direction, and against it.

    Parameters
    ----------
    oneway
        ``(n,)`` ``forward``, ``backward``, ``no`` or None.
    road_class
        ``(n,)`` codes: a motorway's carriageway of which nothing is known runs in its drawing direction. Without it,
        every road of which nothing is known runs both ways.

    Returns
    -------
    forward, backward
        ``(n,)`` for :func:`~xiancheng.planning.network.build_network`. Walking has no direction: leave them out.
    """
    way = np.asarray(oneway, dtype=object).reshape(-1).astype(str)
    only_forward = way == "forward"
    if road_class is not None:
        motorway = np.asarray(road_class, dtype=object).reshape(-1).astype(str) == "motorway"
        only_forward |= motorway & ~np.isin(way, ("no", "backward"))
    return way != "backward", ~only_forward


def _known(values: npt.ArrayLike | None, count: int) -> npt.NDArray[np.float64]:
    return np.full(count, np.nan) if values is None else np.asarray(values, dtype=np.float64).reshape(-1)
