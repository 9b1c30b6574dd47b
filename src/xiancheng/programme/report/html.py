"""An assessment as one self-contained HTML file: both languages, maps, no request to anywhere."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape
from pyproj import Transformer

from xiancheng.city.county import STORED_CRS, suggest_crs
from xiancheng.foundation.text import Language, Text, current_language
from xiancheng.programme.assessment import STATUSES, Assessment, ClauseResult, IndicatorResult
from xiancheng.programme.measurement import Measurement, Short
from xiancheng.programme.model import CLAUSE_KINDS
from xiancheng.programme.report import charts, figures
from xiancheng.programme.report.basemap import KINDS, Base, Floats, MapLayer, draw, map_layers
from xiancheng.programme.report.grouping import bureau_title, by_article, by_bureau, counts, indicators
from xiancheng.programme.report.json import plain
from xiancheng.programme.report.people import population_notes, population_rows
from xiancheng.programme.report.placemap import LISTED, PlaceMap, draw_places

__all__ = ["MapLayer", "as_text", "map_layers", "write"]

_TEMPLATES = Path(__file__).resolve().parent / "templates"


def write(
    assessment: Assessment,
    path: Path,
    *,
    language: Language | None = None,
    maps: Mapping[str, MapLayer] | None = None,
) -> None:
    """Write an assessment as one HTML file that opens without a network.

    Parameters
    ----------
    language
        The language it opens in; the other one is a button away.
    maps
        Base layers from :func:`map_layers`; without them the maps show the places alone.

    Raises
    ------
    OSError
        If `path` cannot be written.
    """
    path.write_bytes(as_text(assessment, language=language, maps=maps).encode("utf-8", errors="replace"))


def as_text(
    assessment: Assessment, *, language: Language | None = None, maps: Mapping[str, MapLayer] | None = None
) -> str:
    """Return the HTML of an assessment."""
    base = _base(assessment, maps or {})
    boot, script = _asset("boot.js"), _asset("report.js")
    articles = by_article(assessment)
    bureaus = by_bureau(assessment)
    return (
        _environment()
        .get_template("report.html.j2")
        .render(
            a=assessment,
            lang=language or current_language(),
            base=base,
            kinds=KINDS,
            statuses=STATUSES,
            kind_titles=CLAUSE_KINDS,
            certainties=figures.CERTAINTIES,
            articles=[(article, [_clause(assessment, c, base) for c in found]) for article, found in articles],
            bureaus=bureaus,
            bureau_index={b.id: i for i, b in enumerate(bureaus)},
            population=population_rows(assessment.population_summary),
            population_notes=population_notes(assessment.population_summary),
            style=Markup(_asset("report.css")),  # noqa: S704 - our own file
            boot=Markup(boot),  # noqa: S704 - our own file
            script=Markup(script),  # noqa: S704 - our own file
            policy=_policy(boot, script),
        )
    )


@dataclass(frozen=True)
class _Indicator:
    """An indicator with everything its detail shows."""

    result: IndicatorResult
    key: str
    scale: charts.Scale
    map: PlaceMap | None
    places: Sequence[Mapping[str, object]]
    areas: Mapping[object, str]

    @property
    def measurement(self) -> Measurement | None:
        return self.result.measurement

    @property
    def short(self) -> Short | None:
        return self.result.measurement.short if self.result.measurement else None

    @property
    def certainty(self) -> Text | None:
        return figures.CERTAINTIES.get(self.result.indicator.certainty or "")


@dataclass(frozen=True)
class _Clause:
    """A clause with the indicator that decides it and the details of all."""

    result: ClauseResult
    key: str
    headline: _Indicator | None
    indicators: tuple[_Indicator, ...]
    search: str


def _clause(assessment: Assessment, result: ClauseResult, base: Base) -> _Clause:
    key = _key(result.clause.id)
    made = tuple(_indicator(r, f"{key}-{i}", base) for i, r in enumerate(result.indicators))
    deciding = figures.headline(result)
    words = [result.clause.title, *(bureau_title(assessment, b) for b in result.clause.bureaus)]
    words += [r.indicator.title for r in result.indicators]
    search = " ".join([result.clause.id, *(f"{t.zh} {t.en}" for t in words)]).lower()
    return _Clause(result, key, next((m for m in made if m.result is deciding), None), made, search)


def _indicator(result: IndicatorResult, key: str, base: Base) -> _Indicator:
    measurement = result.measurement
    values = [] if measurement is None else [measurement.value, *(a.value for a in measurement.by_area)]
    short = measurement.short if measurement else None
    listed = short is not None and len(short) > 0
    return _Indicator(
        result,
        key,
        charts.scale_for(figures.unit_of(result), result.indicator.target, values),
        draw_places(base, short, f"{key}-map") if short is not None and listed else None,
        list(short.rows(LISTED)) if short is not None else [],
        {a.code: a.name for a in measurement.by_area} if measurement else {},
    )


def _base(assessment: Assessment, layers: Mapping[str, MapLayer]) -> Base:
    """Draw the base around every place that some map shows."""
    shorts = [
        r.measurement.short for _, r in indicators(assessment) if r.measurement is not None and r.measurement.short
    ]
    # A few thousand places of each indicator are enough to know where its map lies.
    lon = np.concatenate([s.lon[:: 1 + len(s) // 4000] for s in shorts]) if shorts else np.empty(0)
    lat = np.concatenate([s.lat[:: 1 + len(s) // 4000] for s in shorts]) if shorts else np.empty(0)
    known = np.isfinite(lon) & np.isfinite(lat) & (np.abs(lon) <= 180) & (np.abs(lat) < 85)
    lon, lat = lon[known], lat[known]
    crs = next((layer.crs for layer in layers.values()), None)
    if crs is None:
        crs = suggest_crs(float(np.median(lon)), float(np.median(lat))) if len(lon) else "EPSG:4546"
    points: Floats = np.column_stack(Transformer.from_crs(STORED_CRS, crs, always_xy=True).transform(lon, lat))
    return draw(layers, points, crs)


def _key(text: str) -> str:
    """Return an HTML id for a clause: its own number, anything unusual replaced by its code."""
    return "c-" + "".join(c if (c.isascii() and c.isalnum()) or c in "-_." else f"_{ord(c):x}_" for c in text)


@cache
def _asset(name: str) -> str:
    return (_TEMPLATES / name).read_text(encoding="utf-8")


def _policy(*scripts: str) -> str:
    """Return a content security policy under which only our scripts run and nothing is requested."""
    hashes = " ".join(f"'sha256-{base64.b64encode(hashlib.sha256(s.encode()).digest()).decode()}'" for s in scripts)
    return (
        f"default-src 'none'; script-src {hashes}; style-src 'unsafe-inline'; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals.update(
        t=lambda zh, en: _both(Text(zh, en)),
        label=_label_attributes,
        bullet=charts.bullet,
        spark=charts.spark,
        trend=charts.trend,
        change=figures.change_of,
        figure=figures.figure_text,
        target=figures.indicator_target_text,
        gap=figures.gap_text,
        unit_of=figures.unit_of,
        unit=figures.unit_text,
        value=figures.value_text,
        bound=figures.bound,
        number=figures.number_text,
        counts=counts,
        bureau_title=bureau_title,
        symbols=figures.SYMBOLS,
        key=_key,
        headline=figures.headline,
        Text=Text,
        LISTED=LISTED,
    )
    environment.filters.update(both=_both, title=_title, name=_name, given=_given)
    return environment


def _both(text: Text) -> Markup:
    """Return both languages, of which the page shows one; one plain text if they are equal."""
    if text.zh == text.en:
        return escape(text.zh)
    return Markup('<span lang="zh-CN" class="zh">{}</span><span lang="en" class="en">{}</span>').format(
        text.zh, text.en
    )


def _title(text: Text) -> Markup:
    """Return both languages of a title, the English one with a capital letter."""
    return _both(Text(text.zh, text.en[:1].upper() + text.en[1:]))


def _given(params: Mapping[str, object]) -> list[tuple[str, str]]:
    """Return the parameters that say something: an empty list or None leaves everything as it is."""
    return [(k, _parameter(v)) for k, v in params.items() if v is not None and plain(v) not in ([], "", {})]


def _label_attributes(text: Text, language: Language, attribute: str = "aria-label") -> Markup:
    """Return an attribute in `language`, and both languages for the switch."""
    return Markup('{}="{}" data-attr="{}" data-zh="{}" data-en="{}"').format(
        Markup(attribute),  # noqa: S704 - names of attributes are ours
        text.get(language),
        attribute,
        text.zh,
        text.en,
    )


def _name(value: object) -> Markup:
    """Return a name from the data, apart from the text around it and with its language."""
    if value is None or value == "" or value != value:  # noqa: PLR0124 - NaN
        return Markup("—")
    text = str(value)
    chinese = any("\u3400" <= c <= "\u9fff" for c in text)
    return Markup('<bdi lang="zh-CN">{}</bdi>').format(text) if chinese else Markup("<bdi>{}</bdi>").format(text)


def _parameter(value: object) -> str:
    value = plain(value)
    if isinstance(value, list):
        return ", ".join(str(v) for v in value)
    return f"{value:g}" if isinstance(value, float) else str(value)
