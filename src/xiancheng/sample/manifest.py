"""``import.toml``: which file is what, in the order in which they are imported."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import tomli_w

from xiancheng.foundation.toml_file import read_toml

FILE = "import.toml"


@dataclass(frozen=True)
class SourceFile:
    """One source file; but for `path` the same as the options of an import.

    Attributes
    ----------
    path
        In the folder of the sample.
    columns
        Attribute → column, where the header alone does not tell.
    classes
        Of a file with several classes, those that are taken from it.
    """

    path: str
    source: str
    valid_from: date
    feature_class: str | None = None
    datum: str | None = None
    id_column: str | None = None
    columns: Mapping[str, str] = field(default_factory=dict)
    classes: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """Return it as a mapping file of ``xiancheng import --mapping`` has it, with its path."""
        entry: dict[str, Any] = {"path": self.path, "source": self.source, "valid_from": self.valid_from}
        optional = {
            "class": self.feature_class,
            "datum": self.datum,
            "id": self.id_column,
            "classes": list(self.classes),
            "columns": dict(self.columns),
        }
        return entry | {key: value for key, value in optional.items() if value}


def write_manifest(folder: Path, files: Sequence[SourceFile]) -> Path:
    """Write ``import.toml``."""
    path = folder / FILE
    head = "# 合成数据 synthetic data. 按次序导入的文件 files in the order of their import\n"
    path.write_text(head + tomli_w.dumps({"file": [f.as_dict() for f in files]}), encoding="utf-8")
    return path


def read_manifest(folder: Path) -> list[SourceFile]:
    """Read ``import.toml``."""
    content = read_toml(folder / FILE)
    return [
        SourceFile(
            path=entry["path"],
            source=entry["source"],
            valid_from=entry["valid_from"],
            feature_class=entry.get("class"),
            datum=entry.get("datum"),
            id_column=entry.get("id"),
            columns=entry.get("columns", {}),
            classes=tuple(entry.get("classes", ())),
        )
        for entry in content["file"]
    ]
