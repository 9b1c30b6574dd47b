"""Time in the city model: what is recorded, and how an object's validity is cut and mended.

Two independent axes, both half-open. *Valid* time (days) says when something holds in the world; *recorded* time
(UTC, milliseconds: what GeoPackage's DATETIME holds) says when the model believed it. A record is never rewritten: it
is superseded by closing its recorded interval and recording again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from shapely.geometry import mapping
from shapely.geometry.base import BaseGeometry

from xiancheng.foundation.errors import XianchengError
from xiancheng.foundation.text import Text

OPEN_DATE = date(9999, 12, 31)
OPEN_DATE_TEXT = "9999-12-31"
OPEN_TIME = "9999-12-31T00:00:00.000Z"
TICK = timedelta(milliseconds=1)


class StoreError(XianchengError):
    """A change that the city model refuses, or a model that cannot be opened."""


@dataclass(frozen=True, slots=True)
class Version:
    """One record of one object: what was believed of it, for which days, and during which time.

    Attributes
    ----------
    valid_from, valid_to
        Days on which it holds, half-open; `OPEN_DATE` if no end is known.
    recorded_from, recorded_to
        When the model believed it, half-open, UTC; None if it still does.
    """

    object_id: str
    valid_from: date
    valid_to: date
    recorded_from: datetime
    recorded_to: datetime | None
    source: str
    reason: str
    cim_level: int | None
    geometry: BaseGeometry | None
    attributes: Mapping[str, Any]

    def as_dict(self) -> dict[str, Any]:
        """Return what JSON holds; open ends are None, the geometry is GeoJSON."""
        return {
            "object_id": self.object_id,
            "valid_from": self.valid_from.isoformat(),
            "valid_to": None if self.valid_to == OPEN_DATE else self.valid_to.isoformat(),
            "recorded_from": time_text(self.recorded_from),
            "recorded_to": None if self.recorded_to is None else time_text(self.recorded_to),
            "source": self.source,
            "reason": self.reason,
            "cim_level": self.cim_level,
            "attributes": dict(self.attributes),
            "geometry": None if self.geometry is None else mapping(self.geometry),
        }


@dataclass(frozen=True, slots=True)
class ChangeSet:
    """One transaction on the city model."""

    id: int
    recorded_at: datetime
    kind: str
    source: str
    reason: str
    who: str | None = None
    file: str | None = None
    sha256: str | None = None
    valid_from: date | None = None
    detail: Mapping[str, Any] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """Return what JSON holds."""
        return {
            "id": self.id,
            "recorded_at": time_text(self.recorded_at),
            "kind": self.kind,
            "source": self.source,
            "reason": self.reason,
            "who": self.who,
            "file": self.file,
            "sha256": self.sha256,
            "valid_from": None if self.valid_from is None else self.valid_from.isoformat(),
            "detail": dict(self.detail),
        }


@dataclass(frozen=True, slots=True)
class Content:
    """What a record says of its object, as stored: geometry blob, values by column, level of detail, and who said so.

    Two contents are equal if they say the same, whoever says it.
    """

    blob: bytes | None
    values: tuple[Any, ...]
    cim_level: int | None
    source: str = field(compare=False)


@dataclass(frozen=True, slots=True)
class Segment:
    """One stretch of an object's believed validity (ISO dates, half-open); `fid` if a record says exactly this."""

    valid_from: str
    valid_to: str
    content: Content
    fid: int | None = None


Timeline = tuple[Segment, ...]
"""Believed validity of one object: disjoint segments in order of time."""


def at(timeline: Timeline, day: str) -> Segment | None:
    """Return the segment in which `day` lies."""
    return next((s for s in timeline if s.valid_from <= day < s.valid_to), None)


def carve(timeline: Timeline, start: str, end: str) -> Timeline:
    """Return the timeline without the days from `start` until before `end`."""
    out: list[Segment] = []
    for segment in timeline:
        if segment.valid_to <= start or segment.valid_from >= end:
            out.append(segment)
            continue
        if segment.valid_from < start:
            out.append(replace(segment, valid_to=start, fid=None))
        if segment.valid_to > end:
            out.append(replace(segment, valid_from=end, fid=None))
    return tuple(out)


def put(timeline: Timeline, start: str, end: str, content: Content) -> Timeline:
    """Return the timeline with `content` on the days from `start` until before `end`, whatever held there."""
    rest = carve(timeline, start, end)
    return tuple(sorted((*rest, Segment(start, end, content)), key=lambda s: s.valid_from))


def existence(timeline: Timeline, day: str) -> tuple[str, str] | None:
    """Return the start and end of the unbroken existence around `day` (segments that adjoin count as one)."""
    runs: list[tuple[str, str]] = []
    for segment in timeline:
        if runs and runs[-1][1] == segment.valid_from:
            runs[-1] = (runs[-1][0], segment.valid_to)
        else:
            runs.append((segment.valid_from, segment.valid_to))
    return next((run for run in runs if run[0] <= day < run[1]), None)


def overlaps(timeline: Timeline, start: str, end: str) -> bool:
    """Whether any believed validity touches the days from `start` until before `end`."""
    return any(s.valid_from < end and start < s.valid_to for s in timeline)


def is_same(one: Timeline, other: Timeline) -> bool:
    """Whether two timelines say the same, record by record."""

    def said(timeline: Sequence[Segment]) -> list[tuple[str, str, Content, str]]:
        return [(s.valid_from, s.valid_to, s.content, s.content.source) for s in timeline]

    return said(one) == said(other)


def today() -> date:
    """Return the date on the machine's calendar."""
    return datetime.now(UTC).astimezone().date()


def now() -> datetime:
    """Return the time in UTC, to the millisecond."""
    moment = datetime.now(UTC)
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


def time_text(moment: datetime) -> str:
    """Return an aware time as stored: ``2026-01-31T08:00:00.000Z``.

    Raises
    ------
    StoreError
        If `moment` has no time zone: a guess would move it by eight hours in China.
    """
    if moment.tzinfo is None:
        raise StoreError(Text(f"时间 {moment} 没有时区", f"time {moment} has no time zone"))
    moment = moment.astimezone(UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}Z"


def parse_time(text: str) -> datetime:
    """Return the aware time of a stored text."""
    return datetime.fromisoformat(text)


def parse_end(text: str) -> datetime | None:
    """Return the end of a recorded interval; None if it is open."""
    return None if text == OPEN_TIME else parse_time(text)
