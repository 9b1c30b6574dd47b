"""Snapshots made ready for access and what-if: one of each day in memory, the newest ready before it is asked for."""

from __future__ import annotations

import logging
import threading
import time
from collections import OrderedDict
from datetime import date
from pathlib import Path

from django.db import close_old_connections

from xiancheng.city.snapshot import MANIFEST, Snapshot
from xiancheng.foundation.errors import XianchengError
from xiancheng.programme.whatif.prepared import Prepared, prepare
from xiancheng.programme.whatif.traced import Traced
from xiancheng.site.county import current_snapshot_folder, programme, snapshot, snapshot_dates

KEPT = 2
"""Days kept ready at once: each holds networks and distances."""
FIRST_SECONDS, EVERY_SECONDS = 2.0, 20.0
"""When a process first looks whether the newest snapshot is ready, and how often after that."""

Key = tuple[Path, int]
_traced: OrderedDict[Key, Traced] = OrderedDict()
_prepared: OrderedDict[Key, Prepared] = OrderedDict()
_making: dict[Key, threading.Lock] = {}
_lock = threading.Lock()


def traced(on: date | None = None) -> Traced:
    """Return the snapshot of a day (the newest for None), which knows what is read of it.

    Raises
    ------
    NotFoundError
        If none is published for that day.
    """
    found = snapshot(on)
    key = _key(found)
    with _lock:
        city = _traced.get(key)
        if city is None:
            city = _traced[key] = Traced(found)
        _keep(_traced, key)
        return city


def prepared(on: date | None = None) -> Prepared:
    """Return the snapshot of a day with every figure of the programme; computed by the first who asks.

    Raises
    ------
    NotFoundError
        If none is published for that day, or the county has no programme.
    """
    city, plan = traced(on), programme()
    key = _key(city.base)
    with _lock:
        ready = _prepared.get(key)
        if ready is not None and ready.programme is plan:
            _keep(_prepared, key)
            return ready
        making = _making.setdefault(key, threading.Lock())
    with making:
        with _lock:
            ready = _prepared.get(key)
        if ready is None or ready.programme is not plan:
            ready = prepare(city, plan)
            with _lock:
                _prepared[key] = ready
                _keep(_prepared, key)
                _making.pop(key, None)
    return ready


def is_ready(on: date | None = None) -> bool:
    """Whether this process has the figures of a day's snapshot ready."""
    key = _key(snapshot(on))
    with _lock:
        return key in _prepared


def keep_ready() -> None:
    """Begin to keep the newest snapshot ready, in a thread of this process that ends with it."""
    threading.Thread(target=_keep_ready, name="what-if", daemon=True).start()


def _keep_ready() -> None:
    time.sleep(FIRST_SECONDS)
    while True:
        try:
            if snapshot_dates() and not is_ready():
                prepared()
        except XianchengError:
            # Nothing published yet, no programme: whoever asks is told.
            pass
        except Exception:
            logging.getLogger(__name__).exception("the newest snapshot could not be made ready")
        finally:
            close_old_connections()
        time.sleep(EVERY_SECONDS)


def _key(found: Snapshot) -> Key:
    manifest = current_snapshot_folder(found.as_of) / MANIFEST
    # A day that is published again gives a new directory under the same name.
    return manifest, manifest.stat().st_ino


def _keep(held: OrderedDict[Key, Traced] | OrderedDict[Key, Prepared], key: Key) -> None:
    held.move_to_end(key)
    while len(held) > KEPT:
        held.popitem(last=False)
