"""Coverage: of residential land by service radii, of residents and buildings by given coverage areas."""

from __future__ import annotations

from typing import Annotated, Literal

import numpy as np
import numpy.typing as npt
import shapely

from xiancheng.city.snapshot import FeatureTable, Floats, Snapshot
from xiancheng.foundation.text import Text
from xiancheng.planning.coverage import service_radius
from xiancheng.planning.prepared import prepared
from xiancheng.programme.measurement import Measurement
from xiancheng.programme.params import Amount, AttributeName, Classes, CodeOf, Filter, Metres, Where
from xiancheng.programme.registry import measure
from xiancheng.programme.views.features import Area, select
from xiancheng.programme.views.figure import (
    Grouping,
    attribute_missing,
    class_missing,
    exclusions,
    measured,
    no_data,
    short_features,
)
from xiancheng.programme.views.residents import Extent, extent, residents

CoverageKind = Annotated[str, CodeOf("coverage_area", "kind")]
BuildingSwitch = Annotated[str, AttributeName("building")]
BuildingFilter = Annotated[str, Filter("building")]


@measure(
    "coverage.service_radius",
    unit="share",
    title=Text("服务半径覆盖率", "service-radius coverage"),
    definition=Text(
        "面积不小于 large_m2 的设施按 large_radius、其余不小于 small_m2 的按 small_radius，自边界作缓冲；"
        "缓冲范围覆盖的居住用地"
        "面积除以居住用地总面积。",
        "Facilities of at least large_m2 are buffered from their boundary by large_radius, smaller ones of at least "
        "small_m2 "
        "by small_radius; residential land inside the buffers divided by all residential land.",
    ),
)
def service_radius_coverage(
    city: Snapshot,
    *,
    of: Classes,
    large_m2: Amount,
    large_radius: Metres,
    small_m2: Amount,
    small_radius: Metres,
    within: str = "auto",
    where: Where = "",
    public_only: bool = True,
    area: Area = "computed",
    approximate: bool = False,
) -> Measurement:
    """Compute the official service-radius coverage of residential land.

    Parameters
    ----------
    approximate
        Take the footprints of residential buildings where the model has no residential land; told in the notes.
    """
    features = select(city, of, where=where, public_only=public_only, min_area_m2=small_m2, area=area)
    place = extent(city, within)
    land, notes = residential(city, approximate=approximate)
    missing = place.missing + (features.missing if features.absent else ())
    if land is None:
        missing += (
            Text(
                "城市模型中没有居住用地（land_use，use=residential）",
                "the city model has no residential land (land_use, use=residential)",
            ),
        )
    if missing or land is None:
        return no_data(city, *missing, excluded=features.excluded)
    inside = place.covers(land.xy)
    outside = land.area[~inside].sum() / 1e4
    land = land.take(inside)
    if not len(land) or land.area.sum() <= 0:
        lacking = Text(f"{place.title.zh}没有居住用地", f"there is no residential land in {place.title.en}")
        return no_data(city, lacking, excluded=features.excluded)
    size = features.values("area_m2") if area == "registered" else np.concatenate([t.area for t in features.tables])
    radii = np.where(size >= large_m2, large_radius, small_radius)
    covered = np.minimum(service_radius(land.projected, features.geometry, radii), land.area)
    return measured(
        city,
        float(covered.sum() / land.area.sum()),
        definition=Text(
            f"{large_m2:,.0f}平方米及以上的{features.title.zh}按{large_radius:g}米、"
            f"{small_m2:,.0f}至{large_m2:,.0f}平方米的按"
            f"{small_radius:g}米，自边界作缓冲；所覆盖的居住用地面积除以{place.title.zh}居住用地总面积。",
            f"Residential land within {large_radius:g} m of the boundary of {features.title.en} of {large_m2:,.0f} "
            f"m² and "
            f"more, or within {small_radius:g} m of one of {small_m2:,.0f} to {large_m2:,.0f} m², divided by all "
            f"residential "
            f"land of {place.title.en}.",
        ),
        numerator=float(covered.sum() / 1e4),
        denominator=float(land.area.sum() / 1e4),
        numerator_label=Text("覆盖的居住用地（公顷）", "residential land covered (ha)"),
        denominator_label=Text("居住用地（公顷）", "residential land (ha)"),
        excluded=features.excluded
        + exclusions((Text("范围外的居住用地", "residential land outside the extent"), round(outside, 2), "ha")),
        by_area=Grouping(city, land.in_area).ratios(covered / 1e4, land.area / 1e4),
        short=short_features(city, land, np.where(land.area - covered > 1.0, land.area - covered, 0.0), "m2"),
        notes=notes + features.missing,
    )


def residential(city: Snapshot, *, approximate: bool) -> tuple[FeatureTable | None, tuple[Text, ...]]:
    """Return residential land, or the footprints of residential buildings as an approximation, with a note if so."""
    parcels = city.table("land_use")
    parcels = parcels.take((parcels.column("use") == "residential") & (parcels.area > 0))
    if len(parcels):
        return parcels, ()
    if not approximate:
        return None, ()
    buildings = city.table("building")
    buildings = buildings.take((buildings.column("use") == "residential") & (buildings.area > 0))
    note = Text(
        "没有居住用地图层，以居住建筑基底面积近似",
        "no residential land in the model: approximated by residential footprints",
    )
    return (buildings, (note,)) if len(buildings) else (None, ())


