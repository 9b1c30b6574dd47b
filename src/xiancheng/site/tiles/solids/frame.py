"""A local frame on the ellipsoid: east, north and up in metres at a place."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

SEMI_MAJOR = 6_378_137.0
FLATTENING = 1 / 298.257223563
"""WGS-84; CGCS2000's ellipsoid differs from it by less than a tenth of a millimetre."""
_E2 = FLATTENING * (2 - FLATTENING)


def to_ecef(lon: Floats, lat: Floats, height: Floats) -> Floats:
    """Return ``(n, 3)`` earth-centred coordinates of geodetic ones (degrees, metres above the ellipsoid)."""
    a, b = np.radians(lon), np.radians(lat)
    normal = SEMI_MAJOR / np.sqrt(1 - _E2 * np.sin(b) ** 2)
    return np.column_stack(
        [
            (normal + height) * np.cos(b) * np.cos(a),
            (normal + height) * np.cos(b) * np.sin(a),
            (normal * (1 - _E2) + height) * np.sin(b),
        ]
    )


@dataclass(frozen=True)
class Frame:
    """East, north, up at `lon`, `lat` on the ellipsoid."""

    lon: float
    lat: float

    @property
    def axes(self) -> Floats:
        """``(3, 3)`` unit vectors east, north, up as rows."""
        a, b = np.radians(self.lon), np.radians(self.lat)
        return np.array(
            [
                [-np.sin(a), np.cos(a), 0.0],
                [-np.sin(b) * np.cos(a), -np.sin(b) * np.sin(a), np.cos(b)],
                [np.cos(b) * np.cos(a), np.cos(b) * np.sin(a), np.sin(b)],
            ]
        )

    @property
    def origin(self) -> Floats:
        """``(3,)`` earth-centred coordinates of the place."""
        return to_ecef(np.array([self.lon]), np.array([self.lat]), np.zeros(1))[0]

    def local(self, lon: Floats, lat: Floats, height: Floats) -> Floats:
        """Return ``(n, 3)`` metres east, north and up of the place."""
        return np.asarray((to_ecef(lon, lat, height) - self.origin) @ self.axes.T)

    def transform(self) -> list[float]:
        """Return the matrix from this frame to the earth's, column by column, as 3D Tiles write it."""
        matrix = np.eye(4)
        matrix[:3, :3], matrix[:3, 3] = self.axes.T, self.origin
        return [float(v) for v in matrix.T.ravel()]
