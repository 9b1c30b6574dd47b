"""Computing a measure on request, of what the asker may see."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Mapping
from datetime import date
from typing import Any

from xiancheng.city.snapshot import FeatureTable, Snapshot
from xiancheng.foundation.errors import XianchengError
from xiancheng.foundation.text import Text
from xiancheng.programme.measurement import Measurement
from xiancheng.programme.registry import measure_spec, run_measure
from xiancheng.site.assessments.figures import figure_key
from xiancheng.site.county import snapshot
from xiancheng.site.policy.subject import Subject
from xiancheng.site.problems import InvalidError, TooManyError

AT_ONCE = 1
"""Measures computed at the same time in a process: a large county's takes seconds and much memory."""
WAIT_SECONDS = 10.0
KEPT = 32
_turn = threading.BoundedSemaphore(AT_ONCE)
_results: OrderedDict[tuple[str, str], tuple[frozenset[str], Measurement]] = OrderedDict()
_lock = threading.Lock()


def compute(name: str, params: Mapping[str, Any], on: date | None, subject: Subject) -> Measurement:
    """Compute a measure on a published snapshot.

    Raises
    ------
    UnknownNameError, NotFoundError
        If there is no such measure, or no snapshot of that day.
    InvalidError
        If a parameter is wrong.
    ForbiddenError
        If it would read a class that `subject` may not see.
    TooManyError
        If others are being computed and do not end soon.
    """
    spec, city = measure_spec(name), snapshot(on)
    try:
        spec.read(params, city.catalogue)
    except XianchengError as error:
        raise InvalidError(error.message, error.hint) from error
    key = (city.hash, figure_key(name, params))
    with _lock:
        found = _results.get(key)
    if found is not None:
        for class_name in sorted(found[0]):
            subject.require_class(class_name)
        return found[1]
    if not _turn.acquire(timeout=WAIT_SECONDS):
        raise TooManyError(
            Text("正在计算别的指标，请稍后再试", "another measure is being computed; try again soon"),
            seconds=int(WAIT_SECONDS),
        )
    try:
        read: set[str] = set()
        result = run_measure(_as_seen_by(city, subject, read), name, params)
    except XianchengError as error:
        if type(error) is XianchengError:
            raise InvalidError(error.message, error.hint) from error
        raise
    finally:
        _turn.release()
    with _lock:
        _results[key] = (frozenset(read), result)
        while len(_results) > KEPT:
            _results.popitem(last=False)
    return result


def _as_seen_by(city: Snapshot, subject: Subject, read: set[str]) -> Snapshot:
    """Return the snapshot that refuses classes which `subject` may not see and notes in `read` which ones it gave.

    It shares the tables of `city` but nothing that was made of them: whatever a measure needs, it must ask for.
    """

    def table(name: str) -> FeatureTable:
        subject.require_class(name)
        read.add(name)
        return city.table(name)

    return Snapshot(
        county=city.county,
        as_of=city.as_of,
        content_hash=city.hash,
        catalogue=city.catalogue,
        tables=table,
        population=lambda: city.population,
        rows={name: entry["rows"] for name, entry in city.manifest["classes"].items()},
        manifest=city.manifest,
    )
