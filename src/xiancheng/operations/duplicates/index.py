"""Open and recent cases by place: finds what a new report may be a duplicate of."""

from __future__ import annotations

import math
from array import array
from collections.abc import Hashable, Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import numpy.typing as npt

from xiancheng.foundation.errors import XianchengError
from xiancheng.foundation.text import Text
from xiancheng.operations.duplicates.columns import Growing, Ragged
from xiancheng.operations.duplicates.grams import Grams, grams
from xiancheng.operations.duplicates.policy import DuplicatePolicy
from xiancheng.operations.duplicates.report import Report, Suggestion
from xiancheng.operations.duplicates.scoring import Compared, Scores, explain, weigh
from xiancheng.operations.terms import CategoryKey

Floats = npt.NDArray[np.float64]
Rows = npt.NDArray[np.int64]

EARTH = 6_371_008.8
"""Mean radius of GRS 80, metres; distances are along its sphere, exact to 0.5 %."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_STEP = 512
"""How many candidates are compared by text and photo at once."""
_FLOOR = math.cos(math.radians(85))


def metres_between(lon: float, lat: float, lons: Floats, lats: Floats) -> Floats:
    """Return the distances in metres from a place to `n` places along the sphere (haversine)."""
    a, b = math.radians(lat), np.radians(lats)
    half = np.sin((b - a) / 2) ** 2 + math.cos(a) * np.cos(b) * np.sin(np.radians(lons - lon) / 2) ** 2
    return 2 * EARTH * np.arcsin(np.sqrt(np.minimum(half, 1.0)))


class DuplicateIndex:
    """The cases that a new report is compared with; cases come, change and go one by one.

    Cases lie in a grid of cells, 128 m wide by default, so a suggestion looks only at the cases of the few cells
    within reach; these are compared in arrays. Candidates are taken by the best score that they could still reach, so
    text and photos are compared only until nothing better can come.

    Parameters
    ----------
    policy
        Distances, days and weights.
    cell_metres
        Side of a cell.
    """

    def __init__(self, policy: DuplicatePolicy, cell_metres: float = 128.0) -> None:
        self.policy = policy
        self._step = math.degrees(cell_metres / EARTH)
        self._cells: dict[tuple[int, int], array[int]] = {}
        self._rows: dict[Hashable, int] = {}
        self._ids: list[Hashable] = []
        self._free: list[int] = []
        self._lon, self._lat, self._at = Growing("f8"), Growing("f8"), Growing("i8")
        self._category, self._open = Growing("i4"), Growing("?")
        self._grams, self._photos = Ragged("u4"), Ragged("u8")
        self._numbers: dict[CategoryKey, int] = {}
        self._relations: dict[CategoryKey, Floats] = {}

    def __len__(self) -> int:
        return len(self._rows)

    def __contains__(self, case: object) -> bool:
        return case in self._rows

    def add(self, report: Report) -> None:
        """Add a case; one that is there already is replaced.

        Raises
        ------
        XianchengError
            If its place is none or its instant has no time zone.
        """
        at = _instant(report)
        self.remove(report.id)
        row = self._free.pop() if self._free else len(self._ids)
        if row == len(self._ids):
            self._ids.append(report.id)
        self._ids[row] = report.id
        self._rows[report.id] = row
        for column, value in ((self._lon, report.lon), (self._lat, report.lat), (self._at, at)):
            column.put(row, value)
        self._category.put(row, self._numbers.setdefault(report.category, len(self._numbers)))
        self._open.put(row, report.open)
        self._grams.put(row, grams(report.text))
        self._photos.put(row, np.array(report.photos, dtype=np.uint64))
        self._cells.setdefault(self._cell(report.lon, report.lat), array("q")).append(row)

    def remove(self, case: Hashable) -> None:
        """Forget a case; nothing happens if it is not there."""
        row = self._rows.pop(case, None)
        if row is None:
            return
        key = self._cell(float(self._lon.values[row]), float(self._lat.values[row]))
        members = self._cells[key]
        members.remove(row)
        if not members:
            del self._cells[key]
        self._grams.drop(row)
        self._photos.drop(row)
        self._free.append(row)

    def close(self, case: Hashable) -> None:
        """Note that a case is closed: it counts for its days only. Nothing happens if it is not there."""
        row = self._rows.get(case)
        if row is not None:
            self._open.put(row, False)

    def forget_before(self, instant: datetime) -> int:
        """Forget closed cases that are older; return how many."""
        limit = _microseconds(instant)
        old = [case for case, row in self._rows.items() if not self._open.values[row] and self._at.values[row] < limit]
        for case in old:
            self.remove(case)
        return len(old)

    def suggest(self, report: Report, *, excluding: Iterable[Hashable] = ()) -> list[Suggestion]:
        """Return the cases that a report may be a duplicate of, the best first; equal scores by the name of the case.

        Cases within the metres of the report's category count: open ones at any age, closed ones within its days
        before or after. The report itself never counts.

        Raises
        ------
        XianchengError
            If its place is none or its instant has no time zone.
        """
        compared = self._near(report, {report.id, *excluding})
        own = grams(report.text)
        photos = np.array(report.photos, dtype=np.uint64)
        ceiling = weigh(self.policy, self._bounds(compared, own, photos)).total
        order = np.argsort(-ceiling, kind="stable")
        order = order[ceiling[order] >= self.policy.threshold]
        kept: list[tuple[float, str, int, Scores]] = []
        for start in range(0, len(order), _STEP):
            some = order[start : start + _STEP]
            if len(kept) >= self.policy.most and kept[self.policy.most - 1][0] < -ceiling[some[0]]:
                break
            scores = weigh(self.policy, self._compare(compared.take(some), own, photos))
            for place in np.flatnonzero(scores.total >= self.policy.threshold).tolist():
                row = int(compared.rows[some[place]])
                kept.append((-float(scores.total[place]), str(self._ids[row]), row, scores.one(place)))
            kept.sort(key=lambda item: item[:2])
            del kept[self.policy.most :]
        return [self._suggestion(report, own, row, scores) for _, _, row, scores in kept]

    def repetitions(self, report: Report) -> list[Hashable]:
        """Return earlier cases of the same category at the same place within the days of repetition (重复), by age."""
        reach = self.policy.reach(report.category)
        rows = self._within(report, reach.repetition_metres)
        number = self._numbers.get(report.category, -1)
        before = _instant(report) - self._at[rows].astype(np.int64)
        same = (self._category[rows] == number) & (before >= 0) & (before <= reach.repetition_days * 86_400e6)
        found = [(int(self._at.values[row]), self._ids[row]) for row in rows[same].tolist()]
        return [case for _, case in sorted(found, key=lambda item: (item[0], str(item[1]))) if case != report.id]

    def _near(self, report: Report, excluded: set[Hashable]) -> Compared:
        reach = self.policy.reach(report.category)
        rows = self._within(report, reach.metres)
        left_out = [self._rows[case] for case in excluded if case in self._rows]
        if left_out:
            rows = rows[~np.isin(rows, left_out)]
        days = np.abs(self._at[rows].astype(np.int64) - _instant(report)) / 86_400e6
        keep = self._open[rows].astype(bool) | (days <= reach.days)
        rows, days = rows[keep], days[keep]
        metres = metres_between(report.lon, report.lat, *self._places(rows))
        relations = self._related(report.category)[self._category[rows].astype(np.int64)]
        unknown = np.full(len(rows), np.nan)
        return Compared(
            rows,
            place=1 - metres / reach.metres,
            category=relations,
            time=np.maximum(0.0, 1 - days / reach.days),
            text=unknown,
            photo=unknown,
        )

    def _within(self, report: Report, metres: float) -> Rows:
        """Return the rows of the cases within some metres of a place."""
        _instant(report)
        dlat = math.degrees(metres / EARTH) * (1 + 1e-9)
        reach = math.sin(min(metres / EARTH, 0.1)) / max(_FLOOR, math.cos(math.radians(report.lat)))
        dlon = math.degrees(math.asin(min(1.0, reach))) * (1 + 1e-9)
        west, south = self._cell(report.lon - dlon, report.lat - dlat)
        east, north = self._cell(report.lon + dlon, report.lat + dlat)
        cells = (self._cells.get((i, j)) for i in range(west, east + 1) for j in range(south, north + 1))
        parts = [np.array(cell, dtype=np.int64) for cell in cells if cell is not None]
        rows = np.concatenate(parts) if parts else np.empty(0, dtype=np.int64)
        return rows[metres_between(report.lon, report.lat, *self._places(rows)) <= metres]

    def _bounds(self, compared: Compared, own: Grams, photos: npt.NDArray[np.uint64]) -> Compared:
        """Return the best scores that text and photo could have."""
        rows = compared.rows
        text = np.where((len(own) > 0) & (self._grams.lengths(rows) > 0), 1.0, np.nan)
        photo = np.where((len(photos) > 0) & (self._photos.lengths(rows) > 0), 1.0, np.nan)
        return replace(compared, text=text, photo=photo)

    def _compare(self, compared: Compared, own: Grams, photos: npt.NDArray[np.uint64]) -> Compared:
        bounds = self._bounds(compared, own, photos)
        return replace(
            bounds,
            text=bounds.text * self._alike(compared.rows, own),
            photo=bounds.photo * self._pictured(compared.rows, photos),
        )

    def _alike(self, rows: Rows, own: Grams) -> Floats:
        if not len(own):
            return np.zeros(len(rows))
        values, owner = self._grams.gather(rows)
        place = np.minimum(np.searchsorted(own, values), len(own) - 1)
        common = np.bincount(owner, own[place] == values, minlength=len(rows))
        lengths = self._grams.lengths(rows)
        if self.policy.text == "jaccard":
            return common / np.maximum(1, lengths + len(own) - common)
        return common / np.sqrt(np.maximum(1, lengths * len(own)))

    def _pictured(self, rows: Rows, photos: npt.NDArray[np.uint64]) -> Floats:
        values, owner = self._photos.gather(rows)
        best = np.zeros(len(rows))
        for photo in photos:
            bits = np.bitwise_count(values.astype(np.uint64) ^ photo).astype(np.float64)
            np.maximum.at(best, owner, 1 - bits / self.policy.photo_bits)
        return best

    def _suggestion(self, report: Report, own: Grams, row: int, scores: Scores) -> Suggestion:
        metres = metres_between(report.lon, report.lat, *self._places(np.array([row])))[0]
        days = abs(int(self._at.values[row]) - _instant(report)) / 86_400e6
        category = next(c for c, number in self._numbers.items() if number == self._category.values[row])
        theirs, _ = self._grams.gather(np.array([row]))
        common = np.intersect1d(own, theirs)
        parts = explain(
            self.policy, scores, float(metres), days, self.policy.relation(report.category, category), common
        )
        return Suggestion(self._ids[row], float(scores.total[0]), parts)

    def _related(self, category: CategoryKey) -> Floats:
        """Return the score of each known category beside this one."""
        known = self._relations.get(category)
        if known is None or len(known) < len(self._numbers):
            relation, scores = self.policy.relation, self.policy.relations
            known = np.array([scores[relation(category, other)] for other in self._numbers], dtype=np.float64)
            self._relations[category] = known
        return known

    def _places(self, rows: Rows) -> tuple[Floats, Floats]:
        return self._lon[rows].astype(np.float64), self._lat[rows].astype(np.float64)

    def _cell(self, lon: float, lat: float) -> tuple[int, int]:
        return math.floor(lon / self._step), math.floor(lat / self._step)


def _instant(report: Report) -> int:
    """Return the instant of a report in microseconds since 1970.

    Raises
    ------
    XianchengError
        If its place is none or its instant has no time zone.
    """
    if not (abs(report.lon) <= 180 and abs(report.lat) <= 85):
        raise XianchengError(
            Text(
                f"{report.id} 的位置 {report.lon},{report.lat} 不是经纬度",
                f"{report.id}: {report.lon},{report.lat} is no place",
            ),
            Text("给出 CGCS2000 经度、纬度（度）", "give longitude and latitude in CGCS2000 degrees"),
        )
    if report.at.tzinfo is None:
        raise XianchengError(
            Text(f"{report.id} 的时刻 {report.at} 没有时区", f"{report.id}: the instant {report.at} has no time zone"),
            Text("例如 2026-02-13T17:00+08:00", "such as 2026-02-13T17:00+08:00"),
        )
    return _microseconds(report.at)


def _microseconds(instant: datetime) -> int:
    return (instant - _EPOCH) // _MICROSECOND
