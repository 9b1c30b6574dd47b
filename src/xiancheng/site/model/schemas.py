"""What the API of the city model answers."""

from __future__ import annotations

from datetime import date
from typing import Any, Literal

from ninja import Schema

from xiancheng.site.schemas import TextOut


class SnapshotOut(Schema):
    """A published snapshot and how many features of each visible class it holds."""

    date: date
    hash: str
    synthetic: bool
    classes: dict[str, int]


class SnapshotsOut(Schema):
    """Published snapshots, oldest first."""

    items: list[SnapshotOut]


class AttributeOut(Schema):
    """An attribute of a class; `codes` names a list of codes."""

    name: str
    title: TextOut
    type: str
    unit: str | None
    codes: str | None


class ClassOut(Schema):
    """A feature class."""

    name: str
    title: TextOut
    cim_class: str
    geometry: str
    attributes: list[AttributeOut]


class ClassesOut(Schema):
    """The visible classes, the six CIM data classes they belong to, and the codes they use."""

    items: list[ClassOut]
    cim_classes: dict[str, TextOut]
    codes: dict[str, dict[str, TextOut]]


class Hit(Schema):
    """A feature that fits what was searched for; `matched` says by what."""

    class_name: str
    class_title: TextOut
    object_id: str
    name: str | None
    address: str | None
    lon: float | None
    lat: float | None
    matched: Literal["name", "pinyin", "initials", "address", "id"]


class Hits(Schema):
    """What was found, the best first."""

    items: list[Hit]
    total: int
    more: bool
    on: date


class ValueOut(Schema):
    """One attribute of a feature: the value as stored, and as people read it."""

    name: str
    title: TextOut
    type: str
    unit: str | None
    value: Any
    text: TextOut


class VersionOut(Schema):
    """One stretch of a feature's life, as is believed now; `changed` names what differs from the stretch before."""

    valid_from: date
    valid_to: date | None
    recorded_from: str
    source: str
    reason: str
    changed: list[TextOut]


class LinksOut(Schema):
    """Where else the feature can be looked at; `page` is one of the application."""

    page: str
    ogc: str


class FeatureOut(Schema):
    """A feature on a day.

    Its history is None for those who may not see it; `exists` is false where the day lies outside its life (then the
    nearest stretch is shown).
    """

    class_name: str
    class_title: TextOut
    object_id: str
    name: str | None
    on: date
    exists: bool
    valid_from: date
    valid_to: date | None
    source: str
    reason: str
    cim_level: int | None
    attributes: list[ValueOut]
    area_m2: float | None
    length_m: float | None
    geometry: dict[str, Any] | None
    bounds: tuple[float, float, float, float] | None
    records: int
    history: list[VersionOut] | None
    may_edit: bool
    links: LinksOut


class ChangedCount(Schema):
    """How many features of a class differ between two snapshots."""

    class_name: str
    class_title: TextOut
    added: int
    changed: int
    closed: int


class ChangedFeature(Schema):
    """A feature that differs between two snapshots; `fields` are the attributes (or ``geometry``) that changed."""

    class_name: str
    object_id: str
    name: str | None
    change: Literal["added", "changed", "closed"]
    fields: list[str]
    lon: float | None
    lat: float | None


class ChangesOut(Schema):
    """What differs between two snapshots: counts of every class, and the features of the asked classes as a list."""

    first: date
    second: date
    counts: list[ChangedCount]
    items: list[ChangedFeature]
    total: int
    more: bool


class FindingOut(Schema):
    """What one check found in one class."""

    check: str
    title: TextOut
    class_name: str
    class_title: TextOut
    severity: Literal["error", "warning", "info"]
    count: int
    total: int
    message: TextOut


class FoundOut(Schema):
    """One feature of a finding."""

    check: str
    class_name: str
    severity: Literal["error", "warning", "info"]
    object_id: str
    name: str | None
    lon: float | None
    lat: float | None
    detail: TextOut | None


class QualityOut(Schema):
    """Findings on the model as of today after change number `change`."""

    change: int
    findings: list[FindingOut]
    items: list[FoundOut]
    total: int
    more: bool


class Period(Schema):
    """Records that begin and end within a month (``YYYY-MM``) or a year (``YYYY``)."""

    period: str
    begin: int
    end: int


class TimesOut(Schema):
    """When something in the world changed, by class, as is believed now."""

    first: date | None
    last: date | None
    by: Literal["month", "year"]
    total: list[Period]
    classes: dict[str, list[Period]]
