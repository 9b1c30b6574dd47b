"""What the API of programmes and measures takes and returns."""

from __future__ import annotations

from datetime import date
from typing import Any, Literal

from ninja import Schema
from pydantic import Field

from xiancheng.site.jobs.api import JobOut
from xiancheng.site.schemas import TextOut

StatusName = Literal["met", "short", "informative", "no_data"]
KindName = Literal["target", "rule", "deliverable", "service"]
SortName = Literal["rank", "-rank", "amount", "-amount", "name", "-name", "area", "-area"]
ExportFormat = Literal["json", "csv", "xlsx", "html", "parquet"]
PlacesFormat = Literal["csv", "xlsx", "parquet", "geojson"]


class CountsOut(Schema):
    """Clauses by status."""

    met: int
    short: int
    informative: int
    no_data: int


class IndicatorNameOut(Schema):
    """An indicator of a clause."""

    id: str
    title: TextOut
    measure: str | None


class ClauseNameOut(Schema):
    """A clause as the programme has it."""

    id: str
    article: str
    kind: KindName
    title: TextOut
    text: TextOut | None
    bureaus: list[str]
    indicators: list[IndicatorNameOut]


class ArticleOut(Schema):
    """An article."""

    id: str
    title: TextOut


class ProgrammeOut(Schema):
    """A programme."""

    id: str
    title: TextOut
    starts: date
    ends: date
    source: str
    bureaus: dict[str, TextOut]
    kinds: dict[str, TextOut]
    statuses: dict[str, TextOut]
    articles: list[ArticleOut]
    clauses: list[ClauseNameOut]


class ProgrammesOut(Schema):
    """The programmes of the county, the present one first."""

    items: list[ProgrammeOut]
    total: int
    more: bool


class TargetOut(Schema):
    """A figure to reach."""

    at_least: float | None
    at_most: float | None
    by: date | None


class PointOut(Schema):
    """A figure at a published date."""

    as_of: date
    value: float | None
    snapshot: str


class SinceOut(Schema):
    """The figure after the term of a closed programme."""

    as_of: date
    value: float | None


class ChangeOut(Schema):
    """How the figure moved between the last two dates; `better` is null without a target or a move."""

    arrow: Literal["↑", "↓", "→"]
    delta: float
    better: bool | None


class PlacesOut(Schema):
    """Places that fall short: how many, of which classes, and whether the asker may see them."""

    total: int
    classes: list[str]
    unit: str
    unit_text: TextOut
    visible: bool


class WordsOut(Schema):
    """The figure as people read it."""

    value: TextOut
    target: TextOut
    gap: TextOut
    unit: TextOut
    shortfall: TextOut | None


class IndicatorOut(Schema):
    """One figure of a clause against its target. Null is no data, never zero."""

    id: str
    title: TextOut
    status: StatusName
    measure: str | None
    params: dict[str, Any]
    target: TargetOut | None
    value: float | None
    unit: str | None
    gap: float | None = Field(description="distance to the target in the unit of the figure; 0 if met")
    missing: list[TextOut]
    note: TextOut | None
    certainty: Literal["V", "S", "M"] | None
    since: SinceOut | None
    trend: list[PointOut]
    change: ChangeOut | None
    places: PlacesOut | None
    shortfall: float | None = Field(description="how much more it takes: residents, beds, features")
    scale: float = Field(description="where a bar of the figure and its target ends")
    words: WordsOut


class ClauseOut(Schema):
    """A clause with its figures."""

    id: str
    article: str
    kind: KindName
    title: TextOut
    text: TextOut | None
    bureaus: list[str]
    status: StatusName
    headline: str | None = Field(description="the indicator that decides the status")
    indicators: list[IndicatorOut]


class PlanOut(Schema):
    """The programme that was assessed."""

    id: str
    title: TextOut
    starts: date
    ends: date
    source: str


class CountyOut(Schema):
    """The county."""

    name: TextOut
    code: str
    synthetic: bool


class CountedArticleOut(ArticleOut):
    """An article with its clauses by status."""

    counts: CountsOut


