"""Questions and answers about access."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal

from ninja import Schema
from pydantic import ConfigDict, Field, StringConstraints

from xiancheng.site.schemas import Line, TextOut

Metric = Literal["network", "straight"]
Mode = Literal["walk", "drive"]
From = Literal["boundary", "entrances", "point"]
Operation = Literal["add", "remove", "resize", "move"]
Sharing = Literal["private", "unit", "all"]
Status = Literal["met", "short", "informative", "no_data"]
Name = Annotated[str, StringConstraints(max_length=64, pattern=r"^[a-z][a-z0-9_]*$")]
Identifier = Annotated[str, StringConstraints(min_length=1, max_length=80, pattern=r"^[\w.:@/-]{1,80}$")]
Words = Annotated[str, StringConstraints(max_length=400, pattern=r"^[^\x00-\x1f\x7f]*$")]
Prose = Annotated[
    str, StringConstraints(strip_whitespace=True, max_length=4000, pattern=r"^[^\x00-\x08\x0b-\x1f\x7f]*$")
]
Metres = Annotated[float, Field(ge=1, le=50_000, allow_inf_nan=False)]
Longitude = Annotated[float, Field(ge=-180, le=180, allow_inf_nan=False)]
Latitude = Annotated[float, Field(ge=-90, le=90, allow_inf_nan=False)]


class EditIn(Schema):
    """One edit of a scenario."""

    model_config = ConfigDict(populate_by_name=True, extra="forbid")

    op: Operation
    feature_class: Name = Field(alias="class")
    id: Identifier
    geometry: dict[str, Any] | None = Field(default=None, description="GeoJSON, longitude and latitude")
    attributes: dict[str, Any] = Field(default_factory=dict)
    area_m2: float | None = Field(default=None, description="area a polygon is to have")

    def as_entry(self) -> dict[str, Any]:
        """Return the edit as a scenario keeps it."""
        entry = self.model_dump(by_alias=True, exclude_none=True)
        if not entry["attributes"]:
            del entry["attributes"]
        return entry


Edits = Annotated[list[EditIn], Field(max_length=200)]


class Asked(Schema):
    """Which facilities, how far, for whom."""

    on: date | None = Field(default=None, description="day of a published snapshot; the newest if left out")
    classes: list[Name] = Field(min_length=1, max_length=20)
    metres: list[Metres] = Field(default=[500.0], min_length=1, max_length=6)
    metric: Metric = "network"
    mode: Mode = "walk"
    measured_from: From = "boundary"
    min_area_m2: float = Field(default=0, ge=0, le=1e9, allow_inf_nan=False)
    where: Words = ""
    public_only: bool = True
    ages: list[Name] = Field(default=[], max_length=7)
    within: Annotated[str, StringConstraints(max_length=64, pattern=r"^[\w-]*$")] = "auto"
    edits: Edits = Field(default=[], description="edits made before the question is answered")


class AskedPlaces(Asked):
    """Which of the buildings in a window are covered."""

    window: tuple[Longitude, Latitude, Longitude, Latitude] = Field(description="west, south, east, north")


class AskedIsochrones(Asked):
    """Isochrones from facilities, or from one point."""

    point: tuple[Longitude, Latitude] | None = Field(default=None, description="instead of the facilities")


class Band(Schema):
    """Residents within one of the distances."""

    metres: float
    covered: float
    uncovered: float
    share: float | None


class AreaCovered(Schema):
    """Residents of one township within each distance, and where it lies."""

    code: str
    name: str
    total: float
    covered: list[float]
    bounds: tuple[float, float, float, float] | None


class AgeCovered(Schema):
    """Residents of one age within each distance."""

    band: str
    title: TextOut
    total: float
    covered: list[float]


class Cells(Schema):
    """Residents in squares: `corners` holds four corners (longitude, latitude) of each, one after the other."""

    size: float
    corners: list[float]
    persons: list[float]
    covered: list[list[float]]


class ExclusionOut(Schema):
    """What was left out."""

    reason: TextOut
    count: float
    unit: str


class CoverageOut(Schema):
    """Who has a facility within the distances."""

    on: date
    snapshot: str
    total: float
    facilities: int
    who: TextOut
    definition: TextOut
    bands: list[Band]
    by_area: list[AreaCovered]
    by_age: list[AgeCovered]
    cells: Cells | None
    excluded: list[ExclusionOut]
    notes: list[TextOut]
    missing: list[TextOut]


class PlacesOut(Schema):
    """Buildings (or cells) in a window: which distance each is within (its position; -1: none), and who lives there."""

    feature_class: str
    ids: list[str]
    band: list[int]
    persons: list[float]
    more: bool


class GeoJSON(Schema):
    """A GeoJSON feature collection."""

    type: Literal["FeatureCollection"]
    features: list[dict[str, Any]]


class Suggestion(Schema):
    """How an indicator of the programme asks about a class."""

    clause: str
    indicator: str
    title: TextOut
    classes: list[str]
    metres: float
    metric: Metric
    mode: Mode
    measured_from: From
    min_area_m2: float
    where: str
    ages: list[str]
    within: str
    target: float | None


class CodeOut(Schema):
    """A code and what people read for it."""

    code: str
    title: TextOut


class AttributeOut(Schema):
    """An attribute that an edit may set."""

    name: str
    title: TextOut
    type: str
    unit: str | None
    minimum: float | None
    maximum: float | None
    codes: list[CodeOut]
    usual: float | str | None = Field(description="median of numbers, most frequent of codes")


class FacilityClass(Schema):
    """A class of facilities."""

    name: str
    title: TextOut
    geometry: str
    count: int
    asked: bool = Field(description="whether an indicator of the programme asks for it")
    indicators: int
    usual_area_m2: float | None
    required_area_m2: float | None
    attributes: list[AttributeOut]


class ClassesOut(Schema):
    """Facilities that may be asked about."""

    on: date
    snapshot: str
    items: list[FacilityClass]
    suggestions: list[Suggestion]
    areas: list[CodeOut]
    modes: list[Mode]
    ready: bool


class NearestOut(Schema):
    """The nearest facility of one class."""

    feature_class: str
    title: TextOut
    id: str
    name: str | None
    straight: float
    metres: float | None
    place: tuple[float, float]
    route: dict[str, Any] | None


class NearestsOut(Schema):
    """The nearest facility of every class around a place."""

    on: date
    snapshot: str
    mode: Mode
    place: tuple[float, float]
    items: list[NearestOut]


class WhatIfIn(Schema):
    """A scenario to be computed."""

    on: date | None = None
    edits: Edits = Field(min_length=1)
    only: list[Annotated[str, StringConstraints(max_length=120)]] | None = Field(default=None, max_length=500)
    budget_ms: float | None = Field(default=120, ge=0, le=600_000, allow_inf_nan=False)


class ExportIn(Schema):
    """A scenario to be written down."""

    on: date | None = None
    edits: Edits = Field(min_length=1)
    name: Line = ""
    note: Prose = ""


class FigureOut(Schema):
    """A figure before or after."""

    value: float | None
    numerator: float | None
    denominator: float | None
    status: Status


class AreaMoved(Schema):
    """A township's figure before and after."""

    code: str
    name: str
    before: float | None
    after: float | None


