"""Changing features: those who keep a register make, replace, edit and close its objects.

A change begins a version today, or on the day of ``valid_from``; the version that held until then ends. Where no day is
given and the object's version begins this very day (or the record is to be put right, ``correct=true``), the version
keeps its validity and is recorded anew.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from http import HTTPStatus
from typing import Any
from urllib.parse import unquote

import numpy as np
import orjson
import shapely
from django.http import HttpRequest, HttpResponse
from shapely.geometry import mapping, shape

from xiancheng.city.change import Change
from xiancheng.city.history import OPEN_DATE_TEXT, today
from xiancheng.city.store import Store
from xiancheng.foundation.text import Text
from xiancheng.site.county import catalogue, county, reading
from xiancheng.site.ogc import links, moments
from xiancheng.site.ogc.crs import DEFAULT, Reference, reference, to_stored
from xiancheng.site.ogc.errors import BadParameterError
from xiancheng.site.ogc.features import state_tag
from xiancheng.site.ogc.negotiation import check_parameters
from xiancheng.site.ogc.versions import Versions, versions_of
from xiancheng.site.policy.needs import needs
from xiancheng.site.policy.permission import Permission
from xiancheng.site.problems import (
    ConflictError,
    GoneError,
    InvalidError,
    NotFoundError,
    RefusedError,
)
from xiancheng.site.registers import editing
from xiancheng.site.registers.checking import GEOMETRY, checked_attributes, checked_geometry

PATCH_TYPES = ("application/merge-patch+json", links.GEOJSON, links.JSON)
BODY_TYPES = (links.GEOJSON, links.JSON)
DEFAULT_REASON = Text("经 OGC API 更改", "changed by the OGC API")
LONGEST_REASON = 500
COMPUTED = frozenset({"object_id", "valid_from", "valid_to", "recorded_from", "source", "cim_level", "reason"})
"""Properties of features that are not told but follow from a change; what a body says of them is passed over."""


@dataclass(frozen=True, slots=True)
class Given:
    """What a body says.

    Attributes
    ----------
    geometry
        GeoJSON in degrees as stored; None if there is none.
    has_geometry
        Whether the body speaks of the geometry at all.
    """

    attributes: Mapping[str, Any]
    geometry: Mapping[str, Any] | None
    has_geometry: bool


@needs(Permission.MODEL_EDIT, edits="class_name")
def create(request: HttpRequest, class_name: str) -> HttpResponse:
    """Make a feature; the answer's ``Location`` is its address."""
    check_parameters(request, ("valid_from", "reason"))
    given = _given(request, BODY_TYPES)
    name, _ = editing.create(
        request,
        class_name,
        object_id=None,
        attributes=given.attributes,
        geometry=given.geometry,
        valid_from=_day(request, "valid_from") or today(),
        reason=_reason(request),
    )
    response = HttpResponse(status=HTTPStatus.CREATED)
    response["Location"] = links.item(request, class_name, name)
    return _tagged(response, class_name, name)


@needs(Permission.MODEL_EDIT, edits="class_name")
def replace(request: HttpRequest, class_name: str, feature_id: str) -> HttpResponse:
    """Let a feature be what the body says; what it does not say is not known any more."""
    check_parameters(request, ("valid_from", "reason", "correct"))
    given = _given(request, BODY_TYPES)
    feature_class = catalogue()[class_name]
    whole: dict[str, Any] = dict.fromkeys((a.name for a in feature_class.attributes), None)
    if feature_class.has_geometry and given.geometry is None:
        raise _no_geometry()
    return _edited(request, class_name, feature_id, {**whole, **given.attributes}, given.geometry)


@needs(Permission.MODEL_EDIT, edits="class_name")
def update(request: HttpRequest, class_name: str, feature_id: str) -> HttpResponse:
    """Change the properties (and the geometry) that the body names; null makes a property unknown."""
    check_parameters(request, ("valid_from", "reason", "correct"))
    given = _given(request, PATCH_TYPES)
    if given.has_geometry and given.geometry is None and catalogue()[class_name].has_geometry:
        raise _no_geometry()
    return _edited(request, class_name, feature_id, given.attributes, given.geometry)


