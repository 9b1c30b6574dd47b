"""Rules that must always hold: every violation is listed."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import shapely

from xiancheng.city.snapshot import FeatureTable, Floats, Snapshot
from xiancheng.foundation.text import Text
from xiancheng.programme.measurement import Measurement, Short
from xiancheng.programme.params import Amount, Metres, Year
from xiancheng.programme.registry import measure
from xiancheng.programme.views.features import select
from xiancheng.programme.views.figure import class_missing, exclusions, lon_lat, measured, no_data


@measure(
    "guard.estate_kindergartens",
    unit="count",
    title=Text("没有配套园的新建小区", "new estates without their kindergarten"),
    definition=Text(
        "最早建筑建于 since 年及以后、户数不少于 min_dwellings 的小区中，距任一住宅 metres 米内没有配套幼儿园的个数。",
        "Estates whose first building dates from the year `since` or later and that have at least min_dwellings "
        "dwellings, "
        "without a kindergarten built for an estate within metres of any of their residential buildings.",
    ),
)
def estate_kindergartens(
    city: Snapshot, *, since: Year = 2023, min_dwellings: Amount = 0.0, metres: Metres = 300.0
) -> Measurement:
    """Count the new estates that lack their kindergarten."""
    missing = tuple(class_missing(city, c) for c in ("building", "kindergarten") if not city.has(c))
    if missing:
        return no_data(city, *missing)
    homes = city.table("building")
    homes = homes.take((homes.column("use") == "residential") & np.isfinite(homes.xy).all(axis=1))
    estate, dated = homes.column("district"), np.isfinite(homes.column("year"))
    named = np.array([bool(e) for e in estate.tolist()], dtype=bool)
    excluded = exclusions(
        (Text("没有登记小区的住宅", "residential buildings of no known estate"), (~named).sum(), "buildings"),
        (
            Text("没有登记建成年份的住宅", "residential buildings of unknown year"),
            (named & ~dated).sum(),
            "buildings",
        ),
    )
    homes = homes.take(named & dated)
    if not len(homes):
        lacking = Text(
            "住宅没有登记小区和建成年份（building.district、year）",
            "no residential building states its estate and year (building.district, year)",
        )
        return no_data(city, lacking, excluded=excluded)
    names, of = np.unique(homes.column("district").astype(str), return_inverse=True)
    first = np.full(len(names), np.inf)
    np.minimum.at(first, of, homes.column("year"))
    dwellings = np.bincount(of, weights=np.nan_to_num(homes.column("dwellings")), minlength=len(names)).astype(
        np.float64
    )
    new = (first >= since) & (dwellings >= min_dwellings)
    gardens = select(city, ("kindergarten",), where="estate_facility=true")
    rows = np.flatnonzero(new[of])
    footprints = homes.take(rows).projected
    near, _ = shapely.STRtree(shapely.points(gardens.xy)).query(footprints, predicate="dwithin", distance=metres)
    served = np.zeros(len(names), dtype=bool)
    served[of[rows[near]]] = True
    lacking_estates = np.flatnonzero(new & ~served)
    return measured(
        city,
        float(len(lacking_estates)),
        numerator=float(len(lacking_estates)),
        denominator=float(new.sum()),
        numerator_label=Text("没有配套园的新建小区", "new estates without their kindergarten"),
        denominator_label=Text("新建小区", "new estates"),
        excluded=excluded + gardens.excluded,
        short=_estates(city, homes, names, of, dwellings, lacking_estates),
    )


def _estates(
    city: Snapshot,
    homes: FeatureTable,
    names: npt.NDArray[np.str_],
    of: npt.NDArray[np.intp],
    dwellings: Floats,
    chosen: npt.NDArray[np.intp],
) -> Short:
    chosen = chosen[np.argsort(-dwellings[chosen], kind="stable")]
    home = np.array([int(np.flatnonzero(of == e)[0]) for e in chosen], dtype=np.int64)
    lon, lat = lon_lat(city, homes.xy[home])
    titles = names[chosen].astype(object)
    return Short("building", homes.ids[home], titles, lon, lat, dwellings[chosen], homes.in_area[home], "dwellings")
