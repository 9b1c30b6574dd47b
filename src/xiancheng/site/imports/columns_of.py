"""Columns of a file and the attributes of the class they may be; words of a column and the codes they mean."""

from __future__ import annotations

from collections import Counter
from typing import Any

from xiancheng.city.classes import Attribute, Catalogue
from xiancheng.city.columns import match_columns, parse_values
from xiancheng.city.layer import SourceLayer
from xiancheng.foundation.text import Text
from xiancheng.site.imports.choices import Choices
from xiancheng.site.imports.inspecting import shown
from xiancheng.site.problems import InvalidError

MOST_WORDS = 200
MOST_CHECKED = 50_000


def chosen_layer(layers: list[SourceLayer], choices: Choices) -> SourceLayer:
    """Return the layer that the choices name; the first that has rows, if they name none.

    Raises
    ------
    InvalidError
        If there is none.
    """
    for layer in layers:
        if choices.layer in {None, layer.name} and (choices.layer or len(layer)):
            return layer
    text = Text("文件里没有这个图层", "the file has no such layer")
    raise InvalidError(text, fields={"layer": text})


def columns(layer: SourceLayer, choices: Choices, catalogue: Catalogue) -> dict[str, Any]:
    """Return the attributes of the chosen class, and for each column which it is said or found to be."""
    feature_class = catalogue[choices.feature_class or ""]
    found = match_columns([c for c in layer.columns if c not in choices.mapping], feature_class)
    given = set(choices.mapping.values())
    return {
        "layer": layer.name,
        "attributes": [_attribute(a, catalogue) for a in feature_class.attributes],
        "columns": [
            {
                "name": name,
                "attribute": choices.mapping[name] or None
                if name in choices.mapping
                else (found[name] if name in found and found[name] not in given else None),
                "said": name in choices.mapping,
            }
            for name in layer.columns
        ],
    }


def words(
    layer: SourceLayer, column: str, attribute_name: str, choices: Choices, catalogue: Catalogue
) -> dict[str, Any]:
    """Return the different values of a column, how often each stands there, and what it is taken for.

    Raises
    ------
    InvalidError
        If there is no such column.
    """
    if column not in layer.columns:
        text = Text(f"没有列“{column}”", f"no column {column!r}")
        raise InvalidError(text, fields={"column": text})
    attribute = catalogue[choices.feature_class or ""].attribute(attribute_name)
    cells = layer.columns[column]
    counted = Counter(str(v).strip() for v in cells[:MOST_CHECKED] if v is not None and str(v).strip())
    listed = [word for word, _ in counted.most_common(MOST_WORDS)]
    meanings = choices.values.get(column, {})
    raw: dict[str, Any] = {}
    for value in cells[:MOST_CHECKED]:
        if value is not None:
            raw.setdefault(str(value).strip(), value)
    meant, problems = parse_values([meanings.get(word, raw[word]) for word in listed], attribute, catalogue.codes)
    wrong = {problem.row: problem.reason for problem in problems}
    rows = [
        {
            "word": shown(word),
            "raw": word,
            "count": counted[word],
            "means": None if meant[i] is None or meant[i] != meant[i] else shown(meant[i]),
            "problem": wrong[i].as_dict() if i in wrong else None,
            "said": word in meanings,
        }
        for i, word in enumerate(listed)
    ]
    return {
        "attribute": _attribute(attribute, catalogue),
        "words": sorted(rows, key=lambda row: row["problem"] is None),
        "more": len(counted) > len(listed),
        "problems": sum(counted[word] for i, word in enumerate(listed) if i in wrong),
    }


def _attribute(attribute: Attribute, catalogue: Catalogue) -> dict[str, Any]:
    codes = catalogue.codes.get(attribute.codes or "", {})
    return {
        "name": attribute.name,
        "title": attribute.title.as_dict(),
        "type": attribute.type,
        "unit": attribute.unit,
        "required": attribute.required,
        "codes": [{"code": code, "title": title.as_dict()} for code, title in codes.items()],
    }
