"""Doing something to a case: the table of states decides, the ledger and the row change in one transaction."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from xiancheng.foundation.text import Text
from xiancheng.operations.ledger.chain import Entry, case_of
from xiancheng.operations.ledger.events import Acted, Described, commitment
from xiancheng.operations.states.case import Action, CaseState
from xiancheng.operations.states.engine import apply
from xiancheng.operations.terms import CategoryKey, Limit, LimitUnit
from xiancheng.site.accounts.models import Unit
from xiancheng.site.cases import ledger, rules, status
from xiancheng.site.cases.due import TOTAL, deadlines, next_deadline
from xiancheng.site.cases.models import Case, Involvement, Reporter
from xiancheng.site.cases.numbers import new_number
from xiancheng.site.problems import ConflictError, InvalidError, NotFoundError

LEAD, ASSIST = "lead", "assist"
DEGREE = 10_000_000


@dataclass(frozen=True, slots=True)
class By:
    """Who acts: account, the unit for which they do, and what the table of states lets them do."""

    name: str
    unit: str = ""
    permissions: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Report:
    """What is reported.

    Attributes
    ----------
    place
        Longitude and latitude in CGCS2000; None if it is not known.
    areas
        Codes of township, community and unit grid.
    component
        Class and object_id in the city model.
    reporter
        Name, telephone and address: personal data.
    """

    category: CategoryKey
    description: str = ""
    place: tuple[float, float] | None = None
    address: str = ""
    areas: tuple[str, str, str] = ("", "", "")
    component: tuple[str, str] = ("", "")
    reporter: tuple[str, str, str] = ("", "", "")


def report(by: By, source: str, what: Report, *, photos: Iterable[str] = (), now: datetime | None = None) -> Case:
    """Make a case of a report.

    Raises
    ------
    IllegalActionError
        If the person may not report, or the source needs more, such as a photo.
    """
    at = now or timezone.now()
    salt = secrets.token_bytes(16)
    lon, lat = (round(v * DEGREE) for v in what.place) if what.place else (None, None)
    with transaction.atomic():
        number = new_number(at)
        action = Action("report", by.name, at, by.unit, source=source, photos_before=tuple(photos))
        state = apply(rules.states(), CaseState(number), action, by.permissions)
        case = Case(
            number=number,
            source=source,
            scheme=what.category.scheme,
            kind=what.category.kind,
            code=what.category.code,
            description=what.description,
            longitude=lon,
            latitude=lat,
            address=what.address,
            township=what.areas[0],
            community=what.areas[1],
            grid=what.areas[2],
            component_class=what.component[0],
            component=what.component[1],
            salt=salt,
            reporter=_reporter(what.reporter),
            reported_at=at,
            changed_at=at,
        )
        _follow(case, state, limits={}, units={})
        case.save()
        described = Described(
            str(what.category), lon, lat, area=what.areas[1] or what.areas[0], grid=what.areas[2],
            component="/".join(what.component) if what.component[1] else "", personal=_committed(case),
        )  # fmt: skip
        ledger.add(case, at, Acted(rules.states().fingerprint, action), described)
        case.save(update_fields=["events_count", "head", "changed_at"])
    return case


def act(
    number: str,
    by: By,
    name: str,
    *,
    seen: int | None = None,
    limit: Limit | None = None,
    now: datetime | None = None,
    **brings: Any,  # noqa: ANN401 - fields of an Action
) -> Case:
    """Do something to a case.

    Parameters
    ----------
    seen
        Number of the last event that the person had seen; a case that somebody else has changed since is refused.
    limit
        Handling limit, of the standard's row that the case is filed by.
    brings
        What the action brings: fields of `Action`.

    Raises
    ------
    NotFoundError
        If there is no such case.
    ConflictError
        If it was changed meanwhile.
    IllegalActionError
        If it may not be done now, or not by this person, or lacks something; says what may be done.
    """
    with transaction.atomic():
        case = Case.objects.select_for_update(of=("self",)).select_related("lead").filter(number=number).first()
        if case is None:
            raise NotFoundError(Text(f"没有案件 {number}", f"there is no case {number}"))
        if seen is not None and seen != case.events_count:
            raise ConflictError(
                Text("这件案件刚被别人改动", "somebody else has just changed this case"),
                Text("刷新后再办", "look at it again, then go on"),
            )
        before = status.from_json(number, case.status)
        # The server's clock may be set back; the record's time does not run backwards.
        at = max(now or timezone.now(), case.changed_at)
        action = Action(name, by.name, at, by.unit, **brings)
        state = apply(rules.states(), before, action, by.permissions)
        units = _units(case, state, {action.unit, *action.assisting} - {""})
        limits = _limits_of(case)
        if limit is not None:
            limits["handle"] = limit
        _follow(case, state, limits, units)
        ledger.add(case, at, Acted(rules.states().fingerprint, action))
        case.save()
        _involve(case, state, units)
    return case


def stands(case: Case) -> CaseState:
    """Return where a case stands by its row."""
    return status.from_json(case.number, case.status)


def matches_record(case: Case, entries: Sequence[Entry]) -> bool:
    """Whether the row says what its ledger says, and its words are those that were recorded."""
    if not entries or (entries[-1].number, entries[-1].hash) != (case.events_count, case.head):
        return False
    described = next((e for entry in entries if isinstance(e := entry.event(), Described)), None)
    words = described is None or described.personal == _committed(case)
    return words and case_of(rules.states(), case.number, entries) == stands(case)


def _follow(case: Case, state: CaseState, limits: Mapping[str, Limit], units: Mapping[str, Unit]) -> None:
    """Let the row say what the state says."""
    table = rules.states()
    spec = table.states[state.state]
    found = deadlines(state, {**rules.stage_limits(), **limits}, rules.clocks().of_unit(state.unit))
    case.status = {**status.to_json(state), "limits": {k: [v.amount, v.unit, v.note] for k, v in limits.items()}}
    case.state, case.is_open = state.state, not spec.final
    case.standard = state.standard
    case.stage_due_at, case.due_at = next_deadline(state, found), found.get(TOTAL) or found.get("handle")
    case.suspended, case.supervised = spec.aside and not spec.final, "supervised" in state.marks
    case.returns, case.reworks = state.count("returns"), state.count("reworks")
    case.extensions = len(state.extensions)
    case.lead = units[state.unit] if state.unit else None
    for field, action in (("filed_at", "file"), ("dispatched_at", "dispatch"), ("handled_at", "finish")):
        if (done := state.last(action)) is not None:
            setattr(case, field, done.at)
    case.closed_at = state.at if spec.final else None


def _limits_of(case: Case) -> dict[str, Limit]:
    kept = case.status.get("limits", {})
    return {name: Limit(amount, LimitUnit(unit), note) for name, (amount, unit, note) in kept.items()}


def _units(case: Case, state: CaseState, named: Collection[str]) -> dict[str, Unit]:
    """Return the units that a case concerns now, by code; those that an action names must be active."""
    found = {case.lead.code: case.lead} if case.lead is not None else {}
    lacking = ({state.unit, *state.assisting, *named} - {""}) - found.keys()
    if lacking:
        found |= {unit.code: unit for unit in Unit.objects.filter(code__in=lacking)}
    for code in sorted(named):
        if code not in found or not found[code].active:
            raise InvalidError(
                Text(f"没有启用的单位“{code}”", f"there is no active unit {code!r}"),
                fields={"unit": Text("选择已启用的单位", "choose an active unit")},
            )
    return found


def _involve(case: Case, state: CaseState, units: Mapping[str, Unit]) -> None:
    """Keep one row for each unit that the case concerns."""
    wanted = dict.fromkeys(state.assisting, ASSIST) | ({state.unit: LEAD} if state.unit else {})
    present = {i.unit.code: i for i in case.involvements.select_related("unit")}
    for code in present.keys() - wanted.keys():
        present[code].delete()
    for code, part in wanted.items():
        row = present.get(code) or Involvement(case=case, unit=units[code])
        says = (part, case.is_open, case.stage_due_at)
        if row.pk is None or (row.part, row.is_open, row.due_at) != says:
            row.part, row.is_open, row.due_at = says
            row.save()


def _reporter(said: tuple[str, str, str]) -> Reporter | None:
    name, phone, address = said
    return Reporter.objects.create(name=name, phone=phone, address=address) if any(said) else None


def _committed(case: Case) -> str:
    who = case.reporter
    content = {
        "description": case.description,
        "address": case.address,
        "reporter": [who.name, who.phone, who.address] if who else [],
    }
    return commitment(bytes(case.salt), content)
