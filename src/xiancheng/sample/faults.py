"""What is wrong on purpose in the sample's files: every planted fault is told in ``faults.json``."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from xiancheng.foundation.text import Text

FILE = "faults.json"


@dataclass(frozen=True, slots=True)
class Fault:
    """One planted fault.

    Attributes
    ----------
    file
        Path of the file in the sample's folder.
    feature_class
        Class that the file's rows are.
    kind
        What is wrong: ``bowtie``, ``zero_floors``, ``duplicate_row``, ``swapped_coordinates`` and so on.
    where
        Object identifier or row number of the sheet, as a person counts.
    attribute, value
        The wrong attribute and what stands there.
    expect
        ``rejected``: the importer leaves the row (or the value) out and says so; ``repaired``: it mends the geometry
        and says so; ``quality``: the quality report finds it; ``refused``: the file is not taken until told more.
    text
        What it is, for people.
    """

    file: str
    feature_class: str
    kind: str
    where: str
    expect: str
    text: Text
    attribute: str | None = None
    value: str | None = None

    def as_dict(self) -> dict[str, object]:
        """Return it for JSON."""
        return {
            "file": self.file,
            "class": self.feature_class,
            "kind": self.kind,
            "where": self.where,
            "attribute": self.attribute,
            "value": self.value,
            "expect": self.expect,
            "text": self.text.as_dict(),
        }


@dataclass
class Faults:
    """Collects what the writers plant."""

    found: list[Fault] = field(default_factory=list)

    def plant(
        self,
        files: Sequence[str],
        feature_class: str,
        kind: str,
        where: str | int,
        expect: str,
        text: Text,
        *,
        attribute: str | None = None,
        value: str | None = None,
    ) -> None:
        """Note a fault planted in each of `files`; see `Fault`."""
        self.found += [Fault(file, feature_class, kind, str(where), expect, text, attribute, value) for file in files]

    def write(self, folder: Path) -> Path:
        """Write ``faults.json`` into `folder`."""
        path = folder / FILE
        content = {
            "about": Text("合成样本中有意埋设的错误", "faults planted on purpose in the synthetic sample").as_dict(),
            "faults": [fault.as_dict() for fault in self.found],
        }
        path.write_text(json.dumps(content, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
        return path