@needs(Permission.MODEL_EDIT, edits="class_name")
def close(request: HttpRequest, class_name: str, feature_id: str) -> HttpResponse:
    """Close a feature: it exists until before today, or the day of ``valid_to``. Its history stays."""
    check_parameters(request, ("valid_to", "reason"))
    asked = _day(request, "valid_to") or _mutation_day(request)
    day = asked or today()

    def work(store: Store, change: Change) -> None:
        versions = _present(store, class_name, feature_id)
        _check_state(request, versions)
        last = len(versions) - 1
        if not versions.starts[last] <= day.isoformat() < versions.ends[last]:
            raise _contradiction(versions, day)
        began_today = versions.starts[last] == day.isoformat() and not _adjoins(versions, last)
        if began_today and asked is None:
            # It exists since today only: closed on its first day it never existed.
            change.withdraw(class_name, feature_id, on=day)
        elif versions.starts[last] == day.isoformat():
            raise _contradiction(versions, day)
        else:
            change.close(class_name, feature_id, valid_to=day)

    editing.run(request, "register.close", class_name, feature_id, _reason(request), day, work, day_field="valid_to")
    return HttpResponse(status=HTTPStatus.NO_CONTENT)


def _edited(
    request: HttpRequest,
    class_name: str,
    feature_id: str,
    attributes: Mapping[str, Any],
    geometry: Mapping[str, Any] | None,
) -> HttpResponse:
    feature_class = catalogue()[class_name]
    asked = _day(request, "valid_from")
    day = asked or today()
    correcting = _flag(request, "correct")
    editing.check_day(day)
    values = checked_attributes(feature_class, catalogue(), attributes, whole=False)
    place = None if geometry is None else checked_geometry(feature_class, geometry)
    if geometry is not None and not feature_class.has_geometry:
        raise editing.no_place(feature_class)

    def work(store: Store, change: Change) -> None:
        versions = _present(store, class_name, feature_id)
        _check_state(request, versions)
        start = versions.starts[-1]
        if correcting or (asked is None and start == day.isoformat()):
            change.correct(
                class_name, feature_id, on=date.fromisoformat(start), geometry=place, attributes=values
            )  # fmt: skip
        elif start < day.isoformat() < versions.ends[-1]:
            change.update(class_name, feature_id, valid_from=day, geometry=place, attributes=values)
        else:
            raise _contradiction(versions, day)

    editing.run(request, "register.update", class_name, feature_id, _reason(request), day, work)
    return _tagged(HttpResponse(status=HTTPStatus.NO_CONTENT), class_name, feature_id)


def _present(store: Store, class_name: str, feature_id: str) -> Versions:
    """Return the versions of an object that exists today or later.

    Raises
    ------
    NotFoundError
        If it never existed.
    GoneError
        If it exists in history only.
    """
    versions = versions_of(store, class_name, feature_id, None)
    if not len(versions):
        raise NotFoundError(Text(f"{class_name} 中没有 {feature_id}", f"there is no {feature_id} in {class_name}"))
    if versions.ends[-1] != OPEN_DATE_TEXT and versions.ends[-1] <= today().isoformat():
        raise GoneError(
            Text(f"{feature_id} 已于 {versions.ends[-1]} 终止", f"{feature_id} ended on {versions.ends[-1]}"),
            Text("终止的要素只能查看", "what has ended can only be read"),
        )
    return versions


def _check_state(request: HttpRequest, versions: Versions) -> None:
    """Refuse unless ``If-Match`` names the present state.

    Raises
    ------
    RefusedError
        428 without the header, 412 if the state is another.
    """
    header = request.headers.get("If-Match", "")
    if not header.strip():
        raise RefusedError(
            HTTPStatus.PRECONDITION_REQUIRED,
            Text("缺少 If-Match", "If-Match is missing"),
            Text("先读取要素，把它的 ETag 放入 If-Match", "read the feature first and send its ETag in If-Match"),
        )
    index = versions.on(today())
    known = {state_tag(versions, i) for i in {len(versions) - 1, len(versions) - 1 if index is None else index}}
    given = {part.strip().strip('"').partition(";")[0] for part in header.split(",")}
    if header.strip() != "*" and not given & known:
        raise RefusedError(
            HTTPStatus.PRECONDITION_FAILED,
            Text("这个要素在您读取之后被改过", "the feature was changed after you read it"),
            Text("重新读取后再改", "read it again, then change it"),
        )


def _contradiction(versions: Versions, day: date) -> ConflictError:
    start, end = versions.starts[-1], versions.ends[-1]
    zh, en = ("", "") if end == OPEN_DATE_TEXT else (f"至 {end}", f" and ends on {end}")
    return ConflictError(
        Text(
            f"{day} 与记录矛盾：最后版本自 {start} 起{zh}",
            f"{day} contradicts the record: the last version begins on {start}{en}",
        ),
        Text(
            "选之后的日期；如是记录有误，用 correct=true",
            "choose a later day; if it is the record that is wrong, use correct=true",
        ),
    )


def _adjoins(versions: Versions, index: int) -> bool:
    return index > 0 and versions.ends[index - 1] == versions.starts[index]


