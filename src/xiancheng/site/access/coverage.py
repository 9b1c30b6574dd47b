"""Residents within distances of facilities: how many, where, of what age."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import orjson
import shapely
from pyproj import Transformer

from xiancheng.city.county import STORED_CRS
from xiancheng.city.snapshot import Floats, Snapshot
from xiancheng.foundation.text import Text
from xiancheng.programme.measures.access import missing_for, within_definition
from xiancheng.programme.views.features import Features
from xiancheng.programme.views.residents import BANDS, Residents
from xiancheng.site.access.questions import Bands, Question, bands
from xiancheng.site.problems import InvalidError

CELLS = 4000
"""Squares of one answer, at most."""
SIZES = (50.0, 100.0, 200.0, 250.0, 500.0, 1000.0, 2000.0, 5000.0, 10_000.0)
SETTABLE = frozenset({"integer", "number", "boolean", "code", "codes"})
"""Types of attributes that an edit may set."""
PLACES = 20_000
"""Buildings of one window, at most."""


def coverage(city: Snapshot, question: Question) -> dict[str, Any]:
    """Return who is within the distances, as :class:`~xiancheng.site.access.schemas.CoverageOut`."""
    people, features = question.people(city), question.features(city)
    missing = missing_for(city, people, features, question.reach)
    definition = within_definition(people, features, question.reach, question.farthest, question.min_area_m2)
    answer: dict[str, Any] = {
        "on": city.as_of,
        "snapshot": city.hash,
        "total": people.total,
        "facilities": len(features),
        "who": people.title.as_dict(),
        "definition": definition.as_dict(),
        "bands": [],
        "by_area": [],
        "by_age": [],
        "cells": None,
        "excluded": [
            {"reason": e.reason.as_dict(), "count": e.count, "unit": e.unit}
            for e in (*people.excluded, *features.excluded)
        ],
        "notes": [],
        "missing": [m.as_dict() for m in missing],
    }
    if missing:
        return answer
    band = bands(city, question, people, features)
    served = [np.where(band <= i, people.persons, 0.0) for i in range(len(question.metres))]
    answer["bands"] = [
        {"metres": limit, "covered": s.sum(), "uncovered": people.total - s.sum(), "share": s.sum() / people.total}
        for limit, s in zip(question.metres, served, strict=True)
    ]
    answer["by_area"] = _by_area(city, people, served)
    answer["by_age"] = _by_age(question, people, band)
    answer["cells"] = _cells(city, people, served)
    answer["notes"] = [n.as_dict() for n in question.reach.notes(city, people, features)]
    return answer


def _by_area(city: Snapshot, people: Residents, served: list[Floats]) -> list[dict[str, Any]]:
    group = people.grouping(city)
    total, covered = group.sums(people.persons), [group.sums(s) for s in served]
    bounds = city.memo("bounds of townships", lambda: _township_bounds(city))
    return [
        {
            "code": code,
            "name": name,
            "total": total[i],
            "covered": [c[i] for c in covered],
            "bounds": bounds.get(code),
        }
        for i, (code, name) in enumerate(zip(group.codes, group.names, strict=True))
        if total[i] > 0
    ]


def _township_bounds(city: Snapshot) -> dict[str, tuple[float, ...]]:
    areas = city.table("admin_area")
    boxes = shapely.bounds(areas.geometry)
    return {
        str(code): tuple(box)
        for code, level, box in zip(areas.column("code"), areas.column("level"), boxes.tolist(), strict=True)
        if code is not None and level == "township" and np.isfinite(box).all()
    }


def _by_age(question: Question, people: Residents, band: Bands) -> list[dict[str, Any]]:
    ages = people.population.ages
    near = [band <= i for i in range(len(question.metres))]
    out = []
    for name in [b for b in ages if not question.ages or b in question.ages]:
        persons = ages[name][people.rows]
        covered = [float(persons[n].sum()) for n in near]
        out.append({"band": name, "title": BANDS[name].as_dict(), "total": persons.sum(), "covered": covered})
    return out


def _cells(city: Snapshot, people: Residents, served: list[Floats]) -> dict[str, Any]:
    size, cell_of, corners = city.memo(("cells of residents", people.title.en), lambda: _squares(city, people))
    count = len(corners)

    def per_cell(values: Floats) -> Floats:
        return np.round(np.bincount(cell_of, weights=values, minlength=count), 1)

    return {
        "size": size,
        "corners": np.ascontiguousarray(corners.ravel()),
        "persons": per_cell(people.persons),
        "covered": [per_cell(s) for s in served],
    }


def _squares(city: Snapshot, people: Residents) -> tuple[float, npt.NDArray[np.int64], Floats]:
    """Return the size of squares that are few enough, the square of each row, and ``(c, 8)`` corners in degrees."""
    xy = people.xy
    for size in SIZES:
        square = np.floor(xy / size).astype(np.int64)
        cells, cell_of = np.unique(square, axis=0, return_inverse=True)
        if len(cells) <= CELLS:
            break
    ring = np.array([[0, 0], [1, 0], [1, 1], [0, 1]])
    corners = ((cells[:, None, :] + ring) * size).reshape(-1, 2)
    back = Transformer.from_crs(city.county.crs, STORED_CRS, always_xy=True)
    lon, lat = back.transform(corners[:, 0], corners[:, 1])
    return size, cell_of.reshape(-1), np.round(np.column_stack([lon, lat]), 6).reshape(-1, 8)


def places_in(city: Snapshot, question: Question, window: tuple[float, float, float, float]) -> dict[str, Any]:
    """Return the buildings of a window with the first distance that each is within.

    Raises
    ------
    InvalidError
        If the north of the window is south of its south.
    """
    if window[1] > window[3]:
        text = Text("范围的北边应在南边以北", "the north of the window must be north of its south")
        raise InvalidError(text, fields={"window": text})
    people, features = question.people(city), question.features(city)
    answer: dict[str, Any] = {
        "feature_class": people.population.feature_class, "ids": [], "band": [], "persons": [], "more": False,
    }  # fmt: skip
    if missing_for(city, people, features, question.reach):
        return answer
    every = bands(city, question, people, features)
    forth = Transformer.from_crs(STORED_CRS, city.county.crs, always_xy=True)
    west, south, east, north = forth.transform_bounds(*window)
    x, y = people.xy[:, 0], people.xy[:, 1]
    rows = np.flatnonzero((x >= west) & (x <= east) & (y >= south) & (y <= north))
    answer["more"] = len(rows) > PLACES
    rows = rows[:PLACES]
    band = every[rows].astype(np.int64)
    answer["ids"] = people.population.ids[people.rows[rows]].tolist()
    answer["band"] = np.where(band < len(question.metres), band, -1)
    answer["persons"] = np.round(people.persons[rows], 1)
    return answer


def facilities(city: Snapshot, question: Question, everything: Features) -> list[dict[str, Any]]:
    """Return facilities as GeoJSON features; `counted` tells those that the question counts."""
    counted = {(t.feature_class.name, i) for t in question.features(city).tables for i in t.ids.tolist()}
    out = []
    for table in everything.tables:
        name = table.feature_class.name
        drawn = shapely.to_geojson(table.geometry).tolist()
        names = table.column("name").tolist()
        told = {a.name: table.column(a.name).tolist() for a in table.feature_class.attributes if a.type in SETTABLE}
        for i, identity in enumerate(table.ids.tolist()):
            if drawn[i] is not None:
                properties = {
                    "class": name,
                    "object_id": identity,
                    "name": names[i],
                    "counted": (name, identity) in counted,
                    "area_m2": round(float(table.area[i]), 1),
                    "attributes": {n: v[i] for n, v in told.items() if v[i] is not None and v[i] == v[i]},
                }
                out.append({"type": "Feature", "geometry": orjson.Fragment(drawn[i]), "properties": properties})
    return out
