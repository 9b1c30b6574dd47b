"""Shapes of the answers and requests of the registers."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

from ninja import Schema
from pydantic import Field, StringConstraints

from xiancheng.site.schemas import Line, TextOut

Reason = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500, pattern=r"^[^\x00-\x08\x0b-\x1f\x7f]*$")
]
"""Why something is changed; kept with the record for ever."""
ObjectId = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]+$")
]
Expected = Annotated[str, Field(max_length=40, description="`version` of the object as the editor saw it")]
GeometryIn = Annotated[dict[str, Any], Field(description="GeoJSON geometry, CGCS2000 longitude and latitude")]


class Bureau(Schema):
    """A bureau that keeps a register."""

    id: str
    title: TextOut


class Register(Schema):
    """A register: the features of one class."""

    name: str
    title: TextOut
    cim_class: str
    cim_title: TextOut
    geometry: Literal["point", "line", "polygon", "any", "none"]
    bureaus: list[Bureau]
    own: bool
    editable: bool


class RegisterCount(Register):
    """A register in the list: how much it holds today, and when it was changed last."""

    count: int
    changed_at: str | None


class Registers(Schema):
    """The registers that one may see."""

    items: list[RegisterCount]


class Code(Schema):
    """One entry of a code list."""

    code: str
    title: TextOut


class AttributeOut(Schema):
    """What a form must know of one attribute."""

    name: str
    title: TextOut
    type: Literal["text", "integer", "number", "boolean", "date", "code", "codes", "json"]
    unit: str | None
    unit_title: TextOut | None
    required: bool
    minimum: float | None
    maximum: float | None
    codes: list[Code]


class Definition(Register):
    """A register with the form that its class gives."""

    attributes: list[AttributeOut]


class Item(Schema):
    """One object as it is (or was last) on the day asked."""

    object_id: str
    valid_from: date
    valid_to: date | None
    recorded_from: str
    source: str
    attributes: dict[str, Any]
    geometry: dict[str, Any] | None


class Items(Schema):
    """One page of objects; `total` is null where counting would take long."""

    items: list[Item]
    total: int | None
    more: bool
    limit: int
    offset: int
    on: date


class FindingOut(Schema):
    """A finding of data quality that names the object."""

    check: str
    title: TextOut
    severity: Literal["error", "warning", "info"]
    detail: TextOut | None
    as_of: date


class ItemDetail(Item):
    """One object with its state for optimistic locking, and later versions that are known already."""

    version: str
    closed: bool
    editable: bool
    reason: str
    later: list[date]
    findings: list[FindingOut] | None


class Difference(Schema):
    """One field that a version says otherwise than the one before; of a geometry only that it differs."""

    field: str
    before: Any = None
    after: Any = None


class VersionOut(Schema):
    """One record: both time axes, who made it, what it changed."""

    valid_from: date
    valid_to: date | None
    recorded_from: str
    recorded_to: str | None
    source: str
    reason: str
    change: int | None
    kind: str
    who: str
    attributes: dict[str, Any]
    geometry: dict[str, Any] | None
    changed: list[Difference]
    first: bool


class History(Schema):
    """Every record of an object, in the order recorded."""

    items: list[VersionOut]


class NewItem(Schema):
    """A new object."""

    object_id: ObjectId | None = None
    attributes: dict[str, Any] = {}
    geometry: GeometryIn | None = None
    valid_from: date
    reason: Reason


class Edit(Schema):
    """What changed in the world, from when, and why. Attributes not named stay as they were."""

    attributes: dict[str, Any] = {}
    geometry: GeometryIn | None = None
    valid_from: date
    reason: Reason
    expected: Expected


class Correction(Schema):
    """What was recorded wrongly in the version of day `on`, which keeps its validity."""

    attributes: dict[str, Any] = {}
    geometry: GeometryIn | None = None
    on: date
    reason: Reason
    expected: Expected


class Closing(Schema):
    """When an object ceased (it exists until before that day), and why."""

    valid_to: date
    reason: Reason
    expected: Expected


class Saved(Schema):
    """What a change left; `change` is null if everything was so already."""

    change: int | None
    item: ItemDetail


class ClassCount(Schema):
    """Records of one class that a change wrote and superseded."""

    name: str
    title: TextOut
    recorded: int
    superseded: int


class ChangeOut(Schema):
    """One transaction on the model."""

    id: int
    recorded_at: str
    kind: str
    source: str
    reason: str
    who: str
    file: str | None
    valid_from: date | None
    classes: list[ClassCount]


class TouchedObject(Schema):
    """An object that a change touched."""

    class_name: str
    object_id: str
    name: str | None
    added: bool
    fields: list[str]


class ChangePreview(ChangeOut):
    """What undoing a change would undo, and what stands in the way."""

    objects: list[TouchedObject]
    blocked_by: list[ChangeOut]
    may_undo: bool


class Undoing(Schema):
    """Why a change is undone."""

    reason: Reason


class Undone(Schema):
    """The change that undid another."""

    change: int


class Bulk(Schema):
    """The same values for many objects, or their end. Without `expected` nothing is changed, only counted."""

    object_ids: Annotated[list[Line], Field(min_length=1, max_length=5000)]
    attributes: dict[str, Any] = {}
    close: bool = False
    valid_from: date
    reason: Annotated[str, StringConstraints(strip_whitespace=True, max_length=500)] = ""
    expected: Annotated[str, Field(max_length=40)] | None = None


class BulkCounts(Schema):
    """What a bulk change does; `expected` is to be sent back with it."""

    selected: int
    missing: int
    changed: int
    unchanged: int
    fields: dict[str, int]
    expected: str
    change: int | None