def _given(request: HttpRequest, types: tuple[str, ...]) -> Given:
    """Return what the body of a request says.

    Raises
    ------
    RefusedError
        If it is of another type (415).
    BadParameterError, InvalidError
        If it is no feature.
    """
    media = (request.content_type or "").lower()
    if media not in types:
        listed = ", ".join(types)
        raise RefusedError(
            HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
            Text(f"不接受 {media or '（无类型）'}", f"{media or 'a body without a type'} is not accepted"),
            Text(f"可用 {listed}", f"accepted are {listed}"),
        )
    system = reference(request.headers.get("Content-Crs", DEFAULT.uri), "Content-Crs", county())
    try:
        body = orjson.loads(request.body)
    except orjson.JSONDecodeError as error:
        raise BadParameterError("body", Text(f"不是 JSON：{error}", f"not JSON: {error}")) from error
    properties = body.get("properties", {}) if isinstance(body, dict) else None
    properties = {} if properties is None and isinstance(body, dict) else properties
    if not isinstance(body, dict) or body.get("type", "Feature") != "Feature" or not isinstance(properties, dict):
        raise BadParameterError("body", Text("不是 GeoJSON 要素", "not a GeoJSON feature"))
    geometry = body.get("geometry")
    if geometry is not None and system != DEFAULT:
        geometry = _moved(geometry, system)
    attributes = {name: value for name, value in properties.items() if name not in COMPUTED}
    return Given(attributes, geometry, "geometry" in body)


def _moved(geometry: object, system: Reference) -> Any:  # noqa: ANN401 - GeoJSON
    """Return a GeoJSON geometry given in `system` in degrees as stored; what is no geometry stays as it is."""
    try:
        shapes = np.array([shapely.force_2d(shape(geometry))], dtype=object)
        moved = to_stored(shapes, system)[0]
    except (ValueError, TypeError, KeyError, AttributeError, IndexError, shapely.errors.ShapelyError):
        return geometry
    if not all(map(math.isfinite, moved.bounds)):
        raise InvalidError(
            Text("几何超出坐标系的适用区域", "the geometry is beyond what the CRS covers"),
            fields={GEOMETRY: Text("坐标或次序不对", "the coordinates or their order are wrong")},
        )
    return mapping(moved)


def _no_geometry() -> InvalidError:
    said = Text("必须有几何", "a geometry is needed")
    return InvalidError(said, fields={GEOMETRY: said})


def _day(request: HttpRequest, name: str) -> date | None:
    text = request.GET.get(name)
    if text is None:
        return None
    try:
        found = date.fromisoformat(text) if len(text) == 10 else None
    except ValueError:
        found = None
    if found is None:
        expected = Text("日期，如 2026-01-31", "a date such as 2026-01-31")
        raise BadParameterError(name, Text(f"“{text}”不是日期", f"{text!r} is no date"), expected)
    editing.check_day(found, name)
    return found


def _mutation_day(request: HttpRequest) -> date | None:
    """Return the day of the draft's header for closing."""
    text = request.headers.get("OGC-Mutation-Datetime")
    if text is None:
        return None
    found = moments.when(text.strip())
    if found.is_interval:
        raise BadParameterError("OGC-Mutation-Datetime", Text("应为时刻", "it must be an instant"))
    return found.day


def _flag(request: HttpRequest, name: str) -> bool:
    text = request.GET.get(name, "false")
    if text not in {"true", "false"}:
        raise BadParameterError(
            name, Text(f"“{text}”不是布尔值", f"{text!r} is no truth value"), Text("true 或 false", "true or false")
        )
    return text == "true"


def _reason(request: HttpRequest) -> str:
    """Return why something is changed: the parameter, or the header ``Reason`` (percent-encoded UTF-8)."""
    text = request.GET.get("reason") or unquote(request.headers.get("Reason", ""))
    text = " ".join(text.split())
    if len(text) > LONGEST_REASON or not text.isprintable():
        raise BadParameterError(
            "reason", Text("太长或含控制字符", "too long, or with control characters"),
            Text(f"至多 {LONGEST_REASON} 个字", f"at most {LONGEST_REASON} characters"),
        )  # fmt: skip
    return text or DEFAULT_REASON.get()


def _tagged(response: HttpResponse, class_name: str, feature_id: str) -> HttpResponse:
    """Return a response with the tag of the state that a change left."""
    with reading() as store:
        versions = versions_of(store, class_name, feature_id, None)
    index = versions.on(today())
    tag = state_tag(versions, len(versions) - 1 if index is None else index)
    response["ETag"] = f'"{tag};{DEFAULT.short};json"'
    response["Memento-Datetime"] = moments.http_date(versions.starts[-1])
    return response
