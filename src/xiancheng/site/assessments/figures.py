"""Figures of published snapshots, computed once and kept in ``assessments/`` of the county directory.

A figure depends on a snapshot, a measure, its parameters, the catalogues and the code, and on nothing else, so it is
kept under their hashes: ``assessments/<snapshot>/<engine>/figures.json`` and one Parquet file for each figure's places.
An assessment of any day is then put together without computing anything.
"""

from __future__ import annotations

import fcntl
import hashlib
import shutil
import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any

import orjson

import xiancheng
from xiancheng.city.snapshot import Snapshot
from xiancheng.foundation.files import PRIVATE, write_whole
from xiancheng.foundation.progress import Progress, Silent
from xiancheng.foundation.resources import data_folder
from xiancheng.programme.measurement import Measurement, Short
from xiancheng.programme.model import Programme
from xiancheng.programme.registry import run_measure
from xiancheng.programme.report.json import plain
from xiancheng.site.assessments.keeping import as_entry, read_places, write_places
from xiancheng.site.assessments.keeping import measurement as measurement_of
from xiancheng.site.county import folder

FOLDER = "assessments"
FIGURES = "figures.json"
_FORMAT = 1
_HASH = 20
"""Characters of a hash that name a folder or a file."""
_CODE = ("city", "planning", "programme", "foundation")
"""Packages whose code figures depend on."""

Wanted = dict[str, tuple[str, Mapping[str, Any]]]
"""Key of a figure → measure and parameters as the programme gives them."""

_wanted: dict[int, tuple[Programme, Wanted]] = {}
_loaded: dict[Path, tuple[int, dict[str, Measurement]]] = {}
_lock = threading.Lock()


def figure_key(measure: str, params: Mapping[str, Any]) -> str:
    """Return the name under which a figure is kept."""
    text = orjson.dumps([measure, plain(params)], option=orjson.OPT_SORT_KEYS)
    return hashlib.sha256(text).hexdigest()[:_HASH]


def wanted_by(programmes: Iterable[Programme]) -> Wanted:
    """Return the figures that programmes ask for."""
    out: Wanted = {}
    for programme in programmes:
        # The programme itself is kept beside them: while it is, no other can have its id.
        known = _wanted.get(id(programme))
        out |= (known or _wanted.setdefault(id(programme), (programme, _wanted_by(programme))))[1]
    return out


def _wanted_by(programme: Programme) -> Wanted:
    return {
        figure_key(indicator.measure, indicator.params): (indicator.measure, indicator.params)
        for clause in programme.clauses
        for indicator in clause.indicators
        if indicator.measure is not None
    }


def kept(snapshot: Snapshot) -> Mapping[str, Measurement]:
    """Return the figures of a snapshot that have been computed, by key; their places are counted, not loaded."""
    path = _home(snapshot.hash) / FIGURES
    try:
        changed = path.stat().st_mtime_ns
    except FileNotFoundError:
        return {}
    with _lock:
        found = _loaded.get(path)
        if found is None or found[0] != changed:
            entries = orjson.loads(path.read_bytes())["figures"]
            found = _loaded[path] = (changed, {key: measurement_of(entry) for key, entry in entries.items()})
    return found[1]


def places_of(snapshot_hash: str, key: str) -> Short | None:
    """Return the places that fall short of a kept figure; None if it has none."""
    path = _home(snapshot_hash) / f"{key}.parquet"
    return _places(path, path.stat().st_mtime_ns) if path.exists() else None


@lru_cache(maxsize=16)
def _places(path: Path, changed: int) -> Short:
    del changed
    return read_places(path)


def compute_figures(snapshot: Snapshot, wanted: Wanted, progress: Progress | None = None) -> int:
    """Compute those of `wanted` that are not kept yet, and keep them; return how many were computed.

    Only one process computes the figures of a snapshot at a time; another one waits and finds them done.
    """
    told = progress or Silent()
    home = _home(snapshot.hash)
    home.mkdir(parents=True, exist_ok=True)
    with _alone(home.parent / ".lock"):
        have = dict(kept(snapshot))
        entries = {key: as_entry(found) for key, found in have.items()}
        computed = 0
        for key, (measure, params) in wanted.items():
            if key not in have:
                found = run_measure(snapshot, measure, params)
                if found.short is not None and len(found.short):
                    write_places(home / f"{key}.parquet", found.short)
                entries[key] = as_entry(found)
                computed += 1
            told.advance()
        if computed:
            content = {"format": _FORMAT, "snapshot": snapshot.hash, "figures": entries}
            write_whole(home / FIGURES, orjson.dumps(content, option=orjson.OPT_SERIALIZE_NUMPY), mode=PRIVATE)
        for other in home.parent.iterdir():
            # Figures of other code or other catalogues are not asked for again.
            if other.is_dir() and other != home:
                shutil.rmtree(other, ignore_errors=True)
    return computed


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    with path.open("a") as stream:
        fcntl.flock(stream, fcntl.LOCK_EX)
        yield


def _home(snapshot_hash: str) -> Path:
    own = folder() / "catalogues"
    return folder() / FOLDER / snapshot_hash[:_HASH] / engine(own if own.is_dir() else None)


def engine(own_catalogues: Path | None) -> str:
    """Return the hash of what turns a snapshot into figures: code and catalogues."""
    files = [] if own_catalogues is None else _toml_files(own_catalogues)
    return _engine(tuple((path, path.stat().st_mtime_ns) for path in files))


@lru_cache(maxsize=8)
def _engine(own: tuple[tuple[Path, int], ...]) -> str:
    digest = hashlib.sha256(f"{xiancheng.__version__} {_FORMAT}".encode())
    package = Path(xiancheng.__file__).resolve().parent
    code = [path for name in _CODE for path in sorted((package / name).rglob("*.py"))]
    for path in [*code, *_toml_files(data_folder("catalogues")), *(path for path, _ in own)]:
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:_HASH]


def _toml_files(catalogues: Path) -> list[Path]:
    return [catalogues / "codes.toml", *sorted((catalogues / "classes").glob("*.toml"))]
