"""Quality findings on the model of today, computed once for a change number and kept for the next process."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from threading import Lock
from typing import Any

import orjson

from xiancheng.city.history import today
from xiancheng.city.publish import feature_tables
from xiancheng.city.quality.running import check
from xiancheng.city.store import Store
from xiancheng.foundation.files import PRIVATE, write_whole
from xiancheng.site.county import catalogue, county

_lock = Lock()


def quality_report(store: Store) -> tuple[int, dict[str, Any]]:
    """Return the number of the latest change and the report of every check, as JSON holds it."""
    change = int(store.fetch("SELECT coalesce(max(id), 0) FROM xc_change")[0][0])
    path = county().folder / "cache" / f"quality-{change}-{today()}.json"
    with _lock:
        if not path.exists():
            _keep(store, path)
        return change, _read(path)


def _keep(store: Store, path: Path) -> None:
    home = county()
    tables = feature_tables(store, home, catalogue(), today())
    report = check(tables, county=home, catalogue=catalogue())
    for former in path.parent.glob("quality-*.json"):
        former.unlink(missing_ok=True)
    write_whole(path, orjson.dumps(report.as_dict(), option=orjson.OPT_SERIALIZE_NUMPY), mode=PRIVATE)


@lru_cache(maxsize=2)
def _read(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = orjson.loads(path.read_bytes())
    return found
