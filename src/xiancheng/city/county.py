"""One county is one directory: ``county.toml`` and what lies beside it."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path

import tomli_w
from pyproj import CRS
from pyproj.exceptions import CRSError

from xiancheng.foundation.errors import ConfigError
from xiancheng.foundation.text import Text
from xiancheng.foundation.toml_file import read_toml

CONFIG = "county.toml"
AUTO = "auto"
DATABASE_VARIABLE = "XIANCHENG_DATABASE"
"""Overrides ``database`` of ``[site]``."""
STORED_CRS = "EPSG:4490"
"""CGCS2000 geographic: what the city model stores, longitude before latitude."""


@dataclass(frozen=True, slots=True)
class County:
    """A county directory and its settings.

    Attributes
    ----------
    folder
        The directory.
    name
        Name of the county.
    code
        GB/T 2260 code (six digits), or any stable code abroad.
    crs
        Projected CRS for lengths and areas, such as ``EPSG:4546``; `AUTO` until the first import shows where it lies.
    programmes
        Names of shipped programmes or paths (relative to `folder`) of the county's own.
    synthetic
        True if the inside is made up; said on every screen and export.
    database
        Address of the PostgreSQL database that holds the city model; empty: a GeoPackage in `folder`.
    """

    folder: Path
    name: Text
    code: str
    crs: str
    programmes: tuple[str, ...] = ()
    synthetic: bool = False
    database: str = ""

    @property
    def city_path(self) -> Path:
        """The city model as a file, unless a database holds it."""
        return self.folder / "city.gpkg"

    @property
    def model_place(self) -> Path | str:
        """Where the city model is: a file, or the address of a database."""
        return self.database or self.city_path

    @property
    def snapshots_folder(self) -> Path:
        """Where published snapshots lie, one directory a date."""
        return self.folder / "snapshots"

    @classmethod
    def load(cls, folder: Path) -> County:
        """Read ``county.toml`` of `folder`.

        Raises
        ------
        ConfigError
            If it is missing or wrong.
        """
        path = folder / CONFIG
        if not path.exists():
            raise ConfigError(
                Text(
                    f"{folder} 不是县域目录（没有 {CONFIG}）",
                    f"{folder} is not a county directory (no {CONFIG})",
                ),
                Text(
                    f"先运行 xiancheng -C {folder} init，或用 -C 指定县域目录",
                    f"run xiancheng -C {folder} init first, or name the county directory with -C",
                ),
            )
        data = read_toml(path)
        county = data.get("county", {})
        for key in ("name", "code", "crs"):
            if not county.get(key):
                raise ConfigError(Text(f"{path}：[county] 缺少 {key}", f"{path}: [county] lacks {key}"))
        return cls(
            folder=folder,
            name=Text.of(county["name"]),
            code=str(county["code"]),
            crs=AUTO if county["crs"] == AUTO else check_projected(str(county["crs"])),
            programmes=tuple(county.get("programmes", ())),
            synthetic=bool(county.get("synthetic", False)),
            database=os.environ.get(DATABASE_VARIABLE) or str(data.get("site", {}).get("database", "")),
        )

    def save(self) -> None:
        """Write ``county.toml``, creating the directory; other tables of the file (such as ``[site]``) stay."""
        self.folder.mkdir(parents=True, exist_ok=True)
        path = self.folder / CONFIG
        content = read_toml(path) if path.exists() else {}
        content |= {
            "county": {
                "name": self.name.as_dict(),
                "code": self.code,
                "crs": self.crs,
                "programmes": list(self.programmes),
                "synthetic": self.synthetic,
            }
        }
        path.write_text(tomli_w.dumps(content), encoding="utf-8")


def check_projected(crs: str) -> str:
    """Return `crs` if it is a projected CRS in metres.

    Raises
    ------
    ConfigError
        If it is not: lengths and areas in degrees are wrong.
    """
    try:
        parsed = CRS.from_user_input(crs)
    except CRSError as error:
        raise ConfigError(Text(f"不认识的坐标系 {crs}", f"unknown CRS {crs}")) from error
    if not parsed.is_projected or any(abs(axis.unit_conversion_factor - 1) > 1e-9 for axis in parsed.axis_info):
        raise ConfigError(
            Text(f"{crs} 不是以米为单位的投影坐标系", f"{crs} is not a projected CRS in metres"),
            Text(
                "包头用 EPSG:4546（CGCS2000，中央经线 111°）",
                "Baotou uses EPSG:4546 (CGCS2000, central meridian 111°E)",
            ),
        )
    return crs


def suggest_crs(longitude: float, latitude: float) -> str:
    """Return the projected CRS in metres for a place: CGCS2000 3-degree Gauss-Krüger in China, else WGS-84 UTM.

    Source: EPSG registry: 4534 + n is CGCS2000 / 3-degree Gauss-Kruger CM (75 + 3n) E.
    """
    if 73.5 <= longitude <= 136.5 and 3.0 <= latitude <= 54.5:
        return f"EPSG:{4534 + round((longitude - 75) / 3)}"
    zone = int((longitude + 180) // 6) % 60 + 1
    return f"EPSG:{(32600 if latitude >= 0 else 32700) + zone}"


def is_gb2260(code: str) -> bool:
    """Whether `code` has the shape of a GB/T 2260 county code (six digits)."""
    return re.fullmatch(r"[1-9]\d{5}", code) is not None
