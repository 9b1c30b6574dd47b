"""Records of one class as arrays."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from xiancheng.city.classes import FeatureClass
from xiancheng.city.layer import Geometries

Objects = npt.NDArray[np.object_]


@dataclass(frozen=True)
class Rows:
    """Records of one class, one an object, sorted by identifier.

    Attributes
    ----------
    object_id
        ``(n,)`` identifiers.
    geometry
        ``(n,)`` shapely geometries in CGCS2000 longitude, latitude; None where the class has no place.
    columns
        Attribute → ``(n,)`` array, as in `FeatureTable`.
    valid_from, valid_to, recorded_from, recorded_to
        ``(n,)`` ISO text; `OPEN_DATE_TEXT` and `OPEN_TIME` stand for no end.
    source, reason
        ``(n,)`` text.
    cim_level
        ``(n,)`` level of detail 1 to 7, float64, NaN if not known.
    """

    feature_class: FeatureClass
    object_id: Objects
    geometry: Geometries
    columns: Mapping[str, npt.NDArray[Any]]
    valid_from: Objects
    valid_to: Objects
    recorded_from: Objects
    recorded_to: Objects
    source: Objects
    reason: Objects
    cim_level: npt.NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.object_id)
