"""How assessments are answered: as prepared bytes, as files, or as work under way."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Sequence
from datetime import date
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

import orjson
from django.http import HttpRequest, HttpResponse

from xiancheng.foundation.text import Text
from xiancheng.programme.assessment import Assessment
from xiancheng.site.assessments.current import Standing, filtered, standing
from xiancheng.site.assessments.export import TYPES
from xiancheng.site.assessments.forms import assessment_out
from xiancheng.site.assessments.work import start_if_missing
from xiancheng.site.jobs.api import job_out
from xiancheng.site.policy.needs import subject_of
from xiancheng.site.policy.subject import Subject
from xiancheng.site.problems import ConflictError

RETRY_SECONDS = 1
PREPARED = 64
"""Overviews that stay in memory as bytes: most people open the same one."""
_prepared: OrderedDict[tuple[object, ...], tuple[Assessment, bytes]] = OrderedDict()
_lock = threading.Lock()


def json_answer(content: Any, status: HTTPStatus = HTTPStatus.OK) -> HttpResponse:  # noqa: ANN401 - JSON
    """Return JSON whose form the view's declared schema describes; a test holds the two together."""
    return HttpResponse(orjson.dumps(content), content_type="application/json", status=status.value)


def overview_answer(found: Assessment, pending: Sequence[date], subject: Subject, **filters: str) -> HttpResponse:
    """Return the overview of an assessment with the clauses that meet `filters`, as `subject` may see it."""
    key = (id(found), tuple(pending), subject.sees, tuple(sorted(filters.items())))
    with _lock:
        known = _prepared.get(key)
    if known is None:
        # The assessment itself is kept beside the bytes: while it is, no other can have its id.
        known = (found, orjson.dumps(assessment_out(filtered(found, **filters), pending, subject)))
        with _lock:
            _prepared[key] = known
            while len(_prepared) > PREPARED:
                _prepared.popitem(last=False)
    return HttpResponse(known[1], content_type="application/json")


def file_answer(content: bytes, kind: str, name: str, synthetic: bool) -> HttpResponse:
    """Return a file to keep; a synthetic county's says so in its name too."""
    whole = f"{name}{'-synthetic' if synthetic else ''}.{kind}"
    answer = HttpResponse(content, content_type=TYPES[kind])
    answer["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(whole)}"
    return answer


def assessed(request: HttpRequest, name: str | None, on: date | None) -> tuple[Standing, HttpResponse | None]:
    """Return how a programme stands, and the answer 202 with the job if its figures are still being computed."""
    found = standing(name, on)
    job = start_if_missing(found.pending, subject_of(request).user_id)
    if found.assessment is not None or job is None:
        return found, None
    waiting = json_answer({"job": job_out(job), "pending": list(found.pending)}, HTTPStatus.ACCEPTED)
    waiting["Retry-After"] = str(RETRY_SECONDS)
    return found, waiting


def ready(request: HttpRequest, name: str | None, on: date | None) -> Assessment:
    """Return the assessment.

    Raises
    ------
    ConflictError
        If its figures are still being computed.
    """
    found, _ = assessed(request, name, on)
    if found.assessment is None:
        raise ConflictError(
            Text("指标还在计算", "the figures are still being computed"),
            Text("请稍后再试", "try again in a moment"),
        )
    return found.assessment
