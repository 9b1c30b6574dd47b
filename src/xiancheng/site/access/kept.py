"""Kept scenarios: list, save, load, delete."""

from __future__ import annotations

from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Query, Router, Status

from xiancheng.foundation.text import Text
from xiancheng.programme.whatif.scenario import read_edits
from xiancheng.site.access.models import Scenario, readable
from xiancheng.site.access.schemas import ScenarioIn, ScenarioOut, ScenariosOut
from xiancheng.site.accounts.models import User
from xiancheng.site.audit.chain import record
from xiancheng.site.county import catalogue
from xiancheng.site.policy.needs import needs, subject_of
from xiancheng.site.policy.permission import Permission
from xiancheng.site.policy.subject import Subject
from xiancheng.site.problems import ForbiddenError, InvalidError, NotFoundError
from xiancheng.site.schemas import Problem

router = Router(tags=["access"])
VIEW_BYTES = 20_000
Limit = Annotated[int, Query(ge=1, le=200)]
Offset = Annotated[int, Query(ge=0, le=1_000_000)]


@router.get("", response=ScenariosOut, summary="kept scenarios")
@needs(Permission.ACCESS_USE)
def scenarios(request: HttpRequest, limit: Limit = 50, offset: Offset = 0) -> dict[str, Any]:
    """Return my scenarios and those shared with me, the last changed first."""
    subject = subject_of(request)
    found = readable(subject)
    total = found.count()
    items = [scenario_out(s, subject) for s in found[offset : offset + limit]]
    return {"items": items, "total": total, "more": offset + len(items) < total}


@router.post("", response={201: ScenarioOut, 400: Problem, 403: Problem, 422: Problem}, summary="keep a scenario")
@needs(Permission.ACCESS_SAVE)
def create(request: HttpRequest, given: ScenarioIn) -> Status[dict[str, Any]]:
    """Keep a scenario."""
    subject = subject_of(request)
    scenario = Scenario(owner=User.objects.get(pk=subject.user_id or 0))
    _fill(scenario, given, subject)
    scenario.save()
    record(request, "scenario.create", str(scenario.pk), name=scenario.name, sharing=scenario.sharing)
    return Status(201, scenario_out(scenario, subject))


@router.get("/{int:scenario_id}", response={200: ScenarioOut, 404: Problem}, summary="one scenario")
@needs(Permission.ACCESS_USE)
def read(request: HttpRequest, scenario_id: int) -> dict[str, Any]:
    """Return a scenario that is mine or shared with me."""
    return scenario_out(_found(scenario_id, subject_of(request)), subject_of(request))


@router.put(
    "/{int:scenario_id}",
    response={200: ScenarioOut, 400: Problem, 403: Problem, 404: Problem, 422: Problem},
    summary="change a scenario",
)
@needs(Permission.ACCESS_SAVE)
def update(request: HttpRequest, scenario_id: int, given: ScenarioIn) -> dict[str, Any]:
    """Change my scenario."""
    subject = subject_of(request)
    scenario = _mine(scenario_id, subject)
    _fill(scenario, given, subject)
    scenario.save()
    record(request, "scenario.update", str(scenario.pk), name=scenario.name, sharing=scenario.sharing)
    return scenario_out(scenario, subject)


@router.delete("/{int:scenario_id}", response={204: None, 403: Problem, 404: Problem}, summary="delete a scenario")
@needs(Permission.ACCESS_SAVE)
def delete(request: HttpRequest, scenario_id: int) -> Status[None]:
    """Delete my scenario."""
    scenario = _mine(scenario_id, subject_of(request))
    record(request, "scenario.delete", str(scenario.pk), name=scenario.name)
    scenario.delete()
    return Status(204, None)


def scenario_out(scenario: Scenario, subject: Subject) -> dict[str, Any]:
    """Return a scenario as the API gives it."""
    return {
        "id": scenario.pk,
        "name": scenario.name,
        "note": scenario.note,
        "on": scenario.snapshot,
        "edits": scenario.edits,
        "view": scenario.view,
        "sharing": scenario.sharing,
        "owner": str(scenario.owner),
        "mine": scenario.owner_id == subject.user_id,
        "created_at": scenario.created_at,
        "updated_at": scenario.updated_at,
    }


def _found(scenario_id: int, subject: Subject) -> Scenario:
    scenario = readable(subject).filter(pk=scenario_id).first()
    if scenario is None:
        raise NotFoundError(
            Text("没有这个方案", "there is no such scenario"),
            Text("它可能没有共享给您", "it may not be shared with you"),
        )
    return scenario


def _mine(scenario_id: int, subject: Subject) -> Scenario:
    scenario = _found(scenario_id, subject)
    if scenario.owner_id != subject.user_id:
        raise ForbiddenError(
            Text("只有本人可以改动", "only its owner may change it"),
            Text("可另存为自己的", "save it as your own instead"),
        )
    return scenario


def _fill(scenario: Scenario, given: ScenarioIn, subject: Subject) -> None:
    edits = [edit.as_entry() for edit in given.edits]
    for edit in read_edits(edits, catalogue()):
        subject.require_class(edit.feature_class)
    units = sorted(subject.units)
    if given.sharing == "unit" and not units:
        raise InvalidError(
            Text("您不属于任何单位", "you belong to no unit"),
            fields={"sharing": Text("请选不共享或全部共享", "keep it private or share it with all")},
        )
    if len(str(given.view)) > VIEW_BYTES:
        raise InvalidError(Text("地图设置太大", "the settings of the map are too large"))
    scenario.name, scenario.note, scenario.snapshot = given.name, given.note, given.on
    scenario.edits, scenario.view, scenario.sharing = edits, given.view, given.sharing
    scenario.unit = units[0] if given.sharing == "unit" else ""
