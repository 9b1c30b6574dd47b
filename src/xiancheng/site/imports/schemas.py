"""Shapes of the answers of the imports."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal

from ninja import Schema
from pydantic import Field

from xiancheng.site.imports.choices import Choices
from xiancheng.site.schemas import Problem, TextOut

READ: dict[int, Any] = {401: Problem, 403: Problem, 404: Problem, 409: Problem, 410: Problem, 422: Problem}
"""How questions about an upload may fail."""


class UploadOut(Schema):
    """A file on its way into the model. `change_id` is 0 if it was imported and changed nothing."""

    id: int
    name: str
    size: int
    files: list[str]
    created_at: datetime
    updated_at: datetime
    choices: Choices
    previewed: bool
    job: int | None
    change_id: int | None


class UploadsOut(Schema):
    """One's own uploads, newest first."""

    items: list[UploadOut]
    total: int
    more: bool


class Stated(Schema):
    """What a layer says of its coordinates."""

    name: str
    title: TextOut


class ColumnOut(Schema):
    """A column of a file."""

    name: str
    filled: int
    distinct: int
    examples: list[str]
    is_place: bool


class Guess(Schema):
    """A class that the rows may be of; `columns` is how many columns are attributes of it."""

    name: str
    title: TextOut
    columns: int
    editable: bool


class LayerOut(Schema):
    """A layer, sheet or table of a file."""

    name: str
    rows: int
    geometry: Literal["point", "line", "polygon", "mixed", "none"]
    without_place: int
    datum: Stated | None
    feature_class: str | None
    mapped: bool
    valid_on: date | None
    columns: list[ColumnOut]
    rejected: int
    notes: list[TextOut]
    guesses: list[Guess]


class RememberedOut(Schema):
    """What was said of the last file of the same source."""

    source: str
    feature_class: str
    choices: dict[str, Any]
    at: datetime
    who: str


class Inspection(Schema):
    """What a file holds."""

    file: str
    files: list[str]
    format: str
    encoding: str | None
    source: str
    layers: list[LayerOut]
    remembered: list[RememberedOut]


class DatumCandidate(Schema):
    """A datum that coordinates may be in, and what speaks for it.

    `moved_m`: metres from where the places lie if the coordinates are CGCS2000. `inside`: share within the county.
    `same_name_m`: metres, in the middle, between the file's and the model's objects of the same name.
    """

    name: str
    title: TextOut
    stated: bool
    approximate: bool
    moved_m: float | None
    inside: float | None
    same_name: int
    same_name_m: float | None
    focus: list[float]
    places: dict[str, Any]


class Datums(Schema):
    """Where the places of a file would lie under each datum."""

    needed: bool
    stated: list[str]
    outline: dict[str, Any] | None
    known: dict[str, Any]
    candidates: list[DatumCandidate]


class CodeOut(Schema):
    """An entry of a code list."""

    code: str
    title: TextOut


class AttributeOut(Schema):
    """An attribute of the class."""

    name: str
    title: TextOut
    type: str
    unit: str | None
    required: bool
    codes: list[CodeOut]


class MatchedColumn(Schema):
    """A column, and the attribute that it is said (`said`) or found to be."""

    name: str
    attribute: str | None
    said: bool


class Columns(Schema):
    """Columns of the layer and attributes of the class."""

    layer: str
    attributes: list[AttributeOut]
    columns: list[MatchedColumn]


class Word(Schema):
    """A value of a column, how often it stands there, and what it is taken for."""

    word: str
    raw: str
    count: int
    means: str | None
    problem: TextOut | None
    said: bool


class Words(Schema):
    """The values of a column as values of an attribute."""

    attribute: AttributeOut
    words: list[Word]
    more: bool
    problems: int


class Preview(Schema):
    """What the import would do."""

    source: str
    valid_from: date
    classes: dict[str, dict[str, int]]
    reasons: list[dict[str, Any]]
    notes: list[TextOut]
    rejections: list[dict[str, Any]]
    rejections_total: int
    changes: list[dict[str, Any]]
    changes_total: int
    features: dict[str, Any]
    features_left_out: int
    bounds: list[float] | None


class Started(Schema):
    """The job that does it."""

    job: int


class ImportedClass(Schema):
    """What an import did to a class."""

    name: str
    title: TextOut
    read: int
    added: int
    changed: int
    unchanged: int
    closed: int
    rejected: int
    repaired: int


class ImportOut(Schema):
    """An import that happened."""

    change_id: int
    recorded_at: str
    source: str
    file: str
    reason: str
    who: str
    valid_from: date | None
    classes: list[ImportedClass]
    rejected: int
    undone_by: int | None
    may_undo: bool
    has_report: bool


class ImportsOut(Schema):
    """Imports, newest first."""

    items: list[ImportOut]
    total: int
    more: bool


class Undoing(Schema):
    """Why an import is undone."""

    reason: Annotated[str, Field(min_length=1, max_length=500, pattern=r"^[^\x00]*$")]


class Undone(Schema):
    """The change set that undoes it."""

    change_id: int
