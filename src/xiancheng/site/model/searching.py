"""Search the features of a snapshot by name, address, identifier, pinyin and initials of the pinyin."""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq
from pypinyin import lazy_pinyin
from pyproj import Transformer

from xiancheng.city.county import STORED_CRS
from xiancheng.city.snapshot import Snapshot

Scores = npt.NDArray[np.float32]

INDEX = "search.parquet"
NONE = np.float32(np.inf)
SHORTEST_PINYIN = 2
"""A single letter would fit the middle of nearly every name; it must begin one."""
_BACKGROUND = frozenset({"building", "road", "street_tree", "meter", "component", "land_use", "population_cell"})
_WORDS = re.compile(r"[\s,，、]+")

# (column, penalty if it is all, if it begins so, if it occurs within)
_FIELDS = (
    ("name", 0.0, 1.0, 3.0),
    ("pinyin", 1.5, 2.0, 5.0),
    ("initials", 1.8, 2.4, 5.5),
    ("id", 0.5, 4.0, 7.0),
    ("address", 4.5, 5.0, 6.0),
)


@dataclass(frozen=True)
class Field:
    """One searched column: all texts in one, with the place where each begins."""

    name: str
    text: str
    starts: npt.NDArray[np.int64]

    def scores(self, word: str, whole: float, begins: float, within: float) -> Scores:
        """Return ``(n,)`` penalties for `word`; infinite where it does not occur."""
        out = np.full(len(self.starts), NONE, dtype=np.float32)
        at = np.fromiter((m.start() for m in re.finditer(re.escape(word), self.text)), dtype=np.int64)
        if not len(at):
            return out
        rows = np.searchsorted(self.starts, at, side="right") - 1
        first = at == self.starts[rows]
        ends = np.append(self.starts[1:], len(self.text) + 1)[rows] - 1
        penalty = np.where(first & (at + len(word) == ends), whole, np.where(first, begins, within))
        if self.name in {"pinyin", "initials"} and len(word) < SHORTEST_PINYIN:
            penalty = np.where(first, penalty, NONE)
        np.minimum.at(out, rows, penalty.astype(np.float32))
        return out


@dataclass(frozen=True)
class SearchIndex:
    """Everything of a snapshot that can be found."""

    table: pa.Table
    fields: tuple[Field, ...]
    class_names: npt.NDArray[np.object_]
    codes: npt.NDArray[np.intp]
    length: npt.NDArray[np.float32]
    background: npt.NDArray[np.float32]

    def find(self, query: str, visible: Iterable[str], limit: int) -> tuple[list[dict[str, Any]], int]:
        """Return the best `limit` features whose words all occur, and how many there are."""
        words = [w for w in _WORDS.split(normal(query)) if w]
        if not words or not len(self.table):
            return [], 0
        allowed = np.isin(self.class_names, list(visible))
        total = np.where(allowed[self.codes], np.float32(0), NONE)
        best_field = np.zeros(len(total), dtype=np.int8)
        for word in words:
            scores = np.stack([f.scores(word, *p[1:]) for f, p in zip(self.fields, _FIELDS, strict=True)])
            best_field = scores.argmin(axis=0).astype(np.int8)
            total = total + scores.min(axis=0)
        rows = np.flatnonzero(np.isfinite(total))
        # Between equals: what has a life of its own before the fabric of the town, then the shorter name.
        order = np.lexsort((rows, self.length[rows], total[rows] + self.background[rows]))[:limit]
        chosen = rows[order]
        items = self.table.take(pa.array(chosen)).to_pylist()
        for item, row in zip(items, chosen, strict=True):
            item["matched"] = _FIELDS[int(best_field[row])][0]
        return items, len(rows)


def normal(text: str) -> str:
    """Return a text as it is compared: lower case, ü as v, full-width letters as ordinary ones."""
    out = text.lower().replace("ü", "v")
    return "".join(chr(ord(c) - 0xFEE0) if "！" <= c <= "～" else c for c in out)


def search_index(snapshot: Snapshot, folder: Path) -> SearchIndex:
    """Return the index of a snapshot, kept in `folder` for the next process."""
    return _open(str(keep_index(snapshot, folder)))


