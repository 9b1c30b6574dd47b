"""How a measure returns its figure: with data, without, by township, and with the places that fall short."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import numpy.typing as npt
from pyproj import Transformer

from xiancheng.city.county import STORED_CRS
from xiancheng.city.snapshot import FeatureTable, Floats, Objects, Snapshot
from xiancheng.foundation.text import Text
from xiancheng.programme.measurement import AreaValue, Exclusion, Measurement, Short

NONE = Text("", "")
"""No definition of its own: the measure's general one holds."""


def measured(city: Snapshot, value: float | None, *, definition: Text = NONE, **fields: Any) -> Measurement:  # noqa: ANN401
    """Return a figure; name, parameters, date and hash are filled in by the registry."""
    return Measurement("", value, fields.pop("unit", ""), definition, city.as_of, city.hash, **fields)


def no_data(
    city: Snapshot,
    *missing: Text,
    definition: Text = NONE,
    excluded: tuple[Exclusion, ...] = (),
    notes: tuple[Text, ...] = (),
    **fields: Any,  # noqa: ANN401 - fields of Measurement
) -> Measurement:
    """Return "no data" with what is missing; never a zero that nobody measured."""
    return measured(city, None, definition=definition, missing=missing, excluded=excluded, notes=notes, **fields)


def class_missing(city: Snapshot, name: str) -> Text:
    """Say that the model has no feature of a class."""
    title = city.catalogue[name].title
    return Text(f"城市模型中没有“{title.zh}”（{name}）", f"the city model has no {title.en} ({name})")


def attribute_missing(city: Snapshot, class_name: str, attribute: str) -> Text:
    """Say that no feature of a class has a value of an attribute."""
    feature_class = city.catalogue[class_name]
    title = feature_class.attribute(attribute).title
    return Text(
        f"“{feature_class.title.zh}”都没有填“{title.zh}”（{class_name}.{attribute}）",
        f"no {feature_class.title.en} has a value of {title.en} ({class_name}.{attribute})",
    )


def exclusions(*entries: tuple[Text, float, str]) -> tuple[Exclusion, ...]:
    """Return exclusions of those entries that left something out."""
    return tuple(Exclusion(reason, float(count), unit) for reason, count, unit in entries if count > 0)


def townships(city: Snapshot) -> dict[str, str]:
    """Return township code → name, in the order of their codes; empty if the model has no townships."""

    def read() -> dict[str, str]:
        areas = city.table("admin_area")
        chosen = np.flatnonzero(areas.column("level") == "township")
        names, codes = areas.column("name"), areas.column("code")
        pairs = [(str(codes[i]), str(names[i] or codes[i])) for i in chosen if codes[i] is not None]
        return dict(sorted(pairs))

    return city.memo("townships", read)


class Grouping:
    """Rows grouped by the township they lie in, so that sums by township cost one pass each.

    Parameters
    ----------
    in_area
        ``(n,)`` township code, or None outside all.
    """

    def __init__(self, city: Snapshot, in_area: npt.NDArray[Any]) -> None:
        names = townships(city)
        codes = dict.fromkeys([*names, *sorted({str(c) for c in set(in_area.tolist()) if c is not None})])
        number = {code: i for i, code in enumerate(codes)}
        self.codes = list(codes)
        self.names = [names.get(code, code) for code in codes]
        self.index = np.array([number[str(c)] if c is not None else -1 for c in in_area.tolist()], dtype=np.int64)

    def sums(self, values: Floats) -> Floats:
        """Return the sum of `values` in each township."""
        inside = self.index >= 0
        return np.bincount(self.index[inside], weights=values[inside], minlength=len(self.codes)).astype(np.float64)

    def ratios(self, numerator: Floats, denominator: Floats, *, scale: float = 1.0) -> tuple[AreaValue, ...]:
        """Return ``scale * Σ numerator / Σ denominator`` of each township; no figure where the denominator is 0."""
        return area_values(self.codes, self.names, self.sums(numerator), self.sums(denominator), scale=scale)


def area_values(
    codes: Iterable[str], names: Iterable[str], top: Floats, bottom: Floats, *, scale: float = 1.0
) -> tuple[AreaValue, ...]:
    """Return ``scale * top / bottom`` of each area; no figure where `bottom` is 0."""
    return tuple(
        AreaValue(code, name, float(scale * t / b) if b > 0 else None, float(t), float(b))
        for code, name, t, b in zip(codes, names, top.tolist(), bottom.tolist(), strict=True)
    )


def lon_lat(city: Snapshot, xy: Floats) -> tuple[Floats, Floats]:
    """Return longitudes and latitudes (CGCS2000) of places in the county's CRS."""
    transformer = city.memo("to stored", lambda: Transformer.from_crs(city.county.crs, STORED_CRS, always_xy=True))
    lon, lat = transformer.transform(xy[:, 0], xy[:, 1])
    lon, lat = np.asarray(lon, dtype=np.float64), np.asarray(lat, dtype=np.float64)
    lost = ~np.isfinite(lon)
    return np.where(lost, np.nan, lon), np.where(lost, np.nan, lat)


def short_places(
    city: Snapshot,
    feature_class: str,
    *,
    ids: Objects,
    names: Objects,
    xy: Floats,
    in_area: Objects,
    amount: Floats,
    unit: str,
    chosen: npt.NDArray[np.bool_] | None = None,
) -> Short:
    """Return the places with an amount above 0 (or those `chosen`), largest first."""
    rows = np.flatnonzero(amount > 0 if chosen is None else chosen)
    rows = rows[np.argsort(-amount[rows], kind="stable")]
    lon, lat = lon_lat(city, xy[rows])
    return Short(feature_class, ids[rows], names[rows], lon, lat, amount[rows], in_area[rows], unit)


def short_features(
    city: Snapshot,
    table: FeatureTable,
    amount: Floats,
    unit: str,
    chosen: npt.NDArray[np.bool_] | None = None,
) -> Short:
    """Return the features with an amount above 0 (or those `chosen`), largest first."""
    return short_places(
        city, table.feature_class.name, ids=table.ids, names=table.column("name"), xy=table.xy,
        in_area=table.in_area, amount=amount, unit=unit, chosen=chosen,
    )  # fmt: skip
