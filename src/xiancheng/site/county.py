"""The county that this site serves, its model, snapshots and programme; opened once, shared by all requests."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from functools import lru_cache
from pathlib import Path

from django.conf import settings

from xiancheng.city.classes import Catalogue, load_catalogue
from xiancheng.city.county import County
from xiancheng.city.publish import open_snapshot, published
from xiancheng.city.snapshot import MANIFEST, Snapshot
from xiancheng.city.store import Store, open_store
from xiancheng.foundation.text import Text
from xiancheng.programme.loader import load_programme
from xiancheng.programme.model import Programme
from xiancheng.site.problems import NotFoundError

SNAPSHOTS_KEPT = 3
_local = threading.local()
_snapshots: OrderedDict[tuple[Path, int], Snapshot] = OrderedDict()
_programmes: dict[tuple[Path, str], tuple[int, Programme]] = {}
_lock = threading.Lock()


def folder() -> Path:
    """Return the county directory."""
    return Path(settings.COUNTY_FOLDER)


def county() -> County:
    """Return the county and its settings, read again when ``county.toml`` changes."""
    return _county(folder(), (folder() / "county.toml").stat().st_mtime_ns if folder().exists() else 0)


@lru_cache(maxsize=8)
def _county(path: Path, changed: int) -> County:
    del changed
    return County.load(path)


def catalogue() -> Catalogue:
    """Return the feature classes of the county."""
    return _catalogue(folder())


@lru_cache(maxsize=8)
def _catalogue(path: Path) -> Catalogue:
    return load_catalogue(path)


def programme(name: str | None = None) -> Programme:
    """Return a programme of the county, read again when its file changes; the first one for None.

    Raises
    ------
    NotFoundError
        If the county has no programme, or none of that name.
    """
    names = county().programmes
    if not names or (name is not None and name not in names):
        raise NotFoundError(
            Text("没有这个建设方案", "no such programme"),
            Text("在 county.toml 的 programmes 里登记", "list it under programmes in county.toml"),
        )
    chosen = (folder(), name or names[0])
    changed, found = _programmes.get(chosen, (0, None))
    if found is None or found.path is None or found.path.stat().st_mtime_ns != changed:
        found = load_programme(chosen[1], county_folder=chosen[0])
        _programmes[chosen] = (found.path.stat().st_mtime_ns if found.path is not None else 0, found)
    return found


@contextmanager
def reading() -> Iterator[Store]:
    """Give a read-only store that sees one state of the model throughout; kept open for the thread's next request.

    Raises
    ------
    StoreError
        If there is no model yet.
    """
    kept: dict[Path | str, Store] = _local.__dict__.setdefault("stores", {})
    place = county().model_place
    store = kept.get(place)
    if store is None or not store.backend.is_alive:
        store = kept[place] = open_store(county(), catalogue(), read_only=True)
    with store.reading():
        yield store


@contextmanager
def writing() -> Iterator[Store]:
    """Give a store to change the model with; an empty model is made if there is none."""
    with open_store(county(), catalogue(), create=True) as store:
        yield store


def snapshot_dates() -> list[date]:
    """Return the dates of the published snapshots, oldest first."""
    return sorted(published(county()))


def snapshot(on: date | None = None) -> Snapshot:
    """Return the snapshot published for exactly `on` (None: the newest); the last few stay in memory.

    Raises
    ------
    NotFoundError
        If none has been published for that day.
    """
    dates = snapshot_dates()
    if not dates or (on is not None and on not in dates):
        raise NotFoundError(
            Text(f"{on or ''} 没有已发布的快照", f"no published snapshot {f'of {on}' if on else 'yet'}"),
            Text("请数据管理员先发布", "ask a data steward to publish"),
        )
    chosen = on or dates[-1]
    manifest = current_snapshot_folder(chosen) / MANIFEST
    # A day that is published again gives a new directory under the same name.
    key = (manifest, manifest.stat().st_ino)
    with _lock:
        found = _snapshots.get(key)
        if found is None:
            found = _snapshots[key] = open_snapshot(county(), catalogue(), chosen)
            while len(_snapshots) > SNAPSHOTS_KEPT:
                _snapshots.popitem(last=False)
        _snapshots.move_to_end(key)
    return found


def current_snapshot_folder(on: date) -> Path:
    """Return the folder of the snapshot published for a day."""
    return county().snapshots_folder / on.isoformat()