def keep_index(snapshot: Snapshot, folder: Path) -> Path:
    """Make the index of a snapshot unless it lies in `folder` already; return its file."""
    path = folder / INDEX
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        descriptor, temporary = tempfile.mkstemp(prefix=".making-", dir=folder)
        os.close(descriptor)
        pq.write_table(_collect(snapshot), temporary, compression="zstd")
        Path(temporary).chmod(0o644)
        Path(temporary).replace(path)
    return path


@lru_cache(maxsize=3)
def _open(path: str) -> SearchIndex:
    table = pq.read_table(path)
    fields = tuple(_field(name, table.column(f"_{name}").to_pylist()) for name, *_ in _FIELDS)
    encoded = table.column("class_name").combine_chunks().dictionary_encode()
    names = np.array(encoded.dictionary.to_pylist(), dtype=object)
    codes = np.asarray(encoded.indices.to_numpy(), dtype=np.intp)
    named = table.column("name").to_pylist()
    background = np.array([0.4 if n in _BACKGROUND else 0.0 for n in names], dtype=np.float32)
    return SearchIndex(
        table=table.select(["class_name", "object_id", "name", "address", "lon", "lat"]),
        fields=fields,
        class_names=names,
        codes=codes,
        length=np.array([99.0 if name is None else len(name) for name in named], dtype=np.float32),
        background=background[codes] if len(names) else np.empty(0, dtype=np.float32),
    )


def _field(name: str, texts: Sequence[str]) -> Field:
    lengths = np.fromiter((len(t) + 1 for t in texts), dtype=np.int64, count=len(texts))
    return Field(name, "\n".join(texts), np.cumsum(lengths) - lengths)


def _collect(snapshot: Snapshot) -> pa.Table:
    parts = []
    back = Transformer.from_crs(snapshot.county.crs, STORED_CRS, always_xy=True)
    pinyin = lru_cache(maxsize=None)(_pinyin)
    for feature_class in snapshot.catalogue:
        if not snapshot.has(feature_class.name):
            continue
        table = snapshot.table(feature_class.name)
        names = [_text(v) for v in table.column("name")]
        addresses = [_text(v) for v in table.column("address")]
        lon, lat = back.transform(table.xy[:, 0], table.xy[:, 1])
        spelt = [pinyin(name) if name else ("", "") for name in names]
        ids = [str(i) for i in table.ids]
        parts.append(
            pa.table(
                {
                    "class_name": pa.array([feature_class.name] * len(ids), pa.string()),
                    "object_id": pa.array(ids, pa.string()),
                    "name": pa.array(names, pa.string()),
                    "address": pa.array(addresses, pa.string()),
                    "lon": _numbers(lon),
                    "lat": _numbers(lat),
                    "_name": pa.array([normal(n or "") for n in names], pa.string()),
                    "_address": pa.array([normal(a or "") for a in addresses], pa.string()),
                    "_id": pa.array([normal(i) for i in ids], pa.string()),
                    "_pinyin": pa.array([s[0] for s in spelt], pa.string()),
                    "_initials": pa.array([s[1] for s in spelt], pa.string()),
                }
            )
        )
    return pa.concat_tables(parts) if parts else _nothing()


def _nothing() -> pa.Table:
    texts = ("class_name", "object_id", "name", "address", "_name", "_address", "_id", "_pinyin", "_initials")
    empty = {name: pa.array([], pa.string()) for name in texts}
    return pa.table({**empty, "lon": pa.array([], pa.float64()), "lat": pa.array([], pa.float64())})


def _pinyin(name: str) -> tuple[str, str]:
    syllables = [normal(s) for s in lazy_pinyin(name.replace("\n", " ")) if s.strip()]
    # A name without a Chinese character is found by itself.
    if "".join(syllables) == normal(name).replace(" ", ""):
        return "", ""
    return "".join(syllables), "".join(s if not s.isalpha() or len(s) == 1 else s[0] for s in syllables)


def _numbers(values: Any) -> pa.Array:  # noqa: ANN401 - what pyproj returns
    numbers = np.asarray(values, dtype=np.float64)
    return pa.array(np.round(numbers, 7), mask=~np.isfinite(numbers))


def _text(value: object) -> str | None:
    text = "" if value is None else str(value).replace("\n", " ").strip()
    return text or None
