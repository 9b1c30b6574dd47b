"""What a request for features asks: its parameters, read and checked."""

from __future__ import annotations

import base64
import binascii
import math
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
from django.http import HttpRequest

from xiancheng.city.classes import FeatureClass
from xiancheng.city.querying import Key, Selection
from xiancheng.foundation.text import Text
from xiancheng.site.county import county
from xiancheng.site.ogc import moments
from xiancheng.site.ogc.crs import DEFAULT, Reference, box_to_stored, reference
from xiancheng.site.ogc.errors import BadParameterError
from xiancheng.site.ogc.filters import filter_of, filterable
from xiancheng.site.ogc.finding import Wanted
from xiancheng.site.ogc.moments import When
from xiancheng.site.ogc.negotiation import check_parameters
from xiancheng.site.policy.needs import subject_of
from xiancheng.site.policy.permission import Permission

DEFAULT_LIMIT, MOST = 100, 10_000
PARAMETERS = (
    "limit", "after", "bbox", "bbox-crs", "datetime", "recorded", "crs", "filter", "filter-lang", "filter-crs",
    "profile",
)  # fmt: skip
VERSIONS, UNIQUE_VERSIONS = "versions-as-features", "versions-as-features-unique-ids"
PROFILES = (UNIQUE_VERSIONS, VERSIONS)


@dataclass(frozen=True, slots=True)
class Query:
    """A request for a page of features.

    Attributes
    ----------
    crs
        System of the answer.
    profile
        How several versions of one feature are told apart.
    """

    wanted: Wanted
    when: When
    crs: Reference
    limit: int
    after: Key | None
    profile: str

    @property
    def unique_ids(self) -> bool:
        """Whether identifiers of features name the version too."""
        return self.when.is_interval and self.profile == UNIQUE_VERSIONS


def query_of(request: HttpRequest, feature_class: FeatureClass) -> Query:
    """Return what a request for features asks.

    Raises
    ------
    BadParameterError, FilterError
        If a parameter is not known or cannot be.
    ForbiddenError
        If it asks for what was believed at another time, which not everybody may know.
    """
    names = filterable(feature_class)
    check_parameters(request, (*PARAMETERS, *names))
    get, home = request.GET, county()
    when = moments.when(get.get("datetime"))
    filter_crs = reference(get.get("filter-crs", DEFAULT.uri), "filter-crs", home)
    equal = {n: get[n] for n in names if n in get and n not in PARAMETERS}
    profile = get.get("profile", UNIQUE_VERSIONS).rpartition("/")[2]
    if profile not in PROFILES:
        listed = ", ".join(PROFILES)
        raise BadParameterError("profile", Text("没有这种形式", "there is no such profile"), Text(listed, listed))
    return Query(
        Wanted(
            Selection(
                feature_class.name, when.first, when.last, when.is_interval, recorded_of(request)
            ),
            _region(request),
            filter_of(feature_class, get.get("filter"), get.get("filter-lang"), filter_crs, equal),
        ),
        when,
        crs_of(request),
        _limit(get.get("limit")),
        _key(get.get("after")),
        profile,
    )  # fmt: skip


def crs_of(request: HttpRequest) -> Reference:
    """Return the system in which a request wants its answer."""
    return reference(request.GET.get("crs", DEFAULT.uri), "crs", county())


def recorded_of(request: HttpRequest) -> datetime | None:
    """Return the time of belief that a request asks for; None for now.

    Raises
    ------
    ForbiddenError
        If somebody asks who may not see what was recorded when.
    """
    moment = moments.recorded(request.GET.get("recorded"))
    if moment is not None:
        subject_of(request).require(Permission.MODEL_HISTORY)
    return moment


def token(key: Key) -> str:
    """Return a key as an address carries it."""
    return base64.urlsafe_b64encode(orjson.dumps(key)).decode().rstrip("=")


def _key(text: str | None) -> Key | None:
    if text is None:
        return None
    try:
        parts = orjson.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    except (binascii.Error, ValueError):
        parts = None
    if isinstance(parts, list) and len(parts) == 2 and all(isinstance(p, str) and "\0" not in p for p in parts):
        try:
            datetime.fromisoformat(parts[1])
        except ValueError:
            pass
        else:
            return str(parts[0]), str(parts[1])
    raise BadParameterError(
        "after",
        Text("不是本站给出的翻页标记", "not a mark that this site gave"),
        Text("“next”链接中的值", "what a next link has"),
    )


def _limit(text: str | None) -> int:
    """Return how many features are wanted; more than there may be means as many as there may be."""
    if text is None:
        return DEFAULT_LIMIT
    if not (text.isascii() and text.isdigit()) or int(text[:12]) < 1:
        raise BadParameterError(
            "limit",
            Text(f"“{text}”不是页长", f"{text!r} is no page length"),
            Text(f"1 至 {MOST} 的整数", f"1 to {MOST}"),
        )
    return min(int(text[:12]), MOST)


def _region(request: HttpRequest) -> Any:  # noqa: ANN401 - a geometry of shapely, or None
    text = request.GET.get("bbox")
    system = reference(request.GET.get("bbox-crs", DEFAULT.uri), "bbox-crs", county())
    if text is None:
        return None
    try:
        numbers = [float(part) for part in text.split(",")]
    except ValueError:
        numbers = []
    if len(numbers) not in {4, 6} or not all(map(math.isfinite, numbers)):
        raise BadParameterError(
            "bbox", Text(f"“{text}”不是范围", f"{text!r} is no box"),
            Text("4 或 6 个以逗号分隔的数", "4 or 6 numbers with commas"),
        )  # fmt: skip
    x0, y0, x1, y1 = numbers if len(numbers) == 4 else (*numbers[:2], *numbers[3:5])
    first_up, last_up = (x0, x1) if system.north_first else (y0, y1)
    first_across, last_across = (y0, y1) if system.north_first else (x0, x1)
    if first_up > last_up or (first_across > last_across and not system.in_degrees):
        raise BadParameterError(
            "bbox", Text("上界小于下界", "an upper bound is below its lower bound"),
            Text("先下界后上界", "the lower bounds first, then the upper ones"),
        )  # fmt: skip
    region = box_to_stored((x0, y0, x1, y1), system)
    if not all(map(math.isfinite, region.bounds)):
        raise BadParameterError(
            "bbox",
            Text("范围超出坐标系的适用区域", "the box is beyond what the CRS covers"),
            Text("坐标系内的坐标，次序依 EPSG", "coordinates in the CRS, in the order of its authority"),
        )
    # A box of no width or height is still a place.
    return region if region.is_valid else region.envelope