@measure(
    "coverage.given",
    unit="share",
    title=Text("覆盖率（依据所给覆盖范围）", "coverage by given areas"),
    definition=Text(
        "处于所给覆盖范围内（或属性标明已覆盖）的居民或建筑所占比例。没有覆盖范围时，属性未填的建筑不计并予说明。",
        "Share of residents or buildings inside the given coverage areas, or with an attribute that says they are "
        "covered. "
        "Without coverage areas, buildings whose attribute is not known are left out and told.",
    ),
)
def given_coverage(
    city: Snapshot,
    *,
    kind: CoverageKind | None = None,
    attribute: BuildingSwitch | None = None,
    count: Literal["residents", "buildings"] = "residents",
    where: BuildingFilter = "",
    within: str = "auto",
) -> Measurement:
    """Compute the share covered.

    Parameters
    ----------
    kind
        Kind of class ``coverage_area``: covered is what lies inside one.
    attribute
        A yes-or-no attribute of buildings, such as ``gigabit``; used where `kind` is not given, and beside it: a
        building is covered if either says so.
    where
        Filter of the buildings counted.
    """
    place = extent(city, within)
    areas = city.table("coverage_area")
    areas = areas.take(areas.column("kind") == kind)
    missing = list(place.missing)
    if kind is None and attribute is None:
        missing.append(Text("请给出 kind 或 attribute", "give kind or attribute"))
    if kind is not None and not len(areas) and attribute is None:
        title = city.catalogue.code_title("coverage_kind", kind)
        missing.append(
            Text(
                f"城市模型中没有“{title.zh}”范围（coverage_area）", f"the city model has no {title.en} (coverage_area)"
            )
        )
    if missing:
        return no_data(city, *missing)
    if count == "buildings":
        return _buildings(city, place, areas, attribute, where)
    if attribute is not None:
        return no_data(city, Text("按属性计算时 count 应为 buildings", "with an attribute, count must be buildings"))
    people = residents(city, within=within)
    if people.missing:
        return no_data(city, *people.missing, excluded=people.excluded)
    covered = np.where(_inside(areas, people.xy), people.persons, 0.0)
    return measured(
        city,
        float(covered.sum() / people.total),
        numerator=float(covered.sum()),
        denominator=people.total,
        numerator_label=Text("覆盖范围内的居民", "residents inside the coverage areas"),
        denominator_label=people.title,
        excluded=people.excluded,
        by_area=people.grouping(city).ratios(covered, people.persons),
        short=people.short(city, people.persons - covered),
    )


def _buildings(city: Snapshot, place: Extent, areas: FeatureTable, attribute: str | None, where: str) -> Measurement:
    if not city.has("building"):
        return no_data(city, class_missing(city, "building"))
    features = select(city, ("building",), where=where)
    inside = place.covers(features.xy)
    (table,) = features.tables
    outside = int((~inside).sum())
    table = table.take(inside)
    covered = _inside(areas, table.xy)
    known = np.ones(len(table), dtype=bool)
    if attribute is not None:
        says = table.column(attribute.rpartition(".")[2])
        # Where coverage areas are drawn, a building outside them is not covered unless it says so itself; without
        # any, only its own attribute can tell.
        known = known if len(areas) else np.isfinite(says)
        covered = covered | (says == 1)
    excluded = features.excluded + exclusions(
        (Text("范围外的建筑", "buildings outside the extent"), outside, "buildings"),
        (Text("没有登记是否覆盖的建筑", "buildings whose coverage is not known"), (~known).sum(), "buildings"),
    )
    if not known.any():
        lacking = attribute_missing(city, "building", attribute) if attribute else class_missing(city, "building")
        return no_data(city, lacking, excluded=excluded)
    return measured(
        city,
        float(covered.sum() / known.sum()),
        numerator=float(covered.sum()),
        denominator=float(known.sum()),
        numerator_label=Text("已覆盖的建筑", "buildings covered"),
        denominator_label=Text(f"{place.title.zh}建筑", f"buildings of {place.title.en}"),
        excluded=excluded,
        by_area=Grouping(city, table.in_area).ratios(covered.astype(float), known.astype(float)),
        short=short_features(city, table, (known & ~covered).astype(float), "buildings"),
    )


def _inside(areas: FeatureTable, xy: Floats) -> npt.NDArray[np.bool_]:
    """Return which places lie in one of the areas; areas are few and large, so each looks only at its own box."""
    inside = np.zeros(len(xy), dtype=bool)
    for polygon, (west, south, east, north) in zip(areas.projected, shapely.bounds(areas.projected), strict=True):
        box = (xy[:, 0] >= west) & (xy[:, 0] <= east) & (xy[:, 1] >= south) & (xy[:, 1] <= north)
        rest = np.flatnonzero(box & ~inside)
        if len(rest):
            inside[rest] = shapely.intersects_xy(prepared(polygon), xy[rest, 0], xy[rest, 1])
    return inside
