"""How much of a kind lies on the land: kilometres per square kilometre, share of the area, connected water."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

import numpy as np
import shapely
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from xiancheng.city.layer import Geometries
from xiancheng.city.snapshot import Snapshot
from xiancheng.foundation.text import Text
from xiancheng.planning.prepared import prepared
from xiancheng.programme.measurement import AreaValue, Measurement
from xiancheng.programme.params import Classes, Metres, Where
from xiancheng.programme.registry import measure
from xiancheng.programme.views.features import Features, select
from xiancheng.programme.views.figure import class_missing, exclusions, measured, no_data, short_places
from xiancheng.programme.views.residents import Extent, extent


@measure(
    "density.length",
    unit="km/km2",
    title=Text("线状设施密度", "length per area"),
    definition=Text(
        "范围内所选线状要素的长度（公里）除以范围面积（平方公里），要素按范围裁切。",
        "Kilometres of the chosen lines inside the extent, cut at its boundary, divided by the extent's km².",
    ),
)
def length_density(city: Snapshot, *, of: Classes, within: str = "auto", where: Where = "") -> Measurement:
    """Compute kilometres per square kilometre."""
    features, area = select(city, of, where=where), extent(city, within)
    missing = _missing(features, area)
    if missing or area.polygon is None:
        return no_data(city, *missing, excluded=features.excluded)
    lines = _of_dimension(features, 1)
    top = float(shapely.length(_cut(lines, area.polygon)).sum()) / 1e3
    bottom = float(area.polygon.area) / 1e6
    return measured(
        city,
        top / bottom,
        numerator=top,
        denominator=bottom,
        numerator_label=Text(f"{features.title.zh}长度（km）", f"{features.title.en} (km)"),
        denominator_label=Text(f"{area.title.zh}面积（km²）", f"area of {area.title.en} (km²)"),
        excluded=features.excluded,
        by_area=_by_township(city, lambda part: float(shapely.length(_cut(lines, part)).sum()) / 1e3),
        notes=features.missing,
    )


@measure(
    "density.area",
    unit="share",
    title=Text("面状要素占地比例", "share of the area covered"),
    definition=Text(
        "范围内所选面状要素的面积（重叠部分只计一次）除以范围面积。",
        "Area of the chosen polygons inside the extent, overlaps counted once, divided by the extent's area.",
    ),
)
def area_share(
    city: Snapshot, *, of: Classes, within: str = "auto", where: Where = "", public_only: bool = False
) -> Measurement:
    """Compute the share of the extent that polygons cover."""
    features, area = select(city, of, where=where, public_only=public_only), extent(city, within)
    missing = _missing(features, area)
    if missing or area.polygon is None:
        return no_data(city, *missing, excluded=features.excluded)
    parts = shapely.get_parts(shapely.disjoint_subset_union_all(_of_dimension(features, 2)))
    top, bottom = _covered(parts, area.polygon) / 1e6, float(area.polygon.area) / 1e6
    return measured(
        city,
        top / bottom,
        numerator=top,
        denominator=bottom,
        numerator_label=Text(f"{features.title.zh}面积（km²）", f"{features.title.en} (km²)"),
        denominator_label=Text(f"{area.title.zh}面积（km²）", f"area of {area.title.en} (km²)"),
        excluded=features.excluded,
        by_area=_by_township(city, lambda polygon: _covered(parts, polygon) / 1e6),
        notes=features.missing,
    )


@measure(
    "connectivity.water",
    unit="share",
    title=Text("水系连通度", "connectivity of the water network"),
    definition=Text(
        "河道与水体相距不超过 tolerance 米视为连通；最大连通水系的河道长度占全部河道长度的比例。",
        "Waterways and water bodies closer than tolerance metres are connected; length of the waterways in the largest "
        "connected system as a share of the length of all waterways.",
    ),
)
def water_connectivity(city: Snapshot, *, tolerance: Metres = 20.0, within: str = "auto") -> Measurement:
    """Compute the share of waterway length in the largest connected system."""
    features, area = select(city, ("waterway", "water_body")), extent(city, within)
    if not city.has("waterway"):
        return no_data(city, class_missing(city, "waterway"))
    lines, bodies = features.tables
    drawn = np.concatenate([lines.projected, bodies.projected])
    if area.polygon is not None:
        drawn = _cut(drawn, area.polygon)
    length = np.where(np.arange(len(drawn)) < len(lines), shapely.length(drawn), 0.0)
    if length.sum() <= 0:
        lacking = Text(f"{area.title.zh}没有河道", f"there is no waterway in {area.title.en}")
        return no_data(city, lacking)
    one, other = shapely.STRtree(drawn).query(drawn, predicate="dwithin", distance=tolerance)
    links = coo_array((np.ones(len(one), dtype=np.int8), (one, other)), shape=(len(drawn), len(drawn)))
    _, label = connected_components(links, directed=False)
    system = np.bincount(label, weights=length)
    largest = int(np.argmax(system))
    outside = np.where(label == largest, 0.0, length)[: len(lines)]
    count = int((system > 0).sum())
    return measured(
        city,
        float(system[largest] / system.sum()),
        numerator=float(system[largest]) / 1e3,
        denominator=float(system.sum()) / 1e3,
        numerator_label=Text("最大连通水系的河道（km）", "waterways of the largest system (km)"),
        denominator_label=Text("全部河道（km）", "all waterways (km)"),
        excluded=exclusions(
            (Text("范围外的河道", "waterways outside the extent"), (length[: len(lines)] <= 0).sum(), "features")
        ),
        short=short_places(
            city, "waterway", ids=lines.ids, names=lines.column("name"), xy=lines.xy, in_area=lines.in_area,
            amount=outside, unit="m",
        ),
        notes=(Text(f"共有 {count} 个互不连通的水系", f"{count} systems that are not connected to each other"),),
    )  # fmt: skip


def _missing(features: Features, area: Extent) -> tuple[Text, ...]:
    missing = area.missing + (features.missing if features.absent else ())
    if area.polygon is None and not area.missing:
        missing += (Text("没有范围界线，算不出面积", "there is no boundary to take the area of"),)
    return missing


def _of_dimension(features: Features, dimension: int) -> Geometries:
    geometry = features.geometry
    return cast("Geometries", geometry[shapely.get_dimensions(geometry) == dimension])


def _cut(geometry: Geometries, polygon: shapely.Geometry) -> Geometries:
    """Return geometries cut at the polygon; those wholly inside are left as they are (most of them, at no cost)."""
    ready = prepared(polygon)
    inside = shapely.contains_properly(ready, geometry)
    crossing = np.flatnonzero(~inside & shapely.intersects(ready, geometry))
    cut = geometry.copy()
    cut[~inside] = shapely.GeometryCollection()
    cut[crossing] = shapely.intersection(geometry[crossing], polygon)
    return cut


def _covered(parts: Geometries, polygon: shapely.Geometry) -> float:
    """Return m² of parts that do not overlap, inside a polygon."""
    return float(shapely.area(_cut(parts, polygon)).sum())


def _by_township(city: Snapshot, amount: Callable[[shapely.Geometry], float]) -> tuple[AreaValue, ...]:
    areas = city.table("admin_area")
    areas = areas.take(areas.column("level") == "township")
    out = []
    for i in np.argsort([str(c or "") for c in areas.column("code").tolist()], kind="stable"):
        polygon = areas.projected[i]
        top, bottom = amount(polygon), float(polygon.area) / 1e6
        code = str(areas.column("code")[i] or areas.ids[i])
        out.append(AreaValue(code, str(areas.column("name")[i] or code), top / bottom, top, bottom))
    return tuple(out)
