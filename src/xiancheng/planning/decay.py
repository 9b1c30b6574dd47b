"""How the worth of a facility falls with distance: 1 beside it, 0 beyond the catchment."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
from scipy.special import expit

from xiancheng.planning.exact import Floats

Decay = Callable[..., Floats]
"""A function of distances (any shape) and the catchment's radius, both metres, and of its own shape parameters."""


def _within(shape: Callable[[Floats], Floats], distance: npt.ArrayLike, metres: float) -> Floats:
    away = np.asarray(distance, dtype=np.float64)
    inside = away <= metres
    if metres <= 0:
        return inside.astype(np.float64)
    return np.where(inside, shape(np.where(inside, away, 0.0)), 0.0)


def uniform(distance: npt.ArrayLike, metres: float, /) -> Floats:
    """1 inside the catchment: the cumulative-opportunities measure."""
    return _within(np.ones_like, distance, metres)


def linear(distance: npt.ArrayLike, metres: float, /) -> Floats:
    """``1 - d / metres``."""
    return _within(lambda d: 1 - d / metres, distance, metres)


def inverse_power(
    distance: npt.ArrayLike, metres: float, /, *, exponent: float = 1.0, nearest: float = 100.0
) -> Floats:
    """``(max(d, nearest) / nearest) ** -exponent`` (Hansen 1959, levelled off below `nearest` metres)."""
    return _within(lambda d: (np.maximum(d, nearest) / nearest) ** -exponent, distance, metres)


def negative_exponential(distance: npt.ArrayLike, metres: float, /, *, scale: float | None = None) -> Floats:
    """``exp(-d / scale)``, `scale` in metres; a third of the catchment unless given."""
    reach = metres / 3 if scale is None else scale
    return _within(lambda d: np.exp(-d / reach), distance, metres)


def gaussian(distance: npt.ArrayLike, metres: float, /, *, sigma: float | None = None) -> Floats:
    """Bell-shaped decay.

    Without `sigma` the form of Dai (2010) that reaches exactly 0 at the catchment's edge,
    ``(exp(-(d / metres)² / 2) - exp(-1/2)) / (1 - exp(-1/2))``; with it ``exp(-d² / (2 sigma²))``, `sigma` in metres.
    """
    if sigma is not None:
        return _within(lambda d: np.exp(-(d**2) / (2 * sigma**2)), distance, metres)
    edge = np.exp(-0.5)
    return _within(
        lambda d: (np.exp(-0.5 * (d / metres) ** 2) - edge) / (1 - edge),
        distance,
        metres,
    )


def logistic(
    distance: npt.ArrayLike, metres: float, /, *, middle: float | None = None, spread: float | None = None
) -> Floats:
    """``(1 + exp(-middle π / (spread √3))) / (1 + exp((d - middle) π / (spread √3)))`` (Bauer and Groneberg 2016).

    `middle` is where the curve bends (half the catchment unless given), `spread` its standard deviation (a sixth).
    """
    bend = metres / 2 if middle is None else middle
    slope = (max(metres, 1.0) / 6 if spread is None else spread) * np.sqrt(3) / np.pi
    return _within(lambda d: (1 + np.exp(-bend / slope)) * expit((bend - d) / slope), distance, metres)


def cosine(distance: npt.ArrayLike, metres: float, /) -> Floats:
    """``(1 + cos(π d / metres)) / 2``."""
    return _within(lambda d: (1 + np.cos(np.pi * d / metres)) / 2, distance, metres)


DECAYS: dict[str, Decay] = {
    "uniform": uniform,
    "linear": linear,
    "inverse_power": inverse_power,
    "negative_exponential": negative_exponential,
    "gaussian": gaussian,
    "logistic": logistic,
    "cosine": cosine,
}
"""The decays by name, as a programme's parameters give them."""


def zone_weights(distance: npt.ArrayLike, zones: npt.ArrayLike, weights: npt.ArrayLike) -> Floats:
    """Return the weight of the zone each distance falls in (Luo and Qi 2009); 0 beyond the last.

    Parameters
    ----------
    distance
        Metres, any shape.
    zones
        ``(z,)`` outer radii, metres, ascending; a distance equal to a radius is inside it.
    weights
        ``(z,)`` weight of each zone.

    Raises
    ------
    ValueError
        If there are not as many weights as zones, or the radii do not ascend.
    """
    radii, values = np.asarray(zones, dtype=np.float64).reshape(-1), np.asarray(weights, dtype=np.float64).reshape(-1)
    if len(radii) != len(values) or len(radii) == 0:
        raise ValueError(f"{len(values)} weights for {len(radii)} zones")
    if (np.diff(radii) <= 0).any():
        raise ValueError("zones must ascend")
    return np.append(values, 0.0)[np.searchsorted(radii, np.asarray(distance, dtype=np.float64), side="left")]
