"""Administrative areas: overlaps and gaps, codes, parents, and census rows of areas that do not exist."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely
from pyproj import Transformer

from xiancheng.city.county import STORED_CRS, is_gb2260
from xiancheng.city.quality.checks.buildings import overlaps
from xiancheng.city.quality.checks.location import county_boundary
from xiancheng.city.quality.registry import Found, Inspection, check
from xiancheng.city.snapshot import FeatureTable
from xiancheng.foundation.text import Text

LEVELS = ("county", "township", "community")
_DIGITS = {"county": (6,), "township": (9, 12), "community": (12,)}
_TOLERANCE_M2 = 10_000.0
"""Overlaps and gaps below a hectare are drawing tolerance at the scale of administrative boundaries."""
_SLIVER_M = 5.0
"""A gap whose area divided by half its perimeter is below this is a sliver along a boundary."""


def normal(code: object) -> str:
    """Return a code without the zeros that fill it up to 12 or 9 digits."""
    text = str(code).strip()
    for length, shorter in ((12, 9), (9, 6)):
        if len(text) == length and text.endswith("000") and text.isdigit():
            text = text[:shorter]
    return text


@check("area.overlap", "warning", Text("行政区重叠", "overlapping areas"), of=("admin_area",))
def overlap(table: FeatureTable, inspection: Inspection) -> Iterator[Found]:
    """Find townships (or communities) that lie over each other by more than a hectare."""
    del inspection
    for level in LEVELS:
        rows = np.flatnonzero(table.column("level") == level)
        one, two, part = overlaps(table.take(rows), 0.0)
        shared = part * table.area[rows[one]]
        keep = np.flatnonzero(shared > _TOLERANCE_M2)
        keep = keep[np.argsort(-shared[keep], kind="stable")]
        a, b, hectares = rows[one[keep]], rows[two[keep]], shared[keep] / 1e4

        def detail(i: int, b: npt.NDArray[Any] = b, hectares: npt.NDArray[Any] = hectares) -> Text:
            label = table.column("name")[b[i]] or table.ids[b[i]]
            return Text(f"与 {label} 重叠 {hectares[i]:,.1f} 公顷", f"{hectares[i]:,.1f} ha shared with {label}")

        title = {"county": ("县", "counties"), "township": ("乡镇", "townships"), "community": ("社区", "communities")}
        zh, en = title[level]
        yield Found(a, Text(f"{{count}} 对{zh}互相重叠", f"{{count}} pairs of {en} overlap"), detail)


@check("area.gap", "warning", Text("乡镇未覆盖", "gap between townships"), of=("admin_area",))
def gap(table: FeatureTable, inspection: Inspection) -> Iterator[Found]:
    """Find parts of the county that no township covers, and townships that reach outside it."""
    boundary = county_boundary(inspection)
    level = table.column("level")
    towns, counties = np.flatnonzero(level == "township"), np.flatnonzero(level == "county")
    if boundary is None or len(towns) == 0 or len(counties) == 0:
        return
    union = shapely.union_all(shapely.make_valid(table.projected[towns]))
    parts = _large_parts(shapely.difference(boundary, union))
    if len(parts):
        area = shapely.area(parts)
        yield Found(
            np.full(len(parts), counties[0]),
            Text(
                f"县内有 {{count}} 处不属于任何乡镇，共 {area.sum() / 1e4:,.1f} 公顷",
                f"{{count}} places of the county belong to no township, {area.sum() / 1e4:,.1f} ha in all",
            ),
            lambda i: Text(f"{area[i] / 1e4:,.1f} 公顷", f"{area[i] / 1e4:,.1f} ha"),
            points=_lonlat(parts, table.crs),
        )
    beyond = [_large_parts(shapely.difference(s, boundary)) for s in shapely.make_valid(table.projected[towns])]
    out = np.array([float(shapely.area(p).sum()) for p in beyond])
    rows = np.flatnonzero(out)
    rows = rows[np.argsort(-out[rows], kind="stable")]
    yield Found(
        towns[rows],
        Text("{count} 个乡镇超出县界", "{count} townships reach outside the county"),
        lambda i: Text(f"超出 {out[rows[i]] / 1e4:,.1f} 公顷", f"{out[rows[i]] / 1e4:,.1f} ha outside"),
    )


def _large_parts(shape: shapely.Geometry) -> npt.NDArray[np.object_]:
    parts = shapely.get_parts(shape)
    area = shapely.area(parts)
    width = np.divide(area, shapely.length(parts) / 2, out=np.zeros(len(parts)), where=area > 0)
    keep = np.flatnonzero((area > _TOLERANCE_M2) & (width > _SLIVER_M))
    return np.asarray(parts[keep[np.argsort(-area[keep], kind="stable")]], dtype=object)


def _lonlat(shapes: npt.NDArray[np.object_], crs: str) -> npt.NDArray[np.float64]:
    points = shapely.get_coordinates(shapely.point_on_surface(shapes))
    back = Transformer.from_crs(crs, STORED_CRS, always_xy=True)
    return np.column_stack(back.transform(points[:, 0], points[:, 1]))


@check("area.code", "error", Text("区划代码错误", "wrong administrative code"), of=("admin_area",))
def code(table: FeatureTable, inspection: Inspection) -> Iterator[Found]:
    """Find codes of the wrong length, missing codes, and codes that do not begin with their parent's.

    A county has 6 digits (GB/T 2260), a township 9 (GB/T 10114), a community 12; filling zeros are accepted.
    """
    codes, levels = table.column("code"), table.column("level")
    missing = np.array(
        [(c is None or not str(c).strip()) and v in _DIGITS for c, v in zip(codes, levels, strict=True)], dtype=bool
    )
    yield Found(
        np.flatnonzero(missing),
        Text(
            "{count} 个行政区没有代码，按区统计时无法对应",
            "{count} areas have no code: figures by area cannot name them",
        ),
        severity="warning",
    )
    if not is_gb2260(inspection.county.code):
        return
    given = [None if c is None or not str(c).strip() else str(c).strip() for c in codes]
    wrong = [
        c is not None and v in _DIGITS and not (c.isdigit() and (len(c) in _DIGITS[v] or len(normal(c)) in _DIGITS[v]))
        for c, v in zip(given, levels, strict=True)
    ]
    rows = np.flatnonzero(np.array(wrong, dtype=bool))
    yield Found(
        rows,
        Text(
            "{count} 个行政区的代码不是县 6 位、乡镇 9 位、社区 12 位数字",
            "{count} areas have a code that is not of 6 digits (county), 9 (township) or 12 (community)",
        ),
        lambda i: Text(f"“{given[rows[i]]}”", f"{given[rows[i]]!r}"),
    )
    yield from _parents(table, given, inspection)


def _parents(table: FeatureTable, given: list[str | None], inspection: Inspection) -> Iterator[Found]:
    levels, parents = table.column("level"), table.column("parent_code")
    known = {normal(c) for c in given if c is not None}
    towns = any(level == "township" for level in levels)
    reasons: dict[int, Text] = {}
    for row, (own, level, parent) in enumerate(zip(given, levels, parents, strict=True)):
        if own is None or level not in _DIGITS or level == "county":
            continue
        begins = normal(own)[: 6 if level == "township" else 9]
        if not own.startswith(inspection.county.code):
            reasons[row] = Text(
                f"{own} 不以县代码 {inspection.county.code} 开头",
                f"{own} does not begin with the county's code {inspection.county.code}",
            )
        elif parent is not None and normal(parent) != begins:
            reasons[row] = Text(f"{own} 的上级代码写作 {parent}", f"{own} names {parent} as its parent")
        elif level == "community" and towns and begins not in known:
            reasons[row] = Text(f"{own} 所属乡镇 {begins} 不存在", f"there is no township {begins} for {own}")
    rows = np.array(sorted(reasons), dtype=np.intp)
    yield Found(
        rows,
        Text("{count} 个行政区的代码与上级不符", "{count} areas have a code that does not fit their parent"),
        lambda i: reasons[int(rows[i])],
    )


@check("census.unknown_area", "warning", Text("普查数无对应地区", "census of an unknown area"), of=("census",))
def census_area(table: FeatureTable, inspection: Inspection) -> Iterator[Found]:
    """Find census rows whose code is no administrative area's: their people can be placed nowhere."""
    areas = inspection.tables.get("admin_area")
    if areas is None or len(areas) == 0:
        return
    known = {normal(c) for c in areas.column("code") if c is not None} | {normal(inspection.county.code)}
    codes = table.column("area_code")
    rows = np.flatnonzero(np.array([c is not None and normal(c) not in known for c in codes], dtype=bool))
    yield Found(
        rows,
        Text(
            "{count} 行普查数的代码不是任何行政区的代码", "{count} census rows have the code of no administrative area"
        ),
        lambda i: Text(f"“{codes[rows[i]]}”", f"{codes[rows[i]]!r}"),
    )
