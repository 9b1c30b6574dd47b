"""Columns of a register's sheet: what is written, and how an uploaded sheet is understood."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from xiancheng.city.classes import Attribute, FeatureClass
from xiancheng.city.columns import match_columns
from xiancheng.foundation.text import Language, Text
from xiancheng.site.registers.definition import unit_title

IDENTIFIER = Text("标识", "identifier")
LONGITUDE = Text("经度 (CGCS2000)", "longitude (CGCS2000)")
LATITUDE = Text("纬度 (CGCS2000)", "latitude (CGCS2000)")
STATUS = Text("校核结果", "check result")

_IDENTIFIERS = frozenset(["标识", "对象标识", "编号", "identifier", "object_id", "id"])
_LONGITUDES = frozenset(["经度", "longitude", "lon", "lng"])
_LATITUDES = frozenset(["纬度", "latitude", "lat"])
_OTHER_DATUMS = ("gcj", "bd09", "火星", "百度", "高德")


@dataclass(frozen=True, slots=True)
class Layout:
    """Which column (from 0) of a sheet is what; None where there is none."""

    header: int
    names: tuple[str, ...]
    identifier: int | None
    longitude: int | None
    latitude: int | None
    attributes: Mapping[str, int]
    ignored: tuple[str, ...]
    other_datum: bool


def headers(feature_class: FeatureClass, language: Language) -> list[str]:
    """Return the headers of a template."""
    out = [IDENTIFIER.get(language), *(header_of(a, language) for a in feature_class.attributes)]
    if feature_class.has_geometry:
        out += [LONGITUDE.get(language), LATITUDE.get(language)]
    return out


def header_of(attribute: Attribute, language: Language) -> str:
    """Return the header of one attribute, with its unit."""
    title, unit = attribute.title.get(language), unit_title(attribute.unit)
    if unit is None or unit.get(language) == title:
        return title
    return f"{title}（{unit.zh}）" if language == "zh" else f"{title} ({unit.en})"


def layout_of(header: int, cells: Sequence[object], feature_class: FeatureClass) -> Layout:
    """Return what the columns of an uploaded sheet are, by the texts of its header row."""
    names = tuple("" if c is None else " ".join(str(c).split()) for c in cells)
    bare = [name.split("(", maxsplit=1)[0].split("（", maxsplit=1)[0].strip().lower() for name in names]

    def place(words: frozenset[str]) -> int | None:
        return next((i for i, name in enumerate(bare) if name in words), None)

    special = {
        "identifier": place(_IDENTIFIERS), "longitude": place(_LONGITUDES), "latitude": place(_LATITUDES),
    }  # fmt: skip
    taken = {i for i in special.values() if i is not None} | {i for i, n in enumerate(bare) if n in _status_words()}
    free = [name for i, name in enumerate(names) if name and i not in taken]
    matched = match_columns(free, feature_class)
    attributes = {attribute: names.index(column) for column, attribute in matched.items()}
    return Layout(
        header, names, special["identifier"], special["longitude"], special["latitude"], attributes,
        tuple(name for name in free if name not in matched),
        any(word in name.lower() for name in names for word in _OTHER_DATUMS),
    )  # fmt: skip


def _status_words() -> frozenset[str]:
    return frozenset([STATUS.zh, STATUS.en])
