"""What the tiles of a class hold: its zooms and its attributes."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Literal

from xiancheng.city.classes import FeatureClass
from xiancheng.foundation.errors import ConfigError
from xiancheng.foundation.resources import data_folder
from xiancheng.foundation.text import Text
from xiancheng.foundation.toml_file import optional_toml, read_toml

Kind = Literal["point", "line", "polygon"]
Zooms = tuple[int, int]

LEFT_OUT = frozenset({"address"})
"""Attributes that a map does not draw: whoever identifies a feature asks for all of them."""
HIGHEST = 16


@lru_cache(maxsize=8)
def _plan(county_folder: Path) -> tuple[dict[str, Zooms], dict[str, Zooms]]:
    base, own = (
        read_toml(data_folder("catalogues") / "site" / "tiles.toml"),
        optional_toml(county_folder / "tiles.toml"),
    )
    kinds, classes = (
        {name: _zooms(name, value) for name, value in (base.get(part, {}) | own.get(part, {})).items()}
        for part in ("geometry", "classes")
    )
    return kinds, classes


def zooms_of(class_name: str, kind: Kind, county_folder: Path) -> Zooms:
    """Return the first and the last zoom of the tiles of a class.

    Raises
    ------
    ConfigError
        If ``tiles.toml`` is wrong.
    """
    kinds, classes = _plan(county_folder)
    return classes.get(class_name) or kinds[kind]


def attributes_of(feature_class: FeatureClass) -> list[str]:
    """Return the attributes of a class that its tiles carry, beside ``object_id``."""
    return [a.name for a in feature_class.attributes if a.type != "json" and a.name not in LEFT_OUT]


def _zooms(name: str, value: object) -> Zooms:
    if isinstance(value, list) and len(value) == 2 and all(isinstance(v, int) for v in value):
        first, last = value
        if 0 <= first <= last <= HIGHEST:
            return first, last
    raise ConfigError(
        Text(
            f"tiles.toml 的“{name}”须为 [起始级, 终止级]，0 到 {HIGHEST}",
            f"tiles.toml, {name!r}: write [first, last] within 0 to {HIGHEST}",
        )
    )
