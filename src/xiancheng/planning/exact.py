"""Lengths whose sums are exact, so that a distance does not depend on the order of addition."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

QUANTUM = 2.0**-24
"""Every length on a network is a whole multiple of this many metres (60 nanometres)."""


def exact(metres: npt.ArrayLike) -> Floats:
    """Round lengths to whole multiples of :data:`QUANTUM`.

    Sums of such numbers are exact in double precision up to 2²⁹ m (half a million kilometres). So equal routes are
    equal to the last bit, every engine gives the same figure, and ties are decided by the rule and not by rounding.

    Parameters
    ----------
    metres
        Lengths of any shape, metres; infinity stays.

    Returns
    -------
    numpy.ndarray
        Rounded lengths of the same shape.
    """
    return np.rint(np.asarray(metres, dtype=np.float64) / QUANTUM) * QUANTUM
