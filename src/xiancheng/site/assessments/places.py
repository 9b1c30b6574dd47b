"""The places that fall short of an indicator: listed, sorted, drawn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
import numpy.typing as npt
import orjson
import shapely

from xiancheng.city.snapshot import Snapshot
from xiancheng.foundation.text import Text
from xiancheng.programme.assessment import IndicatorResult
from xiancheng.programme.measurement import Short
from xiancheng.programme.report.figures import unit_text
from xiancheng.programme.report.json import plain
from xiancheng.site.assessments.current import places_visible
from xiancheng.site.assessments.figures import figure_key, places_of
from xiancheng.site.policy.subject import Subject
from xiancheng.site.problems import ForbiddenError

SORTS = ("rank", "-rank", "amount", "-amount", "name", "-name", "area", "-area")
SHAPES = 2000
"""Shapes sent with the points of a map; beyond that the points alone tell where."""
_DIGITS = 6
"""Decimals of a degree: a tenth of a metre."""


@dataclass(frozen=True)
class Places:
    """Places of one indicator, with the names of the townships they lie in.

    Attributes
    ----------
    short
        None if there are none, or if the asker may not see them.
    total
        Counted whether they may be seen or not.
    """

    short: Short | None
    total: int
    classes: tuple[str, ...]
    unit: str
    visible: bool
    areas: dict[str, str]

    @property
    def unit_text(self) -> Text:
        """The unit as people read it."""
        return unit_text(self.unit)

    def areas_present(self) -> list[dict[str, str]]:
        """Return the townships that have such places."""
        codes = [] if self.short is None else sorted({str(c) for c in self.short.in_area if c is not None})
        return [{"code": code, "name": self.areas.get(code, code)} for code in codes]


def places_for(result: IndicatorResult, subject: Subject) -> Places:
    """Return the places that fall short of an indicator, as far as `subject` may see them."""
    found, indicator = result.measurement, result.indicator
    if found is None or found.short is None or indicator.measure is None:
        return Places(None, 0, (), "", True, {})
    counted = found.short
    visible = places_visible(counted.feature_class, subject)
    short = places_of(found.snapshot, figure_key(indicator.measure, indicator.params)) if visible else None
    return Places(
        short,
        len(counted),
        tuple(counted.feature_class.split(",")),
        counted.unit,
        visible,
        {a.code: a.name for a in found.by_area},
    )


def require_visible(places: Places) -> None:
    """Refuse to hand out places of a class that may not be seen.

    Raises
    ------
    ForbiddenError
        If they may not.
    """
    if not places.visible:
        names = "、".join(places.classes)
        raise ForbiddenError(
            Text(f"您不能查看“{names}”", f"you may not see {', '.join(places.classes)}"),
            Text("只能看到数量", "only their number is shown"),
        )


def chosen(places: Places, *, sort: str = "rank", area: str = "", search: str = "") -> npt.NDArray[np.intp]:
    """Return the indices of the places that fit, in the order asked for."""
    short = places.short
    if short is None:
        return np.empty(0, dtype=np.intp)
    keep = np.ones(len(short), dtype=bool)
    if area:
        keep &= short.in_area == area
    if search:
        wanted = search.casefold()
        keep &= np.array(
            [wanted in f"{n or ''} {i}".casefold() for n, i in zip(short.names, short.ids, strict=True)], dtype=bool
        )
    found = np.flatnonzero(keep)
    name, backwards = sort.lstrip("-"), sort.startswith("-")
    if name != "rank":
        keys = _sort_keys(short, name, places.areas)
        found = np.array(sorted(found.tolist(), key=lambda i: keys[i], reverse=backwards), dtype=np.intp)
    elif backwards:
        found = found[::-1]
    return found


def _sort_keys(short: Short, name: str, areas: dict[str, str]) -> Sequence[Any]:
    if name == "amount":
        return cast("Sequence[Any]", np.where(np.isfinite(short.amount), short.amount, -np.inf).tolist())
    if name == "name":
        return [str(v or "") for v in short.names]
    return [areas.get(str(v or ""), str(v or "")) for v in short.in_area]


def rows_out(places: Places, indices: npt.NDArray[np.intp]) -> list[dict[str, Any]]:
    """Return places as rows; `rank` 1 is the most affected."""
    short = places.short
    if short is None:
        return []
    return [
        {
            "rank": int(i) + 1,
            "class": short.feature_class,
            "id": str(short.ids[i]),
            "name": None if short.names[i] is None else str(short.names[i]),
            "lon": plain(short.lon[i]),
            "lat": plain(short.lat[i]),
            "amount": plain(short.amount[i]),
            "unit": short.unit,
            "area": None if short.in_area[i] is None else str(short.in_area[i]),
            "area_name": places.areas.get(str(short.in_area[i])),
        }
        for i in indices
    ]


def collection_out(
    places: Places, indices: npt.NDArray[np.intp], snapshot: Snapshot | None, *, synthetic: bool
) -> dict[str, Any]:
    """Return places as a GeoJSON feature collection: a shape where a snapshot is given, else a point."""
    shapes = shapes_of(places, indices, snapshot) if snapshot is not None and len(indices) <= SHAPES else {}
    features = []
    for i, row in zip(indices.tolist(), rows_out(places, indices), strict=True):
        point = None if row["lon"] is None else {"type": "Point", "coordinates": [row["lon"], row["lat"]]}
        features.append({"type": "Feature", "id": row["rank"], "geometry": shapes.get(i, point), "properties": row})
    return {"type": "FeatureCollection", "features": features, "synthetic": synthetic}


def shapes_of(places: Places, indices: npt.NDArray[np.intp], snapshot: Snapshot) -> dict[int, orjson.Fragment]:
    """Return index → geometry as GeoJSON, of those places that are lines or areas in the model."""
    short = places.short
    out: dict[int, orjson.Fragment] = {}
    if short is None:
        return out
    for name in places.classes:
        table = snapshot.table(name)
        if not table.feature_class.has_geometry:
            continue
        wanted = {str(short.ids[i]): i for i in indices.tolist()}
        hits = np.flatnonzero(np.isin(table.ids.astype(str), list(wanted)))
        hits = hits[shapely.get_dimensions(table.geometry[hits]) > 0]
        rounded = shapely.transform(table.geometry[hits], lambda xy: np.round(xy, _DIGITS))
        for hit, text in zip(hits.tolist(), shapely.to_geojson(rounded).tolist(), strict=True):
            out[wanted[str(table.ids[hit])]] = orjson.Fragment(text)
    return out
