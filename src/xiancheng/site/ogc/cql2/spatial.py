"""How geometries lie to each other, by column."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely
from shapely.geometry.base import BaseGeometry

Flags = npt.NDArray[np.bool_]

_TESTS: dict[str, Callable[[Any, Any], Any]] = {
    "s_intersects": shapely.intersects,
    "s_equals": shapely.equals,
    "s_disjoint": shapely.disjoint,
    "s_touches": shapely.touches,
    "s_within": shapely.within,
    "s_overlaps": shapely.overlaps,
    "s_crosses": shapely.crosses,
    "s_contains": shapely.contains,
}
_TURNED = {"s_within": "s_contains", "s_contains": "s_within"}
"""Function with its arguments exchanged; the others are symmetric, crosses included (as a relation of the two)."""


def related(op: str, one: Any, other: Any, known: Flags) -> Flags:  # noqa: ANN401 - a geometry or an array of them
    """Return where a function of space is true; false where not `known`.

    A single geometry is prepared and asked first: that is what GEOS is fast at.
    """
    out = np.zeros(len(known), dtype=np.bool_)
    if not isinstance(one, BaseGeometry) and isinstance(other, BaseGeometry):
        one, other, op = other, one, _TURNED.get(op, op)
    if isinstance(one, BaseGeometry):
        shapely.prepare(one)
    out[known] = _TESTS[op](_where(one, known), _where(other, known))
    return out


def _where(shapes: Any, known: Flags) -> Any:  # noqa: ANN401
    return shapes[known] if isinstance(shapes, np.ndarray) else shapes
