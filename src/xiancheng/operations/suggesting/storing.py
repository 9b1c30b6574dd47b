"""Model files: numbers as npz, words as JSON, no pickle; the JSON names the hash of everything that decides."""

from __future__ import annotations

import hashlib
import json
import zipfile
from pathlib import Path
from typing import Any

import numpy as np

from xiancheng.foundation.errors import SourceError
from xiancheng.foundation.text import Text
from xiancheng.operations.suggesting.evaluation import ClassRow, Evaluation, ReliabilityRow
from xiancheng.operations.suggesting.features import Features
from xiancheng.operations.suggesting.model import SuggestionModel
from xiancheng.operations.suggesting.settings import SuggestionSettings

SCHEMA = "xiancheng-suggestion-1"
_ARRAYS = ("chosen", "rarity", "weights", "intercepts")


def content_hash(model: SuggestionModel) -> str:
    """Return the SHA-256 of all that a suggestion depends on: the same for the same model wherever it is stored."""
    digest = hashlib.sha256()
    settings = model.features.settings.as_dict()
    words = {"target": model.target, "classes": model.classes, "temperature": model.temperature, "settings": settings}
    digest.update(json.dumps(words, ensure_ascii=False, sort_keys=True).encode())
    for name, array in _arrays(model).items():
        digest.update(f"{name}{array.shape}{array.dtype.str}".encode())
        digest.update(np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()


def save_model(model: SuggestionModel, path: Path) -> str:
    """Write ``<path>.json`` and ``<path>.npz``; return the content hash, which is the model's version."""
    version = content_hash(model)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.with_suffix(".npz").open("wb") as file:
        arrays: dict[str, Any] = dict(_arrays(model))
        np.savez_compressed(file, **arrays)
    words = {
        "schema": SCHEMA,
        "version": version,
        "target": model.target,
        "classes": list(model.classes),
        "temperature": model.temperature,
        "settings": model.features.settings.as_dict(),
        "about": model.about,
        "evaluation": None if model.evaluation is None else model.evaluation.as_dict(),
    }
    path.with_suffix(".json").write_text(json.dumps(words, ensure_ascii=False, indent=1), encoding="utf-8")
    return version


def load_model(path: Path) -> SuggestionModel:
    """Return the model of ``<path>.json`` and ``<path>.npz``.

    Raises
    ------
    SourceError
        If a file is missing, damaged, of another schema, or the content is not what the hash says.
    """
    try:
        words = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
        if words["schema"] != SCHEMA:
            raise _damaged(path, f"schema {words['schema']}")
        with np.load(path.with_suffix(".npz"), allow_pickle=False) as arrays:
            chosen, rarity, weights, intercepts = (arrays[name] for name in _ARRAYS)
        model = SuggestionModel(
            words["target"],
            tuple(words["classes"]),
            Features(SuggestionSettings.of(words["settings"]), chosen, rarity),
            weights,
            intercepts,
            words["temperature"],
            words["about"],
            _evaluation(words["evaluation"]),
        )
    except (OSError, ValueError, KeyError, TypeError, EOFError, zipfile.BadZipFile) as error:
        raise _damaged(path, str(error)) from error
    if content_hash(model) != words.get("version"):
        raise _damaged(path, "hash")
    return model


def _arrays(model: SuggestionModel) -> dict[str, np.ndarray[Any, np.dtype[np.generic]]]:
    return {
        "chosen": model.features.chosen,
        "rarity": model.features.rarity,
        "weights": model.weights,
        "intercepts": model.intercepts,
    }


def _evaluation(words: dict[str, Any] | None) -> Evaluation | None:
    if words is None:
        return None
    rows = tuple(ReliabilityRow(**row) for row in words["reliability"])
    return Evaluation(**{**words, "reliability": rows, "classes": tuple(ClassRow(**row) for row in words["classes"])})


def _damaged(path: Path, why: str) -> SourceError:
    return SourceError(
        path,
        Text(f"模型文件缺失、损坏或被改动：{why}", f"the model file is missing, damaged or altered: {why}"),
        hint=Text("重新训练模型", "train the model again"),
    )