class GainArea(Schema):
    """Residents of a township who gain or lose."""

    code: str
    name: str
    gained: float
    lost: float


class GainAge(Schema):
    """Residents of an age who gain or lose."""

    band: str
    title: TextOut
    gained: float
    lost: float


class GainOut(Schema):
    """Who gains and who loses, and where they live."""

    gained: float
    lost: float
    by_age: list[GainAge]
    by_area: list[GainArea]
    places: int
    ids: list[str]
    lon: list[float]
    lat: list[float]
    change: list[float]


class TargetOut(Schema):
    """What the programme asks for."""

    at_least: float | None
    at_most: float | None
    by: date | None


class WordsOut(Schema):
    """Figures as people read them."""

    before: TextOut
    after: TextOut
    difference: TextOut
    target: TextOut


class MovedOut(Schema):
    """One indicator before and after."""

    key: str
    clause: str
    clause_title: TextOut
    indicator: str
    title: TextOut
    definition: TextOut
    note: TextOut | None
    unit: str
    moves: bool
    before: FigureOut
    after: FigureOut
    difference: float | None
    words: WordsOut
    gap: float | None
    target: TargetOut | None
    by_area: list[AreaMoved]
    gain: GainOut | None
    missing: list[TextOut]


class ClauseMovedOut(Schema):
    """A clause whose status changes."""

    clause: str
    title: TextOut
    before: Status
    after: Status


class StepOut(Schema):
    """An edit with the feature before and after it."""

    op: Operation
    feature_class: str
    class_title: TextOut
    id: str
    name: str | None
    area_before: float | None
    area_after: float | None
    before: dict[str, Any] | None
    after: dict[str, Any] | None


class WhatIfOut(Schema):
    """What a scenario moves."""

    on: date
    snapshot: str
    steps: list[StepOut]
    moved: list[MovedOut]
    clauses: list[ClauseMovedOut]
    pending: list[str]
    computed_ms: float


class ScenarioIn(Schema):
    """A scenario to keep."""

    name: Annotated[Line, StringConstraints(min_length=1, max_length=120)]
    note: Prose = ""
    on: date | None = None
    edits: Edits
    view: dict[str, Any] = Field(default_factory=dict)
    sharing: Sharing = "private"


class ScenarioOut(Schema):
    """A kept scenario."""

    id: int
    name: str
    note: str
    on: date | None
    edits: list[dict[str, Any]]
    view: dict[str, Any]
    sharing: Sharing
    owner: str
    mine: bool
    created_at: datetime
    updated_at: datetime


class ScenariosOut(Schema):
    """Kept scenarios, the last changed first."""

    items: list[ScenarioOut]
    total: int
    more: bool
