"""Names of datums: what people write, what is meant, and what pyproj makes of it."""

from __future__ import annotations

import re
from functools import lru_cache

from pyproj import CRS, Transformer
from pyproj.exceptions import CRSError

from xiancheng.city.county import STORED_CRS
from xiancheng.foundation.errors import UnknownNameError
from xiancheng.foundation.text import Text

_SPELLINGS = {
    "CGCS2000": ("cgcs2000", "cgcs", "国家2000", "国家2000坐标系", "2000国家大地坐标系", "大地2000", "2000坐标系"),
    "WGS84": ("wgs84", "wgs1984", "crs84", "ogccrs84", "gps", "gps坐标"),
    "GCJ02": ("gcj02", "gcj", "火星坐标", "火星坐标系", "国测局坐标", "高德", "高德坐标", "腾讯", "腾讯坐标", "amap"),
    "BD09": ("bd09", "bd09ll", "baidu", "百度", "百度坐标", "百度坐标系"),
}
_BY_SPELLING = {spelling: name for name, spellings in _SPELLINGS.items() for spelling in spellings}
_SAME = {"EPSG:4490": "CGCS2000", "EPSG:4480": "CGCS2000", "EPSG:4326": "WGS84", "EPSG:4979": "WGS84"}
LON_LAT = {
    "CGCS2000": Text("2000国家大地坐标系（CGCS2000）经纬度", "CGCS2000 longitude, latitude"),
    "WGS84": Text("WGS-84 经纬度", "WGS-84 longitude, latitude"),
    "GCJ02": Text("GCJ-02（高德、腾讯等网络地图）经纬度", "GCJ-02 longitude, latitude (AMap, Tencent)"),
    "BD09": Text("BD-09（百度地图）经纬度", "BD-09 longitude, latitude (Baidu)"),
}
_WITHIN_A_METRE = ("World Geodetic System 1984", "WGS 1984", "WGS 84", "China 2000", "European Terrestrial Reference")
"""Beginnings of names of datums that agree with CGCS2000 within 1 m, so that no transformation is needed."""


def parse_datum(text: str) -> str:
    """Return the normal name of a datum.

    Parameters
    ----------
    text
        Any usual spelling: ``CGCS2000``, 国家2000, ``wgs-84``, ``gcj-02``, 火星坐标, ``bd-09``, 百度, ``4326``,
        ``EPSG:4525``, ``urn:ogc:def:crs:EPSG::4490``, "CGCS2000 中央经线111", WKT or a PROJ string.

    Returns
    -------
    str
        ``CGCS2000``, ``WGS84``, ``GCJ02``, ``BD09``, ``EPSG:nnnn``, or WKT for a system that EPSG does not list.

    Raises
    ------
    UnknownNameError
        If no one knows it.
    """
    return _parse(text.strip())


@lru_cache(maxsize=256)
def _parse(text: str) -> str:
    key = re.sub(r"[\s_\-()（）]", "", text.lower())
    if key in _BY_SPELLING:
        return _BY_SPELLING[key]
    zone = re.fullmatch(r"(?:cgcs2000|国家2000).*?(7[5-9]|[89]\d|1[0-2]\d|13[0-5])(?:e|度|°|°e)?", key)
    if zone and "zone" not in key and int(zone[1]) % 3 == 0:
        return f"EPSG:{4534 + (int(zone[1]) - 75) // 3}"
    crs = _named_crs(text)
    if crs is None:
        raise UnknownNameError(Text("坐标基准", "datum"), text, [*LON_LAT, "EPSG:4490", "EPSG:4546"])
    code = crs.to_epsg()
    if code is not None:
        return _SAME.get(f"EPSG:{code}", f"EPSG:{code}")
    if crs.to_authority() == ("OGC", "CRS84"):
        return "WGS84"
    return crs.to_wkt()


def _named_crs(text: str) -> CRS | None:
    if not text.isascii() and "[" not in text:
        return None  # no name in the registry is so; looking for near ones would take PROJ half a second
    try:
        return _two_dimensional(CRS.from_user_input(int(text) if text.isdigit() else text))
    except (CRSError, ValueError, OverflowError):
        return None


def _two_dimensional(crs: CRS) -> CRS:
    """Heights pass through unchanged, so only the horizontal part of a compound system matters."""
    if crs.is_compound:
        crs = crs.sub_crs_list[0]
    return crs.to_2d() if len(crs.axis_info) == 3 else crs


@lru_cache(maxsize=64)
def crs_of(datum: str) -> CRS:
    """Return the CRS of a normal name other than GCJ02 and BD09."""
    return CRS.from_user_input({"CGCS2000": STORED_CRS, "WGS84": "EPSG:4326"}.get(datum, datum))


@lru_cache(maxsize=64)
def transformer(source: str, target: str) -> Transformer:
    """Return the transformation between two normal names, longitude or easting first."""
    return Transformer.from_crs(crs_of(source), crs_of(target), always_xy=True)


def describe_datum(text: str) -> Text:
    """Return what a person reads for a datum, such as "EPSG:4546 CGCS2000 / 3-degree Gauss-Kruger CM 111E".

    A datum for which no transformation to CGCS2000 is known (Beijing 1954, Xian 1980) says so.

    Raises
    ------
    UnknownNameError
        If `text` is no datum.
    """
    datum = parse_datum(text)
    if datum in LON_LAT:
        return LON_LAT[datum]
    crs = crs_of(datum)
    name = f"{datum} {crs.name}" if datum.startswith("EPSG:") else crs.name
    if is_approximate(datum):
        return Text(
            f"{name}（没有到 CGCS2000 的精确转换参数，位置可能偏差数十米）",
            f"{name} (no exact transformation to CGCS2000 is known: positions may be off by tens of metres)",
        )
    return Text(name, name)


def is_approximate(text: str) -> bool:
    """Whether no transformation from a datum to CGCS2000 is known, so that positions may be off by tens of metres."""
    datum = parse_datum(text)
    if datum in LON_LAT:
        return False
    base = crs_of(datum).geodetic_crs
    if base is None or base.datum is None:
        return True
    if base.datum.name.replace("_", " ").removeprefix("D ").startswith(_WITHIN_A_METRE):
        return False
    accuracy = transformer(datum, "CGCS2000").accuracy
    return accuracy is None or accuracy < 0