class AssessmentOut(Schema):
    """A programme assessed. The keys that ``xiancheng assess --json`` has mean the same there."""

    schema_: str = Field(alias="schema")
    programme: PlanOut
    county: CountyOut
    as_of: date
    snapshot: str
    snapshot_as_of: date
    assessed_on: date
    closed: bool
    followed_until: date | None
    counts: CountsOut
    quality_notes: list[TextOut]
    bureaus: dict[str, TextOut]
    articles: list[CountedArticleOut]
    pending: list[date] = Field(description="published dates whose figures are still being computed")
    clauses: list[ClauseOut]


class ComputingOut(Schema):
    """The figures are being computed."""

    job: JobOut
    pending: list[date]


class ParameterValueOut(Schema):
    """A parameter as used. `given` tells that the programme sets it; else it is the measure's default."""

    name: str
    title: TextOut
    value: Any
    text: TextOut
    given: bool


class HistoryOut(PointOut):
    """The figure at a published date, in words and against the target."""

    text: TextOut
    met: bool | None


class IndicatorDetailOut(IndicatorOut):
    """An indicator with everything that stands behind its figure."""

    measure_title: TextOut | None
    certainty_text: TextOut | None
    parameters: list[ParameterValueOut]
    measurement: dict[str, Any] | None = Field(
        description="`$defs/measurement` of the assessment's JSON Schema without places, and `words`"
    )
    history: list[HistoryOut]


class TermOut(Schema):
    """The programme and its term."""

    id: str
    title: TextOut
    starts: date
    ends: date


class DocumentOut(Schema):
    """A document on the register."""

    object_id: str
    name: str | None
    kind: str | None
    number: str | None
    issued_on: str | None
    issuer: str | None
    url: str | None


class DocumentsOut(Schema):
    """Documents that prove a clause; empty where the asker may not see the register."""

    visible: bool
    total: int
    items: list[DocumentOut]


class ClauseDetailOut(ClauseOut):
    """A clause with everything behind its figures."""

    programme: TermOut
    article_title: TextOut
    bureau_titles: dict[str, TextOut]
    as_of: date
    snapshot: str
    snapshot_as_of: date
    closed: bool
    synthetic: bool
    source: str
    previous: str | None
    next: str | None
    indicators: list[IndicatorDetailOut]  # type: ignore[assignment]
    documents: DocumentsOut


class PlaceOut(Schema):
    """A place that falls short; `rank` 1 is the most affected."""

    rank: int
    class_: str = Field(alias="class")
    id: str
    name: str | None
    lon: float | None
    lat: float | None
    amount: float | None
    unit: str
    area: str | None
    area_name: str | None


class AreaOut(Schema):
    """A township that has such places."""

    code: str
    name: str


class PlacesPageOut(Schema):
    """Some of the places. If they may not be seen, `visible` is false, `total` counts them and `items` is empty."""

    items: list[PlaceOut]
    total: int
    counted: int = Field(description="places whatever the filters")
    more: bool
    visible: bool
    classes: list[str]
    unit: str
    unit_text: TextOut
    areas: list[AreaOut]


class PlacesMapOut(Schema):
    """Places as GeoJSON, at most `limit`."""

    type: Literal["FeatureCollection"]
    features: list[dict[str, Any]]
    synthetic: bool
    total: int
    visible: bool


class ParameterOut(Schema):
    """A parameter of a measure."""

    name: str
    title: TextOut
    type: str
    required: bool
    default: Any = None


class MeasureOut(Schema):
    """A measure of the registry."""

    name: str
    title: TextOut
    unit: str
    definition: TextOut
    parameters: list[ParameterOut]
    used_by: list[str] = Field(description="clauses whose figures it computes")


class MeasuresOut(Schema):
    """The registry of measures."""

    items: list[MeasureOut]
    total: int
    more: bool


class MeasureIn(Schema):
    """What to compute."""

    params: dict[str, Any] = Field(default_factory=dict)
    on: date | None = Field(default=None, description="a published date; the newest if left out")


class MeasurementOut(Schema):
    """A figure with everything that makes it checkable: `$defs/measurement` of the assessment's JSON Schema."""

    measure: str
    value: float | None
    unit: str
    numerator: float | None
    denominator: float | None
    numerator_label: TextOut | None
    denominator_label: TextOut | None
    excluded: list[dict[str, Any]]
    by_area: list[dict[str, Any]]
    short: list[dict[str, Any]]
    short_total: int
    params: dict[str, Any]
    definition: TextOut
    missing: list[TextOut]
    notes: list[TextOut]
    as_of: date
    snapshot: str
