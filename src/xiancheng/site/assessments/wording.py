"""Figures in words: how much is lacking, and what a measure's parameters mean."""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import cache
from typing import Any

from xiancheng.city.classes import Catalogue
from xiancheng.foundation.errors import UnknownNameError
from xiancheng.foundation.resources import data_folder
from xiancheng.foundation.text import Text
from xiancheng.foundation.toml_file import read_toml
from xiancheng.programme.assessment import IndicatorResult
from xiancheng.programme.measurement import Measurement
from xiancheng.programme.registry import measure_spec
from xiancheng.programme.report.figures import UNITS, number_text
from xiancheng.programme.report.json import plain

_NOUNS: dict[str, Text] = {
    "residents": Text("名居民", "residents"),
    "children": Text("名儿童", "children"),
    "pupils": Text("名学生", "pupils"),
    "doctors": Text("名医师", "doctors"),
    "nurses": Text("名护士", "nurses"),
    "features": Text("处", "places"),
    "items": Text("处", "places"),
    "count": Text("个", ""),
}
_WHOLE = frozenset({"m2", "ha", "km", "km2", "m"})
"""Units that may be lacking in part; of everything else it takes whole ones."""


def shortfall(result: IndicatorResult) -> tuple[float, Text] | None:
    """Return how much more it takes to reach the target, and that in words; None if nothing is lacking.

    A share that misses its target by 2 % of 4,700 residents lacks 94 residents: that is what a bureau can act on.
    """
    found, target = result.measurement, result.indicator.target
    if result.status != "short" or found is None or found.value is None or target is None or result.gap is None:
        return None
    over = target.at_most is not None and found.value > target.at_most
    base = found.denominator
    if found.unit == "count" or base is None:
        amount = result.gap
    else:
        amount = result.gap * base / (1000 if found.unit == "per_1000" else 1)
    if not math.isfinite(amount):
        return None
    noun = _noun(found)
    unit = next((name for name, text in (UNITS | _NOUNS).items() if text is noun), "")
    # What was computed with floating point may miss a whole number by a billionth.
    written = number_text(amount if unit in _WHOLE else math.ceil(amount - 1e-6))
    if noun is None:
        label = found.numerator_label or Text("", "")
        zh, en = f"{written}（{label.zh}）" if label.zh else written, f"{written} ({label.en})" if label.en else written
    else:
        zh, en = (
            f"{written} {noun.zh}".strip(),
            f"{written} {_singular(noun.en) if written == '1' else noun.en}".strip(),
        )
    return amount, Text(f"超出 {zh}", f"{en} too many") if over else Text(f"还差 {zh}", f"{en} short")


def _singular(noun: str) -> str:
    return "child" if noun == "children" else noun.removesuffix("s")


def _noun(found: Measurement) -> Text | None:
    """Return what is lacking is counted in; None if only the numerator's label tells it."""
    known = UNITS | _NOUNS
    if found.unit in {"count", "share"}:
        short = found.short
        unit = short.unit if short is not None and short.unit in known else ""
        if not unit and found.unit == "share":
            label = found.denominator_label.en if found.denominator_label else ""
            unit = label.split(" ", maxsplit=1)[0]
        return known.get(unit or found.unit, _NOUNS["features"])
    if found.unit == "m2/person":
        return UNITS["m2"]
    label = found.numerator_label.en if found.numerator_label else ""
    return known.get("m2" if label.endswith("area") else label.split(" ", maxsplit=1)[0])


@cache
def parameter_titles() -> dict[str, Text]:
    """Return what parameters mean, by name."""
    table = read_toml(data_folder("catalogues") / "site" / "parameters.toml")
    return {name: Text.of(value) for name, value in table.items()}


def parameters_out(
    measure: str, used: Mapping[str, Any], given: Mapping[str, Any], catalogue: Catalogue
) -> list[dict[str, Any]]:
    """Return the parameters of a figure: name, meaning, value as used, value in words, whether the programme sets it.

    Those that leave everything as it is (an empty list, nothing) are left out.
    """
    kinds = {p.name: p.kind.describes for p in measure_spec(measure).parameters}
    out = []
    for name, value in used.items():
        value = plain(value)  # noqa: PLW2901 - tuples become lists
        if value is None or value in ([], "", {}):
            continue
        out.append(
            {
                "name": name,
                "title": parameter_titles().get(name, Text(name, name)).as_dict(),
                "value": value,
                "text": _value_text(value, kinds.get(name, ""), catalogue).as_dict(),
                "given": name in given,
            }
        )
    return out


def _value_text(value: Any, kind: str, catalogue: Catalogue) -> Text:  # noqa: ANN401 - JSON
    if isinstance(value, list):
        parts = [_value_text(v, kind, catalogue) for v in value]
        return Text("、".join(p.zh for p in parts), ", ".join(p.en for p in parts))
    if isinstance(value, bool):
        return Text("是", "yes") if value else Text("否", "no")
    if isinstance(value, int | float):
        text = number_text(value)
        return Text(text, text)
    if kind.endswith("class"):
        try:
            return catalogue[str(value)].title
        except UnknownNameError:
            pass
    return _WORDS.get(str(value), Text(str(value), str(value)))


_WORDS = {
    "network": Text("沿路网", "along the roads"),
    "straight": Text("直线", "straight line"),
    "walk": Text("步行", "on foot"),
    "drive": Text("行车", "by car"),
    "county": Text("县域", "the county"),
    "county_seat": Text("县城建成区", "the county seat"),
    "auto": Text("有边界时为县域", "the county where its border is known"),
    "all": Text("全部", "everything"),
    "boundary": Text("边界", "boundary"),
    "entrances": Text("出入口", "entrances"),
    "point": Text("中心点", "point"),
    "residents": Text("居民", "residents"),
    "buildings": Text("建筑", "buildings"),
    "computed": Text("按图形计算", "computed"),
    "registered": Text("按登记", "as registered"),
    "township": Text("乡镇", "township"),
    "community": Text("社区", "community"),
}
