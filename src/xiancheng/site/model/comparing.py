"""What differs between two published snapshots."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from threading import Lock
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely
from pyproj import Transformer

from xiancheng.city.county import STORED_CRS
from xiancheng.city.snapshot import FeatureTable, Snapshot

Rows = npt.NDArray[np.intp]
GEOMETRY = "geometry"
KINDS = ("added", "changed", "closed")
_KEPT = 128


@dataclass(frozen=True)
class Difference:
    """What differs in one class.

    Attributes
    ----------
    added, closed
        Rows of the later and of the earlier table.
    changed
        Rows of the later table.
    fields
        Attribute (or ``geometry``) → ``(len(changed),)`` whether it differs.
    """

    before: FeatureTable
    after: FeatureTable
    added: Rows
    changed: Rows
    closed: Rows
    fields: dict[str, npt.NDArray[np.bool_]]

    def counts(self) -> dict[str, int]:
        """Return how many features were added, changed and closed."""
        return {"added": len(self.added), "changed": len(self.changed), "closed": len(self.closed)}

    def features(self) -> list[dict[str, Any]]:
        """Return every feature concerned: what, which, where, and the fields that changed."""
        out: list[dict[str, Any]] = []
        for kind, table, rows in (
            ("added", self.after, self.added),
            ("changed", self.after, self.changed),
            ("closed", self.before, self.closed),
        ):
            names, places = table.column("name"), _degrees(table, rows)
            for i, row in enumerate(rows.tolist()):
                out.append(
                    {
                        "class_name": table.feature_class.name,
                        "object_id": str(table.ids[row]),
                        "name": names[row],
                        "change": kind,
                        "fields": [n for n, differs in self.fields.items() if kind == "changed" and differs[i]],
                        "lon": places[i][0],
                        "lat": places[i][1],
                        "geometry": table.geometry[row],
                    }
                )
        return out


_differences: OrderedDict[tuple[str, str, str], Difference] = OrderedDict()
_lock = Lock()


def compare(first: Snapshot, second: Snapshot, class_name: str) -> Difference:
    """Return what differs in one class between two snapshots; computed once for a pair."""
    key = (first.hash, second.hash, class_name)
    with _lock:
        if key in _differences:
            _differences.move_to_end(key)
            return _differences[key]
    found = _compare(first, second, class_name)
    with _lock:
        _differences[key] = found
        while len(_differences) > _KEPT:
            _differences.popitem(last=False)
    return found


def _compare(first: Snapshot, second: Snapshot, class_name: str) -> Difference:
    nothing = np.empty(0, dtype=np.intp)
    entries = [s.manifest.get("classes", {}).get(class_name, {}).get("sha256") for s in (first, second)]
    before, after = first.table(class_name), second.table(class_name)
    if entries[0] is not None and entries[0] == entries[1]:
        return Difference(before, after, nothing, nothing, nothing, {})
    where = {identifier: row for row, identifier in enumerate(before.ids)}
    matches = np.array([where.get(identifier, -1) for identifier in after.ids], dtype=np.intp)
    kept = np.flatnonzero(matches >= 0)
    gone = np.ones(len(before), dtype=bool)
    gone[matches[kept]] = False
    old, new = before.take(matches[kept]), after.take(kept)
    names = [a.name for a in after.feature_class.attributes]
    fields = {name: _differs(old.column(name), new.column(name)) for name in names}
    if after.feature_class.has_geometry:
        fields[GEOMETRY] = ~_same_places(old, new)
    changed = np.any(list(fields.values()), axis=0) if len(kept) else np.empty(0, dtype=bool)
    return Difference(
        before,
        after,
        np.flatnonzero(matches < 0),
        kept[changed],
        np.flatnonzero(gone),
        {name: differs[changed] for name, differs in fields.items() if differs.any()},
    )


def _differs(one: npt.NDArray[Any], other: npt.NDArray[Any]) -> npt.NDArray[np.bool_]:
    differs = np.asarray(one != other, dtype=bool)
    if one.dtype.kind == "f":
        differs &= ~(np.isnan(one) & np.isnan(other))
    return differs


def _same_places(old: FeatureTable, new: FeatureTable) -> npt.NDArray[np.bool_]:
    missing = shapely.is_missing(old.geometry) & shapely.is_missing(new.geometry)
    return np.asarray(shapely.equals_exact(old.geometry, new.geometry) | missing, dtype=bool)


def _degrees(table: FeatureTable, rows: Rows) -> list[tuple[float | None, float | None]]:
    if not len(rows):
        return []
    back = Transformer.from_crs(table.crs, STORED_CRS, always_xy=True)
    lon, lat = back.transform(table.xy[rows, 0], table.xy[rows, 1])
    return [(round(x, 7), round(y, 7)) if np.isfinite(x) else (None, None) for x, y in zip(lon, lat, strict=True)]
