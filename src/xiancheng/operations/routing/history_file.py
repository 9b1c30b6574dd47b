"""Past cases from a table, for trying changed rules over them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np

from xiancheng.foundation.errors import ConfigError, SourceError
from xiancheng.foundation.text import Text
from xiancheng.operations.routing.parsing import parse_category, words
from xiancheng.operations.routing.settings import RoutingSettings
from xiancheng.operations.routing.tables import records, sheets_of
from xiancheng.operations.routing.trial import History
from xiancheng.operations.terms import BEIJING, CategoryKey


def read_history(path: Path, settings: RoutingSettings) -> tuple[History, list[Text]]:
    """Return the past cases of a workbook or CSV, and the rows that were left out and why.

    Columns are found by their headers: case, category, time, longitude and latitude, codes of areas, owner. Times
    without a zone are Chinese civil time.

    Raises
    ------
    SourceError
        If it cannot be read or no sheet has a category and a time.
    """
    ids: list[str] = []
    categories: list[CategoryKey] = []
    when: list[datetime] = []
    places: list[tuple[float, float]] = []
    areas: list[tuple[str, ...]] = []
    owners: list[str | None] = []
    notes: list[Text] = []
    memo: dict[str, CategoryKey] = {}
    missing = SourceError(
        path,
        Text("找不到有类别和时间的表头", "no header with a category and a time was found"),
        hint=Text(
            "表头如：案卷号、类别代码、立案时间、经度、纬度", "a header is such as: case, category, time, lon, lat"
        ),
    )
    for where, number, raw in records(sheets_of(path), settings.history, ("category", "when"), missing):
        try:
            written = str(raw.get("category") or "")
            if written not in memo:
                memo[written] = parse_category(written, settings)
            moment = _instant(raw.get("when"))
            place = _place(raw)
        except (ConfigError, ValueError) as error:
            text = error.message if isinstance(error, ConfigError) else Text(str(error), str(error))
            notes.append(Text(f"{where.zh}：{text.zh}", f"{where.en}: {text.en}"))
            continue
        ids.append(str(raw.get("id") or number))
        categories.append(memo[written])
        when.append(moment)
        places.append(place)
        areas.append(words(raw.get("areas")))
        owners.append(str(raw["owner"]).strip() or None if raw.get("owner") not in (None, "") else None)
    lonlat = np.array(places, dtype=np.float64).reshape(-1, 2)
    return History(ids, categories, when, lonlat[:, 0], lonlat[:, 1], areas, owners), notes


def _instant(value: object) -> datetime:
    instant = (
        value if isinstance(value, datetime) else datetime.fromisoformat(str(value or "").strip().replace("/", "-"))
    )
    return instant.replace(tzinfo=BEIJING) if instant.tzinfo is None else instant


def _place(raw: Mapping[str, Any]) -> tuple[float, float]:
    lon, lat = raw.get("lon"), raw.get("lat")
    if lon in (None, "") or lat in (None, ""):
        return float("nan"), float("nan")
    return float(str(lon)), float(str(lat))
