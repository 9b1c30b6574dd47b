"""What a file holds, told to the person who brought it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import shapely

from xiancheng.city.candidates import resembling
from xiancheng.city.classes import Catalogue, FeatureClass
from xiancheng.city.columns import match_columns
from xiancheng.city.datum import describe_datum
from xiancheng.city.importing import source_name
from xiancheng.city.layer import SourceLayer
from xiancheng.city.readers.registry import format_of
from xiancheng.city.readers.shapefile import encoding_of
from xiancheng.foundation.errors import UnknownNameError, XianchengError
from xiancheng.site.imports.choices import Choices
from xiancheng.site.imports.models import Remembered, Upload
from xiancheng.site.imports.reading_files import layers_of
from xiancheng.site.imports.storing import path_of
from xiancheng.site.imports.wording import in_page_words
from xiancheng.site.policy.subject import Subject

EXAMPLES = 5
LONGEST_EXAMPLE = 80
MOST_COLUMNS = 500
_TEXT_FORMATS = {"csv": (".csv", ".txt", ".tsv")}


def inspect(upload: Upload, choices: Choices, catalogue: Catalogue, subject: Subject) -> dict[str, Any]:
    """Return format, layers with columns and examples, and what they probably are.

    Raises
    ------
    XianchengError
        If the file cannot be read as the choices say.
    """
    path = path_of(upload, choices.file)
    layers = layers_of(path, choices, catalogue)
    source = (choices.source or "").strip() or source_name(path, format_of(path))
    return {
        "file": path.name,
        "files": upload.files,
        "format": format_of(path),
        "encoding": choices.encoding or _encoding(path),
        "source": source,
        "layers": [_layer(layer, path, catalogue, subject) for layer in layers],
        "remembered": [
            _remembered(r) for r in Remembered.objects.filter(source=source) if subject.may_edit(r.class_name)
        ],
    }


def geometry_kind(layer: SourceLayer) -> str:
    """Return ``point``, ``line``, ``polygon``, ``mixed`` or ``none``."""
    if layer.geometry is None or not len(layer.geometry):
        return "none"
    numbers = set(shapely.get_type_id(layer.geometry).tolist()) - {-1}
    names = {"point" if n in {0, 4} else "line" if n in {1, 2, 5} else "polygon" if n in {3, 6} else "mixed"
             for n in numbers}  # fmt: skip
    return "none" if not names else names.pop() if len(names) == 1 else "mixed"


def shown(value: object) -> str:
    """Return a cell as an example."""
    text = " ".join(str(int(value) if isinstance(value, float) and value.is_integer() else value).split())
    return text if len(text) <= LONGEST_EXAMPLE else text[: LONGEST_EXAMPLE - 1] + "…"


def _layer(layer: SourceLayer, path: Path, catalogue: Catalogue, subject: Subject) -> dict[str, Any]:
    missing = 0 if layer.geometry is None else int(shapely.is_missing(np.asarray(layer.geometry, dtype=object)).sum())
    return {
        "name": layer.name,
        "rows": len(layer),
        "geometry": geometry_kind(layer),
        "without_place": missing,
        "datum": _stated(layer.datum),
        "feature_class": layer.feature_class,
        "mapped": layer.mapped,
        "valid_on": layer.valid_on,
        "columns": [_column(layer, name) for name in list(layer.columns)[:MOST_COLUMNS]],
        "rejected": len(layer.rejections),
        "notes": [in_page_words(note).as_dict() for note in layer.notes],
        "guesses": _guesses(layer, path, catalogue, subject),
    }


def _column(layer: SourceLayer, name: str) -> dict[str, Any]:
    values = layer.columns[name]
    filled = [value for value in values if not _blank(value)]
    return {
        "name": name,
        "filled": len(filled),
        "distinct": len({str(value) for value in filled}),
        "examples": examples(values),
        "is_place": name in layer.place_columns,
    }


def examples(values: Sequence[Any]) -> list[str]:
    """Return the first different values of a column."""
    found: dict[str, None] = {}
    for value in values:
        if not _blank(value):
            found.setdefault(shown(value))
            if len(found) == EXAMPLES:
                break
    return list(found)


def _blank(value: object) -> bool:
    return value is None or value != value or (isinstance(value, str) and not value.strip())  # noqa: PLR0124 - NaN


def _stated(datum: str | None) -> dict[str, Any] | None:
    if datum is None:
        return None
    try:
        return {"name": datum, "title": describe_datum(datum).as_dict()}
    except UnknownNameError:
        return {"name": datum, "title": {"zh": datum, "en": datum}}


def _guesses(layer: SourceLayer, path: Path, catalogue: Catalogue, subject: Subject) -> list[dict[str, Any]]:
    """Return the classes that the rows may be of, likeliest first; those that the person keeps come before others."""
    scores: Counter[str] = Counter()
    columns = list(layer.columns)
    for rank, feature_class in enumerate(resembling(columns, catalogue)):
        scores[feature_class.name] = len(match_columns(columns, feature_class)) * 2 + 5 - rank
    for feature_class in catalogue:
        if any(word and word in f"{path.stem} {layer.name}".lower() for word in _words(feature_class)):
            scores[feature_class.name] += 8
    ordered = sorted(scores, key=lambda name: (not subject.may_edit(name), -scores[name], name))
    return [
        {
            "name": name,
            "title": catalogue[name].title.as_dict(),
            "columns": len(match_columns(columns, catalogue[name])),
            "editable": subject.may_edit(name),
        }
        for name in ordered[:6]
    ]


def _words(feature_class: FeatureClass) -> Iterable[str]:
    return (feature_class.name.replace("_", " "), feature_class.title.zh, feature_class.title.en.lower())


def _encoding(path: Path) -> str | None:
    """Return the encoding that text is read in, where it could be another; None where the format fixes it."""
    try:
        if path.suffix.lower() == ".shp":
            return encoding_of(path)
    except XianchengError:
        return None
    if path.suffix.lower() not in _TEXT_FORMATS["csv"]:
        return None
    with path.open("rb") as file:
        head = file.read(1 << 20)
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    try:
        head.decode("utf-8")
    except UnicodeDecodeError as error:
        # A character cut at the end of the piece read says nothing.
        return "utf-8" if len(head) - error.start < 4 else "gb18030"
    return "utf-8"


def _remembered(memory: Remembered) -> dict[str, Any]:
    return {
        "source": memory.source,
        "feature_class": memory.class_name,
        "choices": memory.choices,
        "at": memory.updated_at,
        "who": memory.updated_by,
    }
