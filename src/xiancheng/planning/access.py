"""What places can reach: counts, gravity, and floating catchments that share supply among those who reach it.

All work on :class:`~xiancheng.planning.pairs.Pairs`, from the network or in a straight line. With facility groups the
supply of facility g is ``supply[g]``.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from xiancheng.planning.decay import DECAYS, zone_weights
from xiancheng.planning.exact import Floats, Ints
from xiancheng.planning.pairs import Pairs

__all__ = [
    "DECAYS",
    "count_within",
    "gravity",
    "three_step",
    "two_step",
    "two_step_enhanced",
]

Weigh = Callable[[Floats], Floats]
"""Distances in metres to weights."""


def count_within(pairs: Pairs, n: int, weights: npt.ArrayLike | None = None, *, metres: float = np.inf) -> Floats:
    """Count, or sum the weights of, the facilities each origin reaches.

    Parameters
    ----------
    pairs
        Origins and facilities.
    n
        Number of origins.
    weights
        ``(f,)`` what each facility counts (beds, places); 1 by default.
    metres
        Radius, if smaller than that of `pairs`.

    Returns
    -------
    numpy.ndarray
        ``(n,)``; 0 where nothing is reached.
    """
    near = pairs.distance <= metres
    value = np.ones(len(pairs)) if weights is None else np.asarray(weights, dtype=np.float64)[pairs.facility]
    return _total(pairs.origin[near], value[near], n)


def gravity(pairs: Pairs, n: int, supply: npt.ArrayLike | None, decay: Weigh) -> Floats:
    """Sum the facilities each origin reaches, each worth less with distance (Hansen 1959): ``Σ S_j f(d_ij)``.

    Parameters
    ----------
    pairs
        Origins and facilities.
    n
        Number of origins.
    supply
        ``(f,)`` size of each facility; None: 1.
    decay
        Weights of distances, such as ``functools.partial`` of one of :data:`DECAYS` or
        ``lambda d: DECAYS["linear"](d, 1000)``.

    Returns
    -------
    numpy.ndarray
        ``(n,)``.
    """
    value = decay(pairs.distance)
    if supply is not None:
        value = value * np.asarray(supply, dtype=np.float64)[pairs.facility]
    return _total(pairs.origin, value, n)


def two_step(pairs: Pairs, demand: npt.ArrayLike, supply: npt.ArrayLike, *, decay: Weigh | None = None) -> Floats:
    """Two-step floating catchment area (Radke and Mu 2000, Luo and Wang 2003), generalised by a decay.

    Step one shares each facility among the demand that reaches it, ``R_j = S_j / Σ_i P_i f(d_ij)``; step two adds up
    the shares an origin reaches, ``A_i = Σ_j R_j f(d_ij)``. A facility that no demand reaches is shared by nobody, so
    ``Σ P_i A_i`` is the supply that somebody reaches.

    Parameters
    ----------
    pairs
        Origins and facilities in the catchment.
    demand
        ``(n,)`` persons at each origin.
    supply
        ``(f,)`` size of each facility.
    decay
        Weights of distances; 1 by default.

    Returns
    -------
    numpy.ndarray
        ``(n,)`` supply a person.
    """
    weight = np.ones(len(pairs)) if decay is None else decay(pairs.distance)
    return _share(pairs, demand, supply, weight)


def two_step_enhanced(
    pairs: Pairs, demand: npt.ArrayLike, supply: npt.ArrayLike, zones: npt.ArrayLike, weights: npt.ArrayLike
) -> Floats:
    """Enhanced two-step floating catchment area (Luo and Qi 2009): the weight of distance zones in both steps.

    Parameters
    ----------
    pairs
        Origins and facilities, at least as far apart as the last zone.
    demand
        ``(n,)`` persons at each origin.
    supply
        ``(f,)`` size of each facility.
    zones, weights
        ``(z,)`` outer radii in metres, ascending, and their weights; beyond the last nothing counts.

    Returns
    -------
    numpy.ndarray
        ``(n,)`` supply a person.
    """
    return two_step(pairs, demand, supply, decay=lambda d: zone_weights(d, zones, weights))


def three_step(pairs: Pairs, demand: npt.ArrayLike, supply: npt.ArrayLike, *, decay: Weigh | None = None) -> Floats:
    """Three-step floating catchment area (Wan, Zou and Sternberg 2012): persons choose among what they reach.

    The demand an origin puts on a facility is its share ``G_ij = f(d_ij) / Σ_k f(d_ik)``; then
    ``R_j = S_j / Σ_i G_ij P_i f(d_ij)`` and ``A_i = Σ_j G_ij R_j f(d_ij)``.

    Parameters
    ----------
    pairs, demand, supply, decay
        As for :func:`two_step`.

    Returns
    -------
    numpy.ndarray
        ``(n,)`` supply a person.
    """
    persons = np.asarray(demand, dtype=np.float64)
    weight = np.ones(len(pairs)) if decay is None else decay(pairs.distance)
    reach = _total(pairs.origin, weight, len(persons))[pairs.origin]
    chosen = np.divide(weight, reach, out=np.zeros(len(pairs)), where=reach > 0)
    return _share(pairs, demand, supply, chosen * weight)


def _share(pairs: Pairs, demand: npt.ArrayLike, supply: npt.ArrayLike, weight: Floats) -> Floats:
    persons, size = np.asarray(demand, dtype=np.float64), np.asarray(supply, dtype=np.float64)
    claimed = _total(pairs.facility, persons[pairs.origin] * weight, len(size))
    share = np.divide(size, claimed, out=np.zeros(len(size)), where=claimed > 0)
    return _total(pairs.origin, share[pairs.facility] * weight, len(persons))


def _total(row: Ints, value: Floats, count: int) -> Floats:
    return np.bincount(row, weights=value, minlength=count).astype(np.float64)
