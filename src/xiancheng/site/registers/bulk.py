"""The same change to many objects: counted first, then made in one transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import numpy as np
from django.http import HttpRequest

from xiancheng.city.change import Change
from xiancheng.city.classes import FeatureClass
from xiancheng.city.history import ChangeSet
from xiancheng.city.rows import Rows
from xiancheng.city.store import Store
from xiancheng.city.values import NUMERIC, plain
from xiancheng.foundation.text import Text
from xiancheng.site.county import catalogue, reading, writing
from xiancheng.site.policy.needs import subject_of
from xiancheng.site.problems import ConflictError, InvalidError
from xiancheng.site.registers.checking import checked_attributes
from xiancheng.site.registers.editing import SOURCE, check_day
from xiancheng.site.registers.listing import Listing, read_page, version_times
from xiancheng.site.registers.telling import told

MOST = 5000
"""Objects that one bulk change may touch; more are changed by Excel or an import."""


def bulk(
    request: HttpRequest,
    class_name: str,
    object_ids: Sequence[str],
    *,
    attributes: Mapping[str, Any],
    close: bool,
    day: date,
    reason: str,
    expected: str | None,
) -> dict[str, Any]:
    """Give many objects the same values from a day on, or close them; without `expected` only count.

    Parameters
    ----------
    expected
        The state that the preview told; None: this is the preview.

    Raises
    ------
    InvalidError
        If a value is wrong, or there is nothing to do.
    ConflictError
        If one of the objects was changed since the preview.
    """
    feature_class = catalogue()[class_name]
    check_day(day)
    ids = list(dict.fromkeys(object_ids))
    values = checked_attributes(feature_class, catalogue(), attributes, whole=False)
    if not close and not values:
        nothing = Text("没有要改的内容", "there is nothing to change")
        raise InvalidError(nothing, fields={"attributes": nothing})
    if expected is None:
        with reading() as store:
            return _plan(store, feature_class, ids, values, day, close=close)[0]
    return _apply(request, feature_class, ids, values, day, reason, expected, close=close)


def _apply(
    request: HttpRequest,
    feature_class: FeatureClass,
    ids: Sequence[str],
    values: Mapping[str, Any],
    day: date,
    reason: str,
    expected: str,
    *,
    close: bool,
) -> dict[str, Any]:
    who, name = subject_of(request).name, feature_class.name
    with writing() as store:
        with store.change(source=SOURCE, reason=reason, who=who, valid_from=day) as change:
            later = [i for i, time in version_times(store, name, ids).items() if time > expected]
            if later:
                raise ConflictError(
                    Text(
                        f"预览之后有 {len(later)} 个对象被改过", f"{len(later)} objects were changed since the preview"
                    ),
                    Text("请重新预览", "preview again"),
                )
            told_counts, rows = _plan(store, feature_class, ids, values, day, close=close)
            _record(change, rows, values, day, close=close)
        if change.id is None:
            return {**told_counts, "change": None}
        made = ChangeSet(change.id, change.recorded_at, change.kind, SOURCE, reason, who, valid_from=day)
    told(request, "register.bulk_close" if close else "register.bulk_update", name, rows.object_id.tolist(), made)
    return {**told_counts, "change": made.id}


def _plan(
    store: Store,
    feature_class: FeatureClass,
    ids: Sequence[str],
    values: Mapping[str, Any],
    day: date,
    *,
    close: bool,
) -> tuple[dict[str, Any], Rows]:
    """Return what would be done, and the objects as they are on the day."""
    rows = read_page(store, feature_class.name, Listing(on=day, object_ids=tuple(ids))).rows
    times = version_times(store, feature_class.name, ids)
    fields = {
        name: sum(plain(old) != value for old in rows.columns[name].tolist()) for name, value in values.items()
    }  # fmt: skip
    changed = len(rows) if close else sum(
        any(plain(rows.columns[name][i]) != value for name, value in values.items()) for i in range(len(rows))
    )  # fmt: skip
    counts = {
        "selected": len(ids),
        "missing": len(ids) - len(rows),
        "changed": changed,
        "unchanged": len(rows) - changed,
        "fields": fields,
        "expected": max(times.values(), default=""),
        "change": None,
    }
    return counts, rows


def _record(change: Change, rows: Rows, values: Mapping[str, Any], day: date, *, close: bool) -> None:
    name, ids = rows.feature_class.name, rows.object_id.tolist()
    if not ids:
        return
    if close:
        for object_id in ids:
            change.close(name, object_id, valid_to=day)
        return
    columns = {}
    for attribute, value in values.items():
        numeric = rows.feature_class.attribute(attribute).type in NUMERIC
        column = np.empty(len(ids), dtype=np.float64 if numeric else object)
        column[:] = np.nan if numeric and value is None else value
        columns[attribute] = column
    change.update_many(name, ids, valid_from=day, columns=columns)
