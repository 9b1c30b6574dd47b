"""Units: the API."""

from __future__ import annotations

from typing import Annotated, Any

from django.db import transaction
from django.db.models import Count, Q
from django.forms.models import model_to_dict
from django.http import HttpRequest
from ninja import Router, Schema, Status
from pydantic import StringConstraints

from xiancheng.site.accounts.models import Unit
from xiancheng.site.accounts.units import bureau_titles, save_unit, unit_by_id
from xiancheng.site.audit.chain import record
from xiancheng.site.policy.needs import needs
from xiancheng.site.policy.permission import Permission
from xiancheng.site.schemas import Line, Problem, TextOut

router = Router(tags=["people"])
Code = Annotated[Line, StringConstraints(min_length=1, max_length=64, pattern=r"^[0-9A-Za-z_.\-]+$")]
NameZh = Annotated[Line, StringConstraints(min_length=1, max_length=120)]
NameEn = Annotated[Line, StringConstraints(max_length=160)]
Bureau = Annotated[Line, StringConstraints(max_length=64)]


class UnitOut(Schema):
    """A unit; parents come before their children. `accounts` counts those that hold a role in it."""

    id: int
    code: str
    name: TextOut
    parent_id: int | None
    bureau: str
    active: bool
    accounts: int


class BureauOut(Schema):
    """A bureau of the programme, to which a unit may belong."""

    id: str
    title: TextOut


class UnitsOut(Schema):
    """All units and the bureaus to which they may belong."""

    items: list[UnitOut]
    bureaus: list[BureauOut]


class UnitIn(Schema):
    """A new unit. Without a bureau it belongs to that of the unit above."""

    code: Code
    name_zh: NameZh
    name_en: NameEn = ""
    parent_id: int | None = None
    bureau: Bureau | None = None


class UnitChange(Schema):
    """What changes of a unit; what is left out stays."""

    code: Code | None = None
    name_zh: NameZh | None = None
    name_en: NameEn | None = None
    parent_id: int | None = None
    bureau: Bureau | None = None
    active: bool | None = None


@router.get("", response={200: UnitsOut, 401: Problem, 403: Problem}, summary="all units, as a tree")
@needs(Permission.PEOPLE_VIEW)
def list_units(request: HttpRequest) -> dict[str, Any]:
    """Return all units; those that are no longer active too."""
    del request
    active = Count("memberships__user", filter=Q(memberships__user__is_active=True), distinct=True)
    rows = list(Unit.objects.annotate(accounts=active))
    return {
        "items": [_unit_out(row, row.accounts) for row in _parents_first(rows)],
        "bureaus": [{"id": name, "title": title.as_dict()} for name, title in bureau_titles().items()],
    }


@router.post("", response={201: UnitOut, 409: Problem, 422: Problem, 401: Problem, 403: Problem}, summary="add a unit")
@needs(Permission.PEOPLE_MANAGE)
def add_unit(request: HttpRequest, unit: UnitIn) -> Status[dict[str, Any]]:
    """Add a unit."""
    parent = unit_by_id(unit.parent_id) if unit.parent_id is not None else None
    inherited = parent.bureau if parent is not None else ""
    new = Unit(
        code=unit.code,
        name_zh=unit.name_zh,
        name_en=unit.name_en,
        parent=parent,
        bureau=inherited if unit.bureau is None else unit.bureau,
    )
    with transaction.atomic():
        save_unit(new)
        record(request, "unit.create", new.code, after=_content(new))
    return Status(201, _unit_out(new, 0))


@router.patch(
    "/{int:unit_id}",
    response={200: UnitOut, 404: Problem, 409: Problem, 422: Problem, 401: Problem, 403: Problem},
    summary="change or deactivate a unit",
)
@needs(Permission.PEOPLE_MANAGE)
def change_unit(request: HttpRequest, unit_id: int, change: UnitChange) -> dict[str, Any]:
    """Change a unit. What was granted in a unit that is deactivated is no longer granted."""
    with transaction.atomic():
        unit = unit_by_id(unit_id)
        before = _content(unit)
        sent = change.dict(exclude_unset=True)
        if "parent_id" in sent:
            wanted = sent.pop("parent_id")
            unit.parent = unit_by_id(wanted) if wanted is not None else None
        for name, value in sent.items():
            if value is not None:
                setattr(unit, name, value)
        save_unit(unit)
        after = _content(unit)
        changed = [name for name in after if after[name] != before[name]]
        record(
            request,
            "unit.update",
            unit.code,
            before={name: before[name] for name in changed},
            after={name: after[name] for name in changed},
        )
    return _unit_out(unit, unit.memberships.filter(user__is_active=True).values("user").distinct().count())


def _unit_out(unit: Unit, accounts: int) -> dict[str, Any]:
    return {
        "id": unit.pk,
        "code": unit.code,
        "name": {"zh": unit.name_zh, "en": unit.name_en or unit.name_zh},
        "parent_id": unit.parent_id,
        "bureau": unit.bureau,
        "active": unit.active,
        "accounts": accounts,
    }


def _content(unit: Unit) -> dict[str, Any]:
    parent = unit.parent.code if unit.parent is not None else None
    return model_to_dict(unit, fields=["code", "name_zh", "name_en", "bureau", "active"]) | {"parent": parent}


def _parents_first(rows: list[Any]) -> list[Any]:
    children: dict[int | None, list[Any]] = {}
    for row in rows:
        children.setdefault(row.parent_id, []).append(row)
    ordered: list[Any] = []
    waiting = list(reversed(children.get(None, [])))
    while waiting:
        row = waiting.pop()
        ordered.append(row)
        waiting += reversed(children.get(row.pk, []))
    return ordered
