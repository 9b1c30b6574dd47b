"""What a person says of a file, and what that means for the import."""

from __future__ import annotations

import hashlib
import json
from datetime import date
from typing import Annotated, Any

from ninja import Schema
from pydantic import ConfigDict, Field, StringConstraints

from xiancheng.city.classes import Catalogue
from xiancheng.city.datum import parse_datum
from xiancheng.city.preparing import ImportOptions
from xiancheng.foundation.errors import UnknownNameError
from xiancheng.foundation.text import Text
from xiancheng.site.policy.subject import Subject
from xiancheng.site.problems import InvalidError

STATED = "stated"
"""The datum that each layer itself states."""

Name = Annotated[str, StringConstraints(max_length=200, pattern=r"^[^\x00]*$")]
Value = Annotated[str, StringConstraints(max_length=2000, pattern=r"^[^\x00]*$")]


class Choices(Schema):
    """What is said of a file. Everything may be left open until the preview, which says what is still missing.

    Attributes
    ----------
    datum
        A name that :func:`~xiancheng.city.datum.parse_datum` takes, or ``stated``: what the file says of itself.
    """

    model_config = ConfigDict(extra="forbid")

    file: Name | None = None
    layer: Name | None = None
    encoding: Name | None = None
    header_row: Annotated[int, Field(ge=1, le=1000)] | None = None
    x: Name | None = None
    y: Name | None = None
    feature_class: Name | None = None
    classes: Annotated[list[Name], Field(max_length=200)] = []
    datum: Value | None = None
    mapping: Annotated[dict[Name, Name], Field(max_length=1000)] = {}
    values: Annotated[dict[Name, dict[Name, Name]], Field(max_length=200)] = {}
    constants: Annotated[dict[Name, Value], Field(max_length=100)] = {}
    id_column: Name | None = None
    source: Annotated[Name, Field(max_length=120)] | None = None
    valid_from: date | None = None
    reason: Value | None = None
    partial: bool = False

    def sealed(self) -> str:
        """Return a digest by which the same choices are known again; the reason changes nothing of what is imported."""
        said = self.model_dump(mode="json", exclude={"reason"})
        return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()

    def kept(self) -> dict[str, Any]:
        """Return what is remembered for the next file of the same source."""
        names = ("layer", "header_row", "x", "y", "datum", "mapping", "values", "constants", "id_column", "partial")
        return {name: value for name, value in self.model_dump(mode="json").items() if name in names and value}


def check_names(choices: Choices, catalogue: Catalogue, subject: Subject) -> None:
    """Refuse choices that name what does not exist, or what the person may not change.

    Raises
    ------
    InvalidError
        If the class, an attribute or the datum does not exist.
    ForbiddenError
        If the person does not keep the register of a class.
    """
    known = {c.name for c in catalogue}
    for name in filter(None, [choices.feature_class, *choices.classes]):
        if name not in known:
            raise _wrong("feature_class", Text(f"没有“{name}”这一类", f"there is no class {name!r}"))
        subject.require_class(name, edit=True)
    if choices.feature_class:
        attributes = {a.name for a in catalogue[choices.feature_class].attributes}
        for name in [*filter(None, choices.mapping.values()), *choices.constants]:
            if name not in attributes:
                raise _wrong("mapping", Text(f"没有“{name}”这一属性", f"there is no attribute {name!r}"))
    if choices.datum and choices.datum != STATED:
        try:
            parse_datum(choices.datum)
        except UnknownNameError as error:
            raise _wrong("datum", error.message) from error


def options_of(choices: Choices, subject: Subject, **more: Any) -> ImportOptions:  # noqa: ANN401 - fields of it
    """Return the options of the import; only classes that `subject` keeps are ever touched."""
    return ImportOptions(
        source=(choices.source or "").strip() or None,
        feature_class=choices.feature_class,
        classes=frozenset(choices.classes or filter(subject.may_edit, subject.edits)),
        mapping=choices.mapping,
        values=choices.values,
        constants=choices.constants,
        datum=None if choices.datum == STATED else choices.datum,
        valid_from=choices.valid_from,
        layer=choices.layer,
        encoding=choices.encoding,
        header_row=choices.header_row,
        x=choices.x,
        y=choices.y,
        id_column=choices.id_column,
        reason=(choices.reason or "").strip() or None,
        who=subject.name,
        partial=choices.partial,
        **more,
    )


def _wrong(field: str, message: Text) -> InvalidError:
    return InvalidError(message, fields={field: message})
