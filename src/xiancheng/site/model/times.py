"""The model over valid time: when something changed, and a class as it was on any day."""

from __future__ import annotations

from collections import Counter
from datetime import date
from typing import Any

import orjson
import shapely

from xiancheng.city.classes import FeatureClass
from xiancheng.city.history import OPEN_DATE_TEXT, OPEN_TIME
from xiancheng.city.store import Box, Store
from xiancheng.city.values import plain
from xiancheng.site.tiles.plan import attributes_of

_DIGITS = {"month": 7, "year": 4}


def times_of(store: Store, class_names: list[str], by: str) -> dict[str, Any]:
    """Return how many believed records begin and end in each month or year, by class."""
    present = store.backend.tables_present()
    digits = _DIGITS[by]
    begin: dict[str, Counter[str]] = {}
    end: dict[str, Counter[str]] = {}
    first: list[str] = []
    last: list[str] = []
    for name in class_names:
        if name not in present:
            continue
        begin[name], end[name] = Counter(), Counter()
        for column, into in (("valid_from", begin[name]), ("valid_to", end[name])):
            rows = store.fetch(
                f'SELECT CAST("{column}" AS TEXT), count(*) FROM "{name}"'  # noqa: S608 - names of the catalogue
                f' WHERE recorded_to = :open AND "{column}" < :never GROUP BY "{column}"',
                {"open": OPEN_TIME, "never": OPEN_DATE_TEXT},
            )
            for day, count in rows:
                into[day[:digits]] += count
            first += [min(row[0] for row in rows)] if rows else []
            last += [max(row[0] for row in rows)] if rows else []
    everything = (_sum(begin), _sum(end))
    return {
        "first": min(first)[:10] if first else None,
        "last": max(last)[:10] if last else None,
        "by": by,
        "total": _periods(*everything),
        "classes": {name: _periods(begin[name], end[name]) for name in begin},
    }


def count_at(store: Store, class_name: str, on: date, bbox: Box | None) -> int:
    """Return how many features of a class exist on a day (within a box)."""
    if class_name not in store.backend.tables_present():
        return 0
    table, inside = f'"{class_name}" AS t', "1 = 1"
    parameters: dict[str, Any] = {"day": on.isoformat(), "open": OPEN_TIME}
    if bbox is not None and store.catalogue[class_name].has_geometry:
        table, inside = store.backend.box(class_name)
        parameters |= dict(zip(("west", "south", "east", "north"), map(float, bbox), strict=True))
    conditions = f"t.valid_from <= :day AND t.valid_to > :day AND t.recorded_to = :open AND {inside}"
    return int(store.fetch(f"SELECT count(*) FROM {table} WHERE {conditions}", parameters)[0][0])  # noqa: S608


def geojson_at(store: Store, feature_class: FeatureClass, on: date, bbox: Box | None, limit: int) -> bytes:
    """Return the features of a class on a day as GeoJSON.

    If there are more than `limit`, none is given: ``numberMatched`` says how many there are, ``capped`` is true.
    """
    with store.reading():
        matched = count_at(store, feature_class.name, on, bbox)
        features: list[dict[str, Any]] = []
        if matched <= limit:
            rows = store.as_of(feature_class.name, on, bbox=bbox)
            shapes = shapely.to_geojson(rows.geometry).tolist()
            columns = {n: rows.columns[n] for n in attributes_of(feature_class) if n in rows.columns}
            features = [
                {
                    "type": "Feature",
                    "id": rows.object_id[i],
                    "geometry": orjson.Fragment(shapes[i]) if shapes[i] else None,
                    "properties": {
                        "object_id": rows.object_id[i],
                        **{n: v for n, column in columns.items() if (v := plain(column[i])) is not None},
                    },
                }
                for i in range(len(rows))
            ]
    return orjson.dumps(
        {
            "type": "FeatureCollection",
            "features": features,
            "numberMatched": matched,
            "numberReturned": len(features),
            "capped": matched > limit,
            "on": on.isoformat(),
        }
    )


def _sum(counters: dict[str, Counter[str]]) -> Counter[str]:
    out: Counter[str] = Counter()
    for counter in counters.values():
        out.update(counter)
    return out


def _periods(begin: Counter[str], end: Counter[str]) -> list[dict[str, Any]]:
    return [{"period": p, "begin": begin[p], "end": end[p]} for p in sorted(begin.keys() | end.keys())]
