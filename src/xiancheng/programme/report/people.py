"""How residents were located, as the reports tell it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from xiancheng.foundation.text import Text
from xiancheng.programme.report.figures import number_text
from xiancheng.programme.report.json import plain

_KEYS: dict[str, Text] = {
    "method": Text("人口落位方法", "how residents were located"),
    "basis": Text("人口口径", "population basis"),
    "total": Text("总人口", "residents in all"),
    "distributed": Text("已落位人口", "residents located"),
    "undistributed": Text("未落位人口", "residents not located"),
    "entries": Text("落位建筑或格网数", "buildings or cells with residents"),
    "from_cells": Text("来自格网的处数", "of them cells"),
    "floor_area_m2": Text("分配所用建筑面积（m²）", "floor area used (m²)"),
    "floor_area_sources": Text("建筑面积来源（栋）", "where floor areas come from (buildings)"),
    "unknown_use_unused": Text("用途未知、未用于分配的建筑", "buildings of unknown use, left out"),
    "unknown_use_areas": Text("以用途未知建筑落位的地区", "areas whose residents live in buildings of unknown use"),
    "ages_known": Text("有分年龄人口", "ages known"),
    "dwellings": Text("户数", "dwellings"),
}

_WORDS: dict[str, Text] = {
    "census_floor_area": Text("普查人口按住宅建筑面积分配", "census totals distributed by residential floor area"),
    "cells": Text("人口格网", "population cells"),
    "none": Text("未落位", "not located"),
    "resident": Text("常住人口", "usual residents"),
    "registered": Text("户籍人口", "registered population"),
}

_SOURCES: dict[str, Text] = {
    "registered": Text("登记面积", "registered"),
    "floors": Text("基底面积×层数", "footprint × floors"),
    "assumed": Text("层数推算", "floors assumed"),
    "known_buildings": Text("有户数的建筑", "buildings with dwellings known"),
    "total": Text("合计", "total"),
}


def population_rows(summary: Mapping[str, object]) -> list[tuple[Text, Text]]:
    """Return label and value of everything in a population summary that fits one line."""
    rows: list[tuple[Text, Text]] = []
    for key, value in summary.items():
        text = _value(key, plain(value))
        if text is not None:
            rows.append((_KEYS.get(str(key)) or Text(str(key), str(key)), text))
    return rows


def population_notes(summary: Mapping[str, object]) -> list[Text]:
    """Return the notes of a population summary."""
    notes = summary.get("notes")
    return [Text.of(note) for note in notes] if isinstance(notes, list | tuple) else []


def _value(key: str, value: Any) -> Text | None:  # noqa: ANN401 - what JSON holds
    if value is None or key in {"notes", "feature_class"}:
        return None
    if key == "undistributed" and isinstance(value, list):
        value = sum(float(entry.get("persons") or 0) for entry in value if isinstance(entry, dict))
    if isinstance(value, bool):
        return Text("是", "yes") if value else Text("否", "no")
    if isinstance(value, int | float):
        return Text(number_text(float(value)), number_text(float(value)))
    if isinstance(value, str):
        return _WORDS.get(value) or Text(value, value)
    if isinstance(value, list):
        texts = [str(v) for v in value if not isinstance(v, dict | list)]
        return Text("、".join(texts), ", ".join(texts)) if texts else None
    parts = [
        (_SOURCES.get(k) or Text(k, k), number_text(float(v))) for k, v in value.items() if isinstance(v, int | float)
    ]
    zh, en = (f"{k.zh} {v}" for k, v in parts), (f"{k.en} {v}" for k, v in parts)
    return Text("，".join(zh), ", ".join(en)) if parts else None
