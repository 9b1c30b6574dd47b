"""Geometries made ready for many questions, without touching those that others share."""

from __future__ import annotations

from typing import Any

import shapely


def prepared(geometry: Any) -> Any:  # noqa: ANN401 - a geometry or an array of them, as given
    """Return a copy of a geometry, or of an array of them, prepared.

    Preparing writes into the geometry, and what it writes is completed by the first question asked: two threads that
    ask one geometry at once crash the process. Those of a snapshot are shared by all threads, so they stay as they are.
    """
    own = shapely.force_2d(geometry)
    shapely.prepare(own)
    return own
